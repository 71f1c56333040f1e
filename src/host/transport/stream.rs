//! The documented `POST /api/v1/fast-check-stream`: whole frames, one per request. The server finds
//! the face itself; its answer to the last frame, which carries the capture's warnings, has the verdict.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use js_sys::Reflect;
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::{FastCheckStreamRequest, Frame, ModelChoice, Source, StreamStatus};

use super::contract::{Captured, Opened, ServerVerdict, Transport, new_uuid};
use super::crops::{paid, warnings};
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
    /// The last frame, which waits for the others: it starts the check.
    last: Cell<Option<Captured>>,
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
            last: Cell::default(),
            verdict: RefCell::default(),
        }
    }

    /// With the report, the last frame.
    async fn post(&self, picture: Captured, report: Option<&CaptureReport>) -> Result<(), Failure> {
        let body = FastCheckStreamRequest {
            fps: None,
            device_intelligence: None,
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
            warnings: report.and_then(warnings),
        };
        let body = Body::Frame { json: json(&body)?, index: picture.index };
        let mut call = paid("/api/v1/fast-check-stream", body, &self.choice);
        // Only the last frame starts a check; the others may be sent any number of times.
        if report.is_none() {
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

    fn window(&self) -> usize {
        self.line.client().window()
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
            if self.frames_required.as_ref().is_ok_and(|required| picture.index + 1 >= *required) {
                self.last.set(Some(picture));
                return Ok(());
            }
            self.post(picture, None).await
        })
    }

    fn complete(
        self: Rc<Self>,
        report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<ServerVerdict, Failure>> {
        Box::pin(async move {
            if let Some(last) = self.last.take() {
                self.post(last, Some(&report)).await?;
            }
            let missing = "every frame was accepted, but no answer held a verdict";
            let verdict = self.verdict.take();
            verdict.ok_or_else(|| Failure::new(FailureCode::UnexpectedResponse, missing))
        })
    }

    fn abort(&self) {
        self.line.abort();
    }
}
