//! How large the endpoints' bodies may be, and how long they may take.

use std::time::Duration;

use liveness_verifier::MAX_PNG_BYTES;

use super::body::BodyLimit;

/// What the endpoints take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointLimits {
    /// One crop.
    pub crop: BodyLimit,
    /// Small JSON bodies.
    pub json: BodyLimit,
    /// One whole frame in base64.
    pub frame: BodyLimit,
    /// All pictures of a check in base64.
    pub check: BodyLimit,
    /// One video, without the rest of its form.
    pub video: BodyLimit,
}

impl EndpointLimits {
    /// The same with videos of so many bytes.
    pub const fn with_video_bytes(mut self, bytes: usize) -> Self {
        self.video.bytes = bytes;
        self
    }
}

impl Default for EndpointLimits {
    fn default() -> Self {
        Self {
            // As much as the verifier's decoder takes.
            crop: BodyLimit { bytes: MAX_PNG_BYTES, time: Duration::from_secs(30) },
            json: BodyLimit { bytes: 64 * 1024, time: Duration::from_secs(10) },
            frame: BodyLimit { bytes: 12 * 1024 * 1024, time: Duration::from_secs(30) },
            check: BodyLimit { bytes: 32 * 1024 * 1024, time: Duration::from_secs(60) },
            video: BodyLimit { bytes: 64 * 1024 * 1024, time: Duration::from_secs(300) },
        }
    }
}
