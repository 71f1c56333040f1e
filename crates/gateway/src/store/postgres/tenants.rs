//! Tenants in the database.

use async_trait::async_trait;

use super::fault::Fault;
use super::{PostgresStore, tenant_rows};
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};
use crate::store::{StoreError, TenantStore};

impl PostgresStore {
    async fn all_tenants(&self) -> Result<Vec<TenantRecord>, Fault> {
        tenant_rows::all(&self.client().await?).await
    }

    async fn one_tenant(&self, id: &TenantId) -> Result<Option<TenantRecord>, Fault> {
        tenant_rows::one(&self.client().await?, id).await
    }

    async fn changed_tenant(
        &self,
        id: &TenantId,
        changes: &[TenantChange],
    ) -> Result<TenantRecord, Fault> {
        let mut client = self.client().await?;
        let db = client.transaction().await?;
        let record = tenant_rows::change(&db, id, changes).await?;
        db.commit().await?;
        Ok(record)
    }

    async fn added_tenant(&self, record: &TenantRecord) -> Result<(), Fault> {
        tenant_rows::add(&self.client().await?, record).await
    }
}

#[async_trait]
impl TenantStore for PostgresStore {
    async fn add_tenant(&self, record: TenantRecord) -> Result<(), StoreError> {
        self.noted(self.added_tenant(&record).await)
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        self.noted(self.one_tenant(id).await)
    }

    async fn tenants(&self) -> Result<Vec<TenantRecord>, StoreError> {
        self.noted(self.all_tenants().await)
    }

    async fn change_tenant(
        &self,
        id: &TenantId,
        changes: Vec<TenantChange>,
    ) -> Result<TenantRecord, StoreError> {
        self.noted(self.changed_tenant(id, &changes).await)
    }
}
