//! A face detector of the page's own: only in the module that carries tract-onnx.

use face_vision::{CustomDetector, CustomError, FaceDetector, FrameView};
use wasm_bindgen::prelude::*;

use super::{Vision, error::VisionError};

#[wasm_bindgen]
impl Vision {
    /// Builds the detector from an ONNX file and runs it once: only that shows whether it can be run.
    ///
    /// `kind` is "blazeface" or "yunet"; `side` that of the input in pixels, the kind's own if absent.
    ///
    /// # Errors
    /// `detector_invalid` for bytes that are no ONNX model, `detector_unsupported` for operators that
    /// tract does not have (by name) or cannot run, `detector_mismatch` when input or outputs are not the
    /// kind's, `invalid_options` for an unknown kind or an impossible side.
    pub fn from_onnx(bytes: &[u8], kind: &str, side: Option<u32>) -> Result<Vision, JsValue> {
        let load = || -> Result<Self, CustomError> {
            let mut detector =
                CustomDetector::from_onnx(bytes, kind.parse()?, side.map(|n| n as usize))?;
            let black = [0; 16 * 16 * 3];
            let view = FrameView::rgb(&black, 16, 16, 48)
                .map_err(|error| CustomError::Graph(error.to_string()))?;
            detector.detect(&view).map_err(|error| CustomError::Graph(error.to_string()))?;
            Ok(Self::with(Box::new(detector)))
        };
        Ok(load().map_err(VisionError::Detector)?)
    }
}
