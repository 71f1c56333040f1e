//! Failures of the worker's module.

#[cfg(feature = "vision-onnx")]
use face_vision::CustomError;
use js_sys::{Error, Reflect};
use liveness_capture_core::FailureCode;
use wasm_bindgen::JsValue;

/// Why a call to the module failed.
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    /// The weights are not what the detector expects.
    #[error("the face model cannot be used: {0}")]
    Model(String),
    /// The page's own detector cannot be used.
    #[cfg(feature = "vision-onnx")]
    #[error(transparent)]
    Detector(#[from] CustomError),
    /// There is no such kind of detector.
    #[cfg(feature = "vision-onnx")]
    #[error("no detector kind is called {0:?}")]
    DetectorKind(String),
    /// The frame's format, size or layout is not usable.
    #[error("the frame cannot be used: {0}")]
    Frame(String),
    /// A crop was asked for before any frame.
    #[error("no frame has been analysed yet")]
    NoFrame,
    /// Inference, cropping or encoding failed.
    #[error("the frame could not be processed: {0}")]
    Processing(String),
}

impl VisionError {
    /// The code the check ends with. A literal, since looking it up would pull the words of all codes into
    /// the module.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Model(_) => const { FailureCode::EngineInvalid.as_str() },
            #[cfg(feature = "vision-onnx")]
            Self::Detector(error) => match error {
                CustomError::NotOnnx(_) => const { FailureCode::DetectorInvalid.as_str() },
                CustomError::Operators(_) | CustomError::Graph(_) => {
                    const { FailureCode::DetectorUnsupported.as_str() }
                }
                CustomError::Mismatch { .. } => const { FailureCode::DetectorMismatch.as_str() },
                CustomError::Side { .. } | CustomError::Threshold(_) => {
                    const { FailureCode::InvalidOptions.as_str() }
                }
            },
            #[cfg(feature = "vision-onnx")]
            Self::DetectorKind(_) => const { FailureCode::InvalidOptions.as_str() },
            Self::Frame(_) => const { FailureCode::FrameUnsupported.as_str() },
            Self::NoFrame | Self::Processing(_) => const { FailureCode::EngineCrashed.as_str() },
        }
    }
}

impl From<VisionError> for JsValue {
    fn from(error: VisionError) -> Self {
        let js = Error::new(&error.to_string());
        // Setting a property on a fresh Error object cannot fail.
        let _ = Reflect::set(&js, &"code".into(), &error.code().into());
        js.into()
    }
}
