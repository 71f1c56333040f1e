//! The Moveris API: one documented `POST /api/v1/fast-check-crops` per check, or `fast-check` for whole frames.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use axum::http::{HeaderValue, header};
use liveness_protocol::{API_KEY_HEADER, MODEL_VERSION_HEADER, RetryPolicy, status_turns_away};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::turns::{Bounds, RETRY_AFTER, Turns};
use super::upstream_answer::{Attempt, UpstreamAnswer, duration_of_ms};
use super::upstream_request::{CheckEndpoint, DocumentedCheck, documented};
use super::{BackendError, Capabilities, CheckBackend, Load};
use crate::domain::breaker::{Breaker, BreakerSettings, Circuit, Passage, Resting};
use crate::domain::check::{CheckReply, CheckRequest, Urgency};
use crate::domain::mode::Engine;
use crate::domain::models::ResolvedModel;
use crate::domain::trace::{TRACEPARENT, TRACESTATE, Trace};

/// The most bytes of an answer that are read, decoded. A verdict has about 500.
const MAX_ANSWER: usize = 1024 * 1024;

/// How many checks the upstream is asked for at once; others wait.
const AT_ONCE: usize = 64;

/// Which sessions may wait, and how long.
const BOUNDS: Bounds =
    Bounds { at_once: AT_ONCE, most_waiting: 4 * AT_ONCE, patience: Duration::from_secs(20) };

/// The time that an attempt has to have before it begins, if the timeouts are not shorter: what is given up on the way may
/// have been paid for.
const WORTH_ASKING: Duration = Duration::from_secs(5);

/// How long before its end a check that was not made is given back.
const TO_SAY_SO: Duration = Duration::from_millis(500);

/// The most pictures that are passed on. No model of the API takes more than half of it.
pub const MAX_PICTURES: u32 = 500;

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
    /// When to stop asking.
    pub breaker: BreakerSettings,
    /// Whether a session's check waits for an upstream that is down, until its deadline.
    pub sessions_wait: bool,
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
    /// For crops, and for whole frames.
    endpoints: [Url; 2],
    key: HeaderValue,
    config: UpstreamConfig,
    turns: Turns,
    breaker: Breaker,
    start: Instant,
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
        let endpoint = |name| {
            let mut url = config.base_url.clone();
            url.path_segments_mut()
                .map_err(|()| UpstreamSetupError::Url)?
                .pop_if_empty()
                .extend(["api", "v1", name]);
            Ok(url)
        };
        let endpoints = [endpoint("fast-check-crops")?, endpoint("fast-check")?];
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // Well below the time of an attempt: only what certainly was no connection may be repeated.
            .connect_timeout(Duration::from_secs(5).min(config.attempt_timeout / 2))
            // A kept connection may be closed by the other side just as the next check is sent over it,
            // and nobody could tell whether that check was made.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("liveness-gateway/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&config.base_url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(UpstreamSetupError::Client)?;
        let breaker = Breaker::new(config.breaker);
        let (turns, start) = (Turns::new(BOUNDS), Instant::now());
        Ok(Self { client, endpoints, key, config, turns, breaker, start })
    }

    const fn endpoint(&self, endpoint: CheckEndpoint) -> &Url {
        let [for_crops, for_frames] = &self.endpoints;
        match endpoint {
            CheckEndpoint::Crops => for_crops,
            CheckEndpoint::Frames => for_frames,
        }
    }

    async fn attempt(&self, check: &DocumentedCheck, timeout: Duration) -> Attempt {
        let mut request = self
            .client
            .post(self.endpoint(check.endpoint).clone())
            .header(API_KEY_HEADER, self.key.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .timeout(timeout)
            .body(reqwest::Body::wrap(check.body.clone()));
        if let Some(version) = &check.version {
            request = request.header(MODEL_VERSION_HEADER, version.clone());
        }
        if let Some(trace) = Trace::current() {
            request = request.header(TRACEPARENT, trace.to_string());
            if let Some(state) = trace.state() {
                request = request.header(TRACESTATE, state);
            }
        }
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return transport_failure(&error),
        };
        let status = response.status().as_u16();
        let body = match whole(&mut response).await {
            Ok(body) => body,
            // The status has said it all.
            Err(_) if status_turns_away(status) => Vec::new(),
            Err(Unread::Overlong) => {
                tracing::error!(status, "the upstream's answer is longer than {MAX_ANSWER} bytes");
                return Attempt::Failed(BackendError::Lost);
            }
            Err(Unread::Broken(error)) => return transport_failure(&error),
        };
        let answer = UpstreamAnswer { status, headers: response.headers(), body: &body };
        answer.read(&check.session_id, SystemTime::now(), |words| self.conceal(words))
    }

    /// The pause before the next attempt, if there may be one in the time that is `left`. Who `waits` may make any number.
    fn pause(
        &self,
        attempt: u32,
        retry_after_ms: Option<f64>,
        left: Duration,
        waits: bool,
    ) -> Option<Duration> {
        let retry = &self.config.retry;
        let attempt = if waits { attempt.min(retry.max_attempts - 1) } else { attempt };
        let pause = retry.delay_ms(attempt, retry_after_ms, fastrand::f64());
        pause.map(duration_of_ms).filter(|pause| *pause < left)
    }

    /// Lets a request go to the upstream, at once or, for who `waits`, before `end`.
    async fn pass(&self, end: Instant, waits: bool) -> Result<Passage<'_>, BackendError> {
        loop {
            let Resting { after } = match self.breaker.pass(self.start.elapsed()) {
                Ok(passage) => return Ok(passage),
                Err(resting) => resting,
            };
            if !waits || end.saturating_duration_since(Instant::now()) <= after {
                return Err(BackendError::Resting { retry_after: after });
            }
            tokio::time::sleep(after).await;
        }
    }

    /// What an attempt says of the upstream.
    fn tell(&self, passage: Passage<'_>, attempt: &Attempt) {
        let failed = match attempt {
            // A refusal is an answer, and so is being told to come back.
            Attempt::Verdict(_) | Attempt::NotMade { error: BackendError::Busy { .. }, .. } => {
                false
            }
            Attempt::NotMade { .. } => true,
            Attempt::Failed(error) => error.is_final(),
        };
        if !failed {
            passage.answered();
        } else if passage.failed(self.start.elapsed()) {
            let seconds = self.config.breaker.rest.as_secs();
            tracing::error!(seconds, "the upstream keeps failing, and is not asked for a while");
        }
    }

    /// An upstream's words without our key, should they quote it.
    fn conceal(&self, words: &str) -> String {
        words.replace(self.config.api_key.expose_secret(), "[key]")
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

/// Why an answer could not be read to its end.
enum Unread {
    Overlong,
    Broken(reqwest::Error),
}

/// Reads an answer's body. Its chunks are decoded ones: what was compressed is bounded by what it becomes.
async fn whole(response: &mut reqwest::Response) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Unread::Overlong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn transport_failure(error: &reqwest::Error) -> Attempt {
    // Without a connection nothing was asked.
    if error.is_connect() {
        let why = "no connection".to_owned();
        return Attempt::NotMade { error: BackendError::Unavailable, retry_after_ms: None, why };
    }
    // From here on the check may have been made, and have cost a credit.
    Attempt::Failed(if error.is_timeout() {
        tracing::error!("the upstream had no verdict in time");
        BackendError::Timeout
    } else {
        let why = if error.is_decode() { "cannot be decoded" } else { "broke off" };
        tracing::error!("the upstream's answer {why}");
        BackendError::Lost
    })
}

#[async_trait]
impl CheckBackend for Upstream {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            engine: Engine::Upstream,
            decodes: false,
            knows_other_models: true,
            paid: true,
            max_pictures: MAX_PICTURES,
        }
    }

    fn runs(&self, model: &ResolvedModel) -> Option<String> {
        let local = model.id.starts_with(crate::domain::models::LOCAL_MODEL_PREFIX);
        (!local).then(|| model.id.clone())
    }

    fn load(&self) -> Load {
        self.turns.load()
    }

    fn circuit(&self) -> Option<Circuit> {
        Some(self.breaker.circuit())
    }

    fn rests(&self) -> Option<Duration> {
        self.breaker.rests(self.start.elapsed())
    }

    async fn check(&self, request: CheckRequest, end: Instant) -> Result<CheckReply, BackendError> {
        let UpstreamConfig { attempt_timeout, deadline, sessions_wait, .. } = self.config;
        let waits = sessions_wait && request.urgency == Urgency::Session;
        let end = (end - TO_SAY_SO).min(Instant::now() + deadline);
        let worth_asking = WORTH_ASKING.min(attempt_timeout).min(deadline / 4);
        let busy = || BackendError::Busy { retry_after: Some(RETRY_AFTER) };
        let turn = tokio::time::timeout_at(end, self.turns.wait(request.urgency));
        let _turn = turn.await.map_err(|_elapsed| busy())??;
        let check = documented(request)?;
        let mut number = 1;
        loop {
            let passage = self.pass(end, waits).await?;
            let left = end.saturating_duration_since(Instant::now());
            if left < worth_asking {
                return Err(busy());
            }
            let timeout = attempt_timeout.min(left);
            let attempt = self.attempt(&check, timeout).await;
            self.tell(passage, &attempt);
            let (error, retry_after_ms, why) = match attempt {
                Attempt::Verdict(reply) => return Ok(*reply),
                Attempt::Failed(error) => return Err(error),
                Attempt::NotMade { error, retry_after_ms, why } => (error, retry_after_ms, why),
            };
            let left = (end - worth_asking).saturating_duration_since(Instant::now());
            let Some(pause) = self.pause(number, retry_after_ms, left, waits) else {
                tracing::warn!(attempts = number, why, "the upstream gave no verdict");
                return Err(error);
            };
            let pause_ms = pause.as_millis() as u64;
            tracing::info!(attempt = number, why, pause_ms, "asking the upstream again");
            tokio::time::sleep(pause).await;
            number += 1;
        }
    }
}
