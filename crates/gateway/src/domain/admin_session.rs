//! Signed in to the operator's page: a text that the gateway has signed, good for half an hour and until it is given back. Of the
//! server key nothing is in it, but it holds only as long as that is the server key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::clock::UnixMillis;
use super::mac::keyed;

/// Keep these MACs apart from each other, and from any other use of the same secret.
const SESSION_DOMAIN: &[u8] = b"liveness-admin-session-v1\0";
const FORM_DOMAIN: &[u8] = b"liveness-admin-form-v1\0";

/// How long it holds, in seconds.
pub const LIFE_S: u64 = 30 * 60;

/// Tells one from another.
type Nonce = [u8; 16];

/// Whoever has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminSession {
    nonce: Nonce,
    expires_s: u64,
}

/// Signs, and knows what has been given back to this gateway.
pub struct AdminSessions {
    secret: SecretSlice<u8>,
    server_key: SecretString,
    /// Until when each of those would have held.
    ended: Mutex<HashMap<Nonce, u64>>,
}

impl AdminSessions {
    /// Signs with `secret` for whoever has the server key.
    pub fn new(secret: SecretSlice<u8>, server_key: SecretString) -> Self {
        Self { secret, server_key, ended: Mutex::default() }
    }

    /// Whether this is the server key; compared in constant time.
    pub fn is_server_key(&self, sent: &str) -> bool {
        sent.as_bytes().ct_eq(self.server_key.expose_secret().as_bytes()).into()
    }

    fn mac(&self, domain: &[u8], session: AdminSession) -> Hmac<Sha256> {
        let mut mac = keyed(&self.secret, domain);
        mac.update(&session.nonce);
        mac.update(&session.expires_s.to_be_bytes());
        mac.update(self.server_key.expose_secret().as_bytes());
        mac
    }

    /// What the browser of somebody who has shown the server key keeps: `<expiry in unix seconds>.<nonce>.<mac>`.
    ///
    /// # Errors
    /// When the machine has no source of random numbers.
    pub fn open(&self, now: UnixMillis) -> Result<String, getrandom::Error> {
        let mut nonce = Nonce::default();
        getrandom::fill(&mut nonce)?;
        let session = AdminSession { nonce, expires_s: now / 1000 + LIFE_S };
        let tag = self.mac(SESSION_DOMAIN, session).finalize().into_bytes();
        let [nonce, tag] = [&nonce[..], &tag[..]].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        Ok(format!("{}.{nonce}.{tag}", session.expires_s))
    }

    /// Whose text this is, if it is ours and holds still.
    pub fn verify(&self, text: &str, now: UnixMillis) -> Option<AdminSession> {
        let (expires_s, rest) = text.split_once('.')?;
        let (nonce, tag) = rest.split_once('.')?;
        let nonce = URL_SAFE_NO_PAD.decode(nonce).ok()?.try_into().ok()?;
        let session = AdminSession { nonce, expires_s: expires_s.parse().ok()? };
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac(SESSION_DOMAIN, session).verify_slice(&tag).ok()?;
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = now / 1000 < session.expires_s && !ended.contains_key(&session.nonce);
        holds.then_some(session)
    }

    /// What each form of the page has in it, so that no other page can have made it.
    pub fn form_token(&self, session: AdminSession) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(FORM_DOMAIN, session).finalize().into_bytes())
    }

    /// Whether a form has it.
    pub fn is_form_token(&self, session: AdminSession, sent: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(sent);
        tag.is_ok_and(|tag| self.mac(FORM_DOMAIN, session).verify_slice(&tag).is_ok())
    }

    /// From now on it does not hold here any more.
    pub fn end(&self, session: AdminSession, now: UnixMillis) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, expires_s| now / 1000 < *expires_s);
        ended.insert(session.nonce, session.expires_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(secret: u8, key: &str) -> AdminSessions {
        AdminSessions::new(vec![secret; 32].into(), key.to_owned().into())
    }

    #[test]
    fn it_holds_for_half_an_hour_with_this_secret_and_key() {
        let own = sessions(1, "the server key");
        let text = own.open(5_000).unwrap();
        let end = (5 + LIFE_S) * 1000;
        assert!(own.verify(&text, 5_000).is_some() && own.verify(&text, end - 1).is_some());
        assert_eq!(own.verify(&text, end), None);
        assert_eq!(sessions(2, "the server key").verify(&text, 5_000), None);
        assert_eq!(sessions(1, "another server key").verify(&text, 5_000), None);
        assert!(!text.contains("server"));
        let (_, rest) = text.split_once('.').unwrap();
        assert_eq!(own.verify(&format!("9999999.{rest}"), 5_000), None, "a later end");
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            assert_eq!(own.verify(&String::from_utf8(bytes).unwrap(), 5_000), None, "{at}");
        }
        for text in ["", ".", "..", "1.2.3"] {
            assert_eq!(own.verify(text, 0), None, "{text}");
        }
    }

    #[test]
    fn what_was_given_back_holds_no_more() {
        let own = sessions(1, "k");
        let [first, second] = [(); 2].map(|()| own.open(0).unwrap());
        own.end(own.verify(&first, 0).unwrap(), 0);
        assert_eq!(own.verify(&first, 0), None);
        let second = own.verify(&second, 0).unwrap();
        // What has ended by itself need not be remembered.
        own.end(second, LIFE_S * 1000);
        assert_eq!(own.ended.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_forms_token_is_that_of_its_session() {
        let own = sessions(1, "k");
        let [first, second] = [(); 2].map(|()| own.verify(&own.open(0).unwrap(), 0).unwrap());
        let token = own.form_token(first);
        assert!(own.is_form_token(first, &token) && !own.is_form_token(second, &token));
        assert!(!own.is_form_token(first, "") && !own.is_form_token(first, &token[1..]));
        // The text in the cookie is not one.
        let text = own.open(0).unwrap();
        let session = own.verify(&text, 0).unwrap();
        assert!(!own.is_form_token(session, text.rsplit('.').next().unwrap()));
    }

    #[test]
    fn the_server_key_has_to_be_whole() {
        let own = sessions(1, "0123456789abcdef");
        assert!(own.is_server_key("0123456789abcdef"));
        for wrong in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeF"] {
            assert!(!own.is_server_key(wrong), "{wrong}");
        }
    }
}
