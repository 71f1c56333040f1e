//! Crops as the browser cuts them: from frames in planes, as a camera delivers them.

use crate::footage::{HEIGHT, WIDTH};
use face_vision::{ColorSpace, CropRule, FaceCrop, FaceDetector};
use liveness_verifier::RgbCrop;
use yuv::{Picture, to_i420};

#[path = "../../../vision/tests/common/yuv.rs"]
#[allow(dead_code)]
mod yuv;

/// Finds the face in frames and cuts the documented crop.
pub struct Cutter {
    detector: Box<dyn FaceDetector>,
}

impl Cutter {
    /// With this detector.
    pub fn new(detector: Box<dyn FaceDetector>) -> Self {
        Self { detector }
    }

    /// A crop for each RGB frame; None where no face is found.
    pub fn cut_all(&mut self, frames: &[Vec<u8>]) -> Result<Vec<Option<RgbCrop>>, String> {
        frames.iter().map(|frame| self.cut(frame.clone())).collect()
    }

    fn cut(&mut self, rgb: Vec<u8>) -> Result<Option<RgbCrop>, String> {
        let (width, height) = (WIDTH as u32, HEIGHT as u32);
        let frame = to_i420(&Picture { rgb, width, height }, ColorSpace::default(), 0);
        let view = frame.view(width, height);
        let faces = self.detector.detect(&view).map_err(|e| e.to_string())?;
        let Some(face) = faces.first() else { return Ok(None) };
        let crop =
            FaceCrop::cut(&view, &face.bbox, CropRule::default()).map_err(|e| e.to_string())?;
        RgbCrop::from_rgb(crop.pixels()).map(Some).map_err(|e| e.to_string())
    }
}
