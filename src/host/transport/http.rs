//! One HTTP request with a time limit, abort, and retries as the pure policy says.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{Either, select};
use gloo_events::EventListener;
use gloo_net::http::{Headers, Method, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use js_sys::{JSON, Reflect};
use liveness_capture_core::{FailureCode, RetryPolicy, parse_retry_after, retriable_status};
use liveness_protocol::{EnvelopeError, Outcome};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, RequestCredentials};

use crate::host::courier::{self, Courier, Kept};
use crate::host::failure::{Failure, js_text, to_js};
use crate::host::options::Options;
use crate::host::worker::object;

/// What a request carries.
#[derive(Clone)]
pub(super) enum Body {
    Json(String),
    /// A crop, as a PNG, by the worker that keeps it.
    Kept(Kept),
}

/// A request that can be sent again.
#[derive(Clone)]
pub(super) struct Call {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Body>,
}

impl Body {
    pub(super) fn json<T: serde::Serialize>(body: &T) -> Result<Self, Failure> {
        let internal = |error: JsValue| Failure::new(FailureCode::Internal, js_text(&error));
        let value = to_js(body).map_err(|error| internal(error.into()))?;
        JSON::stringify(&value).map(|text| Self::Json(text.into())).map_err(internal)
    }
}

impl Call {
    pub(super) fn json<T: serde::Serialize>(
        method: Method,
        path: impl Into<String>,
        body: &T,
    ) -> Result<Self, Failure> {
        let body = Some(Body::json(body)?);
        Ok(Self { method, path: path.into(), headers: Vec::new(), body })
    }

    pub(super) fn with_headers(mut self, headers: Vec<(String, String)>) -> Self {
        self.headers.extend(headers);
        self
    }
}

struct Answer {
    status: u16,
    retry_after_ms: Option<f64>,
    body: String,
}

/// Requests of one run. [`Client::abort`] ends them all.
pub(super) struct Client {
    base: String,
    headers: Vec<(String, String)>,
    credentials: RequestCredentials,
    timeout_ms: f64,
    policy: RetryPolicy,
    courier: Rc<Courier>,
    aborted: Cell<bool>,
    controllers: RefCell<Vec<AbortController>>,
}

/// An HTTP date in milliseconds since 1970, as the browser reads it.
fn parse_date(text: &str) -> Option<f64> {
    Some(js_sys::Date::parse(text)).filter(|time| time.is_finite())
}

fn retry_after_ms(header: &str) -> Option<f64> {
    parse_retry_after(header, js_sys::Date::now(), parse_date)
}

/// The payload of an answer, unread. The browser parses: no module can do that in less room.
fn payload(answer: &Answer) -> Result<JsValue, EnvelopeError> {
    let body = match JSON::parse(&answer.body) {
        Ok(body) => body,
        Err(error) if (200..300).contains(&answer.status) => {
            return Err(EnvelopeError::Malformed(js_text(&error)));
        }
        Err(_) => JsValue::NULL,
    };
    // What is no object says nothing of itself.
    let outcome: Outcome = serde_wasm_bindgen::from_value(body.clone()).unwrap_or_default();
    outcome.check(answer.status)?;
    Ok(Reflect::get(&body, &"data".into()).unwrap_or_default())
}

/// Reads a payload.
pub(super) fn read<T: DeserializeOwned>(payload: JsValue) -> Result<T, Failure> {
    serde_wasm_bindgen::from_value(payload)
        .map_err(|error| server_failure(EnvelopeError::Malformed(error.to_string())))
}

/// An answer's failure with what the server called it.
fn server_failure(error: EnvelopeError) -> Failure {
    let code = match &error {
        EnvelopeError::Failed { code, .. } => FailureCode::Api(*code),
        EnvelopeError::Malformed(_) => FailureCode::UnexpectedResponse,
    };
    let (EnvelopeError::Failed { message: detail, .. } | EnvelopeError::Malformed(detail)) = error;
    Failure::new(code, detail)
}

impl Client {
    pub(super) fn new(options: &Options, courier: Rc<Courier>) -> Rc<Self> {
        Rc::new(Self {
            base: options.endpoint.clone(),
            headers: options.headers.clone(),
            credentials: options.credentials,
            timeout_ms: options.request_timeout_ms,
            // Long enough for a lift or a tunnel; the session bounds the whole upload.
            policy: RetryPolicy { max_attempts: 8, ..RetryPolicy::default() },
            courier,
            aborted: Cell::new(false),
            controllers: RefCell::default(),
        })
    }

    /// Ends every request; their futures fail.
    pub(super) fn abort(&self) {
        self.aborted.set(true);
        for controller in self.controllers.take() {
            controller.abort();
        }
    }

    /// Sends `call` until it succeeds, fails for good or the policy gives up; the envelope's payload.
    pub(super) async fn fetch(&self, call: &Call) -> Result<JsValue, Failure> {
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(call).await;
            if self.aborted.get() {
                return Err(Failure::new(FailureCode::NetworkError, "aborted"));
            }
            let (failure, retry_after_ms) = match outcome {
                Ok(answer) => match payload(&answer) {
                    Ok(payload) => return Ok(payload),
                    Err(error) if retriable_status(answer.status) => {
                        (server_failure(error), answer.retry_after_ms)
                    }
                    Err(error) => return Err(server_failure(error)),
                },
                // Without its worker the check is over.
                Err(failure) if failure.code == FailureCode::EngineCrashed => return Err(failure),
                Err(failure) => (failure, None),
            };
            let delay = self.policy.delay_ms(attempt, retry_after_ms, js_sys::Math::random());
            let Some(delay) = delay else { return Err(failure) };
            attempt += 1;
            // A server's wish to wait is obeyed; a lost connection is tried as soon as it is back.
            self.pause(delay, retry_after_ms.is_none()).await;
            if self.aborted.get() {
                return Err(failure);
            }
        }
    }

    async fn pause(&self, delay_ms: f64, wake_when_online: bool) {
        let (wake, online) = futures_util::future::abortable(std::future::pending::<()>());
        let listener = web_sys::window()
            .filter(|_| wake_when_online)
            .map(|window| EventListener::once(&window, "online", move |_| online.abort()));
        select(TimeoutFuture::new(delay_ms as u32), wake).await;
        drop(listener);
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Failure> {
        match &call.body {
            None => self.by_page(call, None).await,
            Some(Body::Json(text)) => self.by_page(call, Some(text)).await,
            Some(Body::Kept(crop)) => self.by_worker(call, *crop).await,
        }
    }

    async fn by_worker(&self, call: &Call, crop: Kept) -> Result<Answer, Failure> {
        let content_type = ("content-type".to_owned(), "image/png".to_owned());
        let headers = self.headers.iter().chain(&call.headers).chain([&content_type]);
        let request = object(&[
            ("method", call.method.as_ref().into()),
            ("url", format!("{}{}", self.base, call.path).into()),
            ("headers", courier::headers(headers).into()),
            ("credentials", self.credentials.into()),
            ("timeoutMs", self.timeout_ms.into()),
        ]);
        let reply = self.courier.send(crop, &request).await?;
        let retry_after_ms = reply.retry_after.as_deref().and_then(retry_after_ms);
        Ok(Answer { status: reply.status, retry_after_ms, body: reply.body })
    }

    async fn by_page(&self, call: &Call, json: Option<&str>) -> Result<Answer, Failure> {
        let network = |error: &dyn std::fmt::Display| {
            Failure::new(FailureCode::NetworkError, error.to_string())
        };
        let controller = AbortController::new()
            .map_err(|_| Failure::new(FailureCode::Internal, "no AbortController"))?;
        self.controllers.borrow_mut().push(controller.clone());
        let forget = Forget { client: self, controller: controller.clone() };
        let headers = Headers::new();
        for (name, value) in self.headers.iter().chain(&call.headers) {
            headers.set(name, value);
        }
        if json.is_some() {
            headers.set("content-type", "application/json");
        }
        let request = RequestBuilder::new(&format!("{}{}", self.base, call.path))
            .method(call.method.clone())
            .headers(headers)
            .credentials(self.credentials)
            .cache(web_sys::RequestCache::NoStore)
            .abort_signal(Some(&controller.signal()));
        let request = match json {
            Some(text) => request.body(text),
            None => request.build(),
        };
        let request = request.map_err(|error| network(&error))?;
        let exchange = async {
            let response = request.send().await.map_err(|error| network(&error))?;
            let retry_after = response.headers().get("retry-after");
            let retry_after_ms = retry_after.as_deref().and_then(retry_after_ms);
            let status = response.status();
            let body = response.text().await.map_err(|error| network(&error))?;
            Ok(Answer { status, retry_after_ms, body })
        };
        let exchange = std::pin::pin!(exchange);
        let result = match select(exchange, TimeoutFuture::new(self.timeout_ms as u32)).await {
            Either::Left((result, _)) => result,
            Either::Right(((), _)) => {
                controller.abort();
                Err(FailureCode::RequestTimeout.into())
            }
        };
        drop(forget);
        result
    }
}

/// Takes the controller off the client's list.
struct Forget<'a> {
    client: &'a Client,
    controller: AbortController,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.client.controllers.borrow_mut().retain(|other| other != &self.controller);
    }
}
