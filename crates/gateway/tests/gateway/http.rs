//! What holds for every answer: headers, files, origins, limits, and the end.

use std::time::Duration;

use crate::common::{TestGateway, client, covered, send, settings, site};
use liveness_gateway::api::http::headers::CONTENT_SECURITY_POLICY;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn with_site() -> (TestGateway, TempDir) {
    let root = site();
    let dir = root.path().join("dist");
    let gateway = TestGateway::start(settings(&["--static-dir", dir.to_str().unwrap()])).await;
    (gateway, root)
}

#[tokio::test]
async fn files_have_their_mime_types_and_the_policy() {
    let (gateway, _root) = with_site().await;
    for (path, mime) in [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/style.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
        ("/liveness-capture/main.js", "text/javascript"),
        ("/liveness-capture/vision_bg.wasm", "application/wasm"),
        ("/liveness-capture/face.bin", "application/octet-stream"),
    ] {
        let response = gateway.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let headers = response.headers();
        assert_eq!(
            headers["content-type"].to_str().unwrap().split(';').next(),
            Some(mime),
            "{path}"
        );
        assert_eq!(headers["content-security-policy"], CONTENT_SECURITY_POLICY);
        assert!(headers["permissions-policy"].to_str().unwrap().starts_with("camera=(self),"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], "no-cache");
    }
}

#[tokio::test]
async fn a_file_named_by_its_content_may_be_kept_for_good() {
    let (gateway, _root) = with_site().await;
    let path = "/liveness-capture/face-0123abcd.bin";
    let first = gateway.request(Method::GET, path).send().await.unwrap();
    let for_good = "public, max-age=31536000, immutable";
    assert_eq!(
        (first.status().as_u16(), &first.headers()["cache-control"]),
        (200, &for_good.parse().unwrap())
    );
    let etag = first.headers()["etag"].clone();
    let again = gateway.request(Method::GET, path).header("if-none-match", etag).send();
    let again = again.await.unwrap();
    assert_eq!(
        (again.status().as_u16(), &again.headers()["cache-control"]),
        (304, &for_good.parse().unwrap())
    );
    assert_eq!(again.headers()["content-security-policy"], CONTENT_SECURITY_POLICY);
    // A name alone is no promise.
    let absent = "/liveness-capture/other-0123abcd.bin";
    let absent = gateway.request(Method::GET, absent).send().await.unwrap();
    assert_eq!(
        (absent.status().as_u16(), &absent.headers()["cache-control"]),
        (404, &"no-cache".parse().unwrap())
    );
}

#[test]
fn the_policy_allows_what_the_component_needs_and_no_more() {
    let directives: Vec<&str> = CONTENT_SECURITY_POLICY.split(';').map(str::trim).collect();
    for needed in [
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ] {
        assert!(directives.contains(&needed), "{needed}");
    }
    for forbidden in ["'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*"] {
        assert!(!CONTENT_SECURITY_POLICY.contains(forbidden), "{forbidden}");
    }
}

#[tokio::test]
async fn a_changed_file_is_never_stale() {
    let (gateway, root) = with_site().await;
    let path = "/liveness-capture/vision_bg.wasm";
    let first = gateway.request(Method::GET, path).send().await.unwrap();
    let etag = first.headers()["etag"].clone();
    let ask = || gateway.request(Method::GET, path).header("if-none-match", &etag).send();
    assert_eq!(ask().await.unwrap().status(), 304);
    std::fs::write(root.path().join("dist/liveness-capture/vision_bg.wasm"), b"\0as2").unwrap();
    let changed = ask().await.unwrap();
    assert_eq!(changed.status(), 200);
    assert_eq!(changed.bytes().await.unwrap(), &b"\0as2"[..]);
}

#[tokio::test]
async fn no_path_leaves_the_folder() {
    let (gateway, root) = with_site().await;
    for name in [".env", ".git/config", "liveness-capture/.git/config", ".well-known/x.txt"] {
        let file = root.path().join("dist").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = if name.contains("well-known") { "for you" } else { "not for you" };
        std::fs::write(file, text).unwrap();
    }
    let known = gateway.request(Method::GET, "/.well-known/x.txt").send().await.unwrap();
    assert_eq!(known.text().await.unwrap(), "for you");
    let address = gateway.url.strip_prefix("http://").unwrap();
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/liveness-capture/../../secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/./../secret.txt",
        "/%00",
        "/%ff",
        "/liveness-capture/%2e%2e/%2e%2e/secret.txt",
        // Not put there to be seen, wherever it lies and however it is written.
        "/.env",
        "/%2Eenv",
        "/.git/config",
        "/liveness-capture/.git/config",
        // A redirect to them would lead to another host.
        "//liveness-capture",
        "//.git",
        "/%2fliveness-capture",
        // Longer than the name of any file.
        &format!("/{}", "a".repeat(256)),
        &format!("/{}", "a".repeat(254)),
        &format!("/{}.js", "a".repeat(250)),
        &format!("/liveness-capture/{}/x", "a".repeat(300)),
        &"/a".repeat(4_000),
    ] {
        // By hand: a client library would tidy the path up.
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(answer.contains("\"errors\":["), "{path}: {answer}");
        assert!(!answer.contains("not for you"), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_answered_in_the_envelope() {
    let (gateway, _root) = with_site().await;
    let bare = TestGateway::start(settings(&[])).await;
    for gateway in [&gateway, &bare] {
        for (method, path, code) in [
            (Method::GET, "/api/v1/nonsense", ErrorCode::NotFound),
            (Method::POST, "/api/v2/sessions", ErrorCode::NotFound),
            (Method::DELETE, "/api/v1/sessions", ErrorCode::MethodNotAllowed),
            (Method::PATCH, "/api/v1/sessions/x/crops/0", ErrorCode::MethodNotAllowed),
            (Method::PUT, "/api/v1/sessions/x", ErrorCode::MethodNotAllowed),
            (Method::GET, "/api/v1/sessions", ErrorCode::MethodNotAllowed),
            (Method::POST, "/health", ErrorCode::MethodNotAllowed),
            (Method::GET, "/api/v1/fast-check-crops", ErrorCode::MethodNotAllowed),
        ] {
            assert_eq!(send(gateway.request(method, path)).await.code(), code, "{path}");
        }
        for (method, status) in [(Method::GET, 404), (Method::POST, 405)] {
            let response = gateway.request(method, "/no/such.file").send().await.unwrap();
            assert_eq!(response.status(), status);
            let body = response.text().await.unwrap();
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert!(body["errors"][0].is_object());
        }
    }
    assert_eq!(bare.request(Method::GET, "/").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn health_and_models() {
    let gateway = TestGateway::start(settings(&[])).await;
    let health = send(gateway.request(Method::GET, "/health")).await;
    let data = health.data();
    assert_eq!((&data["status"], &data["mode"]), (&json!("healthy"), &json!("local")));
    assert_eq!(data["environment"], "production", "the tests' secret is a lasting one");
    assert!(data["version"].is_string() && data["dependencies"].is_object());
    let loaded = data["models_loaded"].as_array().unwrap();
    assert!(!loaded.is_empty());
    assert!(loaded.iter().all(|id| id.as_str().unwrap().starts_with("local-1-")), "{loaded:?}");
    let models = send(gateway.request(Method::GET, "/api/v1/models")).await;
    let models = models.data().as_array().unwrap();
    let find = |id: &str| models.iter().find(|model| model["id"] == id).unwrap();
    assert_eq!(find("local-1-30")["min_frames"], 30);
    assert_eq!(find("mixed-90-v2")["min_frames"], 90);
    assert_eq!(find("mixed-30")["deprecated"], true);
    let credits = ["mixed-30-v2", "mixed-120-v2", "local-1-30"].map(|id| &find(id)["credits"]);
    assert_eq!(credits, [&json!(1), &json!(2), &json!(0)]);
}

#[tokio::test]
async fn a_body_that_trickles_in_is_given_up() {
    let mut settings = settings(&[]);
    settings.limits.crop.time = Duration::from_millis(200);
    settings.limits.json.time = Duration::from_millis(200);
    let gateway = TestGateway::start(settings).await;
    let session = gateway.open(json!({})).await;
    let address = gateway.url.strip_prefix("http://").unwrap();
    for (line, extra) in [
        (format!("PUT {}", session.path("/crops/0")), ""),
        ("POST /api/v1/sessions".to_owned(), "Content-Type: application/json\r\n"),
    ] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n{extra}Content-Length: 1000\r\n\r\n{{",
            session.token
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read(&mut answer))
            .await
            .unwrap()
            .unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("request_timeout"), "{answer}");
        covered::reached(&["error request_timeout"]);
    }
}

#[tokio::test]
async fn requests_under_way_end_before_the_gateway_does() {
    let mut gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let (path, token) = (session.path("/complete"), session.token.clone());
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let running = tokio::spawn(send(gateway.request(Method::POST, &path).bearer_auth(token)));
    while gateway.backend.checks.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    gateway.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!gateway.ended.is_finished(), "it waits for the check");
    assert!(
        client().get(format!("{}/health", gateway.url)).send().await.is_err(),
        "nobody new is served"
    );
    gate.notify_waiters();
    assert_eq!(running.await.unwrap().status, 200);
    tokio::time::timeout(Duration::from_secs(5), &mut gateway.ended).await.unwrap().unwrap();
}
