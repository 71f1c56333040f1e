//! What can be seen of a gateway from outside: its counts, its readiness, the ids of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;

use crate::common::mock::{MockUpstream, Script};
use crate::common::{FakeBackend, SERVER_KEY, TestGateway, send, settings};
use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::clock::{Clock, UnixMillis};
use liveness_gateway::domain::route::Engines;
use liveness_gateway::store::memory::MemoryStore;
use liveness_gateway::store::sqlite::SqliteStore;
use liveness_gateway::{Gateway, build_router};
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn metrics(gateway: &TestGateway) -> String {
    let request = gateway.request(Method::GET, "/metrics").bearer_auth(SERVER_KEY);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    response.text().await.unwrap()
}

/// The value of one line.
fn count(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("{line}\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn what_happens_is_counted() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    gateway.backend.failures.lock().unwrap().push_back(BackendError::Unavailable);
    assert_eq!(session.complete(json!({})).await.status, 502);
    assert_eq!(session.complete(json!({})).await.status, 200);
    gateway.request(Method::from_bytes(b"BREW").unwrap(), "/pot/of/tea").send().await.unwrap();

    let text = metrics(&gateway).await;
    let crops = "/api/v1/sessions/{id}/crops/{index}";
    let requests = |method: &str, path: &str, status: u16| {
        let labels = format!("{{method=\"{method}\",path=\"{path}\",status=\"{status}\"}}");
        count(&text, &format!("liveness_requests_total{labels}"))
    };
    assert!((requests("PUT", crops, 201) - 10.0).abs() < 0.5);
    assert!((requests("POST", "/api/v1/sessions/{id}/complete", 502) - 1.0).abs() < 0.5);
    assert!((requests("(other)", "(file)", 405) - 1.0).abs() < 0.5, "nothing of a stranger's");
    let checks = |outcome: &str| {
        let labels = format!("{{backend=\"local\",outcome=\"{outcome}\"}}");
        count(&text, &format!("liveness_checks_total{labels}"))
    };
    assert!((checks("live") - 1.0).abs() < 0.5);
    assert!((checks("upstream_unavailable") - 1.0).abs() < 0.5);
    let refused = count(&text, "liveness_refusals_total{code=\"upstream_unavailable\"}");
    assert!((refused - 1.0).abs() < 0.5);
    assert!((count(&text, "liveness_requests_running") - 1.0).abs() < 0.5, "this one");
    assert!(count(&text, "liveness_body_free_bytes") > 1e6);
    assert!(!text.contains(&session.id) && !text.contains("tea") && !text.contains("BREW"));
}

#[tokio::test]
async fn counts_are_for_whoever_has_the_server_key() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({})).await;
    let get = || gateway.request(Method::GET, "/metrics");
    for request in [get(), get().bearer_auth("wrong"), get().bearer_auth(&session.token)] {
        assert_eq!(send(request).await.code(), ErrorCode::InvalidKey);
    }
}

#[tokio::test]
async fn a_gateway_whose_store_answers_is_ready() {
    let gateway = TestGateway::start(settings(&[])).await;
    let answer = send(gateway.request(Method::GET, "/ready")).await;
    assert_eq!((answer.status, &answer.data()["status"]), (200, &json!("ready")));
}

/// Whoever asks all the time does not have the store asked all the time.
#[tokio::test]
async fn readiness_is_what_was_found_last() {
    let gateway = TestGateway::start(settings(&[])).await;
    let begun = Instant::now();
    assert!(!gateway.gateway.pulse.beats(Duration::from_secs(1), async { false }).await);
    let ready = send(gateway.request(Method::GET, "/ready")).await;
    assert!(ready.status == 503 || begun.elapsed() >= Duration::from_secs(1));
}

/// A database that stops working, and works again.
#[tokio::test]
async fn a_store_that_fails_is_seen_and_that_it_works_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.db");
    let settings = settings(&[]);
    let store = Arc::new(SqliteStore::open(&path, settings.store, 0).unwrap());
    let fake = Arc::new(FakeBackend::default());
    let engines = Engines::alone(fake.clone());
    let gateway = TestGateway::start_on(settings, store, engines, fake).await;
    let database = rusqlite::Connection::open(&path).unwrap();
    let seen = async || {
        // What was found holds for a second.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let health = send(gateway.request(Method::GET, "/health")).await;
        let ready = send(gateway.request(Method::GET, "/ready")).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let health = health.data();
        (text(&health["status"]), text(&health["dependencies"]["sessions"]), ready.status)
    };
    let is = |status: &str, sessions: &str, ready| (status.to_owned(), sessions.to_owned(), ready);
    assert_eq!(seen().await, is("healthy", "ok", 200));
    database.execute_batch("ALTER TABLE sessions RENAME TO gone").unwrap();
    assert_eq!(seen().await, is("degraded", "down", 503));
    database.execute_batch("ALTER TABLE gone RENAME TO sessions").unwrap();
    assert_eq!(seen().await, is("healthy", "ok", 200));
}

#[tokio::test]
async fn a_request_has_an_id_that_goes_on_to_the_upstream() {
    let mock = MockUpstream::start([Script::VerdictWith(&[])]).await;
    let backend = mock.backend();
    let fake = Arc::new(FakeBackend::default());
    let gateway = TestGateway::start_with(settings(&[]), backend, fake).await;
    let id = |response: &reqwest::Response| {
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    let health = || gateway.request(Method::GET, "/health");
    let [one, other] = [health().send().await.unwrap(), health().send().await.unwrap()];
    assert_ne!(id(&one), id(&other));
    let refused =
        gateway.request(Method::GET, "/api/v1/nowhere").header("traceparent", TRACEPARENT);
    let refused = refused.send().await.unwrap();
    assert_eq!((refused.status().as_u16(), id(&refused).as_str()), (404, &TRACEPARENT[3..35]));

    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let complete = gateway.request(Method::POST, &session.path("/complete"));
    let complete = complete.bearer_auth(&session.token).header("traceparent", TRACEPARENT);
    let complete = complete.header("tracestate", "a=1").header("tracestate", "b=2,c=3");
    assert_eq!(send(complete).await.status, 200);
    let asked = mock.requests();
    assert_eq!(asked[0].header("tracestate"), Some("a=1,b=2,c=3"));
    let sent = asked[0].header("traceparent").expect("it is sent on");
    assert_eq!(&sent[..36], &TRACEPARENT[..36], "the same trace");
    assert_ne!(&sent[36..52], &TRACEPARENT[36..52], "with this gateway's span");
}

/// A clock with which a request panics when it is told to.
#[derive(Default)]
struct BrokenClock(AtomicBool);

impl Clock for BrokenClock {
    fn now(&self) -> UnixMillis {
        assert!(!self.0.load(Ordering::SeqCst), "the test was told to");
        1_774_620_000_000
    }
}

#[tokio::test]
async fn a_panic_ends_with_its_request_and_is_counted() {
    let settings = settings(&[]);
    let store = Arc::new(MemoryStore::new(settings.store));
    let engines = Engines::alone(Arc::new(FakeBackend::default()));
    let clock = Arc::new(BrokenClock::default());
    let gateway = Gateway::new(&settings, engines, store, clock.clone());
    let router = build_router(gateway, &settings);
    let get = async |path: &str| {
        let request = Request::get(path).header("host", "localhost");
        let request = request.header("authorization", format!("Bearer {SERVER_KEY}"));
        let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (head, String::from_utf8(body.to_vec()).unwrap())
    };
    clock.0.store(true, Ordering::SeqCst);
    let (head, body) = get("/ready").await;
    assert_eq!(head.status, 500);
    assert!(head.headers.contains_key("x-request-id"));
    assert!(body.contains("internal_error") && !body.contains("told to"), "{body}");
    clock.0.store(false, Ordering::SeqCst);
    assert_eq!(get("/ready").await.0.status, 200);
    let (_, counts) = get("/metrics").await;
    for line in [
        "liveness_refusals_total{code=\"internal_error\"}",
        "liveness_requests_total{method=\"GET\",path=\"/ready\",status=\"500\"}",
    ] {
        assert!((count(&counts, line) - 1.0).abs() < 0.5, "{line}");
    }
}
