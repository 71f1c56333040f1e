//! The form of the table's entries, and what paths hold.

use std::fmt;

use axum::http::Method;
use axum::routing::MethodRouter;
use liveness_protocol::ErrorCode;
use uuid::Uuid;

use super::gateway::Gateway;
use super::openapi::operation::Operation;
use crate::domain::error::ApiError;
use crate::domain::scopes::Scope;

/// What a request has to show. Checked before the handler runs, and before a body is read. Where the server key is
/// taken, so is every other key that has the endpoint's scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// Nothing; what is there is not looked at.
    None,
    /// Nothing; but whoever shows a key asks for its tenant, and it has to be good.
    KeyIfAny,
    /// The token of the session in the path.
    SessionToken,
    /// That, or the server key.
    SessionTokenOrServerKey,
    /// The server key.
    ServerKey,
    /// The server key where checks are paid for, unless the settings let anybody ask for them.
    ServerKeyIfPaid,
}

/// One endpoint: what is promised about it, and who keeps the promise. The router and the OpenAPI document are made from
/// these; the tests hold every answer against them.
#[derive(Clone)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path, with `{parameters}`.
    pub path: &'static str,
    /// What a request has to show.
    pub credential: Credential,
    /// What a key has to be for, where one is taken.
    pub scope: Option<Scope>,
    /// Codes of failure.
    pub errors: &'static [ErrorCode],
    /// What it is in words, and the types that are read and written.
    pub operation: Operation,
    /// The handler, for this method.
    pub handler: fn() -> MethodRouter<Gateway>,
}

/// A failure in the code that an endpoint of these has for it: for a gateway that can keep nothing now there are two.
pub fn documented(codes: &[ErrorCode], error: ApiError) -> ApiError {
    match error.code {
        ErrorCode::TooManySessions if !codes.contains(&error.code) => {
            ApiError { code: ErrorCode::ServiceUnavailable, ..error }
        }
        _ => error,
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
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
