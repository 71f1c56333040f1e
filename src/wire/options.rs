//! Options of a check as the package passes them on: validated against the table
//! (`typescript/option_table.rs`), with absolute addresses, the headers as a list, and an escalation without lists.

use serde::Deserialize;
use wasm_bindgen::JsValue;

use super::words::words;

words! {
    /// Which protocol carries the pictures.
    #[derive(Default)]
    pub enum TransportKind {
        /// Our session protocol: crops go up while the capture runs.
        #[default]
        Sessions = "sessions",
        /// One documented `fast-check-crops` request at the end.
        Crops = "crops",
        /// Documented `fast-check-stream`: whole frames, one per request.
        Stream = "stream",
    }
}

words! {
    /// How frames reach the worker.
    #[derive(Default)]
    pub enum FramePath {
        /// The first of the others that the browser has.
        #[default]
        Auto = "auto",
        /// MediaStreamTrackProcessor, its stream read by the worker.
        TrackProcessor = "track-processor",
        /// requestVideoFrameCallback with a transferred VideoFrame.
        VideoFrame = "video-frame",
        /// A transferred ImageBitmap.
        ImageBitmap = "image-bitmap",
        /// A canvas on the page.
        Canvas = "canvas",
    }
}

words! {
    /// How crops are cut.
    #[derive(Default)]
    pub enum CropRule {
        /// 3 x the face, black outside the frame.
        #[default]
        SquareContext = "square-context",
        /// The box widened by a fifth of the frame on each side, clamped to the frame, squashed into the square.
        FrameMargin = "frame-margin",
    }
}

words! {
    /// What the person does meanwhile.
    #[derive(Default)]
    pub enum Mode {
        /// Follows instructions.
        #[default]
        Guided = "guided",
        /// Something else.
        Background = "background",
    }
}

words! {
    /// The credentials mode of `fetch`.
    #[derive(Default)]
    pub enum Credentials {
        /// No cookies.
        Omit = "omit",
        /// Cookies for the page's own origin.
        #[default]
        SameOrigin = "same-origin",
        /// Cookies for every origin.
        Include = "include",
    }
}

words! {
    /// The meaning of the input and outputs of the page's own detector.
    pub enum DetectorKind {
        /// MediaPipe's short-range BlazeFace.
        BlazeFace = "blazeface",
        /// YuNet, as OpenCV reads it.
        YuNet = "yunet",
    }
}

/// The page's own face detector.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "OwnDetector"))]
pub struct Detector {
    /// The meaning of its input and outputs.
    pub kind: DetectorKind,
    /// Side of its square input in pixels; the kind's own if absent.
    pub side: Option<u32>,
}

/// A session that the integrator's back end has opened.
#[derive(Clone, Deserialize)]
pub struct GivenSession {
    /// Its id.
    pub id: String,
    /// Its token.
    pub token: String,
}

/// Keeps the token out of messages.
impl std::fmt::Debug for GivenSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenSession").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A closer look at a borderline verdict.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EscalationOptions {
    /// Model ids with blanks between them, each of more frames than the one before.
    pub steps: Option<String>,
    /// The lowest borderline score.
    pub lowest: Option<f64>,
    /// The highest.
    pub highest: Option<f64>,
}

/// Waiting times in milliseconds; defaults where absent.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Timeouts {
    /// From the prompt until the camera is open.
    pub camera: Option<f64>,
    /// Until the detector is ready.
    pub loading: Option<f64>,
    /// From the first frame to the last usable one.
    pub positioning: Option<f64>,
    /// Positioning without progress, until there is further help.
    pub help: Option<f64>,
    /// The longest time without a frame.
    pub stall: Option<f64>,
    /// Since the last crop arrived.
    pub upload: Option<f64>,
    /// Until the verdict.
    pub verify: Option<f64>,
    /// One HTTP request.
    pub request: Option<f64>,
}

/// The options.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CheckOptions {
    /// Base URL, absolute.
    pub endpoint: String,
    /// What the person does meanwhile.
    pub mode: Mode,
    /// The protocol.
    pub transport: TransportKind,
    /// Model id.
    pub model: Option<String>,
    /// Frame count.
    pub frame_count: Option<u32>,
    /// `X-Model-Version`.
    pub model_version: Option<String>,
    /// Frames per second.
    pub fps: Option<f64>,
    /// A Blob or an absolute URL; undefined: the script opens a stream.
    #[serde(with = "super::read::as_is")]
    pub source: JsValue,
    /// Extra request headers.
    pub headers: Vec<(String, String)>,
    /// `fetch` credentials mode.
    pub credentials: Credentials,
    /// How crops are cut.
    pub crop_rule: CropRule,
    /// How frames travel.
    pub frame_path: FramePath,
    /// A session that the back end has opened.
    pub session: Option<GivenSession>,
    /// What follows a borderline verdict.
    pub escalation: Option<EscalationOptions>,
    /// Waiting times.
    pub timeouts: Timeouts,
}
