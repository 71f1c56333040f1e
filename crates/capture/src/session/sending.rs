//! From the last crop to the question for the verdict.

use liveness_protocol::CaptureWarning;

use super::{Effect, Session, State, upload::Pace};
use crate::FailureCode;

impl Session {
    pub(super) fn on_crop_cut(&mut self, index: u32) {
        if !self.run.mark_cut(index) {
            return;
        }
        if self.run.all_taken() {
            self.limits.stall.reset(self.now_ms);
        }
        if self.state == State::Capturing && self.run.all_cut() {
            if !self.may_go_on() {
                self.effects.push(Effect::ReleaseCamera);
            }
            self.pace = Pace::begin(self.now_ms);
            self.limits.hidden.reset(self.now_ms);
            self.enter(State::Uploading);
            if self.run.all_acknowledged() {
                self.complete();
            }
        }
    }

    pub(super) fn on_acknowledged(&mut self, index: u32) {
        if !self.run.mark_acknowledged(index) {
            return;
        }
        self.update_progress();
        if self.state != State::Uploading {
            return;
        }
        self.limits.upload.reset(self.now_ms);
        // A page whose pictures arrive is not frozen.
        self.limits.hidden.reset(self.now_ms);
        self.pace.acknowledge(self.now_ms);
        if self.run.all_acknowledged() {
            return self.complete();
        }
        let rest_ms = self.pace.rest_ms(self.run.missing());
        if rest_ms.is_some_and(|rest_ms| self.now_ms + rest_ms > self.expires_ms) {
            self.fail(FailureCode::ConnectionTooSlow);
        }
    }

    fn complete(&mut self) {
        let Some(mut report) = self.run.report() else { return };
        if self.restarts > 0 {
            report.warnings.push(CaptureWarning::Interrupted { times: self.restarts });
        }
        if self.noised {
            report.warnings.push(CaptureWarning::PictureNoised);
        }
        report.warnings.extend(self.tally.warnings(self.config.gates));
        // Last: of several, a person hears of the first ones.
        if self.virtual_camera {
            report.warnings.push(CaptureWarning::VirtualCamera);
        }
        self.limits.hidden_at_last.reset(self.now_ms);
        self.enter(State::Verifying);
        self.effects.push(Effect::Complete { run: self.run.id, report });
    }
}
