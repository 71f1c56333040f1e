//! Tenants in the file.

use async_trait::async_trait;

use super::SqliteStore;
use super::tenant_rows::{add, all, change, load};
use super::worker::Access;
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};
use crate::store::{StoreError, TenantStore};

#[async_trait]
impl TenantStore for SqliteStore {
    async fn add_tenant(&self, record: TenantRecord) -> Result<(), StoreError> {
        self.worker.run(Access::Write, move |db| add(db, &record)).await
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
    ) -> Result<TenantRecord, StoreError> {
        let id = id.clone();
        self.worker.run(Access::Write, move |db| change(db, &id, &changes)).await
    }
}
