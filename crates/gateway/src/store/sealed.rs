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

/// Begins what is encrypted. No picture's file does: what a store has from before it had a key is read as it is.
const MARK: &[u8] = b"lvs1";

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
            None => file,
        }
    }

    /// The file again, if it was encrypted. Without a key, too, what is encrypted is known and not taken for a picture.
    ///
    /// # Errors
    /// When neither secret opens it, or it was made for another place.
    fn open(&self, id: Uuid, index: u32, kept: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
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
        now: UnixMillis,
    ) -> Result<usize, StoreError> {
        self.store.remember(id, prints, now).await
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
mod tests {
    use super::*;
    use crate::store::conformance::harness::{FIRST, LEASE, LIMITS, at, opened, png};
    use crate::store::memory::MemoryStore;

    fn secret(byte: u8) -> SecretSlice<u8> {
        vec![byte; 32].into()
    }

    fn key(byte: u8) -> StorageKey {
        StorageKey { key: secret(byte), previous: None }
    }

    fn sealed(store: &Arc<MemoryStore>, key: impl Into<Option<StorageKey>>) -> Sealed {
        Sealed::new(Arc::clone(store) as _, key.into())
    }

    fn memory() -> Arc<MemoryStore> {
        Arc::new(MemoryStore::new(crate::store::StoreLimits { max_crop_bytes: 10_000, ..LIMITS }))
    }

    async fn files(claim: Claim) -> Vec<Vec<u8>> {
        let Claim::Granted { pictures, .. } = claim else { panic!("{claim:?}") };
        pictures.into_iter().map(|picture| picture.file.to_vec()).collect()
    }

    #[tokio::test]
    async fn the_store_has_no_picture_and_the_check_has_them() {
        let store = memory();
        let outside = sealed(&store, key(1));
        let id = opened(&outside, 2, 1000).await;
        for index in 0..2 {
            let stored = outside.put_crop(id, at(index), png(7, 40), 0).await.unwrap();
            assert!(stored.new);
            // The same crop again is known, another is not taken.
            let again = outside.put_crop(id, at(index), png(7, 40), 0).await.unwrap();
            assert!(!again.new);
            let other = outside.put_crop(id, at(index), png(8, 40), 0).await;
            assert_eq!(other, Err(StoreError::Conflict(index)));
        }
        let kept = files(store.claim(id, 0, LEASE, 0).await.unwrap()).await;
        assert_ne!(kept[0], kept[1], "equal pictures are not seen to be equal");
        for kept in &kept {
            assert!(!kept.windows(3).any(|bytes| bytes == [7; 3]));
        }
        store.release(id, FIRST, 0).await.unwrap();
        let read = files(outside.claim(id, 0, LEASE, 0).await.unwrap()).await;
        assert_eq!(read, vec![vec![7; 40]; 2]);
    }

    #[tokio::test]
    async fn a_key_can_be_replaced_and_one_that_is_gone_is_said() {
        let store = memory();
        let before = sealed(&store, key(1));
        let id = opened(&before, 1, 1000).await;
        before.put_crop(id, at(0), png(7, 40), 0).await.unwrap();
        for other in [sealed(&store, key(2)), sealed(&store, None)] {
            let refused = other.claim(id, 0, LEASE, 0).await.err();
            assert_eq!(refused, Some(StoreError::Unavailable), "it is not taken for a picture");
            assert_eq!(other.picture(id, 0).await, Err(StoreError::Unavailable));
        }
        // The claim was given back, so whoever has the key can decide.
        let rotated = sealed(&store, StorageKey { previous: Some(secret(1)), ..key(2) });
        let claim = rotated.claim(id, 0, LEASE, 0).await.unwrap();
        let Claim::Granted { ticket, .. } = claim else { panic!("{claim:?}") };
        assert_eq!(files(claim).await, [vec![7; 40]]);
        rotated.release(id, ticket, 0).await.unwrap();
    }

    #[tokio::test]
    async fn a_crop_that_comes_again_is_known_however_it_was_kept() {
        let store = memory();
        let before = sealed(&store, key(1));
        let id = opened(&before, 3, 1000).await;
        before.put_crop(id, at(0), png(7, 40), 0).await.unwrap();
        sealed(&store, None).put_crop(id, at(1), png(7, 40), 0).await.unwrap();
        let rotated = sealed(&store, StorageKey { previous: Some(secret(1)), ..key(2) });
        for index in 0..2 {
            let again = rotated.put_crop(id, at(index), png(7, 40), 0).await.unwrap();
            assert_eq!((again.new, again.frames_received, again.frames_required), (false, 2, 3));
            let other = rotated.put_crop(id, at(index), png(8, 40), 0).await;
            assert_eq!(other, Err(StoreError::Conflict(index)));
        }
        let without = sealed(&store, key(2)).put_crop(id, at(0), png(7, 40), 0).await;
        assert_eq!(without, Err(StoreError::Unavailable));
    }

    #[tokio::test]
    async fn what_was_kept_before_there_was_a_key_is_read() {
        let store = memory();
        let id = opened(&*store, 1, 1000).await;
        store.put_crop(id, at(0), png(7, 40), 0).await.unwrap();
        let outside = sealed(&store, key(1));
        assert_eq!(files(outside.claim(id, 0, LEASE, 0).await.unwrap()).await, [vec![7; 40]]);
    }

    #[test]
    fn a_picture_opens_in_its_own_place_and_unchanged() {
        let seal = Seal(Some(key(1)));
        let id = Uuid::new_v4();
        let sealed = seal.seal(id, 3, Bytes::from_static(b"picture")).to_vec();
        assert_eq!(seal.open(id, 3, &sealed), Ok(Some(b"picture".to_vec())));
        assert_eq!(seal.open(id, 4, &sealed), Err(Unreadable));
        assert_eq!(seal.open(Uuid::new_v4(), 3, &sealed), Err(Unreadable));
        for at in MARK.len()..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open(id, 3, &changed), Err(Unreadable), "{at}");
        }
        assert_eq!(seal.open(id, 3, b"\x89PNG"), Ok(None));
        assert!(!format!("{seal:?}").contains("1, 1"), "{seal:?}");
    }
}
