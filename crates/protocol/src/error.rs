//! Error codes: one table with each code's HTTP status, whether the same request may be sent again,
//! whether a new check can succeed, and its English message in the API's envelope.

/// A doc comment's lines as one string.
#[doc(hidden)]
#[macro_export]
macro_rules! doc_text {
    ($($line:literal)*) => { concat!($($line),*).trim_ascii() };
}

macro_rules! error_codes {
    ($( $(#[doc = $doc:literal])* $variant:ident = $code:literal, $status:literal, again: $again:literal, retriable: $retriable:literal, $message:literal; )+) => {
        /// The error codes the API documents, and those our session protocol adds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $( $(#[doc = $doc])* $variant, )+ }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [ErrorCode] = &[ $( ErrorCode::$variant, )+ ];

            /// The code as it appears in `errors[0]`.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$variant => $code, )+ } }

            /// The HTTP status it comes with.
            pub const fn status(self) -> u16 { match self { $( Self::$variant => $status, )+ } }

            /// Whether the same request may be sent again and succeed. Never if the check may have been
            /// made, and paid for, already.
            pub const fn again(self) -> bool { match self { $( Self::$variant => $again, )+ } }

            /// Whether a new check by the same person can succeed.
            pub const fn retriable(self) -> bool { match self { $( Self::$variant => $retriable, )+ } }

            /// One English sentence for the envelope's `message`.
            pub const fn message(self) -> &'static str { match self { $( Self::$variant => $message, )+ } }

            /// When the code is used, for the documentation.
            pub const fn description(self) -> &'static str {
                match self { $( Self::$variant => $crate::doc_text!($($doc)*), )+ }
            }

            /// The code with this name, if it is one of ours or a documented one.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $( $code => Some(Self::$variant), )+ _ => None }
            }
        }
    };
}

error_codes! {
    /// Fewer frames than the model requires.
    InsufficientFrames = "insufficient_frames", 400, again: false, retriable: true, "Not enough pictures were captured. Please try again.";
    /// A required field is missing.
    MissingField = "missing_field", 400, again: false, retriable: false, "The request was incomplete. Please contact the site's owner.";
    /// A field has the wrong type or value, the body is not JSON, or it broke off.
    ValidationError = "validation_error", 400, again: false, retriable: false, "The request was not understood. Please contact the site's owner.";
    /// The metadata is no JSON object, too large, or not what the tenant's schema asks for; `errors` names the fields after the first entry.
    InvalidMetadata = "invalid_metadata", 400, again: false, retriable: false, "The request was not understood. Please contact the site's owner.";
    /// The video is missing, given twice, too long, or cannot be decoded, or its model is unknown.
    InvalidVideoInput = "invalid_video_input", 400, again: false, retriable: false, "The request was not understood. Please contact the site's owner.";
    /// The API key is wrong, expired or absent.
    InvalidKey = "invalid_key", 401, again: false, retriable: false, "The verification service is not set up correctly. Please contact the site's owner.";
    /// The account has too few credits for what its model costs.
    InsufficientCredits = "insufficient_credits", 402, again: false, retriable: false, "The verification service is not available at the moment. Please contact the site's owner.";
    /// The account is suspended.
    AccountSuspended = "account_suspended", 402, again: false, retriable: false, "The verification service is not available at the moment. Please contact the site's owner.";
    /// The API key lacks a scope.
    InsufficientScope = "insufficient_scope", 403, again: false, retriable: false, "The verification service is not set up correctly. Please contact the site's owner.";
    /// The path names a tenant that the key does not belong to.
    TenantMismatch = "tenant_mismatch", 403, again: false, retriable: false, "The verification service is not set up correctly. Please contact the site's owner.";
    /// The path names a tenant that there is not. Only the holder of the server key is told so.
    TenantNotFound = "tenant_not_found", 404, again: false, retriable: false, "The verification service is not set up correctly. Please contact the site's owner.";
    /// No such submission, or its result is not kept any more.
    SubmissionNotFound = "submission_not_found", 404, again: false, retriable: true, "This check is no longer known. Please start again.";
    /// The gateway cannot take or decode a video now; with `Retry-After`, unless it never will.
    ServiceUnavailable = "service_unavailable", 503, again: true, retriable: true, "The service is busy. Please wait a moment and try again.";
    /// The request comes from a page of an origin that the gateway does not allow.
    OriginNotAllowed = "origin_not_allowed", 403, again: false, retriable: false, "This site may not use the verification service. Please contact the site's owner.";
    /// The request names a host that the gateway does not answer to.
    HostNotAllowed = "host_not_allowed", 421, again: false, retriable: false, "The verification service does not answer at this address. Please contact the site's owner.";
    /// Too many requests; with `Retry-After`.
    RateLimitExceeded = "rate_limit_exceeded", 429, again: true, retriable: true, "The service is busy. Please wait a moment and try again.";
    /// The server failed.
    InternalError = "internal_error", 500, again: true, retriable: true, "Something went wrong on the server. Please try again.";

    /// The model or the frame count is unknown. (Sessions.)
    UnknownModel = "unknown_model", 400, again: false, retriable: false, "The request was not understood. Please contact the site's owner.";
    /// The session token is absent, wrong or from another session. (Sessions.)
    InvalidToken = "invalid_token", 401, again: false, retriable: true, "This check is no longer valid. Please start again.";
    /// No such session. (Sessions.)
    SessionNotFound = "session_not_found", 404, again: false, retriable: true, "This check is no longer known. Please start again.";
    /// No such path.
    NotFound = "not_found", 404, again: false, retriable: false, "The service does not know this request.";
    /// The path exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", 405, again: false, retriable: false, "The service does not know this request.";
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", 408, again: true, retriable: true, "The connection is too slow. Please try again.";
    /// A different crop has already been received for this index. (Sessions.)
    CropConflict = "crop_conflict", 409, again: false, retriable: true, "The pictures do not match. Please start again.";
    /// The verdict has been given or is being decided, so no more crops are accepted; or it has been marked as used. (Sessions.)
    SessionClosed = "session_closed", 409, again: false, retriable: true, "This check has already ended. Please start again.";
    /// Not every crop has arrived; `errors[1].missing` lists the indices to send before asking again. (Sessions.)
    MissingCrops = "missing_crops", 409, again: false, retriable: true, "Some pictures have not arrived yet.";
    /// The crop belongs to a run that has been replaced by a newer one. (Sessions.)
    RunSuperseded = "run_superseded", 409, again: false, retriable: true, "These pictures have been replaced by newer ones.";
    /// The session has expired. (Sessions.)
    SessionExpired = "session_expired", 410, again: false, retriable: true, "This check took too long. Please start again.";
    /// The body is larger than allowed.
    PayloadTooLarge = "payload_too_large", 413, again: false, retriable: false, "A picture is too large.";
    /// The body is not a PNG, or a damaged or animated one. (Sessions.)
    NotPng = "not_png", 415, again: false, retriable: true, "A picture could not be read.";
    /// The PNG is not 224x224, 8-bit RGB. (Sessions.)
    WrongDimensions = "wrong_dimensions", 422, again: false, retriable: true, "A picture has the wrong size.";
    /// The crop's index is not below the session's `frames_required`. (Sessions.)
    IndexOutOfRange = "index_out_of_range", 422, again: false, retriable: true, "Too many pictures were sent.";
    /// The upstream API could not be reached, or refused the request before making the check.
    UpstreamUnavailable = "upstream_unavailable", 502, again: true, retriable: true, "The verification service cannot be reached. Please try again.";
    /// The check was requested, but its verdict could not be received or read. It may have been paid for, so it
    /// is not repeated.
    VerdictLost = "verdict_lost", 502, again: false, retriable: true, "The check's answer was lost. Please start again.";
    /// The gateway holds as many sessions, or bytes of crops, as it may, or cannot keep any now; with `Retry-After`.
    TooManySessions = "too_many_sessions", 503, again: true, retriable: true, "The service is busy. Please wait a moment and try again.";
    /// There was no verdict in time. The check may have been made and paid for, so it is not repeated.
    UpstreamTimeout = "upstream_timeout", 504, again: false, retriable: true, "The verification service did not answer in time. Please try again.";
}

impl ErrorCode {
    /// What the API means by a status if the body names no known code: `None` for one it does not document, and
    /// which says nothing by itself.
    pub const fn from_status(status: u16) -> Option<Self> {
        Some(match status {
            // Also for a field that failed validation, whose name stands in the code's place.
            400 | 422 => Self::ValidationError,
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
            500..=599 => Self::InternalError,
            _ => return None,
        })
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
