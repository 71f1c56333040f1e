//! Request bodies: bounded in size and time, with failures in the envelope.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use liveness_protocol::ErrorCode;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// How much of a body that is too large is still read, so that the caller, who is busy sending,
/// gets to see the answer instead of a broken connection.
const DRAIN_BYTES: usize = 64 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// What one endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit {
    /// Bytes.
    pub bytes: usize,
    /// From the first byte to the last.
    pub time: Duration,
}

impl BodyLimit {
    /// Reads a whole body.
    ///
    /// # Errors
    /// `payload_too_large`, `request_timeout`, and `validation_error` for a body that breaks off.
    pub async fn read(self, request: Request) -> Result<Bytes, ApiError> {
        let mut body = request.into_body();
        match tokio::time::timeout(self.time, self.collect(&mut body)).await {
            Ok(result) => result,
            Err(_elapsed) => Err(ErrorCode::RequestTimeout.into()),
        }
    }

    async fn collect(self, body: &mut Body) -> Result<Bytes, ApiError> {
        let mut collected = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                ApiError::with_message(ErrorCode::ValidationError, "The request body broke off.")
            })?;
            let Some(data) = frame.data_ref() else { continue };
            if collected.len() + data.len() > self.bytes {
                drop(collected);
                drain(body).await;
                return Err(ApiError::with_message(
                    ErrorCode::PayloadTooLarge,
                    format!("The body has more than the {} bytes allowed here.", self.bytes),
                ));
            }
            collected.extend_from_slice(data);
        }
        Ok(collected.freeze())
    }

    /// Reads a JSON body; an empty one counts as `{}`.
    ///
    /// # Errors
    /// As [`BodyLimit::read`]; `missing_field` and `validation_error` for what does not fit `T`.
    pub async fn read_json<T: DeserializeOwned>(self, request: Request) -> Result<T, ApiError> {
        parse_json(&self.read_json_bytes(request).await?)
    }

    /// The bytes of a JSON body, for [`parse_json`]; `{}` for an empty one.
    ///
    /// # Errors
    /// As [`BodyLimit::read`], and `validation_error` for another content type.
    pub async fn read_json_bytes(self, request: Request) -> Result<Bytes, ApiError> {
        let json = is_json(request.headers());
        let body = self.read(request).await?;
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        if !json && &body[..] != b"{}" {
            return Err(ApiError::with_message(
                ErrorCode::ValidationError,
                "The body's Content-Type has to be application/json.",
            ));
        }
        Ok(body)
    }
}

/// Reads JSON.
///
/// # Errors
/// `missing_field` and `validation_error` for what does not fit `T`.
pub fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| json_error(&error))
}

/// Refuses a request whose body nobody has read: it is discarded first, since a caller that is still
/// sending when the connection closes may never see the answer.
pub async fn refuse(request: Request, error: ApiError) -> ApiError {
    drain(&mut request.into_body()).await;
    error
}

/// Discards the rest, within reason.
async fn drain(body: &mut Body) {
    let discard = async {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > DRAIN_BYTES {
                break;
            }
        }
    };
    // If the time runs out, the answer is sent all the same.
    tokio::time::timeout(DRAIN_TIME, discard).await.ok();
}

fn is_json(headers: &HeaderMap) -> bool {
    let value =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = value.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn json_error(error: &serde_json::Error) -> ApiError {
    // The text quotes the value, which may be a whole picture.
    let text: String = error.to_string().chars().take(200).collect();
    let code = match text.starts_with("missing field") {
        true => ErrorCode::MissingField,
        false => ErrorCode::ValidationError,
    };
    ApiError::with_message(code, text)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use liveness_protocol::FastCheckCropsRequest;

    use super::*;

    const LIMIT: BodyLimit = BodyLimit { bytes: 100, time: Duration::from_secs(1) };

    fn post(content_type: &str, body: impl Into<Body>) -> Request<Body> {
        Request::post("/").header("content-type", content_type).body(body.into()).unwrap()
    }

    async fn code<T: DeserializeOwned + std::fmt::Debug>(request: Request<Body>) -> ErrorCode {
        LIMIT.read_json::<T>(request).await.unwrap_err().code
    }

    #[tokio::test]
    async fn the_limit_is_exact() {
        assert_eq!(LIMIT.read(post("", vec![0; 100])).await.unwrap().len(), 100);
        let error = LIMIT.read(post("", vec![0; 101])).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PayloadTooLarge);
    }

    #[tokio::test]
    async fn json_failures_have_their_codes() {
        type Value = serde_json::Value;
        let json = "application/json; charset=utf-8";
        assert_eq!(code::<Value>(post("text/plain", "[1]")).await, ErrorCode::ValidationError);
        assert_eq!(code::<Value>(post(json, "{")).await, ErrorCode::ValidationError);
        assert_eq!(code::<FastCheckCropsRequest>(post(json, "{}")).await, ErrorCode::MissingField);
        let wrong = r#"{"session_id": 1, "crops": []}"#;
        assert_eq!(
            code::<FastCheckCropsRequest>(post(json, wrong)).await,
            ErrorCode::ValidationError
        );
        assert_eq!(
            LIMIT.read_json::<Value>(post(json, "[1]")).await.unwrap(),
            serde_json::json!([1])
        );
    }

    #[tokio::test]
    async fn what_is_quoted_back_is_short() {
        let long = format!(r#"{{"session_id": "a", "crops": "{}"}}"#, "A".repeat(5000));
        let limit = BodyLimit { bytes: 10_000, time: LIMIT.time };
        let request = post("application/json", long);
        let error = limit.read_json::<FastCheckCropsRequest>(request).await.unwrap_err();
        assert!(error.message.len() <= 200);
    }
}
