//! The messages between page and worker: typed views of the plain objects of `js/src/worker.ts`. Looking
//! at a property by a text would cost more than all else that is done with it.

use js_sys::{Array, Float32Array, Float64Array, Object, Uint8Array};
use liveness_capture_core::{FaceBox, FaceObservation, FailureCode, FrameAnalysis};
use wasm_bindgen::prelude::*;

use super::Failure;
use super::courier::Reply;

/// Numbers per face in an answer about a frame.
const NUMBERS_PER_FACE: usize = 17;

#[wasm_bindgen]
extern "C" {
    type FromWorker;
    #[wasm_bindgen(method, getter = type)]
    fn kind(this: &FromWorker) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn sequence(this: &FromWorker) -> f64;
    #[wasm_bindgen(method, getter)]
    fn timestamp(this: &FromWorker) -> f64;
    #[wasm_bindgen(method, getter)]
    fn width(this: &FromWorker) -> u32;
    #[wasm_bindgen(method, getter)]
    fn height(this: &FromWorker) -> u32;
    #[wasm_bindgen(method, getter)]
    fn faces(this: &FromWorker) -> Float32Array;
    #[wasm_bindgen(method, getter)]
    fn notes(this: &FromWorker) -> Option<Array>;
    #[wasm_bindgen(method, getter)]
    fn run(this: &FromWorker) -> u32;
    #[wasm_bindgen(method, getter)]
    fn index(this: &FromWorker) -> u32;
    #[wasm_bindgen(method, getter)]
    fn png(this: &FromWorker) -> Option<Uint8Array>;
    #[wasm_bindgen(method, getter)]
    fn code(this: &FromWorker) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn detail(this: &FromWorker) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn id(this: &FromWorker) -> u32;
    #[wasm_bindgen(method, getter)]
    fn status(this: &FromWorker) -> u16;
    #[wasm_bindgen(method, getter = retryAfter)]
    fn retry_after(this: &FromWorker) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn body(this: &FromWorker) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn name(this: &FromWorker) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn error(this: &FromWorker) -> Option<String>;

    /// For the worker.
    pub(super) type ToWorker;
    #[wasm_bindgen(method, setter = type)]
    fn set_kind(this: &ToWorker, kind: &str);
    #[wasm_bindgen(method, setter = notBefore)]
    pub(super) fn set_not_before(this: &ToWorker, timestamp_ms: Option<f64>);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_run(this: &ToWorker, run: u32);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_index(this: &ToWorker, index: u32);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_whole(this: &ToWorker, whole: bool);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_keep(this: &ToWorker, keep: bool);
    #[wasm_bindgen(method, setter)]
    fn set_face(this: &ToWorker, sides: &Float64Array);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_id(this: &ToWorker, id: u32);
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_request(this: &ToWorker, request: &Object);
}

impl ToWorker {
    /// A message of that type.
    pub(super) fn new(kind: &str) -> Self {
        let message: Self = Object::new().unchecked_into();
        message.set_kind(kind);
        message
    }

    pub(super) fn set_box(&self, face: FaceBox) {
        let sides = [face.x, face.y, face.width, face.height];
        self.set_face(&Float64Array::from(&sides[..]));
    }
}

/// What the worker says.
pub(super) enum Message {
    Ready,
    Analysed(FrameAnalysis),
    /// A PNG that was asked for: the crop, or the whole frame; `None` where the worker keeps it.
    Crop {
        run: u32,
        index: u32,
        png: Option<Vec<u8>>,
    },
    /// What came of a request, for the courier.
    Sent {
        id: u32,
        reply: Result<Reply, Failure>,
    },
    /// The stream of frames is over: the track has ended.
    Ended,
    Failed(Failure),
}

/// Reads a message, with the notes it carries before it; what is none of these says nothing.
pub(super) fn parse(data: JsValue, deliver: &mut dyn FnMut(Message)) {
    if !data.is_object() {
        return;
    }
    let data: FromWorker = data.unchecked_into();
    for note in data.notes().unwrap_or_default() {
        if let Some(message) = read(&note.unchecked_into()) {
            deliver(message);
        }
    }
    if let Some(message) = read(&data) {
        deliver(message);
    }
}

fn read(data: &FromWorker) -> Option<Message> {
    Some(match data.kind()?.as_str() {
        "ready" => Message::Ready,
        "ended" => Message::Ended,
        "analysed" => Message::Analysed(analysis(data)),
        "crop" => Message::Crop {
            run: data.run(),
            index: data.index(),
            png: data.png().map(|png| png.to_vec()),
        },
        "sent" => Message::Sent { id: data.id(), reply: reply(data) },
        "error" => {
            let code = data.code().unwrap_or_default();
            Message::Failed(Failure { code: engine_code(&code), detail: data.detail() })
        }
        _ => return None,
    })
}

fn analysis(data: &FromWorker) -> FrameAnalysis {
    let numbers = data.faces().to_vec();
    let faces = numbers.chunks_exact(NUMBERS_PER_FACE).map(|face| FaceObservation {
        bbox: FaceBox {
            x: face[1].into(),
            y: face[2].into(),
            width: face[3].into(),
            height: face[4].into(),
        },
        score: face[0].into(),
    });
    FrameAnalysis {
        sequence: data.sequence() as u64,
        timestamp_ms: data.timestamp(),
        width: data.width(),
        height: data.height(),
        faces: faces.collect(),
    }
}

fn reply(data: &FromWorker) -> Result<Reply, Failure> {
    match data.error() {
        Some(detail) if data.name().as_deref() == Some("TimeoutError") => {
            Err(Failure::new(FailureCode::RequestTimeout, detail))
        }
        Some(detail) => Err(Failure::new(FailureCode::NetworkError, detail)),
        None => Ok(Reply {
            status: data.status(),
            retry_after: data.retry_after(),
            body: data.body().unwrap_or_default(),
        }),
    }
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
