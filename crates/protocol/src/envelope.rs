//! The envelope around every response.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::ErrorCode;

/// `{ data, success, message, errors }`, as every endpoint answers since API 2.1.0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// The payload; `null` on failure.
    #[serde(default = "Option::default")]
    pub data: Option<T>,
    /// `true` for 2xx.
    pub success: bool,
    /// `"OK"`, or a summary of the error.
    #[serde(default)]
    pub message: String,
    /// Error code (or field name) to messages; absent on success.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<BTreeMap<String, Vec<String>>>,
}

/// Why an envelope holds no payload.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EnvelopeError {
    /// The body is not the documented JSON.
    #[error("the response is not the documented JSON: {0}")]
    Malformed(String),
    /// The server reported a failure.
    #[error("{message}")]
    Failed {
        /// The code, as far as it is documented.
        code: ErrorCode,
        /// What the server said.
        message: String,
    },
}

impl<T> Envelope<T> {
    /// A successful answer.
    pub fn ok(data: T) -> Self {
        Self { data: Some(data), success: true, message: "OK".into(), errors: Vec::new() }
    }

    /// A failed answer with one code and one message.
    pub fn failed(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        let errors = vec![BTreeMap::from([(code.as_str().to_owned(), vec![message.clone()])])];
        Self { data: None, success: false, message, errors }
    }

    /// The first key of the first error: an error code, or the name of the field that failed validation.
    pub fn first_error_key(&self) -> Option<&str> {
        self.errors.first()?.keys().next().map(String::as_str)
    }
}

impl<T: DeserializeOwned> Envelope<T> {
    /// Reads a body of HTTP `status` down to its payload.
    ///
    /// # Errors
    /// [`EnvelopeError::Failed`] when the server says so or the status is not 2xx (the code is then
    /// derived from the status if the body names none), [`EnvelopeError::Malformed`] otherwise.
    pub fn payload(status: u16, body: &[u8]) -> Result<T, EnvelopeError> {
        let ok = (200..300).contains(&status);
        let parsed: Result<Envelope<serde_json::Value>, _> = serde_json::from_slice(body);
        let envelope = match parsed {
            Ok(envelope) => envelope,
            Err(error) if ok => return Err(EnvelopeError::Malformed(error.to_string())),
            Err(_) => {
                let code = ErrorCode::from_status(status);
                return Err(EnvelopeError::Failed { code, message: code.message().into() });
            }
        };
        if !ok || !envelope.success {
            let code = envelope.first_error_key().and_then(ErrorCode::from_code);
            let code = code.unwrap_or_else(|| ErrorCode::from_status(status));
            return Err(EnvelopeError::Failed { code, message: envelope.message });
        }
        let data = envelope.data.unwrap_or(serde_json::Value::Null);
        serde_json::from_value(data).map_err(|error| EnvelopeError::Malformed(error.to_string()))
    }
}
