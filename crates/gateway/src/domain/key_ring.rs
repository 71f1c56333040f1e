//! Keys at work: looked up for every request, so that one which is revoked is refused from then on, by whatever
//! process it was revoked.

use std::sync::Arc;

use super::audit::By;
use super::clock::UnixMillis;
use super::error::ApiError;
use super::keys::{self, KeyChange, KeyHolder, KeyId, KeyRecord, SentKey};
use super::scopes::Scope;
use crate::store::{KeyStore, StoreError};

/// The keys of a store.
pub struct KeyRing {
    store: Arc<dyn KeyStore>,
}

impl KeyRing {
    /// Those in `store`.
    pub fn new(store: Arc<dyn KeyStore>) -> Self {
        Self { store }
    }

    /// Whose key it is, if it may do what needs `scope`.
    ///
    /// # Errors
    /// `invalid_key`, `insufficient_scope`; `too_many_sessions` if the store does not work.
    pub async fn admit(
        &self,
        sent: &SentKey,
        scope: Option<Scope>,
        now: UnixMillis,
    ) -> Result<KeyHolder, ApiError> {
        let kept = self.store.key(sent.id).await?;
        let holder = keys::admit(sent, kept.as_ref(), scope, now)?;
        if kept.is_some_and(|kept| kept.use_counts(now)) {
            // The store has logged why it failed; the key is good all the same.
            let used = KeyChange::Use { at: now };
            self.store.change_key(sent.id, used, By::gateway(now)).await.ok();
        }
        Ok(holder)
    }

    /// All of them, in the order in which they were made.
    ///
    /// # Errors
    /// As the store says.
    pub async fn all(&self) -> Result<Vec<KeyRecord>, StoreError> {
        self.store.keys().await
    }

    /// Takes a new key.
    ///
    /// # Errors
    /// As the store says.
    pub async fn add(&self, record: KeyRecord, by: By) -> Result<(), StoreError> {
        self.store.add_key(record, by).await
    }

    /// Changes one.
    ///
    /// # Errors
    /// As the store says.
    pub async fn change(
        &self,
        id: KeyId,
        change: KeyChange,
        by: By,
    ) -> Result<KeyRecord, StoreError> {
        self.store.change_key(id, change, by).await
    }
}
