//! What the page sees of a check.

use liveness_capture_core::{FailureCode, Guidance, State};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// One consistent picture of the check.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct CheckView<'a> {
    /// Where it stands.
    #[cfg_attr(feature = "typescript", ts(type = "CheckState"))]
    pub state: State,
    /// What the person should do, or know.
    #[cfg_attr(feature = "typescript", ts(type = "Guidance"))]
    pub guidance: Guidance,
    /// How much is captured and sent, 0 to 1: half for each.
    pub progress: f64,
    /// The check's id, for the integrator's back end; `null` before the server has given one.
    pub session_id: Option<&'a str>,
    /// Pictures taken of the present run.
    pub frames_taken: u32,
    /// Pictures that a check needs; 0 before the server has said.
    pub frames_required: u32,
    /// Pictures that the server has.
    pub frames_uploaded: u32,
    /// The verdict as the server gave it, every field of it; `null` before the end.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[cfg_attr(feature = "typescript", ts(type = "VerdictData | null"))]
    pub verdict: JsValue,
    /// Why there is none.
    pub error: Option<FaultView<'a>>,
}

/// A failure's code and what it says to developers.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FaultView<'a> {
    /// The code.
    #[cfg_attr(feature = "typescript", ts(type = "FailureCode"))]
    pub code: FailureCode,
    /// A browser's or server's words. Never a token or a picture.
    pub detail: Option<&'a str>,
}
