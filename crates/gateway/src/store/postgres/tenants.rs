//! Tenants in the database.

use async_trait::async_trait;

use super::fault::Fault;
use super::{PostgresStore, audit_rows, tenant_rows};
use crate::domain::audit::{By, Deed};
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
        by: By,
    ) -> Result<TenantRecord, Fault> {
        let mut client = self.client().await?;
        let db = client.transaction().await?;
        let record = tenant_rows::change(&db, id, changes).await?;
        if let Some(deed) = Deed::tenant_changed(&record, changes, by) {
            audit_rows::append(&db, &deed).await?;
        }
        db.commit().await?;
        Ok(record)
    }

    async fn added_tenant(&self, record: &TenantRecord, by: By) -> Result<(), Fault> {
        let mut client = self.client().await?;
        let db = client.transaction().await?;
        tenant_rows::add(&db, record).await?;
        audit_rows::append(&db, &Deed::tenant_created(record, by)).await?;
        Ok(db.commit().await?)
    }
}

#[async_trait]
impl TenantStore for PostgresStore {
    async fn add_tenant(&self, record: TenantRecord, by: By) -> Result<(), StoreError> {
        self.noted(self.added_tenant(&record, by)).await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        self.noted(self.one_tenant(id)).await
    }

    async fn tenants(&self) -> Result<Vec<TenantRecord>, StoreError> {
        self.noted(self.all_tenants()).await
    }

    async fn change_tenant(
        &self,
        id: &TenantId,
        changes: Vec<TenantChange>,
        by: By,
    ) -> Result<TenantRecord, StoreError> {
        self.noted(self.changed_tenant(id, &changes, by)).await
    }
}
