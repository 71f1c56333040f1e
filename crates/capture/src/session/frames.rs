//! Positioning and capturing: what a frame leads to.

use crate::{
    FaceBox, FailureCode, FrameAnalysis, Guidance,
    quality::{Framing, judge},
};

use super::{Effect, Session, State, run::Run};

/// How a frame's timestamp relates to the one before.
enum Order {
    /// Later.
    Next { gap_ms: f64 },
    /// The first, or earlier than the one before: a looped file or a new clock.
    Fresh,
    /// The same frame again, or no timestamp at all.
    Stale,
}

impl Session {
    pub(super) fn enter_positioning(&mut self) {
        self.settled = 0;
        self.enter(State::Positioning);
        self.limits.stall.reset(self.now_ms);
        self.analyse_next();
    }

    pub(super) fn analyse_next(&mut self) {
        if !self.awaiting_frame && !self.hidden {
            self.awaiting_frame = true;
            self.effects.push(Effect::AnalyseNext);
        }
    }

    pub(super) fn on_frame(&mut self, analysis: &FrameAnalysis) {
        if !std::mem::take(&mut self.awaiting_frame) {
            return;
        }
        if !self.hidden {
            self.judge_frame(analysis);
        }
        if self.run.all_taken() {
            return;
        }
        if self.source_ended {
            self.fail(FailureCode::MediaTooShort);
        } else {
            self.analyse_next();
        }
    }

    fn judge_frame(&mut self, analysis: &FrameAnalysis) {
        let timestamp_ms = analysis.timestamp_ms;
        let order = self.order(timestamp_ms);
        if matches!(order, Order::Stale) {
            return;
        }
        self.last_timestamp_ms = Some(timestamp_ms);
        self.limits.stall.reset(self.now_ms);

        let max_gap_ms = self.config.effective_max_gap_ms();
        let gap_ms = match (order, self.run.last_ms()) {
            (Order::Fresh | Order::Stale, _) => f64::INFINITY,
            (Order::Next { .. }, Some(last)) => timestamp_ms - last,
            (Order::Next { gap_ms }, None) => gap_ms,
        };
        if gap_ms > max_gap_ms {
            self.settled = 0;
            if self.state == State::Capturing {
                self.break_run(Guidance::HoldStill);
            }
        }

        let capturing = self.state == State::Capturing;
        match judge(analysis, &self.config.framing, self.config.mirrored, capturing) {
            Framing::Good(face) => self.on_good_face(analysis, face),
            Framing::Problem(guidance) if capturing => self.break_run(guidance),
            Framing::Problem(guidance) => {
                self.settled = 0;
                self.propose(guidance);
            }
        }
    }

    fn on_good_face(&mut self, analysis: &FrameAnalysis, face: FaceBox) {
        if self.state == State::Positioning {
            self.settled = self.settled.saturating_add(1);
            if self.settled < self.config.settle_frames || !self.run.is_open() {
                self.propose(Guidance::HoldStill);
                return;
            }
            self.enter(State::Capturing);
        }
        if let Some(index) = self.run.offer(analysis.timestamp_ms) {
            self.limits.take.reset(self.now_ms);
            self.effects.push(Effect::TakeCrop {
                run: self.run.id,
                index,
                sequence: analysis.sequence,
                timestamp_ms: analysis.timestamp_ms,
                face,
            });
            self.set_progress(self.run.progress());
        }
    }

    /// Drops the run under way, which holds at least its first frame, and starts over.
    pub(super) fn break_run(&mut self, guidance: Guidance) {
        let run = self.run.id;
        self.effects.push(Effect::AbortTransport { run });
        self.run = Run::new(run.wrapping_add(1));
        self.restarts = self.restarts.saturating_add(1);
        self.settled = 0;
        self.open_transport();
        self.set_progress(0.0);
        self.state = State::Positioning;
        self.effects.push(Effect::StateChanged(State::Positioning));
        self.show(guidance);
    }

    fn propose(&mut self, guidance: Guidance) {
        if self.guidance.propose(guidance, self.now_ms) {
            self.effects.push(Effect::GuidanceChanged(guidance));
        }
    }

    fn order(&self, timestamp_ms: f64) -> Order {
        match self.last_timestamp_ms {
            _ if !timestamp_ms.is_finite() => Order::Stale,
            None => Order::Fresh,
            Some(last) if timestamp_ms == last => Order::Stale,
            Some(last) if timestamp_ms < last => Order::Fresh,
            Some(last) => Order::Next { gap_ms: timestamp_ms - last },
        }
    }
}
