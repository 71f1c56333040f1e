//! The PostgreSQL store by the rules for all of them, and what is particular to several gateways on one database.
//! `cargo xtask postgres` starts a database for them.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use liveness_protocol::SessionState;
use tokio::runtime::Handle;

use super::*;
use crate::store::AuditLog as _;
use crate::store::conformance::bounds::{
    SPOILT, a_session_that_cannot_be_read_is_in_nobodys_way, sequence,
};
use crate::store::conformance::claims::a_session_of_an_earlier_gateway_has_the_time_of_its_token;
use crate::store::conformance::conformance;
use crate::store::conformance::harness::{
    Audited, FIRST, GRACE_MS, LEASE, LIMITS, Made, SECOND, Totals, at, filled, futures_of, opened,
    png, reply,
};
use crate::store::memory::MemoryStore;

mod encrypted;
mod hosts;
mod sweeps;

/// The database for tests, if there is one; required where everything has to be tested.
static DATABASE: LazyLock<Option<String>> = LazyLock::new(|| {
    let url = std::env::var("LIVENESS_TEST_POSTGRES").ok().filter(|url| !url.is_empty());
    if url.is_none() {
        let why = "LIVENESS_TEST_POSTGRES is not set: run the tests by `cargo xtask postgres cargo test ...`";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        eprintln!("nothing of PostgreSQL is tested: {why}");
    }
    url
});

pub(super) fn available() -> bool {
    DATABASE.is_some()
}

#[async_trait]
impl Audited for PostgresStore {
    const STEPS: usize = 600;

    fn forgotten(&self) -> &Forgotten {
        &self.forgotten
    }

    async fn totals(&self) -> Totals {
        let client = self.client().await.unwrap();
        let mut totals = Totals::default();
        for class in [Class::Empty, Class::Holding, Class::Settled, Class::Expired] {
            totals.0[class as usize] = sums::total(&client, class).await.unwrap();
        }
        totals
    }

    async fn recounted(&self) -> Totals {
        let client = self.client().await.unwrap();
        let mut totals = Totals::default();
        for id in client.query("SELECT id FROM sessions", &[]).await.unwrap() {
            let row = Row::load(&client, id.get(0), None, Lock::No).await.unwrap().unwrap();
            totals.add(row.entry.cost());
        }
        totals
    }
}

/// The URL of a place in the database where nothing is yet.
pub(super) async fn place() -> PostgresUrl {
    PostgresUrl::parse(&place_as_text().await).unwrap()
}

async fn place_as_text() -> String {
    let url = DATABASE.as_deref().unwrap();
    let schema = format!("test_{}", Uuid::new_v4().simple());
    let client = Pool::clone(&open_pool(url)).get().await.unwrap();
    client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}options=-csearch_path%3D{schema}")
}

fn open_pool(url: &str) -> Pool {
    open_pool_of(&PostgresUrl::parse(url).unwrap())
}

fn open_pool_of(url: &PostgresUrl) -> Pool {
    let manager = deadpool_postgres::Manager::new(url.config().clone(), open::tls(url).unwrap());
    Pool::builder(manager).max_size(1).build().unwrap()
}

fn make(limits: StoreLimits) -> Made<PostgresStore> {
    let store = async { PostgresStore::open(&place().await, limits).await.unwrap() };
    let store = tokio::task::block_in_place(|| Handle::current().block_on(store));
    Made { store, _dir: None }
}

conformance!(make, if available());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_what_the_memory_store_does() {
    if !available() {
        return;
    }
    let limits = StoreLimits { max_result_bytes: 9_000, ..LIMITS };
    let store = make(limits);
    let here = sequence(&*store, limits, PostgresStore::STEPS).await;
    let there = sequence(&MemoryStore::new(limits), limits, PostgresStore::STEPS).await;
    for (step, (here, there)) in here.iter().zip(&there).enumerate() {
        assert_eq!(here, there, "{step}");
    }
}

/// Room for what the rules' own tests have no need of.
const ROOMY: StoreLimits = StoreLimits { max_sessions: 100, max_crop_bytes: 10_000_000, ..LIMITS };

async fn sql(url: &PostgresUrl, sql: &str) {
    let (client, connection) = url.config().connect(open::tls(url).unwrap()).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_gateway_opens_goes_on_here() {
    if !available() {
        return;
    }
    let store = &make(ROOMY).store;
    let insert = async |sql: &'static str, id: Uuid| {
        let client = store.client().await.unwrap();
        assert_eq!(client.execute(sql, &[&id]).await.unwrap(), 1);
    };
    a_session_of_an_earlier_gateway_has_the_time_of_its_token(store, insert).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_cannot_be_read_is_in_nobodys_way() {
    if !available() {
        return;
    }
    for how in SPOILT {
        let store = &make(LIMITS).store;
        let spoil = async |id: Uuid| {
            let client = store.client().await.unwrap();
            let sql = format!("UPDATE sessions SET {how} WHERE id = $1");
            assert_eq!(client.execute(&sql, &[&id]).await.unwrap(), 1);
        };
        a_session_that_cannot_be_read_is_in_nobodys_way(store, spoil).await;
        let id = opened(store, 1, 1000).await;
        spoil(id).await;
        assert_eq!(store.get(id, 20).await.err(), Some(StoreError::Unavailable));
        assert!(!store.failures.lock().unwrap().has_failed(), "the next failure is logged");
    }
}

/// However many gateways start at once, the schema is made once; and one that is newer is left alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateways_that_start_together_share_one_schema() {
    if !available() {
        return;
    }
    let url = place().await;
    let stores = futures_of((0..4).map(|_| PostgresStore::open(&url, ROOMY))).await;
    let stores: Vec<_> = stores.into_iter().map(Result::unwrap).collect();
    let id = filled(&stores[0], 1000).await;
    for store in &stores {
        assert_eq!(store.get(id, 0).await.unwrap().received, [0]);
    }
    drop(stores);
    sql(&url, "INSERT INTO liveness_schema VALUES (99)").await;
    let refused = PostgresStore::open(&url, ROOMY).await.err().unwrap().to_string();
    assert!(refused.contains("is of version 99"), "{refused}");
}

/// Many gateways at the same few sessions: nothing is counted wrong, no two of them block each other, and each check is
/// granted to one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateways_at_the_same_sessions_do_not_get_into_each_others_way() {
    if !available() {
        return;
    }
    let url = place().await;
    let limits = StoreLimits { max_empty: 10, max_sessions: 6, ..ROOMY };
    let stores = futures_of((0..3).map(|_| PostgresStore::open(&url, limits))).await;
    let stores: Vec<_> = stores.into_iter().map(Result::unwrap).collect();
    let tasks = (0..12).map(|task: usize| {
        let store = &stores[task % stores.len()];
        async move {
            for round in 0..10 {
                let now = round * 10;
                let id = opened(store, 2, now + 25).await;
                for index in [0, 1] {
                    let put = store.put_crop(id, at(index), png(1, 50), now).await;
                    assert!(
                        matches!(
                            put,
                            // Others' clocks are ahead.
                            Ok(_)
                                | Err(StoreError::Full
                                    | StoreError::NotFound
                                    | StoreError::Expired)
                        ),
                        "{put:?}"
                    );
                }
                let twice = [store.claim(id, 0, LEASE, now), store.claim(id, 0, LEASE, now)];
                let granted =
                    futures_of(twice.into_iter()).await.into_iter().filter_map(
                        |claim| match claim {
                            Ok(Claim::Granted { ticket, .. }) => Some(ticket),
                            _ => None,
                        },
                    );
                let granted: Vec<_> = granted.collect();
                assert!(granted.len() <= 1, "{granted:?}");
                for ticket in granted {
                    store.finish(id, ticket, reply(), now).await.unwrap();
                }
                store.sweep(now).await.unwrap();
            }
        }
    });
    futures_of(tasks).await;
    assert_eq!(stores[0].totals().await, stores[0].recounted().await);
    assert!(stores[0].totals().await.count(Class::Settled) > 10, "most were decided");
    assert!(stores.iter().all(|store| !store.failures.lock().unwrap().has_failed()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_told_when_another_gateway_has_decided() {
    if !available() {
        return;
    }
    let url = place().await;
    let [here, there] = [
        PostgresStore::open(&url, ROOMY).await.unwrap(),
        PostgresStore::open(&url, ROOMY).await.unwrap(),
    ];
    let id = filled(&here, 1000).await;
    here.claim(id, 0, LEASE, 0).await.unwrap();
    // Until it listens; a look at the row tells too, but only once a second.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut quickest = LOOK;
    for ticket in 1..=3 {
        let began = Instant::now();
        let wait = there.changed(id);
        let decide = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            here.release(id, Ticket(ticket), 0).await.unwrap();
        };
        tokio::join!(wait, decide);
        quickest = quickest.min(began.elapsed());
        here.claim(id, 0, LEASE, 0).await.unwrap();
    }
    assert!(quickest < LOOK / 2, "{quickest:?}");
    here.finish(id, Ticket(4), reply(), 0).await.unwrap();
    // It has ended before anybody waits.
    let began = Instant::now();
    there.changed(id).await;
    assert!(began.elapsed() < LOOK / 2);
}

/// A gateway that is not heard of loses what costs nothing to do again, and cannot decide it any more; what may have been
/// paid for keeps its time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_of_a_gateway_that_is_gone_are_taken_over() {
    if !available() {
        return;
    }
    let url = place().await;
    let gone = PostgresStore::open(&url, ROOMY).await.unwrap();
    let there = PostgresStore::open(&url, ROOMY).await.unwrap();
    let [asked, swept, paid] =
        [filled(&gone, 1000).await, filled(&gone, 1000).await, filled(&gone, 1000).await];
    for (id, paid) in [(asked, false), (swept, false), (paid, true)] {
        gone.claim(id, 0, Lease { paid, ..LEASE }, 0).await.unwrap();
    }
    gone.presence.task.abort();
    sql(&url, "UPDATE nodes SET seen = clock_timestamp() - interval '1 minute'").await;
    let Claim::Granted { pictures, .. } = there.claim(asked, 0, LEASE, 1).await.unwrap() else {
        panic!("it is still there")
    };
    assert_eq!(pictures, [png(1, 10)]);
    assert_eq!(gone.finish(asked, FIRST, reply(), 1).await, Err(StoreError::Closed));
    there.finish(asked, SECOND, reply(), 1).await.unwrap();
    there.sweep(1).await.unwrap();
    assert_eq!(there.get(swept, 1).await.unwrap().state, SessionState::Open);
    assert_eq!(there.get(paid, 1).await.unwrap().state, SessionState::Verifying);
    gone.finish(paid, FIRST, reply(), 1).await.unwrap();
    // After so long nobody's token holds any more.
    let late = filled(&gone, 1000).await;
    gone.claim(late, 0, LEASE, 0).await.unwrap();
    let now = 1000 + GRACE_MS;
    assert_eq!(there.get(late, now).await.unwrap().state, SessionState::Expired);
    assert_eq!(there.totals().await, there.recounted().await);
}

/// Connections that are cut are made again, and what fails meanwhile says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_on_when_its_connections_have_been_cut() {
    if !available() {
        return;
    }
    let url = place().await;
    let store = PostgresStore::open(&url, ROOMY).await.unwrap();
    let id = opened(&store, 8, 1000).await;
    for index in 0..4 {
        let mut tries = 0;
        // The first may meet a connection that is not yet known to be broken.
        while store.put_crop(id, at(index), png(1, 10), 0).await.is_err() {
            tries += 1;
            assert!(tries < 5);
        }
        let own = store.client().await.unwrap();
        own.query_one("SELECT pg_terminate_backend(pg_backend_pid())", &[]).await.unwrap_err();
        drop(own);
    }
    sql(&url, "ALTER TABLE crops RENAME TO elsewhere").await;
    let put = store.put_crop(id, at(4), png(1, 10), 0).await;
    assert_eq!(put, Err(StoreError::Unavailable));
    sql(&url, "ALTER TABLE elsewhere RENAME TO crops").await;
    // What the log would say of a row that is refused has nothing of the row in it.
    sql(&url, "ALTER TABLE crops ADD CHECK (length(file) < 20)").await;
    let mut client = store.client().await.unwrap();
    let books = store.books(&mut client).await.unwrap();
    let refused = books.put(id, at(5), &png(b'F', 30), 0).await.unwrap_err();
    let text = format!("{refused:?}");
    assert!(text.contains("check constraint") && !text.contains("4646"), "{text}");
    drop(books);
    drop(client);
    store.put_crop(id, at(4), png(1, 10), 0).await.unwrap();
    assert_eq!(store.get(id, 0).await.unwrap().received, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    // Nobody listens there as long as the socket is held.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let url = format!("postgres://user:hushhush@127.0.0.1:{port}/liveness");
    let url = PostgresUrl::parse(&url).unwrap();
    for refused in [reach(&url).await.err(), PostgresStore::open(&url, LIMITS).await.err()] {
        let text = refused.unwrap().to_string();
        assert!(text.contains(&format!("127.0.0.1:{port}/liveness cannot be reached")), "{text}");
        assert!(text.contains("refused") && !text.contains("hushhush"), "{text}");
    }
}

/// The figures of docs/scale.md: what a check of ten crops is for the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, and asserts nothing"]
async fn what_a_check_costs_the_database() {
    const CHECKS: usize = 400;
    const AT_ONCE: usize = 16;
    let url = place().await;
    let limits =
        StoreLimits { max_sessions: 1000, max_empty: 1000, max_crop_bytes: 1 << 30, ..LIMITS };
    let store = &PostgresStore::open(&url, limits).await.unwrap();
    let crop = &Bytes::from_iter((0..40_000).map(|_| fastrand::u8(..)));
    let check = || async move {
        let id = opened(store, 10, 100_000).await;
        for index in 0..10 {
            store.admits(id, at(index), 0).await.unwrap();
            store.put_crop(id, at(index), crop.clone().into(), 0).await.unwrap();
        }
        let claim = store.claim(id, 0, LEASE, 0).await.unwrap();
        assert!(matches!(claim, Claim::Granted { .. }));
        let prints = (0..16).map(|_| Print(std::array::from_fn(|_| fastrand::u8(..)))).collect();
        store.remember(id, prints, 0, 0).await.unwrap();
        store.finish(id, FIRST, reply(), 0).await.unwrap();
        store.get(id, 0).await.unwrap();
    };
    let figures = async || {
        let client = store.client().await.unwrap();
        client.batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
        let sql = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::BIGINT, xact_commit
            FROM pg_stat_database WHERE datname = current_database()";
        let row = client.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i64>(0), row.get::<_, i64>(1))
    };
    check().await;
    let (before, began) = (figures().await, Instant::now());
    let each = (0..AT_ONCE).map(|_| async {
        for _ in 0..CHECKS / AT_ONCE {
            check().await;
        }
    });
    futures_of(each).await;
    // What waits for its place in the audit log gets it.
    store.audit_head().await.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = figures().await;
    let checks = CHECKS as f64;
    println!(
        "{:.0} checks a second; of a check: {:.1} transactions, {:.0} kB of log",
        checks / seconds,
        (after.1 - before.1) as f64 / checks,
        (after.0 - before.0) as f64 / checks / 1000.0,
    );
    let client = store.client().await.unwrap();
    for table in ["prints", "audit"] {
        let sql = format!("SELECT pg_total_relation_size('{table}'), count(*) FROM {table}");
        let row = client.query_one(&sql, &[]).await.unwrap();
        let (bytes, rows): (i64, i64) = (row.get(0), row.get(1));
        println!("{table}: {rows} rows, {} bytes each with their indexes", bytes / rows);
    }
}

/// Gateways that add to the audit log and give entries their places all at once make one chain of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_gateways_make_one_chain() {
    use crate::domain::audit::{Action, By, Deed};
    use crate::domain::audit_chain::Chain;

    if !available() {
        return;
    }
    let url = place().await;
    let stores = futures_of((0..3).map(|_| PostgresStore::open(&url, ROOMY))).await;
    let stores: Vec<_> = stores.into_iter().map(Result::unwrap).collect();
    let work = (0..60).map(|at| {
        let store = &stores[at % 3];
        async move {
            store.note(Deed::signed(Action::SignedIn, By::server_key(at as u64))).await?;
            store.audit_head().await.map(|_| ())
        }
    });
    futures_of(work).await.into_iter().for_each(|done| done.unwrap());
    let entries = stores[0].audit_after(0, 100).await.unwrap();
    let mut chain = Chain::new(None);
    entries.iter().for_each(|entry| chain.check(entry).unwrap());
    let held = chain.end().unwrap();
    assert_eq!((held.head, held.entries), (stores[1].audit_head().await.unwrap(), 60));
    let refused = stores[0].client().await.unwrap().execute("UPDATE audit SET at = 1", &[]).await;
    assert!(fault::whole(&refused.unwrap_err()).contains("not changed"));
}
