//! Checks that are paid for: who may ask for them, what is looked at first, and how many go out at once.

use std::sync::Arc;
use std::time::Duration;

use crate::common::mock::{MockUpstream, Script};
use crate::common::{FakeBackend, SERVER_KEY, TestGateway, WithJson as _, crop, send, settings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use liveness_gateway::backend::CheckBackend as _;
use liveness_gateway::domain::check::{CheckRequest, Pictures, Urgency};
use liveness_protocol::{ErrorCode, ModelChoice, Source};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

async fn gateway(mock: &MockUpstream, flags: &[&str]) -> TestGateway {
    TestGateway::start_with(settings(flags), mock.backend(), Arc::new(FakeBackend::default())).await
}

fn body(id: u32, png: &[u8]) -> Value {
    let crops = (0..10).map(|index| json!({"index": index, "pixels": STANDARD.encode(png)}));
    let id = format!("550e8400-e29b-41d4-a716-4466{id:08}");
    json!({"session_id": id, "model": "mixed-10-v2", "crops": crops.collect::<Vec<_>>()})
}

fn check(gateway: &TestGateway) -> RequestBuilder {
    gateway.request(Method::POST, "/api/v1/fast-check-crops").json(&body(0, &crop(0)))
}

#[tokio::test]
async fn a_check_without_a_session_needs_the_server_key_where_it_costs_something() {
    let mock = MockUpstream::start([]).await;
    let closed = gateway(&mock, &[]).await;
    let open = gateway(&mock, &["--paid-checks", "anyone"]).await;
    let session = closed.open(json!({})).await;
    for path in ["fast-check-crops", "fast-check", "fast-check-stream"] {
        let ask = || closed.request(Method::POST, &format!("/api/v1/{path}")).json(&json!({}));
        for refused in [
            ask(),
            ask().bearer_auth("wrong"),
            ask().bearer_auth(&session.token),
            ask().header("x-api-key", ""),
            ask().header("x-api-key", "of-the-browser"),
        ] {
            assert_eq!(send(refused).await.code(), ErrorCode::InvalidKey, "{path}");
        }
    }
    assert!(mock.requests().is_empty(), "nobody has paid");
    assert_eq!(send(check(&closed).bearer_auth(SERVER_KEY)).await.status, 200);
    assert_eq!(send(check(&closed).header("x-api-key", SERVER_KEY)).await.status, 200);
    assert_eq!(send(check(&open)).await.status, 200);
    let local = TestGateway::start(settings(&[])).await;
    assert_eq!(send(check(&local)).await.status, 200, "here it costs nothing");
}

#[tokio::test]
async fn nobody_pays_for_what_is_no_picture() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock, &[]).await;
    let good = crop(3);
    let mut damaged = good.clone();
    damaged[60] ^= 1;
    let trailing = [&good[..], b"more"].concat();
    for (png, why) in [
        (&good[..8], "breaks off"),
        (&good[..good.len() / 2], "breaks off"),
        (&damaged[..], "damaged"),
        (&trailing[..], "behind its end"),
        (&b"GIF89a"[..], "not a PNG"),
    ] {
        let request = gateway.paid(Method::POST, "/api/v1/fast-check-crops");
        let answer = send(request.json(&body(0, png))).await;
        assert_eq!(answer.code(), ErrorCode::ValidationError, "{why}");
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.starts_with("crops[0].pixels: ") && message.contains(why), "{message}");
    }
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn the_upstream_is_asked_for_so_many_checks_at_once() {
    let slow = (0..100).map(|_| Script::Silence(Duration::from_secs(4)));
    let mock = MockUpstream::start(slow).await;
    let gateway = Arc::new(gateway(&mock, &[]).await);
    let png = crop(1);
    let asked: Vec<_> = (0..100)
        .map(|id| {
            let request = gateway.paid(Method::POST, "/api/v1/fast-check-crops");
            tokio::spawn(send(request.json(&body(id, &png))))
        })
        .collect();
    let mut most = 0;
    while most < 64 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        most = mock.requests().len();
        assert!(most <= 64, "{most} at once");
        assert!(!asked.iter().any(tokio::task::JoinHandle::is_finished), "{most} were enough");
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(mock.requests().len(), 64, "the others wait");
    for answer in asked {
        answer.abort();
    }
}

/// What was given up before anybody was asked can be asked for again; and nobody is asked who has no time left to answer.
#[tokio::test]
async fn a_check_whose_time_is_up_before_it_is_made_costs_nothing() {
    let mock = MockUpstream::start([]).await;
    let backend = mock.backend();
    let text = Bytes::from(STANDARD.encode(crop(1)));
    let request = |urgency| CheckRequest {
        session_id: Uuid::from_u128(1),
        urgency,
        model: ModelChoice::Id("mixed-10-v2".into()),
        pictures: Pictures::CropTexts(vec![text.clone(); 10]),
        timestamps_ms: Vec::new(),
        fps: None,
        states_fps: false,
        source: Source::Media,
        warnings: Vec::new(),
        bg_segmentation: None,
        device_intelligence: None,
        session_age_ms: None,
    };
    for urgency in [Urgency::Session, Urgency::Direct] {
        for left in [0, 600, 2_000] {
            let end = Instant::now() + Duration::from_millis(left);
            let error = backend.check(request(urgency), end).await.unwrap_err();
            assert!(!error.is_final(), "{left} ms: {error}");
            assert!(Instant::now() < end + Duration::from_secs(1));
        }
    }
    assert!(mock.requests().is_empty());
    let end = Instant::now() + Duration::from_secs(20);
    assert!(backend.check(request(Urgency::Session), end).await.is_ok());
}

/// What an upstream says cannot make up lines of the log, here or where the answer is logged.
#[tokio::test]
async fn an_upstreams_words_stay_in_one_line() {
    let message = "no\nERROR forged \u{1b}[31mline\r\u{0}";
    let answer = json!({"data": null, "success": false, "message": message,
        "errors": [{"validation_error": [message]}]});
    let mock = MockUpstream::start([Script::Json(400, &[], answer)]).await;
    let gateway = gateway(&mock, &[]).await;
    let answer = send(check(&gateway).bearer_auth(SERVER_KEY)).await;
    assert_eq!(answer.body["message"], "no ERROR forged  [31mline  ");
}
