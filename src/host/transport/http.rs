//! A request with a time limit, abort, and retries by the pure policy.

use std::cell::Cell;
use std::rc::Rc;

use futures_util::future::{Either, select};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Object, Reflect};
use liveness_capture_core::{FailureCode, UploadWindow};
use liveness_protocol::{
    EnvelopeError, EnvelopeHead, RetryPolicy, parse_retry_after, status_allows_retry,
    status_turns_away,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

use super::http_method_fallback::CropMethod;
use crate::host::courier::Courier;
use crate::host::failure::{Failure, to_js};
use crate::host::options::{Options, longer};
use crate::wire::{Answered, Body, Credentials, HttpRequest};

/// How often a picture that waits for its turn looks whether it has come, in milliseconds.
const TURN_MS: u32 = 200;

/// Whether a call whose outcome is unknown may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Always: the server takes it as the same call.
    Always,
    /// Never: it may start a check, which is paid for.
    MayCost,
}

/// A request that can be made again.
#[derive(Clone)]
pub(super) struct Call {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub repeat: Repeat,
    /// Added to the time limit for large bodies.
    pub extra_ms: f64,
}

impl Call {
    pub(super) fn new(method: &'static str, path: impl Into<String>, body: Body) -> Self {
        let (headers, repeat) = (Vec::new(), Repeat::Always);
        Self { method, path: path.into(), headers, body, repeat, extra_ms: 0.0 }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A value as a request's plain object.
pub(super) fn json<T: Serialize>(body: &T) -> Result<JsValue, Failure> {
    to_js(body).map_err(|error| Failure::new(FailureCode::Internal, error.to_string()))
}

/// What all requests of a check have in common.
pub(in crate::host) struct Client {
    base: String,
    headers: Vec<(String, String)>,
    credentials: Credentials,
    timeout_ms: f64,
    policy: RetryPolicy,
    courier: Rc<Courier>,
    window: Cell<UploadWindow>,
    /// Pictures on their way.
    in_flight: Cell<usize>,
    method: Cell<CropMethod>,
    /// The last answer that has a request made again later, and its run.
    delay: Cell<Option<(u32, FailureCode)>>,
}

impl Client {
    pub(in crate::host) fn new(options: &Options, courier: Rc<Courier>) -> Rc<Self> {
        Rc::new(Self {
            base: options.endpoint.clone(),
            headers: options.headers.clone(),
            credentials: options.credentials,
            timeout_ms: options.request_timeout_ms,
            // Long enough for a lift or a tunnel; the session bounds the whole upload.
            policy: RetryPolicy { max_attempts: 8, ..RetryPolicy::default() },
            courier,
            window: Cell::default(),
            in_flight: Cell::default(),
            method: Cell::default(),
            delay: Cell::default(),
        })
    }

    /// Why a run's request is made again later, unless one has succeeded since; once only.
    pub(super) fn delay(&self) -> Option<(u32, FailureCode)> {
        self.delay.take()
    }

    /// How many pictures may be on their way at once.
    pub(super) fn window(&self) -> usize {
        self.window.get().width() as usize
    }

    /// The request for a call; `redirect` as `fetch` takes it.
    pub(super) fn request(&self, call: &Call, redirect: &'static str) -> HttpRequest {
        let content_type = match call.body {
            Body::Empty => None,
            Body::Picture { .. } => Some("image/png"),
            Body::Json { .. } | Body::Crops { .. } | Body::Frame { .. } => Some("application/json"),
        };
        let content_type = content_type.map(|kind| ("content-type".to_owned(), kind.to_owned()));
        let headers = self.headers.iter().chain(&call.headers).cloned().chain(content_type);
        let method = match call.method {
            "PUT" if self.method.get().is_post() => "POST",
            method => method,
        };
        HttpRequest {
            method,
            url: format!("{}{}", self.base, call.path),
            headers: headers.collect(),
            credentials: self.credentials,
            redirect,
            timeout_ms: longer(self.timeout_ms, call.extra_ms),
            body: call.body.clone(),
        }
    }
}

/// The requests of one run. [`Line::abort`] ends them all.
pub(super) struct Line {
    client: Rc<Client>,
    run: u32,
    aborted: Cell<bool>,
}

/// A call that failed, and what to do about it.
struct Setback {
    failure: Failure,
    again: bool,
    retry_after_ms: Option<f64>,
}

impl Line {
    pub(super) fn new(client: Rc<Client>, run: u32) -> Self {
        Self { client, run, aborted: Cell::new(false) }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Ends every request; their futures fail.
    pub(super) fn abort(&self) {
        self.aborted.set(true);
        self.client.courier.abort(self.run);
    }

    /// Repeats `call` until it succeeds, fails for good or the policy gives up. Returns the envelope's payload.
    pub(super) async fn fetch(&self, call: &Call) -> Result<JsValue, Failure> {
        let mut attempt = 1;
        // How many attempts before this one were lost, without another in between.
        let mut losses = 0;
        let mut redirected: Option<Failure> = None;
        loop {
            // A redirect that leads nowhere looks like a lost connection, unless it is not followed.
            let redirect = if losses == 1 && attempt == 2 { "manual" } else { "follow" };
            let result = self.attempt(call, redirect).await;
            if self.aborted.get() {
                return Err(Failure::new(FailureCode::NetworkError, "aborted"));
            }
            let setback = match result {
                Ok(payload) => {
                    self.client.delay.take();
                    return Ok(payload);
                }
                Err(setback) => setback,
            };
            if !setback.again {
                return Err(setback.failure);
            }
            let Setback { failure, retry_after_ms, .. } = setback;
            if failure.code == FailureCode::NetworkError {
                losses += 1;
                // One loss may be chance, also beside a redirect to where it should lead.
                if losses == 2
                    && let Some(redirected) = redirected
                {
                    return Err(redirected);
                }
            } else {
                losses = 0;
                // Repeated only if it stands for a redirect.
                redirected =
                    Some(&failure).filter(|it| it.code == FailureCode::ProxyRefused).cloned();
            }
            if matches!(failure.code, FailureCode::Api(_) | FailureCode::ProxyUnavailable) {
                self.client.delay.set(Some((self.run, failure.code)));
            }
            let delay =
                self.client.policy.delay_ms(attempt, retry_after_ms, js_sys::Math::random());
            let Some(delay) = delay else { return Err(failure) };
            attempt += 1;
            // `Retry-After` is honoured; after a lost connection, try again as soon as it is back.
            pause(delay, retry_after_ms.is_none()).await;
            if self.aborted.get() {
                return Err(failure);
            }
        }
    }

    async fn attempt(&self, call: &Call, redirect: &'static str) -> Result<JsValue, Setback> {
        let in_flight = &self.client.in_flight;
        let picture = matches!(call.body, Body::Picture { .. } | Body::Frame { .. });
        loop {
            // Those that ran into their limit together must not share the line again.
            while picture && in_flight.get() >= self.client.window() && !self.aborted.get() {
                TimeoutFuture::new(TURN_MS).await;
            }
            let request = self.client.request(call, redirect);
            let put = request.method == "PUT";
            let began_ms = now_ms();
            in_flight.set(in_flight.get() + usize::from(picture));
            let answer = self.client.courier.send(self.run, request).await;
            in_flight.set(in_flight.get() - usize::from(picture));
            if picture && !self.aborted.get() {
                let mut window = self.client.window.get();
                window.observe(now_ms() - began_ms, answer.is_ok());
                self.client.window.set(window);
                if call.method == "PUT" {
                    let mut method = self.client.method.get();
                    method.observe(!put, answer.is_ok());
                    self.client.method.set(method);
                }
            }
            let answer = answer.map_err(|failure| unanswered(failure, call.repeat))?;
            return match payload(&answer) {
                Ok(payload) => Ok(payload),
                // A firewall that blocks PUT; the gateway takes POST for the same.
                Err(EnvelopeError::Foreign { status: 403 | 405 | 501 }) if put => {
                    let mut method = self.client.method.get();
                    method.refuse_put();
                    self.client.method.set(method);
                    continue;
                }
                Err(error) => Err(refused(error, &answer, call.repeat)),
            };
        }
    }
}

/// The request's outcome is unknown.
fn unanswered(failure: Failure, repeat: Repeat) -> Setback {
    let lost = matches!(failure.code, FailureCode::NetworkError | FailureCode::RequestTimeout);
    Setback { failure, again: lost && repeat == Repeat::Always, retry_after_ms: None }
}

fn refused(error: EnvelopeError, answer: &Answered, repeat: Repeat) -> Setback {
    // Where the server has not named a code: with other statuses it may have begun.
    let by_status = repeat == Repeat::Always || status_turns_away(answer.status);
    let again = match &error {
        EnvelopeError::Failed { code, named, .. } => code.again() && (*named || by_status),
        // A redirect that was not followed.
        EnvelopeError::Foreign { status: 0 } => true,
        EnvelopeError::Foreign { status } => status_allows_retry(*status) && by_status,
        // The statuses that allow it have a code.
        EnvelopeError::Unlisted { .. } => false,
        EnvelopeError::Malformed(_) => false,
    };
    let retry_after_ms = answer.retry_after.as_deref().and_then(|value| {
        parse_retry_after(value, answer.date.as_deref(), js_sys::Date::now(), parse_date)
    });
    Setback { failure: server_failure(error), again, retry_after_ms }
}

/// An HTTP date in milliseconds since 1970, as the browser reads it.
fn parse_date(text: &str) -> Option<f64> {
    Some(js_sys::Date::parse(text)).filter(|time| time.is_finite())
}

/// Milliseconds on a monotonic clock, if the browser has one.
pub(super) fn now_ms() -> f64 {
    let clock = web_sys::window().and_then(|window| window.performance());
    clock.map_or_else(js_sys::Date::now, |clock| clock.now())
}

async fn pause(delay_ms: f64, wake_when_online: bool) {
    let (wake, online) = futures_util::future::abortable(std::future::pending::<()>());
    let listener = web_sys::window()
        .filter(|_| wake_when_online)
        .map(|window| EventListener::once(&window, "online", move |_| online.abort()));
    match select(TimeoutFuture::new(delay_ms as u32), wake).await {
        Either::Left(_) | Either::Right(_) => drop(listener),
    }
}

/// The payload of an answer, unread.
fn payload(answer: &Answered) -> Result<JsValue, EnvelopeError> {
    head(&answer.body).check(answer.status)?;
    Ok(field(&answer.body, "data"))
}

/// A field; undefined if the value is not an object.
fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or_default()
}

/// What tells success from failure. Read by hand: a general reader of JSON would be a tenth of the module.
fn head(body: &JsValue) -> EnvelopeHead {
    let mut keys = Vec::new();
    if let Ok(errors) = field(body, "errors").dyn_into::<Array>() {
        for error in errors.iter().filter_map(|error| error.dyn_into::<Object>().ok()) {
            keys.extend(Object::keys(&error).iter().filter_map(|key| key.as_string()));
        }
    }
    keys.extend(field(body, "error").as_string());
    EnvelopeHead {
        success: field(body, "success").as_bool(),
        message: field(body, "message").as_string(),
        keys,
    }
}

/// Reads a payload.
pub(super) fn read<T: DeserializeOwned>(payload: JsValue) -> Result<T, Failure> {
    crate::wire::read::read(payload)
        .map_err(|error| server_failure(EnvelopeError::Malformed(error.to_string())))
}

/// An unsuccessful answer as a failure, with the server's own message.
fn server_failure(error: EnvelopeError) -> Failure {
    match error {
        EnvelopeError::Failed { code, message, .. } => {
            let detail = Some(message).filter(|said| !said.is_empty());
            Failure { code: FailureCode::Api(code), detail }
        }
        EnvelopeError::Foreign { status } => {
            let detail = match status {
                0 => "redirected to where no answer comes from".to_owned(),
                _ => format!("HTTP {status}"),
            };
            Failure::new(FailureCode::of_foreign_status(status), detail)
        }
        EnvelopeError::Malformed(detail) => Failure::new(FailureCode::UnexpectedResponse, detail),
        EnvelopeError::Unlisted { status, key, message } => {
            let detail = format!("HTTP {status}, {key}: {message}");
            Failure::new(FailureCode::UnexpectedResponse, detail)
        }
    }
}
