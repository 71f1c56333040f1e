//! Tenants: whose keys, sessions and credits they are.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use liveness_protocol::ErrorCode;

use super::clock::UnixMillis;
use super::error::ApiError;
use super::metadata::MetadataSchema;
use super::mode::Mode;
use super::origins::Origins;

/// A tenant's name in flags, rows and logs: 1 to 64 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(String);

/// A text that is not a tenant's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tenant's id is 1 to 64 lower-case letters, digits and hyphens")]
pub struct TenantIdError;

impl TenantId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The tenant of the server key, and of sessions that are opened without a key.
impl Default for TenantId {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl FromStr for TenantId {
    type Err = TenantIdError;

    fn from_str(text: &str) -> Result<Self, TenantIdError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fine = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        if fine { Ok(Self(text.to_owned())) } else { Err(TenantIdError) }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All that is kept of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRecord {
    /// Its id.
    pub id: TenantId,
    /// For people.
    pub name: String,
    /// How many checks it may still have decided where they are paid for. Below zero if checks that ran at once took
    /// more than there were; without a number, any.
    pub credits: Option<i64>,
    /// Whether it may have nothing new at the moment: no session, no check, no video.
    pub suspended: bool,
    /// How many checks its keys may ask for in a minute, together.
    pub rate: Option<NonZeroU32>,
    /// What the metadata of its checks has to be like.
    pub metadata_schema: Option<MetadataSchema>,
    /// Whose pages may use its sessions, besides those that the gateway lets in for all tenants.
    pub origins: Origins,
    /// Which engine its checks are given to; without one that of the model, or the gateway's.
    pub mode: Option<Mode>,
    /// When it was made.
    pub created_at: UnixMillis,
}

/// A change of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantChange {
    /// Another name.
    Rename(String),
    /// This many credits, or any number.
    SetCredits(Option<i64>),
    /// So many more credits. Changes nothing where their number does not count.
    AddCredits(i64),
    /// Whether it may have nothing new.
    Suspend(bool),
    /// Another rate.
    SetRate(Option<NonZeroU32>),
    /// Another schema of its checks' metadata, or none.
    SetMetadataSchema(Option<MetadataSchema>),
    /// Other origins.
    SetOrigins(Origins),
    /// Another mode, or none of its own.
    SetMode(Option<Mode>),
    /// A verdict that was paid for with so many credits.
    Charge(u32),
}

/// Why a tenant may have no check decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TenantRefusal {
    /// It has too few credits.
    #[error("the tenant has {available} credits, {required} are needed")]
    NoCredits {
        /// How many a verdict costs.
        required: u32,
        /// How many there are.
        available: i64,
    },
    /// It is suspended.
    #[error("the tenant is suspended")]
    Suspended,
}

impl From<TenantRefusal> for ApiError {
    fn from(refusal: TenantRefusal) -> Self {
        // In the documented words.
        match refusal {
            TenantRefusal::NoCredits { required, available } => Self::with_message(
                ErrorCode::InsufficientCredits,
                format!(
                    "Insufficient credits. Required: {required}, available: {}",
                    available.max(0)
                ),
            ),
            TenantRefusal::Suspended => Self::with_message(
                ErrorCode::AccountSuspended,
                "Your account is suspended due to a payment issue. Please update your payment method.",
            ),
        }
    }
}

impl TenantRecord {
    /// A tenant that is not limited in anything.
    pub fn new(id: TenantId, name: impl Into<String>, created_at: UnixMillis) -> Self {
        Self {
            id,
            name: name.into(),
            credits: None,
            suspended: false,
            rate: None,
            metadata_schema: None,
            origins: Origins::default(),
            mode: None,
            created_at,
        }
    }

    /// Whether it may have something new that costs so many credits.
    ///
    /// # Errors
    /// See [`TenantRefusal`].
    pub fn admit(&self, required: u32) -> Result<(), TenantRefusal> {
        match self.credits {
            _ if self.suspended => Err(TenantRefusal::Suspended),
            Some(available) if required > 0 && available < i64::from(required) => {
                Err(TenantRefusal::NoCredits { required, available })
            }
            _ => Ok(()),
        }
    }

    /// Makes a change.
    pub fn apply(&mut self, change: TenantChange) {
        let credits = |by: i64| self.credits.map(|credits| credits.saturating_add(by));
        match change {
            TenantChange::Rename(name) => self.name = name,
            TenantChange::SetCredits(number) => self.credits = number,
            TenantChange::AddCredits(number) => self.credits = credits(number),
            TenantChange::Charge(number) => self.credits = credits(-i64::from(number)),
            TenantChange::Suspend(suspended) => self.suspended = suspended,
            TenantChange::SetRate(rate) => self.rate = rate,
            TenantChange::SetMetadataSchema(schema) => self.metadata_schema = schema,
            TenantChange::SetOrigins(origins) => self.origins = origins,
            TenantChange::SetMode(mode) => self.mode = mode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_plain() {
        let longest = "a".repeat(64);
        for text in ["default", "shop-2", "0", &longest] {
            assert_eq!(text.parse::<TenantId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        let too_long = "a".repeat(65);
        for text in ["", "Shop", "a b", "a_b", "caf\u{e9}", "a/b", "a\n", &too_long] {
            assert_eq!(text.parse::<TenantId>(), Err(TenantIdError), "{text:?}");
        }
        assert_eq!(TenantId::default(), "default".parse().unwrap());
    }

    fn tenant(credits: Option<i64>) -> TenantRecord {
        TenantRecord { credits, ..TenantRecord::new(TenantId::default(), "n", 0) }
    }

    #[test]
    fn credits_are_spent_as_a_check_costs() {
        let mut shop = tenant(Some(4));
        for (cost, left) in [(1, 3), (2, 1), (1, 0), (1, -1)] {
            shop.apply(TenantChange::Charge(cost));
            assert_eq!(shop.credits, Some(left));
            for required in [1, 2] {
                assert_eq!(shop.admit(required).is_ok(), left >= i64::from(required), "{left}");
            }
        }
        let none = TenantRefusal::NoCredits { required: 2, available: -1 };
        assert_eq!(shop.admit(2), Err(none));
        assert_eq!(shop.admit(0), Ok(()), "what costs nothing needs none");
        shop.apply(TenantChange::AddCredits(2));
        assert_eq!((shop.credits, shop.admit(1)), (Some(1), Ok(())));
        shop.apply(TenantChange::Suspend(true));
        for required in [1, 0] {
            assert_eq!(shop.admit(required), Err(TenantRefusal::Suspended));
        }
        shop.apply(TenantChange::Suspend(false));
        shop.apply(TenantChange::SetCredits(None));
        shop.apply(TenantChange::Charge(1));
        shop.apply(TenantChange::AddCredits(5));
        assert_eq!((shop.credits, shop.admit(1)), (None, Ok(())), "any number stays any");
        shop.apply(TenantChange::SetCredits(Some(i64::MAX)));
        shop.apply(TenantChange::AddCredits(1));
        assert_eq!(shop.credits, Some(i64::MAX));
        shop.apply(TenantChange::Rename("m".into()));
        shop.apply(TenantChange::SetRate(NonZeroU32::new(7)));
        shop.apply(TenantChange::SetMode(Some(Mode::Local)));
        let changed = (&*shop.name, shop.rate, shop.mode);
        assert_eq!(changed, ("m", NonZeroU32::new(7), Some(Mode::Local)));
    }

    #[test]
    fn every_refusal_has_its_code() {
        for (required, available, words) in [
            (1, 0, "Required: 1, available: 0"),
            (2, 1, "Required: 2, available: 1"),
            (1, -3, "Required: 1, available: 0"),
        ] {
            let spent = ApiError::from(TenantRefusal::NoCredits { required, available });
            assert_eq!(spent.code, ErrorCode::InsufficientCredits);
            assert_eq!(spent.message, format!("Insufficient credits. {words}"));
        }
        let suspended = ApiError::from(TenantRefusal::Suspended);
        assert_eq!(suspended.code, ErrorCode::AccountSuspended);
    }
}
