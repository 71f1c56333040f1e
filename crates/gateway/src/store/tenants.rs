//! Where tenants are kept.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::audit::By;
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};

/// Keeps tenants. One that has no row is not limited in anything. Every method is atomic.
#[async_trait]
pub trait TenantStore: Send + Sync + 'static {
    /// Keeps a new tenant; [`StoreError::Exists`] if there is one of this id.
    async fn add_tenant(&self, record: TenantRecord, by: By) -> Result<(), StoreError>;

    /// What is kept of a tenant.
    async fn tenant(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError>;

    /// All tenants, in the order in which they were made.
    async fn tenants(&self) -> Result<Vec<TenantRecord>, StoreError>;

    /// Makes changes of a tenant, all or none, and gives it back as it is then; [`StoreError::NotFound`] if there is
    /// none of this id.
    async fn change_tenant(
        &self,
        id: &TenantId,
        changes: Vec<TenantChange>,
        by: By,
    ) -> Result<TenantRecord, StoreError>;
}
