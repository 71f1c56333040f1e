//! Why a check failed.

use liveness_protocol::{ErrorCode, doc_text};

macro_rules! failure_codes {
    ($( $(#[doc = $doc:literal])* $variant:ident = $code:literal, retriable: $retriable:literal; )+) => {
        /// Why a check failed: our own reasons, and those the API reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FailureCode {
            $( $(#[doc = $doc])* $variant, )+
            /// Reported by the server.
            Api(ErrorCode),
        }

        impl FailureCode {
            /// Every code of our own.
            pub const OWN: &'static [FailureCode] = &[ $( FailureCode::$variant, )+ ];

            /// The code as the page sees it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ Self::Api(code) => code.as_str() }
            }

            /// Whether a new check by the same person can succeed.
            pub const fn retriable(self) -> bool {
                match self { $( Self::$variant => $retriable, )+ Self::Api(code) => code.retriable() }
            }

            /// When the code is used, for the documentation.
            pub const fn description(self) -> &'static str {
                match self { $( Self::$variant => doc_text!($($doc)*), )+ Self::Api(code) => code.description() }
            }

            /// The code with this name; ours, if the API has one of the same name.
            pub fn from_code(code: &str) -> Option<Self> {
                match code {
                    $( $code => Some(Self::$variant), )+
                    _ => ErrorCode::from_code(code).map(Self::Api),
                }
            }
        }
    };
}

failure_codes! {
    /// The person or the browser's settings refused the camera.
    CameraDenied = "camera_denied", retriable: true;
    /// The operating system does not let this browser use the camera.
    CameraBlockedBySystem = "camera_blocked_by_system", retriable: true;
    /// The permission prompt was closed without an answer.
    CameraDismissed = "camera_dismissed", retriable: true;
    /// There is no camera.
    CameraNotFound = "camera_not_found", retriable: true;
    /// Another program uses the camera.
    CameraInUse = "camera_in_use", retriable: true;
    /// No camera meets the constraints, not even the looser ones tried second.
    CameraOverconstrained = "camera_overconstrained", retriable: true;
    /// The camera's pictures are smaller than 480 x 360 pixels.
    CameraResolutionTooLow = "camera_resolution_too_low", retriable: true;
    /// The page was not loaded over HTTPS.
    CameraInsecureContext = "camera_insecure_context", retriable: false;
    /// A Permissions-Policy, or a frame without `allow="camera"`, forbids the camera.
    CameraBlockedByPolicy = "camera_blocked_by_policy", retriable: false;
    /// The browser has no `getUserMedia`.
    CameraUnsupported = "camera_unsupported", retriable: false;
    /// The camera could not be started, for any other reason.
    CameraFailed = "camera_failed", retriable: true;
    /// The camera neither opened nor was refused within `timeouts.camera`, showed no picture within a minute, or stayed muted from the start.
    CameraTimeout = "camera_timeout", retriable: true;
    /// The camera was unplugged or taken away, or is no longer allowed.
    CameraEnded = "camera_ended", retriable: true;
    /// The browser has no WebAssembly SIMD or no reference types; checked before the camera prompt.
    SimdUnsupported = "simd_unsupported", retriable: false;
    /// A file of the engine could not be fetched, most often for lack of a connection; `detail` names it.
    EngineLoadFailed = "engine_load_failed", retriable: true;
    /// A file of the engine is not where the page looks for it: not found, or a web page in its place. `detail` names it.
    EngineFileMissing = "engine_file_missing", retriable: false;
    /// One of the engine's files was served as something else; `detail` names it and its type.
    EngineWrongMimeType = "engine_wrong_mime_type", retriable: false;
    /// A policy of the page forbids the worker or WebAssembly; `detail` names the policy and the file.
    EngineBlockedByPolicy = "engine_blocked_by_policy", retriable: false;
    /// A file of the engine is on another origin, which does not let this page read it; `detail` names it.
    EngineCrossOrigin = "engine_cross_origin", retriable: false;
    /// The engine's module or the face model is damaged.
    EngineInvalid = "engine_invalid", retriable: false;
    /// The engine was not ready within `timeouts.loading`.
    EngineLoadTimeout = "engine_load_timeout", retriable: true;
    /// The worker died, trapped or stopped answering.
    EngineCrashed = "engine_crashed", retriable: true;
    /// The page's own `detector` could not be fetched.
    DetectorLoadFailed = "detector_load_failed", retriable: true;
    /// The page's own `detector` is not an ONNX model.
    DetectorInvalid = "detector_invalid", retriable: false;
    /// The page's own `detector` uses an operator that cannot be run; `detail` names it.
    DetectorUnsupported = "detector_unsupported", retriable: false;
    /// The page's own `detector` does not have the inputs or outputs of its `kind`.
    DetectorMismatch = "detector_mismatch", retriable: false;
    /// The device is out of memory.
    OutOfMemory = "out_of_memory", retriable: true;
    /// The video file cannot be played, did not open within `timeouts.camera`, or delivered no pictures for `timeouts.stall`.
    MediaUnsupported = "media_unsupported", retriable: true;
    /// The video file ended before there were enough usable pictures.
    MediaTooShort = "media_too_short", retriable: true;
    /// The source's pictures are in a format that cannot be read.
    FrameUnsupported = "frame_unsupported", retriable: true;
    /// There were not enough usable pictures within `timeouts.positioning`.
    PositioningTimeout = "positioning_timeout", retriable: true;
    /// The camera delivered no pictures for `timeouts.stall`, or stayed muted.
    FramesStalled = "frames_stalled", retriable: true;
    /// The source delivers pictures too slowly or with pauses, so every run breaks.
    FramesUneven = "frames_uneven", retriable: true;
    /// The server could not be reached, despite repeated attempts.
    NetworkError = "network_error", retriable: true;
    /// The server did not answer in time.
    RequestTimeout = "request_timeout", retriable: true;
    /// The crops cannot be uploaded before the session expires.
    ConnectionTooSlow = "connection_too_slow", retriable: true;
    /// Something between page and service refused the request: the answer is not the service's own.
    ProxyRefused = "proxy_refused", retriable: false;
    /// Something between page and service refused the request as too large.
    ProxyTooLarge = "proxy_too_large", retriable: false;
    /// Something between page and service answered that the service cannot be reached.
    ProxyUnavailable = "proxy_unavailable", retriable: true;
    /// The server's answer is not the documented one.
    UnexpectedResponse = "unexpected_response", retriable: true;
    /// An option is unknown or makes no sense; `detail` names it.
    InvalidOptions = "invalid_options", retriable: false;
    /// Cancelled by `cancel()` or the `signal` option.
    Cancelled = "cancelled", retriable: true;
    /// A bug in this package.
    Internal = "internal", retriable: true;
}

impl FailureCode {
    /// The code for the status of an answer that is not the service's own, but of something in between.
    pub const fn of_foreign_status(status: u16) -> Self {
        match status {
            // Nobody is at this address; most likely the `endpoint` is wrong.
            404 => Self::Api(ErrorCode::NotFound),
            408 => Self::RequestTimeout,
            413 => Self::ProxyTooLarge,
            429 => Self::Api(ErrorCode::RateLimitExceeded),
            500..=599 => Self::ProxyUnavailable,
            _ => Self::ProxyRefused,
        }
    }
}

impl std::fmt::Display for FailureCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ErrorCode> for FailureCode {
    fn from(code: ErrorCode) -> Self {
        Self::Api(code)
    }
}

impl serde::Serialize for FailureCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
