//! What is done by the way: bounds that are kept, and sessions whose time is over.

use super::*;
use crate::store::conformance::bounds::{NARROW, WIDE, what_exceeds_a_lowered_bound_goes_in_parts};

#[tokio::test]
async fn a_limit_that_is_lowered_stops_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let [wide, narrow] =
        [WIDE, NARROW].map(|limits| SqliteStore::open(&path(&dir), limits, 0).unwrap());
    what_exceeds_a_lowered_bound_goes_in_parts(&wide, &narrow).await;
}

#[tokio::test]
async fn a_sweep_that_fails_in_part_does_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    let decided = filled(&store, 100).await;
    store.claim(decided, 0, LEASE, 0).await.unwrap();
    store.finish(decided, FIRST, reply(), 0).await.unwrap();
    filled(&store, 100).await;
    // No session can be changed, but one can be forgotten.
    let fails =
        "CREATE TEMP TRIGGER fails BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'no'); END";
    let broken = store.worker.run(Access::Write, move |db| Ok(db.execute_batch(fails)?)).await;
    assert_eq!(broken, Ok(()));
    assert!(log_bytes(&dir) > 0);
    assert_eq!(store.sweep(2000).await, Err(StoreError::Unavailable));
    assert_eq!(store.get(decided, 2000).await.err(), Some(StoreError::NotFound));
    assert_eq!(log_bytes(&dir), 0);
}

/// Everybody's requests wait meanwhile: for one failure, and not for one of each thing that a sweep does.
#[tokio::test]
async fn a_sweep_waits_once_for_whoever_writes_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    let writer = Connection::open(path(&dir)).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    assert_eq!(store.sweep(2000).await, Err(StoreError::Unavailable));
    assert!(begun.elapsed() < 2 * open::BUSY_TIMEOUT, "{:?}", begun.elapsed());
    writer.execute_batch("COMMIT").unwrap();
    store.sweep(2000).await.unwrap();
}
