//! How often somebody may ask: by key, by tenant, by address.

use std::num::NonZeroU32;

use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::tenants::TenantRecord;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::json;

use crate::common::*;

/// How many of so many requests get further than the count of requests.
async fn taken(requests: usize, make: impl Fn() -> reqwest::RequestBuilder) -> usize {
    let mut taken = 0;
    for _ in 0..requests {
        let answer = send(make()).await;
        if answer.status != 429 {
            taken += 1;
            continue;
        }
        assert_eq!(answer.code(), ErrorCode::RateLimitExceeded);
        let after: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&after), "{after}");
        let message = "Rate limit exceeded. Please try again later.";
        assert_eq!(answer.body["message"], message);
        assert_eq!(answer.body["errors"], json!([{"rate_limit_exceeded": [message]}]));
    }
    taken
}

#[tokio::test]
async fn a_key_may_ask_so_often() {
    let gateway = TestGateway::start(settings(&["--rate-limit-per-minute", "3"])).await;
    let (key, _) = gateway.key(KeyTerms::default()).await;
    let (other, _) = gateway.key(KeyTerms::default()).await;
    let check = |path: &str, key: &str| {
        let request = gateway.request(Method::POST, &format!("/api/v1/{path}"));
        request.header("x-api-key", key).json(&json!({}))
    };
    assert_eq!(taken(6, || check("fast-check-crops", &key)).await, 3);
    for path in ["fast-check", "fast-check-stream"] {
        assert_eq!(
            taken(6, || check(path, &key)).await,
            3,
            "each endpoint has its own, as documented"
        );
    }
    assert_eq!(taken(5, || check("fast-check", &other)).await, 3, "each key has its own");
    assert_eq!(taken(9, || check("fast-check", SERVER_KEY)).await, 9, "the operator's own");
    let open = || gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(&key);
    assert_eq!(taken(9, || open().json(&json!({}))).await, 9, "sessions decide nothing at once");
}

#[tokio::test]
async fn a_tenants_keys_share_its_rate() {
    let gateway = TestGateway::start(settings(&[])).await;
    let tenant = TenantRecord {
        rate: NonZeroU32::new(4),
        ..TenantRecord::new("shop".parse().unwrap(), "The shop", 0)
    };
    gateway.store.add_tenant(tenant.clone(), By::command_line(0)).await.unwrap();
    let mut all = 0;
    for _ in 0..3 {
        let (key, _) =
            gateway.key(KeyTerms { tenant: tenant.id.clone(), ..KeyTerms::default() }).await;
        for path in ["/api/v1/fast-check", "/api/v1/fast-check-crops"] {
            let check = || gateway.request(Method::POST, path).bearer_auth(&key);
            all += taken(3, || check().json(&json!({}))).await;
        }
    }
    assert_eq!(all, 4);
}

#[tokio::test]
async fn an_address_may_ask_so_often() {
    // So few that none comes back while this runs.
    let flags = ["--address-limit-per-minute", "4", "--trusted-proxies", "1"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let from = |path: &str, address: &str| {
        let request = gateway.request(Method::GET, path);
        request.header("x-forwarded-for", format!("{}, {address}", fastrand_like()))
    };
    assert_eq!(taken(7, || from("/api/v1/models", "192.0.2.1")).await, 4);
    assert_eq!(taken(1, || from("/api/v1/queue/stats", "192.0.2.1:4711")).await, 0);
    assert_eq!(taken(1, || from("/api/v1/openapi.json", "192.0.2.1")).await, 0);
    assert_eq!(taken(1, || from("/api/v1/models", "192.0.2.1").bearer_auth("x")).await, 0);
    assert_eq!(taken(2, || from("/health", "192.0.2.1")).await, 2, "for whoever watches");
    assert_eq!(taken(2, || from("/api/v1/models", "192.0.2.2")).await, 2);
    // Who has the server key is not held up by whoever shares their address.
    let operator = || from("/api/v1/models", "192.0.2.1").bearer_auth(SERVER_KEY);
    assert_eq!(taken(7, operator).await, 7);
    assert_eq!(taken(4, || from("/api/v1/models", "2001:db8:1:2::1")).await, 4);
    assert_eq!(taken(1, || from("/api/v1/models", "2001:db8:1:2:ffff::9")).await, 0, "one /64");
    assert_eq!(taken(1, || from("/api/v1/models", "2001:db8:1:3::1")).await, 1);
    let operator = || from("/api/v1/models", "192.0.2.3").bearer_auth(SERVER_KEY);
    assert_eq!(taken(7, operator).await, 7);
    assert_eq!(taken(4, || from("/api/v1/models", "192.0.2.3")).await, 4, "nor holds them up");
}

/// Of two headers one is the proxy's, and the other anybody's.
#[tokio::test]
async fn nobody_chooses_an_address_by_a_second_header_or_what_is_no_text() {
    let flags = ["--address-limit-per-minute", "4", "--trusted-proxies", "1"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let models = || gateway.request(Method::GET, "/api/v1/models");
    let two = |other: &str| models().header("x-forwarded-for", other.to_owned());
    let contradicted = || two(&fastrand_like()).header("forwarded", "for=192.0.2.1");
    assert_eq!(taken(7, contradicted).await, 4, "one allowance for all of them");
    assert_eq!(taken(7, || models().header("forwarded", "for=192.0.2.1")).await, 4);
    let no_text = || models().header("x-forwarded-for", &b"\xff, 192.0.2.2"[..]);
    assert_eq!(taken(7, no_text).await, 4);
    assert_eq!(taken(1, || two("192.0.2.2")).await, 0, "it is theirs that was used up");
    assert_eq!(taken(4, models).await, 4, "and not the proxy's own");
}

/// What a client writes there itself makes no difference.
fn fastrand_like() -> String {
    use std::sync::atomic::{AtomicU8, Ordering};
    static NEXT: AtomicU8 = AtomicU8::new(0);
    format!("198.51.100.{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test]
async fn whoever_has_no_key_is_counted_by_address() {
    let flags = ["--rate-limit-per-minute", "3", "--trusted-proxies", "1"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let check = |path: &str, address: &str| {
        let request = gateway.request(Method::POST, &format!("/api/v1/{path}"));
        request.header("forwarded", format!("for={address}")).json(&json!({}))
    };
    for address in ["192.0.2.1", "192.0.2.2"] {
        for path in ["fast-check", "fast-check-crops", "fast-check-stream"] {
            assert_eq!(taken(6, || check(path, address)).await, 3, "{path}, {address}");
        }
    }
    // Without trusted proxies this machine's requests are a proxy's, whose clients cannot be told apart.
    let behind = TestGateway::start(settings(&["--rate-limit-per-minute", "3"])).await;
    let check = || behind.request(Method::POST, "/api/v1/fast-check").json(&json!({}));
    assert_eq!(taken(6, check).await, 6);
}

/// Each has the keys looked up, which is work for the database.
#[tokio::test]
async fn a_page_that_is_not_let_in_is_counted_before_its_key_is_looked_up() {
    let flags = ["--address-limit-per-minute", "5", "--trusted-proxies", "1"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let (key, _) = gateway.key(KeyTerms::default()).await;
    // Who is let in by a key is counted once.
    for (client, key) in [("192.0.2.1", "lvk_0"), ("192.0.2.2", &key)] {
        let open = || {
            let open = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(key);
            let open = open.header("origin", "https://other.example");
            open.header("x-forwarded-for", client).json(&json!({}))
        };
        assert_eq!(taken(9, open).await, 5, "{client}");
    }
    let metrics = || {
        let metrics = gateway.request(Method::GET, "/metrics").bearer_auth(&key);
        metrics.header("x-forwarded-for", "192.0.2.3")
    };
    let mut refused = 0;
    for _ in 0..9 {
        refused += usize::from(metrics().send().await.unwrap().status() == 429);
    }
    assert_eq!(refused, 4);
    // Where no key is asked for, none is looked up.
    let other = gateway.request(Method::POST, "/index.html").bearer_auth(&key);
    let other = other.header("origin", "https://other.example").send().await.unwrap();
    assert_eq!(other.status(), 403);
}

/// Several people behind one address are not hindered by the defaults.
#[tokio::test]
async fn uploads_of_crops_fit_the_defaults() {
    let gateway = TestGateway::start(settings(&["--trusted-proxies", "1"])).await;
    let png = crop(1);
    for _ in 0..3 {
        let session = gateway.open(json!({"model": "mixed-120-v2"})).await;
        for index in 0..120 {
            let path = session.path(&format!("/crops/{index}"));
            let put = gateway.request(Method::PUT, &path).header("x-forwarded-for", "192.0.2.1");
            let answer =
                send(put.header("x-liveness-token", &session.token).body(png.clone())).await;
            assert_eq!(answer.status, 201, "{index}: {:?}", answer.body);
        }
    }
}
