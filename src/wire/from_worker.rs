//! Messages from the worker to the page.

use js_sys::{Array, Float32Array};
use liveness_capture_core::FailureCode;
use serde::{Deserialize, Deserializer};
use wasm_bindgen::JsValue;

use super::tagged::tagged;

tagged! {
    /// A message from the worker.
    pub enum FromWorker {
        /// Its script runs.
        Started = "started",
        /// The files given can be used.
        Loaded = "loaded",
        /// The answer to `init`: frames can be analysed.
        Ready = "ready",
        /// A frame was analysed.
        Analysed(Analysed) = "analysed",
        /// Notes that could not wait for the next frame.
        Notes(Noted) = "notes",
        /// The stream's first frame has arrived.
        Flowing = "flowing",
        /// The stream of frames has ended, with its track or after `leave`.
        Ended = "ended",
        /// The engine cannot go on; this is the last message.
        Error(EngineFault) = "error",
    }
}

tagged! {
    /// News that can wait: it travels with the answer about the next frame, since every message wakes the
    /// page's thread.
    pub enum Note {
        /// A picture was cut, and is kept.
        Cut(Cut) = "cut",
        /// The browser puts noise into what the worker reads from a canvas.
        Noised = "noised",
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
    #[serde(with = "super::read::as_is")]
    #[cfg_attr(feature = "typescript", ts(type = "Float32Array"))]
    pub faces: Float32Array,
    /// What was measured of its pixels: a number for each of `MEASURES`, NaN for what could not be measured.
    #[serde(with = "super::read::as_is")]
    #[cfg_attr(feature = "typescript", ts(type = "Float32Array"))]
    pub measures: Float32Array,
    /// Notes gathered since the last message.
    #[serde(with = "super::read::as_is")]
    #[cfg_attr(feature = "typescript", ts(type = "Note[]"))]
    pub notes: Array,
}

/// Notes sent on their own.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Noted {
    /// In order.
    #[serde(with = "super::read::as_is")]
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
    /// Its run.
    pub run: u32,
    /// Its index in the run, from 0.
    pub index: u32,
}

/// The server's answer.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// The request's number.
    pub id: u32,
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The `Date` header.
    pub date: Option<String>,
    /// The body, parsed as JSON; `null` if it is not JSON.
    #[serde(with = "super::read::as_is")]
    #[cfg_attr(feature = "typescript", ts(type = "unknown"))]
    pub body: JsValue,
}

/// Why a request got no answer.
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

/// A code by its word. TypeScript's words are generated from ours, so an unknown one is a bug.
fn failure_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FailureCode, D::Error> {
    let word = String::deserialize(deserializer)?;
    Ok(FailureCode::from_code(&word).unwrap_or(FailureCode::Internal))
}
