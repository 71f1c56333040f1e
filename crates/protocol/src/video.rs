//! Videos: submitted once, checked later, asked for until there is a result.

use serde::{Deserialize, Serialize};

use crate::VerdictData;

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SubmissionStatus {
    /// It waits.
    Pending,
    /// It is being decoded and checked.
    Processing,
    /// There is a result.
    Completed,
    /// There will be none.
    Failed,
}

/// Answer to `POST /api/v1/{tenant}/video/detect` (201).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubmissionAccepted {
    /// To ask for the result with.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub submission_id: String,
    /// Echo.
    pub tenant: String,
    /// `pending`.
    pub status: SubmissionStatus,
    /// The model that will run.
    pub model: String,
    /// For people.
    pub message: String,
    /// Whatever the tenant attached.
    #[cfg_attr(feature = "schema", schemars(extend("type" = ["object", "null"])))]
    pub tenant_metadata: Option<serde_json::Value>,
    /// ISO 8601.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub created_at: String,
}

/// Answer to `GET /api/v1/{tenant}/video/detect/{submission_id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubmissionView {
    /// Echo.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub submission_id: String,
    /// Echo.
    pub tenant: String,
    /// Where it stands.
    pub status: SubmissionStatus,
    /// The verdict, once completed.
    pub result: Option<VerdictData>,
    /// Whatever the tenant attached.
    #[cfg_attr(feature = "schema", schemars(extend("type" = ["object", "null"])))]
    pub tenant_metadata: Option<serde_json::Value>,
    /// For people.
    pub message: Option<String>,
    /// The code of what went wrong, once failed.
    pub error: Option<String>,
    /// ISO 8601.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub created_at: String,
    /// ISO 8601; once completed or failed.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub completed_at: Option<String>,
}

/// The form of `POST /api/v1/{tenant}/video/detect`, as `multipart/form-data`: what its fields are.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubmissionForm {
    /// The file: `mp4`, `avi`, `mov`, `webm` or `mkv`, by its name and by what is in it. This or `video_url`, not both.
    #[cfg_attr(feature = "schema", schemars(extend("contentMediaType" = "application/octet-stream")))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_file: Option<String>,
    /// Where a video is to be fetched from: an https URL of a host that the gateway allows (`--video-url-host`), with the
    /// file's name at the end of its path. This or `video_file`, not both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_url: Option<String>,
    /// Model id, `mixed-10-v2` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// A JSON object of at most 8192 bytes and 8 levels, echoed as `tenant_metadata`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<String>,
}
