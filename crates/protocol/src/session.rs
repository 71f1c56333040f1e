//! Our session protocol: crops go up one by one while the capture still runs. See `docs/sessions.md`.

use serde::{Deserialize, Serialize};

use crate::{RawMetadata, SessionWarning, Source, VerdictData};

/// Body of `POST /api/v1/sessions`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateSessionRequest {
    /// Model id; the gateway's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// With `X-Model-Version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_count: Option<u32>,
    /// Camera or file; a camera when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// The same body from a back end, with a key: it may say whose check it is, and whose page may make it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenSessionRequest {
    /// What a page may say as well.
    #[serde(flatten)]
    pub session: CreateSessionRequest,
    /// The back end's own name for the check: 1 to 256 visible characters, and blanks between them. Given back to
    /// the tenant's keys with the verdict, and to nobody else. Only taken with a key (401 `invalid_key`).
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_REFERENCE)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Whatever the back end attaches: an object of at most 8192 bytes and 8 levels. Given back as `tenant_metadata` to the
    /// tenant's keys, and to nobody else. Only taken with a key (401 `invalid_key`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawMetadata>,
    /// The origin whose pages alone, besides the gateway's own, may use the session's token, such as
    /// `https://shop.example` or `https://*.shop.example`. It has to be one that the gateway lets in. Without it, all that
    /// may use the tenant's sessions. Only taken with a key (401 `invalid_key`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_origin: Option<String>,
}

/// The most characters of a reference.
pub const MAX_REFERENCE: usize = 256;

/// Answer to `POST /api/v1/sessions` (201).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionCreated {
    /// UUID.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub session_id: String,
    /// Bearer token for this session alone.
    pub token: String,
    /// The model that will run.
    pub model: String,
    /// How many crops to send.
    pub frames_required: u32,
    /// Lifetime in seconds.
    pub ttl_seconds: u64,
    /// ISO 8601.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub expires_at: String,
}

/// Answer to `PATCH /api/v1/sessions/{id}/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AuditNote {
    /// UUID.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub session_id: String,
    /// ISO 8601.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub recorded_at: String,
}

/// Keeps the token out of logs.
impl std::fmt::Debug for SessionCreated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionCreated")
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

/// Query parameter of a crop's request: the number of its run, 0 if absent. The first crop of a higher
/// run replaces those of all lower ones, so that an interrupted capture can go on in its session.
pub const RUN_PARAMETER: &str = "run";

/// Answer to `PUT` (or `POST`) `/api/v1/sessions/{id}/crops/{index}` (201 when new, 200 when already known).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CropAccepted {
    /// Echo.
    pub index: u32,
    /// How many distinct crops the gateway holds now.
    pub frames_received: u32,
    /// How many it needs.
    pub frames_required: u32,
}

/// Body of `POST /api/v1/sessions/{id}/complete`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompleteRequest {
    /// The run to decide on; if the crops are of another run, they count as missing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub run: u32,
    /// What the capture noticed, at most 50 different ones; each counts, and comes back, once, as a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<SessionWarning>,
    /// Measured rate of the captured frames, 0 < fps <= 120.
    #[cfg_attr(feature = "schema", schemars(range(max = crate::check::MAX_FPS as u32), extend("exclusiveMinimum" = 0)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    /// Standard deviation of the frame intervals, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jitter_ms: Option<f64>,
    /// Each frame's timestamp relative to the first, in milliseconds: rising, one per crop, or none at all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timestamps_ms: Vec<f64>,
}

fn is_zero(run: &u32) -> bool {
    *run == 0
}

/// A session's state on the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum SessionState {
    /// It accepts crops.
    Open,
    /// The check is being made.
    Verifying,
    /// The verdict has been given.
    Complete,
    /// The check may have been made, but its verdict is lost; it is not repeated.
    Failed,
    /// It expired without a verdict.
    Expired,
}

/// Answer to `GET /api/v1/sessions/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionView {
    /// UUID.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub session_id: String,
    /// Its state.
    pub state: SessionState,
    /// The model.
    pub model: String,
    /// Camera or file, as whoever opened it has said.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(inline))]
    pub source: Source,
    /// The newest run of which a crop has arrived; all crops held are of this run.
    #[serde(default)]
    pub run: u32,
    /// How many distinct crops the gateway holds.
    pub frames_received: u32,
    /// How many it needs.
    pub frames_required: u32,
    /// Indices not yet received.
    #[cfg_attr(
        feature = "schema",
        schemars(description = "Indices not yet received, while open.")
    )]
    #[serde(default)]
    pub missing: Vec<u32>,
    /// ISO 8601.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub expires_at: String,
    /// How long it still takes crops, in seconds.
    #[cfg_attr(
        feature = "schema",
        schemars(
            description = "How long it still takes crops, in seconds; 0 when it is not open."
        )
    )]
    #[serde(default)]
    pub ttl_seconds: u64,
    /// The verdict, once complete.
    #[serde(default)]
    pub verdict: Option<VerdictData>,
    /// Once failed, the code with which every further `complete` is answered.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["verdict_lost", "upstream_timeout", null])))]
    #[serde(default)]
    pub error: Option<String>,
    /// When the verdict was marked as used, as ISO 8601; for keys alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub used_at: Option<String>,
    /// What the back end that opened the session called it; for keys alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub reference: Option<String>,
    /// What that back end attached to it; for keys alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("type" = ["object", "null"])))]
    #[cfg_attr(feature = "typescript", ts(optional, type = "unknown"))]
    pub tenant_metadata: Option<serde_json::Value>,
    /// What the client of a stream has said of its device with the last frame; for keys alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("type" = ["object", "null"])))]
    #[cfg_attr(feature = "typescript", ts(optional, type = "unknown"))]
    pub device_intelligence: Option<serde_json::Value>,
}
