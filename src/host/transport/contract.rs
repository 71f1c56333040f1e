//! What every transport does, and what it works with.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::Verdict;
use wasm_bindgen::JsValue;

use super::http::read;
use crate::host::failure::Failure;

/// What the server has opened.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::host) struct Opened {
    /// The check's id, for the integrator's back end.
    pub session_id: String,
    /// How many pictures to send.
    pub frames_required: u32,
    /// How long it accepts them, in milliseconds from now.
    pub expires_in_ms: f64,
}

/// A captured picture. The worker keeps the picture itself.
#[derive(Debug, Clone, Copy)]
pub(in crate::host) struct Captured {
    /// Its index, from 0.
    pub index: u32,
    /// Milliseconds on the frames' own clock.
    pub timestamp_ms: f64,
}

/// What a verdict must have to be one.
#[derive(serde::Deserialize)]
pub(in crate::host) struct Decided {
    pub verdict: Verdict,
    pub score: f64,
    real_score: f64,
    pub session_id: String,
}

/// A verdict, both parsed and as it came.
pub(in crate::host) struct ServerVerdict {
    pub data: Decided,
    pub raw: JsValue,
}

impl ServerVerdict {
    pub(super) fn read(raw: JsValue) -> Result<Self, Failure> {
        let data: Decided = read(raw.clone())?;
        if !(0.0..=100.0).contains(&data.score) || !(0.0..=1.0).contains(&data.real_score) {
            let detail = "score and real_score must be from 0 to 100, and from 0 to 1";
            return Err(Failure::new(FailureCode::UnexpectedResponse, detail));
        }
        Ok(Self { data, raw })
    }
}

/// A protocol. One value serves one run of consecutive frames.
///
/// Requests carry their own time limit and retries; an error is final. [`Transport::abort`] aborts them.
pub(in crate::host) trait Transport {
    /// Whether whole frames are carried instead of crops.
    fn whole_frames(&self) -> bool {
        false
    }
    /// How many pictures may be on their way at once.
    fn window(&self) -> usize;
    /// Begins a check.
    fn open(self: Rc<Self>) -> LocalBoxFuture<'static, Result<Opened, Failure>>;
    /// Carries one picture; resolves when nothing more is to be done for it before [`Transport::complete`].
    fn send(self: Rc<Self>, picture: Captured) -> LocalBoxFuture<'static, Result<(), Failure>>;
    /// Asks for the verdict.
    fn complete(
        self: Rc<Self>,
        report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<ServerVerdict, Failure>>;
    /// Aborts everything on its way. Pending futures fail soon after, but nobody is listening any more.
    fn abort(&self);
}

/// A UUID from the browser's random source, which also works outside secure contexts.
pub(super) fn new_uuid() -> String {
    let mut bytes = [0; 16];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // Fails only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
