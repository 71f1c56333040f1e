//! The page's own face detector; only in the module built with tract-onnx.

use face_vision::{CustomDetector, CustomError, DetectorKind, FaceDetector, FrameView};
use wasm_bindgen::prelude::*;

use super::{Vision, error::VisionError};
use crate::wire;

/// The kind with this name in the options.
fn detector_kind(word: &str) -> Result<DetectorKind, VisionError> {
    match wire::DetectorKind::from_word(word) {
        Some(wire::DetectorKind::BlazeFace) => Ok(DetectorKind::BlazeFace),
        Some(wire::DetectorKind::YuNet) => Ok(DetectorKind::YuNet),
        None => Err(VisionError::DetectorKind(word.to_owned())),
    }
}

#[wasm_bindgen]
impl Vision {
    /// Builds the detector from an ONNX file and runs it once, the only way to know that it runs.
    ///
    /// `kind` is "blazeface" or "yunet"; `side` is the side of the input in pixels, the kind's own if absent.
    ///
    /// # Errors
    /// `detector_invalid` if the bytes are not an ONNX model, `detector_unsupported` for operators that
    /// tract lacks (named) or cannot run, `detector_mismatch` when input or outputs do not fit the
    /// kind, `invalid_options` for an unknown kind or an impossible side.
    pub fn from_onnx(bytes: &[u8], kind: &str, side: Option<u32>) -> Result<Vision, JsValue> {
        let load = || -> Result<Self, VisionError> {
            let mut detector =
                CustomDetector::from_onnx(bytes, detector_kind(kind)?, side.map(|n| n as usize))?;
            let black = [0; 16 * 16 * 3];
            let view = FrameView::rgb(&black, 16, 16, 48)
                .map_err(|error| CustomError::Graph(error.to_string()))?;
            detector.detect(&view).map_err(|error| CustomError::Graph(error.to_string()))?;
            Ok(Self::with(Box::new(detector)))
        };
        Ok(load()?)
    }
}
