//! The audit log in this process's memory: bounded in number, and gone with the process.

use std::collections::{BTreeMap, VecDeque};

use async_trait::async_trait;

use super::audit::{OUTCOME_HOURS, TRIM_GROUP, trimmed};
use super::memory::MemoryStore;
use super::{AuditStore, StoreError};
use crate::domain::audit::{AuditEntry, By, Deed, Head, Outcome, OutcomeCount, hour_of};
use crate::domain::clock::UnixMillis;

/// The most entries, about 5 MB.
const MOST_ENTRIES: usize = 10_000;

/// The entries, and how many checks ended how.
#[derive(Default)]
pub struct MemoryAudit {
    entries: VecDeque<AuditEntry>,
    outcomes: BTreeMap<Outcome, u64>,
}

impl MemoryAudit {
    fn head(&self) -> Head {
        self.entries.back().map_or_else(Head::default, AuditEntry::head)
    }

    /// Adds an entry.
    pub fn append(&mut self, deed: &Deed) {
        self.push(deed);
        if self.entries.len() > MOST_ENTRIES {
            let last = self.entries[TRIM_GROUP - 1].head();
            self.forget(last, deed.by.at);
        }
    }

    fn push(&mut self, deed: &Deed) {
        self.entries.push_back(AuditEntry::after(self.head(), deed));
        if let Some(outcome) = deed.outcome() {
            *self.outcomes.entry(outcome).or_default() += 1;
        }
    }

    fn forget(&mut self, last: Head, now: UnixMillis) {
        // First, so that the log is never without an end to go on from.
        self.push(&Deed::trimmed(last, By::gateway(now)));
        self.entries.retain(|entry| entry.number > last.number);
    }

    fn trim(&mut self, now: UnixMillis, audit_ms: u64) {
        loop {
            let oldest = self.entries.iter().take(TRIM_GROUP);
            let oldest: Vec<_> = oldest.map(|entry| (entry.head(), entry.at)).collect();
            let Some(last) = trimmed(&oldest, now, audit_ms) else { break };
            self.forget(last, now);
        }
        let from_hour = hour_of(now).saturating_sub(OUTCOME_HOURS);
        self.outcomes.retain(|outcome, _| outcome.hour >= from_hour);
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn note(&self, deed: Deed) -> Result<(), StoreError> {
        self.lock_audit().append(&deed);
        Ok(())
    }

    async fn audit_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let audit = self.lock_audit();
        let from = audit.entries.partition_point(|entry| entry.number <= number);
        Ok(audit.entries.iter().skip(from).take(limit).cloned().collect())
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        Ok(self.lock_audit().head())
    }

    async fn outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, StoreError> {
        let audit = self.lock_audit();
        let since = audit.outcomes.iter().filter(|(outcome, _)| outcome.hour >= from_hour);
        let counts = since
            .map(|(outcome, checks)| OutcomeCount { outcome: outcome.clone(), checks: *checks });
        Ok(counts.collect())
    }

    async fn trim_audit(&self, now: UnixMillis) -> Result<(), StoreError> {
        let audit_ms = self.limits().audit_ms;
        self.lock_audit().trim(now, audit_ms);
        Ok(())
    }
}
