//! Request bodies: bounded in size and time, with failures in the envelope.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use liveness_protocol::ErrorCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::budget::{BodyBudget, Share};
use crate::domain::error::ApiError;

/// The most that is allocated on the word of a length alone: enough for most checks. Pages of it that nothing is written to take
/// no memory.
const FIRST_ALLOCATION: usize = 1024 * 1024;

/// When to come back once there is no room for another body.
const NO_ROOM_RETRY: Duration = Duration::from_secs(2);

/// What one endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit {
    /// Bytes.
    pub bytes: usize,
    /// From the first byte to the last.
    pub time: Duration,
}

/// A body that has arrived whole.
#[derive(Debug)]
pub struct Received {
    /// The body.
    pub bytes: Bytes,
    /// What it takes of the budget; to be kept as long as the bytes, or what was made of them.
    pub share: Share,
}

impl BodyLimit {
    /// Reads a whole body, of the sharer in the request's extensions. Nothing is read of one that states a length beyond the limit.
    ///
    /// # Errors
    /// `payload_too_large`, `request_timeout`, `validation_error` for a body that breaks off, and
    /// `too_many_sessions` if the bodies of all requests together have no room for it.
    pub async fn read(self, request: Request, budget: &BodyBudget) -> Result<Received, ApiError> {
        let (parts, body) = request.into_parts();
        let share = budget.share(parts.extensions.get().cloned());
        let stated = body.size_hint().lower();
        if stated > self.bytes as u64 {
            return Err(self.too_large());
        }
        match tokio::time::timeout(self.time, self.collect(body, stated as usize, share)).await {
            Ok(result) => result,
            Err(_elapsed) => Err(ErrorCode::RequestTimeout.into()),
        }
    }

    async fn collect(
        self,
        mut body: Body,
        stated: usize,
        mut share: Share,
    ) -> Result<Received, ApiError> {
        let mut collected = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                ApiError::with_message(ErrorCode::ValidationError, "The request body broke off.")
            })?;
            let Some(data) = frame.data_ref() else { continue };
            if collected.len() + data.len() > self.bytes {
                return Err(self.too_large());
            }
            if !share.grow(data.len()) {
                let message =
                    "Too many requests are being received at once. Try again in a moment.";
                return Err(ApiError::with_message(ErrorCode::TooManySessions, message)
                    .retry_after(Some(NO_ROOM_RETRY)));
            }
            if collected.capacity() - collected.len() < data.len() {
                // As the length says, but in proportion to what has arrived: it is easily stated.
                let missing = stated.saturating_sub(collected.len());
                let most = FIRST_ALLOCATION.max(3 * collected.len());
                collected.reserve(missing.min(most).max(data.len()));
            }
            collected.extend_from_slice(data);
        }
        Ok(Received { bytes: collected.freeze(), share })
    }

    fn too_large(self) -> ApiError {
        ApiError::with_message(
            ErrorCode::PayloadTooLarge,
            format!("The body has more than the {} bytes allowed here.", self.bytes),
        )
    }

    /// Reads a JSON body; an empty one counts as `{}`.
    ///
    /// # Errors
    /// As [`BodyLimit::read`]; `missing_field` and `validation_error` for what does not fit `T`.
    pub async fn read_json<T: DeserializeOwned>(
        self,
        request: Request,
        budget: &BodyBudget,
    ) -> Result<T, ApiError> {
        parse_json(&self.read_json_bytes(request, budget).await?.bytes)
    }

    /// The bytes of a JSON body, for [`parse_json`]; `{}` for an empty one.
    ///
    /// # Errors
    /// As [`BodyLimit::read`], and `validation_error` for another content type.
    pub async fn read_json_bytes(
        self,
        request: Request,
        budget: &BodyBudget,
    ) -> Result<Received, ApiError> {
        let json = is_json(request.headers());
        let mut body = self.read(request, budget).await?;
        if body.bytes.is_empty() {
            body.bytes = Bytes::from_static(b"{}");
        }
        if !json && body.bytes != "{}" {
            return Err(ApiError::with_message(
                ErrorCode::ValidationError,
                "The body's Content-Type has to be application/json.",
            ));
        }
        Ok(body)
    }
}

/// The longest body of which the place is also said where it is no JSON: a field's name may be as long as the body, and is
/// copied on the way.
const MOST_READ_AGAIN: usize = 1024 * 1024;

/// Reads a JSON object.
///
/// # Errors
/// `missing_field` and `validation_error` for what does not fit `T`.
pub fn parse_json<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, ApiError> {
    // A list would be read as an object's fields in their order.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::with_message(
            ErrorCode::ValidationError,
            "The body has to be a JSON object, not a list.",
        ));
    }
    serde_json::from_slice(body).map_err(|error| {
        // Only now is it worth to keep account of where in the body the reader is.
        let worth = error.is_data() || body.len() <= MOST_READ_AGAIN;
        json_error(&error, worth.then(|| place_of_error::<T>(body)).flatten())
    })
}

/// Which field a body of this type ends at that cannot be read, as `crops[2].index`.
fn place_of_error<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Option<String> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let error = serde_path_to_error::deserialize::<_, T>(&mut reader).err()?;
    let place = error.path().to_string();
    // "." is the whole body, "?" a place that nobody knows.
    (error.path().iter().len() > 0 && !place.contains('?')).then_some(place)
}

fn is_json(headers: &HeaderMap) -> bool {
    let value =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = value.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// What is wrong, in the words of the documentation where a field is missing, and with which field as far as that is known.
fn json_error(error: &serde_json::Error, place: Option<String>) -> ApiError {
    // They quote the value, which may be a whole picture, and names that the client has given.
    let place: Option<String> = place.map(|place| place.chars().take(60).collect());
    let text: String = error.to_string().chars().take(130).collect();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let (code, field, message) = match missing {
        Some(name) => {
            let field = place.map_or_else(|| name.to_owned(), |place| format!("{place}.{name}"));
            let message = format!("{field} is required");
            (ErrorCode::MissingField, Some(field), message)
        }
        None => {
            let message = place.as_ref().map_or_else(|| text.clone(), |at| format!("{at}: {text}"));
            (ErrorCode::ValidationError, place, message)
        }
    };
    match field {
        Some(field) => ApiError::of_field(code, field, message),
        None => ApiError::with_message(code, message),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use liveness_protocol::FastCheckRequest;

    use super::*;

    const LIMIT: BodyLimit = BodyLimit { bytes: 100, time: Duration::from_secs(1) };

    fn post(content_type: &str, body: impl Into<Body>) -> Request<Body> {
        Request::post("/").header("content-type", content_type).body(body.into()).unwrap()
    }

    /// Room for ten of the largest.
    fn room() -> BodyBudget {
        BodyBudget::new(1000)
    }

    async fn code<T: DeserializeOwned + std::fmt::Debug>(request: Request<Body>) -> ErrorCode {
        LIMIT.read_json::<T>(request, &room()).await.unwrap_err().code
    }

    #[tokio::test]
    async fn the_limit_is_exact() {
        let room = room();
        assert_eq!(LIMIT.read(post("", vec![0; 100]), &room).await.unwrap().bytes.len(), 100);
        let error = LIMIT.read(post("", vec![0; 101]), &room).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PayloadTooLarge);
    }

    #[tokio::test]
    async fn nothing_is_read_of_what_is_too_large_by_its_own_words() {
        struct Stated(bool);
        impl axum::body::HttpBody for Stated {
            type Data = Bytes;
            type Error = std::convert::Infallible;
            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
                assert!(self.0, "nobody may read it");
                std::task::Poll::Ready(None)
            }
            fn size_hint(&self) -> http_body::SizeHint {
                http_body::SizeHint::with_exact(if self.0 { 100 } else { 101 })
            }
        }
        let request = |readable| post("", Body::new(Stated(readable)));
        assert!(LIMIT.read(request(true), &room()).await.is_ok());
        let error = LIMIT.read(request(false), &room()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PayloadTooLarge);
    }

    #[tokio::test]
    async fn all_bodies_share_one_budget() {
        let budget = BodyBudget::new(250);
        let read = || LIMIT.read(post("", vec![0; 100]), &budget);
        let (first, second) = (read().await.unwrap(), read().await.unwrap());
        let error = read().await.unwrap_err();
        assert_eq!(error.code, ErrorCode::TooManySessions);
        assert!(error.retry_after.is_some());
        assert_eq!(budget.free(), 50, "who is refused holds nothing");
        drop(first);
        let third = read().await.unwrap();
        drop((second, third));
        assert_eq!(budget.free(), 250);
    }

    #[tokio::test]
    async fn json_failures_have_their_codes() {
        type Value = serde_json::Value;
        let json = "application/json; charset=utf-8";
        assert_eq!(code::<Value>(post("text/plain", "[1]")).await, ErrorCode::ValidationError);
        assert_eq!(code::<Value>(post(json, "{")).await, ErrorCode::ValidationError);
        assert_eq!(code::<FastCheckRequest>(post(json, "{}")).await, ErrorCode::MissingField);
        let wrong = r#"{"session_id": 1, "frames": []}"#;
        assert_eq!(code::<FastCheckRequest>(post(json, wrong)).await, ErrorCode::ValidationError);
        let value = LIMIT.read_json::<Value>(post(json, r#"{"a": [1]}"#), &room()).await;
        assert_eq!(value.unwrap(), serde_json::json!({"a": [1]}));
        for list in ["[]", " \n[1]", "[", r#"["mixed-10-v2", 10, "live"]"#] {
            type Every = liveness_protocol::CompleteRequest;
            assert_eq!(code::<Value>(post(json, list)).await, ErrorCode::ValidationError);
            assert_eq!(code::<Every>(post(json, list)).await, ErrorCode::ValidationError, "{list}");
        }
    }

    #[tokio::test]
    async fn what_is_quoted_back_is_short() {
        let long = format!(r#"{{"session_id": "a", "frames": "{}"}}"#, "A".repeat(5000));
        let limit = BodyLimit { bytes: 10_000, time: LIMIT.time };
        let request = post("application/json", long);
        let budget = BodyBudget::new(10_000);
        let error = limit.read_json::<FastCheckRequest>(request, &budget).await.unwrap_err();
        assert!(error.message.len() <= 200);
    }
}
