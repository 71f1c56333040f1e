//! A face detector of the page's own: only in the module that carries tract-onnx.

use face_vision::{CustomDetector, CustomError};
use wasm_bindgen::prelude::*;

use super::{Vision, VisionError};

#[wasm_bindgen]
impl Vision {
    /// Builds the detector from an ONNX file and runs it once.
    ///
    /// `kind` is "blazeface" or "yunet"; `side` that of the input in pixels, the kind's own if absent.
    ///
    /// # Errors
    /// `detector_invalid` for bytes that are no ONNX model, `detector_unsupported` for operators that
    /// tract does not have (by name) or cannot run, `detector_mismatch` when input or outputs are not the
    /// kind's, `invalid_options` for an unknown kind or an impossible side.
    pub fn from_onnx(bytes: &[u8], kind: &str, side: Option<u32>) -> Result<Vision, JsValue> {
        let load = || {
            let detector =
                CustomDetector::from_onnx(bytes, kind.parse()?, side.map(|n| n as usize))?;
            Self::warmed(Box::new(detector)).map_err(CustomError::Graph)
        };
        Ok(load().map_err(VisionError::Detector)?)
    }
}
