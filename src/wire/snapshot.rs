//! What the page sees of a check.

use liveness_capture_core::{FailureCode, Guidance, Help, State};
use liveness_protocol::CaptureWarning;
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
    /// Why the frame last judged was not good enough, by the name of its gate; `null` if it was. For a record.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub cause: Option<&'static str>,
    /// Advice that goes further than the instruction, once nothing has improved for a while; else `null`.
    #[cfg_attr(feature = "typescript", ts(type = "Help | null"))]
    pub help: Option<Help>,
    /// With an instruction to move: whether there is far to go.
    pub far: bool,
    /// Milliseconds until the check gives up unless `extend()` is called; `null` while there are more than 20,000, or
    /// nothing the person could do.
    pub time_left_ms: Option<f64>,
    /// Progress from 0 to 1: half of it for capturing, half for uploading.
    pub progress: f64,
    /// The check's id, for the integrator's back end; `null` until the server has given one.
    pub session_id: Option<&'a str>,
    /// Pictures taken, in the current run and in the steps before it.
    pub frames_taken: u32,
    /// Pictures the check needs, with every further step there may be; 0 until the server has said.
    pub frames_required: u32,
    /// Pictures that need not be sent any more; with `crops`, and the last with `stream`, they go with the question for the verdict.
    pub frames_uploaded: u32,
    /// What the capture lacked; empty before its end.
    pub warnings: &'a [CaptureWarning],
    /// The verdicts before the last, which were borderline, in the same form.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "VerdictData[]"))]
    pub earlier: js_sys::Array,
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
