//! What fails around a gateway: its upstream, its clock, its database, and its own process in the middle of something.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::common::mock::{API_KEY, MockUpstream, Script, error_body};
use crate::common::process::{CROPS, Client, Gateway, Session, command, free_port, send};
use crate::common::{FakeBackend, SECRET, TestGateway, crop, settings};
use liveness_gateway::domain::route::Engines;
use liveness_gateway::store::sqlite::SqliteStore;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A gateway in a process of its own that asks this upstream, and waits a second for each answer.
fn asking(mock: &MockUpstream, port: u16, database: &Path) -> Gateway {
    let environment = format!(
        "MOVERIS_API_KEY={API_KEY} MOVERIS_BASE_URL={} LIVENESS_UPSTREAM_TIMEOUT=1",
        mock.url
    );
    Gateway::start(port, &database.to_string_lossy(), &environment)
}

/// A gateway that asks an upstream, and a client of it.
struct Scene {
    _dir: TempDir,
    database: PathBuf,
    mock: MockUpstream,
    port: u16,
    gateway: Gateway,
    client: Client,
}

impl Scene {
    /// With an upstream that answers so.
    async fn with(script: impl IntoIterator<Item = Script>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("sessions.db");
        let mock = MockUpstream::start(script).await;
        let port = free_port();
        let gateway = asking(&mock, port, &database);
        Self { _dir: dir, database, mock, port, gateway, client: Client::of(&[port]) }
    }
}

async fn full(client: &Client, seed: u8) -> Session {
    let session = client.open().await;
    for index in 0..CROPS {
        // Pictures of no other session.
        let crop = crop(seed.wrapping_mul(16).wrapping_add(index as u8));
        let put = || session.put_once(index, crop.clone());
        assert_eq!(client.until_answered(put).await.0, 201);
    }
    session
}

/// The status of its verdict, and the verdict or the code.
async fn outcome(client: &Client, session: &Session) -> (u16, String) {
    let (status, answer) = client.until_answered(|| session.asked_of(client)).await;
    let verdict = answer["data"]["verdict"].as_str().map(str::to_owned);
    let code = || answer["errors"][0].as_object().unwrap().keys().next().unwrap().clone();
    (status, verdict.unwrap_or_else(code))
}

/// Each has its answer, which outlives the process; nothing is asked for twice that may have been paid for; and the next
/// check is as good as any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_an_upstream_does_is_one_answer_that_stays() {
    let Scene { _dir, database, mock, port, gateway, client } = Scene::with([]).await;
    let busy = error_body("rate_limit_exceeded", "m");
    let down = || Script::Json(503, &[], error_body("upstream_unavailable", "m"));
    let cases = [
        (
            "answers after half a minute",
            vec![Script::Silence(Duration::from_secs(30))],
            1,
            (504, "upstream_timeout"),
        ),
        ("resets the connection", vec![Script::Reset], 1, (502, "verdict_lost")),
        ("hangs up", vec![Script::Hangup], 1, (502, "verdict_lost")),
        (
            "sends garbage",
            vec![Script::Raw(b"\x00\xffgarbage\r\n\r\n".to_vec())],
            1,
            (502, "verdict_lost"),
        ),
        ("sends half a body", vec![Script::CutMidBody], 1, (502, "verdict_lost")),
        (
            "is busy for a second",
            vec![Script::Json(429, &[("Retry-After", "1")], busy)],
            2,
            (200, "live"),
        ),
        (
            "turns the request away in words that break off",
            vec![
                Script::Raw(
                    b"HTTP/1.1 429 Busy\r\nRetry-After: 1\r\nContent-Length: 100\r\n\r\n{".to_vec(),
                ),
                Script::Raw(
                    b"HTTP/1.1 503 Down\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"
                        .to_vec(),
                ),
            ],
            3,
            (200, "live"),
        ),
        (
            "fails without a code of its table",
            vec![Script::Json(500, &[], error_body("who_knows", "m"))],
            1,
            (502, "verdict_lost"),
        ),
        ("is down for two attempts", vec![down(), down()], 3, (200, "live")),
        ("is well", vec![], 1, (200, "live")),
    ];
    let mut outcomes = Vec::new();
    for (number, (what, script, requests, expected)) in cases.into_iter().enumerate() {
        script.into_iter().for_each(|step| mock.then(step));
        let before = mock.requests().len();
        let session = full(&client, number as u8).await;
        let found = outcome(&client, &session).await;
        assert_eq!((found.0, found.1.as_str()), expected, "an upstream that {what}");
        assert_eq!(mock.requests().len() - before, requests, "an upstream that {what}");
        outcomes.push((session, found));
    }
    let asked = mock.requests().len();
    drop(gateway);
    let gateway = asking(&mock, port, &database);
    for (session, before) in &outcomes {
        assert_eq!(outcome(&client, session).await, *before);
    }
    assert_eq!(mock.requests().len(), asked, "nobody is asked again");
    assert_eq!(gateway.logged("panicked") + gateway.logged(API_KEY), 0);
}

/// It may have been paid for: whoever comes after knows that it was begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_check_that_a_kill_cuts_off_is_not_made_again() {
    let Scene { _dir, database, mock, port, gateway, client } =
        Scene::with([Script::Silence(Duration::from_secs(30))]).await;
    let session = full(&client, 1).await;
    let asked = tokio::spawn(send(session.asked_of(&client)));
    while mock.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(gateway);
    assert_eq!(asked.await.unwrap(), None);
    let _gateway = asking(&mock, port, &database);
    for _ in 0..2 {
        assert_eq!(outcome(&client, &session).await, (502, "verdict_lost".to_owned()));
    }
    assert_eq!(session.get().await["error"], "verdict_lost");
    assert_eq!(mock.requests().len(), 1);
}

/// Nobody has been asked before the store has all that it has to know first: so a store that fails there, and the end of the
/// process right after it, cost nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_a_store_fails_before_is_made_later() {
    let Scene { _dir, database, mock, port, gateway, client } = Scene::with([]).await;
    let session = full(&client, 1).await;
    let with =
        |sql: &str| rusqlite::Connection::open(&database).unwrap().execute_batch(sql).unwrap();
    with("CREATE TRIGGER no_print BEFORE INSERT ON prints BEGIN SELECT RAISE(FAIL, 'no'); END;
        CREATE TRIGGER no_way_back BEFORE UPDATE ON sessions WHEN NEW.stage = 'open' AND OLD.stage = 'verifying'
            BEGIN SELECT RAISE(FAIL, 'no'); END;");
    let asked = tokio::spawn(send(session.asked_of(&client)));
    while gateway.logged("database does not work") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(gateway);
    assert_eq!(asked.await.unwrap(), None);
    assert_eq!(mock.requests().len(), 0);
    with("DROP TRIGGER no_print; DROP TRIGGER no_way_back;");
    let _gateway = asking(&mock, port, &database);
    assert_eq!(outcome(&client, &session).await, (200, "live".to_owned()));
    assert_eq!(mock.requests().len(), 1);
}

/// Crops of which half has come when the gateway is told to end are answered and kept, and it ends in good order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_a_sigterm_finds_under_way_are_taken() {
    const UPLOADS: u32 = 8;
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db").to_string_lossy().into_owned();
    let port = free_port();
    let mut gateway = Gateway::start(port, &database, "");
    let client = Client::of(&[port]);
    let session = client.open().await;
    let mut uploads = Vec::new();
    for index in 0..UPLOADS {
        let png = crop(index as u8);
        let head = format!(
            "PUT /api/v1/sessions/{}/crops/{index} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Type: \
             image/png\r\nContent-Length: {}\r\n\r\n",
            session.id,
            session.token,
            png.len()
        );
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let (half, rest) = png.split_at(png.len() / 2);
        socket.write_all(&[head.as_bytes(), half].concat()).await.unwrap();
        uploads.push((socket, rest.to_vec()));
    }
    // All of them are requests by now.
    let running = async || {
        let url = format!("http://127.0.0.1:{port}/metrics");
        let request = crate::common::client().get(url).bearer_auth(crate::common::SERVER_KEY);
        request.send().await.unwrap().text().await.unwrap()
    };
    while !running().await.contains(&format!("liveness_requests_running {}\n", UPLOADS + 1)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let told = Instant::now();
    gateway.terminate();
    while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
        assert!(told.elapsed() < Duration::from_secs(10), "it takes no new connection");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for (socket, rest) in &mut uploads {
        socket.write_all(rest).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 201 "), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(gateway.ended().await, Some(0));
    assert!(told.elapsed() < Duration::from_secs(20), "{:?}", told.elapsed());
    drop(gateway);
    let _gateway = Gateway::start(port, &database, "");
    assert_eq!(session.get().await["missing"], json!([8, 9]));
}

/// A database that this user may only read: the reason is in the log, nothing is listened on, and the file is as it was.
#[tokio::test]
async fn a_database_that_cannot_be_written_is_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    let port = free_port();
    let gateway = Gateway::start(port, &database.to_string_lossy(), "");
    let session = Client::of(&[port]).open().await;
    drop(gateway);
    // Root may write whatever the file says, so that somebody else has to be its user.
    let program = dir.path().join("gateway");
    let built = env!("CARGO_BIN_EXE_liveness-gateway");
    std::fs::hard_link(built, &program)
        .or_else(|_| std::fs::copy(built, &program).map(drop))
        .unwrap();
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for entry in std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        if entry.path() != program {
            mode(&entry.path(), 0o444);
        }
    }
    mode(dir.path(), 0o555);
    let mut readonly = command(&program.to_string_lossy());
    readonly.args(["--listen", "127.0.0.1:0", "--database"]).arg(&database);
    readonly.env("LIVENESS_SECRET", SECRET);
    let root = command("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n");
    if root {
        readonly.uid(65_534);
    }
    let before = std::fs::read(&database).unwrap();
    let refused = readonly.output().unwrap();
    let log = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{log}");
    assert!(log.contains("sessions.db") && !log.contains("listening"), "{log}");
    assert_eq!(std::fs::read(&database).unwrap(), before);
    mode(dir.path(), 0o755);
    for entry in std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        if entry.path() != program {
            mode(&entry.path(), 0o644);
        }
    }
    let _gateway = Gateway::start(port, &database.to_string_lossy(), "");
    assert_eq!(session.get().await["state"], "open");
}

/// The machine's clock is set an hour back, and two days forward.
#[tokio::test]
async fn a_clock_that_jumps_takes_no_verdict_back() {
    let settings = || settings(&["--verdict-ttl", "14400"]);
    clock_jumps(TestGateway::start(settings()).await).await;
    let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
    let store = SqliteStore::open(&dir.path().join("sessions.db"), settings.store, 0).unwrap();
    let fake = Arc::new(FakeBackend::default());
    let engines = Engines::alone(fake.clone());
    clock_jumps(TestGateway::start_on(settings, Arc::new(store), engines, fake).await).await;
}

async fn clock_jumps(gateway: TestGateway) {
    const HOUR: u64 = 3_600_000;
    let full = async || {
        let session = gateway.open(json!({"model": "mixed-10-v2", "source": "media"})).await;
        session.put_all(10).await;
        session
    };
    let decided = full().await;
    let verdict = decided.complete(json!({})).await;
    assert_eq!(verdict.data()["verdict"], "live");
    let open = full().await;

    gateway.clock.0.fetch_sub(HOUR, Ordering::SeqCst);
    assert_eq!(decided.complete(json!({})).await.body, verdict.body, "the same answer");
    assert_eq!(open.complete(json!({})).await.data()["verdict"], "live", "a session goes on");
    // One that is opened now ends by the clock of now.
    let earlier = full().await;
    gateway.clock.0.fetch_add(HOUR, Ordering::SeqCst);
    assert_eq!(
        earlier.complete(json!({})).await.code(),
        liveness_protocol::ErrorCode::SessionExpired
    );
    assert_eq!(decided.complete(json!({})).await.body, verdict.body);

    // Two hours: all that is open is over, and what is decided stands.
    gateway.clock.0.fetch_add(2 * HOUR, Ordering::SeqCst);
    for session in [&decided, &open] {
        assert_eq!(session.get(crate::common::SERVER_KEY).await.data()["state"], "complete");
    }
    // Days: everything is, and new sessions are what they were.
    gateway.clock.0.fetch_add(48 * HOUR, Ordering::SeqCst);
    assert_eq!(full().await.complete(json!({})).await.data()["verdict"], "live");
}
