//! What the page sees of a check.

use liveness_capture_core::{FailureCode, Guidance, State};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// A consistent snapshot of the check.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CheckView<'a> {
    /// The check's state.
    #[cfg_attr(feature = "typescript", ts(type = "CheckState"))]
    pub state: State,
    /// What the person should do or know.
    #[cfg_attr(feature = "typescript", ts(type = "Guidance"))]
    pub guidance: Guidance,
    /// Progress from 0 to 1: half of it for capturing, half for uploading.
    pub progress: f64,
    /// The check's id, for the integrator's back end; `null` until the server has given one.
    pub session_id: Option<&'a str>,
    /// Pictures taken in the current run.
    pub frames_taken: u32,
    /// Pictures the check needs; 0 until the server has said.
    pub frames_required: u32,
    /// Pictures the server has received.
    pub frames_uploaded: u32,
    /// The verdict with every field the server gave it; `null` before the end.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "VerdictData | null"))]
    pub verdict: JsValue,
    /// Why there is no verdict.
    pub error: Option<FaultView<'a>>,
}

/// A failure's code and its detail for developers.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FaultView<'a> {
    /// The code.
    #[cfg_attr(feature = "typescript", ts(type = "FailureCode"))]
    pub code: FailureCode,
    /// The browser's or server's own message. Never a token or a picture.
    pub detail: Option<&'a str>,
}
