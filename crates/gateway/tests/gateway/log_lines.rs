//! What the log says: a line for each request, with its id, and nothing that a stranger has written into it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::mock::{API_KEY, MockUpstream, Script, error_body};
use crate::common::process::{Gateway, free_port};
use crate::common::{SERVER_KEY, WithJson as _, client, crop};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The lines of the log that have this in them, once there are some.
async fn lines(gateway: &Gateway, text: &str) -> Vec<String> {
    for _ in 0..300 {
        let log = gateway.log.lock().unwrap().clone();
        let found: Vec<String> = log.into_iter().filter(|line| line.contains(text)).collect();
        if !found.is_empty() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{text}: {:?}", gateway.log.lock().unwrap());
}

/// A request that is refused with a warning: it names another's host.
async fn refused(port: u16) {
    let head = format!(
        "GET /health HTTP/1.1\r\nHost: stranger.example\r\n\
         traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
}

/// A gateway on this upstream.
fn forwarding(port: u16, upstream: &str) -> Gateway {
    let environment = format!("export MOVERIS_API_KEY={API_KEY} MOVERIS_BASE_URL={upstream};");
    Gateway::start(port, "", &environment)
}

fn check(port: u16) -> RequestBuilder {
    let crops: Vec<Value> = (0..10u8)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect();
    let id = uuid::Uuid::from_u128(5).to_string();
    let check = json!({"session_id": id, "model": "mixed-10-v2", "source": "live", "crops": crops});
    let check = client()
        .request(Method::POST, format!("http://127.0.0.1:{port}/api/v1/fast-check-crops"))
        .json(&check);
    check.bearer_auth(SERVER_KEY)
}

#[tokio::test]
async fn whatever_the_level_a_line_says_which_request_it_is_about() {
    // With which the gateway still says that it listens.
    let level = "export RUST_LOG=warn,liveness_gateway::api::serve=info;";
    let port = free_port();
    let gateway = Gateway::start(port, "", level);
    refused(port).await;
    let lines = lines(&gateway, "if this name is the gateway's own").await;
    assert!(lines[0].contains(TRACE), "{lines:?}");
}

#[tokio::test]
async fn the_lines_of_requests_can_be_left_out() {
    let level = "RUST_LOG=info,liveness_gateway::access=warn";
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
    assert!(std::fs::read_to_string(guide).unwrap().contains(level), "as it is documented");
    let port = free_port();
    let gateway = Gateway::start(port, "", &format!("export {level};"));
    refused(port).await;
    lines(&gateway, "if this name is the gateway's own").await;
    assert_eq!(gateway.logged("421"), 0);
}

#[tokio::test]
async fn a_request_that_is_given_up_leaves_its_line() {
    let mock = MockUpstream::start([Script::Silence(Duration::from_secs(60))]).await;
    let port = free_port();
    let gateway = forwarding(port, &mock.url);
    let asked = tokio::spawn(check(port).send());
    while mock.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    asked.abort();
    let line = lines(&gateway, "given up by its client").await.remove(0);
    for part in ["POST", "/api/v1/fast-check-crops", "request{id="] {
        assert!(line.contains(part), "{line}");
    }
}

/// What an upstream says stands within a line, and what it would do to a terminal does not happen.
#[tokio::test]
async fn nobody_writes_lines_into_the_log() {
    let forged = "no\r\n2026-01-01T00:00:00Z  INFO FORGED\u{1b}[2J\u{202e}\u{2028}";
    let mock = MockUpstream::start([
        Script::Json(400, &[], error_body("validation_error", forged)),
        Script::Json(403, &[], error_body(forged, forged)),
        Script::Json(500, &[], error_body(forged, forged)),
    ])
    .await;
    let port = free_port();
    let gateway = forwarding(port, &mock.url);
    for _ in 0..3 {
        assert!(!check(port).send().await.unwrap().status().is_success());
    }
    let lines = lines(&gateway, "FORGED").await;
    for line in lines {
        assert!(line.contains("liveness_gateway::"), "{line:?}");
        assert!(line.chars().all(|character| matches!(character, ' '..='~')), "{line:?}");
    }
}

#[tokio::test]
async fn a_method_without_end_is_refused_and_not_logged() {
    let port = free_port();
    let gateway = Gateway::start(port, "", "");
    for length in [1000, 60_000, 200_000] {
        let method = "A".repeat(length);
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let head =
            format!("{method} /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        // The answer may come before all of it is sent.
        stream.write_all(head.as_bytes()).await.ok();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        // A reset ends it just as well.
        tokio::time::timeout(Duration::from_secs(15), read).await.expect("an end").ok();
        let status = String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned();
        assert!(status.is_empty() || status.starts_with("HTTP/1.1 4"), "{length}: {status}");
    }
    refused(port).await;
    lines(&gateway, "421").await;
    let log = gateway.log.lock().unwrap().clone();
    let longest = log.iter().map(String::len).max().unwrap();
    assert!(longest < 500, "{longest}");
}
