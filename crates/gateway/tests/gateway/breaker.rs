//! An upstream that keeps failing is left alone for a while, and asked again by one check.

use std::sync::Arc;
use std::time::Duration;

use crate::common::mock::{MockUpstream, Script, error_body};
use crate::common::{
    Answer, FakeBackend, Session, TestGateway, WithJson as _, crop, port_of_nobody, send, settings,
    until,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::upstream::{Upstream, UpstreamConfig};
use liveness_gateway::domain::breaker::BreakerSettings;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

/// A second, as the answers say; and long enough for a few checks on a busy machine.
const REST: Duration = Duration::from_secs(1);

async fn gateway(
    mock: &MockUpstream,
    failures: u32,
    change: impl FnOnce(&mut UpstreamConfig),
) -> TestGateway {
    let mut config = mock.config();
    config.breaker = BreakerSettings { failures, rest: REST };
    change(&mut config);
    let backend = Arc::new(Upstream::new(config).unwrap());
    TestGateway::start_with(settings(&[]), backend, Arc::new(FakeBackend::default())).await
}

/// A check of a back end, in one request; another each time.
async fn check(gateway: &TestGateway) -> Answer {
    let crops: Vec<Value> = (0..10u8)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect();
    let body = json!({"session_id": uuid::Uuid::new_v4().to_string(), "crops": crops});
    send(gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&body)).await
}

async fn full_session(gateway: &TestGateway) -> Session<'_> {
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    session
}

/// What `/health` says of the upstream, and `/metrics`.
async fn seen(gateway: &TestGateway) -> (String, bool) {
    let health = send(gateway.request(Method::GET, "/health")).await;
    let word = health.data()["dependencies"]["upstream"].as_str().unwrap().to_owned();
    assert_eq!(health.data()["status"] == "degraded", word == "down");
    let metrics = gateway.paid(Method::GET, "/metrics").send().await.unwrap();
    let text = metrics.text().await.unwrap();
    (word, text.lines().any(|line| line == r#"liveness_upstream_asked{backend="upstream"} 1"#))
}

fn down(status: u16) -> Script {
    Script::Json(status, &[], error_body("internal_error", "down"))
}

#[tokio::test]
async fn an_upstream_that_keeps_failing_is_left_alone_until_one_check_finds_it_well() {
    let mock = MockUpstream::start([Script::Hangup, Script::CutMidBody, Script::Hangup]).await;
    let gateway = gateway(&mock, 3, |_| {}).await;
    assert_eq!(seen(&gateway).await, ("ok".to_owned(), true));
    for _ in 0..3 {
        assert_eq!(check(&gateway).await.code(), ErrorCode::VerdictLost);
    }
    assert_eq!(seen(&gateway).await, ("down".to_owned(), false));
    let session = full_session(&gateway).await;
    for _ in 0..3 {
        for refused in [check(&gateway).await, session.complete(json!({})).await] {
            assert_eq!(refused.code(), ErrorCode::TooManySessions);
            assert_eq!(
                (refused.status, &refused.headers["retry-after"]),
                (503, &"1".parse().unwrap())
            );
        }
    }
    assert_eq!(mock.requests().len(), 3, "nobody asks");
    tokio::time::sleep(REST).await;
    // One finds out, and the others do not wait for it.
    mock.then(Script::Silence(Duration::from_secs(3)));
    let others = async {
        until(async || mock.requests().len() == 4).await;
        assert_eq!(seen(&gateway).await, ("probing".to_owned(), false));
        check(&gateway).await
    };
    let (probe, other) = tokio::join!(check(&gateway), others);
    assert_eq!((probe.status, other.status), (200, 503));
    assert_eq!(seen(&gateway).await, ("ok".to_owned(), true));
    assert_eq!(session.complete(json!({})).await.data()["verdict"], "live");
    assert_eq!(mock.requests().len(), 5, "one request for each check");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_an_upstream_that_cannot_be_reached_is_not() {
    let refusals = (0..6).map(|number| match number % 3 {
        0 => Script::Json(402, &[], error_body("insufficient_credits", "m")),
        1 => Script::Json(400, &[], error_body("validation_error", "m")),
        _ => Script::Json(429, &[("Retry-After", "60")], error_body("rate_limit_exceeded", "m")),
    });
    let mock = MockUpstream::start(refusals).await;
    let gateway_of_it = gateway(&mock, 2, |_| {}).await;
    for _ in 0..6 {
        assert!((400..500).contains(&check(&gateway_of_it).await.status));
    }
    assert_eq!(check(&gateway_of_it).await.status, 200);

    let (_nobody, nobody) = port_of_nobody();
    let nowhere = gateway(&mock, 3, |config| {
        config.base_url = format!("http://127.0.0.1:{nobody}").parse().unwrap();
    })
    .await;
    // Three attempts.
    assert_eq!(check(&nowhere).await.code(), ErrorCode::UpstreamUnavailable);
    assert_eq!(check(&nowhere).await.code(), ErrorCode::TooManySessions);
}

/// `--upstream-down wait`: more failures than a check has attempts, and one rest after the other.
#[tokio::test]
async fn a_session_waits_for_an_upstream_that_is_down_where_it_is_told_to() {
    let mock = MockUpstream::start((0..5).map(|_| down(503))).await;
    let patient = gateway(&mock, 2, |config| config.sessions_wait = true).await;
    let session = full_session(&patient).await;
    let direct = async {
        tokio::time::sleep(REST / 2).await;
        check(&patient).await
    };
    let (verdict, direct) = tokio::join!(session.complete(json!({})), direct);
    assert_eq!(direct.code(), ErrorCode::TooManySessions, "who asks at once is told at once");
    assert_eq!(verdict.data()["verdict"], "live");
    assert_eq!(mock.requests().len(), 6);

    // As long as its check may take, and no longer; then it can be asked for again.
    let mock = MockUpstream::start((0..20).map(|_| down(503))).await;
    let limited = gateway(&mock, 2, |config| {
        config.sessions_wait = true;
        config.deadline = 2 * REST;
    })
    .await;
    let session = full_session(&limited).await;
    let failed = session.complete(json!({})).await;
    assert!([502, 503].contains(&failed.status), "{}", failed.status);
    assert_eq!(session.get(&session.token).await.data()["state"], "open");
}
