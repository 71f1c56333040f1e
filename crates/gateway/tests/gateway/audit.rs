//! The audit log of a gateway: what gets into it, and what a look at the database file shows.

use std::sync::Arc;

use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::audit::{AuditEntry, AuditHash, By, Deed, Head};
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::store::AuditStore as _;
use liveness_gateway::store::sqlite::SqliteStore;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::*;

fn base64(file: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(file)
}

async fn log(gateway: &TestGateway) -> Vec<AuditEntry> {
    gateway.store.audit_after(0, 1000).await.unwrap()
}

/// Sessions that a back end opens, every verdict and every failure are in the log; pages that open sessions, and what
/// strangers try, are not.
#[tokio::test]
async fn checks_are_in_the_log_and_strangers_are_not() {
    let gateway = TestGateway::start(settings(&[])).await;
    let (key, record) = gateway.key(KeyTerms::default()).await;
    let open = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(&key);
    let opened = send(open.json(&json!({"reference": "order-7"}))).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    gateway.backend.failures.lock().unwrap().push_back(BackendError::Unavailable);
    assert_eq!(session.complete(json!({})).await.status, 502);
    assert_eq!(session.complete(json!({})).await.status, 200);
    assert_eq!(session.complete(json!({})).await.status, 200);
    let direct = uuid::Uuid::from_u128(5).to_string();
    let crops: Vec<Value> =
        (0..10u8).map(|index| json!({"index": index, "pixels": base64(&crop(index))})).collect();
    let check = json!({"session_id": direct, "model": "mixed-10-v2", "crops": crops});
    let check = gateway.request(Method::POST, "/api/v1/fast-check-crops").json(&check);
    assert_eq!(send(check).await.status, 200);
    for _ in 0..3 {
        let refused = send(gateway.request(Method::GET, "/metrics").bearer_auth("lvk_x")).await;
        assert_eq!(refused.status, 401);
    }
    let log = log(&gateway).await;
    let short: Vec<_> =
        log.iter().map(|entry| (&*entry.actor, &*entry.action, &*entry.object)).collect();
    let by_key = format!("key {}", record.id);
    let key_id = record.id.to_string();
    assert_eq!(
        short,
        [
            ("command line", "key.created", &*key_id),
            (&by_key, "session.opened", opened.data()["session_id"].as_str().unwrap()),
            ("gateway", "check.failed", &session.id),
            ("gateway", "verdict.decided", &session.id),
            ("gateway", "verdict.decided", &direct),
        ]
    );
    assert!(log[2].details.contains("upstream_unavailable"), "{}", log[2].details);
    assert!(log[3].details.contains(r#""score":87.0"#), "{}", log[3].details);
    let everything = format!("{log:?}");
    for secret in [&key[21..], &session.token, "order-7"] {
        assert!(!everything.contains(secret), "{everything}");
    }
}

/// Whose id a client has chosen for its check cannot be known, so the log says that it has.
#[tokio::test]
async fn what_a_client_calls_its_check_is_told_from_a_session_of_ours() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    let post = async |path: &str, body: &Value| {
        send(gateway.request(Method::POST, path).bearer_auth(SERVER_KEY).json(body)).await.status
    };
    let stream = |index| streamed(5, index);
    let streams = stream(0)["session_id"].clone();
    for index in 0..10 {
        assert_eq!(post("/api/v1/fast-check-stream", &stream(index)).await, 200);
    }
    let frames: Vec<Value> = (0..10).map(|index| stream(index)["frame"].clone()).collect();
    let mut check = json!({"session_id": session.id, "model": "mixed-10-v2", "frames": frames});
    assert_eq!(post("/api/v1/fast-check", &check).await, 200);
    gateway.backend.failures.lock().unwrap().push_back(BackendError::Unavailable);
    assert_eq!(post("/api/v1/fast-check", &check).await, 502);
    check["crops"] = check["frames"].take();
    for crop in check["crops"].as_array_mut().unwrap() {
        crop["pixels"] = base64(&crate::common::crop(3)).into();
    }
    assert_eq!(post("/api/v1/fast-check-crops", &check).await, 200);
    let said: Vec<_> = log(&gateway)
        .await
        .into_iter()
        .map(|entry| {
            let details: Value = serde_json::from_str(&entry.details).unwrap();
            assert_eq!(details["tenant"], "default");
            (entry.action, json!(entry.object), details["id_from"].clone())
        })
        .collect();
    let by_client = json!("client");
    let entry = |action: &str, id: &Value, from: &Value| (action.into(), id.clone(), from.clone());
    let ours = json!(session.id);
    assert_eq!(
        said,
        [
            entry("verdict.decided", &ours, &Value::Null),
            entry("session.opened", &streams, &by_client),
            entry("verdict.decided", &streams, &by_client),
            entry("verdict.decided", &ours, &by_client),
            entry("check.failed", &ours, &by_client),
            entry("verdict.decided", &ours, &by_client),
        ]
    );
}

/// While nobody looks at pictures, to be told so again leaves no trace.
#[tokio::test]
async fn a_sessions_token_does_not_fill_the_log_while_nobody_is_asked() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let retry_after = std::time::Duration::from_secs(1);
    let resting = || BackendError::Resting { retry_after };
    let rejected = || BackendError::rejected(ErrorCode::ValidationError, "no rate");
    let failures = [
        resting(),
        resting(),
        rejected(),
        rejected(),
        BackendError::Busy { retry_after: None },
        BackendError::Unavailable,
        BackendError::Account(ErrorCode::InsufficientCredits),
        BackendError::Internal,
        resting(),
    ];
    let count = failures.len();
    *gateway.backend.failures.lock().unwrap() = failures.into();
    for _ in 0..count {
        assert!(session.complete(json!({})).await.status >= 400);
    }
    assert_eq!(session.complete(json!({})).await.status, 200);
    let said = log(&gateway).await;
    let said: Vec<_> = said.iter().map(|entry| (&*entry.action, &*entry.details)).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    // The first try, so that it is seen how checks end; and one that took the verifier's time.
    for (entry, code) in said.iter().zip(["too_many_sessions", "internal_error"]) {
        assert!(entry.0 == "check.failed" && entry.1.contains(code), "{entry:?}");
    }
    assert_eq!(said[2].0, "verdict.decided");
}

/// A back end's key may say what happened around a session of its tenant; nobody else, and nothing without bounds.
#[tokio::test]
async fn a_back_end_adds_events_about_its_own_sessions() {
    let gateway = TestGateway::start(settings(&[])).await;
    let (key, record) = gateway.key(KeyTerms::default()).await;
    let scoped = |scope: &str| KeyTerms { scopes: scope.parse().unwrap(), ..KeyTerms::default() };
    let (auditor, _) = gateway.key(scoped("session:audit")).await;
    let (reader, _) = gateway.key(scoped("session:read")).await;
    let open = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(&key);
    let opened = send(open.json(&json!({}))).await;
    let id = opened.data()["session_id"].as_str().unwrap().to_owned();
    let note = async |key: &str, id: &str, event: &Value| {
        let request = gateway.request(Method::PATCH, &format!("/api/v1/sessions/{id}/audit"));
        send(request.bearer_auth(key).json(event)).await
    };
    let event = json!({ "type": "consent_given", "by": "Zoë\n\u{202e}", "details": { "form": 7 } });
    for key in [&key, &auditor, SERVER_KEY] {
        let answer = note(key, &id, &event).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.data()["session_id"], *id);
    }

    let token = opened.data()["token"].as_str().unwrap();
    let stranger = uuid::Uuid::from_u128(9).to_string();
    for (key, id, status, code) in [
        (token, &id, 401, ErrorCode::InvalidKey),
        (&reader, &id, 403, ErrorCode::InsufficientScope),
        (&key, &stranger, 404, ErrorCode::SessionNotFound),
    ] {
        let answer = note(key, id, &event).await;
        assert_eq!((answer.status, answer.code()), (status, code));
    }
    let deep = (0..8).fold(json!({}), |inner, _| json!({ "a": inner }));
    for refused in
        [json!([event]), json!(null), json!("a"), json!({}), json!({ "a": "x".repeat(8192) }), deep]
    {
        let answer = note(&key, &id, &refused).await;
        assert_eq!((answer.status, answer.code()), (400, ErrorCode::ValidationError), "{refused}");
    }

    let path = format!("/api/v1/sessions/{id}/audit");
    let raw = |text: &'static str| {
        let request = gateway.request(Method::PATCH, &path).bearer_auth(&key);
        send(request.header("content-type", "application/json").body(text))
    };
    for refused in ["", r#"{"a": {"$serde_json::private::RawValue": "{}"}}"#] {
        assert_eq!(raw(refused).await.code(), ErrorCode::ValidationError, "{refused}");
    }

    let log = log(&gateway).await;
    let noted: Vec<_> = log.iter().filter(|entry| entry.action == "session.noted").collect();
    assert_eq!(noted.len(), 3);
    assert_eq!(noted[0].actor, format!("key {}", record.id));
    assert_eq!(noted[2].actor, "server key");
    for entry in noted {
        let details: Value = serde_json::from_str(&entry.details).unwrap();
        assert_eq!((&*entry.object, &details["event"]), (&*id, &event));
        assert_eq!(entry.computed(), entry.hash);
    }
    let wide = json!({ "a": "\u{7f}".repeat(8000) });
    let mut taken = 0;
    let refused = loop {
        let answer = note(&key, &id, &wide).await;
        if answer.status != 200 {
            break answer;
        }
        taken += 1;
    };
    assert!((5..=11).contains(&taken), "{taken} of 48 kB each");
    assert_eq!((refused.status, refused.code()), (429, ErrorCode::RateLimitExceeded));
}

/// Who reads a list may have had enough of it; a key is shown this once.
#[cfg(unix)]
#[test]
fn a_key_that_nobody_reads_is_a_failure_and_a_list_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    for (arguments, code) in [
        (&["keys", "create", "--name", "till"][..], 1),
        (&["keys", "list"], 0),
        (&["audit", "list"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = crate::binary::gateway();
        let command = command.args(arguments).env("LIVENESS_DATABASE", &database).stdout(writer);
        assert_eq!(command.status().unwrap().code(), Some(code), "{arguments:?}");
    }
}

/// `audit verify` names the entry that somebody has changed in the file.
#[cfg(unix)]
#[tokio::test]
async fn a_change_in_the_file_is_named_by_the_command() {
    use crate::binary;

    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    let run = |arguments: &[&str]| {
        let mut command = binary::gateway();
        let done = command.args(arguments).env("LIVENESS_DATABASE", &database).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    for name in ["one", "two", "three"] {
        assert_eq!(run(&["keys", "create", "--name", name]).0, Some(0));
    }
    let (_, listed, _) = run(&["audit", "list", "--last", "2"]);
    let entries: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (&entries[0]["actor"], &entries[0]["details"]["name"]),
        (&json!("command line"), &json!("two"))
    );
    let (code, said, _) = run(&["audit", "verify"]);
    assert_eq!(code, Some(0), "{said}");
    let noted = said.lines().next().unwrap().to_owned();
    assert_eq!(run(&["audit", "verify", "--noted", &noted]).0, Some(0));

    let file = rusqlite::Connection::open(&database).unwrap();
    file.execute_batch(
        "DROP TRIGGER audit_is_not_changed;
         UPDATE audit SET details = replace(details, 'two', 'too') WHERE number = 2;",
    )
    .unwrap();
    let (code, _, said) = run(&["audit", "verify"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("entry 2 has been changed"), "{said}");
    // As it was, but without its end.
    file.execute_batch(
        "UPDATE audit SET details = replace(details, 'too', 'two') WHERE number = 2;
         DELETE FROM audit WHERE number = 3;",
    )
    .unwrap();
    assert_eq!(run(&["audit", "verify"]).0, Some(0), "which the chain alone cannot show");
    let (code, _, said) = run(&["audit", "verify", "--noted", &noted]);
    assert_eq!(code, Some(1));
    assert!(said.contains("entry 3 is not the one that was noted"), "{said}");

    // Another log in its place, whose only entry says that the ones before it were forgotten.
    let forge = |last: Head| {
        let entry = AuditEntry::after(last, &Deed::trimmed(last, By::gateway(0)));
        let sql = "INSERT INTO audit (number, at, actor, action, object, details, previous, hash)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let AuditEntry { number, at, actor, action, object, details, previous, hash } = entry;
        file.execute("DELETE FROM audit", []).unwrap();
        let columns = rusqlite::params![
            number as i64,
            at as i64,
            actor,
            action,
            object,
            details,
            previous.0,
            hash.0
        ];
        file.execute(sql, columns).unwrap();
    };
    let hash = AuditHash([7; 32]);
    forge(Head { number: 3, hash });
    assert_eq!(run(&["audit", "verify"]).0, Some(0));
    let (code, _, said) = run(&["audit", "verify", "--noted", &noted]);
    assert_eq!(code, Some(1));
    assert!(said.contains("entry 3 is not the one that was noted"), "{said}");
    forge(Head { number: 4, hash });
    let (code, printed, said) = run(&["audit", "verify", "--noted", &noted]);
    assert_eq!((code, &*printed), (Some(3), ""));
    assert!(
        said.contains("entry 3, which was noted, is no longer there: entry 5 of 1970"),
        "{said}"
    );
    // The last that was forgotten is known by what follows on it.
    forge(noted.parse().unwrap());
    let (code, said, _) = run(&["audit", "verify", "--noted", &noted]);
    assert_eq!(code, Some(0));
    // By whomever: that is told in any case.
    assert!(said.contains("entry 4 of 1970-01-01T00:00:00"), "{said}");
}

/// What a verdict costs with the log beside it, against the same without: `cargo test --release ... -- --ignored`.
#[tokio::test]
#[ignore = "measures"]
async fn what_an_entry_costs() {
    use liveness_gateway::domain::audit::{Action, By, Deed};
    use std::time::Instant;

    let dir = tempfile::tempdir().unwrap();
    let limits = settings(&[]).store;
    let store = Arc::new(SqliteStore::open(&dir.path().join("sessions.db"), limits, 0).unwrap());
    let memory = liveness_gateway::store::memory::MemoryStore::new(limits);
    for round in 0..3 {
        let start = Instant::now();
        for at in 0..1000 {
            memory.note(Deed::signed(Action::SignedIn, By::server_key(at))).await.unwrap();
        }
        let in_memory = start.elapsed() / 1000;
        let start = Instant::now();
        let notes = (0..1000).map(|at| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                store.note(Deed::signed(Action::SignedIn, By::server_key(at))).await.unwrap();
            })
        });
        for note in notes.collect::<Vec<_>>() {
            note.await.unwrap();
        }
        println!("round {round}: {in_memory:?} in memory, {:?} in SQLite", start.elapsed() / 1000);
    }
}
