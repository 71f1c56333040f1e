//! The SQLite store by the rules for all of them, and what is particular to a file.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use liveness_protocol::SessionState;
use tempfile::TempDir;

use super::*;
use crate::domain::tenants::TenantId;
use crate::store::conformance::bounds::{
    SPOILT, a_session_that_cannot_be_read_is_in_nobodys_way, sequence,
};
use crate::store::conformance::claims::a_session_of_an_earlier_gateway_has_the_time_of_its_token;
use crate::store::conformance::conformance;
use crate::store::conformance::harness::{
    Audited, FIRST, GRACE_MS, LEASE, LIMITS, Made, Totals, at, filled, futures_of, opened, png,
    reply,
};
use crate::store::memory::MemoryStore;
use crate::store::{AuditLog as _, KeyStore as _};

mod swept_file;

#[async_trait]
impl Audited for SqliteStore {
    const STEPS: usize = 3000;

    fn forgotten(&self) -> &Forgotten {
        &self.forgotten
    }

    async fn totals(&self) -> Totals {
        let read = |db: &Connection| {
            let mut totals = Totals::default();
            for class in [Class::Empty, Class::Holding, Class::Settled, Class::Expired] {
                totals.0[class as usize] = rows::total(db, class)?;
            }
            Ok(totals)
        };
        self.worker.run(Access::Read, read).await.unwrap()
    }

    async fn recounted(&self) -> Totals {
        let read = |db: &Connection| {
            let mut totals = Totals::default();
            let mut ids = db.prepare("SELECT id FROM sessions")?;
            let ids = ids.query_map([], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
            for id in ids {
                totals.add(Row::load(db, id?, None)?.unwrap().entry.cost());
            }
            Ok(totals)
        };
        self.worker.run(Access::Read, read).await.unwrap()
    }
}

fn path(dir: &TempDir) -> PathBuf {
    dir.path().join("sessions.db")
}

fn make(limits: StoreLimits) -> Made<SqliteStore> {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), limits, 0).unwrap();
    Made { store, _dir: Some(dir) }
}

conformance!(make);

#[tokio::test]
async fn it_does_what_the_memory_store_does() {
    let limits = StoreLimits { max_result_bytes: 9_000, ..LIMITS };
    let store = make(limits);
    let here = sequence(&*store, limits, SqliteStore::STEPS).await;
    let there = sequence(&MemoryStore::new(limits), limits, SqliteStore::STEPS).await;
    for (step, (here, there)) in here.iter().zip(&there).enumerate() {
        assert_eq!(here, there, "{step}");
    }
}

/// Room for what the rules' own tests have no need of.
const ROOMY: StoreLimits = StoreLimits { max_sessions: 100, max_crop_bytes: 10_000_000, ..LIMITS };

async fn spoil(store: &SqliteStore, id: Uuid, how: &str) {
    let sql = format!("UPDATE sessions SET {how} WHERE id = ?");
    let spoil = move |db: &Connection| Ok(db.execute(&sql, [id.as_bytes()])?);
    assert_eq!(store.worker.run(Access::Write, spoil).await, Ok(1));
}

#[tokio::test]
async fn what_an_earlier_gateway_opens_goes_on_here() {
    let store = make(ROOMY);
    let insert = async |sql: &'static str, id: Uuid| {
        let insert = move |db: &Connection| Ok(db.execute(sql, [id.as_bytes()])?);
        assert_eq!(store.worker.run(Access::Write, insert).await, Ok(1));
    };
    a_session_of_an_earlier_gateway_has_the_time_of_its_token(&*store, insert).await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_in_nobodys_way() {
    for how in SPOILT {
        let store = make(LIMITS);
        let spoil = async |id| spoil(&store, id, how).await;
        a_session_that_cannot_be_read_is_in_nobodys_way(&*store, spoil).await;
    }

    // Nor is the claim of a process that is gone.
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    let [claimed, other] = [filled(&store, 100).await, filled(&store, 100).await];
    store.claim(claimed, 0, LEASE, 0).await.unwrap();
    spoil(&store, claimed, SPOILT[0]).await;
    drop(store);
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    assert_eq!(store.get(claimed, 0).await.err(), Some(StoreError::NotFound));
    assert!(store.get(other, 0).await.is_ok());
}

async fn pragma(store: &SqliteStore, name: &'static str, value: i64) {
    let set = move |db: &Connection| {
        // Some answer with their new value, some do not.
        Ok(db.pragma(None, name, value, |_| Ok(()))?)
    };
    store.worker.run(Access::Read, set).await.unwrap();
}

#[tokio::test]
async fn claims_of_a_process_that_is_gone_end_when_the_next_one_opens_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    let [local, paid, decided] =
        [filled(&store, 100).await, filled(&store, 100).await, filled(&store, 100).await];
    for (id, lease) in [(local, LEASE), (paid, Lease { paid: true, ..LEASE }), (decided, LEASE)] {
        assert!(matches!(store.claim(id, 0, lease, 0).await.unwrap(), Claim::Granted { .. }));
    }
    store.finish(decided, FIRST, reply(), 0).await.unwrap();

    // One that comes while the first is there leaves its claims alone.
    let beside = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    for id in [local, paid] {
        assert!(matches!(beside.claim(id, 0, LEASE, 0).await.unwrap(), Claim::Running));
    }
    assert!(matches!(beside.claim(decided, 0, LEASE, 0).await.unwrap(), Claim::Decided(_)));
    let shared = filled(&beside, 100).await;
    assert_eq!(store.get(shared, 0).await.unwrap().received, [0]);
    drop((store, beside));

    let next = SqliteStore::open(&path(&dir), ROOMY, 5000).unwrap();
    let lost = next.claim(paid, 0, LEASE, 5000).await.unwrap();
    assert!(matches!(lost, Claim::Failed(ErrorCode::VerdictLost)), "{lost:?}");
    // Its own time was over, but what had come of it in time is decided on.
    let Claim::Granted { pictures, .. } = next.claim(local, 0, LEASE, 5000).await.unwrap() else {
        panic!()
    };
    assert_eq!(pictures, [png(1, 10)]);
    assert_eq!(*next.get(decided, 0).await.unwrap().reply.unwrap(), reply());
    assert_eq!(next.totals().await, next.recounted().await);
    // Whoever comes back when its token has ended could not ask for it any more.
    drop(next);
    let late = SqliteStore::open(&path(&dir), ROOMY, 100 + GRACE_MS).unwrap();
    let expired = late.get(local, 100 + GRACE_MS).await.unwrap();
    assert_eq!((expired.state, expired.received), (SessionState::Expired, vec![]));
    assert_eq!(late.totals().await, late.recounted().await);
}

#[tokio::test]
async fn no_crop_is_left_in_the_files_after_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    let occurrences = |pattern: &[u8]| {
        let found = std::fs::read_dir(dir.path()).unwrap().map(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(pattern.len()).filter(|window| *window == pattern).count()
        });
        found.sum::<usize>()
    };
    let mark = b"the bytes of a face";
    let picture: Picture = bytes::Bytes::from(mark.repeat(2000)).into();
    let [decided, failed, given_back, expired, kept] = {
        let mut ids = [Uuid::nil(); 5];
        for (place, id) in ids.iter_mut().enumerate() {
            let expires_at = if place == 3 { 10 } else { 100 };
            *id = opened(&store, 2, expires_at).await;
            store.put_crop(*id, at(0), picture.clone(), 0).await.unwrap();
            store.put_crop(*id, at(1), picture.clone(), 0).await.unwrap();
        }
        ids
    };
    assert!(occurrences(mark) > 5 * 2 * 1500, "so that this test finds what there is");
    for id in [decided, failed] {
        store.claim(id, 0, LEASE, 0).await.unwrap();
    }
    store.finish(decided, FIRST, reply(), 0).await.unwrap();
    store.fail(failed, FIRST, ErrorCode::VerdictLost, 0).await.unwrap();
    store.discard(given_back, 0).await.unwrap();
    store.sweep(10).await.unwrap();
    assert_eq!(store.get(expired, 10).await.unwrap().state, SessionState::Expired);
    // What is left is that of the one which is open.
    let left = occurrences(mark);
    assert!((2 * 1500..=2 * 2000).contains(&left), "{left}");
    store.discard(kept, 10).await.unwrap();
    store.sweep(10).await.unwrap();
    assert_eq!(occurrences(mark), 0);
}

#[tokio::test]
async fn a_disk_that_is_full_is_a_store_that_is_full() {
    let store = make(ROOMY);
    let id = opened(&*store, 200, 1000).await;
    let decided = filled(&*store, 1000).await;
    store.claim(decided, 0, LEASE, 0).await.unwrap();
    pragma(&store, "max_page_count", 100).await;
    let mut stored = 0;
    let full = loop {
        match store.put_crop(id, at(stored), png(stored as u8, 20_000), 0).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full, StoreError::Full);
    assert!((5..100).contains(&stored), "{stored}");
    // Many at once fail each for itself: the one that needs no room does not fail with the others.
    let puts = (stored..stored + 9).map(|index| store.put_crop(id, at(index), png(1, 20_000), 0));
    let known = store.put_crop(id, at(0), png(0, 20_000), 0);
    let (puts, known) = tokio::join!(futures_of(puts), known);
    assert!(puts.iter().all(|put| *put == Err(StoreError::Full)), "{puts:?}");
    assert!(!known.unwrap().new);
    assert_eq!(store.get(id, 0).await.unwrap().received.len(), stored as usize);
    assert_eq!(store.totals().await, store.recounted().await);
    // There is room where crops were.
    store.finish(decided, FIRST, reply(), 0).await.unwrap();

    pragma(&store, "max_page_count", 1_000_000).await;
    assert!(store.put_crop(id, at(stored), png(1, 20_000), 0).await.unwrap().new);
}

#[tokio::test]
async fn what_cannot_be_written_is_not_answered_as_if_it_were() {
    let store = make(ROOMY);
    let id = filled(&*store, 1000).await;
    store.claim(id, 0, LEASE, 0).await.unwrap();
    let other = opened(&*store, 2, 1000).await;
    pragma(&store, "query_only", 1).await;
    for _ in 0..2 {
        assert_eq!(store.finish(id, FIRST, reply(), 0).await, Err(StoreError::Unavailable));
        let put = store.put_crop(other, at(0), png(1, 10), 0).await;
        assert_eq!(put, Err(StoreError::Unavailable));
        assert_eq!(store.sweep(5000).await, Err(StoreError::Unavailable));
    }
    assert_eq!(store.get(id, 0).await.unwrap().state, SessionState::Verifying, "it can be read");
    pragma(&store, "query_only", 0).await;
    store.finish(id, FIRST, reply(), 0).await.unwrap();
    assert!(store.put_crop(other, at(0), png(1, 10), 0).await.unwrap().new);
}

#[test]
fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let _store = SqliteStore::open(&path(&dir), LIMITS, 0).unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
        files += 1;
    }
    assert_eq!(files, 4, "the database, its log, the log's index, the lock");
}

#[test]
fn what_is_no_database_of_ours_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let refusal = |name: &str| {
        let path = dir.path().join(name);
        SqliteStore::open(&path, LIMITS, 0).err().map(|error| error.to_string())
    };
    let file = |name: &str| dir.path().join(name);
    std::fs::write(file("text"), "not a database, but long enough to be one. ".repeat(99)).unwrap();
    std::fs::create_dir(file("folder")).unwrap();
    let other = Connection::open(file("other.db")).unwrap();
    other.execute_batch("CREATE TABLE t (a)").unwrap();
    drop(SqliteStore::open(&file("newer.db"), LIMITS, 0).unwrap());
    let newer = Connection::open(file("newer.db")).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop((other, newer));
    for (name, reason) in [
        ("text", "is not a database"),
        ("folder", "cannot be opened"),
        ("missing/sessions.db", "cannot be opened: No such file or directory"),
        ("other.db", "is the database of another program"),
        ("newer.db", "is of version 99"),
    ] {
        let before = std::fs::read(file(name)).ok();
        let refused = refusal(name).unwrap();
        assert!(refused.contains(reason) && refused.contains(name), "{refused}");
        assert_eq!(std::fs::read(file(name)).ok(), before, "{name}");
    }
    assert_eq!(refusal("new.db"), None);
    assert_eq!(refusal("new.db"), None, "nor when it is there");
}

/// A file of the first version goes on as it was, and takes keys.
#[tokio::test]
async fn a_file_from_before_there_were_keys_is_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let id = Uuid::from_u128(7);
    let old = Connection::open(path(&dir)).unwrap();
    old.execute_batch(include_str!("schema.sql")).unwrap();
    old.execute(
        "INSERT INTO sessions (id, kind, asked_model, model, frames_required, needs_fps, source, expires_at,
            run, stage, turns_at, paid, class, number, bytes)
         VALUES (?, 'crops', '10', '10', 1, 0, 'live', 1000, 0, 'open', 1000, 0, 0, 1, 1024)",
        [id.as_bytes()],
    )
    .unwrap();
    old.pragma_update(None, "application_id", 0x6c76_6e73).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    drop(old);
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    assert_eq!(store.get(id, 0).await.unwrap().terms.tenant, TenantId::default());
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    assert_eq!(store.keys().await, Ok(vec![]));
    assert_eq!(store.totals().await, store.recounted().await);
}

/// Prints of a file from before they were counted are counted, and bounded.
#[tokio::test]
async fn prints_from_before_there_was_a_bound_count() {
    let dir = tempfile::tempdir().unwrap();
    let old = Connection::open(path(&dir)).unwrap();
    let steps = [
        include_str!("schema.sql"),
        include_str!("keys.sql"),
        include_str!("tenants.sql"),
        include_str!("claims.sql"),
        include_str!("prints.sql"),
    ];
    steps.iter().for_each(|step| old.execute_batch(step).unwrap());
    old.execute_batch(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
         INSERT INTO prints (print, session, at) SELECT randomblob(16), randomblob(16), n FROM n",
    )
    .unwrap();
    old.pragma_update(None, "application_id", 0x6c76_6e73).unwrap();
    old.pragma_update(None, "user_version", steps.len() as i64).unwrap();
    drop(old);
    let limits = StoreLimits { max_prints: 1000, prints_ms: 1_000_000, ..ROOMY };
    let store = SqliteStore::open(&path(&dir), limits, 0).unwrap();
    store.sweep(1200).await.unwrap();
    drop(store);
    let file = Connection::open(path(&dir)).unwrap();
    let count = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM prints"), 1000);
    assert_eq!(count("SELECT sum(sessions) FROM totals WHERE class = 4"), 1000);
}

/// Whoever changes a row of the audit log in the file is found out, and where.
#[tokio::test]
async fn a_row_of_the_log_that_was_changed_in_the_file_is_found() {
    use crate::domain::audit::{Action, By, Deed};
    use crate::domain::audit_chain::{Break, Chain};

    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    for at in 0..9 {
        store.note(Deed::signed(Action::SignedIn, By::server_key(at))).await.unwrap();
    }
    drop(store);
    let file = Connection::open(path(&dir)).unwrap();
    let change = "UPDATE audit SET actor = 'gateway' WHERE number = 4";
    let refused = file.execute(change, []).unwrap_err().to_string();
    assert!(refused.contains("not changed"), "{refused}");
    file.execute_batch(&format!("DROP TRIGGER audit_is_not_changed; {change}")).unwrap();
    drop(file);
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    let mut chain = Chain::new(None);
    let entries = store.audit_after(0, 100).await.unwrap();
    assert_eq!(entries.iter().find_map(|entry| chain.check(entry).err()), Some(Break::Changed(4)));
}

/// The length of the log beside the database.
fn log_bytes(dir: &TempDir) -> u64 {
    std::fs::metadata(dir.path().join("sessions.db-wal")).unwrap().len()
}

/// As a backup does, or `sqlite3` in which somebody looks at something.
#[tokio::test]
async fn whoever_reads_the_file_for_long_keeps_nobody_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&path(&dir), ROOMY, 0).unwrap();
    filled(&store, 100).await;
    let reader = Connection::open(path(&dir)).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count = "SELECT count(*) FROM sessions";
    assert_eq!(reader.query_row(count, [], |row| row.get(0)), Ok(1));
    filled(&store, 100).await;
    let begun = Instant::now();
    for now in 0..3 {
        store.sweep(now).await.unwrap();
    }
    assert!(begun.elapsed() < open::BUSY_TIMEOUT, "{:?}", begun.elapsed());
    reader.execute_batch("COMMIT").unwrap();
    store.sweep(3).await.unwrap();
    assert_eq!(log_bytes(&dir), 0, "what has been deleted is out of the log");
    // Whoever writes beside it is waited for as before.
    reader.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waits = filled(&store, 100);
    let ends = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        reader.execute_batch("COMMIT").unwrap();
    };
    tokio::join!(waits, ends);
}
