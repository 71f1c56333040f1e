//! The registry of models: frame counts, aliases, deprecation.

use serde::{Deserialize, Serialize};

/// One model the API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// Concrete id.
    pub id: &'static str,
    /// Short name.
    pub label: &'static str,
    /// The fewest frames it accepts.
    pub min_frames: u32,
    /// The id to move to, when deprecated.
    pub successor: Option<&'static str>,
    /// Whether requests must state `fps`.
    pub needs_fps: bool,
}

/// An entry of `GET /api/v1/models`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ModelEntry {
    /// Concrete id.
    pub id: String,
    /// Short name.
    #[serde(default)]
    pub label: String,
    /// One sentence.
    #[serde(default)]
    pub description: String,
    /// The fewest frames it accepts.
    pub min_frames: u32,
    /// Whether to migrate.
    #[serde(default)]
    pub deprecated: bool,
    /// What a verdict costs, in credits, where it is paid for.
    #[serde(default)]
    pub credits: u32,
}

/// Why a request's model cannot be resolved.
///
/// Names are escaped by hand: `{:?}` brings a table of all printable characters into the page's module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// No such id.
    #[error("unknown model \"{}\"", .0.escape_default())]
    UnknownModel(String),
    /// No such version alias.
    #[error("unknown model version \"{}\"", .0.escape_default())]
    UnknownVersion(String),
    /// The alias has no model of that many frames.
    #[error("model version \"{}\" has no model of {frame_count} frames", .version.escape_default())]
    UnknownFrameCount {
        /// The alias.
        version: String,
        /// The frame count asked for.
        frame_count: u32,
    },
    /// A version alias came without `frame_count`.
    #[error("frame_count is required with X-Model-Version")]
    MissingFrameCount,
}

/// Why models cannot be the steps of an escalation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepsError {
    /// No such id.
    #[error("unknown model \"{}\"", .0.escape_default())]
    UnknownModel(String),
    /// It sees no more than the model before it.
    #[error("{0} needs no more frames than the model before it")]
    NotMore(&'static str),
    /// There is none.
    #[error("there must be a model of more frames than the first")]
    None,
}

const fn model(id: &'static str, label: &'static str, min_frames: u32) -> Model {
    Model { id, label, min_frames, successor: None, needs_fps: false }
}

const fn deprecated(id: &'static str, min_frames: u32, successor: Option<&'static str>) -> Model {
    Model { id, label: "Legacy", min_frames, successor, needs_fps: false }
}

const fn hybrid(id: &'static str, min_frames: u32) -> Model {
    Model { id, label: "Hybrid", min_frames, successor: None, needs_fps: true }
}

/// Every model in the documentation, and the newer ids the official packages know.
pub const MODELS: &[Model] = &[
    model("mixed-10-v2", "Fast", 10),
    model("mixed-30-v2", "Balanced", 30),
    model("mixed-60-v2", "Thorough", 60),
    model("mixed-90-v2", "Extended", 90),
    model("mixed-120-v2", "Maximum", 120),
    model("mixed-30-v3_1_1", "Balanced v3.1.1", 30),
    model("mixed-60-v3_1_1", "Thorough v3.1.1", 60),
    model("mixed-120-v3_1_1", "Maximum v3.1.1", 120),
    model("10", "Fast anti-spoofing", 10),
    model("50", "Standard spatial", 50),
    model("250", "High security", 250),
    deprecated("mixed-10", 10, Some("mixed-10-v2")),
    deprecated("mixed-30", 30, Some("mixed-30-v2")),
    deprecated("mixed-60", 60, Some("mixed-60-v2")),
    deprecated("mixed-90", 90, Some("mixed-90-v2")),
    deprecated("mixed-120", 120, Some("mixed-120-v2")),
    deprecated("mixed-150", 150, Some("mixed-120-v2")),
    deprecated("mixed-250", 250, Some("mixed-120-v2")),
    hybrid("hybrid-v2-10", 10),
    hybrid("hybrid-v2-30", 30),
    hybrid("hybrid-v2-60", 60),
    hybrid("hybrid-v2-90", 90),
    hybrid("hybrid-v2-120", 120),
];

/// What a verdict of these models costs, in credits; of any other it is one.
const CREDITS: &[(&str, u32)] = &[("mixed-120-v2", 2)];
/// The values of `frame_count` that go with a version alias.
pub const FRAME_COUNTS: &[u32] = &[10, 30, 60, 90, 120];
/// What the API uses when a request names no model.
pub const API_DEFAULT_MODEL: &str = "10";
/// What the documented escalation begins with.
pub const FIRST_MODEL: &str = "mixed-10-v2";
/// What it goes on with after a borderline verdict, with blanks between them.
pub const FURTHER_MODELS: &str = "mixed-30-v2 mixed-60-v2";
/// What the documentation recommends, and our default.
pub const RECOMMENDED_MODEL: &str = "mixed-30-v2";

impl Model {
    /// The model with this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        MODELS.iter().find(|model| model.id == id)
    }

    /// How many credits a verdict costs.
    pub fn credits(&self) -> u32 {
        CREDITS.iter().find(|(id, _)| *id == self.id).map_or(1, |(_, credits)| *credits)
    }

    /// Whether the model is deprecated.
    pub const fn deprecated(&self) -> bool {
        // "50" and "250" have no stated successor; only the mixed-N family is marked.
        self.successor.is_some()
    }

    /// The models with which a check goes on after a borderline verdict, the first of which was of `frames` frames: those
    /// with the given ids, with blanks between them, or those of [`FURTHER_MODELS`] that see more.
    ///
    /// # Errors
    /// See [`StepsError`].
    pub fn steps(frames: u32, ids: Option<&str>) -> Result<Vec<&'static Self>, StepsError> {
        let (mut steps, mut before) = (Vec::new(), frames);
        for id in ids.unwrap_or(FURTHER_MODELS).split_ascii_whitespace() {
            let model = Self::find(id).ok_or_else(|| StepsError::UnknownModel(id.into()))?;
            if model.min_frames > before {
                before = model.min_frames;
                steps.push(model);
            } else if ids.is_some() {
                return Err(StepsError::NotMore(model.id));
            }
        }
        if steps.is_empty() {
            return Err(StepsError::None);
        }
        Ok(steps)
    }

    /// Resolves the model a request names: with a version alias (the `X-Model-Version` header) the
    /// body's `model` is ignored and `frame_count` is required; without one `model` is an id.
    ///
    /// The documentation spells out `latest` + 30 = `mixed-30-v2` and names `v1`, `v2` and `fast`;
    /// that `v1` means the deprecated family and `fast` the v2 one is our reading of it.
    /// `v3_1_1` is the newer official packages' name for their family.
    ///
    /// # Errors
    /// See [`ResolveError`].
    pub fn resolve(
        version: Option<&str>,
        model: Option<&str>,
        frame_count: Option<u32>,
    ) -> Result<&'static Self, ResolveError> {
        let Some(version) = version else {
            let id = model.unwrap_or(API_DEFAULT_MODEL);
            return Self::find(id).ok_or_else(|| ResolveError::UnknownModel(id.into()));
        };
        let frame_count = frame_count.ok_or(ResolveError::MissingFrameCount)?;
        let id = match version {
            "latest" | "v2" | "fast" => format!("mixed-{frame_count}-v2"),
            "v1" => format!("mixed-{frame_count}"),
            "v3_1_1" => format!("mixed-{frame_count}-v3_1_1"),
            _ => return Err(ResolveError::UnknownVersion(version.into())),
        };
        Self::find(&id)
            .filter(|_| FRAME_COUNTS.contains(&frame_count))
            .ok_or_else(|| ResolveError::UnknownFrameCount { version: version.into(), frame_count })
    }
}

/// The model a request asks for, by id or by version; never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// `model` in the body.
    Id(String),
    /// `X-Model-Version` with `frame_count` in the body.
    Version {
        /// The alias.
        version: String,
        /// Frames.
        frame_count: u32,
    },
}

impl ModelChoice {
    /// Made from a request: the id is ignored if there is a version; `default` is the id if there is neither.
    ///
    /// # Errors
    /// [`ResolveError::MissingFrameCount`] for a version without a frame count.
    pub fn new(
        version: Option<String>,
        model: Option<String>,
        frame_count: Option<u32>,
        default: &str,
    ) -> Result<Self, ResolveError> {
        match version {
            None => Ok(Self::Id(model.unwrap_or_else(|| default.to_owned()))),
            Some(version) => {
                let frame_count = frame_count.ok_or(ResolveError::MissingFrameCount)?;
                Ok(Self::Version { version, frame_count })
            }
        }
    }

    /// The body's `model`.
    pub fn model(&self) -> Option<&str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Version { .. } => None,
        }
    }

    /// The `X-Model-Version` header.
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Id(_) => None,
            Self::Version { version, .. } => Some(version),
        }
    }

    /// The body's `frame_count`.
    pub const fn frame_count(&self) -> Option<u32> {
        match self {
            Self::Id(_) => None,
            Self::Version { frame_count, .. } => Some(*frame_count),
        }
    }

    /// Looks it up in the registry.
    ///
    /// # Errors
    /// See [`ResolveError`].
    pub fn resolve(&self) -> Result<&'static Model, ResolveError> {
        Model::resolve(self.version(), self.model(), self.frame_count())
    }
}

impl From<&Model> for ModelEntry {
    fn from(model: &Model) -> Self {
        Self {
            id: model.id.into(),
            label: model.label.into(),
            description: format!("{} ({} frames)", model.label, model.min_frames),
            min_frames: model.min_frames,
            deprecated: model.deprecated(),
            credits: model.credits(),
        }
    }
}
