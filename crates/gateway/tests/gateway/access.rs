//! Which pages are let in: callers, frames, openers, loaders of files.

use crate::common::{SERVER_KEY, TestGateway, send, settings, site};
use liveness_gateway::api::routes::ENDPOINTS;
use liveness_protocol::ErrorCode;
use reqwest::header::HeaderMap;
use reqwest::{Method, Response};
use tempfile::TempDir;

const SHOP: &str = "https://shop.example";
const SCRIPT: &str = "/liveness-capture/main.js";

async fn start(flags: &[&str]) -> (TestGateway, TempDir) {
    let root = site();
    let dir = root.path().join("dist");
    let flags = [&["--static-dir", dir.to_str().unwrap()], flags].concat();
    (TestGateway::start(settings(&flags)).await, root)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

/// The origin which an answer lets read it.
fn readable(headers: &HeaderMap) -> Option<&str> {
    text(headers, "access-control-allow-origin")
}

async fn get(gateway: &TestGateway, path: &str, origin: &str) -> Response {
    let request = gateway.request(Method::GET, path).header("origin", origin);
    request.header("sec-fetch-site", "cross-site").send().await.unwrap()
}

/// What a browser asks before it lets a page of `origin` send these headers.
async fn preflight(gateway: &TestGateway, origin: &str, headers: &str) -> Response {
    let request = gateway.request(Method::OPTIONS, "/api/v1/sessions/x/crops/0");
    let request = request.header("origin", origin).header("access-control-request-method", "PUT");
    request.header("access-control-request-headers", headers).send().await.unwrap()
}

/// Whether a browser would then send them.
fn grants(answer: &Response, origin: &str, headers: &str) -> bool {
    let list = |name| text(answer.headers(), name).unwrap_or_default().to_ascii_lowercase();
    let (accepted, methods) =
        (list("access-control-allow-headers"), list("access-control-allow-methods"));
    let accepted: Vec<&str> = accepted.split(',').map(str::trim).collect();
    answer.status().is_success()
        && readable(answer.headers()) == Some(origin)
        && methods.contains("put")
        && headers.split(',').all(|name| accepted.contains(&name))
}

#[tokio::test]
async fn pages_of_other_origins_may_change_nothing() {
    let gateway = TestGateway::start(settings(&["--allow-origin", "https://shop.example"])).await;
    let own = gateway.url.clone();
    let create = || gateway.request(Method::POST, "/api/v1/sessions");
    let check = || gateway.request(Method::POST, "/api/v1/fast-check-crops");
    for refused in [
        create().header("origin", "https://evil.example"),
        create().header("origin", "https://evil.example").header("sec-fetch-site", "cross-site"),
        create().header("sec-fetch-site", "cross-site"),
        create().header("sec-fetch-site", "same-site").header("origin", "https://x.shop.example"),
        create().header("origin", "null"),
        // A form or a beacon, for which no browser asks first.
        check()
            .header("origin", "https://evil.example")
            .header("content-type", "text/plain")
            .body("{}"),
        gateway
            .request(Method::PUT, "/api/v1/sessions/a/crops/0")
            .header("origin", "https://evil.example"),
        gateway
            .request(Method::POST, "/api/v1/sessions/a/crops/0")
            .header("origin", "https://evil.example"),
        gateway
            .request(Method::DELETE, "/api/v1/sessions/a")
            .header("origin", "https://evil.example"),
        gateway
            .request(Method::POST, "/api/v1/sessions/a/complete")
            .header("origin", "https://evil.example"),
    ] {
        let answer = send(refused).await;
        assert_eq!(answer.code(), ErrorCode::OriginNotAllowed);
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    for allowed in [
        create(),
        create().header("origin", &own),
        create().header("origin", &own).header("sec-fetch-site", "same-origin"),
        create().header("origin", "https://shop.example").header("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(send(allowed).await.status, 201);
    }
}

#[tokio::test]
async fn cors_is_off_unless_an_origin_is_allowed() {
    let preflight = |gateway: &TestGateway, origin: &str| {
        gateway
            .request(Method::OPTIONS, "/api/v1/sessions/x/crops/0")
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "authorization,content-type,x-model-version")
            .send()
    };
    let closed = TestGateway::start(settings(&[])).await;
    let answer = preflight(&closed, "https://shop.example").await.unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));

    let open = TestGateway::start(settings(&["--allow-origin", "https://shop.example"])).await;
    let answer = preflight(&open, "https://shop.example").await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://shop.example");
    let methods = answer.headers()["access-control-allow-methods"].to_str().unwrap();
    for endpoint in &ENDPOINTS {
        assert!(methods.contains(endpoint.method.as_str()), "{}", endpoint.method);
    }
    let accepted =
        answer.headers()["access-control-allow-headers"].to_str().unwrap().to_ascii_lowercase();
    for name in ["authorization", "content-type", "x-model-version", "x-liveness-token"] {
        assert!(accepted.contains(name), "{name}");
    }
    let other = preflight(&open, "https://evil.example").await.unwrap();
    assert!(!other.headers().contains_key("access-control-allow-origin"));

    let models =
        open.request(Method::GET, "/api/v1/models").header("origin", "https://shop.example");
    let answer = send(models).await;
    assert_eq!(answer.headers["access-control-allow-origin"], "https://shop.example");
    assert!(answer.headers.contains_key("date"), "what may be read is there");
    let exposed =
        answer.headers["access-control-expose-headers"].to_str().unwrap().to_ascii_lowercase();
    for name in [
        "x-moveris-model-resolved",
        "deprecation",
        "sunset",
        "x-moveris-deprecated-model",
        "x-moveris-suggested-model",
        "retry-after",
        "date",
    ] {
        assert!(exposed.contains(name), "{name}");
    }
}

#[tokio::test]
async fn one_matcher_decides_what_is_sent_and_what_is_read() {
    let allowed = "https://shop.example,https://*.shops.example,http://localhost:3000,\
        capacitor://localhost,ionic://localhost,tauri://localhost";
    let (gateway, _root) = start(&["--allow-origin", allowed]).await;
    for (origin, let_in) in [
        (SHOP, true),
        ("https://a.shops.example", true),
        ("https://a.b.shops.example", true),
        ("http://localhost:3000", true),
        ("capacitor://localhost", true),
        ("ionic://localhost", true),
        ("tauri://localhost", true),
        ("https://evilshop.example", false),
        ("https://shop.example.evil", false),
        ("https://a.b.shop.example", false),
        ("https://shops.example", false),
        ("https://evilshops.example", false),
        ("https://shop.example:8443", false),
        ("http://shop.example", false),
        ("http://localhost", false),
        ("http://localhost:3001", false),
        ("app://localhost", false),
        ("file://", false),
        ("null", false),
    ] {
        let answer = preflight(&gateway, origin, "content-type,x-liveness-token").await;
        assert_eq!(grants(&answer, origin, "content-type,x-liveness-token"), let_in, "{origin}");
        let models = get(&gateway, "/api/v1/models", origin).await;
        assert_eq!(readable(models.headers()).is_some(), let_in, "{origin}");
        for site in [None, Some("cross-site")] {
            let mut request =
                gateway.request(Method::POST, "/api/v1/sessions").header("origin", origin);
            if let Some(site) = site {
                request = request.header("sec-fetch-site", site);
            }
            let answer = send(request).await;
            assert_eq!(answer.status, if let_in { 201 } else { 403 }, "{origin} {site:?}");
            assert_eq!(readable(&answer.headers), let_in.then_some(origin), "{origin} {site:?}");
        }
    }
}

#[tokio::test]
async fn a_back_end_is_not_taken_for_a_page() {
    let (gateway, _root) = start(&[]).await;
    // As an edge runtime might pass it on.
    let with = |key: &str| {
        let request = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(key);
        send(
            request
                .header("origin", "https://worker.example")
                .header("sec-fetch-site", "cross-site"),
        )
    };
    assert_eq!(with(SERVER_KEY).await.status, 201);
    assert_eq!(with("server-key-of-the-testt").await.code(), ErrorCode::OriginNotAllowed);
}

#[tokio::test]
async fn tracers_may_add_their_headers_and_the_integrator_their_own() {
    let tracing = "baggage,sentry-trace,traceparent,tracestate,x-correlation-id,x-datadog-origin,\
        x-datadog-parent-id,x-datadog-sampling-priority,x-datadog-trace-id,x-request-id,\
        b3,x-b3-traceid,request-id,newrelic,elastic-apm-traceparent,uber-trace-id";
    let own = "x-csrf-token,x-requested-with";
    let all = format!("authorization,content-type,x-model-version,x-liveness-token,{tracing}");
    let (plain, _root) = start(&["--allow-origin", SHOP]).await;
    assert!(grants(&preflight(&plain, SHOP, &all).await, SHOP, &all));
    assert!(!grants(&preflight(&plain, SHOP, own).await, SHOP, own));
    let flags = ["--allow-origin", SHOP, "--allow-header", "X-CSRF-Token,X-Requested-With"];
    let (gateway, _root) = start(&flags).await;
    let all = format!("{all},{own}");
    assert!(grants(&preflight(&gateway, SHOP, &all).await, SHOP, &all));
    let other = "https://evil.example";
    assert!(!grants(&preflight(&gateway, other, own).await, other, own));
}

#[tokio::test]
async fn a_page_is_framed_by_whom_the_policy_names() {
    let frames = |headers: &HeaderMap| {
        let policy = text(headers, "content-security-policy").unwrap();
        let directive =
            policy.split(';').map(str::trim).find(|d| d.starts_with("frame-ancestors "));
        directive.unwrap().to_owned()
    };
    let (strict, _root) = start(&["--allow-origin", SHOP]).await;
    let page = get(&strict, "/", SHOP).await;
    assert_eq!(frames(page.headers()), "frame-ancestors 'self'", "to call is not to frame");
    let flags = ["--allow-frame", "https://shop.example,https://*.shops.example"];
    let (gateway, _root) = start(&flags).await;
    for path in ["/", "/index.html", "/nothing", "/api/v1/models"] {
        let page = get(&gateway, path, SHOP).await;
        let expected = "frame-ancestors 'self' https://shop.example https://*.shops.example";
        assert_eq!(frames(page.headers()), expected, "{path}");
        assert!(text(page.headers(), "x-frame-options").is_none());
        // The page that frames it passes its camera on, by `allow`.
        assert!(text(page.headers(), "permissions-policy").unwrap().starts_with("camera=(self),"));
        assert_eq!(readable(page.headers()), None, "to frame is not to call");
    }
}

#[tokio::test]
async fn windows_are_kept_apart_unless_told_otherwise() {
    for (flags, expected) in [
        (&[][..], "same-origin"),
        (&["--cross-origin-opener", "same-origin-allow-popups"], "same-origin-allow-popups"),
        (&["--cross-origin-opener", "unsafe-none"], "unsafe-none"),
    ] {
        let (gateway, _root) = start(flags).await;
        let page = get(&gateway, "/", SHOP).await;
        assert_eq!(text(page.headers(), "cross-origin-opener-policy"), Some(expected));
    }
}

/// A page with COEP starts a worker only if the script's own answer has a compatible COEP, and shows a frame
/// only if its page has one, and a CORP that lets it.
#[tokio::test]
async fn workers_start_on_pages_that_isolate_themselves() {
    for (flags, document) in [
        (&[][..], None),
        (&["--cross-origin-embedder", "credentialless"], Some("credentialless")),
        (&["--cross-origin-embedder", "require-corp"], Some("require-corp")),
    ] {
        let (gateway, _root) = start(flags).await;
        for (path, expected) in [
            (SCRIPT, Some("require-corp")),
            ("/", document),
            ("/index.html", document),
            ("/liveness-capture/vision_bg.wasm", None),
            ("/api/v1/models", None),
        ] {
            let answer = gateway.request(Method::GET, path).send().await.unwrap();
            let policy = text(answer.headers(), "cross-origin-embedder-policy");
            assert_eq!(policy, expected, "{flags:?} {path}");
            let etag = answer.headers().get("etag").cloned();
            let Some(etag) = etag else { continue };
            let kept = gateway.request(Method::GET, path).header("if-none-match", etag).send();
            let kept = kept.await.unwrap();
            assert_eq!(kept.status(), 304);
            assert_eq!(text(kept.headers(), "cross-origin-embedder-policy"), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn files_go_to_allowed_origins_or_to_everyone() {
    let evil = "https://evil.example";
    for (flags, of_shop, of_evil, resource_policy) in [
        (&[][..], false, false, "same-origin"),
        (&["--allow-origin", SHOP], true, false, "same-origin"),
        (&["--serve-files-to", "everyone"], true, true, "cross-origin"),
        (&["--serve-files-to", "everyone", "--allow-origin", SHOP], true, true, "cross-origin"),
    ] {
        let (gateway, _root) = start(flags).await;
        for path in
            [SCRIPT, "/liveness-capture/vision_bg.wasm", "/liveness-capture/face-0123abcd.bin", "/"]
        {
            for (origin, let_in) in [(SHOP, of_shop), (evil, of_evil)] {
                let file = get(&gateway, path, origin).await;
                assert_eq!(file.status(), 200);
                let headers = file.headers();
                assert_eq!(readable(headers), let_in.then_some(origin), "{flags:?} {path}");
                assert_eq!(text(headers, "cross-origin-resource-policy"), Some(resource_policy));
                let mut varies = headers.get_all("vary").iter();
                let varies = varies.any(|by| by.to_str().unwrap().contains("origin"));
                assert!(
                    varies || readable(headers).is_none(),
                    "no cache mixes up two pages' answers"
                );
            }
        }
        // The API is not a file.
        for path in ["/api/v1/models", "/health", "/api/v1/nothing"] {
            let answer = get(&gateway, path, evil).await;
            assert_eq!(readable(answer.headers()), None, "{flags:?} {path}");
            assert_eq!(text(answer.headers(), "cross-origin-resource-policy"), Some("same-origin"));
        }
        let request = gateway.request(Method::POST, "/api/v1/sessions").header("origin", evil);
        assert_eq!(send(request).await.code(), ErrorCode::OriginNotAllowed);
    }
}
