//! What a caller is told when something fails: a code, a message, sometimes when to come back.

use std::time::Duration;

use liveness_protocol::ErrorCode;

/// An answer in the error envelope. Its message goes to the caller, so nothing internal is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The code; it decides the status.
    pub code: ErrorCode,
    /// One sentence.
    pub message: String,
    /// Sent as `Retry-After`, in whole seconds, rounded up.
    pub retry_after: Option<Duration>,
    /// Whether it stays as it is, so that nothing is said of when to come back.
    pub lasting: bool,
    /// Indices of crops that are missing; sent as a second entry of `errors`.
    pub missing: Vec<u32>,
    /// What is wrong with which field; each sent as a further entry of `errors`.
    pub fields: Vec<(String, String)>,
    /// The scope that the key lacks; sent beside the envelope.
    pub required_scope: Option<&'static str>,
}

impl ApiError {
    /// The code with its own message.
    pub fn new(code: ErrorCode) -> Self {
        Self::with_message(code, code.message())
    }

    /// The code with a message that says more.
    pub fn with_message(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
            lasting: false,
            missing: Vec::new(),
            fields: Vec::new(),
            required_scope: None,
        }
    }

    /// The code with a message, which is also said of the field that it is about.
    pub fn of_field(code: ErrorCode, field: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { fields: vec![(field.into(), message.clone())], ..Self::with_message(code, message) }
    }

    /// Tells the caller when to come back.
    pub fn retry_after(mut self, after: Option<Duration>) -> Self {
        self.retry_after = after;
        self
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}
