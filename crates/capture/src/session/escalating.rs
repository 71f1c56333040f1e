//! Several verdicts in one check: a borderline one leads to a step with more frames.

use liveness_protocol::Verdict;

use super::{Effect, Frames, Session, State, run::Run, time_limits::TimeLimits, upload::Hold};
use crate::{FailureCode, quality::Tally};

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

    /// Whether there can be a further step.
    pub(super) fn may_go_on(&self) -> bool {
        self.has_further_step() && self.lost.is_none()
    }

    fn has_further_step(&self) -> bool {
        self.step < self.config.escalation.frames.len()
    }

    /// What a further step would need is gone: this one is the last, and is told and ended as the last.
    pub(super) fn lose(&mut self, code: FailureCode) {
        let (before, kept) = (self.told_state(), self.may_go_on());
        self.lost.get_or_insert(code);
        if !kept {
            return;
        }
        if matches!(self.state, State::Uploading | State::Verifying) {
            self.effects.push(Effect::ReleaseCamera);
            self.tell_state(before);
            self.show_state_guidance();
        }
        self.count_no_further();
    }

    pub(super) fn on_verdict(&mut self, verdict: Verdict, score: f64) {
        if self.has_further_step() && self.config.escalation.is_borderline(verdict, score) {
            return match self.lost {
                Some(code) => self.fail(code),
                None => self.go_on(),
            };
        }
        self.count_no_further();
        self.end(State::Done, Effect::Finish { verdict });
    }

    /// Begins the next step: a run of its own, with time limits of its own.
    fn go_on(&mut self) {
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

    /// This step's frames are the last.
    fn count_no_further(&mut self) {
        self.frames.all = self.frames.before + self.run.taken();
        self.update_progress();
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
