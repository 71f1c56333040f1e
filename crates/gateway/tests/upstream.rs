//! Upstream mode against a stand-in that answers as the API's documentation does.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::mock::{API_KEY, MockUpstream, Script, error_body};
use common::{Answer, FakeBackend, Session, TestGateway, WithJson as _, crop, send, settings};
use liveness_gateway::backend::upstream::Upstream;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

async fn gateway(mock: &MockUpstream) -> TestGateway {
    TestGateway::start_with(settings(&[]), mock.backend(), Arc::new(FakeBackend::default())).await
}

async fn full_session<'a>(gateway: &'a TestGateway, body: Value) -> Session<'a> {
    let session = gateway.open(body).await;
    let frames = session.created.data()["frames_required"].as_u64().unwrap();
    session.put_all(frames as u32).await;
    session
}

/// A session of ten crops, completed once against this script.
async fn complete_against(script: Vec<Script>) -> (Answer, usize) {
    let mock = MockUpstream::start(script).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    let answer = session.complete(json!({})).await;
    (answer, mock.requests().len())
}

fn expected_crops(count: u8) -> Vec<Value> {
    (0..count)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect()
}

#[tokio::test]
async fn the_request_is_exactly_the_documented_one() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2", "source": "live"})).await;
    assert_eq!(session.created.data()["model"], "mixed-10-v2");
    assert!(mock.requests().is_empty(), "nothing goes out before the check is complete");
    let answer = session.complete(json!({"fps": 10.0, "warnings": ["dark"]})).await;

    let requests = mock.requests();
    assert_eq!(requests.len(), 1, "one request for each check");
    let request = &requests[0];
    assert_eq!(request.line, "POST /api/v1/fast-check-crops HTTP/1.1");
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["accept", "content-length", "content-type", "host", "user-agent", "x-api-key"]
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-api-key"), Some(API_KEY));
    assert_eq!(
        request.body,
        json!({
            "session_id": session.id, "model": "mixed-10-v2", "source": "live",
            "crops": expected_crops(10), "warnings": ["dark"],
        })
    );

    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["x-moveris-model-resolved"], "mixed-10-v2");
    let data = answer.data();
    assert_eq!(data["verdict"], "live");
    assert_eq!(data["type"], "VERY HIGH");
    assert_eq!(data["session_id"], session.id);
    assert_eq!(data["created_at"], "2026-03-27T14:00:00Z");
    // The verdict stands: no second request.
    assert_eq!(session.complete(json!({})).await.body, answer.body);
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn the_version_flow_is_forwarded_as_it_was_asked() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let create =
        gateway.request(Method::POST, "/api/v1/sessions").header("X-Model-Version", "latest");
    let created = send(create.json(&json!({"frame_count": 10, "model": "ignored"}))).await;
    let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
    let session =
        Session { gateway: &gateway, id: text("session_id"), token: text("token"), created };
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    let request = &mock.requests()[0];
    assert_eq!(request.header("x-model-version"), Some("latest"));
    assert_eq!(
        request.body,
        json!({
            "session_id": session.id, "frame_count": 10, "source": "media", "crops": expected_crops(10),
        })
    );
}

#[tokio::test]
async fn the_documented_endpoint_is_forwarded() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let id = "550e8400-e29b-41d4-a716-446655440000";
    let mut sent = expected_crops(12);
    sent[2]["pixels"] =
        json!(format!("data:image/png;base64,{}", sent[2]["pixels"].as_str().unwrap()));
    sent.reverse();
    // A model of tomorrow: the upstream decides whether it exists.
    let body = json!({
        "session_id": id, "model": "mixed-12-v9", "source": "live", "crops": sent,
        "bg_segmentation": false, "device_intelligence": {"vpn_detected": false},
    });
    let request = gateway.request(Method::POST, "/api/v1/fast-check-crops");
    let answer = send(request.header("x-api-key", "of-the-browser").json(&body)).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.data()["model"], "mixed-12-v9");
    let request = &mock.requests()[0];
    assert_eq!(request.header("x-api-key"), Some(API_KEY), "the gateway's key, never the caller's");
    assert_eq!(
        request.body,
        json!({
            "session_id": id, "model": "mixed-12-v9", "source": "live", "crops": expected_crops(12),
            "bg_segmentation": false,
        })
    );
    let local = json!({"session_id": id, "model": "local-1-10", "crops": expected_crops(10)});
    let local = send(gateway.request(Method::POST, "/api/v1/fast-check-crops").json(&local)).await;
    assert_eq!(local.code(), ErrorCode::UnknownModel);
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn hybrid_models_are_told_the_rate() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "hybrid-v2-10"})).await;
    assert_eq!(session.complete(json!({"fps": 9.5})).await.status, 200);
    assert_eq!(mock.requests()[0].body["fps"], 9.5);
}

#[tokio::test]
async fn deprecation_headers_are_passed_on() {
    let headers = &[
        ("Deprecation", "true"),
        ("Sunset", "Sat, 01 Aug 2026 00:00:00 GMT"),
        ("X-Moveris-Deprecated-Model", "mixed-10"),
        ("X-Moveris-Suggested-Model", "mixed-10-v2"),
        ("Set-Cookie", "upstream=1"),
        ("X-Internal", "yes"),
    ];
    let mock = MockUpstream::start([Script::VerdictWith(headers)]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10"})).await;
    let first = session.complete(json!({})).await;
    let again = session.complete(json!({})).await;
    let read = session.get(&session.token).await;
    for answer in [first, again, read] {
        for (name, value) in &headers[..4] {
            assert_eq!(answer.headers[*name], *value);
        }
        assert!(
            !answer.headers.contains_key("set-cookie")
                && !answer.headers.contains_key("x-internal")
        );
    }
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let busy = error_body("rate_limit_exceeded", "Rate limit exceeded");
    let start = Instant::now();
    let (answer, requests) =
        complete_against(vec![Script::Json(429, &[("Retry-After", "1")], busy)]).await;
    assert_eq!((answer.status, requests), (200, 2));
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_left_to_the_client() {
    let busy = error_body("rate_limit_exceeded", "Rate limit exceeded");
    let start = Instant::now();
    let (answer, requests) =
        complete_against(vec![Script::Json(429, &[("Retry-After", "120")], busy)]).await;
    assert_eq!((answer.code(), requests), (ErrorCode::RateLimitExceeded, 1));
    assert_eq!(answer.headers["retry-after"], "120");
    assert!(start.elapsed() < Duration::from_secs(8));
}

#[tokio::test]
async fn failures_that_pass_are_tried_again() {
    let failed = |status| Script::Json(status, &[], error_body("internal_error", "oops"));
    for script in [
        vec![failed(500)],
        vec![failed(503), failed(502)],
        vec![Script::Hangup],
        vec![Script::CutMidBody],
        vec![Script::Raw(b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops".to_vec())],
        vec![Script::Raw(b"not even HTTP\r\n\r\n".to_vec()), Script::CutMidBody],
        vec![Script::Json(429, &[], error_body("rate_limit_exceeded", "m"))],
    ] {
        let tries = script.len() + 1;
        let (answer, requests) = complete_against(script).await;
        assert_eq!((answer.status, requests), (200, tries), "{:?}", answer.body);
    }
}

#[tokio::test]
async fn failures_that_last_are_given_up() {
    let failed = || Script::Json(500, &[], error_body("internal_error", "oops, at db-3.internal"));
    let mock = MockUpstream::start([failed(), failed(), failed()]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    let answer = session.complete(json!({})).await;
    assert_eq!(answer.code(), ErrorCode::UpstreamUnavailable);
    assert!(!answer.body.to_string().contains("db-3"));
    assert_eq!(mock.requests().len(), 3);
    // The crops are still there: asking again is enough.
    assert_eq!(session.complete(json!({})).await.status, 200);
    let requests = mock.requests();
    assert_eq!(requests[3].body, requests[0].body, "each try is the same request");
}

#[tokio::test]
async fn nothing_else_is_tried_again() {
    use ErrorCode::*;
    let json =
        |status, code: &str, message: &str| Script::Json(status, &[], error_body(code, message));
    let redirect =
        b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    for (script, code) in [
        (json(401, "invalid_key", "Not authenticated"), InvalidKey),
        (
            json(402, "insufficient_credits", "Insufficient credits. Required: 1, available: 0"),
            InsufficientCredits,
        ),
        (json(402, "account_suspended", "Pay your invoice 4711."), AccountSuspended),
        (
            json(403, "insufficient_scope", "API key lacks required scope: detection:write"),
            InsufficientScope,
        ),
        (json(400, "insufficient_frames", "m"), InsufficientFrames),
        (json(400, "missing_field", "m"), MissingField),
        (json(400, "validation_error", "m"), ValidationError),
        (json(400, "session_id", "session_id is required"), ValidationError),
        (json(404, "not_found", "m"), UpstreamUnavailable),
        (json(413, "payload_too_large", "m"), UpstreamUnavailable),
        (json(418, "teapot", "m"), UpstreamUnavailable),
        (Script::Raw(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno".to_vec()), InvalidKey),
        (Script::Raw(redirect.to_vec()), UpstreamUnavailable),
        (
            Script::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>".to_vec()),
            UpstreamUnavailable,
        ),
        (
            Script::Json(
                200,
                &[],
                json!({"verdict": "live", "real_score": 1, "score": 100, "session_id": "x"}),
            ),
            UpstreamUnavailable,
        ),
        (
            Script::Json(200, &[], json!({"success": true, "data": {"verdict": "perhaps"}})),
            UpstreamUnavailable,
        ),
        (Script::Json(200, &[], json!({"success": true, "data": null})), UpstreamUnavailable),
        (Script::Json(200, &[], error_body("internal_error", "m")), UpstreamUnavailable),
    ] {
        let (answer, requests) = complete_against(vec![script]).await;
        assert_eq!((answer.code(), requests), (code, 1), "{:?}", answer.body);
        if matches!(code, InvalidKey | InsufficientCredits | AccountSuspended | InsufficientScope) {
            assert_eq!(
                answer.body["message"],
                code.message(),
                "the account's state is nobody's business"
            );
        }
    }
}

#[tokio::test]
async fn a_verdict_for_another_session_is_no_verdict() {
    let body = json!({"success": true, "message": "OK", "data": {
        "verdict": "live", "real_score": 0.99, "score": 99.0,
        "session_id": "550e8400-e29b-41d4-a716-446655440000"}});
    let (answer, _) = complete_against(vec![Script::Json(200, &[], body)]).await;
    assert_eq!(answer.code(), ErrorCode::UpstreamUnavailable);
}

#[tokio::test]
async fn inconclusive_is_a_verdict() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    mock.then(Script::Json(200, &[], json!({"success": true, "message": "OK", "data": {
        "verdict": "inconclusive", "real_score": 0.5, "score": 50.0, "type": "MEDIUM", "session_id": session.id}})));
    assert_eq!(session.complete(json!({})).await.data()["verdict"], "inconclusive");
}

#[tokio::test]
async fn a_slow_upstream_is_a_timeout_and_not_asked_twice() {
    let mock = MockUpstream::start([Script::Silence(Duration::from_secs(20))]).await;
    let mut config = mock.config();
    config.attempt_timeout = Duration::from_millis(1500);
    let backend = Arc::new(Upstream::new(config).unwrap());
    let gateway = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::UpstreamTimeout);
    assert_eq!(mock.requests().len(), 1, "it may have cost a credit already");
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let mut endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n".to_vec();
    endless.resize(2_000_000, b' ');
    let (answer, requests) = complete_against(vec![Script::Raw(endless)]).await;
    assert_eq!((answer.code(), requests), (ErrorCode::UpstreamUnavailable, 1));
}

#[tokio::test]
async fn an_upstream_that_is_not_there() {
    let mock = MockUpstream::start([]).await;
    let mut config = mock.config();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    config.base_url = format!("http://127.0.0.1:{port}").parse().unwrap();
    let backend = Arc::new(Upstream::new(config).unwrap());
    let gateway = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::UpstreamUnavailable);
}

#[tokio::test]
async fn a_base_url_may_have_a_path() {
    let mock = MockUpstream::start([]).await;
    let mut config = mock.config();
    config.base_url = format!("{}/proxy/", mock.url).parse().unwrap();
    let backend = Arc::new(Upstream::new(config).unwrap());
    let gateway = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
    let session = full_session(&gateway, json!({"model": "mixed-10-v2"})).await;
    session.complete(json!({})).await;
    assert_eq!(mock.requests()[0].line, "POST /proxy/api/v1/fast-check-crops HTTP/1.1");
}

#[tokio::test]
async fn health_and_models_say_upstream() {
    let mock = MockUpstream::start([]).await;
    let gateway = gateway(&mock).await;
    let health = send(gateway.request(Method::GET, "/health")).await;
    assert_eq!(health.data()["mode"], "upstream");
    let models = send(gateway.request(Method::GET, "/api/v1/models")).await;
    let ids: Vec<_> =
        models.data().as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"mixed-30-v2") && ids.iter().all(|id| !id.starts_with("local")));
    assert!(mock.requests().is_empty(), "neither asks the upstream anything");
}
