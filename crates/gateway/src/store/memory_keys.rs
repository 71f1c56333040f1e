//! Keys in this process's memory.

use async_trait::async_trait;

use super::memory::MemoryStore;
use super::{KeyStore, StoreError};
use crate::domain::audit::{By, Deed};
use crate::domain::keys::{KeyChange, KeyId, KeyRecord};

#[async_trait]
impl KeyStore for MemoryStore {
    async fn add_key(&self, record: KeyRecord, by: By) -> Result<(), StoreError> {
        let mut keys = self.lock_keys();
        if keys.iter().any(|known| known.id == record.id) {
            return Err(StoreError::Exists);
        }
        self.lock_audit().append(&Deed::key_created(&record, by));
        keys.push(record);
        Ok(())
    }

    async fn key(&self, id: KeyId) -> Result<Option<KeyRecord>, StoreError> {
        Ok(self.lock_keys().iter().find(|known| known.id == id).cloned())
    }

    async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        Ok(self.lock_keys().clone())
    }

    async fn change_key(
        &self,
        id: KeyId,
        change: KeyChange,
        by: By,
    ) -> Result<KeyRecord, StoreError> {
        let mut keys = self.lock_keys();
        let known = keys.iter_mut().find(|known| known.id == id).ok_or(StoreError::NotFound)?;
        if let Some(deed) = Deed::key_changed(known, change, by) {
            self.lock_audit().append(&deed);
        }
        known.apply(change);
        Ok(known.clone())
    }
}
