//! Error codes: one enum, each with its HTTP status, whether a retry can help, and words for a person.

macro_rules! error_codes {
    ($( $(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $retriable:literal, $message:literal; )+) => {
        /// Every error code the API documents, and those our session protocol adds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $( $(#[$doc])* $variant, )+ }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [ErrorCode] = &[ $( ErrorCode::$variant, )+ ];

            /// The code as it stands in `errors[0]`.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$variant => $code, )+ } }

            /// The HTTP status it comes with.
            pub const fn status(self) -> u16 { match self { $( Self::$variant => $status, )+ } }

            /// Whether the same request may succeed later.
            pub const fn retriable(self) -> bool { match self { $( Self::$variant => $retriable, )+ } }

            /// A sentence fit for the person in front of the camera.
            pub const fn message(self) -> &'static str { match self { $( Self::$variant => $message, )+ } }

            /// The code with this name, if it is one of ours or a documented one.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $( $code => Some(Self::$variant), )+ _ => None }
            }
        }
    };
}

error_codes! {
    /// Fewer frames than the model requires.
    InsufficientFrames = "insufficient_frames", 400, false, "Not enough pictures were captured. Please try again.";
    /// A required field is missing.
    MissingField = "missing_field", 400, false, "The request was incomplete. Please contact the site's owner.";
    /// A field has the wrong type or value.
    ValidationError = "validation_error", 400, false, "The request was not understood. Please contact the site's owner.";
    /// The API key is wrong, expired or absent.
    InvalidKey = "invalid_key", 401, false, "The verification service is not set up correctly. Please contact the site's owner.";
    /// The account has no credits left.
    InsufficientCredits = "insufficient_credits", 402, false, "The verification service is not available at the moment. Please contact the site's owner.";
    /// The account is suspended.
    AccountSuspended = "account_suspended", 402, false, "The verification service is not available at the moment. Please contact the site's owner.";
    /// The API key lacks a scope.
    InsufficientScope = "insufficient_scope", 403, false, "The verification service is not set up correctly. Please contact the site's owner.";
    /// The request comes from a page of another origin, which the gateway was not told to allow.
    OriginNotAllowed = "origin_not_allowed", 403, false, "This site may not use the verification service. Please contact the site's owner.";
    /// Too many requests.
    RateLimitExceeded = "rate_limit_exceeded", 429, true, "The service is busy. Please wait a moment and try again.";
    /// The server failed.
    InternalError = "internal_error", 500, true, "Something went wrong on the server. Please try again.";

    /// The model or the frame count is not known. (Sessions.)
    UnknownModel = "unknown_model", 400, false, "The request was not understood. Please contact the site's owner.";
    /// The session token is absent, wrong or of another session. (Sessions.)
    InvalidToken = "invalid_token", 401, false, "This check is no longer valid. Please start again.";
    /// No such session. (Sessions.)
    SessionNotFound = "session_not_found", 404, false, "This check is no longer known. Please start again.";
    /// No such path.
    NotFound = "not_found", 404, false, "The service does not know this request.";
    /// The path is known, the method is not.
    MethodNotAllowed = "method_not_allowed", 405, false, "The service does not know this request.";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", 408, true, "The connection is too slow. Please try again.";
    /// A crop with other bytes is already known at this index. (Sessions.)
    CropConflict = "crop_conflict", 409, false, "The pictures do not match. Please start again.";
    /// The verdict has been given or is being decided: no further crops. (Sessions.)
    SessionClosed = "session_closed", 409, false, "This check has already ended. Please start again.";
    /// Not every crop has arrived; the message lists the missing indices. (Sessions.)
    MissingCrops = "missing_crops", 409, true, "Some pictures have not arrived yet.";
    /// The session's time is over. (Sessions.)
    SessionExpired = "session_expired", 410, false, "This check took too long. Please start again.";
    /// The body is larger than allowed.
    PayloadTooLarge = "payload_too_large", 413, false, "A picture is too large.";
    /// The body is not a PNG that can be read. (Sessions.)
    NotPng = "not_png", 415, false, "A picture could not be read.";
    /// The PNG is not 224x224, 8-bit RGB. (Sessions.)
    WrongDimensions = "wrong_dimensions", 422, false, "A picture has the wrong size.";
    /// The crop's index is not below the session's `frames_required`. (Sessions.)
    IndexOutOfRange = "index_out_of_range", 422, false, "Too many pictures were sent.";
    /// The verifier's upstream could not be reached or answered nonsense.
    UpstreamUnavailable = "upstream_unavailable", 502, true, "The verification service cannot be reached. Please try again.";
    /// The gateway holds as many sessions as it may.
    TooManySessions = "too_many_sessions", 503, true, "The service is busy. Please wait a moment and try again.";
    /// The verifier's upstream did not answer in time.
    UpstreamTimeout = "upstream_timeout", 504, true, "The verification service did not answer in time. Please try again.";
}

impl ErrorCode {
    /// The documented code for a status whose body names none.
    pub const fn from_status(status: u16) -> Self {
        match status {
            401 => Self::InvalidKey,
            402 => Self::InsufficientCredits,
            403 => Self::InsufficientScope,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            413 => Self::PayloadTooLarge,
            429 => Self::RateLimitExceeded,
            502 | 503 => Self::UpstreamUnavailable,
            504 => Self::UpstreamTimeout,
            400..=499 => Self::ValidationError,
            // Also a failure that calls itself 2xx, and a redirect where none belongs.
            _ => Self::InternalError,
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
