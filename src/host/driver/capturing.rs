//! The driver's side facing camera and worker: source, detector, frames, crops.

use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use liveness_capture_core::{Event, FaceBox, FailureCode, SourceKind, SourcePause, State};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use super::{Driver, Pump};
use crate::host::camera::{self, SourceGuard};
use crate::host::failure::{Failure, js_text};
use crate::host::file_pump::{FilePump, Outcome};
use crate::host::frame_pump::{self, FramePump, Handover, Pictures, SILENT_AFTER_MS};
use crate::host::options::MediaSource;
use crate::host::page::Track;
use crate::host::transport::Captured;
use crate::host::worker::{self, VisionWorker};
use crate::wire::{Cut, EngineFault, FramePath, FromWorker, Note, ToWorker, Unanswered};

/// What the browser throws when frames are wanted.
fn unusable(error: JsValue) -> Failure {
    Failure::new(FailureCode::FrameUnsupported, js_text(&error))
}

impl Driver {
    pub(super) fn open_source(self: &Rc<Self>) {
        let driver = self.clone();
        spawn_local(async move {
            let keep = |guard| driver.keep_source(guard);
            let result = camera::open(&driver.options, &driver.page, &driver.video, keep).await;
            if driver.over() {
                return;
            }
            match result {
                Err(failure) => driver.fail(failure, Event::CameraFailed),
                Ok(()) if matches!(driver.options.source, MediaSource::Camera) => driver.play(),
                Ok(()) => driver.announce_source(),
            }
        });
    }

    /// Keeps an open source, so that it is released however the check ends. A source that arrives
    /// after the end is released here, when the guard is dropped.
    fn keep_source(self: &Rc<Self>, guard: Rc<SourceGuard>) -> bool {
        if self.over() {
            return false;
        }
        self.source.replace(Some(guard.clone()));
        // Whoever hears that it is muted may end the check.
        self.watch_source(&guard);
        // The preview may have been moved while the person was asked.
        self.watch_visibility();
        !self.over()
    }

    /// Tells the session that the source can be used.
    pub(super) fn announce_source(self: &Rc<Self>) {
        let unusable = |detail: &str| Failure::new(self.options.source.unusable(), detail);
        let (mut width, mut height) = match self.video.size() {
            Ok(size) => size,
            Err(error) => {
                return self.fail(unusable(&js_text(&error)), Event::CameraFailed);
            }
        };
        // An element that may not play may not know its size either.
        if width == 0
            && let Some(settings) =
                self.track().and_then(|track| track.unchecked_into::<Track>().settings().ok())
        {
            width = settings.width().unwrap_or_default();
            height = settings.height().unwrap_or_default();
        }
        if width == 0 {
            return self.fail(unusable("the source has no picture"), Event::CameraFailed);
        }
        // Advice to whoever reads the verdict, which nothing depends on.
        if self.page.camera_is_virtual().unwrap_or(false) {
            self.dispatch(Event::CameraIsVirtual);
        }
        self.dispatch(Event::CameraReady { width, height });
    }

    /// The camera's track.
    fn track(&self) -> Option<web_sys::MediaStreamTrack> {
        self.source.borrow().as_ref().and_then(|source| source.track())
    }

    /// How frames will reach the worker.
    pub(super) fn frame_path(&self) -> FramePath {
        frame_pump::choose(self.options.frame_path, self.track().as_ref(), &self.video)
    }

    fn watch_source(self: &Rc<Self>, guard: &SourceGuard) {
        // A file's end is no news until a frame is wanted that it does not have.
        let Some(track) = guard.track() else { return };
        let listeners = [
            self.on(&track, "ended", |driver| driver.dispatch(Event::SourceEnded)),
            self.on(&track, "mute", |driver| {
                driver.dispatch(Event::SourcePaused(SourcePause::Muted));
            }),
            self.on(&track, "unmute", |driver| {
                driver.dispatch(Event::SourceResumed(SourcePause::Muted));
            }),
        ];
        self.listeners.borrow_mut().extend(listeners);
        self.watch_preview();
        if track.muted() {
            self.dispatch(Event::SourcePaused(SourcePause::Muted));
        }
        self.dispatch(Event::CameraOpened);
    }

    pub(super) fn load_detector(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let on_message = move |message| {
            if let Some(driver) = weak.upgrade() {
                driver.on_worker(message);
            }
        };
        match VisionWorker::start(&self.page, &self.options, on_message) {
            Ok(worker) => {
                self.courier.connect(worker.outbox());
                self.worker.replace(Some(worker));
            }
            Err(failure) => self.fail(failure, Event::DetectorFailed),
        }
    }

    fn on_worker(self: &Rc<Self>, message: Result<FromWorker, Failure>) {
        match message {
            // What concerns the script that has started it.
            Ok(FromWorker::Started | FromWorker::Loaded) => {}
            // The stream flows, however long the frame takes.
            Ok(FromWorker::Flowing) => drop(self.silence_timer.take()),
            Ok(FromWorker::Ready) => self.dispatch(Event::DetectorReady),
            Ok(FromWorker::Analysed(analysed)) => {
                self.on_notes(&analysed.notes);
                self.dispatch(Event::FrameAnalysed(worker::analysis(&analysed)));
            }
            Ok(FromWorker::Notes(noted)) => self.on_notes(&noted.notes),
            Ok(FromWorker::Ended) if self.leaving_stream.take() => {
                self.connect_element(FramePath::VideoFrame);
                // The stream may have given its last frame meanwhile, and the check be paused.
                if self.session.borrow().awaits_frame() {
                    self.analyse_next(None);
                }
            }
            Ok(FromWorker::Ended) => self.dispatch(Event::SourceEnded),
            Ok(FromWorker::Error(EngineFault { code, detail })) => {
                self.on_worker_failed(Failure { code, detail });
            }
            Err(failure) => self.on_worker_failed(failure),
        }
    }

    fn on_worker_failed(self: &Rc<Self>, failure: Failure) {
        match self.state() {
            State::RequestingCamera | State::Loading => self.fail(failure, Event::DetectorFailed),
            _ => self.fail(failure, Event::EngineFailed),
        }
    }

    fn on_notes(self: &Rc<Self>, list: &js_sys::Array) {
        for note in worker::notes(list) {
            match note {
                Ok(Note::Cut(Cut { run, index })) => self.dispatch(Event::CropCut { run, index }),
                Ok(Note::Noised) => self.dispatch(Event::PicturesNoised),
                Ok(Note::Answered(answered)) => self.courier.deliver(answered.id, Ok(answered)),
                Ok(Note::Unanswered(Unanswered { id, code, detail })) => {
                    self.courier.deliver(id, Err(Failure::new(code, detail)));
                }
                Err(failure) => self.on_worker_failed(failure),
            }
        }
    }

    pub(super) fn analyse_next(self: &Rc<Self>, not_before_ms: Option<f64>) {
        if let Err(failure) = self.ask_for_frame(not_before_ms) {
            self.fail(failure, Event::EngineFailed);
        }
    }

    fn ask_for_frame(self: &Rc<Self>, not_before_ms: Option<f64>) -> Result<(), Failure> {
        let pump = {
            let worker = self.worker.borrow();
            let Some(worker) = worker.as_ref() else { return Ok(()) };
            if !self.streaming.get() && self.pump.borrow().is_none() {
                self.connect_source(worker)?;
            }
            let pump = self.pump.borrow().clone();
            let Some(pump) = pump else {
                return worker.post(&ToWorker::Next { not_before: not_before_ms });
            };
            pump
        };
        // Outside the borrow: what the browser throws here may end the worker at once.
        match pump {
            Pump::Camera(pump) => pump.request(not_before_ms),
            Pump::File(pump) => pump.request(not_before_ms),
        }
        Ok(())
    }

    /// Connects source and worker by the best path the browser has.
    pub(super) fn connect_source(self: &Rc<Self>, worker: &VisionWorker) -> Result<(), Failure> {
        let path = self.frame_path();
        if let (FramePath::TrackProcessor, Some(track)) = (path, self.track()) {
            worker.hand_over(&frame_pump::track_stream(&track).map_err(unusable)?)?;
            self.streaming.set(true);
            self.watch_for_silent_stream(self.video.time_ms().map_err(unusable)?);
            return Ok(());
        }
        // What the page itself reads from a canvas. The worker sees to what it draws, bitmaps among it.
        if path == FramePath::Canvas {
            let fault = |error: JsValue| Failure::thrown(&error, FailureCode::FrameUnsupported);
            if self.page.reads_noise().map_err(fault)? {
                self.dispatch(Event::PicturesNoised);
            }
        }
        self.connect_element(path);
        Ok(())
    }

    /// Chromium lets all scripts of a page together hold only a few frames of a camera, and counts those that were lost
    /// unclosed, some of them by itself, until their memory is collected. If the stream gives none while the preview
    /// plays, frames are taken from the preview: once the worker has left the stream, or two would be under way at once.
    fn watch_for_silent_stream(self: &Rc<Self>, from_ms: f64) {
        let weak = Rc::downgrade(self);
        let timer = Timeout::new(SILENT_AFTER_MS, move || {
            let Some(driver) = weak.upgrade() else { return };
            match driver.video.time_ms() {
                Ok(time_ms) if time_ms > from_ms => driver.leave_stream(),
                Ok(time_ms) => driver.watch_for_silent_stream(time_ms),
                Err(error) => driver.fail(unusable(error), Event::EngineFailed),
            }
        });
        self.silence_timer.replace(Some(timer));
    }

    fn leave_stream(&self) {
        if let Some(worker) = self.worker.borrow().as_ref() {
            self.leaving_stream.set(true);
            // A message this plain always serialises.
            let _ = worker.post(&ToWorker::Leave);
        }
    }

    /// Takes frames from the preview.
    fn connect_element(self: &Rc<Self>, path: FramePath) {
        let weak = Rc::downgrade(self);
        let pictures = Pictures::new(self.video.clone(), path);
        let pump = match self.options.session.source {
            SourceKind::Media => Pump::File(FilePump::new(
                self.video.clone(),
                pictures,
                self.options.session.interval_ms(),
                Box::new(move |outcome| Self::on_file(&weak, outcome)),
            )),
            SourceKind::Camera => Pump::Camera(FramePump::new(
                &self.video,
                pictures,
                Box::new(move |frame| Self::on_frame(&weak, frame)),
            )),
        };
        self.pump.replace(Some(pump));
    }

    fn on_file(weak: &Weak<Self>, outcome: Outcome) {
        let frame = match outcome {
            Outcome::Frame(frame) => Ok(frame),
            Outcome::Unusable(error) => Err(error),
            Outcome::Ended | Outcome::Unplayable(_) | Outcome::Refused => {
                let Some(driver) = weak.upgrade().filter(|driver| !driver.over()) else { return };
                return match outcome {
                    Outcome::Unplayable(error) => {
                        let failure = Failure::new(FailureCode::MediaUnsupported, js_text(&error));
                        driver.fail(failure, Event::CameraFailed);
                    }
                    Outcome::Refused => driver.ask_for_tap(),
                    _ => driver.dispatch(Event::SourceEnded),
                };
            }
        };
        Self::on_frame(weak, frame);
    }

    fn on_frame(weak: &Weak<Self>, frame: Result<Handover, JsValue>) {
        let Some(driver) = weak.upgrade() else { return };
        let sent = match (frame, driver.worker.borrow().as_ref()) {
            (_, None) => return,
            (Ok(frame), Some(worker)) => worker.hand_over(&frame),
            (Err(error), _) => Err(unusable(error)),
        };
        if let Err(failure) = sent {
            driver.fail(failure, Event::EngineFailed);
        }
    }

    pub(super) fn take(self: &Rc<Self>, run: u32, index: u32, timestamp_ms: f64, face: FaceBox) {
        let whole = {
            let mut current = self.run.borrow_mut();
            let Some(current) = current.as_mut().filter(|current| current.number == run) else {
                return;
            };
            current.taken.push(Captured { index, timestamp_ms });
            current.transport.whole_frames()
        };
        let face = [face.x, face.y, face.width, face.height];
        let taken = match self.worker.borrow().as_ref() {
            Some(worker) => worker.post(&ToWorker::Take { run, index, whole, face }),
            None => return,
        };
        if let Err(failure) = taken {
            self.fail(failure, Event::EngineFailed);
        }
    }

    /// Stops frames and camera. The session asks for this once the last crop is cut.
    pub(super) fn release(&self) {
        self.pump.take();
        self.source.take();
    }

    pub(super) fn end_worker(&self) {
        self.courier.disconnect();
        self.worker.take();
    }
}
