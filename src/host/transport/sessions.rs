//! Our session protocol (`docs/sessions.md`): crops go up one by one while the capture runs.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::session::RUN_PARAMETER;
use liveness_protocol::{
    CompleteRequest, CreateSessionRequest, ErrorCode, MODEL_VERSION_HEADER, SESSION_TOKEN_HEADER,
    SessionCreated,
};
use wasm_bindgen::JsValue;

use super::contract::{Captured, Opened, ServerVerdict, Transport};
use super::http::{Call, Line, json, now_ms, read};
use crate::host::failure::Failure;
use crate::host::options::Options;
use crate::wire::Body;

/// How often missing crops are sent again before the check is given up.
const MAX_RESUMES: u32 = 3;
/// A session with less time left than this is abandoned for a new one.
const LEAST_MS: f64 = 60_000.0;

/// What a [`liveness_protocol::SessionView`] says of the crops to send again.
#[derive(serde::Deserialize)]
struct Missing {
    missing: Vec<u32>,
}

/// The session that the runs of a check share.
#[derive(Default)]
pub(super) struct Slot(RefCell<Option<Held>>);

struct Held {
    created: SessionCreated,
    expires_ms: f64,
}

impl Slot {
    fn call(&self, method: &'static str, tail: &str, body: Body) -> Result<Call, Failure> {
        let held = self.0.borrow();
        let created = &held.as_ref().ok_or(FailureCode::Internal)?.created;
        let path = format!("/api/v1/sessions/{}{tail}", created.session_id);
        Ok(Call::new(method, path, body).header(SESSION_TOKEN_HEADER, &created.token))
    }

    /// The open session, if it has time enough for a run.
    fn opened(&self) -> Option<Opened> {
        let held = self.0.borrow();
        let Held { created, expires_ms } = held.as_ref()?;
        let expires_in_ms = expires_ms - now_ms();
        (expires_in_ms > LEAST_MS).then(|| Opened {
            session_id: created.session_id.clone(),
            frames_required: created.frames_required,
            expires_in_ms,
        })
    }

    /// The session's verdict, and no other one's.
    fn verdict_of(&self, raw: JsValue) -> Result<ServerVerdict, Failure> {
        let verdict = ServerVerdict::read(raw)?;
        let held = self.0.borrow();
        let id = held.as_ref().map(|held| held.created.session_id.as_str());
        match id.is_some_and(|id| id.eq_ignore_ascii_case(&verdict.data.session_id)) {
            true => Ok(verdict),
            false => {
                Err(Failure::new(FailureCode::UnexpectedResponse, "another session's verdict"))
            }
        }
    }

    /// The call that gives the session back; once only.
    pub(super) fn farewell(&self) -> Option<Call> {
        let call = self.call("DELETE", "", Body::Empty).ok();
        self.0.take();
        call
    }
}

pub(super) struct Sessions {
    line: Line,
    create: CreateSessionRequest,
    model_version: Option<String>,
    session: Rc<Slot>,
    run: u32,
    /// Indices of the crops sent. The worker keeps the crops until the end, so that those the gateway lost
    /// can be sent again.
    sent: RefCell<Vec<u32>>,
}

impl Sessions {
    pub(super) fn new(line: Line, options: &Options, session: Rc<Slot>, run: u32) -> Self {
        let choice = options.model.as_ref();
        let create = CreateSessionRequest {
            model: choice.and_then(|choice| choice.model()).map(str::to_owned),
            frame_count: options.frame_count,
            source: Some(options.api_source()),
        };
        let model_version = choice.and_then(|choice| choice.version()).map(str::to_owned);
        Self { line, create, model_version, session, run, sent: RefCell::default() }
    }

    async fn put(&self, index: u32) -> Result<(), Failure> {
        let tail = format!("/crops/{index}?{RUN_PARAMETER}={}", self.run);
        let call = self.session.call("PUT", &tail, Body::Picture { index })?;
        self.line.fetch(&call).await.map(drop)
    }

    async fn send_missing(&self) -> Result<(), Failure> {
        let call = self.session.call("GET", "", Body::Empty)?;
        let missing: Missing = read(self.line.fetch(&call).await?)?;
        for index in missing.missing {
            if !self.sent.borrow().contains(&index) {
                return Err(FailureCode::UnexpectedResponse.into());
            }
            self.put(index).await?;
        }
        Ok(())
    }
}

impl Transport for Sessions {
    fn window(&self) -> usize {
        self.line.client().window()
    }

    fn open(self: Rc<Self>) -> LocalBoxFuture<'static, Result<Opened, Failure>> {
        Box::pin(async move {
            if let Some(opened) = self.session.opened() {
                return Ok(opened);
            }
            let mut call =
                Call::new("POST", "/api/v1/sessions", Body::Json { json: json(&self.create)? });
            if let Some(version) = &self.model_version {
                call = call.header(MODEL_VERSION_HEADER, version);
            }
            let created: SessionCreated = read(self.line.fetch(&call).await?)?;
            // It becomes a part of addresses and a header.
            let plain = |text: &str| {
                text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#%".contains(&byte))
            };
            if !plain(&created.session_id) || !plain(&created.token) {
                let what = "a session id or token that cannot be sent";
                return Err(Failure::new(FailureCode::UnexpectedResponse, what));
            }
            let expires_in_ms = created.ttl_seconds as f64 * 1000.0;
            let opened = Opened {
                session_id: created.session_id.clone(),
                frames_required: created.frames_required,
                expires_in_ms,
            };
            self.session.0.replace(Some(Held { created, expires_ms: now_ms() + expires_in_ms }));
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
    ) -> LocalBoxFuture<'static, Result<ServerVerdict, Failure>> {
        Box::pin(async move {
            let body = CompleteRequest {
                run: self.run,
                warnings: report.warnings.into_iter().map(Into::into).collect(),
                fps: Some(report.fps).filter(|fps| *fps > 0.0 && *fps <= 120.0),
                jitter_ms: Some(report.jitter_ms).filter(|jitter| jitter.is_finite()),
                timestamps_ms: report.timestamps_ms,
            };
            let call = self.session.call("POST", "/complete", Body::Json { json: json(&body)? })?;
            let mut resumes = 0;
            loop {
                match self.line.fetch(&call).await {
                    Err(failure)
                        if failure.code == FailureCode::Api(ErrorCode::MissingCrops)
                            && resumes < MAX_RESUMES =>
                    {
                        resumes += 1;
                        self.send_missing().await?;
                    }
                    result => return self.session.verdict_of(result?),
                }
            }
        })
    }

    fn abort(&self) {
        self.line.abort();
    }
}
