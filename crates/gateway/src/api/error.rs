//! Failures as answers: the status of the code, the envelope, the headers that go with it.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use liveness_protocol::{Envelope, ErrorCode};
use serde::Serialize;

use crate::domain::error::ApiError;

/// When to come back where nothing better is known: an upstream may say that it is busy and no more.
const BACK_LATER: Duration = Duration::from_secs(5);

/// The envelope of a failure. The API documents two forms of a missing scope, an entry of `errors` and these fields
/// beside it: whichever a client reads, it is there.
#[derive(Serialize)]
struct Failure {
    #[serde(flatten)]
    envelope: Envelope<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    required_scope: Option<&'static str>,
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
        for (field, why) in self.fields {
            envelope.errors.push([(field, vec![why])].into());
        }
        let required_scope = self.required_scope;
        let error = required_scope.map(|_| self.code.as_str());
        let failure = Failure { envelope, error, required_scope };
        let mut response = (status, Json(failure)).into_response();
        let headers = response.headers_mut();
        let later = !self.lasting
            && matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if let Some(after) = self.retry_after.or(later.then_some(BACK_LATER)) {
            let seconds = after.as_millis().div_ceil(1000).max(1) as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == ErrorCode::InvalidToken {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // For the log and the counts.
        response.extensions_mut().insert(self.code);
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
            let says_when = response.headers().contains_key(header::RETRY_AFTER);
            assert_eq!(says_when, matches!(code.status(), 429 | 503), "{code}");
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
