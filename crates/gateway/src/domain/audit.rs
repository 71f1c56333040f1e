//! The audit log: what was done, by whom, in a chain. Each entry holds the hash of the one before it, so that none can be
//! changed, taken out or put in between without the ones after it telling.

use std::fmt;
use std::str::FromStr;

use liveness_protocol::ErrorCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use super::actor::{Actor, By};
use super::check::{Asked, CheckReply};
use super::clock::{HOUR_MS, UnixMillis, iso8601};
use super::keys::{KeyChange, KeyRecord};
use super::metadata::Metadata;
use super::mode::Mode;
use super::session::SessionTerms;
use super::tenants::{TenantChange, TenantId, TenantRecord};
use super::visible::visible_json;

/// Keeps these hashes apart from any other use of the same bytes.
const DOMAIN: &[u8] = b"liveness-audit-v1\0";

macro_rules! actions {
    ($( $(#[doc = $doc:literal])* $variant:ident = $name:literal; )+) => {
        /// What is done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $( $(#[doc = $doc])* $variant, )+ }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Action] = &[ $( Action::$variant, )+ ];

            /// Its name.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$variant => $name, )+ } }
        }
    };
}

actions! {
    /// A key is made.
    KeyCreated = "key.created";
    /// A key gets another secret.
    KeyRotated = "key.rotated";
    /// A key ends.
    KeyRevoked = "key.revoked";
    /// A tenant is made.
    TenantCreated = "tenant.created";
    /// A tenant is changed.
    TenantChanged = "tenant.changed";
    /// A session is opened with a key.
    SessionOpened = "session.opened";
    /// A back end has something to say about a session.
    SessionNoted = "session.noted";
    /// A check has a verdict.
    VerdictDecided = "verdict.decided";
    /// A check has ended without one.
    CheckFailed = "check.failed";
    /// Somebody signs in to the operator's page.
    SignedIn = "admin.signed_in";
    /// Somebody signs out.
    SignedOut = "admin.signed_out";
    /// The oldest entries are forgotten; the details say up to which one.
    LogTrimmed = "log.trimmed";
}

impl Action {
    /// What ends a check.
    pub const ENDS: [Self; 2] = [Self::VerdictDecided, Self::CheckFailed];
}

/// Something that is done, to be added to the log. Holds no picture, token or secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Who, and when.
    pub by: By,
    /// What.
    pub action: Action,
    /// To what: an id.
    pub object: String,
    /// What there is to know besides, a JSON object.
    pub details: String,
}

fn date(at: Option<UnixMillis>) -> Option<String> {
    at.map(iso8601)
}

impl Deed {
    fn new(by: By, action: Action, object: impl fmt::Display, details: &Value) -> Self {
        Self { by, action, object: object.to_string(), details: visible_json(details) }
    }

    /// A key is made.
    pub fn key_created(record: &KeyRecord, by: By) -> Self {
        let terms = &record.terms;
        let details = json!({
            "name": terms.name,
            "tenant": terms.tenant.as_str(),
            "scopes": terms.scopes.to_string(),
            "expires_at": date(terms.expires_at),
        });
        Self::new(by, Action::KeyCreated, record.id, &details)
    }

    /// A key is changed; `None` for what says nothing about trust.
    pub fn key_changed(before: &KeyRecord, change: KeyChange, by: By) -> Option<Self> {
        let tenant = before.terms.tenant.as_str();
        match change {
            KeyChange::Use { .. } => None,
            KeyChange::Revoke { .. } if before.revoked_at.is_some() => None,
            KeyChange::Revoke { .. } => {
                Some(Self::new(by, Action::KeyRevoked, before.id, &json!({ "tenant": tenant })))
            }
            KeyChange::Rotate { until, .. } => {
                let details = json!({ "tenant": tenant, "old_secret_until": iso8601(until) });
                Some(Self::new(by, Action::KeyRotated, before.id, &details))
            }
        }
    }

    /// A tenant is made.
    pub fn tenant_created(record: &TenantRecord, by: By) -> Self {
        Self::new(by, Action::TenantCreated, &record.id, &tenant_details(record))
    }

    /// A tenant is changed, and looks like this then; `None` if it is only charged, which its verdict's entry says.
    pub fn tenant_changed(after: &TenantRecord, changes: &[TenantChange], by: By) -> Option<Self> {
        let only_charged = changes.iter().all(|change| matches!(change, TenantChange::Charge(_)));
        (!only_charged)
            .then(|| Self::new(by, Action::TenantChanged, &after.id, &tenant_details(after)))
    }

    /// A session is opened with a key.
    pub fn session_opened(terms: &SessionTerms, by: By) -> Self {
        Self::about(&terms.asked(), by, Action::SessionOpened, json!({}))
    }

    /// A back end says that something has happened around a session.
    pub fn session_noted(id: Uuid, tenant: &TenantId, event: &Metadata, by: By) -> Self {
        let details = json!({ "tenant": tenant.as_str(), "event": event.to_value() });
        Self::new(by, Action::SessionNoted, id, &details)
    }

    /// Something about a check or its session: whose it is, and where its id is from if not from here.
    fn about(asked: &Asked, by: By, action: Action, mut details: Value) -> Self {
        details["tenant"] = asked.tenant.as_str().into();
        details["model"] = asked.model.as_str().into();
        if asked.by_client {
            details["id_from"] = "client".into();
        }
        if let Some(removed) = asked.bg_segmentation {
            details["bg_segmentation"] = removed.into();
        }
        Self::new(by, action, asked.id, &details)
    }

    /// A check has a verdict.
    pub fn verdict_decided(asked: &Asked, reply: &CheckReply, at: UnixMillis) -> Self {
        let verdict = &reply.verdict;
        let mut details = json!({ "verdict": verdict.verdict.as_str(), "score": verdict.score });
        if let Some(engine) = reply.notices.engine {
            details["engine"] = engine.as_str().into();
        }
        if reply.is_unasked() {
            details["recycled"] = true.into();
        }
        Self::about(asked, By::gateway(at), Action::VerdictDecided, details)
    }

    /// A check has ended without a verdict.
    pub fn check_failed(asked: &Asked, code: ErrorCode, at: UnixMillis) -> Self {
        let details = json!({ "error": code.as_str() });
        Self::about(asked, By::gateway(at), Action::CheckFailed, details)
    }

    /// Somebody signs in to the operator's page, or out.
    pub fn signed(action: Action, by: By) -> Self {
        Self::new(by, action, "admin", &json!({}))
    }

    /// All entries up to this one are forgotten.
    pub fn trimmed(last: Head, by: By) -> Self {
        let details = json!({ "until": last.number, "hash": last.hash.to_string() });
        Self::new(by, Action::LogTrimmed, "audit", &details)
    }

    /// How a check has ended, if that is what this says.
    pub fn outcome(&self) -> Option<HourlyOutcome> {
        HourlyOutcome::of(self.action.as_str(), &self.details, self.by.at)
    }
}

fn tenant_details(record: &TenantRecord) -> Value {
    json!({
        "name": record.name,
        "credits": record.credits,
        "suspended": record.suspended,
        "checks_per_minute": record.rate,
        "origins": record.origins.text(),
        "mode": record.mode.map(Mode::as_str),
    })
}

/// How a check has ended, for the counts by hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourlyOutcome {
    /// The hour, counted from 1970.
    pub hour: u64,
    /// Whose check.
    pub tenant: String,
    /// The verdict, or an error code.
    pub outcome: String,
}

impl HourlyOutcome {
    fn of(action: &str, details: &str, at: UnixMillis) -> Option<Self> {
        let key = match action {
            action if action == Action::VerdictDecided.as_str() => "verdict",
            action if action == Action::CheckFailed.as_str() => "error",
            _ => return None,
        };
        let details: Value = serde_json::from_str(details).ok()?;
        let text = |key: &str| details[key].as_str().map(str::to_owned);
        Some(Self { hour: hour_of(at), tenant: text("tenant")?, outcome: text(key)? })
    }
}

/// The hour of a time, counted from 1970.
pub const fn hour_of(at: UnixMillis) -> u64 {
    at / HOUR_MS
}

/// How many checks have ended so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeCount {
    /// How.
    pub outcome: HourlyOutcome,
    /// How many.
    pub checks: u64,
}

/// An entry's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditHash(pub [u8; 32]);

/// A text that is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub struct AuditHashError;

impl fmt::Display for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for AuditHash {
    type Err = AuditHashError;

    fn from_str(text: &str) -> Result<Self, AuditHashError> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 || !bytes.iter().all(u8::is_ascii_hexdigit) {
            return Err(AuditHashError);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(bytes.chunks_exact(2)) {
            let digits = std::str::from_utf8(pair).map_err(|_| AuditHashError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| AuditHashError)?;
        }
        Ok(Self(hash))
    }
}

/// The last entry of a chain: whoever has noted it can tell later whether the chain still has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Its number, from 1; 0 before the first.
    pub number: u64,
    /// Its hash.
    pub hash: AuditHash,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let head = text.split_once(':').and_then(|(number, hash)| {
            Some(Self { number: number.parse().ok()?, hash: hash.parse().ok()? })
        });
        head.ok_or(
            "a head is a number, a colon and 64 hexadecimal digits, as `audit verify` prints it",
        )
    }
}

/// An entry as it is kept. Its texts are those that were hashed, whatever they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the chain, from 1.
    pub number: u64,
    /// When.
    pub at: UnixMillis,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub object: String,
    /// A JSON object.
    pub details: String,
    /// The hash of the entry before it; zeros before the first.
    pub previous: AuditHash,
    /// Its own.
    pub hash: AuditHash,
}

impl AuditEntry {
    /// The entry of a deed, after the last one.
    pub fn after(head: Head, deed: &Deed) -> Self {
        let entry = Self {
            number: 0,
            at: deed.by.at,
            actor: deed.by.actor.to_string(),
            action: deed.action.as_str().to_owned(),
            object: deed.object.clone(),
            details: deed.details.clone(),
            previous: AuditHash::default(),
            hash: AuditHash::default(),
        };
        entry.placed_after(head)
    }

    /// The same entry at the end of a chain.
    pub fn placed_after(mut self, head: Head) -> Self {
        self.number = head.number + 1;
        self.previous = head.hash;
        self.hash = self.computed();
        self
    }

    /// The hash that belongs to what it says: SHA-256 over its number and time as 8 bytes each, its texts each after
    /// their length as 8 bytes, and the hash before.
    pub fn computed(&self) -> AuditHash {
        let mut hash = Sha256::new()
            .chain_update(DOMAIN)
            .chain_update(self.number.to_be_bytes())
            .chain_update(self.at.to_be_bytes());
        for text in [&self.actor, &self.action, &self.object, &self.details] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        AuditHash(hash.chain_update(self.previous.0).finalize().into())
    }

    /// As the last entry of a chain.
    pub const fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash }
    }

    /// How a check has ended, if that is what this says.
    pub fn outcome(&self) -> Option<HourlyOutcome> {
        HourlyOutcome::of(&self.action, &self.details, self.at)
    }

    /// Whether a check has ended by this.
    pub fn ends_check(&self) -> bool {
        Action::ENDS.iter().any(|action| action.as_str() == self.action)
    }

    /// Of an entry about forgotten ones, the last that was.
    pub fn forgotten(&self) -> Option<Head> {
        if self.action != Action::LogTrimmed.as_str() {
            return None;
        }
        let details: Value = serde_json::from_str(&self.details).ok()?;
        Some(Head {
            number: details["until"].as_u64()?,
            hash: details["hash"].as_str()?.parse().ok()?,
        })
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
