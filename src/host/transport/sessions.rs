//! Our session protocol (`docs/sessions.md`): crops go up one by one while the capture runs.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use gloo_net::http::Method;
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::{
    CompleteRequest, CreateSessionRequest, CropAccepted, ErrorCode, SessionCreated, SessionView,
    Source, VerdictData,
};

use super::http::{Body, Call, Client, read};
use super::{Captured, Opened, Transport, version_header};
use crate::host::Failure;
use crate::host::courier::{Courier, Kept};
use crate::host::options::{MediaSource, Options};

/// How often missing crops are sent again before the check is given up.
const MAX_RESUMES: u32 = 3;

pub(super) struct Sessions {
    client: Rc<Client>,
    create: CreateSessionRequest,
    model_version: Option<String>,
    session: RefCell<Option<SessionCreated>>,
    courier: Rc<Courier>,
    run: u32,
    /// Indices of what was sent. The worker keeps the crops until the end, so that a gateway that lost
    /// some can be given them again.
    sent: RefCell<Vec<u32>>,
}

/// Camera or file, in the API's words.
pub(super) fn source_of(options: &Options) -> Source {
    match options.source {
        MediaSource::Camera => Source::Live,
        _ => Source::Media,
    }
}

impl Sessions {
    pub(super) fn new(
        client: Rc<Client>,
        options: &Options,
        courier: Rc<Courier>,
        run: u32,
    ) -> Self {
        let create = CreateSessionRequest {
            model: options.model.clone(),
            frame_count: options.frame_count,
            source: Some(source_of(options)),
        };
        Self {
            client,
            create,
            model_version: options.model_version.clone(),
            session: RefCell::default(),
            courier,
            run,
            sent: RefCell::default(),
        }
    }

    fn call(&self, method: Method, tail: &str, body: Option<Body>) -> Result<Call, Failure> {
        let session = self.session.borrow();
        let session = session.as_ref().ok_or(FailureCode::Internal)?;
        let bearer = ("authorization".to_owned(), format!("Bearer {}", session.token));
        let path = format!("/api/v1/sessions/{}{tail}", session.session_id);
        Ok(Call { method, path, headers: vec![bearer], body })
    }

    async fn put(&self, index: u32) -> Result<(), Failure> {
        let crop = Body::Kept(Kept { run: self.run, index });
        let call = self.call(Method::PUT, &format!("/crops/{index}"), Some(crop))?;
        read::<CropAccepted>(self.client.fetch(&call).await?).map(drop)
    }

    async fn send_missing(&self) -> Result<(), Failure> {
        let call = self.call(Method::GET, "", None)?;
        let view: SessionView = read(self.client.fetch(&call).await?)?;
        for index in view.missing {
            if !self.sent.borrow().contains(&index) {
                return Err(FailureCode::UnexpectedResponse.into());
            }
            self.put(index).await?;
        }
        Ok(())
    }
}

impl Transport for Sessions {
    fn sends_kept(&self) -> bool {
        true
    }

    fn open(self: Rc<Self>) -> LocalBoxFuture<'static, Result<Opened, Failure>> {
        Box::pin(async move {
            let call = Call::json(Method::POST, "/api/v1/sessions", &self.create)?
                .with_headers(version_header(&self.model_version));
            let created: SessionCreated = read(self.client.fetch(&call).await?)?;
            let opened = Opened {
                session_id: created.session_id.clone(),
                frames_required: created.frames_required,
            };
            self.session.replace(Some(created));
            Ok(opened)
        })
    }

    fn send(self: Rc<Self>, picture: Captured) -> LocalBoxFuture<'static, Result<(), Failure>> {
        Box::pin(async move {
            self.sent.borrow_mut().push(picture.index);
            self.put(picture.index).await
        })
    }

    fn complete(
        self: Rc<Self>,
        report: CaptureReport,
    ) -> LocalBoxFuture<'static, Result<VerdictData, Failure>> {
        Box::pin(async move {
            let body = CompleteRequest {
                warnings: report.warnings,
                fps: Some(report.fps).filter(|fps| *fps > 0.0 && *fps <= 120.0),
                jitter_ms: Some(report.jitter_ms).filter(|jitter| jitter.is_finite()),
                timestamps_ms: report.timestamps_ms,
            };
            let call = self.call(Method::POST, "/complete", Some(Body::json(&body)?))?;
            let mut resumes = 0;
            loop {
                match self.client.fetch(&call).await {
                    Err(failure)
                        if failure.code == FailureCode::Api(ErrorCode::MissingCrops)
                            && resumes < MAX_RESUMES =>
                    {
                        resumes += 1;
                        self.send_missing().await?;
                    }
                    result => return read(result?),
                }
            }
        })
    }

    fn abort(&self) {
        self.client.abort();
        self.courier.abort(self.run);
    }
}
