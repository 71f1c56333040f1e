//! What the page shows, read from the store at once.

use crate::api::gateway::Gateway;
use crate::domain::audit::{AuditEntry, Head, HourlyOutcome, OutcomeCount, hour_of};
use crate::domain::audit_chain::{Break, Chain};
use crate::domain::clock::UnixMillis;
use crate::domain::keys::KeyRecord;
use crate::domain::tenants::{TenantId, TenantRecord};
use crate::store::StoreError;

/// How many of the log's last entries are read, and looked at whether they follow on each other: `audit verify` goes
/// through all of them.
const READ: u64 = 1000;

/// For how many hours checks are shown: those for which they are counted.
pub const HOURS: u64 = 30 * 24;

/// How many of the last checks, and of the log's last entries, are listed.
const LISTED: usize = 20;

/// How many keys, and how many tenants, are listed: those that were made last.
pub const NEWEST: usize = 100;

/// The newest of a list, and how many it has in all.
pub struct Newest<T> {
    /// In the order in which they were made.
    pub list: Vec<T>,
    /// Those that are not listed are among them.
    pub all: usize,
}

impl<T> From<Vec<T>> for Newest<T> {
    fn from(mut list: Vec<T>) -> Self {
        let all = list.len();
        list.drain(..all.saturating_sub(NEWEST));
        Self { list, all }
    }
}

/// A check that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// When.
    pub at: UnixMillis,
    /// The session, or what its client called it.
    pub id: String,
    /// Whether the latter.
    pub by_client: bool,
    /// Whose.
    pub tenant: String,
    /// By which model.
    pub model: String,
    /// The verdict or the error code.
    pub outcome: String,
    /// The verdict's score.
    pub score: Option<String>,
}

impl Check {
    /// The check that an entry of the log is about, if it is about the end of one.
    fn of(entry: &AuditEntry) -> Option<Self> {
        let HourlyOutcome { tenant, outcome, .. } = entry.outcome()?;
        let details: serde_json::Value = serde_json::from_str(&entry.details).ok()?;
        let text = |key: &str| details[key].as_str().map(str::to_owned);
        Some(Self {
            at: entry.at,
            id: entry.object.clone(),
            by_client: details["id_from"] == "client",
            tenant,
            model: text("model")?,
            outcome,
            score: details["score"].as_f64().map(|score| format!("{score:.0}")),
        })
    }
}

/// Everything.
pub struct Overview {
    /// When it was read.
    pub now: UnixMillis,
    /// How checks ended.
    pub outcomes: Vec<OutcomeCount>,
    /// The last checks, the latest first.
    pub checks: Vec<Check>,
    /// Keys.
    pub keys: Newest<KeyRecord>,
    /// Tenants, and the default one in any case.
    pub tenants: Newest<TenantRecord>,
    /// Codes that requests have been refused with since the process started, the most frequent first.
    pub refusals: Vec<(String, u64)>,
    /// The last entries of the audit log, the latest first.
    pub log: Vec<AuditEntry>,
    /// The log's head.
    pub head: Head,
    /// How many of its last entries follow on each other, or where they do not.
    pub chain: Result<u64, Break>,
}

impl Overview {
    /// Reads it.
    ///
    /// # Errors
    /// As the store says.
    pub async fn read(gateway: &Gateway) -> Result<Self, StoreError> {
        let now = gateway.clock.now();
        let from_hour = (hour_of(now) + 1).saturating_sub(HOURS);
        let outcomes = gateway.audit.outcomes(from_hour).await?;
        let head = gateway.audit.audit_head().await?;
        let after = head.number.saturating_sub(READ);
        let entries = gateway.audit.audit_after(after, READ as usize).await?;
        let ends = gateway.audit.audit_checks(LISTED).await?;
        Ok(Self {
            now,
            outcomes,
            checks: ends.iter().rev().filter_map(Check::of).collect(),
            keys: gateway.keys.all().await?.into(),
            tenants: with_default(gateway.tenants.tenants().await?),
            refusals: gateway.metrics.refusals(),
            chain: holds(&entries),
            head,
            log: entries.into_iter().rev().take(LISTED).collect(),
        })
    }
}

/// The newest tenants, behind the default one.
fn with_default(mut tenants: Vec<TenantRecord>) -> Newest<TenantRecord> {
    let of_default = tenants.iter().position(|tenant| tenant.id == TenantId::default());
    let default = of_default.map_or_else(unmade, |place| tenants.remove(place));
    let mut newest = Newest::from(tenants);
    newest.list.insert(0, default);
    newest.all += 1;
    newest
}

/// The default tenant where nobody has made it: not limited in anything.
fn unmade() -> TenantRecord {
    TenantRecord::new(TenantId::default(), "", 0)
}

/// How many entries follow on each other: whether what is before them does is not looked at.
fn holds(entries: &[AuditEntry]) -> Result<u64, Break> {
    let mut chain = Chain::new(None);
    entries.iter().try_for_each(|entry| chain.check(entry))?;
    Ok(entries.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Action, By, Deed};
    use crate::domain::check::Asked;

    #[test]
    fn checks_are_those_entries_that_are_about_the_end_of_one() {
        let asked = Asked {
            id: uuid::Uuid::from_u128(1),
            by_client: false,
            tenant: TenantId::default(),
            model: "local-1-10".to_owned(),
            credits: 1,
            bg_segmentation: None,
        };
        let code = liveness_protocol::ErrorCode::UpstreamTimeout;
        let failed = Deed::check_failed(&asked, code, 5);
        let first = AuditEntry::after(Head::default(), &failed);
        let signed = Deed::signed(Action::SignedIn, By::server_key(6));
        let second = AuditEntry::after(first.head(), &signed);
        let check = Check::of(&first).unwrap();
        assert_eq!(
            (&*check.outcome, &*check.tenant, check.score),
            ("upstream_timeout", "default", None)
        );
        assert_eq!(Check::of(&second), None);
        // As it is counted: whatever else an entry has in it.
        let mut odd = first.clone();
        odd.details = odd.details.replacen('{', r#"{"verdict":"live","#, 1);
        let counted = odd.outcome().map(|ended| ended.outcome);
        assert_eq!(Check::of(&odd).map(|check| check.outcome), counted);
        assert_eq!(counted.as_deref(), Some("upstream_timeout"));
        assert!(!check.by_client);
        let direct = Deed::check_failed(&Asked { by_client: true, ..asked }, code, 5);
        assert!(Check::of(&AuditEntry::after(Head::default(), &direct)).unwrap().by_client);
        let mut entries = [first, second];
        assert_eq!(holds(&entries), Ok(2));
        entries[0].object.clear();
        assert_eq!(holds(&entries), Err(Break::Changed(1)));
    }
}
