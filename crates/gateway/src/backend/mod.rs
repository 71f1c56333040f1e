//! Who decides: the verifier in this process, or the Moveris API.

pub mod frames;
pub mod local;
pub mod runner;
pub mod upstream;
mod upstream_answer;

use std::time::Duration;

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use liveness_protocol::{ErrorCode, MODEL_RESOLVED_HEADER, ModelChoice, Source, VerdictData};
use uuid::Uuid;

use crate::error::ApiError;
use crate::models::ResolvedModel;

/// The pictures of a check, as files in the order they were taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Pictures {
    /// Face crops, PNG.
    Crops(Vec<Bytes>),
    /// Whole frames, PNG or JPEG, in which the face is yet to be found.
    Frames(Vec<Bytes>),
}

impl Pictures {
    /// The files.
    pub fn files(&self) -> &[Bytes] {
        match self {
            Self::Crops(files) | Self::Frames(files) => files,
        }
    }
}

/// One check, as any endpoint asks for it.
#[derive(Clone)]
pub struct CheckRequest {
    /// Echoed in the verdict.
    pub session_id: Uuid,
    /// The model as the caller named it, forwarded unchanged.
    pub model: ModelChoice,
    /// The pictures.
    pub pictures: Pictures,
    /// Each picture's time in milliseconds, rising; as many as pictures, or none.
    pub timestamps_ms: Vec<f64>,
    /// Measured frame rate.
    pub fps: Option<f64>,
    /// Whether an upstream is told the rate.
    pub states_fps: bool,
    /// Camera or file.
    pub source: Source,
    /// What the capture noticed.
    pub warnings: Vec<String>,
    /// Whether the background was removed.
    pub bg_segmentation: Option<bool>,
}

/// The model headers that go with a verdict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelNotices(HeaderMap);

impl ModelNotices {
    /// The headers the API documents; a cross-origin page has to be allowed to read them.
    pub const NAMES: [HeaderName; 5] = [
        HeaderName::from_static(MODEL_RESOLVED_HEADER),
        HeaderName::from_static("deprecation"),
        HeaderName::from_static("sunset"),
        HeaderName::from_static("x-moveris-deprecated-model"),
        HeaderName::from_static("x-moveris-suggested-model"),
    ];

    /// Picks the documented ones out of a response.
    pub fn from_response(headers: &HeaderMap) -> Self {
        let mut notices = HeaderMap::new();
        for name in Self::NAMES {
            if let Some(value) = headers.get(&name) {
                notices.insert(name, value.clone());
            }
        }
        Self(notices)
    }

    /// Those of a model that runs here in the place of `asked`.
    pub fn of_model(asked: &ResolvedModel, runs: &str) -> Self {
        let [resolved, deprecation, _, deprecated, suggested] = Self::NAMES;
        let mut notices = HeaderMap::new();
        let mut insert = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                notices.insert(name, value);
            }
        };
        insert(resolved, runs);
        if let Some(successor) = asked.successor {
            insert(deprecation, "true");
            insert(deprecated, &asked.id);
            insert(suggested, successor);
        }
        Self(notices)
    }

    /// The headers themselves.
    pub fn headers(&self) -> &HeaderMap {
        &self.0
    }
}

/// A finished check.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReply {
    /// The verdict.
    pub verdict: VerdictData,
    /// The model headers.
    pub notices: ModelNotices,
}

/// Why there is no verdict.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BackendError {
    /// The crops or the request cannot be verified; the message is for the caller.
    #[error("{code}: {message}")]
    Rejected {
        /// A 400 code.
        code: ErrorCode,
        /// What is wrong with it.
        message: String,
    },
    /// The upstream refuses our key or account. Its words stay here.
    #[error("the upstream refuses: {0}")]
    Account(ErrorCode),
    /// The upstream is too busy.
    #[error("the upstream's rate limit is exceeded")]
    Busy {
        /// What its `Retry-After` says.
        retry_after: Option<Duration>,
    },
    /// The check was not made: the upstream cannot be reached, or fails and says so.
    #[error("the upstream is not available")]
    Unavailable,
    /// The check may have been made, and its verdict cannot be received or read.
    #[error("the verdict is lost")]
    Lost,
    /// No verdict in time; the check may have been made.
    #[error("no verdict in time")]
    Timeout,
    /// The verifier failed.
    #[error("the verifier failed")]
    Internal,
}

impl BackendError {
    /// Whether the check may have been made and paid for, so that it must not be made again.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Lost | Self::Timeout)
    }
}

impl From<BackendError> for ApiError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Rejected { code, message } => Self::with_message(code, message),
            BackendError::Account(code) => code.into(),
            BackendError::Busy { retry_after } => {
                Self::new(ErrorCode::RateLimitExceeded).retry_after(retry_after)
            }
            BackendError::Unavailable => ErrorCode::UpstreamUnavailable.into(),
            BackendError::Lost => ErrorCode::VerdictLost.into(),
            BackendError::Timeout => ErrorCode::UpstreamTimeout.into(),
            BackendError::Internal => ErrorCode::InternalError.into(),
        }
    }
}

/// Where verdicts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The verifier in this process.
    Local,
    /// The Moveris API.
    Upstream,
}

impl Mode {
    /// The word in `/health`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Upstream => "upstream",
        }
    }
}

/// Decides checks.
#[async_trait]
pub trait CheckBackend: Send + Sync + 'static {
    /// Which kind of backend this is.
    fn mode(&self) -> Mode;

    /// The id of the model that will run when `model` is asked for; `None` if this cannot stand in
    /// for it.
    fn runs(&self, model: &ResolvedModel) -> Option<String>;

    /// Decides one check. Ends in bounded time, and logs what the error does not say.
    async fn check(&self, request: CheckRequest) -> Result<CheckReply, BackendError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_code() {
        let account = ErrorCode::InsufficientCredits;
        let rejected =
            BackendError::Rejected { code: ErrorCode::ValidationError, message: "m".into() };
        let busy = BackendError::Busy { retry_after: Some(Duration::from_secs(7)) };
        for (error, code) in [
            (rejected, ErrorCode::ValidationError),
            (BackendError::Account(account), account),
            (busy.clone(), ErrorCode::RateLimitExceeded),
            (BackendError::Unavailable, ErrorCode::UpstreamUnavailable),
            (BackendError::Lost, ErrorCode::VerdictLost),
            (BackendError::Timeout, ErrorCode::UpstreamTimeout),
            (BackendError::Internal, ErrorCode::InternalError),
        ] {
            // A client must not repeat what may have been paid for.
            assert!(!(error.is_final() && code.again()), "{code}");
            assert_eq!(ApiError::from(error).code, code);
        }
        assert_eq!(ApiError::from(busy).retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_deprecated_model_is_announced() {
        let asked = crate::models::resolve(&ModelChoice::Id("mixed-30".into())).unwrap();
        let notices = ModelNotices::of_model(&asked, "local-1-30");
        assert_eq!(notices.headers()["x-moveris-model-resolved"], "local-1-30");
        assert_eq!(notices.headers()["deprecation"], "true");
        assert_eq!(notices.headers()["x-moveris-deprecated-model"], "mixed-30");
        assert_eq!(notices.headers()["x-moveris-suggested-model"], "mixed-30-v2");
        let asked = crate::models::resolve(&ModelChoice::Id("mixed-30-v2".into())).unwrap();
        assert_eq!(ModelNotices::of_model(&asked, "x").headers().len(), 1);
    }

    #[test]
    fn only_documented_headers_pass() {
        let mut headers = HeaderMap::new();
        headers.insert("sunset", "Sat, 01 Aug 2026 00:00:00 GMT".parse().unwrap());
        headers.insert("set-cookie", "a=b".parse().unwrap());
        let notices = ModelNotices::from_response(&headers);
        assert_eq!(notices.headers().len(), 1);
        assert!(notices.headers().contains_key("sunset"));
    }
}
