//! Which model a request asks for, in either of the API's two flows.

use std::collections::BTreeSet;

use liveness_protocol::model::{API_DEFAULT_MODEL, MODELS, Model};
use liveness_protocol::{ErrorCode, ModelChoice, ModelEntry, ResolveError};
use liveness_verifier::Verifier;

use crate::domain::error::ApiError;
use crate::domain::mode::Mode;

/// Prefix of the ids of all local models, whatever their version.
pub const LOCAL_MODEL_PREFIX: &str = "local-";

/// The most frames the local verifier takes.
pub const LOCAL_MAX_FRAMES: u32 = liveness_verifier::MAX_FRAMES as u32;

/// The model that a choice stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedModel {
    /// Concrete id.
    pub id: String,
    /// The fewest frames it accepts.
    pub min_frames: u32,
    /// The id to move to, when deprecated.
    pub successor: Option<&'static str>,
    /// Whether requests must state `fps`.
    pub needs_fps: bool,
    /// What a verdict costs, in credits, where it is paid for.
    pub credits: u32,
}

impl ResolvedModel {
    /// Its id, and that of the model which has come after it.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.successor)
    }
}

/// Reads `X-Model-Version` and the two body fields. With a version, `model` is ignored.
///
/// # Errors
/// `missing_field` for a version without `frame_count`.
pub fn read_choice(
    version: Option<&str>,
    model: Option<String>,
    frame_count: Option<u32>,
    default: &str,
) -> Result<ModelChoice, ApiError> {
    ModelChoice::new(version.map(str::to_owned), model, frame_count, default)
        .map_err(|error| resolve_error(&error))
}

/// Looks a choice up among the local models and in the registry.
///
/// # Errors
/// `unknown_model`, `missing_field`.
pub fn resolve(choice: &ModelChoice) -> Result<ResolvedModel, ApiError> {
    if let Some(id) = choice.model()
        && let Some(min_frames) = local_frames(id)
    {
        return Ok(ResolvedModel {
            id: id.to_owned(),
            min_frames,
            successor: None,
            needs_fps: false,
            credits: UNLISTED_CREDITS,
        });
    }
    let model = choice.resolve().map_err(|error| resolve_error(&error))?;
    Ok(ResolvedModel {
        id: model.id.to_owned(),
        min_frames: model.min_frames,
        successor: model.successor,
        needs_fps: model.needs_fps,
        credits: model.credits(),
    })
}

/// What a verdict costs by a model that is not in the registry.
pub const UNLISTED_CREDITS: u32 = 1;

/// What a verdict costs by the model that a choice stands for, in credits, where it is paid for.
pub fn credits(choice: &ModelChoice) -> u32 {
    choice.resolve().map_or(UNLISTED_CREDITS, Model::credits)
}

/// The API's default model, for the endpoints it documents.
pub const DOCUMENTED_DEFAULT: &str = API_DEFAULT_MODEL;

/// How many frames the local models see: there is one for each number that a model of the registry asks for.
fn local_counts() -> BTreeSet<u32> {
    MODELS.iter().map(|model| model.min_frames).filter(|count| *count <= LOCAL_MAX_FRAMES).collect()
}

/// The number of frames in a local model's id.
fn local_frames(id: &str) -> Option<u32> {
    if !id.starts_with(LOCAL_MODEL_PREFIX) {
        return None;
    }
    local_counts().into_iter().find(|frames| local_id(*frames) == id)
}

/// The id of the local model for this many frames.
pub fn local_id(frames: u32) -> String {
    Verifier::model_id(frames as usize)
}

fn resolve_error(error: &ResolveError) -> ApiError {
    // The error quotes what the caller sent, which may be long.
    let message: String = error.to_string().chars().take(200).collect();
    match error {
        ResolveError::MissingFrameCount => {
            ApiError::of_field(ErrorCode::MissingField, "frame_count", message)
        }
        _ => ApiError::with_message(ErrorCode::UnknownModel, message),
    }
}

/// Entries of `GET /api/v1/models`, each with its mode: the registry's, and the local verifier's own where that decides
/// alone. Where it does, a name of the registry says what really runs.
pub fn entries(mode: impl Fn(&ResolvedModel) -> Mode) -> Vec<(ModelEntry, Mode)> {
    let own = local_counts().into_iter().map(|frames| ModelEntry {
        id: local_id(frames),
        label: "Local".to_owned(),
        description: format!("The gateway's own verifier on {frames} frames; not certified"),
        min_frames: frames,
        deprecated: false,
        credits: 0,
    });
    let registry = MODELS.iter().map(ModelEntry::from);
    let with_mode = |entry: ModelEntry| {
        let mode = mode(&resolve(&ModelChoice::Id(entry.id.clone())).ok()?);
        Some((entry, mode))
    };
    let own = own.filter_map(with_mode).filter(|(_, mode)| *mode == Mode::Local);
    let accepted = registry.filter_map(with_mode).filter_map(|(mut entry, mode)| {
        if mode == Mode::Local {
            let runs =
                (entry.min_frames <= LOCAL_MAX_FRAMES).then(|| local_id(entry.min_frames))?;
            entry.description = format!("Accepted as a name: {runs} runs in its place");
        }
        Some((entry, mode))
    });
    own.chain(accepted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_overrides_the_body() {
        let choice = read_choice(Some("latest"), Some("10".into()), Some(60), "x").unwrap();
        assert_eq!(choice, ModelChoice::Version { version: "latest".into(), frame_count: 60 });
        assert_eq!(resolve(&choice).unwrap().id, "mixed-60-v2");
        let choice = read_choice(None, None, Some(60), "mixed-30-v2").unwrap();
        assert_eq!(resolve(&choice).unwrap().min_frames, 30);
    }

    #[test]
    fn what_is_unknown_has_a_code() {
        let missing = read_choice(Some("v2"), None, None, "x").unwrap_err();
        assert_eq!(missing.code, ErrorCode::MissingField);
        for id in ["", "mixed-31-v2", "local-1-31", "local-2-30", "local-1-"] {
            let error = resolve(&ModelChoice::Id(id.into())).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnknownModel, "{id}");
        }
        let long = resolve(&ModelChoice::Id("x".repeat(10_000))).unwrap_err();
        assert!(long.message.len() <= 200);
    }

    #[test]
    fn every_entry_can_be_asked_for() {
        for mode in Mode::ALL {
            let entries = entries(|_| mode);
            for (entry, of_entry) in &entries {
                let resolved = resolve(&ModelChoice::Id(entry.id.clone())).unwrap();
                assert_eq!((resolved.min_frames, *of_entry), (entry.min_frames, mode));
            }
            let own = entries.iter().any(|(entry, _)| entry.id.starts_with(LOCAL_MODEL_PREFIX));
            assert_eq!(own, mode == Mode::Local, "{mode}");
        }
    }
}
