//! What callers attach to checks: given back to them, held against their tenant's schema, and nothing to anybody else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::metadata::MetadataSchema;
use liveness_gateway::domain::tenants::{TenantId, TenantRecord};
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::*;

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

/// A check in one request, with this as its metadata.
async fn check(gateway: &TestGateway, key: &str, metadata: &Value) -> Answer {
    let crops =
        (0..10).map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}));
    let body = json!({"session_id": ID, "model": "mixed-10-v2", "metadata": metadata,
        "crops": crops.collect::<Vec<_>>()});
    let request = gateway.request(Method::POST, "/api/v1/fast-check-crops").bearer_auth(key);
    send(request.json(&body)).await
}

fn frame(index: u32) -> Value {
    let file = picture(64, 64, png::ColorType::Rgb, index as u8);
    json!({"index": index, "timestamp_ms": 100 * index, "pixels": STANDARD.encode(file)})
}

async fn stream(gateway: &TestGateway, id: &str, index: u32, metadata: &Value) -> Answer {
    let body = json!({"session_id": id, "model": "mixed-10-v2", "frame": frame(index), "metadata": metadata});
    send(gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(&body)).await
}

#[tokio::test]
async fn metadata_comes_back_with_the_verdict() {
    let gateway = TestGateway::start(settings(&[])).await;
    let metadata = json!({"order": "4711", "nested": {"list": [1, null, "\u{e9}"]}});
    let answer = check(&gateway, SERVER_KEY, &metadata).await;
    assert_eq!(answer.data()["tenant_metadata"], metadata);
    let none = check(&gateway, SERVER_KEY, &Value::Null).await;
    for name in ["tenant_metadata", "warnings"] {
        assert_eq!(none.data().get(name), Some(&Value::Null), "{name}: absent is not null");
    }
    let frames: Vec<Value> = (0..10).map(frame).collect();
    let body =
        json!({"session_id": ID, "model": "mixed-10-v2", "frames": frames, "metadata": metadata});
    let answer = send(gateway.paid(Method::POST, "/api/v1/fast-check").json(&body)).await;
    assert_eq!(answer.data()["tenant_metadata"], metadata);
    for index in 0..9 {
        // Whoever says it once has said it for the session.
        let said = if index % 2 == 0 { &metadata } else { &Value::Null };
        assert_eq!(stream(&gateway, ID, index, said).await.data()["status"], "buffering");
    }
    let other = stream(&gateway, ID, 9, &json!({"order": "4712"})).await;
    assert_eq!(other.code(), ErrorCode::InvalidMetadata);
    let last = stream(&gateway, ID, 9, &Value::Null).await;
    assert_eq!(last.data()["tenant_metadata"], metadata);
}

#[tokio::test]
async fn a_back_ends_metadata_is_for_the_back_end() {
    let gateway = TestGateway::start(settings(&[])).await;
    let metadata = json!({"customer": "C-17"});
    let body = json!({"model": "mixed-10-v2", "metadata": metadata});
    let stranger = send(gateway.request(Method::POST, "/api/v1/sessions").json(&body)).await;
    assert_eq!(stranger.code(), ErrorCode::InvalidKey);
    let created = send(gateway.paid(Method::POST, "/api/v1/sessions").json(&body)).await;
    let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
    let (id, token) = (text("session_id"), text("token"));
    let session = Session { gateway: &gateway, id, token: token.clone(), created };
    assert_eq!(session.get(SERVER_KEY).await.data()["tenant_metadata"], metadata);
    session.put_all(10).await;
    let page = [session.complete(json!({})).await, session.get(&token).await];
    for answer in page {
        assert!(!answer.data().to_string().contains("C-17"), "{:?}", answer.body);
    }
    let view = session.get(SERVER_KEY).await;
    assert_eq!(view.data()["tenant_metadata"], metadata);
    assert_eq!(view.data()["verdict"]["tenant_metadata"], metadata);
}

#[tokio::test]
async fn what_is_no_metadata_is_refused_before_anybody_is_asked() {
    let gateway = TestGateway::start(settings(&[])).await;
    let deep = (0..9).fold(json!(1), |inner, _| json!({ "a": inner }));
    let deepest = (0..200).fold(json!(1), |inner, _| json!([inner]));
    for metadata in [
        json!("{}"),
        json!([]),
        json!(7),
        json!({"a": "x".repeat(8192)}),
        deep,
        json!({ "a": vec![json!({}); 4000] }),
    ] {
        let answer = check(&gateway, SERVER_KEY, &metadata).await;
        assert_eq!(answer.code(), ErrorCode::InvalidMetadata, "{metadata}");
        assert_eq!(stream(&gateway, ID, 0, &metadata).await.code(), ErrorCode::InvalidMetadata);
        let body = json!({ "metadata": metadata });
        let open = send(gateway.paid(Method::POST, "/api/v1/sessions").json(&body)).await;
        assert_eq!(open.code(), ErrorCode::InvalidMetadata);
    }
    let answer = check(&gateway, SERVER_KEY, &json!({ "a": deepest })).await;
    assert_eq!(answer.status, 400, "{:?}", answer.body);
    let checks = &gateway.backend.checks;
    assert_eq!(checks.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_tenants_schema_says_which_fields_it_refuses() {
    let gateway = TestGateway::start(settings(&[])).await;
    let shop: TenantId = "shop".parse().unwrap();
    let schema = json!({"type": "object", "required": ["channel"],
        "properties": {"channel": {"enum": ["web", "mobile"]}, "age": {"type": "integer"}}});
    let record = TenantRecord {
        metadata_schema: Some(MetadataSchema::read(&schema.to_string()).unwrap()),
        ..TenantRecord::new(shop.clone(), "The shop", 0)
    };
    gateway.store.add_tenant(record, By::command_line(0)).await.unwrap();
    let (key, _) = gateway.key(KeyTerms { tenant: shop, ..KeyTerms::default() }).await;
    let fine = json!({"channel": "web", "age": 7});
    assert_eq!(check(&gateway, &key, &fine).await.data()["tenant_metadata"], fine);
    assert_eq!(check(&gateway, &key, &Value::Null).await.status, 200, "none is needed");

    let wrong = json!({"channel": "SECRET", "age": "SECRET"});
    let refused = check(&gateway, &key, &wrong).await;
    assert_eq!(refused.code(), ErrorCode::InvalidMetadata);
    let errors = refused.body["errors"].as_array().unwrap();
    let mut fields: Vec<&str> = errors
        .iter()
        .flat_map(|error| error.as_object().unwrap().keys())
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["invalid_metadata", "metadata.age", "metadata.channel"]);
    assert!(!refused.body.to_string().contains("SECRET"), "{:?}", refused.body);
    let open = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(&key);
    let refused = send(open.json(&json!({"metadata": {}}))).await;
    assert!(refused.body["message"].as_str().unwrap().contains("channel"), "{:?}", refused.body);
    assert_eq!(check(&gateway, SERVER_KEY, &wrong).await.status, 200, "of another tenant");
}
