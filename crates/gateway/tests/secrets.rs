//! No secret is in any answer or log line, at any level, nor in the database. A binary of its own: it takes the process's
//! log.

#[path = "gateway/common/mod.rs"]
mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::mock::{API_KEY, MockUpstream, Script, error_body};
use common::{FakeBackend, SECRET, SERVER_KEY, TestGateway, WithJson as _, client, crop, settings};
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::keys::{KeyChange, KeyTerms, new_secret};
use liveness_gateway::domain::route::Engines;
use liveness_gateway::domain::scopes::Scope;
use liveness_gateway::logging;
use liveness_gateway::store::postgres::{PostgresStore, PostgresUrl};
use liveness_gateway::store::sqlite::SqliteStore;
use liveness_gateway::store::{Store, StoreLimits};
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tracing_subscriber::EnvFilter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything of an answer as text.
async fn everything(seen: &mut String, request: RequestBuilder) -> serde_json::Value {
    let response = request.send().await.unwrap();
    seen.push_str(&format!("{} {:?}\n", response.status(), response.headers()));
    let text = response.text().await.unwrap();
    seen.push_str(&text);
    serde_json::from_str(&text).unwrap_or_default()
}

/// A store, and what is to be looked for in its files.
enum Place {
    File(tempfile::TempDir),
    Postgres { url: String },
}

impl Place {
    fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// `None` where there is no server, but in CI, which has to have one.
    async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("LIVENESS_TEST_POSTGRES") else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "cargo xtask postgres");
            return None;
        };
        let schema = format!("secrets_{:016x}", fastrand::u64(..));
        let url = format!("{server}?options=-csearch_path%3D{schema}");
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        Some(Self::Postgres { url })
    }

    /// All that is kept there: the files' bytes, or the tables' rows as texts (bytes in hexadecimal).
    async fn content(&self) -> Vec<u8> {
        let url = match self {
            Self::File(dir) => {
                let files = std::fs::read_dir(dir.path()).unwrap();
                return files
                    .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
                    .collect();
            }
            Self::Postgres { url } => url,
        };
        let (client, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()";
        let mut content = String::new();
        for table in client.query(tables, &[]).await.unwrap() {
            let rows = format!("SELECT row::TEXT FROM {} AS row", table.get::<_, String>(0));
            for row in client.query(&rows, &[]).await.unwrap() {
                content.push_str(row.get(0));
            }
        }
        content.into_bytes()
    }

    async fn open(&self, limits: StoreLimits) -> Arc<dyn Store> {
        match self {
            Self::File(dir) => {
                Arc::new(SqliteStore::open(&dir.path().join("sessions.db"), limits, 0).unwrap())
            }
            Self::Postgres { url } => {
                let url = PostgresUrl::parse(url).unwrap();
                Arc::new(PostgresStore::open(&url, limits).await.unwrap())
            }
        }
    }
}

#[tokio::test]
async fn no_secret_leaves_the_gateway() {
    let log = Log::default();
    let writer = log.clone();
    logging::start(EnvFilter::new("trace"), false, move || writer.clone());
    nothing_leaves(&log, Place::file()).await;
    if let Some(place) = Place::postgres().await {
        nothing_leaves(&log, place).await;
    }
}

async fn nothing_leaves(log: &Log, place: Place) {
    let site = tempfile::tempdir().unwrap();
    std::fs::write(site.path().join("index.html"), "<!doctype html>").unwrap();
    // An upstream that quotes the key back in every way it can.
    let quoting = |status, code| {
        let message = format!("bad {API_KEY}");
        Script::Json(status, &[("X-Moveris-Debug", API_KEY)], error_body(code, &message))
    };
    let mock = MockUpstream::start([
        quoting(401, "invalid_key"),
        quoting(400, "validation_error"),
        quoting(500, "internal_error"),
    ])
    .await;
    let flags = ["--static-dir", site.path().to_str().unwrap()];
    let settings = settings(&flags);
    let store = place.open(settings.store).await;
    let fake = Arc::new(FakeBackend::default());
    let gateway =
        TestGateway::start_on(settings, store, Engines::alone(mock.backend()), fake).await;
    let (key, record) = gateway.key(KeyTerms::default()).await;
    let (hash, rotated) = new_secret(record.id).unwrap();
    let rotate = KeyChange::Rotate { hash, until: u64::MAX };
    gateway.store.change_key(record.id, rotate, By::server_key(0)).await.unwrap();
    let rotated = rotated.expose_secret().to_owned();
    let (narrow_key, _) = gateway
        .key(KeyTerms { scopes: [Scope::UsageRead].into_iter().collect(), ..KeyTerms::default() })
        .await;

    let mut seen = String::new();
    let get = |path: &str| client().get(format!("{}{path}", gateway.url));
    for path in ["/", "/index.html", "/health", "/api/v1/models", "/nowhere", "/api/v1/nowhere"] {
        everything(&mut seen, get(path)).await;
    }
    let of_back_end = json!({
        "model": "mixed-10-v2", "reference": "order-of-Ada-Lovelace", "metadata": {"born": "December-1815"},
    });
    let create = gateway.paid(Method::POST, "/api/v1/sessions").json(&of_back_end);
    let created = create.send().await.unwrap().text().await.unwrap();
    let created: serde_json::Value = serde_json::from_str(&created).unwrap();
    let (id, token) = (
        created["data"]["session_id"].as_str().unwrap(),
        created["data"]["token"].as_str().unwrap(),
    );
    let at = |method: Method, rest: &str| {
        gateway.request(method, &format!("/api/v1/sessions/{id}{rest}")).bearer_auth(token)
    };
    for index in 0..10u8 {
        everything(&mut seen, at(Method::PUT, &format!("/crops/{index}")).body(crop(index))).await;
    }
    let complete = || at(Method::POST, "/complete").json(&json!({"warnings": ["w"]}));
    everything(&mut seen, complete()).await;
    let refused = everything(&mut seen, complete()).await;
    assert_eq!(refused["message"], "bad [key]", "the second script was reached");
    // A verdict, which is kept, that quotes it as well.
    let quoted = format!("key {API_KEY}");
    let mut quoting = serde_json::to_value(common::fake::verdict(id, 10)).unwrap();
    for text in ["model", "input_source", "warning", "created_at"] {
        quoting[text] = json!(quoted);
    }
    quoting["warnings"] = json!([quoted]);
    quoting["tenant_metadata"] = json!({"note": quoted});
    let body = json!({"data": quoting, "success": true, "message": "OK"});
    mock.then(Script::Json(200, &[("X-Moveris-Model-Resolved", API_KEY)], body));
    let verdict = everything(&mut seen, complete()).await;
    let told = |name: &str| verdict["data"][name].as_str().unwrap().to_owned();
    assert_eq!((told("verdict"), told("warning")), ("live".into(), "key [key]".into()));
    assert_eq!(mock.requests().len(), 4, "every script was reached");
    everything(&mut seen, at(Method::GET, "")).await;
    everything(
        &mut seen,
        gateway.request(Method::GET, &format!("/api/v1/sessions/{id}")).bearer_auth(SERVER_KEY),
    )
    .await;
    everything(
        &mut seen,
        gateway.request(Method::GET, &format!("/api/v1/sessions/{id}")).bearer_auth("wrong"),
    )
    .await;

    // Keys that hold, one that may not do this, and one that is broken.
    let mut broken = rotated.clone();
    broken.push('0');
    for (key, refused) in [
        (&key, None),
        (&rotated, None),
        (&narrow_key, Some("insufficient_scope")),
        (&broken, Some("invalid_key")),
    ] {
        let get = gateway.request(Method::GET, &format!("/api/v1/sessions/{id}"));
        let answer = everything(&mut seen, get.header("x-api-key", key)).await;
        let code = answer["errors"][0].as_object().and_then(|error| error.keys().next());
        assert_eq!(code.map(String::as_str), refused);
    }

    // An answer that breaks off, and one by something in between, with the key in both.
    let html = format!("HTTP/1.1 502 Bad\r\nContent-Length: 99\r\n\r\n<html>{API_KEY}");
    let crops: Vec<_> = (0..10u8)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect();
    let check = json!({"session_id": id, "crops": crops});
    for script in [Script::CutMidBody, Script::Raw(html.into_bytes())] {
        mock.then(script);
        let check = gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&check);
        let lost = everything(&mut seen, check).await;
        assert!(lost["errors"][0].get("verdict_lost").is_some(), "{lost}");
    }

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    // The log is that of the whole run, down to what the HTTP libraries say.
    for expected in [
        "liveness_gateway::access",
        "/api/v1/sessions/{id}/crops/{index}",
        "status=401",
        "TRACE",
        "refuses this gateway's account",
        "asking the upstream again",
    ] {
        assert!(log.contains(expected), "{expected}");
    }
    let picture = STANDARD.encode(crop(3));
    let picture = &picture[60..120];
    // As a list of bytes is printed for whoever looks for mistakes.
    let bytes = format!("{:?}", &crop(3)[60..80]);
    for (what, secret) in [
        ("reference", "order-of-Ada-Lovelace"),
        ("metadata", "December-1815"),
        ("picture's bytes", bytes.trim_matches(['[', ']'])),
    ] {
        assert!(!log.contains(secret), "the log holds the {what}");
    }
    for (what, secret) in [
        ("API key", API_KEY),
        ("signing secret", SECRET),
        ("server key", SERVER_KEY),
        ("token", token),
        ("picture", picture),
        ("key", &key[21..]),
        ("rotated key", &rotated[21..]),
        ("narrow key", &narrow_key[21..]),
    ] {
        assert!(!seen.contains(secret), "an answer holds the {what}");
        // Lines of the test's own client are not the gateway's, but hold nothing either.
        if let Some(at) = log.find(secret) {
            panic!("the log holds the {what}: ...{}", &log[at.saturating_sub(300)..at]);
        }
    }

    // Nor is a key in the database, in either form of its secret.
    drop(gateway);
    let kept = place.content().await;
    let holds = |bytes: &[u8]| kept.windows(bytes.len()).any(|window| window == bytes);
    assert!(holds(record.id.to_string().as_bytes()), "so that this finds what is there");
    for key in [&key, &rotated, &narrow_key] {
        let secret = &key[21..];
        assert!(!holds(secret.as_bytes()));
        let bytes = URL_SAFE_NO_PAD.decode(secret).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!holds(&bytes) && !holds(hex.as_bytes()));
    }
    for secret in [SERVER_KEY, SECRET, API_KEY, token] {
        assert!(!holds(secret.as_bytes()));
    }
}

/// As a supervisor hands it over that keeps it in no file.
#[test]
fn a_secret_may_come_by_standard_input() {
    use std::process::Stdio;

    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    for (variables, given, why) in [
        (&["LIVENESS_SECRET_FILE"][..], SECRET, None),
        (&["LIVENESS_SECRET_FILE"], "short", Some("LIVENESS_SECRET")),
        (&["LIVENESS_SECRET_FILE"], "", Some("LIVENESS_SECRET")),
        // It is looked at more than once.
        (&["LIVENESS_DATABASE_FILE"], database.to_str().unwrap(), None),
        (&["LIVENESS_SECRET_FILE", "LIVENESS_SERVER_KEY_FILE"], SECRET, Some("is that of")),
    ] {
        let mut checked = common::process::command(env!("CARGO_BIN_EXE_liveness-gateway"))
            .arg("check")
            .envs(variables.iter().map(|variable| (variable, "-")))
            .envs((variables == ["LIVENESS_DATABASE_FILE"]).then_some(("LIVENESS_SECRET", SECRET)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        checked.stdin.take().unwrap().write_all(format!("{given}\n").as_bytes()).unwrap();
        let output = checked.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.success(), why.is_none(), "{variables:?}: {said}");
        assert!(why.is_none_or(|why| said.contains(why)), "{variables:?}: {said}");
        assert!(!said.contains(SECRET));
    }
}
