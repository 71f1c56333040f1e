//! A check's options as the driver needs them. Names, types and bounds have been checked already, by the
//! table generated from `src/wire`; what remains is what only the model registry and the session know.

use liveness_capture_core::{FailureCode, SessionConfig, config::MAX_DURATION_MS};
use liveness_protocol::{
    BORDERLINE, Model, ModelChoice, Source,
    model::{FIRST_MODEL, RECOMMENDED_MODEL},
};
use wasm_bindgen::JsValue;

use super::failure::Failure;
use crate::wire::{
    CheckOptions, Credentials, CropRule, EscalationOptions, FramePath, GivenSession, Mode,
    TransportKind, read::read,
};

/// Time limit of one request in milliseconds.
pub const DEFAULT_REQUEST_TIMEOUT_MS: f64 = 30_000.0;
/// With the `crops` transport all pictures go up while the verdict is awaited, so each adds this much: 50 kB in
/// base64 at 8 kB/s.
pub(super) const UPLOAD_MS_PER_PICTURE: f64 = 6_000.0;

/// A time limit with more time for a large body. It stays one: a timer that is set for longer than it can count fires at
/// once. One that is too long by itself is left as it is, to be refused by its own name.
pub(super) fn longer(limit_ms: f64, extra_ms: f64) -> f64 {
    (limit_ms + extra_ms).min(MAX_DURATION_MS.max(limit_ms))
}

/// Where the detector's frames come from.
#[derive(Debug, Clone)]
pub(super) enum MediaSource {
    /// The stream that the script opens, or the page's own.
    Camera,
    /// A video file.
    Blob(JsValue),
    /// A URL of a video.
    Url(String),
}

impl MediaSource {
    /// The code if it cannot be used, for a reason without a code of its own.
    pub(super) fn unusable(&self) -> FailureCode {
        match self {
            Self::Camera => FailureCode::CameraFailed,
            Self::Blob(_) | Self::Url(_) => FailureCode::MediaUnsupported,
        }
    }
}

/// The options of a check.
#[derive(Debug, Clone)]
pub(super) struct Options {
    /// Base URL without a trailing slash.
    pub endpoint: String,
    /// The protocol.
    pub transport: TransportKind,
    /// The models of the steps, by id or by version; none: the gateway's default.
    pub models: Vec<ModelChoice>,
    /// `frameCount`, even where the model id decides.
    pub frame_count: Option<u32>,
    /// Extra request headers.
    pub headers: Vec<(String, String)>,
    /// `fetch` credentials mode.
    pub credentials: Credentials,
    /// How crops are cut.
    pub crop_rule: CropRule,
    /// How frames travel.
    pub frame_path: FramePath,
    /// A session that the back end has opened.
    pub given: Option<GivenSession>,
    /// Camera or file.
    pub source: MediaSource,
    /// Time limit of one request in milliseconds.
    pub request_timeout_ms: f64,
    /// The pure session's settings.
    pub session: SessionConfig,
}

fn invalid(error: impl std::fmt::Display) -> Failure {
    Failure::new(FailureCode::InvalidOptions, error.to_string())
}

impl Options {
    /// Reads the package's object.
    ///
    /// # Errors
    /// `invalid_options` with a detail that names the option.
    pub(super) fn from_js(value: JsValue) -> Result<Self, Failure> {
        let options: CheckOptions = read(value).map_err(invalid)?;
        let source = match options.source.as_string() {
            None if options.source.is_object() => MediaSource::Blob(options.source),
            Some(url) if url != "camera" => MediaSource::Url(url),
            _ => MediaSource::Camera,
        };
        let mut session = SessionConfig::default();
        let is_camera = matches!(source, MediaSource::Camera);
        if options.mode == Mode::Background {
            session = session.in_background();
        }
        if !is_camera {
            session = session.of_a_file();
        }
        let t = options.timeouts;
        for (value, target) in [
            (options.fps, &mut session.target_fps),
            (t.camera, &mut session.camera_timeout_ms),
            (t.loading, &mut session.loading_timeout_ms),
            (t.positioning, &mut session.positioning_timeout_ms),
            (t.help, &mut session.help_after_ms),
            (t.stall, &mut session.stall_timeout_ms),
            (t.upload, &mut session.upload_timeout_ms),
            (t.verify, &mut session.verify_timeout_ms),
        ] {
            *target = value.unwrap_or(*target);
        }
        let escalation = options.escalation;
        let default = if escalation.is_some() { FIRST_MODEL } else { RECOMMENDED_MODEL };
        let model = match (options.model_version, options.model) {
            (None, None) if escalation.is_none() => None,
            (version, id) => Some(
                ModelChoice::new(version, id, options.frame_count, default)
                    .map_err(|error| invalid(format_args!("modelVersion: {error}")))?,
            ),
        };
        let mut options = Self {
            endpoint: options.endpoint.trim_end_matches('/').to_owned(),
            transport: options.transport,
            models: model.into_iter().collect(),
            frame_count: options.frame_count,
            headers: options.headers,
            credentials: options.credentials,
            crop_rule: options.crop_rule,
            frame_path: options.frame_path,
            given: options.session,
            source,
            request_timeout_ms: t.request.unwrap_or(DEFAULT_REQUEST_TIMEOUT_MS),
            session,
        };
        if let Some(escalation) = escalation {
            options.escalate(escalation)?;
        }
        if options.transport != TransportKind::Sessions {
            if options.given.is_some() {
                return Err(invalid("session: only the `sessions` transport has sessions"));
            }
            // The last step's are the most.
            let frames = options.frames_required(options.session.escalation.frames.len())?;
            if options.transport == TransportKind::Crops {
                let verify_ms = &mut options.session.verify_timeout_ms;
                *verify_ms = longer(*verify_ms, f64::from(frames) * UPLOAD_MS_PER_PICTURE);
            }
        }
        options.session.validate().map_err(invalid)?;
        Ok(options)
    }

    /// Adds the further steps.
    fn escalate(&mut self, escalation: EscalationOptions) -> Result<(), Failure> {
        if self.given.is_some() {
            return Err(invalid("escalation: a session of the back end's is for one verdict"));
        }
        let steps = Model::steps(self.frames_required(0)?, escalation.steps.as_deref())
            .map_err(|error| invalid(format_args!("escalation.steps: {error}")))?;
        for model in steps {
            self.models.push(ModelChoice::Id(model.id.to_owned()));
            self.session.escalation.frames.push(model.min_frames);
        }
        let (lowest, highest) = BORDERLINE;
        self.session.escalation.band =
            (escalation.lowest.unwrap_or(lowest), escalation.highest.unwrap_or(highest));
        Ok(())
    }

    /// The model to ask the documented endpoints for.
    pub(super) fn documented_model(&self, step: usize) -> ModelChoice {
        let chosen = self.models.get(step).cloned();
        chosen.unwrap_or_else(|| ModelChoice::Id(RECOMMENDED_MODEL.to_owned()))
    }

    /// How many frames a step needs: from the registry, or `frameCount` if the registry does not know the id.
    ///
    /// # Errors
    /// `invalid_options` if neither says.
    pub(super) fn frames_required(&self, step: usize) -> Result<u32, Failure> {
        match self.documented_model(step).resolve() {
            Ok(Model { min_frames, .. }) => Ok(*min_frames),
            Err(error) => self.frame_count.ok_or_else(|| invalid(format_args!("model: {error}"))),
        }
    }

    /// Camera or file, in the API's words.
    pub(super) fn api_source(&self) -> Source {
        self.session.source.into()
    }
}
