//! The audit log in the database.

use async_trait::async_trait;

use super::fault::Fault;
use super::{PostgresStore, audit_rows};
use crate::domain::audit::{AuditEntry, Deed, Head, OutcomeCount};
use crate::domain::clock::UnixMillis;
use crate::store::{AuditLog, AuditStore, StoreError};

impl PostgresStore {
    /// Gives everything that waits its place in the chain.
    async fn seal(&self) -> Result<(), Fault> {
        let _turn = self.sealing.lock().await;
        let mut client = self.client().await?;
        while audit_rows::any_wait(&client).await? {
            let db = client.transaction().await?;
            audit_rows::seal(&db).await?;
            db.commit().await?;
        }
        Ok(())
    }

    async fn noted_deed(&self, deed: &Deed) -> Result<(), Fault> {
        audit_rows::append(&self.client().await?, deed).await
    }

    async fn sealed_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, Fault> {
        self.seal().await?;
        audit_rows::after(&self.client().await?, number, limit).await
    }

    async fn sealed_checks(&self, limit: usize) -> Result<Vec<AuditEntry>, Fault> {
        self.seal().await?;
        audit_rows::checks(&self.client().await?, limit).await
    }

    async fn sealed_head(&self) -> Result<Head, Fault> {
        self.seal().await?;
        audit_rows::head(&self.client().await?).await
    }

    async fn sealed_outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, Fault> {
        self.seal().await?;
        audit_rows::outcomes(&self.client().await?, from_hour).await
    }

    async fn trimmed(&self, now: UnixMillis) -> Result<(), Fault> {
        self.seal().await?;
        let mut client = self.client().await?;
        loop {
            let db = client.transaction().await?;
            let more = audit_rows::trim(&db, now, self.limits.audit_ms).await?;
            db.commit().await?;
            if !more {
                break;
            }
        }
        audit_rows::trim_outcomes(&client, now).await
    }
}

#[async_trait]
impl AuditLog for PostgresStore {
    async fn audit_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.noted(self.sealed_after(number, limit)).await
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        self.noted(self.sealed_head()).await
    }
}

#[async_trait]
impl AuditStore for PostgresStore {
    async fn note(&self, deed: Deed) -> Result<(), StoreError> {
        self.noted(self.noted_deed(&deed)).await
    }

    async fn audit_checks(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.noted(self.sealed_checks(limit)).await
    }

    async fn outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, StoreError> {
        self.noted(self.sealed_outcomes(from_hour)).await
    }

    async fn trim_audit(&self, now: UnixMillis) -> Result<(), StoreError> {
        self.noted(self.trimmed(now)).await
    }
}
