//! Pictures are encrypted before a store has them, with a key that the store never sees.

use std::sync::Arc;

use aes_siv::siv::Aes256Siv;
use async_trait::async_trait;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use liveness_protocol::ErrorCode;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha512;
use uuid::Uuid;

use super::{
    Claim, CropKey, CropStored, Lease, Picture, SessionStore, Snapshot, StoreError, Ticket,
    WaitingVideo,
};
use crate::domain::actor::By;
use crate::domain::check::CheckReply;
use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;
use crate::domain::session::SessionTerms;

/// Begins what is encrypted. No picture's file does, but anything may that is sent as a video: see [`PLAIN`].
const MARK: &[u8] = b"lvs1";

/// Begins what is kept as it came although that begins with a mark. All else without one is what it is, also what a store has
/// from before it had a key.
const PLAIN: &[u8] = b"lvs0";

/// Keeps the derived key apart from any other use of the same secret.
const DOMAIN: &[u8] = b"liveness-crops-v1\0";

/// The secrets that a [`Seal`] is made with.
#[derive(Debug, Clone)]
pub struct StorageKey {
    /// Encrypts. 32 bytes or more; the configuration checks that.
    pub key: SecretSlice<u8>,
    /// Has encrypted before it, and still reads that.
    pub previous: Option<SecretSlice<u8>>,
}

/// Encrypts pictures by AES-SIV (RFC 5297) under a key made from a secret. The same picture in the same place of the
/// same session gives the same bytes, so that a store still knows a crop that comes again.
#[derive(Debug)]
struct Seal(Option<StorageKey>);

/// What is kept was encrypted with a key that is not there, or has been changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a kept picture was encrypted with another LIVENESS_STORAGE_KEY than is set here, or has been changed"
)]
pub struct Unreadable;

fn cipher(secret: &SecretSlice<u8>) -> Aes256Siv {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.expose_secret())
        .expect("HMAC takes a key of any length");
    mac.update(DOMAIN);
    let key: [u8; 64] = mac.finalize().into_bytes().into();
    Aes256Siv::new(&key.into())
}

/// A picture's file, encrypted for this place alone.
fn encrypt(secret: &SecretSlice<u8>, id: Uuid, index: u32, file: &[u8]) -> Bytes {
    let sealed = cipher(secret)
        .encrypt([id.as_bytes().as_slice(), &index.to_be_bytes()], file)
        .expect("AES-SIV takes a file of any length that fits into memory");
    [MARK, &sealed].concat().into()
}

impl Seal {
    /// A picture's file as it is kept.
    fn seal(&self, id: Uuid, index: u32, file: Bytes) -> Bytes {
        match &self.0 {
            Some(StorageKey { key, .. }) => encrypt(key, id, index, &file),
            None if [MARK, PLAIN].iter().any(|mark| file.starts_with(mark)) => {
                [PLAIN, &file].concat().into()
            }
            None => file,
        }
    }

    /// The file again, if it is not kept as it came. Without a key, too, what is encrypted is known and not taken for a picture.
    ///
    /// # Errors
    /// When neither secret opens it, or it was made for another place.
    fn open(&self, id: Uuid, index: u32, kept: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        if let Some(file) = kept.strip_prefix(PLAIN) {
            return Ok(Some(file.to_vec()));
        }
        let Some(sealed) = kept.strip_prefix(MARK) else { return Ok(None) };
        let secrets = self
            .0
            .iter()
            .flat_map(|StorageKey { key, previous }| std::iter::once(key).chain(previous));
        secrets
            .map(cipher)
            .find_map(|mut cipher| {
                cipher.decrypt([id.as_bytes().as_slice(), &index.to_be_bytes()], sealed).ok()
            })
            .map(Some)
            .ok_or(Unreadable)
    }
}

/// A store whose pictures are encrypted if there is a key, and that knows in any case which are.
pub struct Sealed {
    store: Arc<dyn SessionStore>,
    seal: Seal,
}

impl Sealed {
    /// Encrypts what `store` is to keep, if there is a key.
    pub fn new(store: Arc<dyn SessionStore>, key: Option<StorageKey>) -> Self {
        Self { store, seal: Seal(key) }
    }

    /// What the store says of a crop that it has already, though in another form than it would be kept in now: encrypted
    /// with the key before, or not at all.
    async fn kept_before(
        &self,
        id: Uuid,
        key: CropKey,
        file: &[u8],
        now: UnixMillis,
    ) -> Result<Option<CropStored>, StoreError> {
        let Some(kept) = self.store.picture(id, key.index).await? else { return Ok(None) };
        let same = match self.seal.open(id, key.index, &kept) {
            Ok(Some(opened)) => opened == file,
            Ok(None) => kept == file,
            Err(error) => {
                tracing::error!(session = %id, "{error}");
                return Err(StoreError::Unavailable);
            }
        };
        let session = self.store.get(id, now).await?;
        let stored = CropStored {
            new: false,
            frames_received: session.received.len() as u32,
            frames_required: session.terms.frames_required,
        };
        Ok(Some(stored).filter(|_| same && session.run == key.run))
    }

    fn open_all(&self, id: Uuid, pictures: Vec<Picture>) -> Result<Vec<Picture>, Unreadable> {
        (0..)
            .zip(pictures)
            .map(|(index, picture)| {
                let opened = self.seal.open(id, index, &picture.file)?;
                Ok(Picture { file: opened.map_or(picture.file, Into::into), ..picture })
            })
            .collect()
    }
}

#[async_trait]
impl SessionStore for Sealed {
    async fn create(
        &self,
        terms: SessionTerms,
        by: Option<By>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.store.create(terms, by, now).await
    }

    async fn admits(&self, id: Uuid, key: CropKey, now: UnixMillis) -> Result<(), StoreError> {
        self.store.admits(id, key, now).await
    }

    async fn put_crop(
        &self,
        id: Uuid,
        key: CropKey,
        picture: Picture,
        now: UnixMillis,
    ) -> Result<CropStored, StoreError> {
        let sealed = self.seal.seal(id, key.index, picture.file.clone());
        let given = picture.file.clone();
        match self.store.put_crop(id, key, Picture { file: sealed, ..picture }, now).await {
            Err(conflict @ StoreError::Conflict(_)) => {
                self.kept_before(id, key, &given, now).await?.ok_or(conflict)
            }
            stored => stored,
        }
    }

    async fn claim(
        &self,
        id: Uuid,
        run: u32,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<Claim, StoreError> {
        match self.store.claim(id, run, lease, now).await? {
            Claim::Granted { ticket, terms, pictures, lapses } => match self.open_all(id, pictures)
            {
                Ok(pictures) => Ok(Claim::Granted { ticket, terms, pictures, lapses }),
                Err(error) => {
                    tracing::error!(session = %id, "{error}");
                    // No check was made; somebody with the right key may.
                    self.store.release(id, ticket, now).await?;
                    Err(StoreError::Unavailable)
                }
            },
            other => Ok(other),
        }
    }

    async fn finish(
        &self,
        id: Uuid,
        ticket: Ticket,
        reply: CheckReply,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.store.finish(id, ticket, reply, now).await
    }

    async fn fail(
        &self,
        id: Uuid,
        ticket: Ticket,
        code: ErrorCode,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.store.fail(id, ticket, code, now).await
    }

    async fn release(&self, id: Uuid, ticket: Ticket, now: UnixMillis) -> Result<(), StoreError> {
        self.store.release(id, ticket, now).await
    }

    async fn extend(
        &self,
        id: Uuid,
        ticket: Ticket,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.store.extend(id, ticket, lease, now).await
    }

    async fn videos(&self, limit: usize) -> Result<Vec<WaitingVideo>, StoreError> {
        self.store.videos(limit).await
    }

    async fn picture(&self, id: Uuid, index: u32) -> Result<Option<Bytes>, StoreError> {
        let Some(kept) = self.store.picture(id, index).await? else { return Ok(None) };
        match self.seal.open(id, index, &kept) {
            Ok(opened) => Ok(Some(opened.map_or(kept, Into::into))),
            Err(error) => {
                tracing::error!(session = %id, "{error}");
                Err(StoreError::Unavailable)
            }
        }
    }

    async fn changed(&self, id: Uuid) {
        self.store.changed(id).await;
    }

    async fn discard(&self, id: Uuid, now: UnixMillis) -> Result<(), StoreError> {
        self.store.discard(id, now).await
    }

    async fn get(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        self.store.get(id, now).await
    }

    async fn use_verdict(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        self.store.use_verdict(id, now).await
    }

    async fn remember(
        &self,
        id: Uuid,
        prints: Vec<Print>,
        since: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<Print>, StoreError> {
        self.store.remember(id, prints, since, now).await
    }

    async fn take_back(
        &self,
        id: Uuid,
        ticket: Ticket,
        prints: Vec<Print>,
        since: UnixMillis,
    ) -> Result<(), StoreError> {
        self.store.take_back(id, ticket, prints, since).await
    }

    async fn sweep(&self, now: UnixMillis) -> Result<usize, StoreError> {
        self.store.sweep(now).await
    }
}

#[cfg(test)]
#[path = "sealed_tests.rs"]
mod tests;
