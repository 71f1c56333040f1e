//! Connections that hurt others: too many, too slow, half open, never read; and how the gateway ends among them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::common::{TestGateway, client, send, settings};
use liveness_gateway::Settings;
use liveness_gateway::metrics::Levels;
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Long enough for a busy machine, and far below what is waited for if the limit does not hold.
const SOON: Duration = Duration::from_secs(8);

fn limited(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = settings(&[]);
    change(&mut settings);
    settings
}

async fn connect(gateway: &TestGateway) -> TcpStream {
    TcpStream::connect(gateway.url.strip_prefix("http://").unwrap()).await.unwrap()
}

async fn half_head(gateway: &TestGateway) -> TcpStream {
    let mut socket = connect(gateway).await;
    socket.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Sl").await.unwrap();
    socket
}

/// What comes until the other side closes.
async fn rest(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A reset ends it just as well.
    let closed = tokio::time::timeout(SOON, socket.read_to_end(&mut bytes)).await;
    assert!(closed.is_ok(), "still open after {:?}", String::from_utf8_lossy(&bytes));
    bytes
}

async fn health(gateway: &TestGateway) -> u16 {
    let request = client().get(format!("{}/health", gateway.url));
    tokio::time::timeout(SOON, request.send()).await.expect("in time").unwrap().status().as_u16()
}

#[tokio::test]
async fn a_head_that_never_ends_is_given_up_and_disturbs_nobody() {
    let head = Duration::from_millis(400);
    let gateway = TestGateway::start(limited(|settings| settings.connections.head = head)).await;
    let mut half = Vec::new();
    for _ in 0..100 {
        half.push(half_head(&gateway).await);
    }
    // Nothing at all is half a head as well.
    half.push(connect(&gateway).await);
    assert_eq!(health(&gateway).await, 200);
    for socket in &mut half {
        let answer = rest(socket).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "no answer is owed");
    }
}

#[tokio::test]
async fn a_head_has_bounds() {
    let gateway = TestGateway::start(settings(&[])).await;
    let many: String = (0..150).map(|number| format!("X-{number}: y\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "y".repeat(100 * 1024));
    for headers in [long, many] {
        let mut socket = connect(&gateway).await;
        let head = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        // The answer may come before all of it is sent.
        socket.write_all(head.as_bytes()).await.ok();
        let answer = rest(&mut socket).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{}", head.len());
    }
    assert_eq!(health(&gateway).await, 200);
}

#[tokio::test]
async fn a_client_that_never_reads_loses_its_connection() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("large.bin"), vec![7; 32 << 20]).unwrap();
    let gateway = TestGateway::start({
        let mut settings = settings(&["--static-dir", dir.path().to_str().unwrap()]);
        settings.connections.write = Duration::from_millis(400);
        settings.connections.total = 1;
        settings
    })
    .await;
    let mut deaf = connect(&gateway).await;
    deaf.write_all(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let begun = Instant::now();
    assert_eq!(health(&gateway).await, 200, "the one place is free again");
    assert!(begun.elapsed() >= Duration::from_millis(200), "it was taken");
    assert!(rest(&mut deaf).await.len() < 32 << 20, "it did not get everything");
}

#[tokio::test]
async fn a_client_has_a_share_of_the_connections() {
    let gateway =
        TestGateway::start(limited(|settings| settings.connections.per_address = 3)).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(half_head(&gateway).await);
    }
    // Accepted in their order, so the fourth is one too many.
    let mut refused = connect(&gateway).await;
    assert!(rest(&mut refused).await.is_empty());
    drop(held);
    // The places come back when the server has seen the ends.
    let free = async {
        while client().get(format!("{}/health", gateway.url)).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, free).await.expect("a place");
}

#[tokio::test]
async fn whoever_comes_when_all_places_are_taken_waits_for_one() {
    let head = Duration::from_secs(2);
    let gateway = TestGateway::start(limited(|settings| {
        settings.connections.total = 2;
        settings.connections.head = head;
    }))
    .await;
    let begun = Instant::now();
    let held = [half_head(&gateway).await, half_head(&gateway).await];
    assert_eq!(health(&gateway).await, 200);
    assert!(begun.elapsed() >= head, "one of the two was given up first");
    drop(held);
}

/// The value of one of the gateway's counts; 0 while nothing was counted there.
fn counted(gateway: &TestGateway, name: &str) -> u64 {
    let text = gateway.gateway.metrics.text(Levels::default()).unwrap();
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.map_or(0, |number| number.parse().unwrap())
}

async fn until_counted(gateway: &TestGateway, name: &str, number: u64) {
    let wait = async {
        while counted(gateway, name) != number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let ended = tokio::time::timeout(SOON, wait).await;
    assert!(ended.is_ok(), "{name}: {}, not {number}", counted(gateway, name));
}

#[tokio::test]
async fn connections_are_counted_and_so_is_who_meets_a_limit() {
    let gateway = TestGateway::start(limited(|settings| {
        settings.connections.total = 3;
        settings.connections.per_address = 2;
    }))
    .await;
    let first = half_head(&gateway).await;
    until_counted(&gateway, "liveness_connections", 1).await;
    let second = half_head(&gateway).await;
    let mut refused = connect(&gateway).await;
    assert!(rest(&mut refused).await.is_empty());
    until_counted(&gateway, "liveness_connections_limited_total{limit=\"address\"}", 1).await;
    until_counted(&gateway, "liveness_connections", 2).await;
    drop((first, second));
    until_counted(&gateway, "liveness_connections", 0).await;

    let full = TestGateway::start(limited(|settings| settings.connections.total = 1)).await;
    let _first = half_head(&full).await;
    until_counted(&full, "liveness_connections_limited_total{limit=\"all\"}", 1).await;
}

#[tokio::test]
async fn connections_that_break_are_counted_by_what_was_wrong() {
    let gateway = TestGateway::start(limited(|settings| {
        settings.connections.head = Duration::from_millis(400);
    }))
    .await;
    let long = format!("GET /health HTTP/1.1\r\nX-Long: {}\r\n\r\n", "y".repeat(100 * 1024));
    let method = format!("{} /health HTTP/1.1\r\n\r\n", "A".repeat(200_000));
    let heads = ["\u{1}\u{2}\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n", &long, &method];
    for (before, head) in heads.into_iter().enumerate() {
        let mut socket = connect(&gateway).await;
        // The answer may come before all of it is sent.
        socket.write_all(head.as_bytes()).await.ok();
        let answer = rest(&mut socket).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{before}");
        let broken = "liveness_connections_broken_total{reason=\"head\"}";
        until_counted(&gateway, broken, before as u64 + 1).await;
    }
    rest(&mut half_head(&gateway).await).await;
    until_counted(&gateway, "liveness_connections_broken_total{reason=\"slow\"}", 1).await;
}

#[tokio::test]
async fn an_end_waits_for_no_half_head() {
    let mut gateway = TestGateway::start(settings(&[])).await;
    let mut half = half_head(&gateway).await;
    // An idle connection as well.
    let kept = client();
    kept.get(format!("{}/health", gateway.url)).send().await.unwrap();
    gateway.stop.take().unwrap().send(()).unwrap();
    tokio::time::timeout(SOON, &mut gateway.ended).await.expect("far below the grace").unwrap();
    rest(&mut half).await;
}

/// A check that runs at the gateway's end.
async fn running(gateway: &TestGateway) -> (Arc<Notify>, tokio::task::JoinHandle<()>, String) {
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let request = gateway.request(Method::POST, &session.path("/complete"));
    let request = request.bearer_auth(&session.token);
    let asked = tokio::spawn(async move {
        send(request).await;
    });
    while gateway.backend.checks.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (gate, asked, session.id.clone())
}

#[tokio::test]
async fn an_end_waits_for_a_check_whose_client_has_gone() {
    let mut gateway = TestGateway::start(settings(&[])).await;
    let (gate, asked, id) = running(&gateway).await;
    asked.abort();
    gateway.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!gateway.ended.is_finished(), "its verdict would be lost");
    gate.notify_waiters();
    tokio::time::timeout(SOON, &mut gateway.ended).await.expect("done").unwrap();
    let id = id.parse().unwrap();
    let session = gateway.gateway.store.get(id, 1_774_620_000_000).await.unwrap();
    assert!(session.reply.is_some(), "the verdict is kept");
}

#[tokio::test]
async fn an_end_waits_no_longer_than_it_may() {
    let grace = Duration::from_millis(300);
    let mut gateway = TestGateway::start(limited(|settings| settings.grace = grace)).await;
    let (_gate, asked, _) = running(&gateway).await;
    gateway.stop.take().unwrap().send(()).unwrap();
    tokio::time::timeout(SOON, &mut gateway.ended).await.expect("given up").unwrap();
    asked.abort();
}
