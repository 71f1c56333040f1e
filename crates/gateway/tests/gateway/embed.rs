//! `/embed`: for whom it is served, and under which headers.

use crate::common::{TestGateway, settings, site};
use liveness_gateway::api::http::headers::{CONTENT_SECURITY_POLICY, REFUSAL_POLICY};
use reqwest::{Method, Response};
use tempfile::TempDir;

const PAGE: &str = r#"<!doctype html><meta name="liveness-parent" content=""><title>check</title>"#;
const SHOP: &str = "https://shop.example";

async fn start(flags: &[&str]) -> (TestGateway, TempDir) {
    let root = site();
    let dir = root.path().join("dist");
    for (name, text) in [("embed.html", PAGE), ("embed.css", "p {}"), ("embed-early.js", "1;")] {
        std::fs::write(dir.join(name), text).unwrap();
    }
    let flags = [&["--static-dir", dir.to_str().unwrap()], flags].concat();
    (TestGateway::start(settings(&flags)).await, root)
}

async fn get(gateway: &TestGateway, path: &str) -> Response {
    gateway.request(Method::GET, path).send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn an_allowed_parent_is_in_the_page_and_may_be_its_opener() {
    let (gateway, _root) =
        start(&["--allow-frame", "https://shop.example,https://*.shops.example"]).await;
    // Any page can name the gateway's own origin as the parent, so that this opens its window to none.
    for (parent, opener) in [
        (SHOP, "unsafe-none"),
        ("https://a.shops.example", "unsafe-none"),
        (&*gateway.url, "same-origin"),
    ] {
        let answer = get(&gateway, &format!("/embed?fit=content&parent={parent}")).await;
        assert_eq!(answer.status(), 200, "{parent}");
        assert_eq!(header(&answer, "content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(header(&answer, "cross-origin-opener-policy"), Some(opener), "{parent}");
        assert_eq!(header(&answer, "cache-control"), Some("no-cache"));
        assert!(header(&answer, "permissions-policy").unwrap().starts_with("camera=(self),"));
        let policy = header(&answer, "content-security-policy").unwrap().to_owned();
        assert_eq!(
            policy.strip_prefix(CONTENT_SECURITY_POLICY),
            Some(" https://shop.example https://*.shops.example"),
            "who frames it is for the browser to check, too"
        );
        let page = answer.text().await.unwrap();
        let place = format!(r#"<meta name="liveness-parent" content="{parent}">"#);
        assert!(page.contains(&place), "{page}");
    }
}

#[tokio::test]
async fn without_a_parent_the_page_is_as_it_is() {
    let (gateway, _root) = start(&["--allow-frame", SHOP]).await;
    let answer = get(&gateway, "/embed").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "cross-origin-opener-policy"), Some("same-origin"));
    assert_eq!(answer.text().await.unwrap(), PAGE);
}

#[tokio::test]
async fn anybody_else_gets_a_sentence() {
    let (gateway, _root) =
        start(&["--allow-frame", SHOP, "--allow-origin", "https://evil.example"]).await;
    for (parent, says) in [
        ("https://evil.example", "--allow-frame https://evil.example"),
        ("http://shop.example", "--allow-frame http://shop.example"),
        ("null", "/embed?parent="),
        ("%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/embed?parent="),
        ("https://shop.example&parent=https://evil.example", "/embed?parent="),
    ] {
        let answer = get(&gateway, &format!("/embed?parent={parent}")).await;
        assert_eq!(answer.status(), 403, "{parent}");
        assert_eq!(header(&answer, "content-security-policy"), Some(REFUSAL_POLICY));
        assert_eq!(header(&answer, "cross-origin-opener-policy"), Some("same-origin"));
        let page = answer.text().await.unwrap();
        assert!(page.contains(says), "{page}");
        assert!(!page.contains("<script") && !page.contains("liveness-parent"), "{page}");
    }
}

/// A frame in a sandbox is of no origin: it may load what says so, and no more.
#[tokio::test]
async fn what_says_that_a_sandbox_is_in_the_way_is_for_everyone() {
    let (gateway, _root) = start(&[]).await;
    for (path, policy) in [
        ("/embed.css", "cross-origin"),
        ("/embed-early.js", "cross-origin"),
        ("/liveness-capture/frame.classic.js", "cross-origin"),
        ("/liveness-capture/frame.js", "same-origin"),
        ("/embed.html", "same-origin"),
        ("/embed", "same-origin"),
        ("/style.css", "same-origin"),
        ("/api/v1/models", "same-origin"),
    ] {
        let answer = get(&gateway, path).await;
        assert_eq!(header(&answer, "cross-origin-resource-policy"), Some(policy), "{path}");
    }
}

#[tokio::test]
async fn a_gateway_without_the_page_has_none() {
    let root = site();
    let dir = root.path().join("dist");
    let gateway = TestGateway::start(settings(&["--static-dir", dir.to_str().unwrap()])).await;
    assert_eq!(get(&gateway, "/embed").await.status(), 404);
    let gateway = TestGateway::start(settings(&[])).await;
    assert_eq!(get(&gateway, "/embed?parent=https://evil.example").await.status(), 404);
}
