//! Tenants: what their credits pay for, once each, and what they may not do without.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::route::Engines;
use liveness_gateway::domain::scopes::Scope;
use liveness_gateway::domain::tenants::{TenantChange, TenantId, TenantRecord};
use liveness_gateway::store::{Claim, Lease};
use liveness_protocol::ErrorCode;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::sync::Notify;

use crate::common::*;

fn shop() -> TenantId {
    "shop".parse().unwrap()
}

/// A gateway whose checks cost something, with a tenant that has this many credits, and a key of it.
async fn gateway(credits: Option<i64>) -> (TestGateway, String) {
    let gateway = TestGateway::start_paid(settings(&[])).await;
    let record = TenantRecord { credits, ..TenantRecord::new(shop(), "The shop", 0) };
    gateway.store.add_tenant(record, By::command_line(0)).await.unwrap();
    let (key, _) = gateway.key(KeyTerms { tenant: shop(), ..KeyTerms::default() }).await;
    (gateway, key)
}

async fn credits(gateway: &TestGateway) -> Option<i64> {
    gateway.store.tenant(&shop()).await.unwrap().unwrap().credits
}

async fn change(gateway: &TestGateway, change: TenantChange) {
    gateway.store.change_tenant(&shop(), vec![change], By::command_line(0)).await.unwrap();
}

/// A check in one request.
async fn check(gateway: &TestGateway, key: &str) -> Answer {
    check_by(gateway, key, "mixed-10-v2", 10).await
}

/// The same by this model, of so many crops.
async fn check_by(gateway: &TestGateway, key: &str, model: &str, count: u8) -> Answer {
    send(asking(gateway, key, model, count)).await
}

fn asking(gateway: &TestGateway, key: &str, model: &str, count: u8) -> RequestBuilder {
    let crops =
        (0..count).map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}));
    let body = json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "model": model,
        "crops": crops.collect::<Vec<_>>()});
    let request = gateway.request(Method::POST, "/api/v1/fast-check-crops");
    request.header("x-api-key", key).json(&body)
}

/// Whoever leaves early has not had it for nothing, and the audit log says how it ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_whose_client_leaves_goes_on_and_is_charged() {
    let (gateway, key) = gateway(Some(3)).await;
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let before = gateway.store.audit_head().await.unwrap().number;
    left(&gateway, asking(&gateway, &key, "mixed-10-v2", 10)).await;
    assert_eq!((gateway.backend.asked(), credits(&gateway).await), (1, Some(3)));
    gate.notify_one();
    until(async || credits(&gateway).await == Some(2)).await;
    let log = gateway.store.audit_after(before, 9).await.unwrap();
    let actions: Vec<&str> = log.iter().map(|entry| &*entry.action).collect();
    assert_eq!(actions, ["verdict.decided"]);
}

/// A session of the key's tenant with all of its crops.
async fn filled<'a>(gateway: &'a TestGateway, key: &str) -> Session<'a> {
    let open = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(key);
    let created = send(open.json(&json!({"model": "mixed-10-v2", "source": "media"}))).await;
    let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
    let (id, token) = (text("session_id"), text("token"));
    let session = Session { gateway, id, token, created };
    session.put_all(10).await;
    session
}

#[tokio::test]
async fn a_check_without_a_session_costs_one_credit() {
    let (gateway, key) = gateway(Some(2)).await;
    gateway.backend.failures.lock().unwrap().push_back(BackendError::Internal);
    assert_eq!(check(&gateway, &key).await.code(), ErrorCode::InternalError);
    assert_eq!(credits(&gateway).await, Some(2), "without a verdict nothing is charged");
    for left in [1, 0] {
        assert_eq!(check(&gateway, &key).await.data()["verdict"], "live");
        assert_eq!(credits(&gateway).await, Some(left));
    }
    let checks = gateway.backend.checks.load(Ordering::SeqCst);
    let refused = check(&gateway, &key).await;
    let message = "Insufficient credits. Required: 1, available: 0";
    let documented = json!({"data": null, "success": false, "message": message,
        "errors": [{"insufficient_credits": [message]}]});
    assert_eq!((refused.status, refused.body), (402, documented));
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), checks, "nobody was asked");
    assert_eq!(check(&gateway, SERVER_KEY).await.status, 200, "the default tenant has no row");
    change(&gateway, TenantChange::Suspend(true)).await;
    let refused = check(&gateway, &key).await;
    let message =
        "Your account is suspended due to a payment issue. Please update your payment method.";
    let documented = json!({"data": null, "success": false, "message": message,
        "errors": [{"account_suspended": [message]}]});
    assert_eq!((refused.status, refused.body), (402, documented));
}

#[tokio::test]
async fn a_verdict_costs_what_its_model_does() {
    let (gateway, key) = gateway(Some(3)).await;
    assert_eq!(check_by(&gateway, &key, "mixed-120-v2", 120).await.status, 200);
    assert_eq!(credits(&gateway).await, Some(1));
    let refused = check_by(&gateway, &key, "mixed-120-v2", 120).await;
    assert_eq!(refused.code(), ErrorCode::InsufficientCredits);
    assert_eq!(refused.body["message"], "Insufficient credits. Required: 2, available: 1");
    assert_eq!(gateway.backend.asked(), 1, "nobody was asked");
    // For a cheaper one there is enough.
    assert_eq!(check(&gateway, &key).await.status, 200);
    assert_eq!(credits(&gateway).await, Some(0));
}

#[tokio::test]
async fn whoever_cannot_pay_for_a_model_is_told_what_it_costs_and_leaves_nothing_behind() {
    for available in [0, 1] {
        let (gateway, key) = gateway(Some(available)).await;
        let message = format!("Insufficient credits. Required: 2, available: {available}");
        let whole = check_by(&gateway, &key, "mixed-120-v2", 120).await;
        let mut frame = streamed(1, 0);
        frame["model"] = json!("mixed-120-v2");
        let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
        let first = send(request.header("x-api-key", &key).json(&frame)).await;
        for refused in [whole, first] {
            assert_eq!(refused.code(), ErrorCode::InsufficientCredits);
            assert_eq!(refused.body["message"], message);
        }
        let path = format!("/api/v1/sessions/{}", uuid::Uuid::from_u128(1));
        let session = send(gateway.request(Method::GET, &path).header("x-api-key", &key)).await;
        assert_eq!(session.code(), ErrorCode::SessionNotFound);
        assert_eq!(gateway.backend.asked(), 0, "nobody was asked");
    }
}

#[tokio::test]
async fn a_session_costs_one_credit_however_often_it_is_asked_for() {
    let (gateway, key) = gateway(Some(1)).await;
    let session = filled(&gateway, &key).await;
    let at_once: Vec<_> = (0..8).map(|_| session.complete(json!({}))).collect();
    for answer in futures_of(at_once).await {
        assert_eq!(answer.data()["verdict"], "live");
    }
    assert_eq!(session.complete(json!({})).await.data()["verdict"], "live", "and again later");
    assert_eq!(credits(&gateway).await, Some(0));
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1);

    // A session that cannot be paid for waits.
    let next = filled(&gateway, &key).await;
    assert_eq!(next.complete(json!({})).await.code(), ErrorCode::InsufficientCredits);
    assert_eq!(next.get(&key).await.data()["state"], "open");
    change(&gateway, TenantChange::AddCredits(1)).await;
    assert_eq!(next.complete(json!({})).await.data()["verdict"], "live");
    assert_eq!(credits(&gateway).await, Some(0));
}

/// One on the same store whose checks cost nothing.
async fn local_on(gateway: &TestGateway) -> TestGateway {
    let fake = Arc::new(FakeBackend::default());
    let engines = Engines::alone(fake.clone());
    TestGateway::start_on(settings(&[]), Arc::clone(&gateway.store), engines, fake).await
}

#[tokio::test]
async fn what_costs_nothing_is_neither_charged_nor_refused() {
    let (gateway, key) = gateway(Some(0)).await;
    let local = local_on(&gateway).await;
    assert_eq!(check(&local, &key).await.status, 200);
    assert_eq!(filled(&local, &key).await.complete(json!({})).await.status, 200);
    assert_eq!(credits(&gateway).await, Some(0));
    change(&gateway, TenantChange::SetCredits(None)).await;
    assert_eq!(check(&gateway, &key).await.status, 200, "no number is no limit");
}

#[tokio::test]
async fn a_suspended_tenant_gets_nothing_new_in_any_mode() {
    let (gateway, key) = gateway(None).await;
    let decided = filled(&gateway, &key).await;
    assert_eq!(decided.complete(json!({})).await.status, 200);
    let session = filled(&gateway, &key).await;
    change(&gateway, TenantChange::Suspend(true)).await;
    let local = local_on(&gateway).await;
    for gateway in [&gateway, &local] {
        let open = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(&key);
        let (id, token, created) =
            (session.id.clone(), session.token.clone(), session.created.clone());
        let session = Session { gateway, id, token, created };
        let entries = gateway.store.audit_head().await.unwrap().number;
        let stream = gateway.request(Method::POST, "/api/v1/fast-check-stream").bearer_auth(&key);
        for answer in [
            check(gateway, &key).await,
            session.complete(json!({})).await,
            send(open.json(&json!({"model": "mixed-10-v2"}))).await,
            send(stream.json(&streamed(9, 0))).await,
        ] {
            assert_eq!(answer.code(), ErrorCode::AccountSuspended);
        }
        assert_eq!(
            gateway.store.audit_head().await.unwrap().number,
            entries,
            "no session was opened"
        );
    }
    assert_eq!(decided.get(&key).await.data()["verdict"]["verdict"], "live", "it is its own");
    assert_eq!((gateway.backend.asked(), local.backend.asked()), (1, 0), "nobody was asked");
    change(&gateway, TenantChange::Suspend(false)).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
}

/// It waits for a check that another gateway began while it could be had, and which comes to nothing.
#[tokio::test]
async fn whoever_waits_for_a_check_gets_none_that_it_could_not_begin() {
    let (gateway, key) = gateway(None).await;
    for refused in [TenantChange::Suspend(true), TenantChange::SetCredits(Some(0))] {
        let session = filled(&gateway, &key).await;
        let (store, clock) = (&gateway.gateway.store, &gateway.gateway.clock);
        let id = session.id.parse().unwrap();
        let lease = Lease { ms: 60_000, paid: false };
        let claim = store.claim(id, 0, lease, clock.now()).await.unwrap();
        let Claim::Granted { ticket, .. } = claim else { panic!("{claim:?}") };
        change(&gateway, refused.clone()).await;
        let turned_away = async {
            until(async || gateway.gateway.completions.running() == 1).await;
            store.release(id, ticket, clock.now()).await.unwrap();
        };
        let (answer, ()) = tokio::join!(session.complete(json!({})), turned_away);
        assert_eq!(answer.status, 402, "{:?}", answer.body);
        assert_eq!(session.get(&key).await.data()["state"], "open");
        assert_eq!(gateway.backend.asked(), 0, "nobody was asked");
        change(&gateway, TenantChange::Suspend(false)).await;
    }
}

#[tokio::test]
async fn what_all_tenants_do_is_for_the_operator() {
    let (gateway, all) = gateway(None).await;
    let scopes = || [Scope::UsageRead].into_iter().collect();
    let terms = KeyTerms { tenant: shop(), scopes: scopes(), ..KeyTerms::default() };
    let (counting, _) = gateway.key(terms).await;
    let (own, _) = gateway.key(KeyTerms { scopes: scopes(), ..KeyTerms::default() }).await;
    let metrics = |key: &str| gateway.request(Method::GET, "/metrics").bearer_auth(key);
    for key in [&all, &counting] {
        assert_eq!(send(metrics(key)).await.code(), ErrorCode::TenantMismatch);
    }
    for key in [&*own, SERVER_KEY] {
        assert_eq!(metrics(key).send().await.unwrap().status(), 200);
    }
}

async fn futures_of<F: Future<Output = Answer>>(futures: Vec<F>) -> Vec<Answer> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut answers = Vec::new();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(answer) => {
                answers.push(answer);
                false
            }
            std::task::Poll::Pending => true,
        });
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers
}

/// With the program itself.
#[cfg(unix)]
#[test]
fn tenants_are_managed_beside_the_gateway() {
    use crate::binary;

    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    let run = |arguments: &[&str]| {
        let mut command = binary::gateway();
        let done = command.args(arguments).arg("--database").arg(&database).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8(said).unwrap())
    };
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let schema = file("schema.json", r#"{"required": ["channel"]}"#);
    let remote = file("remote.json", r#"{"$ref": "http://127.0.0.1:9/schema.json"}"#);
    for (arguments, code, reason) in [
        (&["keys", "create", "--name", "k", "--tenant", "shop"][..], 1, "tenants create"),
        (&["tenants", "create", "shop", "--name", "The shop", "--credits", "5"], 0, "5 credits"),
        (&["tenants", "create", "shop", "--name", "x"], 1, "there is a tenant shop"),
        (&["keys", "create", "--name", "k", "--tenant", "shop"], 0, "lvk_"),
        (&["tenants", "set", "shop", "--add-credits", "-7"], 0, "-2 credits"),
        (&["tenants", "set", "shop", "--credits", "none", "--suspended", "true"], 0, "suspended"),
        (&["tenants", "set", "shop", "--checks-per-minute", "60"], 0, "60 checks a minute"),
        (&["tenants", "set", "shop", "--checks-per-minute", "0"], 2, "nor none"),
        (&["tenants", "set", "shop", "--metadata-schema", &schema], 0, "metadata by a schema"),
        (&["tenants", "set", "shop", "--metadata-schema", &remote], 1, "remote.json"),
        (&["tenants", "set", "shop", "--metadata-schema", "nowhere.json"], 1, "nowhere.json"),
        (&["tenants", "list"], 0, "metadata by a schema"),
        (
            &["tenants", "set", "shop", "--metadata-schema", "none"],
            0,
            "60 checks a minute  no mode of its own  no origins",
        ),
        (&["tenants", "set", "shop", "--mode", "local-first"], 0, "mode local-first"),
        (&["tenants", "list"], 0, "mode local-first"),
        (&["tenants", "set", "shop", "--mode", "remote"], 2, "nor none"),
        (&["tenants", "set", "shop", "--mode", "none"], 0, "no mode of its own"),
        (
            &["tenants", "create", "bank", "--name", "The bank", "--mode", "upstream"],
            0,
            "mode upstream",
        ),
        (&["tenants", "set", "nobody", "--name", "x"], 1, "no tenant nobody"),
        (&["tenants", "list"], 0, "The shop"),
    ] {
        let (found, said) = run(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}

/// A stream's last frame that is sent again gets the verdict that was paid for, whatever has become of its tenant.
#[tokio::test]
async fn a_streams_verdict_outlasts_the_credits_that_it_has_cost() {
    let (gateway, key) = gateway(Some(1)).await;
    let stream = async |id: u128, index: u8| {
        let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
        send(request.header("x-api-key", &key).json(&streamed(id, index))).await
    };
    for index in 0..9 {
        assert_eq!(stream(1, index).await.status, 200);
    }
    let decided = stream(1, 9).await;
    assert_eq!((&decided.data()["verdict"], credits(&gateway).await), (&json!("live"), Some(0)));
    assert_eq!(stream(1, 9).await.data(), decided.data());
    assert_eq!(stream(2, 0).await.code(), ErrorCode::InsufficientCredits);
    change(&gateway, TenantChange::Suspend(true)).await;
    assert_eq!(stream(1, 3).await.data(), decided.data());
    assert_eq!(stream(2, 0).await.code(), ErrorCode::AccountSuspended);
    assert_eq!(gateway.backend.asked(), 1);
}
