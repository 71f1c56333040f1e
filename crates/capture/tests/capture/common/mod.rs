//! A session with simulated time, and the rules that hold for every session.

#![allow(dead_code, missing_docs)]

pub mod player;

use liveness_capture_core::{
    Effect, Event, FaceBox, FaceObservation, FailureCode, FrameAnalysis, Session, SessionConfig,
    State,
    quality::{Bound, Cause, GATES, Measures},
};

pub const WIDTH: u32 = 640;
pub const HEIGHT: u32 = 480;

/// A square face of `side` pixels around a centre.
pub fn face_at(cx: f64, cy: f64, side: f64) -> FaceObservation {
    let bbox = FaceBox { x: cx - side / 2.0, y: cy - side / 2.0, width: side, height: side };
    FaceObservation { bbox, score: 0.9 }
}

pub fn good_face() -> FaceObservation {
    face_at(320.0, 240.0, 150.0)
}

pub fn frame(timestamp_ms: f64, faces: Vec<FaceObservation>) -> FrameAnalysis {
    let measures = Measures::default();
    FrameAnalysis { timestamp_ms, width: WIDTH, height: HEIGHT, faces, measures }
}

/// The bounds of a cause's gate: the stricter one, and the looser.
pub fn bounds(cause: Cause) -> (f64, f64) {
    let gate = GATES.iter().find(|gate| gate.cause == cause).expect("a gate");
    match gate.bound {
        Bound::AtLeast { enter, leave } | Bound::AtMost { enter, leave } => (enter, leave),
    }
}

/// A transport that never expires.
pub fn opened(run: u32, frames_required: u32) -> Event {
    Event::TransportOpened { run, frames_required, expires_in_ms: f64::INFINITY }
}

/// Checks, effect by effect, what must hold for any session.
#[derive(Debug, Default)]
pub struct Rules {
    pub frames_required: Option<u32>,
    outstanding: bool,
    camera_asked: bool,
    released_after_asking: bool,
    run: Option<u32>,
    run_finished: bool,
    /// How many further steps there may be.
    pub steps_left: usize,
    state: Option<State>,
    next_index: u32,
    uploads: Vec<(u32, u32)>,
    last_progress: f64,
    pub terminal: Option<Effect>,
    /// Camera or engine may be gone.
    pub lost: bool,
}

impl Rules {
    pub fn before(&mut self, event: &Event) {
        match event {
            Event::FrameAnalysed(_) => self.outstanding = false,
            Event::SourceEnded | Event::CameraFailed(_) => self.lost = true,
            Event::DetectorFailed(_) | Event::EngineFailed(_) => self.lost = true,
            _ => {}
        }
    }

    pub fn after(&mut self, effects: &[Effect]) {
        for effect in effects {
            assert_eq!(self.terminal, None, "{effect:?} after the end");
            self.check(effect);
        }
    }

    fn check(&mut self, effect: &Effect) {
        match effect {
            Effect::RequestCamera => {
                assert!(!self.camera_asked, "the camera was requested twice");
                self.camera_asked = true;
            }
            Effect::ReleaseCamera => {
                assert!(self.camera_asked);
                self.released_after_asking = true;
            }
            Effect::OpenTransport { run } => {
                if std::mem::take(&mut self.run_finished) {
                    assert!(self.steps_left > 0, "a step too many");
                    self.steps_left -= 1;
                } else {
                    assert_eq!(self.run, None, "a run was opened while another was open");
                }
                self.run = Some(*run);
                self.next_index = 0;
                self.uploads.clear();
            }
            Effect::AbortTransport { run } => {
                assert_eq!(self.run, Some(*run), "the aborted run is not the open one");
                self.run = None;
                self.run_finished = false;
            }
            Effect::AnalyseNext { not_before_ms } => {
                assert!(not_before_ms.is_none_or(f64::is_finite));
                assert!(!self.outstanding, "two AnalyseNext are outstanding");
                assert!(!self.released_after_asking, "a frame was requested after the release");
                self.outstanding = true;
            }
            Effect::TakeCrop { run, index, timestamp_ms, face, .. } => {
                assert_eq!(self.run, Some(*run));
                assert_eq!(*index, self.next_index, "crops out of order");
                assert!(!self.outstanding, "TakeCrop must come before AnalyseNext");
                assert!(timestamp_ms.is_finite() && face.is_valid());
                self.next_index += 1;
                if let Some(required) = self.frames_required {
                    assert!(self.next_index <= required, "more crops than required");
                }
            }
            Effect::UploadCrop { run, index } => {
                assert_eq!(self.run, Some(*run));
                assert!(*index < self.next_index, "the uploaded crop was not taken");
                assert!(!self.uploads.contains(&(*run, *index)), "a crop was sent twice");
                self.uploads.push((*run, *index));
            }
            Effect::Complete { run, report } => {
                assert_eq!(self.run, Some(*run));
                assert!(!self.run_finished, "completed twice");
                let (kept, wanted) = (!self.released_after_asking, self.steps_left > 0);
                assert!(
                    kept == wanted || (self.lost && !kept),
                    "the camera is on for a further step alone"
                );
                assert_eq!(report.timestamps_ms.len(), self.next_index as usize);
                assert_eq!(self.uploads.len(), self.next_index as usize);
                if let Some(required) = self.frames_required {
                    assert_eq!(self.next_index, required);
                }
                self.run_finished = true;
            }
            Effect::ProgressChanged(progress) => {
                assert!((0.0..=1.0).contains(progress));
                assert_ne!(*progress, self.last_progress);
                self.last_progress = *progress;
            }
            Effect::StateChanged(state) => {
                assert_ne!(self.state.replace(*state), Some(*state), "told twice");
            }
            Effect::GuidanceChanged(_) | Effect::AidChanged(_) => {}
            Effect::LoadDetector => assert!(self.camera_asked),
            Effect::Finish { .. } | Effect::Fail(_) | Effect::Cancelled => {
                assert_eq!(self.released_after_asking, self.camera_asked, "the camera was left on");
                match effect {
                    Effect::Finish { .. } => assert!(self.run_finished),
                    _ => assert!(self.run.is_none() || self.run_finished, "a run was left open"),
                }
                self.terminal = Some(effect.clone());
            }
        }
    }
}

/// A session, its clock and all its effects.
pub struct Sim {
    pub session: Session,
    pub now: f64,
    pub log: Vec<Effect>,
    pub rules: Rules,
}

impl Sim {
    pub fn new(config: SessionConfig) -> Self {
        let rules = Rules { steps_left: config.escalation.frames.len(), ..Rules::default() };
        let session = Session::new(config).expect("a valid configuration");
        Self { session, now: 1_000.0, log: Vec::new(), rules }
    }

    pub fn send(&mut self, event: Event) -> Vec<Effect> {
        self.rules.before(&event);
        let effects = self.session.handle(self.now, event);
        self.rules.after(&effects);
        let terminal = effects.iter().position(Effect::is_terminal);
        assert!(terminal.is_none_or(|at| at + 1 == effects.len()), "{effects:?}");
        assert_eq!(self.rules.terminal.is_some(), self.session.told_state().is_terminal());
        if let Some(deadline) = self.session.next_deadline_ms() {
            assert!(deadline >= self.now);
        } else {
            assert!(
                self.session.told_state().is_terminal() || self.session.told_state() == State::Idle
            );
        }
        self.log.extend(effects.iter().cloned());
        effects
    }

    /// Lets time pass, with a Tick at each deadline.
    pub fn pass(&mut self, ms: f64) {
        let end = self.now + ms;
        while let Some(deadline) = self.session.next_deadline_ms()
            && deadline <= end
        {
            self.now = self.now.max(deadline);
            self.send(Event::Tick);
        }
        self.now = end;
    }

    /// A session in positioning, with the transport open for `frames` frames.
    pub fn ready(config: SessionConfig, frames: u32) -> Self {
        let mut sim = Self::new(config);
        sim.send(Event::Start);
        sim.send(Event::DetectorReady);
        sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
        sim.open(0, frames);
        assert_eq!(sim.session.told_state(), State::Positioning);
        sim
    }

    pub fn open(&mut self, run: u32, frames_required: u32) {
        self.rules.frames_required = Some(frames_required);
        self.send(opened(run, frames_required));
    }

    /// Sends one camera frame `ms` later with these faces, timestamped with `now`.
    pub fn frame(&mut self, ms: f64, faces: Vec<FaceObservation>) -> Vec<Effect> {
        self.now += ms;
        let analysis = frame(self.now, faces);
        self.send(Event::FrameAnalysed(analysis))
    }

    /// Sends good frames at 30 FPS until the last crop is taken, without any being cut.
    pub fn capture_all(&mut self) -> Vec<(u32, u32)> {
        let mut taken = Vec::new();
        let required = self.rules.frames_required.expect("open");
        for _ in 0..100_000 {
            for effect in self.frame(1000.0 / 30.0, vec![good_face()]) {
                if let Effect::TakeCrop { run, index, .. } = effect {
                    taken.push((run, index));
                }
            }
            if taken.len() == required as usize {
                return taken;
            }
        }
        panic!("never captured: {:?}", self.session.told_state());
    }

    pub fn cut(&mut self, crops: &[(u32, u32)]) {
        for &(run, index) in crops {
            self.send(Event::CropCut { run, index });
        }
    }

    pub fn acknowledge(&mut self, crops: &[(u32, u32)]) {
        for &(run, index) in crops {
            self.send(Event::UploadAcknowledged { run, index });
        }
    }

    pub fn failure(&self) -> Option<FailureCode> {
        match self.rules.terminal {
            Some(Effect::Fail(code)) => Some(code),
            _ => None,
        }
    }

    pub fn count(&self, wanted: impl Fn(&Effect) -> bool) -> usize {
        self.log.iter().filter(|effect| wanted(effect)).count()
    }
}
