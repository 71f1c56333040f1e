//! The driver's side towards camera and worker: source, detector, frames, crops.

use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use liveness_capture_core::{Event, FaceBox, FailureCode, SourceKind, State};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::Driver;
use crate::host::camera::{self, SourceGuard};
use crate::host::failure::{Failure, js_text};
use crate::host::frames::{self, FrameMessage, FramePump};
use crate::host::message::Message;
use crate::host::options::FramePath;
use crate::host::transport::Captured;
use crate::host::worker::VisionWorker;

impl Driver {
    pub(super) fn open_source(self: &Rc<Self>) {
        let driver = self.clone();
        spawn_local(async move {
            let keep = |guard| driver.keep_source(guard);
            let result = camera::open(&driver.options, &driver.video, keep).await;
            if driver.over() {
                return;
            }
            match result {
                Err(failure) => driver.fail(failure, Event::CameraFailed),
                Ok(()) => {
                    let (width, height) = (driver.video.video_width(), driver.video.video_height());
                    driver.dispatch(Event::CameraReady { width, height });
                }
            }
        });
    }

    /// Takes charge of an open source, so that whatever ends the check releases it. One that comes
    /// after the end is released here, by the guard's drop.
    fn keep_source(self: &Rc<Self>, guard: SourceGuard) -> bool {
        if self.over() {
            return false;
        }
        self.watch_source(&guard);
        self.source.replace(Some(guard));
        true
    }

    pub(super) fn watch_source(self: &Rc<Self>, guard: &SourceGuard) {
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

    pub(super) fn load_detector(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let on_message = move |message| {
            if let Some(driver) = weak.upgrade() {
                driver.on_worker(message);
            }
        };
        match VisionWorker::spawn(&self.spawn_worker, &self.options, on_message) {
            Ok(worker) => {
                self.courier.engage(worker.outbox());
                self.worker.replace(Some(worker));
            }
            Err(failure) => self.fail(failure, Event::DetectorFailed),
        }
    }

    pub(super) fn on_worker(self: &Rc<Self>, message: Message) {
        match message {
            Message::Ready => self.dispatch(Event::DetectorReady),
            Message::Analysed(analysis) => self.dispatch(Event::FrameAnalysed(analysis)),
            Message::Ended => self.dispatch(Event::SourceEnded),
            Message::Crop { run, index, png } => {
                if let Some(png) = png {
                    self.keep_picture(run, index, png.into());
                }
                self.dispatch(Event::CropCut { run, index });
            }
            Message::Sent { id, reply } => self.courier.deliver(id, reply),
            Message::Failed(failure) => match self.state() {
                State::RequestingCamera | State::Loading => {
                    self.fail(failure, Event::DetectorFailed);
                }
                _ => self.fail(failure, Event::EngineFailed),
            },
        }
    }

    fn keep_picture(&self, run: u32, index: u32, png: Rc<[u8]>) {
        let timestamp_ms = self.timestamp_of(run, index);
        if let (Some(current), Some(timestamp_ms)) = (self.run.borrow_mut().as_mut(), timestamp_ms)
            && current.number == run
        {
            current.pictures.insert(Captured { index, timestamp_ms, png: Some(png) });
        }
    }

    fn timestamp_of(&self, run: u32, index: u32) -> Option<f64> {
        let mut cutting = self.timestamps.borrow_mut();
        let at = cutting.iter().position(|frame| (frame.0, frame.1) == (run, index))?;
        Some(cutting.swap_remove(at).2)
    }

    pub(super) fn analyse_next(self: &Rc<Self>, not_before_ms: Option<f64>) {
        if let Err(failure) = self.ask_for_frame(not_before_ms) {
            self.fail(failure, Event::EngineFailed);
        }
    }

    fn ask_for_frame(self: &Rc<Self>, not_before_ms: Option<f64>) -> Result<(), Failure> {
        let worker = self.worker.borrow();
        let Some(worker) = worker.as_ref() else { return Ok(()) };
        if !self.streaming.get() && self.pump.borrow().is_none() {
            self.connect_source(worker)?;
        }
        match self.pump.borrow().as_ref() {
            Some(pump) => pump.request(not_before_ms),
            None => worker.next(not_before_ms),
        }
        Ok(())
    }

    /// Connects source and worker, by the path the browser has.
    pub(super) fn connect_source(self: &Rc<Self>, worker: &VisionWorker) -> Result<(), Failure> {
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
                let result = JsFuture::from(promise).await;
                if let (Err(error), Some(driver)) = (result, weak.upgrade())
                    && !driver.over()
                {
                    driver.fail(unusable(error), Event::CameraFailed);
                }
            });
        }
        Ok(())
    }

    pub(super) fn on_frame(weak: &Weak<Self>, frame: Result<FrameMessage, JsValue>) {
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

    pub(super) fn take(self: &Rc<Self>, run: u32, index: u32, timestamp_ms: f64, face: FaceBox) {
        let (transport, uploader) = {
            let mut current = self.run.borrow_mut();
            let Some(current) = current.as_mut().filter(|current| current.number == run) else {
                return;
            };
            current.taken += 1;
            (current.transport.clone(), current.uploader.clone())
        };
        let keep = transport.sends_kept();
        if !keep {
            self.timestamps.borrow_mut().push((run, index, timestamp_ms));
        }
        let worker = self.worker.borrow();
        let Some(worker) = worker.as_ref() else { return };
        worker.take(run, index, face, transport.whole_frames(), keep);
        if keep {
            // The worker cuts before it sends: there is no need to hear of the one to ask for the other.
            uploader.push(Captured { index, timestamp_ms, png: None });
        }
    }

    /// Ends frames and camera. The session asks for it once the last crop is cut.
    pub(super) fn release(&self) {
        self.pump.take();
        self.source.take();
    }

    pub(super) fn end_worker(&self) {
        self.courier.dismiss();
        self.worker.take();
    }
}
