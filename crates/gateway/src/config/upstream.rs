//! The flags about the Moveris API.

use std::time::Duration;

use clap::{Args, ValueEnum};
use liveness_protocol::RetryPolicy;
use url::Url;

use super::error::ConfigError;
use crate::backend::upstream::UpstreamConfig;
use crate::domain::breaker::BreakerSettings;

/// For all requests and pauses of a check together.
const UPSTREAM_DEADLINE: Duration = Duration::from_secs(50);

/// What becomes of a session's check while the upstream is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UpstreamDown {
    /// It fails, and can be asked for again.
    Fail,
    /// It waits, as long as a check may take.
    Wait,
}

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct UpstreamFlags {
    /// How long one request to the Moveris API may take, in seconds.
    #[arg(long, env = "LIVENESS_UPSTREAM_TIMEOUT", default_value_t = 20, value_name = "SECONDS")]
    pub upstream_timeout: u64,

    /// After how many failures in a row the Moveris API is left alone for a while. 0 to ask it always.
    #[arg(long, env = "LIVENESS_UPSTREAM_FAILURES", default_value_t = 10, value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub upstream_failures: u32,

    /// For how long, in seconds. One check then finds out whether it works again.
    #[arg(long, env = "LIVENESS_UPSTREAM_REST", default_value_t = 10, value_name = "SECONDS")]
    pub upstream_rest: u64,

    /// What becomes of a session's check while the Moveris API is down.
    #[arg(long, env = "LIVENESS_UPSTREAM_DOWN", value_enum, default_value = "fail")]
    pub upstream_down: UpstreamDown,
}

/// The upstream with this key, if both are ones to be used.
pub(super) fn config(
    key: String,
    base_url: Url,
    flags: &UpstreamFlags,
) -> Result<UpstreamConfig, ConfigError> {
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::ApiKey);
    }
    let safe = base_url.scheme() == "https"
        || (base_url.scheme() == "http" && crate::backend::upstream::is_loopback(&base_url));
    let plain = base_url.username().is_empty()
        && base_url.password().is_none()
        && base_url.query().is_none()
        && base_url.fragment().is_none();
    if !safe || !plain {
        return Err(ConfigError::BaseUrl);
    }
    Ok(UpstreamConfig {
        base_url,
        api_key: key.into(),
        attempt_timeout: Duration::from_secs(flags.upstream_timeout),
        deadline: UPSTREAM_DEADLINE,
        retry: RetryPolicy {
            max_attempts: 3,
            base_ms: 500.0,
            cap_ms: 8_000.0,
            // Any wait that still fits into the check's own time.
            max_retry_after_ms: UPSTREAM_DEADLINE.as_millis() as f64,
        },
        breaker: BreakerSettings {
            failures: flags.upstream_failures,
            rest: Duration::from_secs(flags.upstream_rest),
        },
        sessions_wait: flags.upstream_down == UpstreamDown::Wait,
    })
}
