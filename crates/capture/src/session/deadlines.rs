//! When each limit runs, and which is reached first.

use liveness_protocol::ErrorCode;

use crate::{FailureCode, Guidance, SourceKind, config::DARK_TIMEOUT_MS, timing::Budget};

use super::{CameraStep, Session, State, time_limits::Reached};

impl Session {
    /// The time for the person's answer is not the camera's, which begins anew; nor is there anything left to allow.
    pub(super) fn on_camera_opened(&mut self) {
        self.limits.camera = Budget::new(self.config.camera_timeout_ms.min(DARK_TIMEOUT_MS));
        self.camera = CameraStep::Opened;
        if self.state == State::RequestingCamera {
            self.show_state_guidance();
        }
    }

    /// Whether the browser may be asking the person for the camera.
    pub(super) fn awaits_permission(&self) -> bool {
        self.config.source == SourceKind::Camera && self.camera != CameraStep::Opened
    }

    /// Starts and pauses each budget as the state demands.
    pub(super) fn sync_limits(&mut self) {
        let now = self.now_ms;
        let judging = matches!(self.state, State::Positioning | State::Capturing);
        let finishing = self.is_finishing();
        let waiting = matches!(self.state, State::RequestingCamera | State::Loading);
        // A pause stops only what needs the person or the frames.
        let paused = self.pauses.any() && !finishing;
        let hidden = self.pauses.hidden;
        let awaits_server = self.awaits_server();
        let limits = &mut self.limits;
        limits.camera.run_if(self.state == State::RequestingCamera && !paused, now);
        limits.loading.run_if(waiting && !self.detector_ready && !paused, now);
        // A file takes as long as the machine needs; only its own time counts.
        let live = self.config.source == SourceKind::Camera;
        let held = self.held.is_some();
        limits.positioning.run_if(judging && !finishing && !paused && (live || held), now);
        let positioning = self.state == State::Positioning;
        limits.stuck.run_if(positioning && !awaits_server && !paused && live && !self.stuck, now);
        let uploading = self.state == State::Uploading;
        let verifying = self.state == State::Verifying;
        // A page that nobody looks at may be frozen, and its requests with it.
        limits.hidden.run_if(hidden && ((judging || waiting) && paused || uploading), now);
        limits.hidden_at_last.run_if(hidden && verifying, now);
        limits.source_pause.run_if((judging || waiting) && paused && !hidden, now);
        limits.stall.run_if(judging && !paused && !held, now);
        limits.take.run_if(self.state == State::Capturing && !finishing && !paused && live, now);
        limits.upload.run_if(uploading && !hidden, now);
        let unsaid = self.guidance.shown() == Guidance::Uploading;
        limits.slow_upload.run_if(uploading && unsaid && !hidden, now);
        limits.verify.run_if(verifying && !hidden, now);
    }

    /// The limit that will be reached first, and what to do then.
    pub(super) fn next_limit(&self) -> Option<(f64, Reached)> {
        let limits = &self.limits;
        // A server that answers, if only that it is busy, is reported as such, not as a bad connection.
        let unanswered = self.run.delayed.unwrap_or(FailureCode::RequestTimeout);
        let is_delayed = !self.run.is_open() && self.run.delayed.is_some();
        let positioning = if is_delayed || self.awaits_server() {
            unanswered
        } else if self.source_is_uneven() {
            FailureCode::FramesUneven
        } else {
            FailureCode::PositioningTimeout
        };
        // A file has no prompt to allow and no lens to uncover.
        let silent = match (self.config.source, self.state) {
            (SourceKind::Media, _) => FailureCode::MediaUnsupported,
            (SourceKind::Camera, State::RequestingCamera) => FailureCode::CameraTimeout,
            (SourceKind::Camera, _) => FailureCode::FramesStalled,
        };
        let stalled = if self.is_finishing() { FailureCode::EngineCrashed } else { silent };
        // Nobody came back, or touched the page: neither face nor camera is to blame.
        let left = FailureCode::Api(ErrorCode::SessionExpired);
        let paused = if self.pauses.muted { silent } else { left };
        let upload = match self.run.delayed {
            None if self.pace.moves() => FailureCode::ConnectionTooSlow,
            _ => unanswered,
        };
        let warned_from_ms = self.warned_from_ms().filter(|_| !self.aid.time_runs_out);
        let candidates = [
            (&limits.camera, silent, true),
            // Nobody should be turned away while still reading the permission prompt.
            (&limits.loading, FailureCode::EngineLoadTimeout, self.state == State::Loading),
            // A run under way may finish; it has limits of its own.
            (&limits.positioning, positioning, self.state == State::Positioning),
            (&limits.hidden, left, true),
            (&limits.hidden_at_last, left, true),
            (&limits.source_pause, paused, true),
            (&limits.stall, stalled, true),
            (&limits.take, FailureCode::FramesStalled, true),
            (&limits.upload, upload, true),
            (&limits.verify, unanswered, true),
        ];
        candidates
            .into_iter()
            .filter(|(.., enforced)| *enforced)
            .map(|(budget, code, _)| (budget, Reached::Fail(code)))
            .chain([(&limits.slow_upload, Reached::SayUploadIsSlow), (&limits.stuck, Reached::Aid)])
            .filter_map(|(budget, reached)| Some((budget.deadline_ms()?, reached)))
            .chain(warned_from_ms.map(|at| (at, Reached::Aid)))
            .min_by(|a, b| a.0.total_cmp(&b.0))
    }
}
