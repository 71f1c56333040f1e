//! Where the audit log is kept.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::audit::{AuditEntry, Deed, Head, OutcomeCount};
use crate::domain::clock::{DAY_MS, UnixMillis};

/// How many entries are forgotten at once.
pub const TRIM_GROUP: usize = 1000;

/// How much longer than its time the oldest entry is kept, in milliseconds: a day, so that the log has at most one entry
/// a day about what it has forgotten, but where there is more than a group of it.
pub const TRIM_SLACK_MS: u64 = DAY_MS;

/// For how many hours it is known how many checks ended how: 30 days.
pub const OUTCOME_HOURS: u64 = 30 * 24;

/// The audit log, read from its first entry to its last.
#[async_trait]
pub trait AuditLog: Send + Sync + 'static {
    /// Up to `limit` entries after the one with this number, in their order.
    async fn audit_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError>;

    /// The last entry.
    async fn audit_head(&self) -> Result<Head, StoreError>;
}

/// Keeps the audit log. What changes keys, tenants and sessions adds its entry by itself, together with the change.
#[async_trait]
pub trait AuditStore: AuditLog {
    /// Adds an entry about what no other method changes.
    async fn note(&self, deed: Deed) -> Result<(), StoreError>;

    /// Up to `limit` of the last entries about the end of a check, in their order: found however many others came since.
    async fn audit_checks(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError>;

    /// How many checks ended how, by hour and tenant, from this hour on; ascending.
    async fn outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, StoreError>;

    /// Forgets entries whose time is over, and counts of hours long past. Part of every sweep.
    async fn trim_audit(&self, now: UnixMillis) -> Result<(), StoreError>;
}

/// Up to which entry of the oldest ones the log is forgotten: the last of those whose time is over, if that of the first of
/// them is over by [`TRIM_SLACK_MS`]. An entry of a time that is still to come was written by a clock that was ahead, and keeps
/// no others.
pub fn trimmed(oldest: &[(Head, UnixMillis)], now: UnixMillis, audit_ms: u64) -> Option<Head> {
    let until = now.checked_sub(audit_ms)?;
    let oldest = oldest.iter().take(TRIM_GROUP);
    let gone = oldest.take_while(|(_, at)| *at <= until || *at > now);
    let mut over = gone.filter(|(_, at)| *at <= until);
    let (head, first) = over.next()?;
    let is_due = first.saturating_add(TRIM_SLACK_MS) <= until;
    is_due.then(|| over.last().map_or(*head, |(head, _)| *head))
}

/// Whether the log may have to be trimmed, by its first entry alone: nearly always it has not.
pub fn may_be_trimmed(first: &[(Head, UnixMillis)], now: UnixMillis, audit_ms: u64) -> bool {
    let is_ahead = first.first().is_some_and(|(_, at)| *at > now);
    is_ahead || trimmed(first, now, audit_ms).is_some()
}
