//! Why a check failed.

use liveness_protocol::ErrorCode;

macro_rules! failure_codes {
    ($( $(#[$doc:meta])* $variant:ident = $code:literal, $retriable:literal, $message:literal; )+) => {
        /// Why a check failed: our own reasons, and those the API reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FailureCode {
            $( $(#[$doc])* $variant, )+
            /// The server said so.
            Api(ErrorCode),
        }

        impl FailureCode {
            /// Every code that is not the API's.
            pub const OWN: &'static [FailureCode] = &[ $( FailureCode::$variant, )+ ];

            /// The code as the page sees it.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ Self::Api(code) => code.as_str() }
            }

            /// A sentence fit for the person in front of the camera.
            pub const fn message(self) -> &'static str {
                match self { $( Self::$variant => $message, )+ Self::Api(code) => code.message() }
            }

            /// Whether it makes sense that the person tries again, by a new check.
            pub const fn retriable(self) -> bool {
                match self { $( Self::$variant => $retriable, )+ Self::Api(code) => api_retriable(code) }
            }

            /// The code with this name. Where the API has the same name, ours is meant.
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
    CameraDenied = "camera_denied", true, "The camera was not allowed. Allow it in your browser's settings for this site, then try again.";
    /// The permission prompt was closed without an answer.
    CameraDismissed = "camera_dismissed", true, "The camera was not allowed. Try again and choose \"Allow\".";
    /// There is no camera.
    CameraNotFound = "camera_not_found", true, "No camera was found. Connect one, then try again.";
    /// Another program uses the camera.
    CameraInUse = "camera_in_use", true, "The camera is used by another program. Close it, then try again.";
    /// No camera meets the constraints, not even the softest.
    CameraOverconstrained = "camera_overconstrained", true, "This camera does not fit. Choose another one, then try again.";
    /// The page was not loaded over HTTPS.
    CameraInsecureContext = "camera_insecure_context", false, "The camera works on secure pages (https) only. Please contact the site's owner.";
    /// The embedding page's Permissions-Policy forbids the camera.
    CameraBlockedByPolicy = "camera_blocked_by_policy", false, "This page may not use the camera. Please contact the site's owner.";
    /// The browser has no `getUserMedia`.
    CameraUnsupported = "camera_unsupported", false, "This browser cannot use a camera. Please use a current version of another browser.";
    /// The camera failed for a reason that has no code of its own.
    CameraFailed = "camera_failed", true, "The camera could not be started. Please try again.";
    /// Neither camera nor refusal came in time.
    CameraTimeout = "camera_timeout", true, "The camera did not start in time. Please try again.";
    /// The camera was unplugged or taken away.
    CameraEnded = "camera_ended", true, "The camera was disconnected. Connect it, then try again.";
    /// The browser has no WebAssembly SIMD.
    SimdUnsupported = "simd_unsupported", false, "This browser is too old. Please use a current version.";
    /// The engine's files could not be fetched.
    EngineLoadFailed = "engine_load_failed", true, "The face detection could not be loaded. Check your connection, then try again.";
    /// The server delivers the engine's files with a wrong MIME type.
    EngineWrongMimeType = "engine_wrong_mime_type", false, "The face detection could not be loaded. Please contact the site's owner.";
    /// The page's Content-Security-Policy forbids the engine.
    EngineBlockedByCsp = "engine_blocked_by_csp", false, "This page does not allow the face detection. Please contact the site's owner.";
    /// The engine's files are damaged.
    EngineInvalid = "engine_invalid", false, "The face detection is damaged. Please contact the site's owner.";
    /// The engine was not ready in time.
    EngineLoadTimeout = "engine_load_timeout", true, "The face detection took too long to load. Check your connection, then try again.";
    /// The worker died, trapped or stopped answering.
    EngineCrashed = "engine_crashed", true, "The face detection stopped. Please try again.";
    /// The page's own face detector could not be fetched.
    DetectorLoadFailed = "detector_load_failed", true, "The face detection could not be loaded. Check your connection, then try again.";
    /// The page's own face detector is no ONNX model.
    DetectorInvalid = "detector_invalid", false, "The face detection is damaged. Please contact the site's owner.";
    /// The page's own face detector uses operators that cannot be run.
    DetectorUnsupported = "detector_unsupported", false, "The face detection is not set up correctly. Please contact the site's owner.";
    /// The page's own face detector has not the inputs and outputs of its kind.
    DetectorMismatch = "detector_mismatch", false, "The face detection is not set up correctly. Please contact the site's owner.";
    /// The device has no memory left.
    OutOfMemory = "out_of_memory", true, "There is not enough memory. Close other pages, then try again.";
    /// The browser cannot play the file.
    MediaUnsupported = "media_unsupported", true, "This file cannot be played as a video. Choose another one.";
    /// The file ended before enough usable frames.
    MediaTooShort = "media_too_short", true, "The video shows one well placed face for too short a time. Choose another one.";
    /// Never enough usable frames in time.
    PositioningTimeout = "positioning_timeout", true, "Your face was not in place for long enough. Please try again.";
    /// The source delivers no frames.
    FramesStalled = "frames_stalled", true, "The camera delivers no pictures. Please try again.";
    /// The server cannot be reached.
    NetworkError = "network_error", true, "The connection was lost. Check it, then try again.";
    /// The server did not answer in time.
    RequestTimeout = "request_timeout", true, "The server did not answer in time. Please try again.";
    /// The server's answer makes no sense.
    UnexpectedResponse = "unexpected_response", true, "The server gave an unexpected answer. Please try again.";
    /// The page passed options that make no sense.
    InvalidOptions = "invalid_options", false, "The check is not set up correctly. Please contact the site's owner.";
    /// A bug of ours.
    Internal = "internal", true, "Something went wrong. Please try again.";
}

/// Whether a new check by the same person can fare better. Unlike [`ErrorCode::retriable`], which
/// is about sending the same request again.
const fn api_retriable(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::MissingField
            | ErrorCode::ValidationError
            | ErrorCode::InvalidKey
            | ErrorCode::InsufficientCredits
            | ErrorCode::AccountSuspended
            | ErrorCode::InsufficientScope
            | ErrorCode::OriginNotAllowed
            | ErrorCode::UnknownModel
            | ErrorCode::NotFound
            | ErrorCode::MethodNotAllowed
    )
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
