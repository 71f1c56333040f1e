//! The vision worker as seen from the page.
//!
//! Messages to the worker: `init`, `stream` or `frame`, `next`, `take`, and what the courier asks for.
//! Messages from it: see [`Message`]. `js/src/worker.ts` is the other end. Dropping the handle ends the
//! worker, which also frees all memory of its module.

use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Function, Object, Reflect};
use liveness_capture_core::{FaceBox, FailureCode};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::Failure;
use super::failure::js_text;
use super::frames::FrameMessage;
use super::message::{Message, ToWorker, parse};
use super::options::{Detector, Options};
use super::outbox::Outbox;

pub(super) struct VisionWorker {
    worker: Worker,
    outbox: Rc<Outbox>,
    _listeners: [EventListener; 3],
}

/// An object of the given properties.
pub(super) fn object(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in pairs {
        // Setting a property on a fresh plain object cannot fail.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object
}

fn detector(detector: &Detector) -> JsValue {
    let side = detector.side.map_or(JsValue::UNDEFINED, JsValue::from);
    let (url, kind) = (detector.url.as_str(), detector.kind.as_str());
    object(&[("url", url.into()), ("kind", kind.into()), ("side", side)]).into()
}

impl VisionWorker {
    /// Starts the worker and lets it load the module and the model.
    pub(super) fn spawn(
        spawn: &Function,
        options: &Options,
        on_message: impl Fn(Message) + Clone + 'static,
    ) -> Result<Self, Failure> {
        let worker = spawn.call0(&JsValue::NULL).map_err(|error| {
            let code = match error.dyn_ref::<web_sys::DomException>().map(|e| e.name()) {
                Some(name) if name == "SecurityError" => FailureCode::EngineBlockedByCsp,
                _ => FailureCode::EngineLoadFailed,
            };
            Failure::new(code, js_text(&error))
        })?;
        let worker: Worker = worker.dyn_into().map_err(|_| {
            Failure::new(FailureCode::InvalidOptions, "spawn_worker must return a Worker")
        })?;
        let ready = Rc::new(std::cell::Cell::new(false));
        let (deliver, is_ready) = (on_message.clone(), ready.clone());
        let message = EventListener::new(&worker, "message", move |event| {
            let event: &MessageEvent = event.unchecked_ref();
            parse(event.data(), &mut |message| {
                is_ready.set(is_ready.get() || matches!(message, Message::Ready));
                deliver(message);
            });
        });
        let deliver = on_message.clone();
        let error = EventListener::new(&worker, "error", move |event| {
            event.prevent_default();
            // A script that could not be loaded gives a plain Event, an uncaught throw an ErrorEvent.
            let detail = event.dyn_ref::<ErrorEvent>().map(|e| e.message()).unwrap_or_default();
            let code = match ready.get() {
                true => FailureCode::EngineCrashed,
                false => FailureCode::EngineLoadFailed,
            };
            deliver(Message::Failed(Failure::new(code, detail)));
        });
        let unreadable = EventListener::new(&worker, "messageerror", move |_| {
            on_message(Message::Failed(Failure::new(FailureCode::EngineCrashed, "messageerror")));
        });
        let outbox = Outbox::new(worker.clone());
        let init = object(&[
            ("type", "init".into()),
            ("assetBase", options.asset_base.as_str().into()),
            ("cropRule", options.crop_rule.into()),
            ("detector", options.detector.as_ref().map_or(JsValue::NULL, detector)),
        ]);
        worker.post_message(&init).map_err(|error| crashed(&error))?;
        Ok(Self { worker, outbox, _listeners: [message, error, unreadable] })
    }

    /// For whoever else has something to tell the worker.
    pub(super) fn outbox(&self) -> Rc<Outbox> {
        self.outbox.clone()
    }

    /// Hands a frame or the stream of frames over.
    pub(super) fn send(&self, frame: &FrameMessage) -> Result<(), Failure> {
        self.outbox.hand_over(frame).map_err(|error| crashed(&error))
    }

    /// Lets the worker analyse the newest frame of its stream, or the first that is late enough.
    pub(super) fn next(&self, not_before_ms: Option<f64>) {
        let message = ToWorker::new("next");
        message.set_not_before(not_before_ms);
        self.outbox.put(&message);
    }

    /// Has the frame analysed last cut and encoded.
    pub(super) fn take(&self, run: u32, index: u32, face: FaceBox, whole: bool, keep: bool) {
        let message = ToWorker::new("take");
        message.set_run(run);
        message.set_index(index);
        message.set_whole(whole);
        message.set_keep(keep);
        message.set_box(face);
        self.outbox.put(&message);
    }
}

fn crashed(error: &JsValue) -> Failure {
    Failure::new(FailureCode::EngineCrashed, js_text(error))
}

impl Drop for VisionWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}
