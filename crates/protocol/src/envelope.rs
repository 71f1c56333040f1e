//! The envelope around every response.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::ErrorCode;

/// `{ data, success, message, errors }`, the answer of every endpoint since API 2.1.0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// The payload; `null` on failure.
    #[serde(default = "Option::default")]
    pub data: Option<T>,
    /// `true` for 2xx.
    pub success: bool,
    /// `"OK"`, or a summary of the error.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub message: String,
    /// Error code (or field name) to messages; absent on success.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "lenient_errors")]
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
        /// The code, or the status's meaning if the code is not documented.
        code: ErrorCode,
        /// Whether the server named the code: the status alone says less about what has been done.
        named: bool,
        /// What the server said; from [`EnvelopeHead::check`] empty if it said nothing.
        message: String,
    },
    /// The server reported a failure with a code that is not in the table, and a status that says no more.
    #[error("HTTP {status}, {key}: {message}")]
    Unlisted {
        /// The HTTP status.
        status: u16,
        /// The first key of `errors`, or empty.
        key: String,
        /// What the server said.
        message: String,
    },
    /// Something in between has answered: the status is not a success, and the body is not the
    /// API's. [`ErrorCode::from_status`] gives what the API would mean by it.
    #[error("HTTP {status}, not from the API")]
    Foreign {
        /// The HTTP status.
        status: u16,
    },
}

impl EnvelopeError {
    /// The same, with the code's own message if the server gave none.
    fn in_words(self) -> Self {
        match self {
            Self::Failed { code, named, message } if message.is_empty() => {
                Self::Failed { code, named, message: code.message().into() }
            }
            said => said,
        }
    }
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
    /// [`EnvelopeError::Malformed`] when a success cannot be read, else as [`EnvelopeHead::check`].
    pub fn payload(status: u16, body: &[u8]) -> Result<T, EnvelopeError> {
        let malformed = |error: serde_json::Error| EnvelopeError::Malformed(error.to_string());
        let mut body = match serde_json::from_slice::<Value>(body) {
            Ok(body) => body,
            Err(error) if (200..300).contains(&status) => return Err(malformed(error)),
            Err(_) => Value::Null,
        };
        let data = body.get_mut("data").map(Value::take).unwrap_or_default();
        EnvelopeHead::of(&body).check(status).map_err(EnvelopeError::in_words)?;
        serde_json::from_value(data).map_err(malformed)
    }
}

/// The envelope without `data`, or the flat form used before API 2.1.0, as far as it tells success from failure.
/// For readers with a JSON parser of their own; a body that is not an object has an empty one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EnvelopeHead {
    /// `success`, if it is a boolean.
    pub success: Option<bool>,
    /// `message`, if it is a text.
    pub message: Option<String>,
    /// The keys of `errors`, in order, then the flat form's `error`.
    pub keys: Vec<String>,
}

impl EnvelopeHead {
    /// That of a body.
    pub fn of(body: &Value) -> Self {
        let errors = body["errors"].as_array().into_iter().flatten().filter_map(Value::as_object);
        let keys = errors.flat_map(|error| error.keys()).map(String::as_str);
        Self {
            success: body["success"].as_bool(),
            message: body["message"].as_str().map(str::to_owned),
            keys: keys.chain(body["error"].as_str()).map(str::to_owned).collect(),
        }
    }

    /// Checks whether the answer, which came with HTTP `status`, holds a payload.
    ///
    /// # Errors
    /// [`EnvelopeError::Failed`] if the server says so (with the status's code if the body names no known one, or
    /// [`EnvelopeError::Unlisted`] if the status has none), [`EnvelopeError::Foreign`] for a failure that does not
    /// come from the API, [`EnvelopeError::Malformed`] for a success without a success flag.
    pub fn check(&self, status: u16) -> Result<(), EnvelopeError> {
        match self.success {
            _ if !(200..300).contains(&status) => Err(self.failure(status)),
            Some(true) => Ok(()),
            Some(false) => Err(self.failure(status)),
            None => {
                Err(EnvelopeError::Malformed(format!("HTTP {status} without the API's envelope")))
            }
        }
    }

    /// The failure an answer reports: the first known code, in `errors` or in a flat `error`; otherwise what
    /// the status means, if the answer is the API's at all.
    fn failure(&self, status: u16) -> EnvelopeError {
        let named = self.keys.iter().find_map(|key| ErrorCode::from_code(key));
        let message = self.message.as_deref().filter(|text| !text.is_empty());
        if named.is_none() && self.success.is_none() {
            return EnvelopeError::Foreign { status };
        }
        match named.or(ErrorCode::from_status(status)) {
            // The code's own words are not for a page, which would have to load those of every code.
            Some(code) => EnvelopeError::Failed {
                code,
                named: named.is_some(),
                message: message.unwrap_or_default().into(),
            },
            None => EnvelopeError::Unlisted {
                status,
                key: self.keys.first().cloned().unwrap_or_default(),
                message: message.unwrap_or_default().into(),
            },
        }
    }
}

fn error_maps(errors: &Value) -> Vec<BTreeMap<String, Vec<String>>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let messages = |value: &Value| match value {
        Value::Array(values) => values.iter().map(text).collect(),
        other => vec![text(other)],
    };
    let maps = errors.as_array().into_iter().flatten().filter_map(Value::as_object);
    maps.map(|map| map.iter().map(|(key, value)| (key.clone(), messages(value))).collect())
        .collect()
}

fn lenient_errors<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<BTreeMap<String, Vec<String>>>, D::Error> {
    Value::deserialize(deserializer).map(|errors| error_maps(&errors))
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
