//! Why a check fails.

use crate::cancel::Cancelled;
use liveness_protocol::ErrorCode;

/// Why no verdict could be given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The face detector failed.
    #[error("face detection failed: {0}")]
    Detector(#[from] face_vision::DetectError),
    /// The face detector's input was refused.
    #[error("the face detector refused a crop: {0}")]
    Frame(#[from] face_vision::FrameError),
    /// The check was given up, because nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl VerifyError {
    /// The code of the API's error table.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Detector(_) | Self::Frame(_) => ErrorCode::InternalError,
            Self::Cancelled(_) => ErrorCode::UpstreamTimeout,
        }
    }
}
