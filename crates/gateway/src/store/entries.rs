//! The audit log in memory: bounded in number, and gone with the process.

use std::collections::{BTreeMap, VecDeque};

use super::audit::{OUTCOME_HOURS, TRIM_GROUP, trimmed};
use crate::domain::audit::{AuditEntry, By, Deed, Head, HourlyOutcome, OutcomeCount, hour_of};
use crate::domain::clock::UnixMillis;

/// The most entries, about 5 MB.
const MOST_ENTRIES: usize = 10_000;

/// The entries, and how many checks ended how.
#[derive(Default)]
pub struct MemoryAudit {
    entries: VecDeque<AuditEntry>,
    outcomes: BTreeMap<HourlyOutcome, u64>,
}

impl MemoryAudit {
    /// The last entry.
    pub fn head(&self) -> Head {
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

    /// Up to `limit` entries after the one with this number.
    pub fn after(&self, number: u64, limit: usize) -> Vec<AuditEntry> {
        let from = self.entries.partition_point(|entry| entry.number <= number);
        self.entries.iter().skip(from).take(limit).cloned().collect()
    }

    /// Up to `limit` of the last entries about the end of a check.
    pub fn checks(&self, limit: usize) -> Vec<AuditEntry> {
        let newest = self.entries.iter().rev().filter(|entry| entry.ends_check()).take(limit);
        let mut checks: Vec<_> = newest.cloned().collect();
        checks.reverse();
        checks
    }

    /// How many checks ended how since this hour.
    pub fn outcomes(&self, from_hour: u64) -> Vec<OutcomeCount> {
        let since = self.outcomes.iter().filter(|(outcome, _)| outcome.hour >= from_hour);
        let counts = since
            .map(|(outcome, checks)| OutcomeCount { outcome: outcome.clone(), checks: *checks });
        counts.collect()
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

    /// Forgets entries whose time is over, and counts of hours long past.
    pub fn trim(&mut self, now: UnixMillis, audit_ms: u64) {
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
