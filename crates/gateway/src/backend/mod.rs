//! Who decides: the verifier in this process, or the Moveris API.

pub mod fetch;
pub mod ffmpeg;
pub mod frames;
pub mod load;
pub mod local;
pub mod model_headers;
pub mod stills;
mod turns;
pub mod upstream;
pub mod upstream_answer;
mod upstream_request;

use std::time::Duration;

use async_trait::async_trait;
use liveness_protocol::ErrorCode;
use tokio::time::Instant;

use crate::domain::breaker::Circuit;
use crate::domain::check::{CheckReply, CheckRequest};
use crate::domain::error::ApiError;
use crate::domain::mode::Engine;
use crate::domain::models::ResolvedModel;
use crate::domain::tenants::TenantRefusal;

pub use load::Load;

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
        /// And with which of its fields.
        fields: Vec<(String, String)>,
    },
    /// The upstream refuses our key or account. Its words stay here.
    #[error("the upstream refuses: {0}")]
    Account(ErrorCode),
    /// The check was not made: it would have to be paid for, and its tenant cannot.
    #[error(transparent)]
    Refused(#[from] TenantRefusal),
    /// The upstream is too busy.
    #[error("the upstream's rate limit is exceeded")]
    Busy {
        /// What its `Retry-After` says.
        retry_after: Option<Duration>,
    },
    /// The check was not made: the upstream has failed several times in a row, and is left alone for a while.
    #[error("the upstream is not asked now")]
    Resting {
        /// When to come back.
        retry_after: Duration,
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
    /// What cannot be verified, for this reason.
    pub fn rejected(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Rejected { code, message: message.into(), fields: Vec::new() }
    }

    /// Whether the check may have been made and paid for, so that it must not be made again.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Lost | Self::Timeout)
    }

    /// Whether the request itself is at fault: it can be made as often as anybody likes.
    pub const fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected { .. })
    }

    /// Whether nobody has looked at the pictures: whoever would have was not there, or refused to. It takes no time to be told
    /// so again.
    pub const fn is_unseen(&self) -> bool {
        match self {
            Self::Account(_)
            | Self::Refused(_)
            | Self::Busy { .. }
            | Self::Resting { .. }
            | Self::Unavailable => true,
            Self::Rejected { .. } | Self::Lost | Self::Timeout | Self::Internal => false,
        }
    }
}

impl From<BackendError> for ApiError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Rejected { code, message, fields } => {
                Self { fields, ..Self::with_message(code, message) }
            }
            BackendError::Account(code) => code.into(),
            BackendError::Refused(refusal) => refusal.into(),
            BackendError::Busy { retry_after } => {
                Self::new(ErrorCode::RateLimitExceeded).retry_after(retry_after)
            }
            BackendError::Resting { retry_after } => {
                Self::new(ErrorCode::TooManySessions).retry_after(Some(retry_after))
            }
            BackendError::Unavailable => ErrorCode::UpstreamUnavailable.into(),
            BackendError::Lost => ErrorCode::VerdictLost.into(),
            BackendError::Timeout => ErrorCode::UpstreamTimeout.into(),
            BackendError::Internal => ErrorCode::InternalError.into(),
        }
    }
}

/// What a backend can do, and what asking it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Which it is.
    pub engine: Engine,
    /// Whether it decodes the pictures itself, so that they are brought to the form it reads first.
    pub decodes: bool,
    /// Whether it may know models that our registry does not.
    pub knows_other_models: bool,
    /// Whether a check that was begun may have been paid for, so that it must not be made again.
    pub paid: bool,
    /// The most pictures of a check.
    pub max_pictures: u32,
}

/// Decides checks.
#[async_trait]
pub trait CheckBackend: Send + Sync + 'static {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// The id of the model that will run when `model` is asked for; `None` if this cannot stand in
    /// for it.
    fn runs(&self, model: &ResolvedModel) -> Option<String>;

    /// How busy it is now.
    fn load(&self) -> Load;

    /// The state of the circuit breaker towards the upstream; `None` for a backend that has none.
    fn circuit(&self) -> Option<Circuit> {
        None
    }

    /// How long it asks nobody from now on, and no check of it gets further.
    fn rests(&self) -> Option<Duration> {
        None
    }

    /// Decides one check, and logs what the error does not say. It is given up at `end`, which is as if it had been made: whoever
    /// waits for something before that says in time that it was not.
    async fn check(&self, request: CheckRequest, end: Instant) -> Result<CheckReply, BackendError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_code() {
        let account = ErrorCode::InsufficientCredits;
        let rejected = BackendError::rejected(ErrorCode::ValidationError, "m");
        let busy = BackendError::Busy { retry_after: Some(Duration::from_secs(7)) };
        for (error, code) in [
            (rejected, ErrorCode::ValidationError),
            (BackendError::Account(account), account),
            (
                BackendError::Refused(TenantRefusal::NoCredits { required: 1, available: 0 }),
                ErrorCode::InsufficientCredits,
            ),
            (BackendError::Refused(TenantRefusal::Suspended), ErrorCode::AccountSuspended),
            (busy.clone(), ErrorCode::RateLimitExceeded),
            (
                BackendError::Resting { retry_after: Duration::from_secs(7) },
                ErrorCode::TooManySessions,
            ),
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
}
