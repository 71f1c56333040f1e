//! The audit log in the file.

use async_trait::async_trait;
use rusqlite::Connection;

use super::worker::Access;
use super::{SqliteStore, audit_rows};
use crate::domain::audit::{AuditEntry, Deed, Head, OutcomeCount};
use crate::domain::clock::UnixMillis;
use crate::store::{AuditLog, AuditStore, StoreError};

#[async_trait]
impl AuditLog for SqliteStore {
    async fn audit_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.worker.run(Access::Read, move |db| audit_rows::after(db, number, limit)).await
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        self.worker.run(Access::Read, audit_rows::head).await
    }
}

#[async_trait]
impl AuditStore for SqliteStore {
    async fn note(&self, deed: Deed) -> Result<(), StoreError> {
        self.worker.run(Access::Write, move |db| audit_rows::append(db, &deed)).await
    }

    async fn audit_checks(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.worker.run(Access::Read, move |db| audit_rows::checks(db, limit)).await
    }

    async fn outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, StoreError> {
        self.worker.run(Access::Read, move |db| audit_rows::outcomes(db, from_hour)).await
    }

    async fn trim_audit(&self, now: UnixMillis) -> Result<(), StoreError> {
        let audit_ms = self.limits.audit_ms;
        let work = move |db: &Connection| audit_rows::trim(db, now, audit_ms);
        while self.worker.run(Access::Write, work).await? {}
        self.worker.run(Access::Write, move |db| audit_rows::trim_outcomes(db, now)).await
    }
}
