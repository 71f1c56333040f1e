//! Which engine decides: the verifier in the gateway, the upstream, or the one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::local::Local;
use liveness_gateway::backend::upstream::{Upstream, UpstreamConfig};
use liveness_gateway::backend::{BackendError, CheckBackend};
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::mode::{Mode, Modes};
use liveness_gateway::domain::route::Engines;
use liveness_gateway::domain::tenants::{TenantChange, TenantId, TenantRecord};
use liveness_gateway::store::memory::MemoryStore;
use liveness_protocol::{ErrorCode, Verdict};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::mock::{MockUpstream, Script, error_body};
use crate::common::*;

/// The sessions' verdicts of the local verifier that are clear, and those that are not.
const CLEAR: [(Verdict, f64); 2] = [(Verdict::Live, 92.0), (Verdict::Fake, 5.0)];
const BORDERLINE: [(Verdict, f64); 3] =
    [(Verdict::Live, 80.0), (Verdict::Fake, 35.0), (Verdict::Inconclusive, 5.0)];

/// A gateway with both engines in these modes.
async fn with_modes(
    modes: Modes,
    local: Arc<dyn CheckBackend>,
    upstream: Arc<dyn CheckBackend>,
    fake: Arc<FakeBackend>,
) -> TestGateway {
    let settings = settings(&["--recycled-pictures", "warn"]);
    let store = Arc::new(MemoryStore::new(settings.store));
    let engines = Engines::new(Some(local), Some(upstream), modes);
    TestGateway::start_on(settings, store, engines, fake).await
}

/// One whose local verifier gives these verdicts first, with the stand-in for the upstream behind it.
async fn local_first(
    verdicts: impl IntoIterator<Item = (Verdict, f64)>,
    mock: &MockUpstream,
) -> TestGateway {
    let fake = FakeBackend::deciding(verdicts);
    with_modes(Modes::only(Mode::LocalFirst), fake.clone(), mock.backend(), fake).await
}

/// A tenant with a row.
async fn tenant(gateway: &TestGateway, id: TenantId, credits: Option<i64>, mode: Option<Mode>) {
    let record = TenantRecord { credits, mode, ..TenantRecord::new(id, "n", 0) };
    gateway.store.add_tenant(record, By::command_line(0)).await.unwrap();
}

async fn credits(gateway: &TestGateway) -> Option<i64> {
    gateway.store.tenant(&TenantId::default()).await.unwrap().unwrap().credits
}

fn pictures() -> Vec<Value> {
    let picture = |index: u8| json!({"index": index, "timestamp_ms": 100 * u32::from(index), "pixels": STANDARD.encode(crop(index))});
    (0..10).map(picture).collect()
}

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

async fn check(gateway: &TestGateway, model: &str) -> Answer {
    let body = json!({"session_id": ID, "model": model, "crops": pictures()});
    send(gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&body)).await
}

async fn check_frames(gateway: &TestGateway) -> Answer {
    let body = json!({"session_id": ID, "model": "mixed-10-v2", "frames": pictures()});
    send(gateway.paid(Method::POST, "/api/v1/fast-check").json(&body)).await
}

async fn check_stream(gateway: &TestGateway) -> Answer {
    let mut answers = Vec::new();
    for frame in pictures() {
        let body = json!({"session_id": ID, "model": "mixed-10-v2", "frame": frame});
        let request = gateway.paid(Method::POST, "/api/v1/fast-check-stream");
        answers.push(send(request.json(&body)).await);
    }
    answers.pop().unwrap()
}

async fn full_session(gateway: &TestGateway) -> Session<'_> {
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    session
}

async fn check_session(gateway: &TestGateway) -> Answer {
    full_session(gateway).await.complete(json!({})).await
}

/// Who has decided, by the header and by the model.
fn decided_by(answer: &Answer) -> (&str, &str) {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    (
        answer.headers["x-liveness-engine"].to_str().unwrap(),
        answer.data()["model"].as_str().unwrap(),
    )
}

#[tokio::test]
async fn local_first_decides_what_is_clear_and_asks_nobody() {
    let mock = MockUpstream::start([]).await;
    let gateway = local_first(CLEAR.into_iter().cycle().take(8), &mock).await;
    // Nothing has to be paid for.
    tenant(&gateway, TenantId::default(), Some(0), None).await;
    for _ in CLEAR {
        for answer in [
            check(&gateway, "mixed-10-v2").await,
            check_frames(&gateway).await,
            check_session(&gateway).await,
        ] {
            assert_eq!(decided_by(&answer), ("local", "local-1-10"));
        }
    }
    assert_eq!(decided_by(&check_stream(&gateway).await), ("local", "local-1-10"));
    assert_eq!(credits(&gateway).await, Some(0));
    // The real verifier too.
    let (local, modes) = (Arc::new(Local::new(None).unwrap()), Modes::only(Mode::LocalFirst));
    let gateway = with_modes(modes, local, mock.backend(), Arc::default()).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    for index in 0..10 {
        session.put(index, crop(1)).await;
    }
    let still = session.complete(json!({"fps": 10})).await;
    assert_eq!((decided_by(&still).0, &still.data()["verdict"]), ("local", &json!("fake")));
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn local_first_asks_the_upstream_once_where_it_is_borderline() {
    let mock = MockUpstream::start([]).await;
    let gateway = local_first(BORDERLINE.into_iter().cycle().take(10), &mock).await;
    tenant(&gateway, TenantId::default(), Some(20), None).await;
    let mut asked = 0;
    for _ in BORDERLINE {
        for answer in [check(&gateway, "mixed-10-v2").await, check_frames(&gateway).await] {
            asked += 1;
            assert_eq!(decided_by(&answer).0, "upstream");
            assert_eq!(answer.data()["score"], 92.0, "the upstream's own");
        }
        let session = full_session(&gateway).await;
        assert_eq!(session.created.data()["model"], "local-1-10", "it decides first");
        for _ in 0..3 {
            let answer = session.complete(json!({})).await;
            assert_eq!(decided_by(&answer), ("upstream", "mixed-10-v2"));
        }
        // Whoever reads it later is told the same.
        let view = session.get(SERVER_KEY).await;
        assert_eq!(view.headers["x-liveness-engine"], "upstream");
        asked += 1;
        assert_eq!(mock.requests().len(), asked, "one request for each check");
    }
    assert_eq!(decided_by(&check_stream(&gateway).await).0, "upstream");
    assert_eq!(mock.requests().len(), asked + 1);
    assert_eq!(credits(&gateway).await, Some(10), "a credit for each");
    assert_eq!(mock.requests()[0].body["crops"][9]["index"], 9, "the same pictures");

    let entries = gateway.store.audit_after(0, 100).await.unwrap();
    let engines = entries.iter().filter(|entry| entry.action == "verdict.decided");
    assert!(engines.clone().all(|entry| entry.details.contains(r#""engine":"upstream""#)));
    assert_eq!(engines.count(), 10);
    let metrics = gateway.paid(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    for line in [
        r#"liveness_checks_total{backend="local",outcome="borderline"} 10"#,
        r#"liveness_checks_total{backend="upstream",outcome="live"} 10"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn a_borderline_verdict_does_not_stand_where_the_upstream_is_down() {
    let down = || Script::Json(503, &[], error_body("internal_error", "down"));
    let mock = MockUpstream::start((0..6).map(|_| down())).await;
    let gateway = local_first([BORDERLINE[0]; 4], &mock).await;
    tenant(&gateway, TenantId::default(), Some(5), None).await;
    assert_eq!(check(&gateway, "mixed-10-v2").await.code(), ErrorCode::UpstreamUnavailable);
    let session = full_session(&gateway).await;
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::UpstreamUnavailable);
    assert_eq!(session.get(&session.token).await.data()["state"], "open");
    assert_eq!(credits(&gateway).await, Some(5));
    assert_eq!(decided_by(&session.complete(json!({})).await).0, "upstream");
    // What may have been paid for is not asked for again.
    mock.then(Script::Hangup);
    let lost = full_session(&gateway).await;
    for _ in 0..2 {
        assert_eq!(lost.complete(json!({})).await.code(), ErrorCode::VerdictLost);
    }
    assert_eq!(mock.requests().len(), 8);

    // Where sessions wait for it, this one does.
    let mock = MockUpstream::start((0..5).map(|_| down())).await;
    let config = UpstreamConfig { sessions_wait: true, ..mock.config() };
    let upstream = Arc::new(Upstream::new(config).unwrap());
    let fake = FakeBackend::deciding([BORDERLINE[0]]);
    let modes = Modes::only(Mode::LocalFirst);
    let patient = with_modes(modes, fake.clone(), upstream, fake).await;
    assert_eq!(decided_by(&check_session(&patient).await).0, "upstream");
    assert_eq!(mock.requests().len(), 6);
}

#[tokio::test]
async fn only_what_is_borderline_is_refused_to_a_tenant_that_cannot_pay() {
    let mock = MockUpstream::start([]).await;
    let verdicts = [CLEAR[0], BORDERLINE[0], BORDERLINE[0], BORDERLINE[0], BORDERLINE[0]];
    let gateway = local_first(verdicts, &mock).await;
    let id = TenantId::default();
    tenant(&gateway, id.clone(), Some(0), None).await;
    assert_eq!(decided_by(&check(&gateway, "mixed-10-v2").await).0, "local");
    assert_eq!(check(&gateway, "mixed-10-v2").await.code(), ErrorCode::InsufficientCredits);
    let session = full_session(&gateway).await;
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::InsufficientCredits);
    assert_eq!(session.get(&session.token).await.data()["state"], "open");
    let change = async |change| {
        gateway.store.change_tenant(&id, vec![change], By::command_line(0)).await.unwrap();
    };
    change(TenantChange::Suspend(true)).await;
    assert_eq!(session.complete(json!({})).await.code(), ErrorCode::AccountSuspended);
    assert!(mock.requests().is_empty(), "nobody was asked");
    change(TenantChange::Suspend(false)).await;
    change(TenantChange::AddCredits(1)).await;
    assert_eq!(decided_by(&session.complete(json!({})).await).0, "upstream");
    assert_eq!(credits(&gateway).await, Some(0));
}

#[tokio::test]
async fn the_upstream_takes_over_where_the_local_verifier_fails_and_not_where_it_is_busy() {
    let mock = MockUpstream::start([]).await;
    let gateway = local_first([], &mock).await;
    let fail = |error| gateway.backend.failures.lock().unwrap().push_back(error);
    fail(BackendError::Internal);
    assert_eq!(decided_by(&check(&gateway, "mixed-10-v2").await).0, "upstream");
    gateway.backend.panics.store(1, Ordering::SeqCst);
    assert_eq!(decided_by(&check_session(&gateway).await).0, "upstream");
    fail(BackendError::Busy { retry_after: Some(Duration::from_secs(3)) });
    assert_eq!(check(&gateway, "mixed-10-v2").await.code(), ErrorCode::RateLimitExceeded);
    let code = ErrorCode::ValidationError;
    fail(BackendError::rejected(code, "m"));
    assert_eq!(check(&gateway, "mixed-10-v2").await.code(), code);
    assert_eq!(mock.requests().len(), 2);
}

#[tokio::test]
async fn local_first_leaves_models_to_the_upstream_that_only_it_knows() {
    let mock = MockUpstream::start([]).await;
    let gateway = local_first([], &mock).await;
    assert_eq!(decided_by(&check(&gateway, "mixed-11-v9").await), ("upstream", "mixed-11-v9"));
    assert_eq!(gateway.backend.asked(), 0);
    // More frames than the local verifier takes.
    for (model, runs) in [("mixed-150", "mixed-150"), ("mixed-120", "local-1-120")] {
        assert_eq!(gateway.open(json!({"model": model})).await.created.data()["model"], runs);
    }
    // The local verifier's own name would be a way around the closer look.
    assert_eq!(check(&gateway, "local-1-10").await.code(), ErrorCode::UnknownModel);
    let open = gateway.request(Method::POST, "/api/v1/sessions");
    let refused = send(open.json(&json!({"model": "local-1-10"}))).await;
    assert_eq!(refused.code(), ErrorCode::UnknownModel);
}

#[tokio::test]
async fn a_tenants_mode_counts_before_its_models_and_that_before_the_gateways() {
    let (local, upstream) = (Arc::new(FakeBackend::default()), FakeBackend::paid());
    let of_models = BTreeMap::from([
        ("mixed-10-v2".to_owned(), Mode::Local),
        ("mixed-30-v2".to_owned(), Mode::Upstream),
    ]);
    let modes = Modes { of_models, ..Modes::only(Mode::Upstream) };
    let gateway = with_modes(modes, local.clone(), upstream, local).await;
    let engine = async |model: &str| {
        let answer = check(&gateway, model).await;
        decided_by(&answer).0.to_owned()
    };
    // An old id stands for the model that has come after it, and "10" is another.
    for (model, by) in [("10", "upstream"), ("mixed-10-v2", "local"), ("mixed-10", "local")] {
        assert_eq!(engine(model).await, by, "{model}");
    }
    tenant(&gateway, TenantId::default(), None, None).await;
    for (mode, by) in [
        (Some(Mode::Upstream), "upstream"),
        (Some(Mode::LocalFirst), "local"),
        (Some(Mode::Local), "local"),
        (None, "local"),
    ] {
        let change = vec![TenantChange::SetMode(mode)];
        let id = TenantId::default();
        gateway.store.change_tenant(&id, change, By::command_line(0)).await.unwrap();
        assert_eq!(engine("mixed-10-v2").await, by, "{mode:?}");
        let session = check_session(&gateway).await;
        assert_eq!(decided_by(&session).0, by, "{mode:?}");
    }
}

#[tokio::test]
async fn a_key_is_needed_where_a_check_may_have_to_be_paid_for() {
    let mock = MockUpstream::start([]).await;
    let gateway = local_first([], &mock).await;
    let body = json!({"session_id": ID, "model": "mixed-10-v2", "crops": pictures()});
    let anybody = || gateway.request(Method::POST, "/api/v1/fast-check-crops").json(&body);
    assert_eq!(send(anybody()).await.code(), ErrorCode::InvalidKey);
    tenant(&gateway, TenantId::default(), None, Some(Mode::Local)).await;
    assert_eq!(decided_by(&send(anybody()).await).0, "local");
}

/// Another process has set it, which cannot know which engines there are.
#[tokio::test]
async fn a_mode_without_its_engine_is_said_to_be_that() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = full_session(&gateway).await;
    tenant(&gateway, TenantId::default(), None, Some(Mode::LocalFirst)).await;
    let body = json!({"model": "mixed-10-v2"});
    for refused in [
        check(&gateway, "mixed-10-v2").await,
        check_frames(&gateway).await,
        check_stream(&gateway).await,
        session.complete(json!({})).await,
        send(gateway.request(Method::POST, "/api/v1/sessions").json(&body)).await,
    ] {
        assert_eq!(refused.code(), ErrorCode::InternalError);
        let message = refused.body["message"].as_str().unwrap();
        let said = "the mode of this check is local-first, and this gateway has no key";
        assert!(message.starts_with(said), "{message}");
    }
    let mock = MockUpstream::start([]).await;
    let backend = mock.backend();
    let upstream = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
    tenant(&upstream, TenantId::default(), None, Some(Mode::Local)).await;
    let refused = check(&upstream, "mixed-10-v2").await;
    assert_eq!(refused.code(), ErrorCode::InternalError);
    assert!(refused.body["message"].as_str().unwrap().contains("no local verifier"));
    assert!(mock.requests().is_empty());
}

#[tokio::test]
async fn health_and_models_are_those_of_the_modes() {
    let mock = MockUpstream::start([]).await;
    let gateway = local_first([], &mock).await;
    let get = |path: &str| send(gateway.request(Method::GET, path));
    let health = get("/health").await;
    assert_eq!(health.data()["mode"], "local-first");
    let dependencies = &health.data()["dependencies"];
    assert_eq!(
        (&dependencies["verifier"], &dependencies["upstream"]),
        (&json!("ok"), &json!("ok"))
    );
    let models = get("/api/v1/models").await;
    let ids: Vec<&str> = models
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&"mixed-30-v2") && !ids.iter().any(|id| id.starts_with("local-")));
    assert_eq!(get("/api/v1/queue/stats").await.data()["queue_key"], "local-first");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_borderline_video_goes_on_to_the_upstream_in_smaller_pictures() {
    use crate::common::clips::{clip, ended, submit};

    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let mock = MockUpstream::start([]).await;
    let fake = FakeBackend::deciding([CLEAR[0], BORDERLINE[0]]);
    let settings = settings(&["--ffmpeg", crate::common::clips::ffmpeg()]);
    let store = Arc::new(MemoryStore::new(settings.store));
    let (local, modes) = (Some(fake.clone() as _), Modes::only(Mode::LocalFirst));
    let engines = Engines::new(local, Some(mock.backend()), modes);
    let gateway = TestGateway::start_on(settings, store, engines, fake).await;
    tenant(&gateway, TenantId::default(), Some(5), None).await;
    tokio::spawn(gateway.gateway.videos.clone().work());
    for (requests, model) in [(0, "local-1-10"), (1, "mixed-10-v2")] {
        let accepted = submit(&gateway, &[("video_file", Some("a.mp4"), &file)]).await;
        let view = ended(&gateway, accepted.data()["submission_id"].as_str().unwrap()).await;
        assert_eq!(view["result"]["model"], model, "{view}");
        assert_eq!(view["result"]["input_source"], "video_upload");
        assert_eq!(mock.requests().len(), requests);
        assert_eq!(credits(&gateway).await, Some(5 - requests as i64));
    }
    let frame = mock.requests()[0].body["frames"][0]["pixels"].as_str().unwrap().to_owned();
    assert!(STANDARD.decode(frame).unwrap().starts_with(b"\xff\xd8"), "a JPEG");
}
