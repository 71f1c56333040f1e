//! The vision worker as seen from the page; `js/src/core/worker.ts` is the other end. Dropping the handle ends the
//! worker, which also frees its module's memory.

use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::Array;
use liveness_capture_core::{
    FaceBox, FaceObservation, FailureCode, FrameAnalysis, quality::Measures,
};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::failure::Failure;
use super::frame_pump::Handover;
use super::options::Options;
use super::outbox::Outbox;
use super::page::Page;
use crate::wire::{Analysed, FaceRecord, FromWorker, Note, ToWorker};

pub(super) struct VisionWorker {
    worker: Worker,
    outbox: Rc<Outbox>,
    _listener: EventListener,
}

impl VisionWorker {
    /// Takes over the worker and tells it to get ready.
    pub(super) fn start(
        page: &Page,
        options: &Options,
        on_message: impl Fn(Result<FromWorker, Failure>) + 'static,
    ) -> Result<Self, Failure> {
        let worker = page
            .spawn_worker()
            .map_err(|error| Failure::thrown(&error, FailureCode::EngineLoadFailed))?;
        // The package's script turns the worker's own errors into messages.
        let listener = EventListener::new(&worker, "message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            on_message(FromWorker::read(&event.data()).map_err(Failure::from));
        });
        let outbox = Outbox::new(worker.clone());
        let handle = Self { worker, outbox, _listener: listener };
        handle.post(&ToWorker::Init { crop_rule: options.crop_rule })?;
        Ok(handle)
    }

    /// For others that send messages to the worker.
    pub(super) fn outbox(&self) -> Rc<Outbox> {
        self.outbox.clone()
    }

    /// Posts a message to the worker.
    pub(super) fn post(&self, message: &ToWorker) -> Result<(), Failure> {
        self.outbox.post(message)
    }

    /// Hands over a frame or the stream of frames.
    pub(super) fn hand_over(&self, handover: &Handover) -> Result<(), Failure> {
        self.outbox.hand_over(handover)
    }
}

impl Drop for VisionWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

/// The notes gathered in the worker, in order.
pub(super) fn notes(list: &Array) -> impl Iterator<Item = Result<Note, Failure>> + '_ {
    list.iter().map(|note| Note::read(&note).map_err(Failure::from))
}

/// A frame's faces and measures for the session.
pub(super) fn analysis(analysed: &Analysed) -> FrameAnalysis {
    let numbers = analysed.faces.to_vec();
    let faces = FaceRecord::read(&numbers).map(|face| {
        let [x, y, width, height] = face.bbox.map(f64::from);
        FaceObservation { bbox: FaceBox { x, y, width, height }, score: face.score.into() }
    });
    FrameAnalysis {
        timestamp_ms: analysed.timestamp,
        width: analysed.width,
        height: analysed.height,
        faces: faces.collect(),
        measures: Measures::of_pixels(analysed.measures.to_vec().into_iter().map(f64::from)),
    }
}
