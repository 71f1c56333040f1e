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

#[tokio::test]
async fn what_begins_as_if_it_were_encrypted_is_kept_all_the_same() {
    let files = [&b"lvs1, a video's part"[..], b"lvs0lvs1", b"lvs1", b"lvs"];
    for other in [None, Some(key(1))] {
        let store = memory();
        let outside = sealed(&store, None);
        let id = opened(&outside, 4, 1000).await;
        for (index, file) in files.into_iter().enumerate() {
            let picture = || Picture::from(Bytes::from_static(file));
            let put = || outside.put_crop(id, at(index as u32), picture(), 0);
            assert_eq!((put().await.unwrap().new, put().await.unwrap().new), (true, false));
        }
        // Also by a gateway that has a key since.
        let reads = sealed(&store, other);
        assert_eq!(reads.picture(id, 0).await.unwrap().as_deref(), Some(files[0]));
        assert_eq!(self::files(reads.claim(id, 0, LEASE, 0).await.unwrap()).await, files);
    }
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
