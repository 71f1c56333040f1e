//! The documented `POST /api/v1/fast-check-crops`: one request with all crops at the end.

use std::cell::RefCell;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::LocalBoxFuture;
use gloo_net::http::Method;
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::model::RECOMMENDED_MODEL;
use liveness_protocol::{Crop, FastCheckCropsRequest, Source, VerdictData};

use super::http::{Call, Client, read};
use super::sessions::source_of;
use super::{Captured, Opened, Pictures, Transport, new_uuid, version_header};
use crate::host::Failure;
use crate::host::options::Options;

pub(super) struct Crops {
    client: Rc<Client>,
    session_id: String,
    choice: ModelChoice,
    source: Source,
    frames_required: Result<u32, String>,
    crops: RefCell<Pictures>,
}

/// How the request names the model: by id, or by version and frame count.
pub(super) struct ModelChoice {
    pub model: Option<String>,
    pub frame_count: Option<u32>,
    pub version: Option<String>,
}

impl ModelChoice {
    pub(super) fn of(options: &Options) -> Self {
        let version = options.model_version.clone();
        let by_id = version.is_none();
        let id = options.model.clone().unwrap_or_else(|| RECOMMENDED_MODEL.to_owned());
        Self { model: by_id.then_some(id), frame_count: options.frame_count, version }
    }
}

impl Crops {
    pub(super) fn new(client: Rc<Client>, options: &Options) -> Self {
        Self {
            client,
            session_id: new_uuid(),
            choice: ModelChoice::of(options),
            source: source_of(options),
            frames_required: options.frames_required(),
            crops: RefCell::default(),
        }
    }
}

impl Transport for Crops {
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
            self.crops.borrow_mut().insert(picture);
            Ok(())
        })
    }

    fn complete(
        self: Rc<Self>,
        report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<VerdictData, Failure>> {
        Box::pin(async move {
            let crops = self.crops.take().0;
            let crops = crops
                .into_iter()
                .map(|crop| Some(Crop { index: crop.index, pixels: STANDARD.encode(crop.png?) }))
                .collect::<Option<_>>()
                .ok_or(FailureCode::Internal)?;
            let body = FastCheckCropsRequest {
                session_id: self.session_id.clone(),
                model: self.choice.model.clone(),
                frame_count: self.choice.frame_count,
                source: self.source,
                crops,
                bg_segmentation: None,
                warnings: Some(report.warnings).filter(|warnings| !warnings.is_empty()),
            };
            let call = Call::json(Method::POST, "/api/v1/fast-check-crops", &body)?
                .with_headers(version_header(&self.choice.version));
            read(self.client.fetch(&call).await?)
        })
    }

    fn abort(&self) {
        self.client.abort();
        self.crops.take();
    }
}
