//! Who may touch a session: the browser with its token, the integrator's back end with the server key.

use axum::http::{HeaderMap, HeaderValue, header};
use liveness_protocol::{API_KEY_HEADER, ErrorCode, SESSION_TOKEN_HEADER};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::domain::clock::UnixMillis;
use crate::domain::error::ApiError;
use crate::domain::token::{TokenError, TokenSigner};

/// The bearer credential of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credential) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credential.trim())
}

/// The session token of a request: in a header of its own, so that `Authorization` is free for whatever
/// stands in front of the gateway, or else as the bearer credential.
fn session_token(headers: &HeaderMap) -> Option<&str> {
    match headers.get(SESSION_TOKEN_HEADER) {
        Some(token) => token.to_str().ok().map(str::trim),
        None => bearer(headers),
    }
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
    let token = session_token(headers).ok_or(ErrorCode::InvalidToken)?;
    signer.verify(session, token, now).map_err(|error| match error {
        TokenError::Invalid => ErrorCode::InvalidToken.into(),
        TokenError::Expired => ErrorCode::SessionExpired.into(),
    })
}

/// Whether the request carries the server key, as the bearer credential or as the API's clients send theirs; compared in
/// constant time. Always false if no key is set.
pub fn has_server_key(headers: &HeaderMap, key: Option<&SecretString>) -> bool {
    let Some(key) = key else { return false };
    let same = |sent: &[u8]| bool::from(sent.ct_eq(key.expose_secret().as_bytes()));
    let of_api = headers.get(API_KEY_HEADER).map(HeaderValue::as_bytes);
    bearer(headers).map(str::as_bytes).into_iter().chain(of_api).any(same)
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
    fn the_tokens_own_header_counts_before_any_authorization() {
        for authorization in ["Bearer other", "Basic dXNlcjpwYXNz", "Digest x"] {
            let mut headers = with(authorization);
            headers.insert(SESSION_TOKEN_HEADER, "mine".parse().unwrap());
            assert_eq!(session_token(&headers), Some("mine"), "{authorization}");
        }
        assert_eq!(session_token(&with("Bearer mine")), Some("mine"));
        assert_eq!(session_token(&with("Basic mine")), None);
        assert_eq!(session_token(&HeaderMap::new()), None);
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
        let mut as_api_key = with("Bearer something-else");
        as_api_key.insert(API_KEY_HEADER, "0123456789abcdef".parse().unwrap());
        assert!(has_server_key(&as_api_key, Some(&key)));
        assert!(!has_server_key(&as_api_key, None));
        as_api_key.insert(API_KEY_HEADER, "".parse().unwrap());
        assert!(!has_server_key(&as_api_key, Some(&key)));
        assert!(!has_server_key(&with("Bearer "), None));
        assert!(!has_server_key(&HeaderMap::new(), Some(&key)));
    }
}
