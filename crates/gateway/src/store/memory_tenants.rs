//! Tenants in this process's memory.

use async_trait::async_trait;

use super::memory::MemoryStore;
use super::{StoreError, TenantStore};
use crate::domain::audit::{By, Deed};
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};

#[async_trait]
impl TenantStore for MemoryStore {
    async fn add_tenant(&self, record: TenantRecord, by: By) -> Result<(), StoreError> {
        let mut tenants = self.lock_tenants();
        if tenants.iter().any(|known| known.id == record.id) {
            return Err(StoreError::Exists);
        }
        self.lock_audit().append(&Deed::tenant_created(&record, by));
        tenants.push(record);
        Ok(())
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        Ok(self.lock_tenants().iter().find(|known| known.id == *id).cloned())
    }

    async fn tenants(&self) -> Result<Vec<TenantRecord>, StoreError> {
        Ok(self.lock_tenants().clone())
    }

    async fn change_tenant(
        &self,
        id: &TenantId,
        changes: Vec<TenantChange>,
        by: By,
    ) -> Result<TenantRecord, StoreError> {
        let mut tenants = self.lock_tenants();
        let known = tenants.iter_mut().find(|known| known.id == *id).ok_or(StoreError::NotFound)?;
        changes.iter().for_each(|change| known.apply(change.clone()));
        if let Some(deed) = Deed::tenant_changed(known, &changes, by) {
            self.lock_audit().append(&deed);
        }
        Ok(known.clone())
    }
}
