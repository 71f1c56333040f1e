//! What the gateway makes of an upstream's answers, and how often it asks.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::common::mock::{MockUpstream, Script, encoded, error_body};
use crate::common::{
    Answer, Session, TestGateway, WithJson as _, port_of_nobody, send, settings, streamed,
};
use liveness_gateway::backend::BackendError;
use liveness_gateway::backend::upstream::Upstream;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

async fn gateway(mock: &MockUpstream) -> TestGateway {
    TestGateway::start_with(settings(&[]), mock.backend(), Arc::default()).await
}

async fn full_session(gateway: &TestGateway) -> Session<'_> {
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    session
}

/// A session of ten crops, completed once against this script.
async fn complete_against(script: Vec<Script>) -> (Answer, usize) {
    let mock = MockUpstream::start(script).await;
    let gateway = gateway(&mock).await;
    let answer = full_session(&gateway).await.complete(json!({})).await;
    (answer, mock.requests().len())
}

/// As something between here and the API answers.
fn foreign(status: u16) -> Script {
    let body = "<html><h1>An error</h1></html>";
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} No\r\nContent-Type: text/html\r\nContent-Length: {length}");
    Script::Raw(format!("{head}\r\n\r\n{body}").into_bytes())
}

fn failed(status: u16, code: &str) -> Script {
    Script::Json(status, &[], error_body(code, "m"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &Default::default()).unwrap();
    out
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

fn identity(bytes: &[u8]) -> Vec<u8> {
    bytes.to_vec()
}

#[tokio::test]
async fn an_answer_is_read_in_every_encoding() {
    type Encode = fn(&[u8]) -> Vec<u8>;
    let encodings: [(&str, Encode); 5] = [
        ("gzip", gzip),
        ("deflate", deflate),
        ("br", brotli),
        ("zstd", zstd),
        ("identity", identity),
    ];
    for (name, encode) in encodings {
        let (answer, requests) = complete_against(vec![Script::Encoded(name, encode)]).await;
        assert_eq!((answer.status, requests), (200, 1), "{name}: {:?}", answer.body);
        assert_eq!(answer.data()["score"], 92.0, "{name}");
        // A failure as well, which is then understood.
        let failure = error_body("insufficient_credits", "m").to_string();
        let script = vec![Script::Raw(encoded(402, name, &encode(failure.as_bytes())))];
        let (answer, requests) = complete_against(script).await;
        assert_eq!((answer.code(), requests), (ErrorCode::InsufficientCredits, 1), "{name}");
    }
}

/// The verdict is lost, the session says so for good, and nobody asks the upstream a second time.
async fn assert_lost(what: &str, script: Script) {
    let mock = MockUpstream::start([script]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway).await;
    for report in [json!({}), json!({}), json!({"fps": 10})] {
        assert_eq!(session.complete(report).await.code(), ErrorCode::VerdictLost, "{what}");
    }
    assert_eq!(mock.requests().len(), 1, "{what}");
    let view = session.get(&session.token).await;
    assert_eq!(view.data()["error"], "verdict_lost", "{what}");
}

#[tokio::test]
async fn a_check_whose_answer_is_lost_is_not_made_again() {
    let whole = |data: Value| Script::Json(200, &[], json!({"success": true, "data": data}));
    let verdict_of =
        |id: &str| json!({"verdict": "live", "real_score": 1, "score": 100, "session_id": id});
    let mut endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n".to_vec();
    endless.resize(2_000_000, b' ');
    let mut damaged = gzip(b"{}");
    damaged.truncate(12);
    let bomb = gzip(&vec![b' '; 50_000_000]);
    assert!(bomb.len() < 100_000);
    for (what, script) in [
        ("no answer", Script::Hangup),
        ("half an answer", Script::CutMidBody),
        ("not HTTP", Script::Raw(b"not even HTTP\r\n\r\n".to_vec())),
        ("HTML for a verdict", foreign(200)),
        ("no envelope", Script::Json(200, &[], verdict_of("x"))),
        ("an unknown verdict", whole(json!({"verdict": "perhaps"}))),
        ("no data", whole(Value::Null)),
        ("another session's", whole(verdict_of("550e8400-e29b-41d4-a716-446655440000"))),
        ("an unknown encoding", Script::Encoded("compress", |_| vec![0x1f, 0x9d, 0x90])),
        ("two encodings, one unknown", Script::Encoded("gzip, compress", gzip)),
        ("a damaged encoding", Script::Raw(encoded(200, "gzip", &damaged))),
        ("another encoding than it says", Script::Encoded("br", gzip)),
        ("no end", Script::Raw(endless)),
        ("small, but no end once decoded", Script::Raw(encoded(200, "gzip", &bomb))),
        ("a gateway that saw the upstream fail", foreign(502)),
        ("a gateway that waited in vain", foreign(504)),
        ("a server that fell over", foreign(500)),
        ("a gateway that lost the verdict", failed(502, "verdict_lost")),
    ] {
        assert_lost(what, script).await;
    }
}

#[tokio::test]
async fn a_slow_upstream_is_asked_once() {
    let silence = || Script::Silence(Duration::from_secs(20));
    for (script, expected) in [
        (silence(), ErrorCode::UpstreamTimeout),
        // It says itself that it had no time.
        (failed(504, "upstream_timeout"), ErrorCode::UpstreamTimeout),
    ] {
        let mock = MockUpstream::start([script]).await;
        let mut config = mock.config();
        config.attempt_timeout = Duration::from_millis(1500);
        let backend = Arc::new(Upstream::new(config).unwrap());
        let gateway = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
        let session = full_session(&gateway).await;
        for _ in 0..3 {
            assert_eq!(session.complete(json!({})).await.code(), expected);
        }
        assert_eq!(mock.requests().len(), 1, "it may have cost a credit already");
    }
}

#[tokio::test]
async fn a_check_that_was_certainly_not_made_is_tried_again() {
    for script in [
        vec![failed(500, "internal_error")],
        vec![failed(503, "upstream_unavailable"), failed(502, "internal_error")],
        vec![failed(429, "rate_limit_exceeded"), failed(408, "request_timeout")],
        vec![foreign(503), foreign(429)],
        vec![foreign(408)],
    ] {
        let tries = script.len() + 1;
        let (answer, requests) = complete_against(script).await;
        assert_eq!((answer.status, requests), (200, tries), "{:?}", answer.body);
    }
}

#[tokio::test]
async fn failures_that_last_are_given_up_and_may_be_asked_about_again() {
    let failed = || Script::Json(500, &[], error_body("internal_error", "oops, at db-3.internal"));
    let mock = MockUpstream::start([failed(), failed(), failed()]).await;
    let gateway = gateway(&mock).await;
    let session = full_session(&gateway).await;
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
async fn refusals_are_not_tried_again() {
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
        (foreign(401), UpstreamUnavailable),
        (foreign(402), UpstreamUnavailable),
        (foreign(403), UpstreamUnavailable),
        (foreign(407), UpstreamUnavailable),
        (foreign(404), UpstreamUnavailable),
        (foreign(413), UpstreamUnavailable),
        (Script::Raw(redirect.to_vec()), UpstreamUnavailable),
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
async fn retry_after_is_obeyed() {
    // As seconds, and as a date by a clock that is years behind.
    const BY_ITS_CLOCK: &[(&str, &str)] = &[
        ("Date", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("Retry-After", "Wed, 21 Oct 2015 07:28:01 GMT"),
    ];
    for headers in [&[("Retry-After", "1")], BY_ITS_CLOCK] {
        let busy = error_body("rate_limit_exceeded", "Rate limit exceeded");
        let start = Instant::now();
        let (answer, requests) = complete_against(vec![Script::Json(429, headers, busy)]).await;
        assert_eq!((answer.status, requests), (200, 2));
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_wait_that_does_not_fit_is_left_to_the_client() {
    // The second one asks for 30 s, by a clock that is years ahead.
    const BY_ITS_CLOCK: &[(&str, &str)] = &[
        ("Date", "Wed, 21 Oct 2099 07:28:00 GMT"),
        ("Retry-After", "Wed, 21 Oct 2099 07:28:30 GMT"),
    ];
    for (headers, seconds) in [(&[("Retry-After", "120")][..], "120"), (BY_ITS_CLOCK, "30")] {
        let busy = error_body("rate_limit_exceeded", "Rate limit exceeded");
        let start = Instant::now();
        let (answer, requests) = complete_against(vec![Script::Json(429, headers, busy)]).await;
        assert_eq!((answer.code(), requests), (ErrorCode::RateLimitExceeded, 1));
        assert_eq!(answer.headers["retry-after"], seconds);
        assert!(start.elapsed() < Duration::from_secs(8));
    }
}

#[tokio::test]
async fn an_upstream_that_cannot_be_reached_may_be_asked_again() {
    let mock = MockUpstream::start([]).await;
    let mut config = mock.config();
    let (_nobody, port) = port_of_nobody();
    config.base_url = format!("http://127.0.0.1:{port}").parse().unwrap();
    let backend = Arc::new(Upstream::new(config).unwrap());
    let gateway = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
    let session = full_session(&gateway).await;
    // Nobody was asked, so the check may be asked for again.
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::UpstreamUnavailable);
    assert_eq!(session.get(&session.token).await.data()["state"], "open");
}

#[tokio::test]
async fn what_an_upstream_finds_wrong_with_a_stream_is_passed_on() {
    let gateway = TestGateway::start(settings(&[])).await;
    let stream = |index| {
        let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
        send(request.json(&streamed(1, index)))
    };
    for index in 0..9 {
        assert_eq!(stream(index).await.status, 200);
    }
    for code in [ErrorCode::InsufficientFrames, ErrorCode::MissingField, ErrorCode::ValidationError]
    {
        let rejected = BackendError::rejected(code, "m");
        gateway.backend.failures.lock().unwrap().push_back(rejected);
        assert_eq!(stream(9).await.code(), code);
    }
}
