//! Who may touch a session: the browser with its token, the integrator's back end with a key.

use axum::http::{HeaderMap, header};
use liveness_protocol::{API_KEY_HEADER, ErrorCode, SESSION_TOKEN_HEADER};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::domain::audience::Audience;
use crate::domain::clock::UnixMillis;
use crate::domain::error::ApiError;
use crate::domain::keys::{KeyRefusal, SentKey};
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

/// Lets the holder of the session's token pass, and says whose pages it is for.
///
/// # Errors
/// `invalid_token`, or `session_expired` for a genuine token whose time is over.
pub fn require_token(
    headers: &HeaderMap,
    signer: &TokenSigner,
    session: Uuid,
    now: UnixMillis,
) -> Result<Audience, ApiError> {
    let token = session_token(headers).ok_or(ErrorCode::InvalidToken)?;
    signer.verify(session, token, now).map_err(|error| match error {
        TokenError::Invalid => ErrorCode::InvalidToken.into(),
        TokenError::Expired => ErrorCode::SessionExpired.into(),
    })
}

/// Where a request may carry a key: as the bearer credential, or as the API's clients send theirs.
fn places_of_keys(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let of_api = headers.get(API_KEY_HEADER).and_then(|key| key.to_str().ok());
    bearer(headers).into_iter().chain(of_api)
}

/// Whether the request carries the server key; compared in constant time. Always false if no key is set.
pub fn has_server_key(headers: &HeaderMap, key: Option<&SecretString>) -> bool {
    let Some(key) = key else { return false };
    let same = |sent: &str| bool::from(sent.as_bytes().ct_eq(key.expose_secret().as_bytes()));
    places_of_keys(headers).any(same)
}

/// A key of ours that a request carries.
pub enum ShownKey {
    /// The server key.
    Server,
    /// One that is to be looked up.
    Other(SentKey),
}

/// The key that a request carries. What is not meant as a key of ours is not looked at: it may be for whatever stands
/// in front of the gateway.
///
/// # Errors
/// [`KeyRefusal::Invalid`] for what only begins like one.
pub fn shown_key(
    headers: &HeaderMap,
    server_key: Option<&SecretString>,
) -> Result<Option<ShownKey>, KeyRefusal> {
    if has_server_key(headers, server_key) {
        return Ok(Some(ShownKey::Server));
    }
    let sent = places_of_keys(headers).find_map(SentKey::read);
    sent.map(|sent| sent.map(ShownKey::Other)).transpose()
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

    #[test]
    fn a_key_is_found_in_either_place() {
        use secrecy::ExposeSecret as _;

        use crate::domain::keys::{KeyTerms, NewKey};

        let server = SecretString::from("0123456789abcdef");
        let NewKey { record, text } = NewKey::make(KeyTerms::default(), 0).unwrap();
        let text = text.expose_secret();
        let as_bearer = with(&format!("Bearer {text}"));
        let mut as_api_key = with("Basic dXNlcjpwYXNz");
        as_api_key.insert(API_KEY_HEADER, text.parse().unwrap());
        for headers in [&as_bearer, &as_api_key] {
            let Ok(Some(ShownKey::Other(sent))) = shown_key(headers, Some(&server)) else {
                panic!("a key is there")
            };
            assert_eq!(sent.id, record.id);
        }
        // The server key counts first, wherever it is.
        as_api_key.insert(header::AUTHORIZATION, "Bearer 0123456789abcdef".parse().unwrap());
        assert!(matches!(shown_key(&as_api_key, Some(&server)), Ok(Some(ShownKey::Server))));
        for other in ["Bearer other", "Basic lvk_0", "Bearer 1764406800.abc"] {
            assert!(matches!(shown_key(&with(other), Some(&server)), Ok(None)), "{other}");
        }
        let broken = with(&format!("Bearer {}", &text[..text.len() - 1]));
        assert!(matches!(shown_key(&broken, Some(&server)), Err(KeyRefusal::Invalid)));
    }
}
