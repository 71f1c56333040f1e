//! `POST /api/v1/fast-check-crops` in local mode, as the API documents it.

mod common;

use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Answer, TestGateway, WithJson as _, crop, picture, send, settings};
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

fn crops(count: u32) -> Vec<Value> {
    (0..count)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index as u8))}))
        .collect()
}

async fn check(gateway: &TestGateway, body: &Value) -> Answer {
    send(gateway.request(Method::POST, "/api/v1/fast-check-crops").json(body)).await
}

#[tokio::test]
async fn the_documented_request_is_answered() {
    let gateway = TestGateway::start(settings(&[])).await;
    let body = json!({
        "session_id": ID, "model": "mixed-10-v2", "source": "live", "crops": crops(10),
        "bg_segmentation": true, "warnings": ["w"],
        "device_intelligence": {"ip_address": "::1"}, "metadata": {"a": [1]},
    });
    // The official client sends its key header even when it has none.
    let request = gateway.request(Method::POST, "/api/v1/fast-check-crops").header("x-api-key", "");
    let answer = send(request.json(&body)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.data()["session_id"], ID);
    assert_eq!(answer.data()["model"], "local-1-10");
    assert_eq!(answer.data()["input_source"], "rest_crops");
    let requests = gateway.backend.requests.lock().unwrap();
    assert_eq!(requests[0].bg_segmentation, Some(true));
    assert_eq!(requests[0].warnings, ["w"]);
    assert_eq!(requests[0].source, liveness_protocol::Source::Live);
}

#[tokio::test]
async fn crops_are_sorted_and_may_be_data_urls_of_any_colour_type() {
    let gateway = TestGateway::start(settings(&[])).await;
    let mut list = crops(10);
    list[4]["pixels"] = json!(format!("data:image/png;base64,{}", STANDARD.encode(crop(4))));
    list[5]["pixels"] = json!(STANDARD.encode(picture(224, 224, png::ColorType::Rgba, 5)));
    list.reverse();
    let answer = check(&gateway, &json!({"session_id": ID, "crops": list})).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let requests = gateway.backend.requests.lock().unwrap();
    for (index, png) in requests[0].crops.iter().enumerate() {
        if index != 5 {
            assert_eq!(*png, crop(index as u8), "{index}");
        }
        liveness_verifier::decode_crop(png).unwrap();
    }
}

#[tokio::test]
async fn too_few_crops_are_answered_in_the_documented_words() {
    let gateway = TestGateway::start(settings(&[])).await;
    // "10" is the documented default.
    let answer = check(&gateway, &json!({"session_id": ID, "crops": crops(5)})).await;
    assert_eq!(answer.code(), ErrorCode::InsufficientFrames);
    let message = "Insufficient frames. Model \"10\" requires 10 frames, received 5.";
    assert_eq!(
        answer.body,
        json!({
            "data": null, "success": false, "message": message, "errors": [{"insufficient_frames": [message]}],
        })
    );
}

#[tokio::test]
async fn requests_that_are_refused() {
    let gateway = TestGateway::start(settings(&[])).await;
    let with = |index: usize, crop: Value| {
        let mut list = crops(10);
        list[index] = crop;
        json!({"session_id": ID, "crops": list})
    };
    let small = STANDARD.encode(picture(100, 100, png::ColorType::Rgb, 1));
    let invalid = ErrorCode::ValidationError;
    for (body, code) in [
        (json!({"crops": crops(10)}), ErrorCode::MissingField),
        (json!({"session_id": ID}), ErrorCode::MissingField),
        (with(3, json!({"index": 3})), ErrorCode::MissingField),
        (json!({"session_id": "me", "crops": crops(10)}), invalid),
        (json!({"session_id": ID, "crops": "all"}), invalid),
        (json!({"session_id": ID, "crops": crops(10), "source": "mars"}), invalid),
        (json!({"session_id": ID, "crops": crops(10), "model": "x"}), ErrorCode::UnknownModel),
        (json!({"session_id": ID, "crops": crops(10), "model": "250"}), ErrorCode::UnknownModel),
        (
            json!({"session_id": ID, "crops": crops(10), "model": "mixed-30-v2"}),
            ErrorCode::InsufficientFrames,
        ),
        (with(3, json!({"index": 2, "pixels": STANDARD.encode(crop(3))})), invalid),
        (with(3, json!({"index": -1, "pixels": ""})), invalid),
        (with(3, json!({"index": 3, "pixels": "***"})), invalid),
        (with(3, json!({"index": 3, "pixels": ""})), invalid),
        (with(3, json!({"index": 3, "pixels": STANDARD.encode("GIF89a")})), invalid),
        (with(3, json!({"index": 3, "pixels": small})), invalid),
    ] {
        let answer = check(&gateway, &body).await;
        assert_eq!(answer.code(), code, "{:?}", answer.body);
        assert!(answer.body["message"].as_str().unwrap().len() <= 250);
    }
    let version = gateway
        .request(Method::POST, "/api/v1/fast-check-crops")
        .header("x-model-version", "latest");
    let answer = send(version.json(&json!({"session_id": ID, "crops": crops(10)}))).await;
    assert_eq!(answer.code(), ErrorCode::MissingField);
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let gateway = TestGateway::start(settings(&[])).await;
    let body = vec![b' '; 33 * 1024 * 1024];
    let request = gateway.request(Method::POST, "/api/v1/fast-check-crops");
    let answer = send(request.header("content-type", "application/json").body(body)).await;
    assert_eq!(answer.code(), ErrorCode::PayloadTooLarge);
}
