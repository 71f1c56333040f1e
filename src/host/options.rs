//! Options of a check, read from the page's plain object and validated.

use liveness_capture_core::{FailureCode, SessionConfig, SourceKind};
use liveness_protocol::{Model, model::RECOMMENDED_MODEL};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};

use super::Failure;

/// Which protocol carries the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportKind {
    /// Our session protocol: crops go up while the capture runs.
    #[default]
    Sessions,
    /// One documented `fast-check-crops` request at the end.
    Crops,
    /// Documented `fast-check-stream`: whole frames, one a request.
    Stream,
}

/// How frames reach the worker; `Auto` takes the first the browser has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FramePath {
    /// The best available.
    #[default]
    Auto,
    /// MediaStreamTrackProcessor, its stream read by the worker.
    TrackProcessor,
    /// requestVideoFrameCallback and a transferred VideoFrame.
    VideoFrame,
    /// A transferred ImageBitmap.
    ImageBitmap,
    /// A canvas on the page.
    Canvas,
}

/// What is in front of the detector.
#[derive(Debug, Clone)]
pub enum MediaSource {
    /// `getUserMedia`.
    Camera,
    /// A video file: a blob, or a URL.
    Blob(JsValue),
    /// A URL of a video.
    Url(String),
}

/// What the outputs of the page's own detector mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetectorKind {
    /// MediaPipe's short-range BlazeFace.
    BlazeFace,
    /// YuNet, as OpenCV reads it.
    YuNet,
}

impl DetectorKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BlazeFace => "blazeface",
            Self::YuNet => "yunet",
        }
    }
}

/// A face detector of the page's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Detector {
    /// Absolute URL of an ONNX file.
    pub url: String,
    /// What its outputs mean.
    pub kind: DetectorKind,
    /// Side of its square input in pixels; the kind's own if absent.
    pub side: Option<u32>,
}

/// Waiting times in milliseconds; the session's defaults where absent.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Timeouts {
    /// From the prompt to the camera.
    pub camera: Option<f64>,
    /// Until the detector is ready.
    pub loading: Option<f64>,
    /// From the first frame to the last usable one.
    pub positioning: Option<f64>,
    /// Without any frame.
    pub stall: Option<f64>,
    /// From the last frame to the last acknowledgement.
    pub upload: Option<f64>,
    /// Until the verdict.
    pub verify: Option<f64>,
    /// One HTTP request.
    pub request: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Raw {
    endpoint: String,
    transport: TransportKind,
    model: Option<String>,
    frame_count: Option<u32>,
    model_version: Option<String>,
    fps: Option<f64>,
    device_id: Option<String>,
    headers: Vec<(String, String)>,
    credentials: Option<String>,
    crop_rule: Option<String>,
    asset_base: String,
    frame_path: FramePath,
    detector: Option<Detector>,
    timeouts: Timeouts,
}

/// Validated options.
#[derive(Debug, Clone)]
pub struct Options {
    /// Base URL without a trailing slash; empty for the page's own origin.
    pub endpoint: String,
    /// Which protocol.
    pub transport: TransportKind,
    /// Model id, if the page chose one.
    pub model: Option<String>,
    /// Frame count, if the page chose one.
    pub frame_count: Option<u32>,
    /// `X-Model-Version`, if the page chose one.
    pub model_version: Option<String>,
    /// Camera, if the page chose one.
    pub device_id: Option<String>,
    /// Extra request headers.
    pub headers: Vec<(String, String)>,
    /// `fetch` credentials mode.
    pub credentials: web_sys::RequestCredentials,
    /// "square-context" or "frame-margin".
    pub crop_rule: &'static str,
    /// Where worker, wasm and model lie; ends in a slash.
    pub asset_base: String,
    /// How frames travel.
    pub frame_path: FramePath,
    /// The page's own detector, in place of the built-in one.
    pub detector: Option<Detector>,
    /// Camera or file.
    pub source: MediaSource,
    /// Time limit of one request in milliseconds.
    pub request_timeout_ms: f64,
    /// The pure session's own settings.
    pub session: SessionConfig,
}

fn invalid(detail: impl Into<String>) -> Failure {
    Failure::new(FailureCode::InvalidOptions, detail)
}

impl Options {
    /// Reads and checks the page's object.
    ///
    /// # Errors
    /// `invalid_options` with a detail that names the option.
    pub fn from_js(value: &JsValue) -> Result<Self, Failure> {
        let source = js_sys::Reflect::get(value, &"source".into()).unwrap_or(JsValue::UNDEFINED);
        let source = match source.as_string() {
            None if source.is_undefined() || source.is_null() => MediaSource::Camera,
            None if source.is_object() => MediaSource::Blob(source),
            Some(word) if word == "camera" => MediaSource::Camera,
            Some(url) if !url.is_empty() => MediaSource::Url(url),
            _ => return Err(invalid("source must be \"camera\", a Blob or a URL")),
        };
        // `source` may be a Blob, which serde cannot read: copy the rest.
        let plain = js_sys::Object::assign(&js_sys::Object::new(), value.unchecked_ref());
        let _ = js_sys::Reflect::delete_property(&plain, &"source".into());
        let raw: Raw =
            serde_wasm_bindgen::from_value(plain.into()).map_err(|e| invalid(e.to_string()))?;
        Self::validate(raw, source)
    }

    fn validate(raw: Raw, source: MediaSource) -> Result<Self, Failure> {
        if raw.frame_count == Some(0) {
            return Err(invalid("frameCount must be at least 1"));
        }
        if raw.model_version.is_some() && raw.frame_count.is_none() {
            return Err(invalid("modelVersion needs frameCount"));
        }
        let crop_rule = match raw.crop_rule.as_deref() {
            None | Some("square-context") => "square-context",
            Some("frame-margin") => "frame-margin",
            Some(other) => return Err(invalid(format!("unknown cropRule {other:?}"))),
        };
        let credentials = match raw.credentials.as_deref() {
            None | Some("same-origin") => web_sys::RequestCredentials::SameOrigin,
            Some("include") => web_sys::RequestCredentials::Include,
            Some("omit") => web_sys::RequestCredentials::Omit,
            Some(other) => return Err(invalid(format!("unknown credentials {other:?}"))),
        };
        let t = raw.timeouts;
        let mut session = SessionConfig::default();
        let is_camera = matches!(source, MediaSource::Camera);
        session.source = if is_camera { SourceKind::Camera } else { SourceKind::Media };
        session.mirrored = is_camera;
        for (value, target) in [
            (raw.fps, &mut session.target_fps),
            (t.camera, &mut session.camera_timeout_ms),
            (t.loading, &mut session.loading_timeout_ms),
            (t.positioning, &mut session.positioning_timeout_ms),
            (t.stall, &mut session.stall_timeout_ms),
            (t.upload, &mut session.upload_timeout_ms),
            (t.verify, &mut session.verify_timeout_ms),
        ] {
            *target = value.unwrap_or(*target);
        }
        session.validate().map_err(|error| invalid(error.to_string()))?;
        let request_timeout_ms = t.request.unwrap_or(30_000.0);
        if !(request_timeout_ms > 0.0 && request_timeout_ms.is_finite()) {
            return Err(invalid("timeouts.request must be positive"));
        }
        let options = Self {
            endpoint: raw.endpoint.trim_end_matches('/').to_owned(),
            transport: raw.transport,
            model: raw.model,
            frame_count: raw.frame_count,
            model_version: raw.model_version,
            device_id: raw.device_id,
            headers: raw.headers,
            credentials,
            crop_rule,
            asset_base: raw.asset_base,
            frame_path: raw.frame_path,
            detector: raw.detector,
            source,
            request_timeout_ms,
            session,
        };
        if options.transport != TransportKind::Sessions {
            options.frames_required().map_err(invalid)?;
        }
        Ok(options)
    }

    /// How many frames the documented endpoints need, by the registry; for an id the registry does
    /// not know, `frameCount` decides.
    pub fn frames_required(&self) -> Result<u32, String> {
        let id = self.model.as_deref().unwrap_or(RECOMMENDED_MODEL);
        match Model::resolve(self.model_version.as_deref(), Some(id), self.frame_count) {
            Ok(model) => Ok(model.min_frames),
            Err(error) => self.frame_count.ok_or_else(|| error.to_string()),
        }
    }
}
