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
    /// All crops of a check in base64.
    pub check: BodyLimit,
    /// All whole frames of a check in base64: 120 of 640x480 pixels with an alpha channel take up to 49 MB as PNG.
    pub frames: BodyLimit,
    /// One video, without the rest of its form.
    pub video: BodyLimit,
}

impl EndpointLimits {
    /// Those of a gateway for which nothing else is said.
    pub const DEFAULT: Self = Self {
        // As much as the verifier's decoder takes.
        crop: BodyLimit { bytes: MAX_PNG_BYTES, time: Duration::from_secs(30) },
        json: BodyLimit { bytes: 64 * 1024, time: Duration::from_secs(10) },
        frame: BodyLimit { bytes: 12 * 1024 * 1024, time: Duration::from_secs(30) },
        check: BodyLimit { bytes: 32 * 1024 * 1024, time: Duration::from_secs(60) },
        frames: BodyLimit { bytes: 96 * 1024 * 1024, time: Duration::from_secs(180) },
        video: BodyLimit { bytes: 64 * 1024 * 1024, time: Duration::from_secs(300) },
    };

    /// The longest JSON body that any endpoint takes.
    pub const fn longest_json(self) -> usize {
        let mut longest = self.json.bytes;
        let mut others: &[BodyLimit] = &[self.frame, self.check, self.frames];
        while let [limit, rest @ ..] = others {
            if limit.bytes > longest {
                longest = limit.bytes;
            }
            others = rest;
        }
        longest
    }

    /// The same with videos of so many bytes.
    pub const fn with_video_bytes(mut self, bytes: usize) -> Self {
        self.video.bytes = bytes;
        self
    }

    /// The same where all bodies together have room for so many bytes: a longer one would find none however often it comes.
    /// Videos have room elsewhere.
    pub fn within(mut self, room: usize) -> Self {
        let Self { crop, json, frame, check, frames, video: _ } = &mut self;
        for limit in [crop, json, frame, check, frames] {
            limit.bytes = limit.bytes.min(room);
        }
        self
    }
}

impl Default for EndpointLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
