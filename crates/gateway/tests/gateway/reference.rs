//! The API about itself: the OpenAPI document, and the page made of it.

use std::collections::BTreeSet;

use liveness_gateway::api::document;
use liveness_gateway::api::reference::paths;
use liveness_gateway::api::routes::ENDPOINTS;
use reqwest::Method;
use serde_json::Value;

use crate::common::{TestGateway, covered, settings};

/// The values of an attribute, in their order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let parts = html.split(start.as_str()).skip(1);
    parts.map(|part| part.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn the_document_is_served_as_it_is_in_the_repository() {
    let gateway = TestGateway::start(settings(&[])).await;
    let answer = gateway.request(Method::GET, paths::DOCUMENT).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let served: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(served, *document::document());
    covered::reached(&[format!("endpoint GET {}", paths::DOCUMENT)]);
}

#[tokio::test]
async fn the_page_needs_nothing_but_its_style() {
    let gateway = TestGateway::start(settings(&[])).await;
    let answer = gateway.request(Method::GET, paths::PAGE).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let html = answer.text().await.unwrap();
    assert!(!html.contains("<script") && !html.contains("<style"));
    for attribute in ["style", "onclick", "onload", "src"] {
        assert_eq!(values(&html, attribute), [""; 0], "{attribute}");
    }
    let links = values(&html, "href");
    for link in links.iter().filter(|link| !link.starts_with('#')) {
        let answer = gateway.request(Method::GET, link).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{link}");
    }
    let style = gateway.request(Method::GET, paths::STYLE).send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    covered::reached(&[paths::PAGE, paths::STYLE].map(|path| format!("endpoint GET {path}")));
}

#[test]
fn the_page_has_every_operation_and_every_link_leads_somewhere() {
    let html = document::reference().page.as_str();
    let ids = values(html, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "each is there once");
    for endpoint in &ENDPOINTS {
        assert!(unique.contains(endpoint.operation.id), "{endpoint:?}");
    }
    for name in document::document()["components"]["schemas"].as_object().unwrap().keys() {
        assert!(unique.contains(format!("schema-{name}").as_str()), "{name}");
    }
    let inside: Vec<&str> =
        values(html, "href").into_iter().filter_map(|link| link.strip_prefix('#')).collect();
    assert!(inside.len() > 2 * ENDPOINTS.len());
    for link in inside {
        assert!(unique.contains(link), "{link}");
    }
}
