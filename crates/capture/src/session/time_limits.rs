//! The session's time limits.

use crate::{FailureCode, SessionConfig, timing::Budget};

/// How long uploading may take before the person is told that it is slow.
const SLOW_UPLOAD_MS: f64 = 5_000.0;

/// One budget for each thing that can take too long.
#[derive(Debug, Clone)]
pub(super) struct TimeLimits {
    pub(super) camera: Budget,
    pub(super) loading: Budget,
    /// For a file, of its own time, and while it waits for the server.
    pub(super) positioning: Budget,
    /// Positioning since a run last got farther than those before it.
    pub(super) stuck: Budget,
    pub(super) hidden: Budget,
    /// The same while the verdict is awaited, which may take longer: with one large request nothing but its answer tells that
    /// the page goes on.
    pub(super) hidden_at_last: Budget,
    /// While the page is visible, but the camera muted or the preview not playing.
    pub(super) source_pause: Budget,
    /// Since the last new frame; once all frames are taken, since the last crop was cut.
    pub(super) stall: Budget,
    /// Since the run's last taken frame: a creeping frame clock must not keep a run open.
    pub(super) take: Budget,
    /// Since the last acknowledgement: progress resets it.
    pub(super) upload: Budget,
    pub(super) slow_upload: Budget,
    pub(super) verify: Budget,
}

/// What to do when a limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Fail(FailureCode),
    /// Tell the person what takes so long.
    SayUploadIsSlow,
    /// Give the person more than the instruction.
    Aid,
}

impl TimeLimits {
    pub(super) fn new(config: &SessionConfig) -> Self {
        Self {
            camera: Budget::new(config.camera_timeout_ms),
            loading: Budget::new(config.loading_timeout_ms),
            positioning: Budget::new(config.positioning_timeout_ms),
            stuck: Budget::new(config.help_after_ms),
            hidden: Budget::new(config.hidden_timeout_ms),
            hidden_at_last: Budget::new(config.hidden_timeout_ms.max(config.verify_timeout_ms)),
            source_pause: Budget::new(config.source_pause_timeout_ms),
            stall: Budget::new(config.stall_timeout_ms),
            take: Budget::new(config.stall_timeout_ms + config.effective_max_gap_ms()),
            upload: Budget::new(config.upload_timeout_ms),
            slow_upload: Budget::new(SLOW_UPLOAD_MS),
            verify: Budget::new(config.verify_timeout_ms),
        }
    }
}
