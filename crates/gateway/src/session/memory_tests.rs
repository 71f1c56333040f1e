//! The store's rules, with time as an argument.

use liveness_protocol::{ModelChoice, Source, Verdict, VerdictData};

use super::*;
use crate::backend::ModelNotices;

const LIMITS: MemoryLimits = MemoryLimits { max_sessions: 2, max_bytes: 100, retention_ms: 1000 };

fn terms(frames_required: u32, expires_at: UnixMillis) -> SessionTerms {
    SessionTerms {
        id: Uuid::new_v4(),
        choice: ModelChoice::Id("10".into()),
        model: "10".into(),
        frames_required,
        needs_fps: false,
        source: Source::Live,
        expires_at,
    }
}

fn reply() -> CheckReply {
    let verdict = VerdictData {
        verdict: Verdict::Live,
        confidence: None,
        real_score: 0.9,
        score: 90.0,
        risk_band: None,
        session_id: String::new(),
        model: None,
        input_source: None,
        processing_ms: None,
        frames_processed: None,
        tenant_metadata: None,
        warning: None,
        warnings: None,
        created_at: None,
    };
    CheckReply { verdict, notices: ModelNotices::default() }
}

fn png(byte: u8, length: usize) -> Bytes {
    vec![byte; length].into()
}

async fn opened(store: &MemoryStore, frames: u32, expires_at: UnixMillis) -> Uuid {
    let terms = terms(frames, expires_at);
    let id = terms.id;
    store.create(terms, 0).await.unwrap();
    id
}

#[tokio::test]
async fn crops_are_kept_once() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 2, 100).await;
    let first = store.put_crop(id, 1, png(1, 10), 0).await.unwrap();
    assert_eq!((first.new, first.frames_received, first.frames_required), (true, 1, 2));
    let again = store.put_crop(id, 1, png(1, 10), 0).await.unwrap();
    assert_eq!((again.new, again.frames_received), (false, 1));
    assert_eq!(store.put_crop(id, 1, png(2, 10), 0).await, Err(StoreError::Conflict(1)));
    let out = StoreError::IndexOutOfRange { index: 2, frames_required: 2 };
    assert_eq!(store.put_crop(id, 2, png(1, 10), 0).await, Err(out.clone()));
    assert_eq!(store.admits(id, 2, 0).await, Err(out));
    assert_eq!(store.admits(Uuid::new_v4(), 0, 0).await, Err(StoreError::NotFound));
}

#[tokio::test]
async fn one_claim_at_a_time_and_one_verdict() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 2, 100).await;
    assert!(matches!(store.claim(id, 0).await, Err(StoreError::Missing(m)) if m == [0, 1]));
    store.put_crop(id, 1, png(1, 10), 0).await.unwrap();
    store.put_crop(id, 0, png(0, 10), 0).await.unwrap();
    let Claim::Granted { crops, .. } = store.claim(id, 0).await.unwrap() else { panic!() };
    assert_eq!(crops, [png(0, 10), png(1, 10)], "in the order of their indices");
    assert!(matches!(store.claim(id, 0).await.unwrap(), Claim::Running));
    assert_eq!(store.put_crop(id, 0, png(0, 10), 0).await, Err(StoreError::Closed));

    store.release(id).await.unwrap();
    assert_eq!(store.release(id).await, Err(StoreError::Closed));
    assert!(matches!(store.claim(id, 0).await.unwrap(), Claim::Granted { .. }));
    // A check that was under way when the time ended still counts.
    store.finish(id, reply(), 150).await.unwrap();
    assert_eq!(store.finish(id, reply(), 150).await, Err(StoreError::Closed));
    assert!(matches!(store.claim(id, 150).await.unwrap(), Claim::Decided(_)));
    assert_eq!(store.put_crop(id, 0, png(0, 10), 0).await, Err(StoreError::Closed));
    assert_eq!(store.lock().bytes, 0, "a decided session keeps no pictures");
}

#[tokio::test]
async fn sessions_expire_and_are_forgotten() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 1, 100).await;
    store.put_crop(id, 0, png(1, 10), 99).await.unwrap();
    assert_eq!(store.get(id, 99).await.unwrap().state, SessionState::Open);
    assert_eq!(store.admits(id, 0, 100).await, Err(StoreError::Expired));
    assert!(matches!(store.claim(id, 100).await, Err(StoreError::Expired)));
    assert_eq!(store.get(id, 100).await.unwrap().state, SessionState::Expired);
    assert_eq!(store.lock().bytes, 0, "an expired session keeps no pictures");
    assert_eq!(store.sweep(1099).await, Ok(0));
    assert_eq!(store.sweep(1100).await, Ok(1));
    assert!(matches!(store.get(id, 1100).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn sweeping_expires_what_nobody_asks_for() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 2, 100).await;
    store.put_crop(id, 0, png(1, 10), 0).await.unwrap();
    assert_eq!(store.sweep(100).await, Ok(0));
    assert_eq!(store.lock().bytes, 0);
    assert_eq!(store.get(id, 100).await.unwrap().state, SessionState::Expired);
}

#[tokio::test]
async fn verdicts_stay_for_the_retention() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 1, 100).await;
    store.put_crop(id, 0, png(1, 10), 0).await.unwrap();
    store.claim(id, 50).await.unwrap();
    assert_eq!(store.sweep(10_000).await, Ok(0), "a running check is never swept");
    store.finish(id, reply(), 10_000).await.unwrap();
    assert_eq!(store.sweep(10_999).await, Ok(0));
    assert_eq!(store.sweep(11_000).await, Ok(1));
}

#[tokio::test]
async fn number_and_bytes_are_capped() {
    let store = MemoryStore::new(LIMITS);
    let first = opened(&store, 3, 100).await;
    let second = opened(&store, 3, 200).await;
    assert_eq!(store.create(terms(3, 100), 0).await, Err(StoreError::Full));

    store.put_crop(first, 0, png(1, 60), 0).await.unwrap();
    assert_eq!(store.put_crop(second, 0, png(1, 41), 0).await, Err(StoreError::Full));
    store.put_crop(second, 0, png(1, 40), 0).await.unwrap();
    assert!(
        !store.put_crop(first, 0, png(1, 60), 0).await.unwrap().new,
        "known bytes need no room"
    );

    // The first one's end makes room for both.
    assert_eq!(store.create(terms(3, 300), 100).await, Ok(()));
    store.put_crop(second, 1, png(2, 60), 100).await.unwrap();
}
