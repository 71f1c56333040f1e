//! Where keys are kept.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::audit::By;
use crate::domain::keys::{KeyChange, KeyId, KeyRecord};

/// Keeps keys. Every method is atomic; several gateways, and whoever manages keys, may share a store.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    /// Keeps a new key; [`StoreError::Exists`] if there is one of this id.
    async fn add_key(&self, record: KeyRecord, by: By) -> Result<(), StoreError>;

    /// What is kept of a key.
    async fn key(&self, id: KeyId) -> Result<Option<KeyRecord>, StoreError>;

    /// All keys, in the order in which they were made.
    async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError>;

    /// Changes a key, and gives it back as it is then; [`StoreError::NotFound`] if there is none of this id.
    async fn change_key(
        &self,
        id: KeyId,
        change: KeyChange,
        by: By,
    ) -> Result<KeyRecord, StoreError>;
}
