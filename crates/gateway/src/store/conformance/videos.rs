//! Videos: parts that make a whole, and wait.

use liveness_protocol::ErrorCode;
use uuid::Uuid;

use super::harness::*;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::video::format::VideoFormat;
use crate::store::{Claim, Lease, SessionStore, StoreError, StoreLimits};

pub async fn submitted(store: &impl SessionStore, parts: u32) -> Uuid {
    let kind = PictureKind::Video(VideoFormat::Mov);
    let terms = SessionTerms { kind, tenant: "shop".parse().unwrap(), ..terms(parts, 1000) };
    let id = terms.id;
    store.create(terms, None, 0).await.unwrap();
    id
}

pub async fn ids(store: &impl SessionStore, limit: usize) -> Vec<Uuid> {
    store.videos(limit).await.unwrap().into_iter().map(|video| video.id).collect()
}

pub async fn a_video_waits_when_all_of_it_is_there<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(StoreLimits { max_sessions: 4, ..LIMITS });
    let (first, second) = (submitted(&*store, 2).await, submitted(&*store, 1).await);
    let crops = filled(&*store, 1000).await;
    for (id, index, waiting) in
        [(first, 1, vec![]), (first, 0, vec![first]), (second, 0, vec![first, second])]
    {
        store.put_crop(id, at(index), png(index as u8, 10), 0).await.unwrap();
        assert_eq!(ids(&*store, 9).await, waiting);
    }
    assert_eq!(ids(&*store, 1).await, [first], "the oldest");
    assert_eq!(store.videos(1).await.unwrap()[0].tenant.as_str(), "shop");
    let Claim::Granted { terms, pictures, .. } = store.claim(first, 0, LEASE, 0).await.unwrap()
    else {
        panic!("it is free")
    };
    assert_eq!((terms.kind, pictures), (PictureKind::Video(VideoFormat::Mov), vec![]));
    assert_eq!(store.picture(first, 1).await.unwrap(), Some(png(1, 10).file));
    assert_eq!(store.picture(first, 2).await, Ok(None));
    assert_eq!(store.picture(Uuid::new_v4(), 0).await, Ok(None));
    assert_eq!(ids(&*store, 9).await, [first, second], "its claim may lapse");
    assert_eq!(store.get(first, 0).await.unwrap().ended_at, None);
    store.fail(first, FIRST, ErrorCode::InvalidVideoInput, 5).await.unwrap();
    let failed = store.get(first, 6).await.unwrap();
    assert_eq!((failed.failure, failed.ended_at), (Some(ErrorCode::InvalidVideoInput), Some(5)));
    assert_eq!(store.picture(first, 1).await, Ok(None), "nothing is left of it");
    assert_eq!(ids(&*store, 9).await, [second]);
    store.discard(crops, 0).await.unwrap();
}

pub async fn a_claim_that_is_extended_holds_as_it_says<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    for (paid, then) in [(false, None), (true, Some(ErrorCode::VerdictLost))] {
        let id = submitted(&*store, 1).await;
        store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
        assert_eq!(store.extend(id, FIRST, LEASE, 0).await, Err(StoreError::Closed));
        let short = Lease { ms: 100, paid: false };
        assert!(matches!(store.claim(id, 0, short, 0).await.unwrap(), Claim::Granted { .. }));
        let longer = Lease { ms: 100, paid };
        store.extend(id, FIRST, longer, 90).await.unwrap();
        assert_eq!(store.extend(id, SECOND, longer, 90).await, Err(StoreError::Closed));
        assert!(matches!(store.claim(id, 0, LEASE, 189).await.unwrap(), Claim::Running));
        assert_eq!(store.get(id, 190).await.unwrap().failure, then);
        match (store.claim(id, 0, LEASE, 190).await.unwrap(), then) {
            (Claim::Granted { ticket, lapses, .. }, None) => {
                assert_eq!((ticket, lapses), (SECOND, 1))
            }
            (Claim::Failed(code), Some(expected)) => assert_eq!(code, expected),
            (claim, _) => panic!("{paid}: {claim:?}"),
        }
        // What is given back has not lapsed.
        if store.release(id, SECOND, 190).await.is_ok() {
            let claim = store.claim(id, 0, LEASE, 190).await.unwrap();
            assert!(matches!(claim, Claim::Granted { lapses: 1, .. }), "{claim:?}");
        }
    }
}
