//! The options an integrator may set: names, types, bounds, defaults and documentation. The package's type
//! and its validation are both generated from this table.

use liveness_capture_core::{
    SessionConfig,
    config::{MAX_DURATION_MS, MAX_FRAMES, TARGET_FPS},
};
use liveness_protocol::{BORDERLINE, model::FURTHER_MODELS};

use crate::host::options::DEFAULT_REQUEST_TIMEOUT_MS;
use crate::wire::{Credentials, CropRule, DetectorKind, FramePath, Mode, TransportKind};

/// What values an option takes.
pub enum Kind {
    /// A non-empty string.
    Text,
    /// A URL as a string or `URL`, relative to the page's own.
    Address,
    /// One of these words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A number within bounds.
    Number {
        /// Lowest.
        min: f64,
        /// Highest.
        max: f64,
        /// Whether it must be an integer.
        whole: bool,
    },
    /// A group of options.
    Group {
        /// The name of its type.
        name: &'static str,
        /// Its options.
        options: Vec<OptionSpec>,
    },
    /// Checked by a TypeScript function of the option's name; this is its type.
    Checked(&'static str),
}

/// One option.
pub struct OptionSpec {
    /// Its name.
    pub name: &'static str,
    /// Its documentation for integrators.
    pub doc: String,
    /// What values it takes.
    pub kind: Kind,
    /// Whether it must be set.
    pub required: bool,
    /// Its default, for the documentation.
    pub default: Option<String>,
}

fn option(name: &'static str, doc: impl Into<String>, kind: Kind) -> OptionSpec {
    OptionSpec { name, doc: doc.into(), kind, required: false, default: None }
}

impl OptionSpec {
    fn required(self) -> Self {
        Self { required: true, ..self }
    }

    fn default(self, value: impl ToString) -> Self {
        Self { default: Some(value.to_string()), ..self }
    }
}

fn milliseconds(name: &'static str, doc: &'static str, default: f64) -> OptionSpec {
    option(name, doc, Kind::Number { min: 1.0, max: MAX_DURATION_MS, whole: false })
        .default(default)
}

/// The options of a check.
pub fn check_options() -> Vec<OptionSpec> {
    let session = SessionConfig::default();
    let timeouts = vec![
        milliseconds(
            "camera",
            "From the prompt until the camera is open, and anew, for a minute at most, until its first picture. A video may take a minute by default.",
            session.camera_timeout_ms,
        ),
        milliseconds("loading", "Until the detector is ready.", session.loading_timeout_ms),
        milliseconds(
            "positioning",
            "From the first frame to the last usable one. The person is warned 20 seconds before, and can extend it.",
            session.positioning_timeout_ms,
        ),
        milliseconds(
            "help",
            "Positioning without progress, until the person is given further help.",
            session.help_after_ms,
        ),
        milliseconds("stall", "The longest time without a frame.", session.stall_timeout_ms),
        milliseconds(
            "upload",
            "After the capture, since the last picture arrived.",
            session.upload_timeout_ms,
        ),
        milliseconds("verify", "Until the verdict.", session.verify_timeout_ms),
        milliseconds("request", "One HTTP request.", DEFAULT_REQUEST_TIMEOUT_MS),
    ];
    let detector = vec![
        option("url", "URL of an ONNX file, fetched like the package's other files.", Kind::Address).required(),
        option(
            "kind",
            "The meaning of its input and outputs: MediaPipe's short-range BlazeFace, or YuNet as in OpenCV.",
            Kind::Words(DetectorKind::WORDS),
        )
        .required(),
        option(
            "side",
            "Side of its square input in pixels. Default: 128 for BlazeFace, 320 for YuNet.",
            Kind::Number { min: 32.0, max: 4_096.0, whole: true },
        ),
        option(
            "module",
            "URL of `vision_onnx_bg.wasm`, from the package `liveness-capture-onnx`. Default: in `assetBase`.",
            Kind::Address,
        ),
    ];
    let given = vec![
        option("id", "The session's id.", Kind::Text).required(),
        option("token", "Its token.", Kind::Text).required(),
    ];
    let (lowest, highest) = BORDERLINE;
    let escalation = vec![
        option(
            "steps",
            format!(
                "The models that follow, by their ids, each of more frames than the one before. Default: `{}`, those that \
                 need more frames than `model`.",
                FURTHER_MODELS.replace(' ', "` and `")
            ),
            Kind::Checked("readonly string[]"),
        ),
        option(
            "band",
            format!(
                "The lowest and the highest score that count as borderline. Default: {lowest} and {highest}, all but the \
                 outermost of the API's bands."
            ),
            Kind::Checked("readonly [number, number]"),
        ),
    ];
    vec![
        option(
            "video",
            "Shows the preview. The check sets `srcObject` (or `src`), `muted` and `playsinline`. Required, unless `mode` is \
             `background`.",
            Kind::Checked("HTMLVideoElement"),
        ),
        option(
            "mode",
            "`background`: while the person does something else (docs/background.md). Nobody is told how to get into place; \
             without `video` there is no preview. The page must show that the camera is on (`snapshot.cameraLive`).",
            Kind::Words(Mode::WORDS),
        )
        .default(Mode::default().as_str()),
        option(
            "endpoint",
            "Base URL of the gateway or of a Moveris-compatible proxy. Default: the page's own origin.",
            Kind::Address,
        ),
        option(
            "transport",
            "Our `sessions`, or the documented `crops` and `stream` endpoints.",
            Kind::Words(TransportKind::WORDS),
        )
        .default(TransportKind::default().as_str()),
        option("model", "Model id, for example `mixed-30-v2`. Default: the gateway's.", Kind::Text),
        option(
            "frameCount",
            "Frame count, for use with `modelVersion`.",
            Kind::Number { min: 1.0, max: f64::from(MAX_FRAMES), whole: true },
        ),
        option("modelVersion", "`X-Model-Version`, for example `latest`.", Kind::Text),
        option(
            "fps",
            "Frames per second.",
            Kind::Number { min: *TARGET_FPS.start(), max: *TARGET_FPS.end(), whole: false },
        )
        .default(session.target_fps),
        option(
            "source",
            "The camera, a camera's stream that the page has opened, or a video as Blob, File or URL.",
            Kind::Checked("\"camera\" | MediaStream | Blob | string"),
        )
        .default("camera"),
        option(
            "stopSource",
            "Whether the check stops the tracks of the page's own stream when it needs them no longer.",
            Kind::Flag,
        )
        .default(false),
        option(
            "deviceId",
            "A camera's `deviceId`, for example from `listCameras`. Default: the one that looks at the person.",
            Kind::Text,
        ),
        option(
            "rememberCamera",
            "Whether a camera chosen by `deviceId` is kept in `localStorage`, and used by later checks without one. \
             Off unless the page says so, since that is information stored on the person's device.",
            Kind::Flag,
        )
        .default(false),
        option(
            "onCapabilities",
            "Called with what the camera can do, once it is open: for diagnosis.",
            Kind::Checked("(capabilities: CameraCapabilities) => void"),
        ),
        option(
            "headers",
            "Extra request headers. Never an API key: the gateway holds it.",
            Kind::Checked("Record<string, string>"),
        ),
        option(
            "escalation",
            "Goes on after a borderline or inconclusive verdict, as one check, with a model of more frames \
             (docs/escalation.md). `model` then is `mixed-10-v2` by default. Not with `session`.",
            Kind::Group { name: "Escalation", options: escalation },
        ),
        option("credentials", "`fetch` credentials mode.", Kind::Words(Credentials::WORDS))
            .default(Credentials::default().as_str()),
        option(
            "cropRule",
            "Crop geometry. `square-context` is 3 x the face, black outside the frame.",
            Kind::Words(CropRule::WORDS),
        )
        .default(CropRule::default().as_str()),
        option(
            "session",
            "A session that your back end has opened (`POST /api/v1/sessions`), so that it knows whose check this is. \
             Default: the check opens one.",
            Kind::Group { name: "GivenSession", options: given },
        ),
        asset_base(
            "Folder of the package's files (`npx liveness-capture assets FOLDER` copies them). Default: beside this \
             script, where most bundlers put them.",
        ),
        option(
            "framePath",
            "Forces one way of reading frames, for diagnosis; `auto` takes the best the browser has.",
            Kind::Words(FramePath::WORDS),
        )
        .default(FramePath::default().as_str()),
        option(
            "detector",
            "A face detector to replace the built-in one; loads a larger module (docs/detector.md).",
            Kind::Group { name: "Detector", options: detector },
        ),
        option(
            "timeouts",
            "Waiting times in milliseconds. How long a page may be hidden or a camera muted is fixed (docs/errors.md).",
            Kind::Group { name: "Timeouts", options: timeouts },
        ),
        option("signal", "Cancels the check.", Kind::Checked("AbortSignal")),
    ]
}

/// The options of `preload`.
pub fn preload_options() -> Vec<OptionSpec> {
    vec![asset_base("The same `assetBase` as the check's.")]
}

fn asset_base(doc: &'static str) -> OptionSpec {
    option("assetBase", doc, Kind::Address)
}
