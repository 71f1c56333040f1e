//! Our session protocol (`docs/sessions.md`): crops go up one by one while the capture runs.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use liveness_capture_core::session::{first_run_of_attempt, least_session_left_ms};
use liveness_capture_core::{CaptureReport, FailureCode};
use liveness_protocol::check::MAX_FPS;
use liveness_protocol::session::RUN_PARAMETER;
use liveness_protocol::{
    CompleteRequest, CreateSessionRequest, ErrorCode, MODEL_VERSION_HEADER, SESSION_TOKEN_HEADER,
    SessionCreated, SessionState,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::contract::{Captured, Opened, ServerVerdict, Transport};
use super::http::{Call, Line, json, now_ms, read};
use crate::host::failure::Failure;
use crate::host::options::Options;
use crate::wire::{Body, GivenSession};

/// How often missing crops are sent again before the check is given up.
const MAX_RESUMES: u32 = 3;

/// What a [`liveness_protocol::SessionView`] says of the crops to send again.
#[derive(serde::Deserialize)]
struct Missing {
    missing: Vec<u32>,
}

/// What a [`liveness_protocol::SessionView`] says of a session that the back end has opened.
#[derive(serde::Deserialize)]
struct Given {
    state: SessionState,
    run: u32,
    frames_required: u32,
    ttl_seconds: u64,
}

/// The session that the runs of a check share.
#[derive(Default)]
pub(super) struct Slot(RefCell<Option<Held>>);

#[derive(Clone)]
struct Held {
    session_id: String,
    token: String,
    frames_required: u32,
    expires_ms: f64,
    /// With less time left it is too old for a run.
    least_left_ms: f64,
    /// The number of our first run in it: an earlier page may have sent crops to a given session.
    first_run: u32,
    /// Whether the back end has opened it: then there is no other, and it is not ours to give back.
    given: bool,
}

impl Held {
    fn call(&self, method: &'static str, tail: &str, body: Body) -> Call {
        let path = format!("/api/v1/sessions/{}{tail}", self.session_id);
        Call::new(method, path, body).header(SESSION_TOKEN_HEADER, &self.token)
    }

    fn opened(&self) -> Opened {
        Opened {
            session_id: self.session_id.clone(),
            frames_required: self.frames_required,
            expires_in_ms: self.expires_ms - now_ms(),
        }
    }
}

impl Slot {
    fn held(&self) -> Result<Held, Failure> {
        Ok(self.0.borrow().clone().ok_or(FailureCode::Internal)?)
    }

    /// The open session, if it has time enough for a run.
    fn opened(&self) -> Option<Opened> {
        let held = self.0.borrow();
        let held = held.as_ref()?;
        let opened = held.opened();
        (held.given || opened.expires_in_ms > held.least_left_ms).then_some(opened)
    }

    fn hold(&self, held: Held) -> Opened {
        let opened = held.opened();
        self.0.replace(Some(held));
        opened
    }

    /// The session's verdict, and no other one's. It is the session's end.
    fn verdict_of(&self, raw: JsValue) -> Result<ServerVerdict, Failure> {
        let verdict = ServerVerdict::read(raw)?;
        let is_own =
            |held: &mut Held| held.session_id.eq_ignore_ascii_case(&verdict.data.session_id);
        match self.0.borrow_mut().take_if(is_own) {
            Some(_) => Ok(verdict),
            None => Err(Failure::new(FailureCode::UnexpectedResponse, "another session's verdict")),
        }
    }

    /// The call that gives the session back, if we have opened it; once only.
    pub(super) fn delete_session_request(&self) -> Option<Call> {
        let held = self.0.take().filter(|held| !held.given)?;
        Some(held.call("DELETE", "", Body::Empty))
    }
}

/// Both become parts of addresses and headers.
fn check_plain(code: FailureCode, id: &str, token: &str) -> Result<(), Failure> {
    let plain =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#%".contains(&byte));
    if plain(id) && plain(token) {
        return Ok(());
    }
    Err(Failure::new(code, "session: an id or a token that cannot be sent"))
}

pub(super) struct Sessions {
    line: Line,
    create: CreateSessionRequest,
    model_version: Option<String>,
    given: Option<GivenSession>,
    interval_ms: f64,
    session: Rc<Slot>,
    run: u32,
    /// Indices of the crops sent. The worker keeps the crops until the end, so that those the gateway lost
    /// can be sent again.
    sent: RefCell<Vec<u32>>,
}

impl Sessions {
    pub(super) fn new(
        line: Line,
        options: &Options,
        session: Rc<Slot>,
        step: usize,
        run: u32,
    ) -> Self {
        let choice = options.models.get(step);
        let create = CreateSessionRequest {
            model: choice.and_then(|choice| choice.model()).map(str::to_owned),
            frame_count: options.frame_count.filter(|_| step == 0),
            source: Some(options.api_source()),
        };
        let model_version = choice.and_then(|choice| choice.version()).map(str::to_owned);
        let given = options.given.clone();
        Self {
            line,
            create,
            model_version,
            given,
            interval_ms: options.session.interval_ms(),
            session,
            run,
            sent: RefCell::default(),
        }
    }

    /// Opens a session.
    async fn create(&self) -> Result<Held, Failure> {
        let mut call =
            Call::new("POST", "/api/v1/sessions", Body::Json { json: json(&self.create)? });
        if let Some(version) = &self.model_version {
            call = call.header(MODEL_VERSION_HEADER, version);
        }
        let created: SessionCreated = read(self.line.fetch(&call).await?)?;
        check_plain(FailureCode::UnexpectedResponse, &created.session_id, &created.token)?;
        let lasts_ms = created.ttl_seconds as f64 * 1000.0;
        Ok(Held {
            session_id: created.session_id,
            token: created.token,
            frames_required: created.frames_required,
            expires_ms: now_ms() + lasts_ms,
            least_left_ms: least_session_left_ms(
                created.frames_required,
                self.interval_ms,
                lasts_ms,
            ),
            first_run: 0,
            given: false,
        })
    }

    /// Asks about a session that the back end has opened.
    async fn adopt(&self, given: &GivenSession) -> Result<Held, Failure> {
        check_plain(FailureCode::InvalidOptions, &given.id, &given.token)?;
        let mut held = Held {
            session_id: given.id.clone(),
            token: given.token.clone(),
            frames_required: 0,
            expires_ms: 0.0,
            least_left_ms: 0.0,
            first_run: 0,
            given: true,
        };
        let view: Given = read(self.line.fetch(&held.call("GET", "", Body::Empty)).await?)?;
        match view.state {
            SessionState::Open => {}
            SessionState::Expired => {
                return Err(FailureCode::from(ErrorCode::SessionExpired).into());
            }
            _ => return Err(FailureCode::from(ErrorCode::SessionClosed).into()),
        }
        held.frames_required = view.frames_required;
        held.expires_ms = now_ms() + view.ttl_seconds as f64 * 1000.0;
        held.first_run = first_run_of_attempt(view.run, view.ttl_seconds);
        Ok(held)
    }

    async fn put(&self, index: u32) -> Result<(), Failure> {
        let held = self.session.held()?;
        let tail = format!("/crops/{index}?{RUN_PARAMETER}={}", held.first_run + self.run);
        let call = held.call("PUT", &tail, Body::Picture { index });
        self.line.fetch(&call).await.map(drop)
    }

    async fn send_missing(&self) -> Result<(), Failure> {
        let call = self.session.held()?.call("GET", "", Body::Empty);
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
            // One that is too old for a run would take up a place until it expires.
            if let Some(call) = self.session.delete_session_request() {
                let this = self.clone();
                spawn_local(async move { drop(this.line.fetch(&call).await) });
            }
            let held = match &self.given {
                Some(given) => self.adopt(given).await?,
                None => self.create().await?,
            };
            Ok(self.session.hold(held))
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
            let held = self.session.held()?;
            let body = CompleteRequest {
                run: held.first_run + self.run,
                warnings: report.warnings.into_iter().map(Into::into).collect(),
                fps: Some(report.fps).filter(|fps| *fps > 0.0 && *fps <= MAX_FPS),
                jitter_ms: Some(report.jitter_ms).filter(|jitter| jitter.is_finite()),
                timestamps_ms: report.timestamps_ms,
            };
            let call = held.call("POST", "/complete", Body::Json { json: json(&body)? });
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
