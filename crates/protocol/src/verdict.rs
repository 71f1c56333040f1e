//! Verdicts and score bands.

use serde::de::value::{Error as IgnoredError, StrDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// Scores of this and above are live.
pub const LIVE_THRESHOLD: f64 = 65.0;

/// The scores that count as borderline, both included, unless somebody names others: from above the lowest band,
/// `VERY LOW` (up to 34), to where `VERY HIGH` begins (80). The API's documentation ends an escalation at "high confidence".
pub const BORDERLINE: (f64, f64) = (LOW, VERY_HIGH);

/// Scores of this and above are in the band `LOW`.
const LOW: f64 = 35.0;
/// Scores of this and above are in the band `VERY HIGH`.
const VERY_HIGH: f64 = 80.0;

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Verdict {
    /// A person in front of the camera.
    Live,
    /// A picture or a screen, or indistinguishable from one.
    Fake,
    /// The material does not allow a decision.
    Inconclusive,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Live, Self::Fake, Self::Inconclusive];

    /// The API's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Fake => "fake",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// Whether the verdict with this score calls for a closer look, by these lowest and highest borderline scores. No
    /// decision always does.
    pub fn is_borderline(self, score: f64, (lowest, highest): (f64, f64)) -> bool {
        self == Self::Inconclusive || (lowest..=highest).contains(&score)
    }
}

/// The documented bands of the percentage score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum RiskBand {
    /// 0 to 34.
    #[serde(rename = "VERY LOW")]
    VeryLow,
    /// 35 to 49.
    #[serde(rename = "LOW")]
    Low,
    /// 50 to 64.
    #[serde(rename = "MEDIUM")]
    Medium,
    /// 65 to 79.
    #[serde(rename = "HIGH")]
    High,
    /// 80 to 100.
    #[serde(rename = "VERY HIGH")]
    VeryHigh,
}

impl RiskBand {
    /// The band of a percentage score; NaN counts as the lowest.
    pub fn of_score(score: f64) -> Self {
        match score {
            s if s >= VERY_HIGH => Self::VeryHigh,
            s if s >= LIVE_THRESHOLD => Self::High,
            s if s >= 50.0 => Self::Medium,
            s if s >= LOW => Self::Low,
            _ => Self::VeryLow,
        }
    }
}

/// The `data` of a finished check, from any endpoint.
///
/// Fields that only some endpoints send are optional; unknown fields are dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "typescript", ts(optional_fields = nullable))]
pub struct VerdictData {
    /// Live, fake or inconclusive.
    pub verdict: Verdict,
    /// Reserved by the API; currently equals `real_score`.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Probability of being live, 0 to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1)))]
    pub real_score: f64,
    /// The same in percent, 0 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 100)))]
    pub score: f64,
    /// The score's band, for information only: an undocumented word is dropped.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "known_band"
    )]
    pub risk_band: Option<RiskBand>,
    /// Echo of the request's session id.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
    pub session_id: String,
    /// The model that ran.
    #[cfg_attr(
        feature = "schema",
        schemars(description = "The model that ran; `local-...` in local mode.")
    )]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How frames came in: `rest_crops`, `rest_frames`, ...
    #[cfg_attr(feature = "schema", schemars(example = &"rest_crops"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_source: Option<String>,
    /// Server time in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub processing_ms: Option<u64>,
    /// Frames analysed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames_processed: Option<u32>,
    /// Whatever the tenant attached.
    #[cfg_attr(feature = "schema", schemars(extend("type" = ["object", "null"])))]
    #[serde(default)]
    #[cfg_attr(feature = "typescript", ts(optional, type = "unknown"))]
    pub tenant_metadata: Option<serde_json::Value>,
    /// What the server noticed about the material.
    #[serde(default)]
    pub warning: Option<String>,
    /// The capture warnings of the request, echoed.
    #[serde(default)]
    pub warnings: Option<Vec<String>>,
    /// ISO 8601.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

fn known_band<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RiskBand>, D::Error> {
    let word = serde_json::Value::deserialize(deserializer)?;
    let band = |word| RiskBand::deserialize(StrDeserializer::<IgnoredError>::new(word)).ok();
    Ok(word.as_str().and_then(band))
}
