//! The worker's module: one frame in, faces out; then, on request, a crop of that frame.
//!
//! Every export is synchronous. The frame stays here until the next one, so that a crop can be cut
//! once the page has decided to take it.

use face_vision::{BlazeFace, BoxSmoother, ColorSpace, CropRule, FaceCrop, FaceDetector, Rect};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[cfg(feature = "vision-onnx")]
mod custom;
mod error;
mod held_frame;

pub use error::VisionError;

use held_frame::HeldFrame;

use crate::wire::{CropRule as CropWord, FaceRecord, NUMBERS_PER_FACE};

/// Detector and the frame it looked at last.
#[wasm_bindgen]
pub struct Vision {
    detector: Box<dyn FaceDetector>,
    smoother: BoxSmoother,
    frame: Option<HeldFrame>,
    /// Where the next frame's bytes go.
    room: Vec<u8>,
}

impl Vision {
    fn with(detector: Box<dyn FaceDetector>) -> Self {
        Self { detector, smoother: BoxSmoother::default(), frame: None, room: Vec::new() }
    }
}

#[wasm_bindgen]
impl Vision {
    /// Builds the detector from the converted weights (`blazeface_short_range.bin`).
    ///
    /// # Errors
    /// `engine_invalid` when the bytes are not a model this build can run.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: &[u8]) -> Result<Vision, JsValue> {
        #[cfg(not(feature = "vision-stock"))]
        let detector = BlazeFace::from_weights(weights);
        #[cfg(feature = "vision-stock")]
        let detector = BlazeFace::from_weights_stock(weights);
        let detector = detector.map_err(|error| VisionError::Model(error.to_string()))?;
        Ok(Self::with(Box::new(detector)))
    }

    /// Room for the next frame's bytes, in the module's memory: they are copied no second time. Void as
    /// soon as any other export has been called that may have grown the memory; its length is 0 then.
    pub fn room(&mut self, size: usize) -> Uint8Array {
        self.room.resize(size, 0);
        // SAFETY: pointer and length are those of a buffer that stays as it is until `analyse` takes it.
        unsafe { Uint8Array::view_mut_raw(self.room.as_mut_ptr(), size) }
    }

    /// Finds faces in the frame that was put into [`Vision::room`], and keeps the frame.
    ///
    /// `format` is `VideoFrame.format` ("I420", "NV12", "RGBA", "RGBX"), `offsets` and `strides` are
    /// its plane layout in bytes, `matrix` and `full_range` its colour space, `timestamp_ms` its own
    /// time. The answer holds, best face first, [`NUMBERS_PER_FACE`] numbers a face: score, box x, y,
    /// width, height, then x and y of right eye, left eye, nose tip, mouth centre, right ear, left ear;
    /// all in frame pixels, NaN for a point that the detector does not mark.
    ///
    /// # Errors
    /// `frame_unsupported` for a frame that cannot be read, `engine_crashed` when inference fails.
    #[allow(
        clippy::too_many_arguments,
        reason = "one flat call is the cheapest across the boundary"
    )]
    pub fn analyse(
        &mut self,
        format: &str,
        width: u32,
        height: u32,
        offsets: &[u32],
        strides: &[u32],
        matrix: &str,
        full_range: bool,
        timestamp_ms: f64,
    ) -> Result<Vec<f32>, JsValue> {
        let color = ColorSpace { full_range, ..held_frame::color_matrix(matrix) };
        let bytes = std::mem::take(&mut self.room);
        let held = HeldFrame::new(bytes, format, width, height, offsets, strides, color)?;
        let faces = {
            let view = held.view()?;
            self.detector.detect(&view).map_err(|e| VisionError::Processing(e.to_string()))?
        };
        self.smoother.observe(timestamp_ms, &faces);
        if let Some(before) = self.frame.replace(held) {
            self.room = before.into_bytes();
        }
        let mut numbers = Vec::with_capacity(faces.len() * NUMBERS_PER_FACE);
        for face in faces {
            let b = face.bbox;
            let points = face.keypoints.to_array();
            let record = FaceRecord {
                score: face.score,
                bbox: [b.x, b.y, b.width, b.height],
                keypoints: points.map(|point| point.map_or([f32::NAN; 2], |p| [p.x, p.y])),
            };
            record.write(&mut numbers);
        }
        Ok(numbers)
    }

    /// Cuts the 224x224 crop around a face box of the frame analysed last, as a PNG. Given the box
    /// as `analyse` answered it, it cuts around the smoothed one.
    ///
    /// `rule` is "square-context" (3 x the face, black outside the frame) or "frame-margin".
    ///
    /// # Errors
    /// `engine_crashed` before the first frame, or for a box that is no rectangle.
    pub fn crop(
        &self,
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        rule: &str,
    ) -> Result<Vec<u8>, JsValue> {
        let rule = match CropWord::from_word(rule) {
            Some(CropWord::SquareContext) => CropRule::SQUARE_CONTEXT,
            Some(CropWord::FrameMargin) => CropRule::FRAME_MARGIN,
            None => return Err(VisionError::Processing(format!("no crop rule {rule:?}")).into()),
        };
        let failed = |error: &dyn std::fmt::Display| VisionError::Processing(error.to_string());
        let view = self.frame.as_ref().ok_or(VisionError::NoFrame)?.view()?;
        let face = self.smoother.steady(&Rect { x, y, width, height });
        let crop = FaceCrop::cut(&view, &face, rule).map_err(|error| failed(&error))?;
        Ok(crop.to_png().map_err(|error| failed(&error))?)
    }

    /// The whole frame analysed last, as a PNG at its own resolution.
    ///
    /// # Errors
    /// `engine_crashed` before the first frame.
    pub fn frame_png(&self) -> Result<Vec<u8>, JsValue> {
        let held = self.frame.as_ref().ok_or(VisionError::NoFrame)?;
        let rgb = face_vision::frame_to_rgb(&held.view()?);
        let (width, height) = held.size();
        let png = face_vision::encode_png(&rgb, width, height);
        Ok(png.map_err(|error| VisionError::Processing(error.to_string()))?)
    }
}
