//! How pictures get to a verdict: three protocols behind one trait.

mod crops;
mod http;
mod sessions;
mod stream;
mod uploader;

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use liveness_capture_core::CaptureReport;
use liveness_protocol::VerdictData;
use wasm_bindgen::JsValue;

use super::courier::Courier;
use super::failure::Failure;
use super::options::Options;
use crate::wire::{HttpRequest, TransportKind};

pub(super) use uploader::Uploader;

/// What the far side wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opened {
    /// The check's id, for the integrator's back end.
    pub session_id: String,
    /// How many pictures to send.
    pub frames_required: u32,
    /// How long it takes them, in milliseconds from now.
    pub expires_in_ms: f64,
}

/// One captured picture, which the worker keeps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Captured {
    /// From 0.
    pub index: u32,
    /// Milliseconds on the frames' own clock.
    pub timestamp_ms: f64,
}

/// A verdict, read and as it came.
pub(super) struct ServerVerdict {
    pub data: VerdictData,
    pub raw: JsValue,
}

impl ServerVerdict {
    fn read(raw: JsValue) -> Result<Self, Failure> {
        Ok(Self { data: http::read(raw.clone())?, raw })
    }
}

/// A protocol. One value serves one run of consecutive frames.
///
/// Requests carry their own time limit and retries; an error is final. [`Transport::abort`] aborts them.
pub(super) trait Transport {
    /// Whether whole frames are carried instead of crops.
    fn whole_frames(&self) -> bool {
        false
    }
    /// How many pictures may be on their way at once.
    fn window(&self) -> usize;
    /// Begins a check.
    fn open(self: Rc<Self>) -> LocalBoxFuture<'static, Result<Opened, Failure>>;
    /// Carries one picture; resolves when the far side has it.
    fn send(self: Rc<Self>, picture: Captured) -> LocalBoxFuture<'static, Result<(), Failure>>;
    /// Asks for the verdict.
    fn complete(
        self: Rc<Self>,
        report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<ServerVerdict, Failure>>;
    /// Aborts everything on its way. Pending futures fail soon after; nobody listens any more.
    fn abort(&self);
}

/// The way to the far side, for all runs of a check.
pub(super) struct FarSide {
    client: Rc<http::Client>,
    /// What the session protocol keeps from run to run.
    session: Rc<sessions::Slot>,
}

impl FarSide {
    pub(super) fn new(options: &Options, courier: Rc<Courier>) -> Self {
        Self { client: http::Client::new(options, courier), session: Rc::default() }
    }

    /// The transport that the options ask for, for one run.
    pub(super) fn transport(&self, options: &Options, run: u32) -> Rc<dyn Transport> {
        let line = http::Line::new(self.client.clone(), run);
        match options.transport {
            TransportKind::Sessions => {
                Rc::new(sessions::Sessions::new(line, options, self.session.clone(), run))
            }
            TransportKind::Crops => Rc::new(crops::Crops::new(line, options)),
            TransportKind::Stream => Rc::new(stream::Stream::new(line, options)),
        }
    }

    /// The request that gives the server's session back, if one is open.
    pub(super) fn farewell(&self) -> Option<HttpRequest> {
        self.session.farewell().map(|call| self.client.request(&call))
    }
}

/// A UUID from the browser's random source, which also works outside secure contexts.
fn new_uuid() -> String {
    let mut bytes = [0; 16];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // Fails only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
