//! The worker's module: one frame in, faces out, then a crop of that frame on request.
//!
//! Every export is synchronous. The frame is kept until the next one arrives, so the page has time to
//! decide whether to take a crop of it.

use face_vision::{
    BlazeFace, BoxSmoother, ColorSpace, CropRule, FaceCrop, FaceDetector, QualityMeter, Rect,
};
use js_sys::Uint8Array;
use liveness_capture_core::quality::Measure;
use wasm_bindgen::prelude::*;

#[cfg(feature = "vision-onnx")]
mod custom;
mod error;
mod held_frame;

pub use error::VisionError;

use held_frame::HeldFrame;

use crate::wire::{CropRule as CropWord, FaceRecord, NUMBERS_PER_FACE};

/// The detector and the last frame it analysed.
#[wasm_bindgen]
pub struct Vision {
    detector: Box<dyn FaceDetector>,
    smoother: BoxSmoother,
    meter: QualityMeter,
    /// The last frame's, in the order of [`Measure::OF_PIXELS`].
    measures: Vec<f32>,
    frame: Option<HeldFrame>,
    /// Receives the next frame's bytes.
    room: Vec<u8>,
}

impl Vision {
    fn with(detector: Box<dyn FaceDetector>) -> Self {
        Self {
            detector,
            smoother: BoxSmoother::default(),
            meter: QualityMeter::default(),
            measures: Vec::new(),
            frame: None,
            room: Vec::new(),
        }
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

    /// Room for the next frame's bytes in the module's own memory, which saves a copy. Detached, with
    /// length 0, once another export has grown that memory.
    pub fn room(&mut self, size: usize) -> Uint8Array {
        self.room.resize(size, 0);
        // SAFETY: pointer and length are those of a buffer that is not touched until `analyse` takes it.
        unsafe { Uint8Array::view_mut_raw(self.room.as_mut_ptr(), size) }
    }

    /// Finds faces in the frame that was put into [`Vision::room`], and keeps the frame.
    ///
    /// `format` is `VideoFrame.format` ("I420", "NV12", "RGBA", "RGBX"), `offsets` and `strides` are
    /// its plane layout in bytes, `matrix` and `full_range` its colour space, `timestamp_ms` its own
    /// time. Returns [`NUMBERS_PER_FACE`] numbers per face, best face first: score, box x, y,
    /// width, height, then x and y of right eye, left eye, nose tip, mouth centre, right ear, left ear;
    /// all in frame pixels, NaN for points the detector does not mark.
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
        let (faces, quality) = {
            let view = held.view()?;
            let faces = self.detector.detect(&view);
            let faces = faces.map_err(|e| VisionError::Processing(e.to_string()))?;
            let quality = self.meter.measure(&view, timestamp_ms, &faces);
            (faces, quality)
        };
        let value = |measure: &Measure| quality.get(measure.as_str()).unwrap_or(f32::NAN);
        self.measures = Measure::OF_PIXELS.iter().map(value).collect();
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

    /// What the last analysed frame is like: a number for each of [`Measure::OF_PIXELS`], NaN for what could not be
    /// measured; empty before the first frame.
    pub fn measures(&self) -> Vec<f32> {
        self.measures.clone()
    }

    /// Cuts the 224x224 crop around a face box of the last analysed frame, as a PNG. A box exactly as
    /// `analyse` returned it is smoothed first.
    ///
    /// `rule` is "square-context" (3 x the face, black outside the frame) or "frame-margin".
    ///
    /// # Errors
    /// `engine_crashed` before the first frame, or if the box is not a rectangle.
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

    /// The whole of the last analysed frame, as a PNG at its own resolution.
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
