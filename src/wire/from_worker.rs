//! What the worker tells the page.

use js_sys::{Array, Float32Array};
use liveness_capture_core::FailureCode;
use serde::{Deserialize, Deserializer};
use wasm_bindgen::JsValue;

use super::tagged::tagged;

tagged! {
    /// From the worker, one message at a time.
    pub enum FromWorker {
        /// The answer to `load`, where it asked to be told.
        Loaded = "loaded",
        /// Frames can be analysed.
        Ready = "ready",
        /// A frame was analysed.
        Analysed(Analysed) = "analysed",
        /// What could not wait for the next frame.
        Notes(Noted) = "notes",
        /// The stream of frames is over: the track has ended.
        Ended = "ended",
        /// The engine cannot go on; nothing follows.
        Error(EngineFault) = "error",
    }
}

tagged! {
    /// What the page should know, but need not at once: it goes with the next answer about a frame, since
    /// every message wakes the page's thread.
    pub enum Note {
        /// A picture was cut, and is kept.
        Cut(Cut) = "cut",
        /// A request was answered.
        Answered(Answered) = "answered",
        /// A request was not answered.
        Unanswered(Unanswered) = "unanswered",
    }
}

/// What was found in a frame.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Analysed {
    /// The frame's number, from 1.
    pub sequence: u32,
    /// The frame's own time in milliseconds.
    pub timestamp: f64,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// The faces, best first: `NUMBERS_PER_FACE` numbers each.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "Float32Array"))]
    pub faces: Float32Array,
    /// What has gathered since the last message.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "Note[]"))]
    pub notes: Array,
}

/// Notes on their own.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Noted {
    /// In order.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "Note[]"))]
    pub notes: Array,
}

/// Why the engine cannot go on.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EngineFault {
    /// The code.
    #[serde(deserialize_with = "failure_code")]
    #[cfg_attr(feature = "typescript", ts(type = "FailureCode"))]
    pub code: FailureCode,
    /// For developers.
    pub detail: Option<String>,
}

/// Which picture was cut.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Cut {
    /// Of which run.
    pub run: u32,
    /// Which one, from 0.
    pub index: u32,
}

/// What the far side said.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// The request's number.
    pub id: u32,
    /// HTTP status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The header `Date`.
    pub date: Option<String>,
    /// The body, parsed as JSON; `null` where it is none.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "unknown"))]
    pub body: JsValue,
}

/// Why nothing was heard of a request.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Unanswered {
    /// The request's number.
    pub id: u32,
    /// Most often `network_error` or `request_timeout`.
    #[serde(deserialize_with = "failure_code")]
    #[cfg_attr(feature = "typescript", ts(type = "FailureCode"))]
    pub code: FailureCode,
    /// For developers.
    pub detail: String,
}

/// A code by its word. TypeScript's words are generated from ours: another one is a bug.
fn failure_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FailureCode, D::Error> {
    let word = String::deserialize(deserializer)?;
    Ok(FailureCode::from_code(&word).unwrap_or(FailureCode::Internal))
}
