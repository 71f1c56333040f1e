//! What the endpoints' files share: the form of the table's entries, and what paths hold.

use axum::http::Method;
use liveness_protocol::ErrorCode;
use uuid::Uuid;

use crate::error::ApiError;

/// What is promised about an endpoint. `docs/openapi.json` and the tests are checked against it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path, with `{parameters}`.
    pub path: &'static str,
    /// Statuses of success.
    pub success: &'static [u16],
    /// Codes of failure.
    pub errors: &'static [ErrorCode],
}

/// The session's id in a path. A text that is not a UUID belongs to no session.
pub fn session_id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(text).map_err(|_| ErrorCode::SessionNotFound.into())
}

/// A whole number in a path or a query: digits and nothing else.
pub fn whole_number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_digits() {
        assert_eq!(whole_number("0"), Some(0));
        assert_eq!(whole_number("4294967295"), Some(u32::MAX));
        for text in ["", "-1", "+1", " 1", "1 ", "1.0", "1e3", "4294967296", "x", "\u{661}"] {
            assert_eq!(whole_number(text), None, "{text:?}");
        }
    }
}
