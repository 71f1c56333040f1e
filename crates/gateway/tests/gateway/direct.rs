//! Checks in one request that may be paid for: a client that hangs up and asks again does not pay twice.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::direct_checks::KEPT_MS;
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::mode::{Mode, Modes};
use liveness_gateway::domain::route::Engines;
use liveness_gateway::domain::tenants::{TenantId, TenantRecord};
use liveness_gateway::store::memory::MemoryStore;
use liveness_protocol::{ErrorCode, Verdict};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::common::*;

const CROPS: &str = "/api/v1/fast-check-crops";
const FRAMES: &str = "/api/v1/fast-check";

fn shop(name: &str) -> TenantId {
    name.parse().unwrap()
}

/// A gateway whose checks are paid for and wait for what comes with it, and a key of a tenant that can pay for so many.
async fn gateway(credits: i64) -> (TestGateway, Arc<Notify>, String) {
    let upstream = FakeBackend::paid();
    with_engines(Engines::alone(upstream.clone()), upstream, credits).await
}

/// The same, where a local verifier looks first, and cannot tell.
async fn local_first(credits: i64) -> (TestGateway, Arc<Notify>, String) {
    let (local, upstream) =
        (FakeBackend::deciding([(Verdict::Live, 80.0); 9]), FakeBackend::paid());
    let modes = Modes::only(Mode::LocalFirst);
    let engines = Engines::new(Some(local), Some(upstream.clone()), modes);
    with_engines(engines, upstream, credits).await
}

async fn with_engines(
    engines: Engines,
    upstream: Arc<FakeBackend>,
    credits: i64,
) -> (TestGateway, Arc<Notify>, String) {
    let settings = settings(&[]);
    let store = Arc::new(MemoryStore::new(settings.store));
    let gateway = TestGateway::start_on(settings, store, engines, upstream).await;
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let key = tenant(&gateway, "shop", credits).await;
    (gateway, gate, key)
}

async fn tenant(gateway: &TestGateway, name: &str, credits: i64) -> String {
    let record = TenantRecord { credits: Some(credits), ..TenantRecord::new(shop(name), name, 0) };
    gateway.store.add_tenant(record, By::command_line(0)).await.unwrap();
    gateway.key(KeyTerms { tenant: shop(name), ..KeyTerms::default() }).await.0
}

async fn credits(gateway: &TestGateway) -> i64 {
    gateway.store.tenant(&shop("shop")).await.unwrap().unwrap().credits.unwrap()
}

/// A check of pictures that begin with this one.
fn body(path: &str, first: u8) -> Value {
    let list = if path == FRAMES { "frames" } else { "crops" };
    let pictures = (0..10u8).map(|index| {
        let pixels = STANDARD.encode(crop(first + index));
        json!({"index": index, "pixels": pixels, "timestamp_ms": f64::from(index) * 33.0})
    });
    json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "model": "mixed-10-v2",
        list: pictures.collect::<Vec<_>>()})
}

async fn asked(gateway: &TestGateway, key: &str, path: &str, body: &Value) -> Answer {
    let request = gateway.request(Method::POST, path).header("x-api-key", key);
    send(request.json(body)).await
}

/// A check whose client leaves.
async fn left(gateway: &TestGateway, key: &str, path: &str, body: &Value) {
    let request = gateway.request(Method::POST, path).header("x-api-key", key);
    crate::common::left(gateway, request.json(body)).await;
}

/// Whether every check that was begun has ended and is settled.
fn is_over(gateway: &TestGateway) -> bool {
    gateway.gateway.activity.count() == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_request_while_its_check_runs_is_the_same_check() {
    for path in [CROPS, FRAMES] {
        let (gateway, gate, key) = gateway(5).await;
        let body = body(path, 1);
        left(&gateway, &key, path, &body).await;
        // Again, as after a broken connection, and by two at once.
        let (first, second, ()) = tokio::join!(
            asked(&gateway, &key, path, &body),
            asked(&gateway, &key, path, &body),
            async {
                until(async || gateway.gateway.direct_checks.waiting() == 2).await;
                gate.notify_one();
            }
        );
        assert_eq!((first.status, first.data()), (200, second.data()), "{path}");
        assert_eq!(gateway.backend.asked(), 1, "{path}");
        assert_eq!(credits(&gateway).await, 4, "{path}");
        // What has been answered is over: the next is a check of its own.
        let (next, ()) = tokio::join!(asked(&gateway, &key, path, &body), async {
            until(async || gateway.backend.asked() == 2).await;
            gate.notify_one();
        });
        assert_eq!((next.status, credits(&gateway).await), (200, 3), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_that_nobody_has_heard_is_there_for_whoever_asks_again() {
    // With the last credit, too.
    for (gateway, gate, key) in [gateway(1).await, local_first(1).await] {
        let body = body(CROPS, 1);
        left(&gateway, &key, CROPS, &body).await;
        gate.notify_one();
        until(async || is_over(&gateway)).await;
        for _ in 0..2 {
            let answer = asked(&gateway, &key, CROPS, &body).await;
            assert_eq!((answer.status, &answer.data()["verdict"]), (200, &json!("live")));
        }
        assert_eq!((gateway.backend.asked(), credits(&gateway).await), (1, 0));
        gateway.advance(Duration::from_millis(KEPT_MS));
        let late = asked(&gateway, &key, CROPS, &body).await;
        assert_eq!(late.code(), ErrorCode::InsufficientCredits);
        assert_eq!(gateway.backend.asked(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_check_is_not_taken_for_it() {
    let (gateway, gate, key) = gateway(9).await;
    let other_tenant = tenant(&gateway, "other", 9).await;
    let first = body(CROPS, 1);
    left(&gateway, &key, CROPS, &first).await;
    let with = |name: &str, value: Value| {
        let mut body = first.clone();
        body[name] = value;
        body
    };
    let mut others = vec![
        (&key, CROPS, body(CROPS, 40)),
        (&key, CROPS, with("warnings", json!(["Low light detected"]))),
        (&key, CROPS, with("fps", json!(12.0))),
        (&key, CROPS, with("session_id", json!("550e8400-e29b-41d4-a716-446655440001"))),
        (&key, FRAMES, body(FRAMES, 1)),
        (&other_tenant, CROPS, first.clone()),
    ];
    let mut expected = 1;
    // While the first runs, and when its outcome is there.
    for _ in 0..2 {
        for (key, path, body) in &others {
            expected += 1;
            left(&gateway, key, path, body).await;
            assert_eq!(gateway.backend.asked(), expected, "{path} {}", body["session_id"]);
        }
        for _ in 0..expected {
            gate.notify_one();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        until(async || is_over(&gateway)).await;
        // These have ended unheard as well: others are to be asked for.
        others = (0..3).map(|at| (&key, CROPS, body(CROPS, 80 + 20 * at))).collect();
    }
}

/// What cost nothing may be tried again at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_was_not_made_is_made_when_it_is_asked_for_again() {
    let (gateway, gate, key) = gateway(5).await;
    let body = body(CROPS, 1);
    let refused = BackendError::Busy { retry_after: None };
    gateway.backend.failures.lock().unwrap().push_back(refused);
    left(&gateway, &key, CROPS, &body).await;
    gate.notify_one();
    until(async || is_over(&gateway)).await;
    let (again, ()) = tokio::join!(asked(&gateway, &key, CROPS, &body), async {
        until(async || gateway.backend.asked() == 2).await;
        gate.notify_one();
    });
    assert_eq!((again.status, credits(&gateway).await), (200, 4));
    // One that may have been paid for is not made again.
    gateway.backend.failures.lock().unwrap().push_back(BackendError::Lost);
    left(&gateway, &key, CROPS, &body).await;
    gate.notify_one();
    until(async || is_over(&gateway)).await;
    assert_eq!(asked(&gateway, &key, CROPS, &body).await.status, 502);
    assert_eq!(gateway.backend.asked(), 3);
}
