//! What every answer carries, of whatever kind it is.

use std::sync::atomic::Ordering;

use crate::common::{SERVER_KEY, TestGateway, client, settings, site};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

fn values(request: &RequestBuilder) -> String {
    let request = request.try_clone().unwrap().build().unwrap();
    format!("{} {}", request.method(), request.url().path())
}

#[tokio::test]
async fn every_kind_of_answer_has_the_security_headers() {
    let root = site();
    let dir = root.path().join("dist");
    std::fs::write(
        dir.join("embed.html"),
        "<!doctype html><meta name=\"liveness-parent\" content=\"\">",
    )
    .unwrap();
    let flags = ["--static-dir", dir.to_str().unwrap(), "--allow-origin", "https://shop.example"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    gateway.backend.panics.store(1, Ordering::SeqCst);
    let get = |path: &str| gateway.request(Method::GET, path);
    let script = "/liveness-capture/main.js";
    let etag = get(script).send().await.unwrap().headers()["etag"].clone();
    let complete = gateway.request(Method::POST, &session.path("/complete"));
    let preflight = gateway.request(Method::OPTIONS, "/api/v1/sessions");
    for (status, request) in [
        (200, get("/")),
        (200, get(script)),
        (200, gateway.request(Method::HEAD, script)),
        (304, get(script).header("if-none-match", etag)),
        (206, get(script).header("range", "bytes=0-1")),
        (416, get(script).header("range", "bytes=99-")),
        (412, get(script).header("if-match", "\"other\"")),
        (307, get("/liveness-capture")),
        (404, get("/no/such.file")),
        (405, gateway.request(Method::POST, script)),
        (200, get("/embed")),
        (403, get("/embed?parent=https://evil.example")),
        (200, get("/health")),
        (200, get("/metrics").bearer_auth(SERVER_KEY)),
        (401, get("/metrics")),
        (404, get("/api/v1/nonsense")),
        (405, gateway.request(Method::PATCH, "/api/v1/models")),
        (201, gateway.request(Method::POST, "/api/v1/sessions")),
        (
            403,
            gateway
                .request(Method::POST, "/api/v1/sessions")
                .header("origin", "https://evil.example"),
        ),
        (421, get("/health").header("host", "evil.example")),
        (
            200,
            preflight
                .header("origin", "https://shop.example")
                .header("access-control-request-method", "POST"),
        ),
        (500, complete.bearer_auth(&session.token)),
    ] {
        let what = values(&request);
        let response = client().execute(request.build().unwrap()).await.unwrap();
        assert_eq!(response.status(), status, "{what}");
        let headers = response.headers();
        let value = |name: &str| {
            let mut all = headers.get_all(name).iter();
            let value = all.next().unwrap_or_else(|| panic!("{what} {status}: no {name}"));
            assert!(all.next().is_none(), "{what} {status}: {name} twice");
            value.to_str().unwrap().to_owned()
        };
        assert_eq!(value("x-content-type-options"), "nosniff");
        assert_eq!(value("referrer-policy"), "no-referrer");
        assert!(value("permissions-policy").starts_with("camera=(self), microphone=()"));
        let policy = value("content-security-policy");
        assert!(
            policy.starts_with("default-src 'self'") || policy.starts_with("default-src 'none'")
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(value("cross-origin-opener-policy"), "same-origin");
        assert_eq!(value("cross-origin-resource-policy"), "same-origin");
        assert_eq!(value("x-request-id").len(), 32, "{what}");
        let caching = value("cache-control");
        assert!(matches!(&*caching, "no-store" | "no-cache"), "{what}: {caching}");
        // Without TLS of its own nothing is said for good, nor ever what it runs on.
        assert!(!headers.contains_key("strict-transport-security"));
        assert!(!headers.contains_key("server") && !headers.contains_key("x-powered-by"));
    }
}
