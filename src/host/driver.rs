//! Carries out what the pure session decides, and tells it what happened.
//!
//! Every await is followed by a check that the answer still counts: camera and worker are kept only
//! while the session runs, and the session itself ignores results of earlier runs.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::Function;
use liveness_capture_core::{
    CaptureReport, Effect, Event, FaceBox, FailureCode, Session, SourceKind, State,
};
use liveness_protocol::VerdictData;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlVideoElement, VisibilityState};

use super::camera::{self, SourceGuard};
use super::failure::{Failure, js_text};
use super::frames::{self, FramePump};
use super::options::{FramePath, Options};
use super::snapshot::Snapshot;
use super::transport::{self, Captured, Opened, Transport, Uploader};
use super::worker::{Message, VisionWorker};

/// One run's way to the far side.
struct Run {
    number: u32,
    transport: Rc<dyn Transport>,
    uploader: Rc<Uploader>,
    opened: Option<Opened>,
    /// Cut but not yet told to be uploaded, by index.
    pictures: HashMap<u32, Captured>,
    taken: u32,
    acknowledged: u32,
}

pub(super) struct Driver {
    options: Options,
    video: HtmlVideoElement,
    spawn_worker: Function,
    on_change: Function,
    session: RefCell<Session>,
    queue: RefCell<VecDeque<Event>>,
    draining: Cell<bool>,
    source: RefCell<Option<SourceGuard>>,
    worker: RefCell<Option<VisionWorker>>,
    pump: RefCell<Option<Rc<FramePump>>>,
    streaming: Cell<bool>,
    run: RefCell<Option<Run>>,
    timestamps: RefCell<HashMap<(u32, u32), f64>>,
    timer: RefCell<Option<Timeout>>,
    listeners: RefCell<Vec<EventListener>>,
    verdict: RefCell<Option<VerdictData>>,
    failure: RefCell<Option<Failure>>,
    /// The newest technical detail for each code that was reported to the session.
    detail: RefCell<Option<Failure>>,
}

fn now_ms() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now())
}

impl Driver {
    pub(super) fn new(
        options: Options,
        video: HtmlVideoElement,
        spawn_worker: Function,
        on_change: Function,
    ) -> Result<Rc<Self>, Failure> {
        let session = Session::new(options.session.clone())
            .map_err(|error| Failure::new(FailureCode::InvalidOptions, error.to_string()))?;
        Ok(Rc::new(Self {
            options,
            video,
            spawn_worker,
            on_change,
            session: RefCell::new(session),
            queue: RefCell::default(),
            draining: Cell::new(false),
            source: RefCell::default(),
            worker: RefCell::default(),
            pump: RefCell::default(),
            streaming: Cell::new(false),
            run: RefCell::default(),
            timestamps: RefCell::default(),
            timer: RefCell::default(),
            listeners: RefCell::default(),
            verdict: RefCell::default(),
            failure: RefCell::default(),
            detail: RefCell::default(),
        }))
    }

    pub(super) fn start(self: &Rc<Self>) {
        if self.state() != State::Idle {
            return;
        }
        self.watch_visibility();
        self.dispatch(Event::Start);
    }

    pub(super) fn cancel(self: &Rc<Self>) {
        self.dispatch(Event::Cancel);
    }

    fn state(&self) -> State {
        self.session.borrow().state()
    }

    fn over(&self) -> bool {
        matches!(self.state(), State::Done | State::Failed | State::Cancelled)
    }

    fn watch_visibility(self: &Rc<Self>) {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
        let weak = Rc::downgrade(self);
        let target = document.clone();
        let listener = EventListener::new(&target, "visibilitychange", move |_| {
            if let Some(driver) = weak.upgrade() {
                let hidden = document.visibility_state() == VisibilityState::Hidden;
                driver.dispatch(if hidden { Event::PageHidden } else { Event::PageVisible });
            }
        });
        self.listeners.borrow_mut().push(listener);
    }

    /// Hands an event to the session and carries out the effects. Events that arise meanwhile wait
    /// their turn, so that the session never sees two at once.
    fn dispatch(self: &Rc<Self>, event: Event) {
        self.queue.borrow_mut().push_back(event);
        if self.draining.replace(true) {
            return;
        }
        let mut changed = false;
        loop {
            let Some(event) = self.queue.borrow_mut().pop_front() else { break };
            let effects = self.session.borrow_mut().handle(now_ms(), event);
            for effect in effects {
                changed |= self.perform(effect);
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
        let deadline = self.session.borrow().next_deadline_ms();
        let timer = deadline.filter(|_| !self.over()).map(|deadline| {
            let weak = Rc::downgrade(self);
            let delay = (deadline - now_ms()).clamp(0.0, f64::from(i32::MAX)).ceil() as u32;
            Timeout::new(delay, move || {
                if let Some(driver) = weak.upgrade() {
                    driver.dispatch(Event::Tick);
                }
            })
        });
        self.timer.replace(timer);
    }

    /// Returns whether the page sees something new.
    fn perform(self: &Rc<Self>, effect: Effect) -> bool {
        match effect {
            Effect::RequestCamera => self.open_source(),
            Effect::LoadDetector => self.load_detector(),
            Effect::OpenTransport { run } => self.open_transport(run),
            Effect::AnalyseNext => self.analyse_next(),
            Effect::TakeCrop { run, index, timestamp_ms, face, .. } => {
                self.take(run, index, timestamp_ms, face);
            }
            Effect::UploadCrop { run, index } => self.upload(run, index),
            Effect::AbortTransport { run } => self.abort_transport(run),
            Effect::Complete { run, report } => self.complete(run, report),
            Effect::ReleaseCamera => self.release(),
            Effect::StateChanged(_) | Effect::GuidanceChanged(_) | Effect::ProgressChanged(_) => {
                return true;
            }
            Effect::Finish { .. } | Effect::Cancelled => {
                self.tidy();
                return true;
            }
            Effect::Fail(code) => {
                let detail = self.detail.take().filter(|failure| failure.code == code);
                self.failure.replace(Some(detail.unwrap_or_else(|| code.into())));
                self.tidy();
                return true;
            }
        }
        false
    }

    fn open_source(self: &Rc<Self>) {
        let driver = self.clone();
        spawn_local(async move {
            let result = camera::open(&driver.options, &driver.video).await;
            // A camera that comes after the end is released here, by the guard's drop.
            if driver.over() {
                return;
            }
            match result {
                Err(failure) => driver.fail(failure, Event::CameraFailed),
                Ok(guard) => {
                    driver.watch_source(&guard);
                    driver.source.replace(Some(guard));
                    let (width, height) = (driver.video.video_width(), driver.video.video_height());
                    driver.dispatch(Event::CameraReady { width, height });
                }
            }
        });
    }

    fn watch_source(self: &Rc<Self>, guard: &SourceGuard) {
        let weak = Rc::downgrade(self);
        let ended = move |_: &web_sys::Event| {
            if let Some(driver) = weak.upgrade() {
                driver.dispatch(Event::SourceEnded);
            }
        };
        let listener = match guard.track() {
            Some(track) => EventListener::new(&track, "ended", ended),
            None => EventListener::new(&self.video, "ended", ended),
        };
        self.listeners.borrow_mut().push(listener);
    }

    fn load_detector(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let on_message = move |message| {
            if let Some(driver) = weak.upgrade() {
                driver.on_worker(message);
            }
        };
        let (base, rule) = (&self.options.asset_base, self.options.crop_rule);
        match VisionWorker::spawn(&self.spawn_worker, base, rule, on_message) {
            Ok(worker) => drop(self.worker.replace(Some(worker))),
            Err(failure) => self.fail(failure, Event::DetectorFailed),
        }
    }

    fn on_worker(self: &Rc<Self>, message: Message) {
        match message {
            Message::Ready => self.dispatch(Event::DetectorReady),
            Message::Analysed(analysis) => self.dispatch(Event::FrameAnalysed(analysis)),
            Message::Ended => self.dispatch(Event::SourceEnded),
            Message::Crop { run, index, png } => {
                let timestamp_ms = self.timestamps.borrow_mut().remove(&(run, index));
                if let (Some(current), Some(timestamp_ms)) =
                    (self.run.borrow_mut().as_mut(), timestamp_ms)
                    && current.number == run
                {
                    let picture = Captured { index, timestamp_ms, png: png.into() };
                    current.pictures.insert(index, picture);
                }
                self.dispatch(Event::CropCut { run, index });
            }
            Message::Failed(failure) => match self.state() {
                State::RequestingCamera | State::Loading => {
                    self.fail(failure, Event::DetectorFailed);
                }
                _ => self.fail(failure, Event::EngineFailed),
            },
        }
    }

    fn analyse_next(self: &Rc<Self>) {
        if let Err(failure) = self.ask_for_frame() {
            self.fail(failure, Event::EngineFailed);
        }
    }

    fn ask_for_frame(self: &Rc<Self>) -> Result<(), Failure> {
        let worker = self.worker.borrow();
        let Some(worker) = worker.as_ref() else { return Ok(()) };
        if !self.streaming.get() && self.pump.borrow().is_none() {
            self.connect_source(worker)?;
        }
        match self.pump.borrow().as_ref() {
            Some(pump) => pump.request(),
            None => worker.next()?,
        }
        Ok(())
    }

    /// Connects source and worker, by the path the browser has.
    fn connect_source(self: &Rc<Self>, worker: &VisionWorker) -> Result<(), Failure> {
        let unusable =
            |error: JsValue| Failure::new(FailureCode::MediaUnsupported, js_text(&error));
        let track = self.source.borrow().as_ref().and_then(SourceGuard::track);
        let path = frames::choose(self.options.frame_path, track.as_ref(), &self.video);
        if let (FramePath::TrackProcessor, Some(track)) = (path, &track) {
            worker.send(&frames::track_stream(track).map_err(unusable)?)?;
            self.streaming.set(true);
            return Ok(());
        }
        let weak = Rc::downgrade(self);
        let deliver = move |frame| Self::on_frame(&weak, frame);
        self.pump.replace(Some(FramePump::new(self.video.clone(), path, Box::new(deliver))));
        if self.options.session.source == SourceKind::Media {
            let promise = self.video.play().map_err(unusable)?;
            let weak = Rc::downgrade(self);
            spawn_local(async move {
                let result = wasm_bindgen_futures::JsFuture::from(promise).await;
                if let (Err(error), Some(driver)) = (result, weak.upgrade())
                    && !driver.over()
                {
                    driver.fail(unusable(error), Event::CameraFailed);
                }
            });
        }
        Ok(())
    }

    fn on_frame(weak: &Weak<Self>, frame: Result<frames::FrameMessage, JsValue>) {
        let Some(driver) = weak.upgrade() else { return };
        let sent = match (frame, driver.worker.borrow().as_ref()) {
            (_, None) => return,
            (Ok(frame), Some(worker)) => worker.send(&frame),
            (Err(error), _) => Err(Failure::new(FailureCode::MediaUnsupported, js_text(&error))),
        };
        if let Err(failure) = sent {
            driver.fail(failure, Event::EngineFailed);
        }
    }

    fn take(self: &Rc<Self>, run: u32, index: u32, timestamp_ms: f64, face: FaceBox) {
        let whole = {
            let mut current = self.run.borrow_mut();
            let Some(current) = current.as_mut().filter(|current| current.number == run) else {
                return;
            };
            current.taken += 1;
            current.transport.whole_frames()
        };
        self.timestamps.borrow_mut().insert((run, index), timestamp_ms);
        let asked = match self.worker.borrow().as_ref() {
            Some(worker) => worker.take(run, index, face, whole),
            None => return,
        };
        if let Err(failure) = asked {
            self.fail(failure, Event::EngineFailed);
        }
    }

    fn open_transport(self: &Rc<Self>, run: u32) {
        let transport = transport::create(&self.options);
        let weak = Rc::downgrade(self);
        let done = move |index, result: Result<(), Failure>| {
            let Some(driver) = weak.upgrade() else { return };
            match result {
                Ok(()) => {
                    if let Some(current) = driver.run.borrow_mut().as_mut() {
                        current.acknowledged += 1;
                    }
                    driver.dispatch(Event::UploadAcknowledged { run, index });
                    driver.report();
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        };
        let uploader = Uploader::new(transport.clone(), Box::new(done));
        let previous = self.run.replace(Some(Run {
            number: run,
            transport: transport.clone(),
            uploader,
            opened: None,
            pictures: HashMap::new(),
            taken: 0,
            acknowledged: 0,
        }));
        if let Some(previous) = previous {
            previous.uploader.stop();
        }
        let driver = self.clone();
        spawn_local(async move {
            let result = transport.open().await;
            if !driver.is_current(run) {
                return;
            }
            match result {
                Ok(opened) => {
                    let frames_required = opened.frames_required;
                    if let Some(current) = driver.run.borrow_mut().as_mut() {
                        current.opened = Some(opened);
                    }
                    driver.dispatch(Event::TransportOpened { run, frames_required });
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        });
    }

    fn is_current(&self, run: u32) -> bool {
        !self.over() && self.run.borrow().as_ref().is_some_and(|current| current.number == run)
    }

    fn upload(&self, run: u32, index: u32) {
        let mut current = self.run.borrow_mut();
        if let Some(current) = current.as_mut().filter(|current| current.number == run)
            && let Some(picture) = current.pictures.remove(&index)
        {
            current.uploader.push(picture);
        }
    }

    fn abort_transport(&self, run: u32) {
        let is_this = self.run.borrow().as_ref().is_some_and(|current| current.number == run);
        if is_this && let Some(current) = self.run.take() {
            current.uploader.stop();
        }
    }

    fn complete(self: &Rc<Self>, run: u32, report: CaptureReport) {
        let transport = match self.run.borrow().as_ref() {
            Some(current) if current.number == run => current.transport.clone(),
            _ => return,
        };
        let driver = self.clone();
        spawn_local(async move {
            let result = transport.complete(report).await;
            if !driver.is_current(run) {
                return;
            }
            match result {
                Ok(data) => {
                    let verdict = data.verdict;
                    driver.verdict.replace(Some(data));
                    driver.dispatch(Event::VerdictReceived { run, verdict });
                }
                Err(failure) => driver.fail(failure, |code| Event::TransportFailed { run, code }),
            }
        });
    }

    /// Ends frames, worker and camera. The session asks for it once the last crop is cut.
    fn release(&self) {
        self.pump.take();
        self.worker.take();
        self.source.take();
    }

    fn tidy(&self) {
        self.release();
        self.listeners.borrow_mut().clear();
        self.timestamps.borrow_mut().clear();
        if let Some(current) = self.run.borrow().as_ref() {
            current.uploader.stop();
        }
    }

    fn report(&self) {
        // Built before the call: the page may cancel from within its listener.
        let snapshot = self.snapshot();
        // The package's callback dispatches a DOM event, which never throws.
        let _ = self.on_change.call1(&JsValue::NULL, &snapshot);
    }

    fn snapshot(&self) -> JsValue {
        let session = self.session.borrow();
        let (run, verdict, failure) =
            (self.run.borrow(), self.verdict.borrow(), self.failure.borrow());
        let run = run.as_ref();
        let opened = run.and_then(|run| run.opened.as_ref());
        let snapshot = Snapshot {
            state: session.state().as_str(),
            guidance: session.guidance().as_str(),
            message: session.guidance().message(),
            progress: session.progress(),
            session_id: opened.map(|opened| opened.session_id.as_str()),
            frames_taken: run.map_or(0, |run| run.taken),
            frames_required: opened.map_or(0, |opened| opened.frames_required),
            frames_uploaded: run.map_or(0, |run| run.acknowledged),
            verdict: verdict.as_ref().map(Into::into),
            error: failure.as_ref().map(Failure::view),
        };
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        // Plain data always serialises; the fallback only keeps this total.
        snapshot.serialize(&serializer).unwrap_or(JsValue::NULL)
    }
}
