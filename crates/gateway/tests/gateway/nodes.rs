//! Several gateways on one PostgreSQL: any of them takes what belongs to a session, and what one leaves undone another does.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio_postgres::NoTls;

use crate::common::process::{CROPS, Client, Gateway, command, free_port, send};
use crate::common::{SECRET, SERVER_KEY, clips, port_of_nobody};

mod lost_commits;

/// One test at a time has the server: one of them starts it anew.
static SERVER: Mutex<()> = Mutex::const_new(());

const SESSIONS: usize = 16;
const CLIENTS: usize = 8;
const RESTARTS: usize = 2;
const VIDEOS: usize = 4;
/// So many a gateway takes at once.
const HELD: usize = 2;

/// A place of its own in the database for tests.
struct Database {
    url: String,
    client: tokio_postgres::Client,
}

impl Database {
    /// `None` where there is no server, but in CI, which has to have one.
    async fn empty() -> Option<Self> {
        let Ok(server) = std::env::var("LIVENESS_TEST_POSTGRES") else {
            let why = "LIVENESS_TEST_POSTGRES is not set: run the tests by `cargo xtask postgres cargo test ...`";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
            eprintln!("skipped: {why}");
            return None;
        };
        let schema = format!("nodes_{:016x}", fastrand::u64(..));
        let url = format!("{server}?options=-csearch_path%3D{schema}");
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        Some(Self { url, client })
    }

    async fn count(&self, what: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {what}");
        self.client.query_one(&sql, &[]).await.unwrap().get(0)
    }

    /// Waits until there are at least so many of these.
    async fn until(&self, what: &str, count: i64) {
        for _ in 0..2000 {
            if self.count(what).await >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("there are never {count} of {what}");
    }
}

fn started(ports: &[u16], database: &Database) -> Vec<Gateway> {
    ports.iter().map(|port| Gateway::start(*port, &database.url, "")).collect()
}

/// No log has the database's password in it.
fn assert_discreet(gateways: &[Gateway]) {
    for gateway in gateways {
        assert_eq!(gateway.logged("postgres:postgres"), 0);
        assert_eq!(gateway.logged("search_path"), 0);
    }
}

/// The sessions' crops come by all three gateways. One of them is killed while it has claimed their checks; the others are
/// asked for the verdicts, and make them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_gateway_that_is_killed_has_begun_another_finishes() {
    let _server = SERVER.lock().await;
    let Some(database) = Database::empty().await else { return };
    let ports = [free_port(), free_port(), free_port()];
    let mut gateways = started(&ports, &database);
    let everywhere = Client::of(&ports);
    let mut sessions = Vec::new();
    for number in 0..SESSIONS {
        let session = everywhere.open().await;
        for index in 0..CROPS {
            let crop = crate::common::crop((number + index as usize) as u8);
            let put = || session.put_once(index, crop.clone());
            assert_eq!(everywhere.until_answered(put).await.0, 201);
        }
        // Each gateway knows what the others were sent.
        for _ in &ports {
            assert_eq!(session.get().await["missing"], json!([]));
        }
        sessions.push(session);
    }

    let one = Client::of(&ports[..1]);
    let asked: Vec<_> = sessions.iter().map(|session| session.asked_of(&one)).collect();
    let asked: Vec<_> = asked.into_iter().map(|request| tokio::spawn(send(request))).collect();
    let begun = "sessions WHERE stage = 'verifying'";
    database.until(begun, SESSIONS as i64 / 2).await;
    drop(gateways.remove(0));
    let left = database.count(begun).await;
    assert!(left > 0, "it was killed in the middle of checks");
    let answered = asked.len();
    let mut lost = 0;
    for request in asked {
        lost += usize::from(request.await.unwrap().is_none());
    }
    assert!(lost > 0 && lost <= answered, "{lost}");

    let others = Client::of(&ports[1..]);
    let waiting = sessions.into_iter().map(|session| {
        let session = session.by(&others);
        tokio::spawn(async move { (session.complete().await, session) })
    });
    let mut decided = BTreeSet::new();
    for waiting in waiting.collect::<Vec<_>>() {
        let (verdict, session) = waiting.await.unwrap();
        for _ in 0..2 {
            assert_eq!(session.complete().await, verdict, "whichever is asked");
            assert_eq!(session.get().await["verdict"], verdict);
        }
        decided.insert(session.id);
    }
    assert_eq!(decided.len(), SESSIONS);
    assert_eq!(database.count("crops").await, 0, "they are gone with the verdicts");
    let again = database.count("sessions WHERE claims > 1").await;
    assert!(again >= left, "{again} checks were made again, {left} were left");
    assert_discreet(&gateways);
    println!("killed with {left} of {SESSIONS} checks begun: all of them were finished by others");
}

/// What has been accepted is there after the database's crash; what comes meanwhile is told to come back, and succeeds then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_accepted_is_lost_when_the_database_is_started_anew() {
    let _server = SERVER.lock().await;
    let Some(database) = Database::empty().await else { return };
    let Ok(restart) = std::env::var("LIVENESS_TEST_POSTGRES_RESTART") else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "the server cannot be started anew");
        return eprintln!("skipped: LIVENESS_TEST_POSTGRES_RESTART is not set");
    };
    let ports = [free_port(), free_port()];
    let gateways = started(&ports, &database);
    let client = Client::of(&ports).patient();
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (client, over) = (client.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut decided = Vec::new();
                while !over.load(Ordering::SeqCst) || decided.is_empty() {
                    let session = client.open().await;
                    let verdict = session.check(number as u8).await;
                    decided.push((session, verdict));
                }
                decided
            })
        })
        .collect();
    for _ in 0..RESTARTS {
        tokio::time::sleep(Duration::from_millis(1000)).await;
        let restart = restart.clone();
        let restarted = move || Command::new("sh").args(["-c", &restart]).output().unwrap();
        let output = tokio::task::spawn_blocking(restarted).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    over.store(true, Ordering::SeqCst);
    let mut decided = Vec::new();
    for client in clients {
        decided.extend(client.await.unwrap());
    }
    for (session, verdict) in &decided {
        for _ in &ports {
            assert_eq!(session.get().await["verdict"], *verdict);
        }
        assert_eq!(session.complete().await, *verdict);
    }
    let refused = client.refused.load(Ordering::SeqCst);
    assert!(refused > 0, "the restarts were noticed");
    for gateway in &gateways {
        let failures = gateway.logged("the database does not work");
        assert!(failures <= 1, "the first of a row of failures is logged: {failures}");
        assert_eq!(gateway.logged("panicked"), 0);
    }
    assert_discreet(&gateways);
    println!(
        "{RESTARTS} restarts, {CLIENTS} clients: {} verdicts, {refused} requests repeated",
        decided.len()
    );
}

/// Before anything is listened on, with the reason, and without the password; `check` says the same.
#[test]
fn a_database_that_cannot_be_reached_is_refused_at_the_start() {
    let (_nobody, port) = port_of_nobody();
    let url = format!("postgres://user:hushhush@127.0.0.1:{port}/liveness");
    let run = |args: &[&str], environment: &str| {
        let refused = command(env!("CARGO_BIN_EXE_liveness-gateway"))
            .args(["--listen", "127.0.0.1:0"])
            .args(args)
            .env("LIVENESS_SECRET", SECRET)
            .env("LIVENESS_DATABASE", environment)
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!log.contains("hushhush") && !log.contains("listening"), "{log}");
        (refused.status.code(), log)
    };
    for (args, environment, status, reason) in [
        (&[][..], url.as_str(), 1, "cannot be reached"),
        (&["check"][..], &url, 1, "cannot be reached"),
        (&["--database", &url][..], "", 2, "set LIVENESS_DATABASE or LIVENESS_DATABASE_FILE"),
        (&[][..], "postgres://user:hushhush@127.0.0.1", 2, "it names no database"),
    ] {
        let (code, log) = run(args, environment);
        assert!(code == Some(status) && log.contains(reason), "{code:?} {log}");
    }
}

/// What the database remarks on a table that is there is nothing that an operator has to be told.
#[tokio::test]
async fn a_command_says_what_it_was_asked_for_and_no_more() {
    let _server = SERVER.lock().await;
    let Some(database) = Database::empty().await else { return };
    for _ in 0..2 {
        let mut keys = command(env!("CARGO_BIN_EXE_liveness-gateway"));
        let done = keys.args(["keys", "list"]).env("LIVENESS_DATABASE", &database.url).output();
        let done = done.unwrap();
        assert_eq!(String::from_utf8_lossy(&done.stdout), "no keys\n");
        assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    }
}

/// Stands between a gateway and the database, and passes nothing on while it is held: connections are taken, and not answered.
async fn holding(server: String) -> (u16, watch::Sender<bool>) {
    async fn pass(
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        mut flows: watch::Receiver<bool>,
    ) -> Option<()> {
        let mut bytes = vec![0; 65536];
        loop {
            let count = from.read(&mut bytes).await.ok()?;
            flows.wait_for(|flows| *flows).await.ok()?;
            to.write_all(&bytes[..count]).await.ok()?;
            if count == 0 {
                return None;
            }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (switch, flows) = watch::channel(true);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (server, flows) = (server.clone(), flows.clone());
            tokio::spawn(async move {
                let database = TcpStream::connect(server).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_database, to_database) = database.into_split();
                tokio::select! {
                    _ = pass(from_client, to_database, flows.clone()) => {}
                    _ = pass(from_database, to_client, flows) => {}
                }
            });
        }
    });
    (port, switch)
}

/// As one that has been stopped (SIGSTOP), or is behind a network that loses everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_answer_is_not_waited_for() {
    let _server = SERVER.lock().await;
    let Some(database) = Database::empty().await else { return };
    let url = url::Url::parse(&database.url).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
    let (proxy, flows) = holding(server).await;
    let mut url = url;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(proxy)).unwrap();
    let port = free_port();
    let gateway = Gateway::start(port, url.as_str(), "");
    let clients = Client::of(&[port]);
    let session = clients.open().await;
    let path = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let http = crate::common::client();
    let ready = || http.get(path("/ready"));
    assert_eq!(send(ready()).await.unwrap().0, 200);
    flows.send_replace(false);
    let since = Instant::now();
    let body = json!({"model": "mixed-10-v2"}).to_string();
    let opened = http.post(path("/api/v1/sessions")).header("content-type", "application/json");
    let read = http.get(path(&format!("/api/v1/sessions/{}", session.id)));
    // What was found before holds for a second.
    let unready = async {
        loop {
            match send(ready()).await {
                Some((200, _)) => tokio::time::sleep(Duration::from_millis(100)).await,
                answer => return answer,
            }
        }
    };
    // Each says when to come back.
    let (first, second, third) =
        tokio::join!(unready, send(opened.body(body)), send(read.bearer_auth(&session.token)));
    for answer in [first, second, third] {
        assert_eq!(answer.unwrap().0, 503);
    }
    assert_eq!(send(ready()).await.unwrap().0, 503);
    assert!(since.elapsed() < Duration::from_secs(28), "{:?}", since.elapsed());
    assert_eq!(gateway.logged("the database does not work"), 1);
    flows.send_replace(true);
    let clients = clients.patient();
    assert_eq!(clients.until_answered(ready).await.0, 200);
    assert_eq!(session.by(&clients).get().await["state"], "open", "it is still there");
    assert_discreet(&[gateway]);
}

/// Sent to one gateway, they are decoded by any and asked for at any; and another takes up what one leaves that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn videos_are_whichever_gateways_has_time() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some(file) = clips::clip("live_man_hoodie.mp4") else { return };
    let _server = SERVER.lock().await;
    let Some(database) = Database::empty().await else { return };
    // Of a gateway that never gets anywhere.
    let hanging = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = -version ] || exec /bin/sleep 40\nexec '{}' \"$@\"\n",
        clips::ffmpeg()
    );
    std::fs::write(&hanging, script).unwrap();
    std::fs::set_permissions(&hanging, std::fs::Permissions::from_mode(0o755)).unwrap();
    let start = |port, program: &str| {
        let decoder = format!("export LIVENESS_FFMPEG='{program}';");
        Gateway::start(port, &database.url, &decoder)
    };
    let ports = [free_port(), free_port()];
    let request = |port: u16, method, rest: &str| {
        let url = format!("http://127.0.0.1:{port}{}{rest}", clips::DETECT);
        crate::common::client().request(method, url).bearer_auth(SERVER_KEY)
    };
    let status = async |port, id: &str| {
        let (status, answer) = send(request(port, Method::GET, &format!("/{id}"))).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    };
    let first = start(ports[0], hanging.to_str().unwrap());
    let mut ids = Vec::new();
    for _ in 0..VIDEOS {
        let fields = [("video_file", Some("a.mp4"), &*file)];
        let form = clips::with_form(request(ports[0], Method::POST, ""), &fields);
        let (code, answer) = send(form).await.unwrap();
        assert_eq!(code, 201, "{answer}");
        ids.push(answer["data"]["submission_id"].as_str().unwrap().to_owned());
    }
    let begun = "sessions WHERE stage = 'verifying'";
    database.until(begun, HELD as i64).await;
    let second = start(ports[1], clips::ffmpeg());
    let ended = async |count: usize| {
        for _ in 0..1200 {
            let mut ended = 0;
            for id in &ids {
                let view = status(ports[1], id).await;
                assert_ne!(view["status"], "failed", "{view}");
                ended += usize::from(view["status"] == "completed");
            }
            if ended >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {count} of {VIDEOS}");
    };
    ended(VIDEOS - HELD).await;
    for id in &ids {
        assert_eq!(status(ports[0], id).await, status(ports[1], id).await);
    }
    assert_eq!(database.count(begun).await, HELD as i64, "those of the first, which it still has");
    drop(first);
    ended(VIDEOS).await;
    for id in &ids {
        assert_eq!(status(ports[1], id).await["result"]["frames_processed"], 10);
    }
    assert_eq!(database.count("crops").await, 0, "the files are gone");
    assert_discreet(&[second]);
}
