//! Tenants in the file.

use async_trait::async_trait;
use rusqlite::Connection;

use super::SqliteStore;
use super::audit_rows;
use super::tenant_rows::{add, all, change, load};
use super::worker::Access;
use crate::domain::audit::{By, Deed};
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};
use crate::store::{StoreError, TenantStore};

#[async_trait]
impl TenantStore for SqliteStore {
    async fn add_tenant(&self, record: TenantRecord, by: By) -> Result<(), StoreError> {
        let work = move |db: &Connection| {
            add(db, &record)?;
            audit_rows::append(db, &Deed::tenant_created(&record, by))
        };
        self.worker.run(Access::Write, work).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        let id = id.clone();
        self.worker.run(Access::Read, move |db| load(db, &id)).await
    }

    async fn tenants(&self) -> Result<Vec<TenantRecord>, StoreError> {
        self.worker.run(Access::Read, all).await
    }

    async fn change_tenant(
        &self,
        id: &TenantId,
        changes: Vec<TenantChange>,
        by: By,
    ) -> Result<TenantRecord, StoreError> {
        let id = id.clone();
        let work = move |db: &Connection| {
            let record = change(db, &id, &changes)?;
            let deed = Deed::tenant_changed(&record, &changes, by);
            deed.map_or(Ok(()), |deed| audit_rows::append(db, &deed))?;
            Ok(record)
        };
        self.worker.run(Access::Write, work).await
    }
}
