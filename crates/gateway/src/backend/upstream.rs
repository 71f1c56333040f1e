//! The Moveris API: one documented `POST /api/v1/fast-check-crops` per check.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use axum::http::{HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use liveness_protocol::{
    API_KEY_HEADER, Crop, Envelope, EnvelopeError, ErrorCode, FastCheckCropsRequest,
    MODEL_VERSION_HEADER, VerdictData,
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tokio::time::Instant;
use url::Url;

use super::retry::{RetryPolicy, parse_retry_after, retriable_status};
use super::{BackendError, CheckBackend, CheckReply, CheckRequest, Mode, ModelNotices};
use crate::models::{ModelChoice, ResolvedModel};

/// The most bytes of an answer that are read. A verdict has about 500.
const MAX_ANSWER: usize = 1024 * 1024;

/// Where and how to ask.
#[derive(Debug, Clone)]
pub struct UpstreamConfig {
    /// `https://api.moveris.com`, or what stands in for it.
    pub base_url: Url,
    /// Sent as `X-API-Key`, and nowhere else.
    pub api_key: SecretString,
    /// For each request.
    pub attempt_timeout: Duration,
    /// For all requests and pauses of a check together.
    pub deadline: Duration,
    /// When to ask again.
    pub retry: RetryPolicy,
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamSetupError {
    /// The key holds characters that no header can.
    #[error("MOVERIS_API_KEY holds characters that no header can carry")]
    Key,
    /// The base URL takes no path.
    #[error("MOVERIS_BASE_URL cannot be extended by a path")]
    Url,
    /// TLS, most often: no root certificates.
    #[error("no HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}

/// Asks the Moveris API.
pub struct Upstream {
    client: reqwest::Client,
    endpoint: Url,
    key: HeaderValue,
    config: UpstreamConfig,
}

/// The documented body, and `fps` where a model of the hybrid family wants it.
#[derive(Serialize)]
struct Body {
    #[serde(flatten)]
    request: FastCheckCropsRequest,
    #[serde(skip_serializing_if = "Option::is_none")]
    fps: Option<f64>,
}

/// What one attempt came to.
enum Attempt {
    Answer(Box<CheckReply>),
    /// No further attempt helps.
    Failed(BackendError),
    /// A further attempt may help; if none is left, this is the error.
    Retry {
        error: BackendError,
        retry_after: Option<Duration>,
        why: String,
    },
}

impl Upstream {
    /// A client for `config`. Follows no redirects: they would carry the key elsewhere.
    ///
    /// # Errors
    /// See [`UpstreamSetupError`].
    pub fn new(config: UpstreamConfig) -> Result<Self, UpstreamSetupError> {
        // Another part of the process may have installed a provider before; either will do.
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut key = HeaderValue::from_str(config.api_key.expose_secret())
            .map_err(|_| UpstreamSetupError::Key)?;
        key.set_sensitive(true);
        let mut endpoint = config.base_url.clone();
        endpoint
            .path_segments_mut()
            .map_err(|()| UpstreamSetupError::Url)?
            .pop_if_empty()
            .extend(["api", "v1", "fast-check-crops"]);
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5).min(config.attempt_timeout))
            .user_agent(concat!("liveness-gateway/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&config.base_url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(UpstreamSetupError::Client)?;
        Ok(Self { client, endpoint, key, config })
    }

    async fn attempt(
        &self,
        version: Option<&HeaderValue>,
        body: Bytes,
        timeout: Duration,
    ) -> Attempt {
        let mut request = self
            .client
            .post(self.endpoint.clone())
            .header(API_KEY_HEADER, self.key.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .timeout(timeout)
            .body(body);
        if let Some(version) = version {
            request = request.header(MODEL_VERSION_HEADER, version.clone());
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return transport_failure(&error),
        };
        let status = response.status();
        let mut answer = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if answer.len() + chunk.len() <= MAX_ANSWER => {
                    answer.extend_from_slice(&chunk)
                }
                Ok(Some(_)) => {
                    tracing::error!(status = status.as_u16(), "the upstream's answer has no end");
                    return Attempt::Failed(BackendError::Unavailable);
                }
                Ok(None) => break,
                Err(error) => return transport_failure(&error),
            }
        }
        self.read(status, response.headers(), &answer)
    }

    fn read(&self, status: StatusCode, headers: &header::HeaderMap, answer: &[u8]) -> Attempt {
        let failure = match Envelope::<VerdictData>::payload(status.as_u16(), answer) {
            Ok(verdict) => {
                let notices = ModelNotices::from_response(headers);
                return Attempt::Answer(Box::new(CheckReply { verdict, notices }));
            }
            Err(failure) => failure,
        };
        let status = status.as_u16();
        if retriable_status(status) {
            let retry_after = headers
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|value| parse_retry_after(value, SystemTime::now()));
            let error = match status {
                429 => BackendError::Busy { retry_after },
                _ => BackendError::Unavailable,
            };
            return Attempt::Retry { error, retry_after, why: format!("status {status}") };
        }
        let (code, message) = match failure {
            EnvelopeError::Failed { code, message } => (code, self.redact(&message)),
            // The JSON error names positions and types, but may quote the answer: kept out of the log.
            EnvelopeError::Malformed(_) => {
                tracing::error!(status, "the upstream's answer is not the documented JSON");
                return Attempt::Failed(BackendError::Unavailable);
            }
        };
        Attempt::Failed(match code {
            ErrorCode::InvalidKey
            | ErrorCode::InsufficientScope
            | ErrorCode::InsufficientCredits
            | ErrorCode::AccountSuspended => {
                tracing::error!(status, %code, message, "the upstream refuses this gateway's account");
                BackendError::Account(code)
            }
            // What concerns the request itself is for who made it.
            ErrorCode::InsufficientFrames
            | ErrorCode::MissingField
            | ErrorCode::ValidationError
                if status == 400 =>
            {
                BackendError::Rejected { code, message }
            }
            _ => {
                tracing::error!(status, %code, message, "the upstream's answer is not a documented one");
                BackendError::Unavailable
            }
        })
    }

    /// An upstream's words, short, and without our key should they quote it.
    fn redact(&self, message: &str) -> String {
        let message = message.replace(self.config.api_key.expose_secret(), "[key]");
        message.chars().take(300).collect()
    }
}

/// Whether a URL stays on this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn transport_failure(error: &reqwest::Error) -> Attempt {
    // Once the request was under way a time-out may have cost a credit: asking again is left to
    // whoever waits for the verdict. A connection that never came up has cost nothing.
    if error.is_timeout() && !error.is_connect() {
        return Attempt::Failed(BackendError::Timeout);
    }
    let why = if error.is_connect() { "no connection" } else { "connection lost" };
    Attempt::Retry { error: BackendError::Unavailable, retry_after: None, why: why.into() }
}

/// The documented request for a check: the header of the second flow, and the body.
fn documented_request(request: CheckRequest) -> Result<(Option<HeaderValue>, Bytes), BackendError> {
    let (model, version, frame_count) = match request.model {
        ModelChoice::Id(id) => (Some(id), None, None),
        ModelChoice::Version { version, frame_count } => (None, Some(version), Some(frame_count)),
    };
    let version = version.map(|text| HeaderValue::from_str(&text)).transpose().map_err(|_| {
        BackendError::Rejected {
            code: ErrorCode::ValidationError,
            message: "X-Model-Version is not plain text".into(),
        }
    })?;
    let crops = (0..).zip(&request.crops);
    let crops = crops.map(|(index, png)| Crop { index, pixels: STANDARD.encode(png) }).collect();
    let body = Body {
        request: FastCheckCropsRequest {
            session_id: request.session_id.to_string(),
            model,
            frame_count,
            source: request.source,
            crops,
            bg_segmentation: request.bg_segmentation,
            warnings: Some(request.warnings).filter(|warnings| !warnings.is_empty()),
        },
        fps: request.fps.filter(|_| request.needs_fps),
    };
    let body = serde_json::to_vec(&body).map_err(|error| {
        tracing::error!(%error, "a check could not be written as JSON");
        BackendError::Internal
    })?;
    Ok((version, body.into()))
}

#[async_trait]
impl CheckBackend for Upstream {
    fn mode(&self) -> Mode {
        Mode::Upstream
    }

    fn runs(&self, model: &ResolvedModel) -> Option<String> {
        let local = model.id.starts_with(crate::models::LOCAL_MODEL_PREFIX);
        (!local).then(|| model.id.clone())
    }

    async fn check(&self, request: CheckRequest) -> Result<CheckReply, BackendError> {
        let session_id = request.session_id.to_string();
        let (version, body) = documented_request(request)?;
        let end = Instant::now() + self.config.deadline;
        let mut number = 1;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let timeout = self.config.attempt_timeout.min(left);
            match self.attempt(version.as_ref(), body.clone(), timeout).await {
                Attempt::Answer(reply)
                    if reply.verdict.session_id.eq_ignore_ascii_case(&session_id) =>
                {
                    return Ok(*reply);
                }
                Attempt::Answer(_) => {
                    tracing::error!("the upstream answered for another session");
                    return Err(BackendError::Unavailable);
                }
                Attempt::Failed(error) => return Err(error),
                Attempt::Retry { error, retry_after, why } => {
                    let left = end.saturating_duration_since(Instant::now());
                    let pause = self.config.retry.pause(number, retry_after, fastrand::f64(), left);
                    let Some(pause) = pause else {
                        tracing::warn!(attempts = number, why, "the upstream gave no verdict");
                        return Err(error);
                    };
                    tracing::info!(
                        attempt = number,
                        why,
                        pause_ms = pause.as_millis() as u64,
                        "asking the upstream again"
                    );
                    tokio::time::sleep(pause).await;
                    number += 1;
                }
            }
        }
    }
}
