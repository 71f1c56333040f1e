//! What a pause does, and its end.

use super::{Session, SourcePause, State, pauses::Pauses};

/// How long whoever comes back to the page waits for the server at least: requests that were frozen are made again.
const RETURNED_MS: f64 = 20_000.0;

impl Session {
    pub(super) fn on_hidden(&mut self, hidden: bool) {
        if !hidden && self.pauses.hidden {
            self.limits.upload.leave(RETURNED_MS, self.now_ms);
            self.limits.verify.leave(RETURNED_MS, self.now_ms);
            self.pace.thaw(self.now_ms);
        }
        self.set_pauses(Pauses { hidden, ..self.pauses });
    }

    pub(super) fn on_source_pause(&mut self, pause: SourcePause, begins: bool) {
        let mut pauses = self.pauses;
        match pause {
            SourcePause::Muted => pauses.muted = begins,
            SourcePause::PlayRefused => pauses.play_refused = begins,
        }
        self.set_pauses(pauses);
    }

    fn set_pauses(&mut self, pauses: Pauses) {
        let before = std::mem::replace(&mut self.pauses, pauses);
        // With all frames taken, neither page nor camera matters any more.
        if pauses == before || self.is_finishing() {
            return;
        }
        match (self.state, pauses.guidance()) {
            (State::Capturing, Some(guidance)) => self.break_run(guidance),
            (State::RequestingCamera | State::Loading | State::Positioning, guidance) => {
                self.settled = 0;
                self.held = None;
                self.show_state_guidance();
                if guidance.is_none() && self.state == State::Positioning {
                    self.limits.stall.reset(self.now_ms);
                    // The pause was not the camera's own.
                    self.last_timestamp_ms = None;
                    self.analyse_next();
                }
            }
            _ if self.may_go_on() => self.show_state_guidance(),
            _ => {}
        }
    }
}
