//! The options an integrator may set: names, types, bounds, defaults and documentation. The package's type
//! and its check are both written from this table.

use liveness_capture_core::{
    SessionConfig,
    config::{MAX_DURATION_MS, TARGET_FPS},
};

use crate::host::options::DEFAULT_REQUEST_TIMEOUT_MS;
use crate::wire::{Credentials, CropRule, DetectorKind, FramePath, TransportKind};

/// What an option may be.
pub enum Kind {
    /// A text, not empty.
    Text,
    /// A text or `URL` that is an address, taken from the page's own.
    Address,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A number within bounds.
    Number {
        /// Lowest.
        min: f64,
        /// Highest.
        max: f64,
        /// Whether it has to be a whole one.
        whole: bool,
    },
    /// Options of its own.
    Group {
        /// The name of its type.
        name: &'static str,
        /// Its options.
        options: Vec<OptionSpec>,
    },
    /// What only TypeScript can check, by the option's name; with its type.
    Checked(&'static str),
}

/// One option.
pub struct OptionSpec {
    /// Its name.
    pub name: &'static str,
    /// For the person who sets it.
    pub doc: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether it has to be there.
    pub required: bool,
    /// What it is if absent, for the documentation.
    pub default: Option<String>,
}

fn option(name: &'static str, doc: &'static str, kind: Kind) -> OptionSpec {
    OptionSpec { name, doc, kind, required: false, default: None }
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
        milliseconds("camera", "From the prompt to the camera.", session.camera_timeout_ms),
        milliseconds("loading", "Until the detector is ready.", session.loading_timeout_ms),
        milliseconds(
            "positioning",
            "From the first frame to the last usable one.",
            session.positioning_timeout_ms,
        ),
        milliseconds("stall", "Without any frame.", session.stall_timeout_ms),
        milliseconds(
            "upload",
            "After the capture, since the last picture that arrived.",
            session.upload_timeout_ms,
        ),
        milliseconds("verify", "Until the verdict.", session.verify_timeout_ms),
        milliseconds("request", "One HTTP request.", DEFAULT_REQUEST_TIMEOUT_MS),
    ];
    let detector = vec![
        option("url", "An ONNX file, fetched as the page's other files are.", Kind::Address).required(),
        option(
            "kind",
            "What its input and outputs mean: MediaPipe's short-range BlazeFace, or YuNet as OpenCV has it.",
            Kind::Words(DetectorKind::WORDS),
        )
        .required(),
        option(
            "side",
            "Side of its square input in pixels. Default: 128 for BlazeFace, 320 for YuNet.",
            Kind::Number { min: 32.0, max: 4_096.0, whole: true },
        ),
    ];
    vec![
        option(
            "video",
            "Shows the preview. The check sets `srcObject` (or `src`), `muted` and `playsinline`.",
            Kind::Checked("HTMLVideoElement"),
        )
        .required(),
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
            "Frame count, with `modelVersion`.",
            Kind::Number { min: 1.0, max: 1_000.0, whole: true },
        ),
        option("modelVersion", "`X-Model-Version`, for example `latest`.", Kind::Text),
        option(
            "fps",
            "Frames a second.",
            Kind::Number { min: *TARGET_FPS.start(), max: *TARGET_FPS.end(), whole: false },
        )
        .default(session.target_fps),
        option(
            "source",
            "The camera, or a video as Blob, File or URL.",
            Kind::Checked("\"camera\" | Blob | string"),
        )
        .default("camera"),
        option("deviceId", "A camera's `deviceId`.", Kind::Text),
        option(
            "headers",
            "Extra request headers. Never an API key: the gateway holds that.",
            Kind::Checked("Record<string, string>"),
        ),
        option("credentials", "`fetch` credentials mode.", Kind::Words(Credentials::WORDS))
            .default(Credentials::default().as_str()),
        option(
            "cropRule",
            "Crop geometry. `square-context` is 3 x the face, black outside the frame.",
            Kind::Words(CropRule::WORDS),
        )
        .default(CropRule::default().as_str()),
        asset_base("Folder of wasm, worker and model. Default: beside this module."),
        option(
            "framePath",
            "Forces one way of reading frames, for diagnosis; `auto` is the best the browser has.",
            Kind::Words(FramePath::WORDS),
        )
        .default(FramePath::default().as_str()),
        option(
            "detector",
            "A face detector in place of the built-in one; loads a larger wasm file.",
            Kind::Group { name: "Detector", options: detector },
        ),
        option(
            "timeouts",
            "Waiting times in milliseconds.",
            Kind::Group { name: "Timeouts", options: timeouts },
        ),
        option("signal", "Cancels the check.", Kind::Checked("AbortSignal")),
    ]
}

/// The options of `preload`.
pub fn preload_options() -> Vec<OptionSpec> {
    vec![asset_base("The `assetBase` that the check will have.")]
}

fn asset_base(doc: &'static str) -> OptionSpec {
    option("assetBase", doc, Kind::Address)
}
