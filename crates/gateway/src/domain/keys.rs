//! API keys: their form, what is kept of them, and whether one may do something.
//!
//! A key is `lvk_<id>_<secret>`: a prefix by which people and secret scanners recognise it, a public id of 16
//! hexadecimal digits, 32 random bytes as base64url. Of the secret only a SHA-256 is kept. That is enough, where a
//! password would need a slow hash: nobody can go through 2^256 secrets, however fast each can be tried.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use liveness_protocol::ErrorCode;
use secrecy::{ExposeSecret as _, ExposeSecretMut as _, SecretBox, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::clock::UnixMillis;
use super::error::ApiError;
use super::scopes::{Scope, Scopes};
use super::tenants::TenantId;

/// What every key begins with.
pub const PREFIX: &str = "lvk_";

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// Keeps these hashes apart from any other use of the same bytes.
const DOMAIN: &[u8] = b"liveness-api-key-v1\0";

/// How long a use counts as the last one before the next is written, in milliseconds: a key in steady use costs one
/// write in this time.
const USE_COUNTS_MS: u64 = 60_000;

/// The public part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub u64);

/// A text that is not a key's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's id is 16 hexadecimal digits, those between the underscores of the key")]
pub struct KeyIdError;

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<Self, KeyIdError> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let fine = text.len() == 16 && text.bytes().all(digit);
        let number = if fine { u64::from_str_radix(text, 16).ok() } else { None };
        number.map(Self).ok_or(KeyIdError)
    }
}

/// A key as it was sent. Has no `Debug` form.
pub struct SentKey {
    /// Its id.
    pub id: KeyId,
    secret: SecretBox<[u8; SECRET_BYTES]>,
}

impl SentKey {
    /// Reads a credential: `None` for one that is not meant as a key of ours.
    ///
    /// # Errors
    /// [`KeyRefusal::Invalid`] for what only begins like one.
    pub fn read(credential: &str) -> Option<Result<Self, KeyRefusal>> {
        let rest = credential.strip_prefix(PREFIX)?;
        Some(Self::parse(rest).ok_or(KeyRefusal::Invalid))
    }

    fn parse(rest: &str) -> Option<Self> {
        let (id, secret) = rest.split_once('_')?;
        let id = id.parse().ok()?;
        let mut bytes = SecretBox::new(Box::new([0; SECRET_BYTES]));
        // Too long a text is refused before a byte beyond the buffer is written.
        let length = URL_SAFE_NO_PAD.decode_slice(secret, bytes.expose_secret_mut()).ok()?;
        (length == SECRET_BYTES).then_some(Self { id, secret: bytes })
    }

    fn hash(&self) -> KeyHash {
        let hash = Sha256::new()
            .chain_update(DOMAIN)
            .chain_update(self.id.0.to_be_bytes())
            .chain_update(self.secret.expose_secret());
        KeyHash(hash.finalize().into())
    }

    /// The key as it is shown, once.
    fn text(&self) -> SecretString {
        let secret = URL_SAFE_NO_PAD.encode(self.secret.expose_secret());
        format!("{PREFIX}{}_{secret}", self.id).into()
    }
}

/// The SHA-256 of a secret with its key's id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Shows nothing, although nothing could be done with it.
impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

/// Why a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// Unknown, wrong, expired or revoked: which of these is not said.
    #[error("the key is not valid")]
    Invalid,
    /// It may not do this.
    #[error("the key lacks the scope {0}")]
    LacksScope(Scope),
}

impl From<KeyRefusal> for ApiError {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            // In the documented words.
            KeyRefusal::Invalid => Self::with_message(ErrorCode::InvalidKey, "Not authenticated"),
            KeyRefusal::LacksScope(scope) => Self {
                required_scope: Some(scope.as_str()),
                ..Self::with_message(
                    ErrorCode::InsufficientScope,
                    format!("API key lacks required scope: {scope}"),
                )
            },
        }
    }
}

/// What whoever creates a key says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyTerms {
    /// For people.
    pub name: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it may be used for.
    pub scopes: Scopes,
    /// It holds until then.
    pub expires_at: Option<UnixMillis>,
}

/// The secret before the last rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// Its hash.
    pub hash: KeyHash,
    /// It holds until then.
    pub until: UnixMillis,
}

/// All that is kept of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its public id.
    pub id: KeyId,
    /// What was agreed.
    pub terms: KeyTerms,
    /// The secret's hash.
    pub hash: KeyHash,
    /// That of the secret it has replaced.
    pub replaced: Option<Replaced>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// It holds no more since then.
    pub revoked_at: Option<UnixMillis>,
    /// When it was used, to the minute.
    pub last_used_at: Option<UnixMillis>,
}

/// A change of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChange {
    /// It holds no more. To revoke it again changes nothing.
    Revoke {
        /// Since then.
        at: UnixMillis,
    },
    /// Another secret takes its secret's place.
    Rotate {
        /// The new one's hash.
        hash: KeyHash,
        /// Until when the old one holds as well.
        until: UnixMillis,
    },
    /// It has been used.
    Use {
        /// When.
        at: UnixMillis,
    },
}

/// Whose key a request has shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyHolder {
    /// The tenant.
    pub tenant: TenantId,
    /// The key, unless it is the server key.
    pub key: Option<KeyId>,
}

/// A key, and what is kept of it.
pub struct NewKey {
    /// To be kept.
    pub record: KeyRecord,
    /// To be shown once.
    pub text: SecretString,
}

impl NewKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the machine has no source of random numbers.
    pub fn make(terms: KeyTerms, now: UnixMillis) -> Result<Self, getrandom::Error> {
        let sent = fresh(KeyId(getrandom::u64()?))?;
        let record = KeyRecord {
            id: sent.id,
            terms,
            hash: sent.hash(),
            replaced: None,
            created_at: now,
            revoked_at: None,
            last_used_at: None,
        };
        Ok(Self { record, text: sent.text() })
    }
}

/// A new secret for the key with this id: its hash, and the key to be shown once.
///
/// # Errors
/// When the machine has no source of random numbers.
pub fn new_secret(id: KeyId) -> Result<(KeyHash, SecretString), getrandom::Error> {
    let sent = fresh(id)?;
    Ok((sent.hash(), sent.text()))
}

fn fresh(id: KeyId) -> Result<SentKey, getrandom::Error> {
    let mut bytes = Box::new([0; SECRET_BYTES]);
    getrandom::fill(&mut bytes[..])?;
    Ok(SentKey { id, secret: SecretBox::new(bytes) })
}

/// Whether a key that was sent may do what needs `scope`, by what is kept under its id. A key that nobody knows
/// takes the same way as one with a wrong secret.
///
/// # Errors
/// See [`KeyRefusal`].
pub fn admit(
    sent: &SentKey,
    kept: Option<&KeyRecord>,
    scope: Option<Scope>,
    now: UnixMillis,
) -> Result<KeyHolder, KeyRefusal> {
    let hash = sent.hash();
    let of_nobody = KeyHash([0; 32]);
    let current = kept.map_or(&of_nobody, |kept| &kept.hash).is(&hash);
    let replaced = kept.and_then(|kept| kept.replaced);
    let replaced = replaced.is_some_and(|old| now < old.until && old.hash.is(&hash));
    let Some(kept) = kept.filter(|kept| (current || replaced) && kept.holds(now)) else {
        return Err(KeyRefusal::Invalid);
    };
    match scope.filter(|scope| !kept.terms.scopes.allow(*scope)) {
        Some(scope) => Err(KeyRefusal::LacksScope(scope)),
        None => Ok(KeyHolder { tenant: kept.terms.tenant.clone(), key: Some(kept.id) }),
    }
}

impl KeyRecord {
    /// Whether it is neither revoked nor expired.
    pub fn holds(&self, now: UnixMillis) -> bool {
        self.revoked_at.is_none() && self.terms.expires_at.is_none_or(|end| now < end)
    }

    /// Whether a use at this time is to be written.
    pub fn use_counts(&self, now: UnixMillis) -> bool {
        self.last_used_at.is_none_or(|last| now >= last.saturating_add(USE_COUNTS_MS))
    }

    /// Makes a change.
    pub fn apply(&mut self, change: KeyChange) {
        match change {
            KeyChange::Revoke { at } => self.revoked_at = self.revoked_at.or(Some(at)),
            KeyChange::Rotate { hash, until } => {
                self.replaced = Some(Replaced { hash: self.hash, until });
                self.hash = hash;
            }
            // Requests may be noted in another order than they came in.
            KeyChange::Use { at } => self.last_used_at = self.last_used_at.max(Some(at)),
        }
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
