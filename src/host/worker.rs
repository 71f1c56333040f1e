//! The vision worker as seen from the page.
//!
//! Messages to the worker: `init`, `stream` or `frame`, `next`, `take`, and what the courier asks for.
//! Messages from it: `ready`, `analysed`, `crop`, `sent`, `error`. See `js/src/worker.ts`. Dropping the handle ends the worker, which
//! also frees all memory of its module.

use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Function, Object, Reflect, Uint8Array};
use liveness_capture_core::{FaceBox, FaceObservation, FailureCode, FrameAnalysis};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::Failure;
use super::failure::js_text;
use super::frames::FrameMessage;
use super::options::{Detector, Options};

/// What the worker says.
pub(super) enum Message {
    Ready,
    Analysed(FrameAnalysis),
    /// A PNG that was asked for: the crop, or the whole frame; `None` where the worker keeps it.
    Crop {
        run: u32,
        index: u32,
        png: Option<Rc<[u8]>>,
    },
    /// For the courier.
    Sent(JsValue),
    /// The stream of frames is over: the track has ended.
    Ended,
    Failed(Failure),
}

pub(super) struct VisionWorker {
    worker: Worker,
    _listeners: [EventListener; 3],
}

pub(super) fn number(object: &JsValue, key: &str) -> f64 {
    Reflect::get(object, &key.into()).ok().and_then(|v| v.as_f64()).unwrap_or(f64::NAN)
}

pub(super) fn text(object: &JsValue, key: &str) -> Option<String> {
    Reflect::get(object, &key.into()).ok()?.as_string()
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
            if let Some(message) = parse(&event.data()) {
                is_ready.set(is_ready.get() || matches!(message, Message::Ready));
                deliver(message);
            }
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
        let this = Self { worker, _listeners: [message, error, unreadable] };
        this.post(&object(&[
            ("type", "init".into()),
            ("assetBase", options.asset_base.as_str().into()),
            ("cropRule", options.crop_rule.into()),
            ("detector", options.detector.as_ref().map_or(JsValue::NULL, detector)),
        ]))?;
        Ok(this)
    }

    fn post(&self, message: &Object) -> Result<(), Failure> {
        self.worker
            .post_message(message)
            .map_err(|error| Failure::new(FailureCode::EngineCrashed, js_text(&error)))
    }

    /// Hands a frame or the stream of frames over.
    pub(super) fn send(&self, frame: &FrameMessage) -> Result<(), Failure> {
        self.worker
            .post_message_with_transfer(&frame.message, &frame.transfer)
            .map_err(|error| Failure::new(FailureCode::EngineCrashed, js_text(&error)))
    }

    /// Lets the worker analyse the newest frame of its stream, or the first that is late enough.
    pub(super) fn next(&self, not_before_ms: Option<f64>) -> Result<(), Failure> {
        self.post(&object(&[("type", "next".into()), ("notBefore", not_before_ms.into())]))
    }

    /// Has the frame analysed last cut and encoded.
    pub(super) fn take(
        &self,
        run: u32,
        index: u32,
        face: FaceBox,
        whole: bool,
        keep: bool,
    ) -> Result<(), Failure> {
        self.post(&object(&[
            ("type", "take".into()),
            ("run", run.into()),
            ("index", index.into()),
            ("whole", whole.into()),
            ("keep", keep.into()),
            ("x", face.x.into()),
            ("y", face.y.into()),
            ("width", face.width.into()),
            ("height", face.height.into()),
        ]))
    }
}

impl AsRef<Worker> for VisionWorker {
    fn as_ref(&self) -> &Worker {
        &self.worker
    }
}

impl Drop for VisionWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn parse(data: &JsValue) -> Option<Message> {
    Some(match text(data, "type")?.as_str() {
        "ready" => Message::Ready,
        "ended" => Message::Ended,
        "analysed" => {
            let numbers = Reflect::get(data, &"faces".into()).ok()?;
            let numbers = js_sys::Float32Array::new(&numbers).to_vec();
            let faces = numbers.chunks_exact(17).map(|face| FaceObservation {
                bbox: FaceBox {
                    x: face[1].into(),
                    y: face[2].into(),
                    width: face[3].into(),
                    height: face[4].into(),
                },
                score: face[0].into(),
            });
            Message::Analysed(FrameAnalysis {
                sequence: number(data, "sequence") as u64,
                timestamp_ms: number(data, "timestamp"),
                width: number(data, "width") as u32,
                height: number(data, "height") as u32,
                faces: faces.collect(),
            })
        }
        "crop" => Message::Crop {
            run: number(data, "run") as u32,
            index: number(data, "index") as u32,
            png: Reflect::get(data, &"png".into())
                .ok()
                .filter(JsValue::is_object)
                .map(|png| Uint8Array::new(&png).to_vec().into()),
        },
        "sent" => Message::Sent(data.clone()),
        "error" => {
            let code = text(data, "code").unwrap_or_default();
            Message::Failed(Failure { code: engine_code(&code), detail: text(data, "detail") })
        }
        _ => return None,
    })
}

/// The worker's words for what went wrong; unknown ones count as a crash.
fn engine_code(code: &str) -> FailureCode {
    match code {
        "engine_load_failed" => FailureCode::EngineLoadFailed,
        "engine_wrong_mime_type" => FailureCode::EngineWrongMimeType,
        "engine_blocked_by_csp" => FailureCode::EngineBlockedByCsp,
        "engine_invalid" => FailureCode::EngineInvalid,
        "detector_load_failed" => FailureCode::DetectorLoadFailed,
        "detector_invalid" => FailureCode::DetectorInvalid,
        "detector_unsupported" => FailureCode::DetectorUnsupported,
        "detector_mismatch" => FailureCode::DetectorMismatch,
        "invalid_options" => FailureCode::InvalidOptions,
        "out_of_memory" => FailureCode::OutOfMemory,
        "frame_unsupported" => FailureCode::MediaUnsupported,
        _ => FailureCode::EngineCrashed,
    }
}
