//! When nothing improves: advice that goes further, a warning before the time is up, more time.

use crate::{Aid, SourceKind, guidance::DWELL_MS};

use super::{Effect, Session, State};

/// How long before its end the person is warned: WCAG 2.2 asks for 20 seconds (success criterion 2.2.1).
pub(super) const WARNED_MS: f64 = 20_000.0;

impl Session {
    /// What the person gets beside the instruction.
    pub fn aid(&self) -> Aid {
        self.aid
    }

    /// Milliseconds until the check gives up; `None` unless that is soon enough to tell.
    pub fn time_left_ms(&self) -> Option<f64> {
        let deadline = self.limits.positioning.deadline_ms();
        let left = || deadline.map(|deadline| (deadline - self.now_ms).max(0.0));
        self.aid.time_runs_out.then(left).flatten()
    }

    /// The server is awaited: nothing that the person does could hasten it.
    pub(super) fn awaits_server(&self) -> bool {
        self.settled >= self.config.settle_frames && !self.run.is_open()
    }

    /// When the person is to be warned that the time will be up.
    pub(super) fn warned_from_ms(&self) -> Option<f64> {
        let waits = self.state != State::Positioning || self.awaits_server() || !self.is_guided();
        let deadline = self.limits.positioning.deadline_ms().filter(|_| !waits)?;
        Some(deadline - WARNED_MS)
    }

    fn is_of_a_file(&self) -> bool {
        self.config.source == SourceKind::Media
    }

    /// Whether there is a person who is told what to do.
    fn is_guided(&self) -> bool {
        !self.is_of_a_file() && !self.config.background
    }

    /// Notes how far there is to go, as the frame last judged has it, for an instruction that is shown.
    pub(super) fn weigh(&mut self, is_new: bool) {
        let far = self.judge.is_far();
        if is_new || far != self.far && self.now_ms - self.far_since_ms >= DWELL_MS {
            self.far = far;
            self.far_since_ms = self.now_ms;
        }
    }

    /// A run that breaks leaves time for the warning, once until there is more time: nobody is turned away without it.
    pub(super) fn grace(&mut self) {
        self.graced |= self.leave_time();
    }

    /// Sees to it that there is time for the warning, unless a broken run has been given it: a server that takes long takes
    /// nobody's time. Whether there was less.
    pub(super) fn leave_time(&mut self) -> bool {
        let may_leave = self.is_guided() && !self.graced;
        may_leave && self.limits.positioning.leave(WARNED_MS, self.now_ms)
    }

    /// A run has got farther than any before it.
    pub(super) fn on_headway(&mut self) {
        self.stuck = false;
        self.limits.stuck.reset(self.now_ms);
    }

    /// Reports what has changed. To be called after the limits have been brought up to date.
    pub(super) fn update_aid(&mut self) {
        // With the end, it has been withdrawn.
        if self.state.is_terminal() {
            return;
        }
        self.stuck |= self.limits.stuck.deadline_ms().is_some_and(|at| self.now_ms >= at);
        let positioning = self.state == State::Positioning && self.is_guided();
        let shown = self.guidance.shown();
        let aid = Aid {
            help: shown.help().filter(|_| positioning && self.stuck),
            far: positioning && self.far,
            time_runs_out: self.warned_from_ms().is_some_and(|from| self.now_ms >= from),
        };
        self.give_aid(aid);
    }

    pub(super) fn give_aid(&mut self, aid: Aid) {
        if aid != self.aid {
            self.aid = aid;
            self.effects.push(Effect::AidChanged(aid));
        }
    }

    /// The person wants more time.
    pub(super) fn on_extend(&mut self) {
        if self.is_of_a_file() || !matches!(self.state, State::Positioning | State::Capturing) {
            return;
        }
        self.limits.positioning.reset(self.now_ms);
        self.graced = false;
        // The server's session may not last as long; the transport knows whether it takes another.
        if self.state == State::Positioning && self.run.is_open() {
            self.renew();
        }
    }
}
