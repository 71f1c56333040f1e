//! Session tokens: `<expiry in unix seconds>.<base64url of HMAC-SHA256>`, with the audience (base64url) between the two
//! where it is not the default tenant's pages.
//!
//! The MAC covers the session's id, the expiry and the audience, so a token opens one session for a limited time to some
//! pages, and nothing has to be stored to check it.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use secrecy::SecretSlice;
use sha2::Sha256;
use uuid::Uuid;

use crate::domain::audience::Audience;
use crate::domain::clock::UnixMillis;
use crate::domain::mac::keyed;
use crate::domain::session::Sharer;
use crate::domain::tenants::TenantId;

/// Keeps these MACs apart from any other use of the same secret.
const DOMAIN: &[u8] = b"liveness-session-token-v1\0";

/// The same for tokens that name their audience.
const DOMAIN_WITH_AUDIENCE: &[u8] = b"liveness-session-token-v2\0";

/// The same for ids that come from an `Idempotency-Key`.
const IDEMPOTENCY_DOMAIN: &[u8] = b"liveness-session-id-v1\0";

/// The same for what clients are told apart by.
const CLIENT_DOMAIN: &[u8] = b"liveness-client-v1\0";

/// The fewest bytes a secret may have.
pub const MIN_SECRET_BYTES: usize = 32;

/// Why a token does not open a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not of the documented form, forged, or made for another session.
    #[error("the session token is not valid for this session")]
    Invalid,
    /// Genuine, but its time is over.
    #[error("the session token has expired")]
    Expired,
}

/// Signs and checks tokens.
pub struct TokenSigner {
    secret: SecretSlice<u8>,
    previous: Option<SecretSlice<u8>>,
}

impl TokenSigner {
    /// Signs with `secret`, of [`MIN_SECRET_BYTES`] or more (the configuration checks that).
    pub fn new(secret: SecretSlice<u8>) -> Self {
        Self { secret, previous: None }
    }

    /// Also accepts what was signed with this secret, so that sessions outlive a change of it. Nothing is signed with
    /// it any more.
    pub fn with_previous(self, previous: Option<SecretSlice<u8>>) -> Self {
        Self { previous, ..self }
    }

    fn mac(
        secret: &SecretSlice<u8>,
        session: Uuid,
        expires_s: u64,
        audience: Option<&str>,
    ) -> Hmac<Sha256> {
        let domain = if audience.is_some() { DOMAIN_WITH_AUDIENCE } else { DOMAIN };
        let mut mac = keyed(secret, domain);
        mac.update(session.as_bytes());
        mac.update(&expires_s.to_be_bytes());
        // The last part, so its length needs no saying.
        mac.update(audience.unwrap_or_default().as_bytes());
        mac
    }

    /// A token for `session` that holds until `expires_at` (rounded up to the second), for these pages.
    pub fn issue(&self, session: Uuid, audience: &Audience, expires_at: UnixMillis) -> String {
        let expires_s = expires_at.div_ceil(1000);
        let named = (*audience != usual()).then(|| audience.to_string());
        let mac = Self::mac(&self.secret, session, expires_s, named.as_deref());
        let tag = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        match named {
            Some(named) => format!("{expires_s}.{}.{tag}", URL_SAFE_NO_PAD.encode(named)),
            None => format!("{expires_s}.{tag}"),
        }
    }

    /// Checks in constant time that `token` was issued for `session` and still holds at `now`, and says for whose pages.
    ///
    /// # Errors
    /// [`TokenError::Expired`] only for genuine tokens; everything else is [`TokenError::Invalid`].
    pub fn verify(
        &self,
        session: Uuid,
        token: &str,
        now: UnixMillis,
    ) -> Result<Audience, TokenError> {
        let (expiry, rest) = token.split_once('.').ok_or(TokenError::Invalid)?;
        let (named, tag) = match rest.split_once('.') {
            Some((named, tag)) => (Some(decoded_text(named)?), tag),
            None => (None, rest),
        };
        if expiry.is_empty() || !expiry.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TokenError::Invalid);
        }
        let expires_s: u64 = expiry.parse().map_err(|_| TokenError::Invalid)?;
        let tag = decoded(tag)?;
        // `verify_slice` compares with `subtle`, and refuses tags of another length.
        let signs = |secret| {
            Self::mac(secret, session, expires_s, named.as_deref()).verify_slice(&tag).is_ok()
        };
        if !std::iter::once(&self.secret).chain(&self.previous).any(signs) {
            return Err(TokenError::Invalid);
        }
        if now >= expires_s.saturating_mul(1000) {
            return Err(TokenError::Expired);
        }
        named.map_or(Ok(usual()), |named| named.parse().map_err(|_| TokenError::Invalid))
    }

    /// The id of the session that a tenant's back end opens with this `Idempotency-Key`: the same for the same key and
    /// pages, and not to be guessed by others.
    pub fn session_id(&self, tenant: &TenantId, audience: &Audience, key: &str) -> Uuid {
        Self::id_by(&self.secret, tenant, audience, key)
    }

    /// The same as the secret before this one made it.
    pub fn previous_session_id(
        &self,
        tenant: &TenantId,
        audience: &Audience,
        key: &str,
    ) -> Option<Uuid> {
        self.previous.as_ref().map(|secret| Self::id_by(secret, tenant, audience, key))
    }

    fn id_by(secret: &SecretSlice<u8>, tenant: &TenantId, audience: &Audience, key: &str) -> Uuid {
        let mut mac = keyed(secret, IDEMPOTENCY_DOMAIN);
        // The key comes last: it alone may hold anything.
        mac.update(format!("{tenant}\0{audience}\0{key}").as_bytes());
        let tag = mac.finalize().into_bytes();
        uuid::Builder::from_custom_bytes(std::array::from_fn(|at| tag[at])).into_uuid()
    }

    /// What is kept of a client's address: the same for the same one, which nobody without the secret finds by it.
    pub fn client(&self, address: IpAddr) -> Sharer {
        let mut mac = keyed(&self.secret, CLIENT_DOMAIN);
        mac.update(address.to_string().as_bytes());
        Sharer::of_client(&URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..9]))
    }
}

/// The audience that a token need not name.
fn usual() -> Audience {
    Audience::Tenant(TenantId::default())
}

fn decoded(text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Invalid)
}

fn decoded_text(text: &str) -> Result<String, TokenError> {
    String::from_utf8(decoded(text)?).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(byte: u8) -> TokenSigner {
        TokenSigner::new(vec![byte; MIN_SECRET_BYTES].into())
    }

    #[test]
    fn opens_its_session_until_it_expires() {
        let id = Uuid::new_v4();
        let token = signer(1).issue(id, &usual(), 10_000);
        assert_eq!(signer(1).verify(id, &token, 0), Ok(usual()));
        assert_eq!(signer(1).verify(id, &token, 9_999), Ok(usual()));
        assert_eq!(signer(1).verify(id, &token, 10_000), Err(TokenError::Expired));
    }

    #[test]
    fn opens_nothing_else() {
        let id = Uuid::new_v4();
        let token = signer(1).issue(id, &usual(), 10_000);
        assert_eq!(signer(1).verify(Uuid::new_v4(), &token, 0), Err(TokenError::Invalid));
        assert_eq!(signer(2).verify(id, &token, 0), Err(TokenError::Invalid));
        // A later expiry under the same tag.
        let (_, tag) = token.split_once('.').unwrap();
        assert_eq!(signer(1).verify(id, &format!("99999.{tag}"), 0), Err(TokenError::Invalid));
        // An expired forgery is a forgery.
        assert_eq!(signer(2).verify(id, &token, 20_000), Err(TokenError::Invalid));
    }

    /// As docs/gateway.md has it: several gateways take a new secret one after the other, in three rounds.
    #[test]
    fn gateways_in_the_middle_of_a_rotation_take_each_others_tokens() {
        let with = |now: u8, previous: Option<u8>| {
            let previous = previous.map(|byte| vec![byte; MIN_SECRET_BYTES].into());
            signer(now).with_previous(previous)
        };
        let (old, new) = (1, 2);
        let (told, exchanged) =
            ([with(old, None), with(old, Some(new))], [with(old, Some(new)), with(new, Some(old))]);
        let id = Uuid::new_v4();
        for round in [told, exchanged] {
            for (signs, reads) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let token = round[signs].issue(id, &usual(), 10_000);
                assert_eq!(round[reads].verify(id, &token, 0), Ok(usual()), "{signs} {reads}");
            }
        }
    }

    #[test]
    fn a_secret_can_be_replaced_while_sessions_run() {
        let id = Uuid::new_v4();
        let old = signer(1).issue(id, &usual(), 10_000);
        let rotated = signer(2).with_previous(Some(vec![1; MIN_SECRET_BYTES].into()));
        assert_eq!(rotated.verify(id, &old, 0), Ok(usual()));
        assert_eq!(rotated.verify(id, &old, 10_000), Err(TokenError::Expired));
        let new = rotated.issue(id, &usual(), 10_000);
        assert_eq!(rotated.verify(id, &new, 0), Ok(usual()));
        assert_eq!(signer(2).verify(id, &new, 0), Ok(usual()), "the new secret signs");
        assert_eq!(signer(1).verify(id, &new, 0), Err(TokenError::Invalid));
        assert_eq!(signer(2).verify(id, &old, 0), Err(TokenError::Invalid), "the old one has gone");
        assert_eq!(
            rotated.verify(id, &signer(3).issue(id, &usual(), 10_000), 0),
            Err(TokenError::Invalid)
        );
    }

    #[test]
    fn every_changed_character_is_refused() {
        let id = Uuid::new_v4();
        let token = signer(1).issue(id, &usual(), 10_000);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(signer(1).verify(id, &changed, 0), Err(TokenError::Invalid), "{at}");
        }
    }

    #[test]
    fn a_token_is_for_its_audience_alone() {
        let id = Uuid::new_v4();
        let shop = Audience::Tenant("shop".parse().unwrap());
        let pages = Audience::Pages("https://shop.example".parse().unwrap());
        for audience in [&shop, &pages] {
            let token = signer(1).issue(id, audience, 10_000);
            assert_eq!(signer(1).verify(id, &token, 0), Ok(audience.clone()));
            assert_eq!(signer(1).verify(id, &token, 10_000), Err(TokenError::Expired));
            let [expiry, _, tag] = *token.split('.').collect::<Vec<_>>() else { panic!("{token}") };
            let other = URL_SAFE_NO_PAD.encode("t:other");
            for forged in [
                format!("{expiry}.{other}.{tag}"),
                format!("{expiry}.{tag}"),
                format!("{expiry}..{tag}"),
            ] {
                assert_eq!(signer(1).verify(id, &forged, 0), Err(TokenError::Invalid), "{forged}");
            }
        }
    }

    #[test]
    fn an_idempotency_key_is_one_session_of_one_tenant() {
        let shop: TenantId = "shop".parse().unwrap();
        let (usual, page) = (usual(), "o:https://shop.example".parse().unwrap());
        let id = signer(1).session_id(&shop, &usual, "order-7");
        assert_eq!(id, signer(1).session_id(&shop, &usual, "order-7"));
        assert_eq!(id.get_version_num(), 8);
        for other in [
            signer(1).session_id(&shop, &usual, "order-8"),
            signer(1).session_id(&TenantId::default(), &usual, "order-7"),
            signer(2).session_id(&shop, &usual, "order-7"),
            signer(1).session_id(&shop, &page, "order-7"),
        ] {
            assert_ne!(id, other);
        }
        let rotated = signer(2).with_previous(Some(vec![1; MIN_SECRET_BYTES].into()));
        assert_eq!(rotated.previous_session_id(&shop, &usual, "order-7"), Some(id));
        assert_ne!(rotated.session_id(&shop, &usual, "order-7"), id);
        assert_eq!(signer(1).previous_session_id(&shop, &usual, "order-7"), None);
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let id = Uuid::new_v4();
        let (_, tag) = signer(1)
            .issue(id, &usual(), 10_000)
            .split_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let huge = "9".repeat(40);
        for token in [
            "",
            ".",
            "10",
            "10.",
            &format!(".{tag}"),
            &format!("+10.{tag}"),
            &format!("{huge}.{tag}"),
            &format!("10.{tag}."),
            "10.!!!",
        ] {
            assert_eq!(signer(1).verify(id, token, 0), Err(TokenError::Invalid), "{token:?}");
        }
    }
}
