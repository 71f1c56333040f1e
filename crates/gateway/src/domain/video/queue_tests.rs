//! What becomes of videos that have no verdict yet, with programs in the place of ffmpeg.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use liveness_protocol::{ModelChoice, SessionState, Source};

use super::*;
use crate::backend::ffmpeg::ChildLimits;
use crate::backend::local::Local;
use crate::domain::clock::UnixMillis;
use crate::domain::tenants::TenantId;
use crate::metrics::Metrics;
use crate::store::memory::MemoryStore;
use crate::store::sealed::{Sealed, StorageKey};
use crate::store::sqlite::SqliteStore;
use crate::store::{CropKey, StoreLimits};

struct Still;

impl Clock for Still {
    fn now(&self) -> UnixMillis {
        1000
    }
}

fn memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new(limits()))
}

fn limits() -> StoreLimits {
    StoreLimits {
        max_sessions: 9,
        max_empty: 9,
        max_crop_bytes: 1000,
        max_result_bytes: 100_000,
        retention_ms: HOUR_MS,
        max_prints: 1000,
        prints_ms: HOUR_MS,
        audit_ms: HOUR_MS,
    }
}

fn sealed(store: &Arc<MemoryStore>, byte: u8) -> Arc<dyn SessionStore> {
    let key = StorageKey { key: vec![byte; 32].into(), previous: None };
    Arc::new(Sealed::new(Arc::clone(store) as _, Some(key)))
}

fn videos(store: Arc<dyn SessionStore>, tenants: &Arc<MemoryStore>) -> Videos {
    Videos::new(VideoParts {
        store,
        tenants: Arc::clone(tenants) as _,
        runner: CheckRunner::new(Duration::from_secs(5), Metrics::default()),
        engines: Engines::alone(Arc::new(Local::new(None).unwrap())),
        clock: Arc::new(Still),
        decoder: None,
    })
}

/// A decoder that does this alone.
fn decoder(dir: &Path, script: &str) -> Ffmpeg {
    let program = dir.join("program");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    Ffmpeg::new(program, ChildLimits::default())
}

async fn submitted(store: &dyn SessionStore) -> Uuid {
    let terms = SessionTerms {
        id: Uuid::new_v4(),
        tenant: TenantId::default(),
        sharer: None,
        kind: PictureKind::Video(VideoFormat::Mov),
        choice: ModelChoice::Id("mixed-10-v2".into()),
        model: "local-1-10".into(),
        frames_required: 1,
        needs_fps: false,
        source: Source::Media,
        reference: None,
        metadata: None,
        created_at: 0,
        expires_at: WAIT_MS,
        extendable_to: WAIT_MS,
    };
    let id = terms.id;
    store.create(terms, None, 0).await.unwrap();
    let part = Bytes::from_static(b"a part of a video").into();
    store.put_crop(id, CropKey { run: 0, index: 0 }, part, 0).await.unwrap();
    id
}

/// Takes the only one up, whether it has to wait or not.
async fn tried(videos: &Videos, id: Uuid, decoder: &Ffmpeg) {
    let claim = videos.0.parts.store.claim(id, 0, DECODING, 1000).await.unwrap();
    let Claim::Granted { ticket, terms, lapses, .. } = claim else { panic!("{claim:?}") };
    let format = VideoFormat::Mov;
    let turn = videos.0.under_way.take(&terms.tenant);
    let taken = Taken { id, ticket, terms: *terms, lapses, format, _turn: turn };
    videos.0.decide(decoder, &taken).await;
}

async fn state(store: &MemoryStore, id: Uuid) -> (SessionState, Option<ErrorCode>) {
    let view = store.get(id, 1000).await.unwrap();
    (view.state, view.failure)
}

#[tokio::test]
async fn what_fails_here_is_tried_five_times_and_the_file_once() {
    let dir = tempfile::tempdir().unwrap();
    for (script, tries, code) in [
        ("exit 127", MOST_TRIES, ErrorCode::ServiceUnavailable),
        ("kill -KILL $$", MOST_TRIES, ErrorCode::InternalError),
        ("exit 255", MOST_TRIES, ErrorCode::InternalError),
        ("exit 1", 1, ErrorCode::InvalidVideoInput),
        ("kill -XCPU $$", 1, ErrorCode::InvalidVideoInput),
    ] {
        let store = memory();
        let videos = videos(Arc::clone(&store) as _, &store);
        let (id, decoder) = (submitted(&*store).await, decoder(dir.path(), script));
        for _ in 1..tries {
            tried(&videos, id, &decoder).await;
            assert_eq!(state(&store, id).await, (SessionState::Open, None), "{script}");
            assert!(videos.0.take().await.is_none(), "{script}: it pauses");
        }
        tried(&videos, id, &decoder).await;
        assert_eq!(state(&store, id).await, (SessionState::Failed, Some(code)), "{script}");
    }
}

#[tokio::test]
async fn what_has_ended_so_many_gateways_is_not_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let (store, ran) = (memory(), dir.path().join("ran"));
    let videos = videos(Arc::clone(&store) as _, &store);
    let decoder = decoder(dir.path(), &format!(": > '{}'; exit 127", ran.display()));
    for (lapsed, outcome) in [
        (MOST_TRIES - 1, (SessionState::Open, None)),
        (MOST_TRIES, (SessionState::Failed, Some(ErrorCode::InternalError))),
    ] {
        let id = submitted(&*store).await;
        for number in 0..lapsed {
            let lease = Lease { ms: 1, paid: false };
            let claim = store.claim(id, 0, lease, u64::from(number)).await.unwrap();
            assert!(matches!(claim, Claim::Granted { .. }), "{claim:?}");
        }
        std::fs::remove_file(&ran).ok();
        tried(&videos, id, &decoder).await;
        assert_eq!(state(&store, id).await, outcome);
        assert_eq!(ran.exists(), lapsed < MOST_TRIES);
    }
}

/// Another storage key is the operator's mistake: it can be put right within the video's hour.
#[tokio::test]
async fn a_store_that_does_not_work_costs_a_video_time_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = memory();
    let (right, wrong) = (sealed(&store, 1), sealed(&store, 2));
    let id = submitted(&*right).await;
    let mistaken = videos(wrong, &store);
    let decoder = decoder(dir.path(), "exit 1");
    for _ in 0..2 * MOST_TRIES {
        tried(&mistaken, id, &decoder).await;
        assert_eq!(state(&store, id).await, (SessionState::Open, None));
        assert!(mistaken.0.take().await.is_none(), "it pauses");
    }
    let claim = store.claim(id, 0, DECODING, 1000).await.unwrap();
    let Claim::Granted { ticket, lapses, .. } = claim else { panic!("{claim:?}") };
    assert_eq!(lapses, 0);
    store.release(id, ticket, 1000).await.unwrap();
    tried(&videos(right, &store), id, &decoder).await;
    assert_eq!(state(&store, id).await.1, Some(ErrorCode::InvalidVideoInput), "it has been read");
}

#[tokio::test]
async fn a_video_whose_claim_fails_pauses() {
    let dir = tempfile::tempdir().unwrap();
    let (file, limits) = (dir.path().join("sessions.db"), limits());
    let store = Arc::new(SqliteStore::open(&file, limits, 1000).unwrap());
    let videos = videos(Arc::clone(&store) as _, &memory());
    let [first, other] = [submitted(&*store).await, submitted(&*store).await];
    let fails =
        "CREATE TRIGGER fails BEFORE UPDATE ON sessions BEGIN SELECT RAISE(FAIL, 'so'); END";
    let beside = rusqlite::Connection::open(&file).unwrap();
    beside.execute_batch(fails).unwrap();
    let began = Instant::now();
    assert!(videos.0.take().await.is_none());
    beside.execute_batch("DROP TRIGGER fails").unwrap();
    for id in [first, other] {
        assert!(videos.0.pauses.hold(id, began), "it pauses");
        assert_eq!(store.get(id, 1000).await.unwrap().state, SessionState::Open);
    }
    assert!(!videos.0.pauses.hold(first, Instant::now() + Duration::from_secs(2)));
}

/// Whoever ends the gateway may end its ffmpeg as well, before the gateway can.
#[tokio::test]
async fn a_decoder_that_ends_with_its_gateway_says_nothing_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    for script in ["exit 1", "exit 127", "exit 255", "kill -TERM $$", "true"] {
        let store = memory();
        let videos = videos(Arc::clone(&store) as _, &store);
        let (id, decoder) = (submitted(&*store).await, decoder(dir.path(), script));
        videos.close();
        tried(&videos, id, &decoder).await;
        assert_eq!(state(&store, id).await, (SessionState::Open, None), "{script}");
        assert!(!videos.0.pauses.hold(id, Instant::now()), "{script}: it counts as no try");
    }
}
