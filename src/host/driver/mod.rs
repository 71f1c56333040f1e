//! Carries out what the pure session decides, and tells it what happened.
//!
//! After every await it is checked that the answer still counts: camera and worker are kept only
//! while the session runs, and the session itself ignores results of earlier runs.

mod capturing;
mod playing;
mod uploads;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use liveness_capture_core::{
    Effect, Event, FailureCode, Session, State, quality::Cause, session::Frames,
};
use liveness_protocol::CaptureWarning;
use wasm_bindgen::prelude::*;
use web_sys::{EventTarget, Performance};

use super::camera::SourceGuard;
use super::courier::Courier;
use super::failure::{Failure, to_js};
use super::file_pump::FilePump;
use super::frame_pump::FramePump;
use super::options::Options;
use super::page::{Page, Preview};
use super::transport::{Captured, ServerVerdict, Transport, TransportFactory, Uploader};
use super::worker::VisionWorker;
use crate::wire::CheckView;

/// A run's transport, and how far it has got.
struct Run {
    number: u32,
    transport: Rc<dyn Transport>,
    uploader: Rc<Uploader>,
    /// By their indices.
    taken: Vec<Captured>,
    acknowledged: u32,
}

/// Where the page's own thread takes frames from.
#[derive(Clone)]
enum Pump {
    Camera(Rc<FramePump>),
    File(Rc<FilePump>),
}

pub(super) struct Driver {
    options: Options,
    video: Preview,
    page: Page,
    session: RefCell<Session>,
    queue: RefCell<VecDeque<Event>>,
    draining: Cell<bool>,
    source: RefCell<Option<Rc<SourceGuard>>>,
    worker: RefCell<Option<VisionWorker>>,
    courier: Rc<Courier>,
    transports: TransportFactory,
    pump: RefCell<Option<Pump>>,
    streaming: Cell<bool>,
    /// Runs until the stream's first frame has arrived.
    silence_timer: RefCell<Option<Timeout>>,
    /// The worker has been told to leave the stream.
    leaving_stream: Cell<bool>,
    run: RefCell<Option<Run>>,
    /// The server's session that was opened last.
    session_id: RefCell<Option<String>>,
    /// When it fires, and its handle. It may fire early: a Tick before the deadline does nothing.
    timer: RefCell<Option<(f64, Timeout)>>,
    clock: Option<Performance>,
    listeners: RefCell<Vec<EventListener>>,
    /// Of the page that the preview is in.
    visibility: RefCell<Option<EventListener>>,
    /// Waits for the person to do something, after which the browser plays; or for it to play all the same.
    gestures: RefCell<Vec<EventListener>>,
    resume: RefCell<Option<Timeout>>,
    warnings: RefCell<Vec<CaptureWarning>>,
    verdict: RefCell<Option<ServerVerdict>>,
    /// The verdicts before it, which were borderline.
    earlier: js_sys::Array,
    failure: RefCell<Option<Failure>>,
    /// The last failure that was reported to the session, with its detail.
    detail: RefCell<Option<Failure>>,
}

impl Driver {
    pub(super) fn new(options: Options, video: Preview, page: Page) -> Result<Rc<Self>, Failure> {
        let session = Session::new(options.session.clone())
            .map_err(|error| Failure::new(FailureCode::InvalidOptions, error.to_string()))?;
        let courier = Rc::<Courier>::default();
        let transports = TransportFactory::new(&options, courier.clone());
        Ok(Rc::new(Self {
            options,
            video,
            page,
            session: RefCell::new(session),
            queue: RefCell::default(),
            draining: Cell::new(false),
            source: RefCell::default(),
            worker: RefCell::default(),
            courier,
            transports,
            pump: RefCell::default(),
            streaming: Cell::new(false),
            silence_timer: RefCell::default(),
            leaving_stream: Cell::default(),
            run: RefCell::default(),
            session_id: RefCell::default(),
            timer: RefCell::default(),
            clock: web_sys::window().and_then(|window| window.performance()),
            listeners: RefCell::default(),
            visibility: RefCell::default(),
            gestures: RefCell::default(),
            resume: RefCell::default(),
            warnings: RefCell::default(),
            verdict: RefCell::default(),
            earlier: js_sys::Array::new(),
            failure: RefCell::default(),
            detail: RefCell::default(),
        }))
    }

    pub(super) fn start(self: &Rc<Self>) {
        if self.state() != State::Idle {
            return;
        }
        self.dispatch(Event::Start);
        self.watch_visibility();
    }

    pub(super) fn cancel(self: &Rc<Self>) {
        self.dispatch(Event::Cancel);
    }

    pub(super) fn extend(self: &Rc<Self>) {
        self.dispatch(Event::Extend);
    }

    fn now_ms(&self) -> f64 {
        self.clock.as_ref().map_or(0.0, Performance::now)
    }

    fn state(&self) -> State {
        self.session.borrow().told_state()
    }

    fn over(&self) -> bool {
        self.state().is_terminal()
    }

    /// Follows the visibility of the page that the preview is in: again when it may have been moved.
    fn watch_visibility(self: &Rc<Self>) {
        // Whoever is told of the start may end it.
        if self.over() {
            return;
        }
        let document = self.video.document();
        let listener = document
            .map(|document| self.on(&document, "visibilitychange", Self::follow_visibility));
        self.visibility.replace(listener.ok());
        self.follow_visibility();
    }

    /// Calls `work` at each such event, before the page's own listeners, which may stop it.
    fn on(
        self: &Rc<Self>,
        target: &EventTarget,
        name: &'static str,
        work: fn(&Rc<Self>),
    ) -> EventListener {
        let weak = Rc::downgrade(self);
        let options = EventListenerOptions::run_in_capture_phase();
        EventListener::new_with_options(target, name, options, move |_| {
            if let Some(driver) = weak.upgrade() {
                work(&driver);
            }
        })
    }

    fn follow_visibility(self: &Rc<Self>) {
        if self.video.is_visible() {
            self.dispatch(Event::PageVisible);
            self.play_on();
        } else {
            self.dispatch(Event::PageHidden);
        }
    }

    /// Hands an event to the session and carries out the effects. Events that arise meanwhile wait
    /// their turn: the session handles one at a time.
    fn dispatch(self: &Rc<Self>, event: Event) {
        self.queue.borrow_mut().push_back(event);
        if self.draining.replace(true) {
            return;
        }
        let mut changed = false;
        loop {
            let Some(event) = self.queue.borrow_mut().pop_front() else { break };
            let acknowledged = matches!(event, Event::UploadAcknowledged { .. });
            changed |= matches!(event, Event::TransportOpened { .. });
            let effects = self.session.borrow_mut().handle(self.now_ms(), event);
            // Uploads that arrive during the capture are reported with the next picture.
            let later = acknowledged && self.session.borrow().is_taking();
            for effect in effects {
                changed |= self.perform(effect) && !later;
            }
        }
        self.draining.set(false);
        self.arm_timer();
        if changed {
            self.report();
        }
    }

    fn fail(self: &Rc<Self>, failure: Failure, event: impl FnOnce(FailureCode) -> Event) {
        let code = failure.code;
        self.detail.replace(Some(failure));
        self.dispatch(event(code));
    }

    fn arm_timer(self: &Rc<Self>) {
        let deadline = self.session.borrow().next_deadline_ms().filter(|_| !self.over());
        let Some(deadline) = deadline else {
            self.timer.take();
            return;
        };
        // Most deadlines just move later with each frame: a new timer each time would cost more than the frame.
        if self.timer.borrow().as_ref().is_some_and(|(fires, _)| *fires <= deadline) {
            return;
        }
        let weak = Rc::downgrade(self);
        let delay = (deadline - self.now_ms()).clamp(0.0, f64::from(i32::MAX)).ceil() as u32;
        let timer = Timeout::new(delay, move || {
            if let Some(driver) = weak.upgrade() {
                driver.timer.take();
                // Of interest only where a limit is reached.
                if let Some((run, code)) = driver.transports.delay() {
                    driver.dispatch(Event::RequestDelayed { run, code });
                }
                driver.dispatch(Event::Tick);
            }
        });
        self.timer.replace(Some((deadline, timer)));
    }

    /// Returns whether the page sees something new.
    fn perform(self: &Rc<Self>, effect: Effect) -> bool {
        match effect {
            Effect::RequestCamera => self.open_source(),
            Effect::LoadDetector => self.load_detector(),
            Effect::OpenTransport { run } => {
                // Those of an earlier step are not this one's.
                self.warnings.borrow_mut().clear();
                self.open_transport(run);
            }
            Effect::AnalyseNext { not_before_ms } => self.analyse_next(not_before_ms),
            Effect::TakeCrop { run, index, timestamp_ms, face, .. } => {
                self.take(run, index, timestamp_ms, face);
            }
            Effect::UploadCrop { run, index } => self.upload(run, index),
            Effect::AbortTransport { run } => self.abort_transport(run),
            Effect::Complete { run, report } => self.complete(run, report),
            Effect::ReleaseCamera => {
                self.release();
                return true;
            }
            Effect::StateChanged(_)
            | Effect::GuidanceChanged(_)
            | Effect::AidChanged(_)
            | Effect::ProgressChanged(_) => return true,
            Effect::Finish { .. } => {
                self.tidy();
                return true;
            }
            Effect::Cancelled => {
                self.failure.replace(Some(FailureCode::Cancelled.into()));
                self.give_back();
                self.tidy();
                return true;
            }
            Effect::Fail(code) => {
                let detail = self.detail.take().filter(|failure| failure.code == code);
                self.failure.replace(Some(detail.unwrap_or_else(|| code.into())));
                self.give_back();
                self.tidy();
                return true;
            }
        }
        false
    }

    fn tidy(&self) {
        self.release();
        self.end_worker();
        self.listeners.borrow_mut().clear();
        self.visibility.take();
        self.gestures.borrow_mut().clear();
        self.resume.take();
        if let Some(current) = self.run.borrow().as_ref() {
            current.uploader.stop();
        }
    }

    fn report(&self) {
        // Built before the call: the page may cancel from within its listener.
        let snapshot = self.snapshot();
        // The browser reports what the page's listeners throw, as for any event.
        let _ = self.page.on_change(&snapshot);
    }

    fn snapshot(&self) -> JsValue {
        let session = self.session.borrow();
        let (run, verdict, failure) =
            (self.run.borrow(), self.verdict.borrow(), self.failure.borrow());
        let warnings = self.warnings.borrow();
        let run = run.as_ref();
        // A borderline one is not the check's.
        let verdict = verdict.as_ref().filter(|_| session.told_state() == State::Done);
        let Frames { before, all } = session.frames();
        let session_id = self.session_id.borrow();
        let snapshot = CheckView {
            state: session.told_state(),
            guidance: session.guidance(),
            cause: session.cause().map(Cause::as_str),
            help: session.aid().help,
            far: session.aid().far,
            time_left_ms: session.time_left_ms(),
            progress: session.progress(),
            session_id: session_id.as_deref(),
            frames_taken: before + run.map_or(0, |run| run.taken.len() as u32),
            frames_required: all,
            frames_uploaded: before + run.map_or(0, |run| run.acknowledged),
            warnings: &warnings,
            earlier: self.earlier.clone(),
            verdict: verdict.map_or(JsValue::NULL, |verdict| verdict.raw.clone()),
            error: failure.as_ref().map(Failure::view),
        };
        // Plain data always serialises; the fallback only keeps this total.
        to_js(&snapshot).unwrap_or_default()
    }
}
