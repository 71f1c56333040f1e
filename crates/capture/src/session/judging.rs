//! Positioning and capturing: what a frame leads to.

use crate::{
    FaceBox, FailureCode, FrameAnalysis, Guidance, SourceKind,
    quality::{Judgement, Tally},
};

use super::{Effect, Session, State, run::Run};

/// From this many gaps on, the source is to blame.
const UNEVEN_GAPS: u32 = 3;

/// Longest time without analysing a frame, so that a face that disappears is noticed.
const MAX_UNSEEN_MS: f64 = 100.0;

/// How long in the background nothing is analysed after a frame without a usable face: the page has other work.
const GLANCE_MS: f64 = 200.0;

/// How long a person holds still for a run that the server is not ready for, before being told to wait.
const LONGEST_STILL_MS: f64 = 1_000.0;

/// How a frame's timestamp relates to the one before.
#[derive(Clone, Copy)]
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

    /// Whether an [`Effect::AnalyseNext`] is unanswered.
    pub fn awaits_frame(&self) -> bool {
        self.awaiting_frame
    }

    pub(super) fn analyse_next(&mut self) {
        if !self.awaiting_frame && !self.pauses.any() && self.held.is_none() {
            self.awaiting_frame = true;
            self.effects.push(Effect::AnalyseNext { not_before_ms: self.not_before_ms() });
        }
    }

    /// Analysing the frames between two of a run would be wasted.
    fn not_before_ms(&self) -> Option<f64> {
        let last_ms = self.last_timestamp_ms?;
        if self.glances() {
            return Some(last_ms + GLANCE_MS);
        }
        if self.state != State::Capturing {
            return None;
        }
        let wanted_ms = self.run.wanted_from_ms(self.spacing)?.min(last_ms + MAX_UNSEEN_MS);
        Some(wanted_ms).filter(|wanted_ms| *wanted_ms > last_ms)
    }

    pub(super) fn on_frame(&mut self, analysis: &FrameAnalysis) {
        if !std::mem::take(&mut self.awaiting_frame) {
            return;
        }
        if !self.pauses.any() {
            self.judge_frame(analysis);
        }
        if self.run.all_taken() {
            return;
        }
        let is_file = self.config.source == SourceKind::Media;
        if is_file && self.state == State::Positioning && self.limits.positioning.is_spent() {
            self.fail(FailureCode::PositioningTimeout);
        } else {
            self.analyse_next();
        }
    }

    /// Takes the frame for which a file has waited.
    pub(super) fn take_held(&mut self) {
        if let Some((analysis, face)) = self.held.take() {
            self.on_good_face(&analysis, face);
            if !self.run.all_taken() {
                self.analyse_next();
            }
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
        if let (SourceKind::Media, Order::Next { gap_ms }) = (self.config.source, order) {
            self.limits.positioning.spend(gap_ms);
        }

        let max_gap_ms = self.config.effective_max_gap_ms();
        let gap_ms = match (order, self.run.last_ms()) {
            (Order::Fresh | Order::Stale, _) => f64::INFINITY,
            (Order::Next { .. }, Some(last)) => timestamp_ms - last,
            (Order::Next { gap_ms }, None) => gap_ms,
        };
        // By the looser bounds if a run is under way, even one that this frame's gap breaks.
        let judgement = self.judge.judge(analysis, self.state == State::Capturing);
        self.cause = match judgement {
            Judgement::Problem { cause, .. } => Some(cause),
            Judgement::Good(_) => None,
        };
        if gap_ms > max_gap_ms {
            // A gap counts if there was a face to take: nobody is kept from anything by one without.
            let was_good = self.state == State::Capturing || self.settled > 0;
            let is_good = matches!(judgement, Judgement::Good(_));
            if gap_ms.is_finite() && was_good && is_good {
                self.gaps = self.gaps.saturating_add(1);
            }
            self.settled = 0;
            if self.state == State::Capturing {
                let uneven = self.source_is_uneven();
                self.break_run(if uneven { Guidance::UnevenFrames } else { Guidance::HoldStill });
            }
        }

        let capturing = self.state == State::Capturing;
        // Not where frames are skipped.
        if let (Order::Next { gap_ms }, false) = (order, capturing || self.glances())
            && gap_ms <= max_gap_ms
        {
            self.spacing.observe(gap_ms);
        }
        match judgement {
            Judgement::Good(face) => self.on_good_face(analysis, face),
            Judgement::Problem { guidance, .. } if capturing => {
                self.lapses = self.lapses.saturating_add(1);
                self.break_run(guidance);
                self.weigh(true);
            }
            Judgement::Problem { guidance, .. } => {
                self.lapses = self.lapses.saturating_add(u32::from(self.settled > 0));
                self.settled = 0;
                self.propose(guidance);
            }
        }
    }

    fn on_good_face(&mut self, analysis: &FrameAnalysis, face: FaceBox) {
        if self.state == State::Positioning {
            self.settled = self.settled.saturating_add(1);
            if self.settled >= self.config.settle_frames && self.is_stale() {
                self.renew();
            }
            if self.settled < self.config.settle_frames || !self.run.is_open() {
                // Holding still does not help if the camera pauses.
                let pauses = self.settled <= 1 && self.source_is_uneven();
                let is_ready = self.settled >= self.config.settle_frames;
                if self.settled <= self.config.settle_frames {
                    self.ready_ms = self.now_ms;
                }
                if is_ready && self.config.source == SourceKind::Media {
                    self.held = Some((analysis.clone(), face));
                }
                self.propose(if pauses {
                    Guidance::UnevenFrames
                } else if self.now_ms - self.ready_ms > LONGEST_STILL_MS {
                    Guidance::Wait
                } else {
                    Guidance::HoldStill
                });
                return;
            }
            self.enter(State::Capturing);
        }
        if let Some(index) = self.run.offer(analysis.timestamp_ms, self.spacing) {
            self.limits.take.reset(self.now_ms);
            self.tally.count(self.config.gates, self.judge.measures());
            self.effects.push(Effect::TakeCrop {
                run: self.run.id,
                index,
                timestamp_ms: analysis.timestamp_ms,
                face,
            });
            self.upload_taken();
            self.update_progress();
        }
    }

    /// Uploads the crops that are taken and not held back.
    fn upload_taken(&mut self) {
        let run = self.run.id;
        let indices = self.hold.release(self.run.taken(), self.run.all_taken());
        if !indices.is_empty() {
            self.on_headway();
        }
        self.effects.extend(indices.map(|index| Effect::UploadCrop { run, index }));
    }

    /// Whether the source, rather than the person, is what keeps breaking runs.
    pub(super) fn source_is_uneven(&self) -> bool {
        let is_camera = self.config.source == SourceKind::Camera;
        is_camera && self.gaps >= UNEVEN_GAPS && self.gaps > self.lapses
    }

    /// Drops the current run, which has at least its first frame, and starts over.
    pub(super) fn break_run(&mut self, guidance: Guidance) {
        let run = self.run.id;
        self.effects.push(Effect::AbortTransport { run });
        self.hold.broke(self.run.taken());
        self.run = Run::new(run.wrapping_add(1));
        self.tally = Tally::default();
        self.restarts = self.restarts.saturating_add(1);
        self.settled = 0;
        self.grace();
        self.open_transport();
        self.update_progress();
        self.change(State::Positioning);
        self.show(guidance);
    }

    /// Whether only few frames are looked at, until there is a usable one.
    fn glances(&self) -> bool {
        self.config.background && self.state == State::Positioning && self.settled == 0
    }

    fn propose(&mut self, guidance: Guidance) {
        let guidance = self.told(guidance);
        let is_new = self.guidance.propose(guidance, self.now_ms);
        if is_new {
            self.effects.push(Effect::GuidanceChanged(guidance));
        }
        if guidance == self.guidance.shown() {
            self.weigh(is_new);
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
