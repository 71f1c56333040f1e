//! What a caller is told when something fails: a code, a message, sometimes when to come back.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use liveness_protocol::{Envelope, ErrorCode};

/// An answer in the error envelope. Its message goes to the caller, so nothing internal is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The code; it decides the status.
    pub code: ErrorCode,
    /// One sentence.
    pub message: String,
    /// Sent as `Retry-After`, in whole seconds, rounded up.
    pub retry_after: Option<Duration>,
    /// Indices of crops that are missing; sent as a second entry of `errors`.
    pub missing: Vec<u32>,
}

impl ApiError {
    /// The code with its own message.
    pub fn new(code: ErrorCode) -> Self {
        Self::with_message(code, code.message())
    }

    /// The code with a message that says more.
    pub fn with_message(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after: None, missing: Vec::new() }
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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status())
            .expect("every code's status is a valid HTTP status");
        let mut envelope = Envelope::<()>::failed(self.code, self.message);
        if !self.missing.is_empty() {
            let indices = self.missing.iter().map(u32::to_string).collect();
            envelope.errors.push([("missing".to_owned(), indices)].into());
        }
        let mut response = (status, Json(envelope)).into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after {
            let seconds = after.as_millis().div_ceil(1000).max(1) as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == ErrorCode::InvalidToken {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn every_code_answers_with_its_status_in_the_envelope() {
        for &code in ErrorCode::ALL {
            let response = ApiError::new(code).into_response();
            assert_eq!(response.status().as_u16(), code.status());
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let envelope: Envelope<serde_json::Value> = serde_json::from_slice(&body).unwrap();
            assert!(!envelope.success);
            assert_eq!(envelope.data, None);
            assert_eq!(envelope.first_error_key(), Some(code.as_str()));
            assert_eq!(envelope.message, code.message());
        }
    }

    #[test]
    fn retry_after_is_in_whole_seconds_rounded_up() {
        for (millis, expected) in [(0, "1"), (1, "1"), (1000, "1"), (1001, "2"), (30_000, "30")] {
            let error = ApiError::new(ErrorCode::RateLimitExceeded)
                .retry_after(Some(Duration::from_millis(millis)));
            assert_eq!(error.into_response().headers()[header::RETRY_AFTER], expected);
        }
    }
}
