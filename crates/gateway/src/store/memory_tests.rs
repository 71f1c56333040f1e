//! The store's rules, with time as an argument.

use liveness_protocol::{ModelChoice, SessionState, Source, Verdict, VerdictData};

use bytes::Bytes;

use super::*;
use crate::domain::check::ModelNotices;
use crate::domain::session::PictureKind;

const LIMITS: MemoryLimits = MemoryLimits {
    max_sessions: 2,
    max_empty: 3,
    max_crop_bytes: 100,
    max_result_bytes: 100_000,
    retention_ms: 1000,
};

fn terms(frames_required: u32, expires_at: UnixMillis) -> SessionTerms {
    SessionTerms {
        id: Uuid::new_v4(),
        kind: PictureKind::Crops,
        choice: ModelChoice::Id("10".into()),
        model: "10".into(),
        frames_required,
        needs_fps: false,
        source: Source::Live,
        reference: None,
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

fn png(byte: u8, length: usize) -> Picture {
    Bytes::from(vec![byte; length]).into()
}

/// A crop's place in the first run.
fn at(index: u32) -> CropKey {
    CropKey { run: 0, index }
}

fn in_run(run: u32, index: u32) -> CropKey {
    CropKey { run, index }
}

async fn opened(store: &MemoryStore, frames: u32, expires_at: UnixMillis) -> Uuid {
    let terms = terms(frames, expires_at);
    let id = terms.id;
    store.create(terms, 0).await.unwrap();
    id
}

#[tokio::test]
async fn a_session_is_opened_once() {
    let store = MemoryStore::new(LIMITS);
    let terms = terms(2, 100);
    store.create(terms.clone(), 0).await.unwrap();
    store.put_crop(terms.id, at(0), png(1, 10), 0).await.unwrap();
    assert_eq!(store.create(terms.clone(), 0).await, Err(StoreError::Exists));
    assert_eq!(store.get(terms.id, 0).await.unwrap().received, [0], "nothing is lost by that");
}

#[tokio::test]
async fn what_is_said_of_a_picture_is_kept_with_it_and_counted() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 1, 100).await;
    let said = Picture { timestamp_ms: Some(7.5), warnings: vec!["w".repeat(50)], ..png(1, 40) };
    let long = Picture { warnings: vec!["w".repeat(61)], ..png(1, 40) };
    assert_eq!(store.put_crop(id, at(0), long, 0).await, Err(StoreError::Full));
    assert!(store.put_crop(id, at(0), said.clone(), 0).await.unwrap().new);
    // The same picture again, whatever is said of it, changes nothing.
    assert!(!store.put_crop(id, at(0), png(1, 40), 0).await.unwrap().new);
    let Claim::Granted { pictures, .. } = store.claim(id, 0, 0).await.unwrap() else { panic!() };
    assert_eq!(pictures, [said]);
}

#[tokio::test]
async fn crops_are_kept_once() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 2, 100).await;
    let first = store.put_crop(id, at(1), png(1, 10), 0).await.unwrap();
    assert_eq!((first.new, first.frames_received, first.frames_required), (true, 1, 2));
    let again = store.put_crop(id, at(1), png(1, 10), 0).await.unwrap();
    assert_eq!((again.new, again.frames_received), (false, 1));
    assert_eq!(store.put_crop(id, at(1), png(2, 10), 0).await, Err(StoreError::Conflict(1)));
    let out = StoreError::IndexOutOfRange { index: 2, frames_required: 2 };
    assert_eq!(store.put_crop(id, at(2), png(1, 10), 0).await, Err(out.clone()));
    assert_eq!(store.admits(id, at(2), 0).await, Err(out));
    assert_eq!(store.admits(Uuid::new_v4(), at(0), 0).await, Err(StoreError::NotFound));
}

#[tokio::test]
async fn the_first_crop_of_a_higher_run_drops_all_of_lower_ones() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 2, 100).await;
    store.put_crop(id, at(0), png(1, 40), 0).await.unwrap();
    store.put_crop(id, at(1), png(1, 40), 0).await.unwrap();
    // Runs may be skipped. What was known at this index was another run's, so it is no conflict; and what
    // is dropped makes the room for what comes.
    let first = store.put_crop(id, in_run(3, 1), png(2, 90), 0).await.unwrap();
    assert_eq!((first.new, first.frames_received), (true, 1));
    assert_eq!(store.lock().bytes(Class::Holding), 90);
    let view = store.get(id, 0).await.unwrap();
    assert_eq!((view.run, view.received), (3, vec![1]));

    for run in 0..3 {
        let superseded = Err(StoreError::Superseded { by: 3 });
        assert_eq!(store.admits(id, in_run(run, 0), 0).await, superseded);
        let put = store.put_crop(id, in_run(run, 0), png(1, 1), 0).await;
        assert_eq!(put.map(|_| ()), superseded);
    }
    assert_eq!(store.put_crop(id, in_run(3, 1), png(3, 90), 0).await, Err(StoreError::Conflict(1)));
    assert!(!store.put_crop(id, in_run(3, 1), png(2, 90), 0).await.unwrap().new);

    // A crop that is refused is not the first of its run.
    assert_eq!(store.put_crop(id, in_run(4, 0), png(1, 101), 0).await, Err(StoreError::Full));
    assert_eq!(store.get(id, 0).await.unwrap().run, 3);
    let out = StoreError::IndexOutOfRange { index: 2, frames_required: 2 };
    assert_eq!(store.put_crop(id, in_run(4, 2), png(1, 1), 0).await, Err(out));
    assert_eq!(store.get(id, 0).await.unwrap().received, [1]);
}

#[tokio::test]
async fn a_claim_is_for_one_run() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 1, 100).await;
    store.put_crop(id, in_run(1, 0), png(1, 10), 0).await.unwrap();
    for run in [0, 2] {
        let claim = store.claim(id, run, 0).await;
        assert!(matches!(claim, Err(StoreError::Missing(m)) if m == [0]), "{run}");
    }
    assert!(matches!(store.claim(id, 1, 0).await.unwrap(), Claim::Granted { .. }));
}

#[tokio::test]
async fn one_claim_at_a_time_and_one_verdict() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 2, 100).await;
    assert!(matches!(store.claim(id, 0, 0).await, Err(StoreError::Missing(m)) if m == [0, 1]));
    store.put_crop(id, at(1), png(1, 10), 0).await.unwrap();
    store.put_crop(id, at(0), png(0, 10), 0).await.unwrap();
    let Claim::Granted { pictures, .. } = store.claim(id, 0, 0).await.unwrap() else { panic!() };
    assert_eq!(pictures, [png(0, 10), png(1, 10)], "in the order of their indices");
    assert!(matches!(store.claim(id, 0, 0).await.unwrap(), Claim::Running));
    for run in [0, 1] {
        let put = store.put_crop(id, in_run(run, 0), png(0, 10), 0).await;
        assert_eq!(put, Err(StoreError::Closed), "{run}");
    }

    store.release(id).await.unwrap();
    assert_eq!(store.release(id).await, Err(StoreError::Closed));
    assert!(matches!(store.claim(id, 0, 0).await.unwrap(), Claim::Granted { .. }));
    // A check that was running when the time ended still counts.
    store.finish(id, reply(), 150).await.unwrap();
    assert_eq!(store.finish(id, reply(), 150).await, Err(StoreError::Closed));
    let lost = ErrorCode::VerdictLost;
    assert_eq!(store.fail(id, lost, 150).await, Err(StoreError::Closed), "a verdict stands");
    assert!(matches!(store.claim(id, 0, 150).await.unwrap(), Claim::Decided(_)));
    assert_eq!(store.put_crop(id, at(0), png(0, 10), 0).await, Err(StoreError::Closed));
    assert_eq!(store.lock().bytes(Class::Holding), 0, "a decided session keeps no pictures");
}

#[tokio::test]
async fn a_check_that_failed_for_good_stays_failed() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 1, 100).await;
    assert_eq!(store.fail(id, ErrorCode::VerdictLost, 0).await, Err(StoreError::Closed));
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    store.claim(id, 0, 0).await.unwrap();
    store.fail(id, ErrorCode::UpstreamTimeout, 50).await.unwrap();
    for now in [50, 100, 1049] {
        let claim = store.claim(id, 0, now).await.unwrap();
        assert!(matches!(claim, Claim::Failed(ErrorCode::UpstreamTimeout)), "{claim:?}");
    }
    assert_eq!(store.release(id).await, Err(StoreError::Closed));
    assert_eq!(store.put_crop(id, in_run(1, 0), png(1, 10), 50).await, Err(StoreError::Closed));
    let view = store.get(id, 50).await.unwrap();
    assert_eq!(
        (view.state, view.failure),
        (SessionState::Failed, Some(ErrorCode::UpstreamTimeout))
    );
    assert_eq!(store.lock().bytes(Class::Holding), 0);
    assert_eq!(store.sweep(1049).await, Ok(0));
    assert_eq!(store.sweep(1050).await, Ok(1));
}

#[tokio::test]
async fn sessions_expire_and_are_forgotten() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 1, 100).await;
    store.put_crop(id, at(0), png(1, 10), 99).await.unwrap();
    assert_eq!(store.get(id, 99).await.unwrap().state, SessionState::Open);
    assert_eq!(store.admits(id, at(0), 100).await, Err(StoreError::Expired));
    assert!(matches!(store.claim(id, 0, 100).await, Err(StoreError::Expired)));
    assert_eq!(store.get(id, 100).await.unwrap().state, SessionState::Expired);
    assert_eq!(store.lock().bytes(Class::Holding), 0, "an expired session keeps no pictures");
    assert_eq!(store.sweep(1099).await, Ok(0));
    assert_eq!(store.sweep(1100).await, Ok(1));
    assert!(matches!(store.get(id, 1100).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn sweeping_expires_what_nobody_asks_for() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 2, 100).await;
    let empty = opened(&store, 2, 100).await;
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    assert_eq!(store.sweep(100).await, Ok(0));
    assert_eq!(store.lock().count(Class::Expired), 2);
    for id in [id, empty] {
        assert_eq!(store.get(id, 100).await.unwrap().state, SessionState::Expired);
    }
}

#[tokio::test]
async fn verdicts_stay_for_the_retention() {
    let store = MemoryStore::new(LIMITS);
    let id = opened(&store, 1, 100).await;
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    store.claim(id, 0, 50).await.unwrap();
    assert_eq!(store.sweep(10_000).await, Ok(0), "a running check is never swept");
    store.finish(id, reply(), 10_000).await.unwrap();
    assert_eq!(store.sweep(10_999).await, Ok(0));
    assert_eq!(store.sweep(11_000).await, Ok(1));
}

#[tokio::test]
async fn an_undecided_session_can_be_given_back() {
    let store = MemoryStore::new(LIMITS);
    let [empty, held] = [opened(&store, 1, 100).await, opened(&store, 1, 100).await];
    store.put_crop(held, at(0), png(1, 90), 0).await.unwrap();
    for id in [empty, held] {
        store.discard(id, 0).await.unwrap();
        assert_eq!(store.discard(id, 0).await, Err(StoreError::NotFound));
    }
    assert_eq!(store.lock().bytes(Class::Holding), 0);

    let [running, expired] = [opened(&store, 1, 100).await, opened(&store, 1, 10).await];
    store.put_crop(running, at(0), png(1, 90), 0).await.unwrap();
    store.claim(running, 0, 0).await.unwrap();
    assert_eq!(store.discard(running, 0).await, Err(StoreError::Closed));
    store.finish(running, reply(), 0).await.unwrap();
    assert_eq!(store.discard(running, 0).await, Err(StoreError::Closed));
    assert_eq!(store.discard(expired, 10).await, Err(StoreError::Expired));
    assert_eq!(store.get(running, 0).await.unwrap().state, SessionState::Complete);
}

#[tokio::test]
async fn only_sessions_with_crops_take_places() {
    let store = MemoryStore::new(LIMITS);
    let mut holding = Vec::new();
    for expires_at in [100, 200] {
        let id = opened(&store, 2, expires_at).await;
        store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
        holding.push(id);
    }
    // However many are opened: those with crops go on, and of the others the newest are there.
    let mut empty = Vec::new();
    for _ in 0..10 {
        empty.push(opened(&store, 2, 300).await);
    }
    for (index, id) in empty.iter().enumerate() {
        let there = store.get(*id, 0).await.is_ok();
        assert_eq!(there, index >= 7, "{index}");
    }
    store.put_crop(holding[0], at(1), png(1, 10), 0).await.unwrap();
    assert_eq!(store.admits(empty[9], at(0), 0).await, Err(StoreError::Full));
    assert_eq!(store.put_crop(empty[9], at(0), png(1, 10), 0).await, Err(StoreError::Full));

    // The time of the first is over, which makes a place for one.
    store.put_crop(empty[9], at(0), png(1, 10), 100).await.unwrap();
    assert_eq!(store.put_crop(empty[8], at(0), png(1, 10), 100).await, Err(StoreError::Full));
    // So does what is given back, and what is decided.
    store.discard(holding[1], 100).await.unwrap();
    store.put_crop(empty[8], at(0), png(1, 10), 100).await.unwrap();
    store.put_crop(empty[8], at(1), png(1, 10), 100).await.unwrap();
    store.claim(empty[8], 0, 100).await.unwrap();
    assert_eq!(store.admits(empty[7], at(0), 100).await, Err(StoreError::Full));
    store.finish(empty[8], reply(), 100).await.unwrap();
    store.put_crop(empty[7], at(0), png(1, 10), 100).await.unwrap();
}

#[tokio::test]
async fn bytes_of_crops_are_bounded() {
    let store = MemoryStore::new(LIMITS);
    let [first, second] = [opened(&store, 3, 100).await, opened(&store, 3, 200).await];
    store.put_crop(first, at(0), png(1, 60), 0).await.unwrap();
    assert_eq!(store.put_crop(second, at(0), png(1, 41), 0).await, Err(StoreError::Full));
    store.put_crop(second, at(0), png(1, 40), 0).await.unwrap();
    let known = store.put_crop(first, at(0), png(1, 60), 0).await.unwrap();
    assert!(!known.new, "known bytes need no room");
    // The first one's end makes room.
    store.put_crop(second, at(1), png(2, 60), 100).await.unwrap();
}

#[tokio::test]
async fn what_has_ended_is_bounded_too() {
    let store = MemoryStore::new(MemoryLimits { max_result_bytes: 20_000, ..LIMITS });
    let mut decided = Vec::new();
    for index in 0..100 {
        let id = opened(&store, 1, 1_000_000).await;
        store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
        store.claim(id, 0, 0).await.unwrap();
        let mut reply = reply();
        reply.verdict.warnings = Some(vec!["w".repeat(1000)]);
        if index % 2 == 0 {
            store.finish(id, reply, 0).await.unwrap();
        } else {
            store.fail(id, ErrorCode::VerdictLost, 0).await.unwrap();
        }
        assert!(store.lock().bytes(Class::Settled) <= 20_000);
        decided.push(id);
    }
    assert!(store.get(decided[99], 0).await.is_ok(), "the newest stay");
    assert!(store.get(decided[0], 0).await.is_err());
    for round in 0..100 {
        opened(&store, 1, round).await;
        assert!(store.lock().count(Class::Empty) <= 3);
        store.sweep(round).await.unwrap();
        assert!(store.lock().count(Class::Expired) <= 3);
    }
}

/// Whatever is done in whatever order: the sums are those of what is there, and no bound is exceeded.
#[tokio::test]
async fn the_sums_are_right_after_any_sequence_of_operations() {
    let mut random = fastrand::Rng::with_seed(7);
    let store = MemoryStore::new(MemoryLimits { max_result_bytes: 9_000, ..LIMITS });
    let (mut ids, mut now) = (vec![Uuid::new_v4()], 0);
    for _ in 0..20_000 {
        now += random.u64(0..3);
        let id = ids[random.usize(ids.len().saturating_sub(8)..ids.len())];
        let key = in_run(random.u32(0..3), random.u32(0..3));
        match random.u32(0..9) {
            0 => ids.push(opened(&store, random.u32(1..3), now + random.u64(0..60)).await),
            1..=3 => {
                let png = png(random.u8(0..2), random.usize(1..40));
                store.put_crop(id, key, png, now).await.ok();
            }
            4 => drop(store.claim(id, key.run, now).await),
            5 => drop(store.finish(id, reply(), now).await),
            6 => drop(store.fail(id, ErrorCode::VerdictLost, now).await),
            7 => drop(store.release(id).await),
            _ if random.bool() => drop(store.discard(id, now).await),
            _ => drop(store.sweep(now).await),
        }
        let sessions = store.lock();
        for class in [Class::Empty, Class::Holding, Class::Settled, Class::Expired] {
            let of_class = sessions.kept.values().map(|kept| kept.entry.cost());
            let of_class: Vec<_> = of_class.filter(|(found, _)| *found == class).collect();
            assert_eq!(sessions.count(class), of_class.len(), "{class:?}");
            let bytes: usize = of_class.iter().map(|(_, bytes)| bytes).sum();
            assert_eq!(sessions.bytes(class), bytes, "{class:?}");
        }
        assert!(sessions.count(Class::Empty) <= LIMITS.max_empty);
        assert!(sessions.count(Class::Holding) <= LIMITS.max_sessions);
        assert!(sessions.bytes(Class::Holding) <= LIMITS.max_crop_bytes);
        assert!(sessions.bytes(Class::Settled) <= 9_000);
        assert!(sessions.count(Class::Expired) <= LIMITS.max_empty);
    }
    assert!(ids.len() > 1000);
}
