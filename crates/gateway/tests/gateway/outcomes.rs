//! What a check comes to, and how often it is made: never again once it may have been paid for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{
    FakeBackend, SERVER_KEY, Session, TestGateway, WithJson as _, crop, left, send, settings,
    streamed, until,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::completion::Report;
use liveness_protocol::ErrorCode;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::Notify;

async fn full_session(gateway: &TestGateway) -> Session<'_> {
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    session
}

/// All crops of a check in one request.
fn whole_check(gateway: &TestGateway) -> RequestBuilder {
    let crops: Vec<Value> = (0..10u8)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect();
    let body = json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "crops": crops});
    gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&body)
}

/// Lets checks wait until they are told to go on.
fn hold(gateway: &TestGateway) -> Arc<Notify> {
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    gate
}

#[tokio::test]
async fn many_completions_at_once_are_one_check() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let open = async {
        while gateway.backend.checks.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(session.get(&session.token).await.data()["state"], "verifying");
        assert_eq!(session.put(0, crop(0)).await.code(), ErrorCode::SessionClosed);
        tokio::time::sleep(Duration::from_millis(100)).await;
        gate.notify_waiters();
    };
    let all = async {
        tokio::join!(
            session.complete(json!({})),
            session.complete(json!({})),
            session.complete(json!({})),
            session.complete(json!({}))
        )
    };
    let ((), (a, b, c, d)) = tokio::join!(open, all);
    assert_eq!(a.data()["verdict"], "live");
    for other in [b, c, d] {
        assert_eq!(other.body, a.body);
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1);
}

/// Each would ask the store five times a second, and hold what it was sent.
#[tokio::test]
async fn whoever_asks_for_another_run_waits_with_the_others() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = full_session(&gateway).await;
    let gate = hold(&gateway);
    let checked = async {
        until(async || gateway.backend.checks.load(Ordering::SeqCst) == 1).await;
        let others: Vec<_> = (1..=50)
            .map(|run| {
                let complete = gateway.request(Method::POST, &session.path("/complete"));
                let complete = complete.bearer_auth(&session.token).json(&json!({"run": run}));
                tokio::spawn(send(complete))
            })
            .collect();
        until(async || gateway.gateway.activity.count() == 51).await;
        for _ in 0..30 {
            assert_eq!(gateway.gateway.completions.running(), 1);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        gate.notify_one();
        others
    };
    let (first, others) = tokio::join!(session.complete(json!({})), checked);
    for other in others {
        assert_eq!(other.await.unwrap().body, first.body);
    }
}

/// They have read the session before the first had its claim.
#[tokio::test]
async fn whoever_asked_for_another_run_before_the_claim_waits_with_the_others() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = full_session(&gateway).await;
    let gate = hold(&gateway);
    let inner = &gateway.gateway;
    let id = session.id.parse().unwrap();
    let open = inner.store.get(id, inner.clock.now()).await.unwrap();
    let route = inner.route_of(&open).await.unwrap();
    let decide = |run| {
        let (completions, route) = (inner.completions.clone(), route.clone());
        let report = Report { run, ..Report::default() };
        tokio::spawn(async move { completions.complete(id, report, route).await.unwrap() })
    };
    let first = decide(0);
    until(async || gateway.backend.asked() == 1).await;
    let others: Vec<_> = (1..=50).map(decide).collect();
    until(async || inner.completions.running() == 51).await;
    gate.notify_one();
    let first = first.await.unwrap();
    for other in others {
        assert_eq!(other.await.unwrap(), first);
    }
    assert_eq!((gateway.backend.asked(), inner.completions.running()), (1, 0));
}

#[tokio::test]
async fn a_client_that_hangs_up_finds_the_verdict_later() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let request =
        gateway.request(Method::POST, &session.path("/complete")).bearer_auth(&session.token);
    tokio::select! {
        answer = request.json(&json!({})).send() => panic!("it does not wait: {answer:?}"),
        () = until(async || gateway.backend.asked() == 1) => {}
    }
    gate.notify_one();
    *gateway.backend.gate.lock().unwrap() = None;
    assert_eq!(session.complete(json!({})).await.status, 200);
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1);
}

/// Whoever comes back as told is not told that it came too late.
#[tokio::test]
async fn a_check_that_was_not_made_at_a_sessions_end_may_be_asked_for_again() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = full_session(&gateway).await;
    let gate = hold(&gateway);
    let busy = BackendError::Busy { retry_after: Some(Duration::from_secs(5)) };
    gateway.backend.failures.lock().unwrap().push_back(busy);
    gateway.advance(Duration::from_secs(295));
    let waits = async {
        until(async || gateway.backend.checks.load(Ordering::SeqCst) == 1).await;
        gateway.advance(Duration::from_secs(20));
        gate.notify_one();
    };
    let (answer, ()) = tokio::join!(session.complete(json!({})), waits);
    assert_eq!(answer.code(), ErrorCode::RateLimitExceeded);
    assert_eq!(session.get(&session.token).await.data()["state"], "open");
    gateway.advance(Duration::from_secs(5));
    gate.notify_one();
    assert_eq!(session.complete(json!({})).await.data()["verdict"], "live");
}

#[tokio::test]
async fn a_check_that_was_not_made_may_be_asked_for_again() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = full_session(&gateway).await;
    let rejected = BackendError::rejected(ErrorCode::ValidationError, "m");
    let busy = BackendError::Busy { retry_after: Some(Duration::from_secs(9)) };
    let failures = [
        (BackendError::Account(ErrorCode::InvalidKey), ErrorCode::InvalidKey),
        (BackendError::Account(ErrorCode::InsufficientCredits), ErrorCode::InsufficientCredits),
        (BackendError::Account(ErrorCode::AccountSuspended), ErrorCode::AccountSuspended),
        (BackendError::Account(ErrorCode::InsufficientScope), ErrorCode::InsufficientScope),
        (BackendError::Unavailable, ErrorCode::UpstreamUnavailable),
        (BackendError::Internal, ErrorCode::InternalError),
        (rejected, ErrorCode::ValidationError),
        (busy, ErrorCode::RateLimitExceeded),
    ];
    for (failure, code) in failures {
        gateway.backend.failures.lock().unwrap().push_back(failure);
        let answer = session.complete(json!({})).await;
        assert_eq!(answer.code(), code);
        if code == ErrorCode::RateLimitExceeded {
            assert_eq!(answer.headers["retry-after"], "9");
        }
        assert_eq!(session.get(&session.token).await.data()["state"], "open");
    }
    gateway.backend.panics.store(1, Ordering::SeqCst);
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::InternalError);
    assert_eq!(session.complete(json!({})).await.data()["verdict"], "live");
}

#[tokio::test]
async fn a_check_that_may_have_been_made_is_never_made_again() {
    type Spoil = fn(&TestGateway);
    let cases: [(Arc<FakeBackend>, Spoil, ErrorCode); 4] = [
        (
            Arc::default(),
            |gateway| gateway.backend.failures.lock().unwrap().push_back(BackendError::Lost),
            ErrorCode::VerdictLost,
        ),
        (
            Arc::default(),
            |gateway| gateway.backend.failures.lock().unwrap().push_back(BackendError::Timeout),
            ErrorCode::UpstreamTimeout,
        ),
        // A paid check whose future panics, wherever it was.
        (
            FakeBackend::paid(),
            |gateway| gateway.backend.panics.store(1, Ordering::SeqCst),
            ErrorCode::VerdictLost,
        ),
        // A check without end, see the deadline below.
        (Arc::default(), |gateway| drop(hold(gateway)), ErrorCode::UpstreamTimeout),
    ];
    for (backend, spoil, code) in cases {
        let mut settings = settings(&[]);
        settings.check_deadline = Duration::from_millis(500);
        let gateway = TestGateway::start_with(settings, backend.clone(), backend).await;
        let session = full_session(&gateway).await;
        spoil(&gateway);
        assert_eq!(session.complete(json!({})).await.code(), code);
        // Whatever would become of a further one.
        *gateway.backend.gate.lock().unwrap() = None;
        for report in [json!({}), json!({"fps": 10}), json!({"run": 1}), json!({"fps": 0})] {
            assert_eq!(session.complete(report.clone()).await.code(), code, "{report}");
        }
        assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1, "{code}");
        for credential in [session.token.as_str(), SERVER_KEY] {
            let view = session.get(credential).await;
            let data = view.data();
            assert_eq!((&data["state"], &data["error"]), (&json!("failed"), &json!(code.as_str())));
            assert_eq!((&data["verdict"], &data["missing"]), (&Value::Null, &json!([])));
        }
        // Nor with other crops.
        assert_eq!(session.put_run(1, 0, crop(0)).await.code(), ErrorCode::SessionClosed);
        assert_eq!(session.delete(&session.token).await.code(), ErrorCode::SessionClosed);
    }
}

#[tokio::test]
async fn every_check_has_the_same_deadline() {
    let mut settings = settings(&[]);
    settings.check_deadline = Duration::from_millis(100);
    let gateway = TestGateway::start(settings).await;
    let _never = hold(&gateway);
    let session = full_session(&gateway).await;
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::UpstreamTimeout);
    assert_eq!(send(whole_check(&gateway)).await.code(), ErrorCode::UpstreamTimeout);
    let mut frames: Vec<Value> = (0..10).map(|index| streamed(1, index)).collect();
    let whole = |frames: &[Value]| {
        let frames: Vec<&Value> = frames.iter().map(|frame| &frame["frame"]).collect();
        let body = json!({"session_id": uuid::Uuid::new_v4().to_string(), "frames": frames});
        gateway.paid(Method::POST, "/api/v1/fast-check").json(&body)
    };
    assert_eq!(send(whole(&frames)).await.code(), ErrorCode::UpstreamTimeout);
    let stream =
        |frame: &Value| gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(frame);
    let last = frames.pop().unwrap();
    for frame in &frames {
        assert_eq!(send(stream(frame)).await.status, 200);
    }
    assert_eq!(send(stream(&last)).await.code(), ErrorCode::UpstreamTimeout);
    // All were told to stop.
    until(async || gateway.backend.ended.load(Ordering::SeqCst) == 4).await;
}

#[tokio::test]
async fn a_check_whose_only_client_has_gone_is_given_up() {
    let gateway = TestGateway::start(settings(&[])).await;
    let _never = hold(&gateway);
    left(&gateway, whole_check(&gateway)).await;
    until(async || gateway.backend.ended.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_panic_of_the_verifier_ends_with_its_check() {
    for (backend, code) in
        [(Arc::default(), ErrorCode::InternalError), (FakeBackend::paid(), ErrorCode::VerdictLost)]
    {
        let settings = settings(&["--paid-checks", "anyone"]);
        let gateway = TestGateway::start_with(settings, backend.clone(), backend).await;
        gateway.backend.panics.store(1, Ordering::SeqCst);
        assert_eq!(send(whole_check(&gateway)).await.code(), code);
        assert_eq!(send(whole_check(&gateway)).await.status, 200);
    }
}

/// What is said with the verdict on ten pictures so many milliseconds apart, which is asked for that long after their session was
/// opened. They begin with `first`: pictures of their own, so that nothing else is said.
async fn warning_of(
    gateway: &TestGateway,
    first: u8,
    apart: f64,
    source: &str,
    age: Duration,
) -> String {
    let session = gateway.open(json!({"model": "mixed-10-v2", "source": source})).await;
    for index in 0..10u8 {
        session.put(index, crop(first + index)).await;
    }
    gateway.advance(age);
    let times: Vec<f64> = (0..10).map(|index| f64::from(index) * apart).collect();
    let verdict = session.complete(json!({"timestamps_ms": times})).await;
    verdict.data()["warning"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn times_that_no_camera_has_are_said_with_the_verdict() {
    let gateway = TestGateway::start(settings(&[])).await;
    for (first, apart, source, warned) in
        [(0, 33.0, "live", false), (20, 2.0, "live", true), (40, 2.0, "media", false)]
    {
        let warning = warning_of(&gateway, first, apart, source, Duration::ZERO).await;
        assert_eq!(warning.contains("500 a second"), warned, "{apart} {source}: {warning:?}");
    }
}

/// What is kept and sent again comes all at once; a camera would still be at its first pictures.
#[tokio::test]
async fn pictures_that_are_older_than_their_session_are_said_with_the_verdict() {
    let gateway = TestGateway::start(settings(&[])).await;
    for (first, seconds, source, warned) in
        [(0, 0, "live", true), (20, 2, "live", false), (40, 0, "media", false)]
    {
        let age = Duration::from_secs(seconds);
        let warning = warning_of(&gateway, first, 400.0, source, age).await;
        assert_eq!(warning.contains("taken before"), warned, "{seconds} {source}: {warning:?}");
    }
}
