//! The session's time limits.

use crate::{FailureCode, Guidance, SessionConfig, timing::Budget};

use super::{Session, State};

/// How long the analysis in flight may still take once a file is over.
const ENDED_GRACE_MS: f64 = 1_000.0;

/// How long sending may take before something is said about it.
const SLOW_UPLOAD_MS: f64 = 5_000.0;

/// One budget for each thing that can take too long.
#[derive(Debug, Clone)]
pub(super) struct TimeLimits {
    camera: Budget,
    loading: Budget,
    positioning: Budget,
    hidden: Budget,
    /// Since the last new frame; once all frames are taken, since the last crop was cut.
    pub(super) stall: Budget,
    /// Since the run's last taken frame: a clock that creeps must not hold a run open.
    pub(super) take: Budget,
    ended: Budget,
    /// Since the last acknowledgement: what moves may go on.
    pub(super) upload: Budget,
    slow_upload: Budget,
    verify: Budget,
}

/// What is to happen when a limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Fail(FailureCode),
    /// The person should know what takes so long.
    SayUploadIsSlow,
}

impl TimeLimits {
    pub(super) fn new(config: &SessionConfig) -> Self {
        Self {
            camera: Budget::new(config.camera_timeout_ms),
            loading: Budget::new(config.loading_timeout_ms),
            positioning: Budget::new(config.positioning_timeout_ms),
            hidden: Budget::new(config.hidden_timeout_ms),
            stall: Budget::new(config.stall_timeout_ms),
            take: Budget::new(config.stall_timeout_ms + config.effective_max_gap_ms()),
            ended: Budget::new(ENDED_GRACE_MS),
            upload: Budget::new(config.upload_timeout_ms),
            slow_upload: Budget::new(SLOW_UPLOAD_MS),
            verify: Budget::new(config.verify_timeout_ms),
        }
    }
}

impl Session {
    /// Starts and pauses each budget as the state demands.
    pub(super) fn sync_limits(&mut self) {
        let now = self.now_ms;
        let judging = matches!(self.state, State::Positioning | State::Capturing);
        let finishing = self.is_finishing();
        let waiting = matches!(self.state, State::RequestingCamera | State::Loading);
        // Hiding pauses what the person or the frames are needed for; nothing else.
        let paused = self.hidden && !finishing;
        let limits = &mut self.limits;
        limits.camera.run_if(self.state == State::RequestingCamera && !paused, now);
        limits.loading.run_if(waiting && !self.detector_ready && !paused, now);
        limits.positioning.run_if(judging && !finishing && !paused, now);
        limits.hidden.run_if((judging || waiting) && paused, now);
        limits.stall.run_if(judging && !paused, now);
        limits.take.run_if(self.state == State::Capturing && !finishing && !paused, now);
        limits.ended.run_if(judging && !finishing && self.source_ended, now);
        let uploading = self.state == State::Uploading;
        limits.upload.run_if(uploading, now);
        let unsaid = self.guidance.shown() == Guidance::Uploading;
        limits.slow_upload.run_if(uploading && unsaid, now);
        limits.verify.run_if(self.state == State::Verifying, now);
    }

    /// The limit that will be reached first, and what that means.
    pub(super) fn next_limit(&self) -> Option<(f64, Reached)> {
        let limits = &self.limits;
        let waiting_for_server = self.settled >= self.config.settle_frames && !self.run.is_open();
        let (positioning, stalled) = (
            if waiting_for_server {
                FailureCode::RequestTimeout
            } else if self.source_is_uneven() {
                FailureCode::FramesUneven
            } else {
                FailureCode::PositioningTimeout
            },
            if self.is_finishing() {
                FailureCode::EngineCrashed
            } else {
                FailureCode::FramesStalled
            },
        );
        let hidden = match self.state {
            State::RequestingCamera => FailureCode::CameraTimeout,
            State::Loading => FailureCode::EngineLoadTimeout,
            _ => FailureCode::PositioningTimeout,
        };
        let upload = if self.pace.moves() {
            FailureCode::ConnectionTooSlow
        } else {
            FailureCode::RequestTimeout
        };
        let candidates = [
            (&limits.camera, FailureCode::CameraTimeout, true),
            // Nobody is to be turned away while still reading the permission prompt.
            (&limits.loading, FailureCode::EngineLoadTimeout, self.state == State::Loading),
            // A run under way may finish; its own limits see to it that it does.
            (&limits.positioning, positioning, self.state == State::Positioning),
            (&limits.hidden, hidden, true),
            (&limits.stall, stalled, true),
            (&limits.take, FailureCode::FramesStalled, true),
            (&limits.ended, FailureCode::MediaTooShort, true),
            (&limits.upload, upload, true),
            (&limits.verify, FailureCode::RequestTimeout, true),
        ];
        candidates
            .into_iter()
            .filter(|(.., enforced)| *enforced)
            .map(|(budget, code, _)| (budget, Reached::Fail(code)))
            .chain([(&limits.slow_upload, Reached::SayUploadIsSlow)])
            .filter_map(|(budget, reached)| Some((budget.deadline_ms()?, reached)))
            .min_by(|a, b| a.0.total_cmp(&b.0))
    }
}
