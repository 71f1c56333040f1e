//! The documented `POST /api/v1/fast-check-crops`: one request with all crops at the end.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use liveness_capture_core::CaptureReport;
use liveness_protocol::{FastCheckCropsRequest, MODEL_VERSION_HEADER, ModelChoice, Source};

use super::contract::{Captured, Opened, ServerVerdict, Transport, new_uuid};
use super::http::{Call, Line, Repeat, json};
use crate::host::failure::Failure;
use crate::host::options::{Options, UPLOAD_MS_PER_PICTURE};
use crate::wire::Body;

pub(super) struct Crops {
    line: Line,
    session_id: String,
    choice: ModelChoice,
    source: Source,
    frames_required: Result<u32, Failure>,
}

impl Crops {
    pub(super) fn new(line: Line, options: &Options, step: usize) -> Self {
        Self {
            line,
            session_id: new_uuid(),
            choice: options.documented_model(step),
            source: options.api_source(),
            frames_required: options.frames_required(step),
        }
    }
}

/// A call that may start a check, which is paid for.
pub(super) fn paid(path: &str, body: Body, choice: &ModelChoice) -> Call {
    let call = Call { repeat: Repeat::MayCost, ..Call::new("POST", path, body) };
    match choice.version() {
        Some(version) => call.header(MODEL_VERSION_HEADER, version),
        None => call,
    }
}

/// What readers of the verdict should know, as the documented requests say it.
pub(super) fn warnings(report: &CaptureReport) -> Option<Vec<String>> {
    let warnings: Vec<_> = report.warnings.iter().map(|warning| warning.text()).collect();
    Some(warnings).filter(|warnings| !warnings.is_empty())
}

impl Transport for Crops {
    fn window(&self) -> usize {
        usize::MAX
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

    /// Nothing to do yet: the worker keeps the picture.
    fn send(self: Rc<Self>, _: Captured) -> LocalBoxFuture<'static, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn complete(
        self: Rc<Self>,
        report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<ServerVerdict, Failure>> {
        Box::pin(async move {
            let body = FastCheckCropsRequest {
                device_intelligence: None,
                metadata: None,
                session_id: self.session_id.clone(),
                model: self.choice.model().map(str::to_owned),
                frame_count: self.choice.frame_count(),
                source: self.source,
                // The worker fills them in.
                crops: Vec::new(),
                fps: self.choice.resolve().is_ok_and(|model| model.needs_fps).then_some(report.fps),
                bg_segmentation: None,
                warnings: warnings(&report),
            };
            let body = Body::Crops { json: json(&body)? };
            let mut call = paid("/api/v1/fast-check-crops", body, &self.choice);
            call.extra_ms = report.timestamps_ms.len() as f64 * UPLOAD_MS_PER_PICTURE;
            ServerVerdict::read(self.line.fetch(&call).await?)
        })
    }

    fn abort(&self) {
        self.line.abort();
    }
}
