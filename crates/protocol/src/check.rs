//! Requests and replies of the check endpoints.

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{RawMetadata, VerdictData};

/// The highest frame rate that may be stated, in frames per second, as the API documents it.
pub const MAX_FPS: f64 = 120.0;

/// Where the frames come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A file. The API's default.
    #[default]
    Media,
    /// A camera.
    Live,
}

/// One face crop: 224x224 PNG in base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Crop {
    /// From 0.
    pub index: u32,
    /// 224x224 PNG in base64, with or without a `data:image/...;base64,` prefix; line breaks, the URL-safe alphabet and
    /// missing padding are tolerated.
    pub pixels: String,
}

/// Keeps the pixels out of logs.
impl fmt::Debug for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crop {{ index: {}, pixels: <{} characters> }}", self.index, self.pixels.len())
    }
}

/// One whole frame in base64.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Frame {
    /// From 0.
    pub index: u32,
    /// Milliseconds on the client's clock.
    pub timestamp_ms: f64,
    /// A whole frame, PNG or JPEG, in base64 as for crops; sides of 64 to 8192 and at most 8294400 pixels.
    pub pixels: String,
}

/// Keeps the pixels out of logs.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame {{ index: {}, pixels: <{} characters> }}", self.index, self.pixels.len())
    }
}

/// The base64 text without its `data:` prefix, if it has one.
pub fn strip_data_url(pixels: &str) -> &str {
    match pixels.strip_prefix("data:") {
        Some(rest) => rest.split_once(',').map_or(pixels, |(_, data)| data),
        None => pixels,
    }
}

/// The most different warnings a check may come with.
pub const MAX_WARNINGS: usize = 50;

/// A check's warnings, each once: of more than a check may come with so many that it can be told.
///
/// # Errors
/// Those of the deserializer.
pub fn each_warning_once<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    struct EachOnce(Vec<String>);

    impl<'de> Deserialize<'de> for EachOnce {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_seq(Texts).map(Self)
        }
    }

    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
            let mut kept = Vec::new();
            while kept.len() <= MAX_WARNINGS {
                match list.next_element::<String>()? {
                    Some(warning) if kept.contains(&warning) => {}
                    Some(warning) => kept.push(warning),
                    None => return Ok(kept),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(kept)
        }
    }

    let warnings = Option::<EachOnce>::deserialize(deserializer)?;
    Ok(warnings.map(|EachOnce(warnings)| warnings))
}

// What has `skip_serializing` others send: the page's own requests come without, and its module has no code for it.

/// Body of `POST /api/v1/fast-check-crops`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FastCheckCropsRequest {
    /// A UUID made by the client.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub session_id: String,
    /// Model id, `10` when absent; ignored when `X-Model-Version` is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// With `X-Model-Version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_count: Option<u32>,
    /// Camera or file.
    #[serde(default)]
    pub source: Source,
    /// At least as many as the model requires.
    pub crops: Vec<Crop>,
    /// Measured frame rate, 0 < fps <= 120; required by `hybrid-v2-*`.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_FPS as u32), extend("exclusiveMinimum" = 0)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    /// Whether the background was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bg_segmentation: Option<bool>,
    /// What the capture noticed, at most 50 different ones; each counts, and comes back, once.
    #[cfg_attr(feature = "schema", schemars(inner(length(max = 500))))]
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "each_warning_once"
    )]
    pub warnings: Option<Vec<String>>,
    /// What the client knows of the device: an object of at most 8192 bytes and 8 levels, passed on to the upstream; anything else
    /// is dropped.
    #[serde(default, skip_serializing)]
    pub device_intelligence: Option<RawMetadata>,
    /// Whatever the tenant attaches: an object of at most 8192 bytes and 8 levels, echoed as `tenant_metadata`.
    #[serde(default, skip_serializing)]
    pub metadata: Option<RawMetadata>,
}

/// Body of `POST /api/v1/fast-check`: all frames at once, the server finds the faces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FastCheckRequest {
    /// A UUID made by the client.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub session_id: String,
    /// Model id, `10` when absent; ignored when `X-Model-Version` is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// With `X-Model-Version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_count: Option<u32>,
    /// Camera or file.
    #[serde(default)]
    pub source: Source,
    /// At least as many as the model requires, each index once.
    pub frames: Vec<Frame>,
    /// Measured frame rate, 0 < fps <= 120; required by `hybrid-v2-*`.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_FPS as u32), extend("exclusiveMinimum" = 0)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
    /// What the capture noticed, at most 50 different ones; each counts, and comes back, once.
    #[cfg_attr(feature = "schema", schemars(inner(length(max = 500))))]
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "each_warning_once"
    )]
    pub warnings: Option<Vec<String>>,
    /// What the client knows of the device: an object of at most 8192 bytes and 8 levels, passed on to the upstream; anything else
    /// is dropped.
    #[serde(default, skip_serializing)]
    pub device_intelligence: Option<RawMetadata>,
    /// Whatever the tenant attaches: an object of at most 8192 bytes and 8 levels, echoed as `tenant_metadata`.
    #[serde(default, skip_serializing)]
    pub metadata: Option<RawMetadata>,
}

/// Body of `POST /api/v1/fast-check-stream`: one frame. `model`, `frame_count` and `source` are the same for every
/// frame of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FastCheckStreamRequest {
    /// A UUID made by the client, the same for every frame.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub session_id: String,
    /// Model id, `10` when absent; ignored when `X-Model-Version` is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// With `X-Model-Version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_count: Option<u32>,
    /// Camera or file.
    #[serde(default)]
    pub source: Source,
    /// The frame.
    pub frame: Frame,
    /// Measured frame rate, 0 < fps <= 120, the same with every frame; `hybrid-v2-*` need it where the frames' times say
    /// none. That of the frame which brings the verdict counts.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_FPS as u32), extend("exclusiveMinimum" = 0)))]
    #[serde(default, skip_serializing)]
    pub fps: Option<f64>,
    /// What the capture noticed, at most 50 different ones; each counts, and comes back, once.
    #[cfg_attr(feature = "schema", schemars(inner(length(max = 500))))]
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "each_warning_once"
    )]
    pub warnings: Option<Vec<String>>,
    /// What the client knows of the device: an object of at most 8192 bytes and 8 levels, passed on to the upstream; anything else
    /// is dropped.
    #[serde(default, skip_serializing)]
    pub device_intelligence: Option<RawMetadata>,
    /// Whatever the tenant attaches: an object of at most 8192 bytes and 8 levels, echoed as `tenant_metadata`.
    #[serde(default, skip_serializing)]
    pub metadata: Option<RawMetadata>,
}

/// Answer to one streamed frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum StreamReply {
    /// More frames are needed.
    Buffering {
        /// Echo.
        session_id: String,
        /// How many frames the server holds.
        frames_received: u32,
        /// How many the model needs.
        frames_required: u32,
        /// How long the server keeps them, in seconds.
        #[serde(default)]
        ttl_seconds: u64,
        /// Echo.
        #[serde(default)]
        warnings: Option<Vec<String>>,
    },
    /// The answer to the last frame.
    Complete(Box<VerdictData>),
}

/// Which of the two a [`StreamReply`] is, for readers that look at the status first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StreamStatus {
    /// See [`StreamReply::Buffering`].
    Buffering,
    /// See [`StreamReply::Complete`].
    Complete,
}

/// The `data` of `GET /api/v1/queue/stats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueStats {
    /// Checks that wait for their turn.
    pub queue_length: u32,
    /// The queue's name: that of the mode.
    pub queue_key: String,
    /// Checks that are being made.
    #[serde(default)]
    pub running: u32,
    /// How many are made at once at most; absent where nothing bounds that.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u32>,
}

/// Body of `PATCH /api/v1/sessions/{id}/client-time`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClientTime {
    /// How long the check took the client from its beginning to its verdict, in milliseconds.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 86_400_000)))]
    pub client_time: f64,
}

/// The `data` of `GET /health`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Health {
    /// `"healthy"`, or `"degraded"` while a dependency is down.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["healthy", "degraded"])))]
    pub status: String,
    /// The API's version.
    #[serde(default)]
    pub version: String,
    /// `"production"` when LIVENESS_SECRET is set, else `"development"`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["production", "development"])))]
    #[serde(default)]
    pub environment: String,
    /// Ids of the models that can run.
    #[serde(default)]
    pub models_loaded: Vec<String>,
    /// Dependencies and their statuses.
    #[serde(default)]
    pub dependencies: std::collections::BTreeMap<String, String>,
}
