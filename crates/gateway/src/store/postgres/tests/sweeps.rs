//! What is done by the way: bounds that are kept, and sessions whose time is over.

use super::*;
use crate::domain::audit::{Action, Deed};
use crate::store::AuditStore as _;
use crate::store::conformance::bounds::{NARROW, WIDE, what_exceeds_a_lowered_bound_goes_in_parts};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_that_is_lowered_stops_nobody() {
    if !available() {
        return;
    }
    let url = place().await;
    let wide = PostgresStore::open(&url, WIDE).await.unwrap();
    let narrow = PostgresStore::open(&url, NARROW).await.unwrap();
    what_exceeds_a_lowered_bound_goes_in_parts(&wide, &narrow).await;
}

/// A store whose log has an entry that waits to be sealed.
async fn with_an_entry(url: &PostgresUrl) -> PostgresStore {
    let store = PostgresStore::open(url, ROOMY).await.unwrap();
    store.note(Deed::signed(Action::SignedIn, By::server_key(1))).await.unwrap();
    store
}

/// Which takes this lock, and is given up by the database where somebody waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_added_to_while_it_is_vacuumed() {
    if !available() {
        return;
    }
    let url = place().await;
    let store = with_an_entry(&url).await;
    let mut client = open_pool_of(&url).get().await.unwrap();
    let vacuum = client.transaction().await.unwrap();
    vacuum.batch_execute("LOCK TABLE audit IN SHARE UPDATE EXCLUSIVE MODE").await.unwrap();
    let head = tokio::time::timeout(Duration::from_secs(5), store.audit_head()).await;
    assert_eq!(head.expect("nobody is waited for").unwrap().number, 1);
}

/// Which locks the table, and takes what waits then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_added_to_beside_a_gateway_of_an_earlier_version() {
    if !available() {
        return;
    }
    let url = place().await;
    let store = with_an_entry(&url).await;
    let mut client = open_pool_of(&url).get().await.unwrap();
    let watching = open_pool_of(&url).get().await.unwrap();
    let earlier = client.transaction().await.unwrap();
    earlier.batch_execute("LOCK TABLE audit IN EXCLUSIVE MODE").await.unwrap();
    let lets_go = async {
        let sql = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'audit'::regclass";
        while watching.query(sql, &[]).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        earlier.batch_execute("DELETE FROM audit_waiting").await.expect("nobody else has it");
        earlier.rollback().await.unwrap();
    };
    let both = async { tokio::join!(store.audit_head(), lets_go) };
    let (head, ()) = tokio::time::timeout(Duration::from_secs(15), both).await.unwrap();
    assert_eq!(head.unwrap().number, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_fails_in_part_does_the_rest() {
    if !available() {
        return;
    }
    let url = place().await;
    let store = PostgresStore::open(&url, ROOMY).await.unwrap();
    let decided = filled(&store, 100).await;
    store.claim(decided, 0, LEASE, 0).await.unwrap();
    store.finish(decided, FIRST, reply(), 0).await.unwrap();
    filled(&store, 100).await;
    // No session can be changed, but one can be forgotten.
    let fails =
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE TRIGGER fails BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION fails()";
    sql(&url, fails).await;
    assert_eq!(store.sweep(2000).await, Err(StoreError::Unavailable));
    assert_eq!(store.get(decided, 2000).await.err(), Some(StoreError::NotFound));
}
