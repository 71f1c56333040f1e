//! Who may touch a session: the browser with its token, the integrator's back end with the server key.

use axum::http::{HeaderMap, header};
use liveness_protocol::ErrorCode;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::clock::UnixMillis;
use crate::error::ApiError;
use crate::token::{TokenError, TokenSigner};

/// The bearer credential of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credential) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// Lets the holder of the session's token pass.
///
/// # Errors
/// `invalid_token`, or `session_expired` for a genuine token whose time is over.
pub fn require_token(
    headers: &HeaderMap,
    signer: &TokenSigner,
    session: Uuid,
    now: UnixMillis,
) -> Result<(), ApiError> {
    let token = bearer(headers).ok_or(ErrorCode::InvalidToken)?;
    signer.verify(session, token, now).map_err(|error| match error {
        TokenError::Invalid => ErrorCode::InvalidToken.into(),
        TokenError::Expired => ErrorCode::SessionExpired.into(),
    })
}

/// Whether the request carries the server key; compared in constant time. Never without a key set.
pub fn has_server_key(headers: &HeaderMap, key: Option<&SecretString>) -> bool {
    match (bearer(headers), key) {
        (Some(sent), Some(key)) => sent.as_bytes().ct_eq(key.expose_secret().as_bytes()).into(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(authorization: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        headers
    }

    #[test]
    fn the_server_key_has_to_be_whole() {
        let key = SecretString::from("0123456789abcdef");
        assert!(has_server_key(&with("Bearer 0123456789abcdef"), Some(&key)));
        assert!(has_server_key(&with("bearer 0123456789abcdef"), Some(&key)));
        for wrong in
            ["Bearer 0123456789abcde", "Bearer ", "Basic 0123456789abcdef", "0123456789abcdef"]
        {
            assert!(!has_server_key(&with(wrong), Some(&key)), "{wrong}");
        }
        assert!(!has_server_key(&with("Bearer "), None));
        assert!(!has_server_key(&HeaderMap::new(), Some(&key)));
    }
}
