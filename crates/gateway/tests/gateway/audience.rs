//! Whose pages may use a session: those of the origins let in for all, of its tenant's, or the one its back end names. And
//! a request for one that is repeated.

use std::sync::Arc;

use liveness_gateway::domain::actor::By;
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::origins::Origins;
use liveness_gateway::domain::route::Engines;
use liveness_gateway::domain::scopes::Scope;
use liveness_gateway::domain::tenants::{TenantId, TenantRecord};
use liveness_gateway::store::sqlite::SqliteStore;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::*;

const ALL: &str = "https://all.example";
const SHOP: &str = "https://shop.example";
const BANK: &str = "https://bank.example";

/// A gateway that lets `ALL` in, with two tenants that have pages of their own, and a key of each.
async fn start() -> (TestGateway, [String; 2]) {
    let gateway = TestGateway::start(settings(&["--allow-origin", ALL])).await;
    let mut keys = Vec::new();
    for (id, origin) in [("shop", SHOP), ("bank", BANK)] {
        let id: TenantId = id.parse().unwrap();
        let record = TenantRecord {
            origins: Origins::parse(&[origin]).unwrap(),
            ..TenantRecord::new(id.clone(), id.to_string(), 0)
        };
        gateway.store.add_tenant(record, By::command_line(0)).await.unwrap();
        keys.push(gateway.key(KeyTerms { tenant: id, ..KeyTerms::default() }).await.0);
    }
    (gateway, keys.try_into().unwrap())
}

async fn open<'a>(gateway: &'a TestGateway, key: &str, body: Value) -> Session<'a> {
    let created = ask(gateway, key, None, body).await;
    let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
    let (id, token) = (text("session_id"), text("token"));
    Session { gateway, id, token, created }
}

async fn ask(gateway: &TestGateway, key: &str, idempotency: Option<&str>, body: Value) -> Answer {
    let mut request = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(key);
    if let Some(idempotency) = idempotency {
        request = request.header("idempotency-key", idempotency);
    }
    send(request.json(&body)).await
}

/// Whether a page of this origin may do everything that a check takes.
async fn may_use(session: &Session<'_>, origin: &str) -> bool {
    let request = |method, rest: &str| {
        let request = session.gateway.request(method, &session.path(rest));
        request.bearer_auth(&session.token).header("origin", origin)
    };
    let mut answers = Vec::new();
    for request in [
        request(Method::GET, ""),
        request(Method::PUT, "/crops/0").body(crop(0)),
        request(Method::POST, "/complete").json(&json!({})),
    ] {
        let answer = send(request).await;
        answers.push(match answer.status {
            403 => {
                assert_eq!(answer.code(), ErrorCode::OriginNotAllowed);
                false
            }
            _ => true,
        });
    }
    assert!(answers.iter().all(|one| *one == answers[0]), "{origin}: {answers:?}");
    answers[0]
}

#[tokio::test]
async fn a_tenants_sessions_are_for_its_own_pages() {
    let (gateway, [of_shop, _]) = start().await;
    // Browsers ask before they know whose session it will be.
    for (origin, let_in) in
        [(ALL, true), (SHOP, true), (BANK, true), ("https://evil.example", false)]
    {
        let preflight = gateway.request(Method::OPTIONS, "/api/v1/sessions/x/crops/0");
        let preflight =
            preflight.header("origin", origin).header("access-control-request-method", "PUT");
        let answer = preflight.send().await.unwrap();
        assert_eq!(
            answer.headers().contains_key("access-control-allow-origin"),
            let_in,
            "{origin}"
        );
    }
    let session = open(&gateway, &of_shop, json!({"model": "mixed-10-v2"})).await;
    let own = gateway.url.clone();
    for (origin, may) in [(ALL, true), (SHOP, true), (&own, true), (BANK, false), ("null", false)] {
        assert_eq!(may_use(&session, origin).await, may, "{origin}");
    }
    // What a page opens without a key is the default tenant's, which lets in no page of another.
    let from = |origin| gateway.request(Method::POST, "/api/v1/sessions").header("origin", origin);
    assert_eq!(send(from(ALL).json(&json!({}))).await.status, 201);
    let refused = send(from(SHOP).json(&json!({}))).await;
    assert_eq!((refused.status, refused.code()), (403, ErrorCode::OriginNotAllowed));
}

#[tokio::test]
async fn a_back_end_names_the_page_that_a_session_is_for() {
    let (gateway, [of_shop, _]) = start().await;
    let body = json!({"model": "mixed-10-v2", "allowed_origin": SHOP});
    let session = open(&gateway, &of_shop, body).await;
    for (origin, may) in [(SHOP, true), (ALL, false), (BANK, false)] {
        assert_eq!(may_use(&session, origin).await, may, "{origin}");
    }
    // The token says so, and cannot be made to say anything else.
    let (expiry, rest) = session.token.split_once('.').unwrap();
    let (_, tag) = rest.split_once('.').unwrap();
    let cut = Session { token: format!("{expiry}.{tag}"), ..session };
    assert_eq!(cut.get(&cut.token).await.code(), ErrorCode::InvalidToken);

    // No origin, nobody's, another tenant's, and more than is let in.
    for wrong in ["https://shop.example/", "https://evil.example", BANK, "https://*.shop.example"] {
        let body = json!({"model": "mixed-10-v2", "allowed_origin": wrong});
        let refused = ask(&gateway, &of_shop, None, body).await;
        assert_eq!((refused.status, refused.code()), (400, ErrorCode::ValidationError), "{wrong}");
    }
    let body = json!({"model": "mixed-10-v2", "allowed_origin": SHOP});
    let refused = send(gateway.request(Method::POST, "/api/v1/sessions").json(&body)).await;
    assert_eq!((refused.status, refused.code()), (401, ErrorCode::InvalidKey));
}

#[tokio::test]
async fn a_session_that_is_asked_for_again_is_the_same_one() {
    let (gateway, [of_shop, of_bank]) = start().await;
    let body = || json!({"model": "mixed-10-v2", "reference": "order 7"});
    let first = ask(&gateway, &of_shop, Some("order-7"), body()).await;
    assert_eq!(first.status, 201);
    gateway.advance(std::time::Duration::from_secs(10));
    let again = ask(&gateway, &of_shop, Some("order-7"), body()).await;
    for same in ["session_id", "token", "expires_at", "model"] {
        assert_eq!(again.data()[same], first.data()[same], "{same}");
    }
    assert_eq!(again.data()["ttl_seconds"], first.data()["ttl_seconds"].as_u64().unwrap() - 10);
    for (key, idempotency) in
        [(&of_shop, Some("order-8")), (&of_bank, Some("order-7")), (&of_shop, None)]
    {
        let other = ask(&gateway, key, idempotency, body()).await;
        assert_ne!(other.data()["session_id"], first.data()["session_id"]);
    }
    // For another page it is another session: the token of the first is not to be had for it.
    let page = json!({"model": "mixed-10-v2", "reference": "order 7", "allowed_origin": SHOP});
    let other = ask(&gateway, &of_shop, Some("order-7"), page).await;
    assert_ne!(other.data()["session_id"], first.data()["session_id"]);
    let changed = json!({"model": "mixed-10-v2", "reference": "order 9"});
    let refused = ask(&gateway, &of_shop, Some("order-7"), changed).await;
    assert_eq!((refused.status, refused.code()), (400, ErrorCode::ValidationError));
    for wrong in ["", &"x".repeat(256), "caf\u{e9}"] {
        let refused = ask(&gateway, &of_shop, Some(wrong), body()).await;
        assert_eq!(
            (refused.status, refused.code()),
            (400, ErrorCode::ValidationError),
            "{wrong:?}"
        );
    }
    // Whoever shows no key cannot come by another's session with its key's words.
    let without =
        gateway.request(Method::POST, "/api/v1/sessions").header("idempotency-key", "order-7");
    let other = send(without.json(&json!({"model": "mixed-10-v2"}))).await;
    assert_ne!(other.data()["session_id"], first.data()["session_id"]);
}

/// `LIVENESS_SECRET` is replaced between a request and its repetition.
#[tokio::test]
async fn a_session_that_is_asked_for_again_outlasts_a_change_of_the_secret() {
    let before = TestGateway::start(settings(&[])).await;
    let mut rotated = settings(&[]);
    rotated.previous_secret =
        Some(std::mem::replace(&mut rotated.token_secret, vec![7; 32].into()));
    let engines = liveness_gateway::domain::route::Engines::alone(before.backend.clone());
    let (store, fake) = (before.store.clone(), before.backend.clone());
    let after = TestGateway::start_on(rotated, store, engines, fake).await;
    let body = || json!({"model": "mixed-10-v2"});
    let first = ask(&before, SERVER_KEY, Some("order-7"), body()).await;
    let again = ask(&after, SERVER_KEY, Some("order-7"), body()).await;
    assert_eq!(again.data()["session_id"], first.data()["session_id"]);
    assert_ne!(again.data()["token"], first.data()["token"], "the new secret signs");
    let changed = ask(&after, SERVER_KEY, Some("order-7"), json!({"model": "mixed-30-v2"})).await;
    assert_eq!((changed.status, changed.code()), (400, ErrorCode::ValidationError));
    // What only the new secret knows has nothing to do with the old one.
    let new = ask(&after, SERVER_KEY, Some("order-8"), body()).await;
    let again = ask(&after, SERVER_KEY, Some("order-8"), body()).await;
    assert_eq!(again.data()["session_id"], new.data()["session_id"]);
    let old = ask(&before, SERVER_KEY, Some("order-8"), body()).await;
    assert_ne!(old.data()["session_id"], new.data()["session_id"]);
}

#[tokio::test]
async fn a_verdict_is_used_once_and_by_its_own_back_end() {
    let (gateway, [of_shop, of_bank]) = start().await;
    let session = open(&gateway, &of_shop, json!({"model": "mixed-10-v2"})).await;
    let spend = async |key: &str| {
        send(gateway.request(Method::POST, &session.path("/use")).bearer_auth(key)).await
    };
    let waiting = spend(&of_shop).await;
    assert_eq!(
        (&waiting.data()["state"], &waiting.data()["verdict"]),
        (&json!("open"), &Value::Null)
    );
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.data()["verdict"], "live");
    assert_eq!(spend(&of_bank).await.code(), ErrorCode::SessionNotFound);
    assert_eq!(spend(&session.token).await.code(), ErrorCode::InvalidKey);
    let reads = KeyTerms {
        tenant: "shop".parse().unwrap(),
        scopes: [Scope::SessionRead].into_iter().collect(),
        ..KeyTerms::default()
    };
    let (reader, _) = gateway.key(reads).await;
    assert_eq!(spend(&reader).await.code(), ErrorCode::InsufficientScope);
    assert_eq!(session.get(&of_shop).await.data().get("used_at"), None);
    let used = spend(&of_shop).await;
    assert_eq!(used.data()["verdict"]["verdict"], "live", "{:?}", used.body);
    let used_at = used.data()["used_at"].clone();
    assert!(used_at.is_string());
    gateway.advance(std::time::Duration::from_secs(1));
    let again = spend(&of_shop).await;
    assert_eq!((again.status, again.code()), (409, ErrorCode::SessionClosed));
    // It can still be read, and says when it was used: to the back end alone.
    assert_eq!(session.get(&of_shop).await.data()["used_at"], used_at);
    assert_eq!(session.get(&session.token).await.data().get("used_at"), None);
}

#[tokio::test]
async fn with_a_storage_key_the_database_has_no_picture() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&[]);
    settings.storage_key = Some(liveness_gateway::store::sealed::StorageKey {
        key: vec![3; 32].into(),
        previous: None,
    });
    let store = SqliteStore::open(&dir.path().join("sessions.db"), settings.store, 0).unwrap();
    let fake = Arc::new(FakeBackend::default());
    let gateway =
        TestGateway::start_on(settings, Arc::new(store), Engines::alone(fake.clone()), fake).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let files = std::fs::read_dir(dir.path()).unwrap();
    let kept: Vec<u8> =
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    let has = |part: &[u8]| kept.windows(part.len()).any(|bytes| bytes == part);
    assert!(has(b"lvs1"), "the crops are there");
    assert!(!has(b"IHDR") && !has(b"IDAT") && !has(&crop(0)[40..80]));
    // And the check has them.
    let verdict = session.complete(json!({})).await;
    assert_eq!(verdict.data()["verdict"], "live", "{:?}", verdict.body);
}
