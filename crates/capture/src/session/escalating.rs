//! Several verdicts in one check: a borderline one leads to a step with more frames.

use liveness_protocol::Verdict;

use super::{Effect, Frames, Session, State, run::Run, time_limits::TimeLimits, upload::Hold};
use crate::quality::Tally;

impl Session {
    /// How many steps came before this one.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Whether some crop of this step has yet to be cut.
    pub fn is_taking(&self) -> bool {
        self.state == State::Capturing
    }

    /// The frames of all steps.
    pub fn frames(&self) -> Frames {
        self.frames
    }

    /// Whether a borderline verdict would not be the last.
    pub(super) fn may_go_on(&self) -> bool {
        self.step < self.config.escalation.frames.len()
    }

    pub(super) fn on_verdict(&mut self, verdict: Verdict, score: f64) {
        if self.may_go_on() && self.config.escalation.is_borderline(verdict, score) {
            return self.go_on();
        }
        self.frames.all = self.frames.before + self.run.taken();
        self.update_progress();
        self.end(State::Done, Effect::Finish { verdict });
    }

    /// Begins the next step: a run of its own, with time limits of its own.
    fn go_on(&mut self) {
        if let Some(code) = self.lost {
            return self.fail(code);
        }
        self.frames.before += self.run.taken();
        self.step += 1;
        self.state = State::Positioning;
        self.run = Run::new(self.run.id.wrapping_add(1));
        (self.tally, self.hold, self.restarts) = (Tally::default(), Hold::default(), 0);
        self.limits = TimeLimits::new(&self.config);
        self.graced = false;
        self.open_transport();
        self.enter_positioning();
    }

    /// This step takes `required` frames; what the later ones take is known beforehand.
    pub(super) fn count_frames(&mut self, required: u32) {
        let later: u32 = self.config.escalation.frames.iter().skip(self.step).sum();
        self.frames.all = self.frames.before + required + later;
    }

    /// Half for frames taken, half for crops acknowledged.
    pub(super) fn update_progress(&mut self) {
        let Frames { before, all } = self.frames;
        let progress = f64::from(2 * before + self.run.done()) / f64::from(2 * all.max(1));
        if progress != self.progress {
            self.progress = progress;
            self.effects.push(Effect::ProgressChanged(progress));
        }
    }
}
