//! The session: what effects each event has in each state.
//!
//! ```text
//! idle -> requesting-camera -> [loading] -> positioning <-> capturing -> uploading -> verifying -> done
//!         any of them -> failed | cancelled
//! ```

mod ageing;
mod aid;
mod deadlines;
mod effects;
mod escalating;
mod events;
mod frames;
mod judging;
mod pauses;
mod pausing;
mod run;
mod sending;
mod state;
mod time_limits;
mod upload;

pub use ageing::{first_run_of_attempt, least_session_left_ms};
pub use effects::{CaptureReport, Effect};
pub use events::{Event, SourcePause};
pub use frames::Frames;
use state::CameraStep;
pub use state::State;

use crate::{
    Aid, ConfigError, FaceBox, FailureCode, FrameAnalysis, Guidance, SessionConfig, SourceKind,
    config::MIN_CAMERA_SIDES,
    guidance::SteadyGuidance,
    pacing::Spacing,
    quality::{Cause, Judge, Tally},
};
use pauses::Pauses;
use run::Run;
use time_limits::{Reached, TimeLimits};
use upload::{Hold, Pace};

/// One check, from Start to its end. Another attempt is a new session.
#[derive(Debug, Clone)]
pub struct Session {
    config: SessionConfig,
    state: State,
    guidance: SteadyGuidance,
    progress: f64,
    now_ms: f64,
    pauses: Pauses,
    /// The browser puts noise into the pictures.
    noised: bool,
    /// By its label the camera is a program.
    virtual_camera: bool,
    camera: CameraStep,
    detector_ready: bool,
    /// What the frame last judged lacked.
    cause: Option<Cause>,
    awaiting_frame: bool,
    /// A file's frame with which a run can begin once the server is ready: the file waits for it.
    held: Option<(FrameAnalysis, FaceBox)>,
    last_timestamp_ms: Option<f64>,
    spacing: Spacing,
    /// Good frames in a row while positioning.
    settled: u32,
    /// When the last of them was that a run needs.
    ready_ms: f64,
    judge: Judge,
    run: Run,
    /// What was amiss in the run's frames.
    tally: Tally,
    restarts: u32,
    /// Gaps between frames that were too long for a run.
    gaps: u32,
    /// How often a good face got out of place.
    lapses: u32,
    hold: Hold,
    pace: Pace,
    /// When the server stops accepting crops.
    expires_ms: f64,
    opened_ms: f64,
    /// How many verdicts were borderline.
    step: usize,
    frames: Frames,
    /// Why there can be no further step.
    lost: Option<FailureCode>,
    limits: TimeLimits,
    aid: Aid,
    /// No run has got any farther for a while.
    stuck: bool,
    /// With an instruction to move: whether there is far to go.
    far: bool,
    far_since_ms: f64,
    /// A broken run has been given the time for the warning.
    graced: bool,
    effects: Vec<Effect>,
}

impl Session {
    /// Creates a session that has not started.
    ///
    /// # Errors
    /// See [`SessionConfig::validate`].
    pub fn new(config: SessionConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            limits: TimeLimits::new(&config),
            judge: Judge::new(config.gates, config.source == SourceKind::Camera),
            config,
            state: State::Idle,
            guidance: SteadyGuidance::new(),
            progress: 0.0,
            now_ms: f64::MIN,
            pauses: Pauses::default(),
            noised: false,
            virtual_camera: false,
            cause: None,
            camera: CameraStep::NotAsked,
            detector_ready: false,
            awaiting_frame: false,
            held: None,
            last_timestamp_ms: None,
            spacing: Spacing::default(),
            settled: 0,
            ready_ms: 0.0,
            run: Run::new(0),
            tally: Tally::default(),
            restarts: 0,
            gaps: 0,
            lapses: 0,
            hold: Hold::default(),
            pace: Pace::default(),
            expires_ms: f64::INFINITY,
            opened_ms: 0.0,
            step: 0,
            frames: Frames::default(),
            lost: None,
            aid: Aid::default(),
            stuck: false,
            far: false,
            far_since_ms: f64::MIN,
            graced: false,
            effects: Vec::new(),
        })
    }

    /// The state, as it is told: the steps of an escalation are one capture.
    pub fn told_state(&self) -> State {
        match self.state {
            State::Uploading | State::Verifying if self.may_go_on() => State::Capturing,
            State::Positioning if self.step > 0 => State::Capturing,
            state => state,
        }
    }

    /// The instruction to show.
    pub fn guidance(&self) -> Guidance {
        self.guidance.shown()
    }

    /// Why the frame last judged was not good enough, if it was not: for developers.
    pub fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// 0 to 1; back to where the run began when it breaks.
    pub fn progress(&self) -> f64 {
        self.progress
    }

    /// When to send the next [`Event::Tick`] at the latest, on the clock of
    /// [`handle`](Self::handle)'s `now_ms`; `None` if no limit is running.
    pub fn next_deadline_ms(&self) -> Option<f64> {
        self.next_limit().map(|(deadline, _)| deadline.max(self.now_ms))
    }

    /// Handles an event that happened at `now_ms` (any monotonic clock; a step back counts as no
    /// time) and returns what to do, in order. A terminal effect is the last.
    pub fn handle(&mut self, now_ms: f64, event: Event) -> Vec<Effect> {
        if now_ms.is_finite() {
            self.now_ms = self.now_ms.max(now_ms);
        }
        if self.state.is_terminal() {
            return Vec::new();
        }
        self.dispatch(event);
        self.sync_limits();
        self.update_aid();
        std::mem::take(&mut self.effects)
    }

    fn dispatch(&mut self, event: Event) {
        match event {
            Event::Cancel => self.end(State::Cancelled, Effect::Cancelled),
            Event::PageHidden => self.on_hidden(true),
            Event::PageVisible => self.on_hidden(false),
            Event::SourcePaused(pause) => self.on_source_pause(pause, true),
            Event::SourceResumed(pause) => self.on_source_pause(pause, false),
            Event::PicturesNoised => self.noised = true,
            Event::CameraIsVirtual => self.virtual_camera = true,
            Event::Start => self.on_start(),
            _ if self.state == State::Idle => {}
            Event::CameraOpened => self.on_camera_opened(),
            Event::CameraReady { width, height } => self.on_camera_ready(width, height),
            Event::DetectorReady => self.on_detector_ready(),
            // The camera is not needed once every frame is taken, nor the worker once all crops are sent, unless
            // there is a further step.
            Event::CameraFailed(code) if self.run.all_taken() => self.lose(code),
            Event::SourceEnded if self.run.all_taken() => self.lose(self.source_ended()),
            Event::DetectorFailed(code) | Event::EngineFailed(code)
                if self.state == State::Verifying =>
            {
                self.lose(code);
            }
            Event::CameraFailed(code) | Event::DetectorFailed(code) | Event::EngineFailed(code) => {
                self.fail(code)
            }
            Event::SourceEnded => self.on_source_ended(),
            Event::TransportOpened { run, frames_required, expires_in_ms } if self.run.is(run) => {
                self.on_transport_opened(frames_required, expires_in_ms);
            }
            Event::TransportFailed { run, code } if self.run.is(run) => self.fail(code),
            Event::RequestDelayed { run, code } if self.run.is(run) => {
                self.run.delayed = Some(code)
            }
            Event::FrameAnalysed(analysis) => self.on_frame(&analysis),
            Event::CropCut { run, index } if self.run.is(run) => self.on_crop_cut(index),
            Event::UploadAcknowledged { run, index } if self.run.is(run) => {
                self.on_acknowledged(index);
            }
            Event::VerdictReceived { run, verdict, score }
                if self.run.is(run) && self.state == State::Verifying =>
            {
                self.on_verdict(verdict, score);
            }
            // Events of another run no longer count.
            Event::TransportOpened { .. }
            | Event::TransportFailed { .. }
            | Event::RequestDelayed { .. }
            | Event::CropCut { .. }
            | Event::UploadAcknowledged { .. }
            | Event::VerdictReceived { .. } => {}
            Event::Extend => self.on_extend(),
            Event::Tick => self.on_tick(),
        }
    }

    fn on_start(&mut self) {
        if self.state != State::Idle {
            return;
        }
        self.enter(State::RequestingCamera);
        self.camera = CameraStep::Asked;
        self.effects.push(Effect::RequestCamera);
        self.effects.push(Effect::LoadDetector);
    }

    fn on_camera_ready(&mut self, width: u32, height: u32) {
        if self.state != State::RequestingCamera {
            return;
        }
        // Held upright, a camera's longer side is its height.
        let (longer, shorter) = (width.max(height), width.min(height));
        let is_camera = self.config.source == SourceKind::Camera;
        if is_camera && (longer < MIN_CAMERA_SIDES.0 || shorter < MIN_CAMERA_SIDES.1) {
            return self.fail(FailureCode::CameraResolutionTooLow);
        }
        self.open_transport();
        if self.detector_ready {
            self.enter_positioning();
        } else {
            self.enter(State::Loading);
        }
    }

    fn on_detector_ready(&mut self) {
        self.detector_ready = true;
        if self.state == State::Loading {
            self.enter_positioning();
        }
    }

    fn on_transport_opened(&mut self, frames_required: u32, expires_in_ms: f64) {
        if self.run.is_open() {
            return;
        }
        if !self.run.open(frames_required, self.config.interval_ms()) {
            return self.fail(FailureCode::UnexpectedResponse);
        }
        self.leave_time();
        self.note_expiry(expires_in_ms);
        self.count_frames(frames_required);
        self.take_held();
    }

    fn on_source_ended(&mut self) {
        self.fail(self.source_ended());
    }

    fn source_ended(&self) -> FailureCode {
        match self.config.source {
            SourceKind::Camera => FailureCode::CameraEnded,
            SourceKind::Media => FailureCode::MediaTooShort,
        }
    }

    fn on_tick(&mut self) {
        match self.next_limit() {
            Some((deadline, reached)) if self.now_ms >= deadline => match reached {
                Reached::Fail(code) => self.fail(code),
                Reached::SayUploadIsSlow => self.show(Guidance::UploadingSlowly),
                // Every event ends with that.
                Reached::Aid => {}
            },
            _ => {}
        }
    }

    /// All frames are taken, but some crops are not cut yet.
    fn is_finishing(&self) -> bool {
        self.state == State::Capturing && self.run.all_taken()
    }

    fn open_transport(&mut self) {
        self.run.requested = true;
        self.effects.push(Effect::OpenTransport { run: self.run.id });
    }

    fn enter(&mut self, state: State) {
        self.change(state);
        self.show_state_guidance();
    }

    fn change(&mut self, state: State) {
        let before = self.told_state();
        self.state = state;
        self.tell_state(before);
    }

    /// Says which state the check is in if that was `before`.
    fn tell_state(&mut self, before: State) {
        let state = self.told_state();
        if state != before {
            self.effects.push(Effect::StateChanged(state));
        }
    }

    fn show_state_guidance(&mut self) {
        let guidance = match self.told_state() {
            State::Idle | State::Done | State::Failed | State::Cancelled => Guidance::None,
            State::Uploading => Guidance::Uploading,
            State::Verifying => Guidance::Verifying,
            state => self.pauses.guidance().unwrap_or(match state {
                State::Capturing => Guidance::HoldStill,
                State::RequestingCamera if self.awaits_permission() => Guidance::AllowCamera,
                _ => Guidance::Wait,
            }),
        };
        self.show(guidance);
    }

    /// What is told of an instruction. In the background nobody is told what to do about the picture.
    fn told(&self, guidance: Guidance) -> Guidance {
        match self.told_state() {
            State::Positioning | State::Capturing if self.config.background => {
                self.pauses.guidance().unwrap_or(Guidance::None)
            }
            _ => guidance,
        }
    }

    fn show(&mut self, guidance: Guidance) {
        let guidance = self.told(guidance);
        // Whoever shows an instruction to move weighs it afterwards.
        self.far = false;
        if self.guidance.show(guidance, self.now_ms) {
            self.effects.push(Effect::GuidanceChanged(guidance));
        }
    }

    fn fail(&mut self, code: FailureCode) {
        self.end(State::Failed, Effect::Fail(code));
    }

    fn end(&mut self, state: State, terminal: Effect) {
        if self.run.requested && state != State::Done {
            self.effects.push(Effect::AbortTransport { run: self.run.id });
        }
        if self.camera != CameraStep::NotAsked {
            self.effects.push(Effect::ReleaseCamera);
        }
        self.awaiting_frame = false;
        self.enter(state);
        self.give_aid(Aid::default());
        self.effects.push(terminal);
    }
}
