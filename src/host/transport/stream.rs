//! The documented `POST /api/v1/fast-check-stream`: whole frames, one per request. The server finds
//! the face itself; its answer to the last frame carries the verdict.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use js_sys::Reflect;
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::{FastCheckStreamRequest, Frame, ModelChoice, Source, StreamStatus};

use super::contract::{Captured, Opened, ServerVerdict, Transport, new_uuid};
use super::crops::paid;
use super::http::{Line, Repeat, json, read};
use crate::host::failure::Failure;
use crate::host::options::Options;
use crate::wire::Body;

pub(super) struct Stream {
    line: Line,
    session_id: String,
    choice: ModelChoice,
    source: Source,
    frames_required: Result<u32, Failure>,
    arrived: Cell<u32>,
    verdict: RefCell<Option<ServerVerdict>>,
}

impl Stream {
    pub(super) fn new(line: Line, options: &Options, step: usize) -> Self {
        Self {
            line,
            session_id: new_uuid(),
            choice: options.documented_model(step),
            source: options.api_source(),
            frames_required: options.frames_required(step),
            arrived: Cell::new(0),
            verdict: RefCell::default(),
        }
    }

    /// Whether the next frame is the one that starts the check.
    fn is_last(&self) -> bool {
        self.frames_required.as_ref().is_ok_and(|required| self.arrived.get() + 1 >= *required)
    }

    async fn post(&self, picture: Captured) -> Result<(), Failure> {
        let body = FastCheckStreamRequest {
            metadata: None,
            session_id: self.session_id.clone(),
            model: self.choice.model().map(str::to_owned),
            frame_count: self.choice.frame_count(),
            source: self.source,
            frame: Frame {
                index: picture.index,
                timestamp_ms: picture.timestamp_ms,
                // The worker fills it in.
                pixels: String::new(),
            },
            warnings: None,
        };
        let body = Body::Frame { json: json(&body)?, index: picture.index };
        let mut call = paid("/api/v1/fast-check-stream", body, &self.choice);
        // Only the last frame starts a check; the others may be sent any number of times.
        if !self.is_last() {
            call.repeat = Repeat::Always;
        }
        let reply = self.line.fetch(&call).await?;
        let status = Reflect::get(&reply, &"status".into()).unwrap_or_default();
        if read::<StreamStatus>(status)? == StreamStatus::Complete {
            self.verdict.replace(Some(ServerVerdict::read(reply)?));
        }
        Ok(())
    }
}

impl Transport for Stream {
    fn whole_frames(&self) -> bool {
        true
    }

    /// The last frame is sent once all others have arrived, so that it is known to be the last.
    fn window(&self) -> usize {
        let left =
            self.frames_required.as_ref().map_or(1, |required| required - self.arrived.get());
        match left {
            0 | 1 => 1,
            left => self.line.client().window().min(left as usize - 1),
        }
    }

    fn open(self: Rc<Self>) -> LocalBoxFuture<'static, Result<Opened, Failure>> {
        Box::pin(async move {
            Ok(Opened {
                session_id: self.session_id.clone(),
                frames_required: self.frames_required.clone()?,
                expires_in_ms: f64::INFINITY,
            })
        })
    }

    fn send(self: Rc<Self>, picture: Captured) -> LocalBoxFuture<'static, Result<(), Failure>> {
        Box::pin(async move {
            self.post(picture).await?;
            self.arrived.set(self.arrived.get() + 1);
            Ok(())
        })
    }

    fn complete(
        self: Rc<Self>,
        _report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<ServerVerdict, Failure>> {
        Box::pin(async move {
            let missing = "every frame was accepted, but no answer held a verdict";
            let verdict = self.verdict.take();
            verdict.ok_or_else(|| Failure::new(FailureCode::UnexpectedResponse, missing))
        })
    }

    fn abort(&self) {
        self.line.abort();
    }
}
