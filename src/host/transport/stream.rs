//! The documented `POST /api/v1/fast-check-stream`: whole frames, one a request. The far side finds
//! the face itself; its answer to whichever frame arrives last carries the verdict.

use std::cell::RefCell;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::LocalBoxFuture;
use gloo_net::http::Method;
use js_sys::Reflect;
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::{FastCheckStreamRequest, Frame, Source, StreamStatus, VerdictData};

use super::crops::ModelChoice;
use super::http::{Call, Client, read};
use super::sessions::source_of;
use super::{Captured, Opened, Transport, new_uuid, version_header};
use crate::host::Failure;
use crate::host::options::Options;

pub(super) struct Stream {
    client: Rc<Client>,
    session_id: String,
    choice: ModelChoice,
    source: Source,
    frames_required: Result<u32, String>,
    verdict: RefCell<Option<VerdictData>>,
}

impl Stream {
    pub(super) fn new(client: Rc<Client>, options: &Options) -> Self {
        Self {
            client,
            session_id: new_uuid(),
            choice: ModelChoice::of(options),
            source: source_of(options),
            frames_required: options.frames_required(),
            verdict: RefCell::default(),
        }
    }
}

impl Transport for Stream {
    fn whole_frames(&self) -> bool {
        true
    }

    fn open(self: Rc<Self>) -> LocalBoxFuture<'static, Result<Opened, Failure>> {
        Box::pin(async move {
            let frames_required = self.frames_required.clone();
            let frames_required =
                frames_required.map_err(|e| Failure::new(FailureCode::InvalidOptions, e))?;
            Ok(Opened { session_id: self.session_id.clone(), frames_required })
        })
    }

    fn send(self: Rc<Self>, picture: Captured) -> LocalBoxFuture<'static, Result<(), Failure>> {
        Box::pin(async move {
            let body = FastCheckStreamRequest {
                session_id: self.session_id.clone(),
                model: self.choice.model.clone(),
                frame_count: self.choice.frame_count,
                source: self.source,
                frame: Frame {
                    index: picture.index,
                    timestamp_ms: picture.timestamp_ms,
                    pixels: STANDARD.encode(picture.png.ok_or(FailureCode::Internal)?),
                },
                warnings: None,
            };
            let call = Call::json(Method::POST, "/api/v1/fast-check-stream", &body)?
                .with_headers(version_header(&self.choice.version));
            let reply = self.client.fetch(&call).await?;
            let status = Reflect::get(&reply, &"status".into()).unwrap_or_default();
            if read::<StreamStatus>(status)? == StreamStatus::Complete {
                self.verdict.replace(Some(read(reply)?));
            }
            Ok(())
        })
    }

    fn complete(
        self: Rc<Self>,
        _report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<VerdictData, Failure>> {
        Box::pin(async move {
            let missing = "every frame was accepted, but no answer held a verdict";
            let verdict = self.verdict.take();
            verdict.ok_or_else(|| Failure::new(FailureCode::UnexpectedResponse, missing))
        })
    }

    fn abort(&self) {
        self.client.abort();
    }
}
