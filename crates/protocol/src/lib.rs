//! The types of the Moveris Liveness API v2 and of our session protocol.
//!
//! Types only: no I/O, no clock, no runtime. Unknown fields are tolerated everywhere, because the
//! API adds fields without notice.

#![forbid(unsafe_code)]

pub mod check;
mod decimal;
pub mod envelope;
pub mod error;
pub mod metadata;
pub mod model;
pub mod retry;
pub mod session;
pub mod verdict;
pub mod video;
pub mod warning;

pub use check::{
    ClientTime, Crop, FastCheckCropsRequest, FastCheckRequest, FastCheckStreamRequest, Frame,
    Health, QueueStats, Source, StreamReply, StreamStatus,
};
pub use decimal::Decimal;
pub use envelope::{Envelope, EnvelopeError, EnvelopeHead};
pub use error::ErrorCode;
pub use metadata::RawMetadata;
pub use model::{Model, ModelChoice, ModelEntry, ResolveError};
pub use retry::{RetryPolicy, parse_retry_after, status_allows_retry, status_turns_away};
pub use session::{
    AuditNote, CompleteRequest, CreateSessionRequest, CropAccepted, OpenSessionRequest,
    SessionCreated, SessionState, SessionView,
};
pub use verdict::{BORDERLINE, RiskBand, Verdict, VerdictData};
pub use video::{SubmissionAccepted, SubmissionForm, SubmissionStatus, SubmissionView};
pub use warning::{CaptureWarning, SessionWarning};

/// Side of a face crop in pixels, as `fast-check-crops` documents it.
pub const CROP_SIDE: u32 = 224;
/// Median luma of a face, 0 to 255, below which the local verifier decides nothing: such faces are not captured.
pub const LEAST_FACE_LUMA: f64 = 28.0;
/// Request header that selects a model version alias.
pub const MODEL_VERSION_HEADER: &str = "x-model-version";
/// Request header that carries a session's token, so that `Authorization` stays free for whatever
/// stands in front of the gateway.
pub const SESSION_TOKEN_HEADER: &str = "x-liveness-token";
/// Request header that carries the API key upstream.
pub const API_KEY_HEADER: &str = "x-api-key";
/// Response header that names the model that actually ran.
pub const MODEL_RESOLVED_HEADER: &str = "x-moveris-model-resolved";
/// Response header of the gateway's own that names the engine which has decided.
pub const ENGINE_HEADER: &str = "x-liveness-engine";
/// Response header that names the deprecated model that was asked for.
pub const DEPRECATED_MODEL_HEADER: &str = "x-moveris-deprecated-model";
/// Response header that names the model to move to.
pub const SUGGESTED_MODEL_HEADER: &str = "x-moveris-suggested-model";
