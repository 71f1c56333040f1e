//! Keys: what each may do, whose sessions it sees, and how it ends.

use std::collections::HashSet;
use std::time::Duration;

use liveness_gateway::api::routes::{Credential, ENDPOINTS, Endpoint};
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::keys::{KeyChange, KeyTerms};
use liveness_gateway::domain::route::Engines;
use liveness_gateway::domain::scopes::Scope;
use liveness_protocol::ErrorCode;
use reqwest::RequestBuilder;
use serde_json::json;

use crate::common::*;

fn scoped(scopes: &[Scope]) -> KeyTerms {
    KeyTerms { scopes: scopes.iter().copied().collect(), ..KeyTerms::default() }
}

fn of_tenant(tenant: &str) -> KeyTerms {
    KeyTerms { tenant: tenant.parse().unwrap(), ..KeyTerms::default() }
}

/// A gateway whose checks cost something, so that a key is needed wherever one ever is.
async fn paid() -> TestGateway {
    TestGateway::start_paid(settings(&[])).await
}

/// A request to an endpoint, about a session of the default tenant.
async fn request(gateway: &TestGateway, endpoint: &Endpoint) -> RequestBuilder {
    let session = gateway.open(json!({})).await;
    let path = endpoint.path.replace("{id}", &session.id).replace("{index}", "0");
    let path = path.replace("{tenant}", "default").replace("{submission_id}", &session.id);
    gateway.request(endpoint.method.clone(), &path).json(&json!({}))
}

fn takes_keys(endpoint: &Endpoint) -> bool {
    !matches!(endpoint.credential, Credential::None | Credential::SessionToken)
}

/// Whether the request gets as far as its handler.
async fn passes(request: RequestBuilder) -> bool {
    let status = client().execute(request.build().unwrap()).await.unwrap().status().as_u16();
    !matches!(status, 401 | 403)
}

#[tokio::test]
async fn a_key_may_do_what_its_scopes_say() {
    let gateway = paid().await;
    let (all, _) = gateway.key(scoped(&[])).await;
    let mut of_one = Vec::new();
    for &scope in Scope::ALL {
        of_one.push((scope, gateway.key(scoped(&[scope])).await.0));
    }
    let mut scopes = HashSet::new();
    for endpoint in &ENDPOINTS {
        assert_eq!(endpoint.scope.is_some(), takes_keys(endpoint), "{endpoint:?}");
        let Some(needed) = endpoint.scope else { continue };
        scopes.insert(needed);
        for (scope, key) in &of_one {
            let request = request(&gateway, endpoint).await.header("x-api-key", key);
            if *scope == needed {
                assert!(passes(request).await, "{endpoint:?} {scope}");
                continue;
            }
            let answer = send(request).await;
            assert_eq!(answer.code(), ErrorCode::InsufficientScope, "{endpoint:?} {scope}");
            let message = format!("API key lacks required scope: {needed}");
            let documented = json!({
                "data": null, "success": false, "message": message,
                "errors": [{"insufficient_scope": [message]}],
                "error": "insufficient_scope", "required_scope": needed.as_str(),
            });
            assert_eq!(answer.body, documented);
        }
        let request = request(&gateway, endpoint).await.bearer_auth(&all);
        assert!(passes(request).await, "{endpoint:?}");
    }
    assert!(scopes.len() >= 4, "{scopes:?}");
}

/// Whether a key is unknown, wrong, broken, expired or revoked cannot be told from the answer.
#[tokio::test]
async fn keys_that_do_not_hold_are_all_answered_alike() {
    let gateway = paid().await;
    let now = 1_774_620_000_000;
    let (unknown, _) = TestGateway::start(settings(&[])).await.key(scoped(&[])).await;
    let (good, kept) = gateway.key(scoped(&[])).await;
    let (other, _) = gateway.key(scoped(&[])).await;
    let secret_of_other = format!("{}{}", &good[..21], &other[21..]);
    let (revoked, record) = gateway.key(scoped(&[])).await;
    gateway
        .store
        .change_key(record.id, KeyChange::Revoke { at: now }, By::server_key(now))
        .await
        .unwrap();
    let (expired, _) = gateway.key(KeyTerms { expires_at: Some(now), ..scoped(&[]) }).await;
    let bad = [&unknown, &secret_of_other, &revoked, &expired, &good[..60], "lvk_"];
    for endpoint in ENDPOINTS.iter().filter(|endpoint| takes_keys(endpoint)) {
        let mut answers = HashSet::new();
        for key in bad {
            let answer = send(request(&gateway, endpoint).await.bearer_auth(key)).await;
            assert_eq!(answer.code(), ErrorCode::InvalidKey, "{endpoint:?} {key}");
            answers.insert(answer.body.to_string());
        }
        if endpoint.credential == Credential::ServerKey {
            answers.insert(send(request(&gateway, endpoint).await).await.body.to_string());
        }
        let documented = json!({"data": null, "success": false, "message": "Not authenticated",
            "errors": [{"invalid_key": ["Not authenticated"]}]});
        assert_eq!(answers, HashSet::from([documented.to_string()]), "{endpoint:?}");
    }
    let kept = gateway.store.key(kept.id).await.unwrap().unwrap();
    assert_eq!(kept.last_used_at, None, "to try one is not to use it");
}

#[tokio::test]
async fn a_session_is_that_of_its_tenant() {
    let gateway = TestGateway::start(settings(&[])).await;
    let (mine, _) = gateway.key(of_tenant("mine")).await;
    let (also_mine, _) = gateway.key(of_tenant("mine")).await;
    let (theirs, _) = gateway.key(of_tenant("theirs")).await;
    let open = gateway.request(reqwest::Method::POST, "/api/v1/sessions").bearer_auth(&mine);
    let created = send(open.json(&json!({"reference": "order-7"}))).await;
    let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
    let session = Session {
        gateway: &gateway,
        id: text("session_id"),
        token: text("token"),
        created: Answer { body: json!(null), ..created },
    };
    for stranger in [&theirs, SERVER_KEY] {
        assert_eq!(session.get(stranger).await.code(), ErrorCode::SessionNotFound);
        assert_eq!(session.delete(stranger).await.code(), ErrorCode::SessionNotFound);
    }
    assert_eq!(session.get(&also_mine).await.data()["reference"], "order-7");
    assert!(session.get(&session.token).await.data()["reference"].is_null(), "a page's");
    assert_eq!(session.put(0, crop(0)).await.status, 201);

    let of_anybody = gateway.open(json!({})).await;
    assert_eq!(of_anybody.get(&mine).await.code(), ErrorCode::SessionNotFound);
    assert_eq!(of_anybody.get(SERVER_KEY).await.status, 200);
    assert_eq!(session.delete(&also_mine).await.status, 204);
}

#[tokio::test]
async fn a_streamed_session_is_that_of_its_tenant() {
    use base64::Engine as _;

    let gateway = TestGateway::start(settings(&[])).await;
    let (mine, _) = gateway.key(of_tenant("mine")).await;
    let (theirs, _) = gateway.key(of_tenant("theirs")).await;
    let pixels =
        base64::engine::general_purpose::STANDARD.encode(picture(640, 480, png::ColorType::Rgb, 1));
    let frame = |key: &str, index: u32| {
        let body = json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "model": "mixed-10-v2",
            "source": "live", "frame": {"index": index, "timestamp_ms": index, "pixels": pixels}});
        let request = gateway.request(reqwest::Method::POST, "/api/v1/fast-check-stream");
        send(request.header("x-api-key", key).json(&body))
    };
    assert_eq!(frame(&mine, 0).await.data()["frames_received"], 1);
    assert_eq!(frame(&theirs, 1).await.code(), ErrorCode::SessionNotFound);
    assert_eq!(frame(SERVER_KEY, 1).await.code(), ErrorCode::SessionNotFound);
    assert_eq!(frame("", 1).await.code(), ErrorCode::SessionNotFound);
    assert_eq!(frame(&mine, 1).await.data()["frames_received"], 2);
}

#[tokio::test]
async fn a_reference_is_taken_with_any_good_key() {
    let gateway = TestGateway::start(settings(&[])).await;
    let (key, _) = gateway.key(scoped(&[Scope::SessionWrite])).await;
    let open = || gateway.request(reqwest::Method::POST, "/api/v1/sessions");
    let body = json!({"reference": "order-7"});
    assert_eq!(send(open().bearer_auth(&key).json(&body)).await.status, 201);
    // What is no key of ours is somebody else's business, as long as nothing needs one.
    assert_eq!(send(open().bearer_auth("other").json(&json!({}))).await.status, 201);
    assert_eq!(send(open().bearer_auth("other").json(&body)).await.code(), ErrorCode::InvalidKey);
}

#[tokio::test]
async fn a_use_is_noted_once_a_minute() {
    let gateway = TestGateway::start(settings(&[])).await;
    let (key, record) = gateway.key(scoped(&[])).await;
    let mut noted = Vec::new();
    for seconds in [0, 59, 1] {
        gateway.advance(Duration::from_secs(seconds));
        let get = gateway.request(reqwest::Method::GET, "/metrics").bearer_auth(&key);
        assert_eq!(client().execute(get.build().unwrap()).await.unwrap().status(), 200);
        let kept = gateway.store.key(record.id).await.unwrap().unwrap();
        noted.push((kept.last_used_at.unwrap() - record.created_at) / 1000);
    }
    assert_eq!(noted, [0, 0, 60]);
}

/// As with the server key: whoever has a key is no page.
#[tokio::test]
async fn a_key_is_no_pages() {
    let gateway = TestGateway::start(settings(&[])).await;
    let (key, _) = gateway.key(scoped(&[])).await;
    let open = |key: &str| {
        let request = gateway.request(reqwest::Method::POST, "/api/v1/sessions").bearer_auth(key);
        send(request.header("origin", "https://worker.example").json(&json!({})))
    };
    assert_eq!(open(&key).await.status, 201);
    for other in [&key[..60], "other"] {
        assert_eq!(open(other).await.code(), ErrorCode::OriginNotAllowed);
    }
}

#[tokio::test]
async fn a_session_outlives_a_change_of_the_signing_secret() {
    let before = TestGateway::start(settings(&[])).await;
    let session = before.open(json!({})).await;
    for (previous, status) in [(Some(SECRET), 200), (None, 401)] {
        let mut changed = settings(&[]);
        changed.token_secret = vec![9; 32].into();
        changed.previous_secret = previous.map(|secret| secret.as_bytes().to_vec().into());
        let (store, backend) = (before.store.clone(), before.backend.clone());
        let after =
            TestGateway::start_on(changed, store, Engines::alone(backend.clone()), backend).await;
        let get = after.request(reqwest::Method::GET, &session.path(""));
        assert_eq!(send(get.header("x-liveness-token", &session.token)).await.status, status);
    }
}

/// With the programs themselves: a gateway on a database, and `keys` beside it.
#[cfg(unix)]
#[tokio::test]
async fn keys_are_managed_while_a_gateway_runs() {
    use crate::binary;

    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    let keys = |arguments: &[&str]| {
        let mut command = binary::gateway();
        command.arg("keys").args(arguments).env("LIVENESS_DATABASE", &database);
        let done = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let mut command = binary::gateway();
    command.args(["--listen", "127.0.0.1:0"]).env("LIVENESS_SECRET", SECRET);
    command.env("LIVENESS_DATABASE", &database);
    let (_child, address) = binary::started(command);
    let asked = async |key: &str| {
        let url = format!("http://{address}/metrics");
        client().get(url).bearer_auth(key).send().await.unwrap().status().as_u16()
    };

    let (code, first, said) = keys(&[
        "create",
        "--name",
        "prometheus",
        "--scope",
        "usage:read",
        "--expires-in-days",
        "9",
    ]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("usage:read") && !said.contains(&first[21..]), "{said}");
    let id = &first[4..20];
    assert_eq!(asked(&first).await, 200, "a gateway that has run before knows it");
    let (_, second, _) = keys(&["rotate", id]);
    assert_ne!(first, second);
    assert_eq!((asked(&first).await, asked(&second).await), (200, 200));
    let (_, third, _) = keys(&["rotate", id, "--overlap-hours", "0"]);
    let statuses = (asked(&first).await, asked(&second).await, asked(&third).await);
    assert_eq!(statuses, (401, 401, 200));
    let (_, listed, _) = keys(&["list"]);
    assert!(listed.contains(id) && !listed.contains("last used never"), "{listed}");
    assert!(!listed.contains(&third[21..]), "{listed}");
    assert_eq!(keys(&["revoke", id]).0, Some(0));
    assert_eq!(asked(&third).await, 401);

    for (arguments, code, reason) in [
        (&["revoke", "0123456789abcdef"][..], 1, "there is no key"),
        (&["rotate", id], 1, "holds no more"),
        (&["revoke", &third], 2, "16 hexadecimal digits"),
        (&["create", "--name", "x", "--scope", "all"], 2, "detection:write"),
        (&["create", "--name", "x", "--tenant", "A"], 2, "lower-case letters"),
        (&["create", "--name", "x", "--expires-in-days", "0"], 2, "--expires-in-days"),
        (&["create", "--name", "\u{7}"], 2, "visible characters"),
    ] {
        let (found, _, said) = keys(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
    let without = binary::gateway().args(["keys", "list"]).output().unwrap();
    assert_eq!(without.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&without.stderr).contains("--database"));
}
