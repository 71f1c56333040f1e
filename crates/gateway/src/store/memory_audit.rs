//! The audit log in this process's memory.

use async_trait::async_trait;

use super::memory::MemoryStore;
use super::{AuditLog, AuditStore, StoreError};
use crate::domain::audit::{AuditEntry, Deed, Head, OutcomeCount};
use crate::domain::clock::UnixMillis;

#[async_trait]
impl AuditLog for MemoryStore {
    async fn audit_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(self.lock_audit().after(number, limit))
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        Ok(self.lock_audit().head())
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn note(&self, deed: Deed) -> Result<(), StoreError> {
        self.lock_audit().append(&deed);
        Ok(())
    }

    async fn audit_checks(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(self.lock_audit().checks(limit))
    }

    async fn outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, StoreError> {
        Ok(self.lock_audit().outcomes(from_hour))
    }

    async fn trim_audit(&self, now: UnixMillis) -> Result<(), StoreError> {
        let audit_ms = self.limits().audit_ms;
        self.lock_audit().trim(now, audit_ms);
        Ok(())
    }
}
