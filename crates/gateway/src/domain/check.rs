//! Checks: what is asked of a backend, and what it answers.

use bytes::Bytes;
use liveness_protocol::{ModelChoice, Source, VerdictData};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::UnixMillis;
use super::metadata::Metadata;
use super::mode::Engine;
use super::models::{self, ResolvedModel};
use super::pictures::print::Print;
use super::tenants::TenantId;

/// The pictures of a check, as files in the order they were taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Pictures {
    /// Face crops, PNG.
    Crops(Vec<Bytes>),
    /// The same as base64, the standard alphabet with padding, for a backend that does not decode them.
    CropTexts(Vec<Bytes>),
    /// Whole frames, PNG or JPEG, in which the face is yet to be found.
    Frames(Vec<Bytes>),
}

impl Pictures {
    /// How many.
    pub fn count(&self) -> usize {
        match self {
            Self::Crops(files) | Self::CropTexts(files) | Self::Frames(files) => files.len(),
        }
    }

    /// The API's word for how they came.
    pub const fn input_source(&self) -> &'static str {
        match self {
            Self::Crops(_) | Self::CropTexts(_) => "rest_crops",
            Self::Frames(_) => "rest_frames",
        }
    }
}

/// Who waits for a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A session's person, whose pictures have come already.
    Session,
    /// Whoever asks for it in one request.
    Direct,
}

/// One check, as any endpoint asks for it.
#[derive(Clone, PartialEq)]
pub struct CheckRequest {
    /// Echoed in the verdict.
    pub session_id: Uuid,
    /// Who waits for it.
    pub urgency: Urgency,
    /// The model as the caller named it, forwarded unchanged.
    pub model: ModelChoice,
    /// The pictures.
    pub pictures: Pictures,
    /// Each picture's time in milliseconds, as the client says; as many as pictures, or none.
    pub timestamps_ms: Vec<f64>,
    /// How long their session had been open when the verdict was asked for, in milliseconds; `None` where none was opened before
    /// the first picture came.
    pub session_age_ms: Option<u64>,
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
    /// What the client says of its device.
    pub device_intelligence: Option<Metadata>,
}

#[cfg(test)]
impl CheckRequest {
    /// One in a request of its own, by the model of ten, with these crops, of which nothing more is said.
    pub fn of_crops(crops: Vec<Bytes>) -> Self {
        Self {
            session_id: Uuid::nil(),
            urgency: Urgency::Direct,
            model: ModelChoice::Id("10".into()),
            pictures: Pictures::Crops(crops),
            timestamps_ms: Vec::new(),
            fps: None,
            states_fps: false,
            source: Source::Live,
            warnings: Vec::new(),
            bg_segmentation: None,
            device_intelligence: None,
            session_age_ms: None,
        }
    }
}

/// Which check was asked for, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As its verdict names it.
    pub id: Uuid,
    /// Whether the client has made the id, who may have made it that of another's check.
    pub by_client: bool,
    /// Whose check it is.
    pub tenant: TenantId,
    /// The model as it was asked for.
    pub model: String,
    /// What its verdict costs, in credits, where it is paid for.
    pub credits: u32,
    /// Whether the background of its pictures was removed, as its client says.
    pub bg_segmentation: Option<bool>,
}

/// The longest name of a model that is noted, in characters: it is the client's text.
const MODEL_NAME: usize = 60;

/// These times, where they say anything: each is later than the one before.
pub fn rising(times: &[f64]) -> Option<&[f64]> {
    let rise = times.windows(2).all(|pair| pair[0] < pair[1]);
    (!times.is_empty() && rise).then_some(times)
}

/// The rate of pictures with these times, in pictures per second.
pub fn rate(times: &[f64]) -> Option<f64> {
    let times = rising(times)?;
    let (first, last) = (times.first()?, times.last()?);
    let fps = 1000.0 * (times.len() - 1) as f64 / (last - first);
    (fps.is_finite() && fps > 0.0).then_some(fps)
}

impl CheckRequest {
    /// The pictures' times, where they say anything: each is later than the one before.
    pub fn rising_times(&self) -> Option<&[f64]> {
        rising(&self.timestamps_ms)
    }

    /// Which check this is, where no session of ours has its pictures.
    pub fn asked(&self, tenant: &TenantId) -> Asked {
        let model = match &self.model {
            ModelChoice::Id(id) => id.chars().take(MODEL_NAME).collect(),
            ModelChoice::Version { version, frame_count } => {
                let version: String = version.chars().take(MODEL_NAME).collect();
                format!("{version}, {frame_count} frames")
            }
        };
        Asked {
            id: self.session_id,
            by_client: true,
            tenant: tenant.clone(),
            model,
            credits: models::credits(&self.model),
            bg_segmentation: self.bg_segmentation,
        }
    }
}

/// What is said of the model beside a verdict: the values of the API's model headers, and which engine has decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelNotices {
    /// The model that has run.
    pub resolved: Option<String>,
    /// `true`, or a date, for a deprecated model.
    pub deprecation: Option<String>,
    /// When it goes, as an HTTP date.
    pub sunset: Option<String>,
    /// The deprecated model that was asked for.
    pub deprecated_model: Option<String>,
    /// The one to move to.
    pub suggested_model: Option<String>,
    /// Who has decided; not known of verdicts that were kept before this was.
    #[serde(default)]
    pub engine: Option<Engine>,
}

impl ModelNotices {
    /// Those of a model that runs here in the place of `asked`.
    pub fn of_model(asked: &ResolvedModel, runs: &str) -> Self {
        let resolved = Some(runs.to_owned());
        match asked.successor {
            Some(successor) => Self {
                resolved,
                deprecation: Some("true".to_owned()),
                sunset: None,
                deprecated_model: Some(asked.id.clone()),
                suggested_model: Some(successor.to_owned()),
                engine: None,
            },
            None => Self { resolved, ..Self::default() },
        }
    }
}

/// A finished check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckReply {
    /// The verdict.
    pub verdict: VerdictData,
    /// The model headers.
    pub notices: ModelNotices,
    /// When a back end has marked the verdict as used.
    #[serde(default)]
    pub used_at: Option<UnixMillis>,
    /// By which each frame of a stream is known again, in their order; nothing of other checks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<u32>,
    /// What a stream's client has said of its device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_intelligence: Option<serde_json::Value>,
}

impl CheckReply {
    /// A verdict that is new.
    pub const fn new(verdict: VerdictData, notices: ModelNotices) -> Self {
        Self { verdict, notices, used_at: None, frames: Vec::new(), device_intelligence: None }
    }

    /// Whether a stream's frame of this index was another than that with this print.
    pub fn had_another(&self, index: u32, print: Print) -> bool {
        self.frames.get(index as usize).is_some_and(|frame| *frame != print.short())
    }

    /// Whether no verifier was asked: it costs nothing then.
    pub fn is_unasked(&self) -> bool {
        self.notices.engine == Some(Engine::Gateway)
    }

    /// Whether the upstream has decided, which has to be paid for.
    pub fn is_paid(&self) -> bool {
        self.notices.engine == Some(Engine::Upstream)
    }
}

/// Joins two optional remarks about a verdict with `; `.
pub fn joined(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one}; {other}")),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deprecated_model_is_announced() {
        let asked = models::resolve(&ModelChoice::Id("mixed-30".into())).unwrap();
        let notices = ModelNotices::of_model(&asked, "local-1-30");
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(notices.resolved, text("local-1-30"));
        assert_eq!(notices.deprecation, text("true"));
        assert_eq!(notices.deprecated_model, text("mixed-30"));
        assert_eq!(notices.suggested_model, text("mixed-30-v2"));
        let asked = models::resolve(&ModelChoice::Id("mixed-30-v2".into())).unwrap();
        let plain = ModelNotices { resolved: text("x"), ..ModelNotices::default() };
        assert_eq!(ModelNotices::of_model(&asked, "x"), plain);
    }
}
