//! What the official client calls besides the checks, and what it sends with them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{Answer, TestGateway, WithJson as _, crop, picture, send, settings};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use face_vision::{BlazeFace, CropRule, FaceCrop, FaceDetector as _, FrameView};
use liveness_gateway::backend::local::Local;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;
use uuid::Uuid;

fn frame(index: u32, encode: &dyn Fn(&[u8]) -> String) -> Value {
    let file = picture(320, 240, png::ColorType::Rgb, index as u8);
    json!({"index": index, "timestamp_ms": 100 * index, "pixels": encode(&file)})
}

fn plain(file: &[u8]) -> String {
    STANDARD.encode(file)
}

/// A request of each kind of check.
fn checks(encode: &dyn Fn(&[u8]) -> String) -> [(&'static str, Value); 3] {
    let crops: Vec<Value> =
        (0..10).map(|i| json!({"index": i, "pixels": encode(&crop(i as u8))})).collect();
    let frames: Vec<Value> = (0..10).map(|index| frame(index, encode)).collect();
    let id = || Uuid::new_v4().to_string();
    [
        ("/api/v1/fast-check-crops", json!({"session_id": id(), "crops": crops})),
        ("/api/v1/fast-check", json!({"session_id": id(), "frames": frames})),
        ("/api/v1/fast-check-stream", json!({"session_id": id(), "frame": frame(0, encode)})),
    ]
}

async fn stats(gateway: &TestGateway) -> Value {
    let answer = send(gateway.request(Method::GET, "/api/v1/queue/stats")).await;
    assert_eq!(answer.status, 200);
    answer.data().clone()
}

#[tokio::test]
async fn the_queue_says_what_runs() {
    let gateway = TestGateway::start(settings(&[])).await;
    let of = |running: u32| json!({"queue_length": 0, "queue_key": "local", "running": running});
    assert_eq!(stats(&gateway).await, of(0));
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let [(path, body), ..] = checks(&plain);
    let check = tokio::spawn(send(gateway.request(Method::POST, path).json(&body)));
    while stats(&gateway).await != of(1) {
        assert!(!check.is_finished(), "it waits for the gate");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    gate.notify_one();
    assert_eq!(check.await.unwrap().status, 200);
    assert_eq!(stats(&gateway).await, of(0));
}

async fn client_time(gateway: &TestGateway, id: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/sessions/{id}/client-time");
    send(gateway.request(Method::PATCH, &path).header("x-api-key", "").json(body)).await
}

#[tokio::test]
async fn a_clients_time_is_taken_whether_the_session_is_known_or_not() {
    let gateway = TestGateway::start(settings(&[])).await;
    let known = gateway.open(json!({})).await;
    let streamed = checks(&plain)[2].1.clone();
    let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
    assert_eq!(send(request.json(&streamed)).await.status, 200);
    let ids = [known.id.clone(), streamed["session_id"].as_str().unwrap().to_owned()];
    for id in ids.iter().chain([&Uuid::new_v4().to_string()]) {
        for time in [json!(0), json!(8450), json!(8450.7), json!(86_400_000)] {
            let answer = client_time(&gateway, id, &json!({"client_time": time, "x": [1]})).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.data()["client_time"].as_f64(), time.as_f64());
        }
    }
    // Nothing of the session has changed.
    assert_eq!(known.get(&known.token).await.data()["state"], "open");
}

#[tokio::test]
async fn what_is_not_a_time_is_refused_as_a_clients_time() {
    let gateway = TestGateway::start(settings(&[])).await;
    let id = Uuid::new_v4().to_string();
    for (body, code) in [
        (json!({}), ErrorCode::MissingField),
        (json!({"client_time": null}), ErrorCode::ValidationError),
        (json!({"client_time": "8450"}), ErrorCode::ValidationError),
        (json!({"client_time": -1}), ErrorCode::ValidationError),
        (json!({"client_time": 86_400_001}), ErrorCode::ValidationError),
        (json!({"client_time": [1]}), ErrorCode::ValidationError),
        (json!([1]), ErrorCode::ValidationError),
        (json!({"client_time": 1, "x": "y".repeat(70_000)}), ErrorCode::PayloadTooLarge),
    ] {
        assert_eq!(client_time(&gateway, &id, &body).await.code(), code, "{body:.100}");
    }
    for id in ["x", "%ff", "..%2f..", "550e8400"] {
        let answer = client_time(&gateway, id, &json!({"client_time": 1})).await;
        assert_eq!(answer.code(), ErrorCode::SessionNotFound, "{id}");
    }
    let path = format!("/api/v1/sessions/{id}/client-time");
    let foreign = gateway.request(Method::PATCH, &path).header("sec-fetch-site", "cross-site");
    let answer = send(foreign.json(&json!({"client_time": 1}))).await;
    assert_eq!(answer.code(), ErrorCode::OriginNotAllowed);
    for method in [Method::GET, Method::POST, Method::PUT] {
        let answer = send(gateway.request(method, &path)).await;
        assert_eq!(answer.code(), ErrorCode::MethodNotAllowed);
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_may_patch() {
    let gateway = TestGateway::start(settings(&["--allow-origin", "https://shop.example"])).await;
    let path = format!("/api/v1/sessions/{}/client-time", Uuid::new_v4());
    for (origin, allowed) in [("https://shop.example", true), ("https://evil.example", false)] {
        let preflight = gateway
            .request(Method::OPTIONS, &path)
            .header("origin", origin)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "content-type,x-api-key")
            .send()
            .await
            .unwrap();
        let headers = preflight.headers();
        assert_eq!(headers.contains_key("access-control-allow-origin"), allowed, "{origin}");
        if allowed {
            let methods = headers["access-control-allow-methods"].to_str().unwrap();
            assert!(methods.split(',').any(|method| method == "PATCH"), "{methods}");
        }
        let request = gateway.request(Method::PATCH, &path).header("origin", origin);
        let answer = send(request.json(&json!({"client_time": 1}))).await;
        assert_eq!(answer.status, if allowed { 200 } else { 403 }, "{origin}");
    }
}

/// The framework would answer these itself, in its own words.
#[tokio::test]
async fn paths_that_are_not_text_are_answered_in_the_envelope() {
    let gateway = TestGateway::start(settings(&[])).await;
    let id = Uuid::new_v4();
    for (method, path) in [
        (Method::GET, "/api/v1/sessions/%ff".to_owned()),
        (Method::DELETE, "/api/v1/sessions/%c3%28".to_owned()),
        (Method::POST, "/api/v1/sessions/%ff/complete".to_owned()),
        (Method::PUT, "/api/v1/sessions/%ff/crops/0".to_owned()),
        (Method::PUT, format!("/api/v1/sessions/{id}/crops/%ff")),
        (Method::PATCH, "/api/v1/sessions/%ff/client-time".to_owned()),
    ] {
        let answer = send(gateway.request(method.clone(), &path)).await;
        assert_eq!(answer.code(), ErrorCode::SessionNotFound, "{method} {path}");
    }
    for path in ["/api/v1/%ff", "/api/%ff/models"] {
        let answer = send(gateway.request(Method::GET, path)).await;
        assert_eq!(answer.code(), ErrorCode::NotFound, "{path}");
    }
}

/// Their meaning is not documented, so nothing is made up.
#[tokio::test]
async fn paths_without_a_documented_meaning_are_not_found() {
    let gateway = TestGateway::start(settings(&[])).await;
    let id = Uuid::new_v4();
    let job = format!("/api/v1/result/{id}");
    let wait = format!("{job}/wait?timeout=30");
    let [(_, body), ..] = checks(&plain);
    for (method, path) in [
        (Method::POST, "/api/v1/live-check"),
        (Method::POST, "/api/v1/verify"),
        (Method::POST, "/api/v1/hybrid-check"),
        (Method::POST, "/api/v1/hybrid-50"),
        (Method::POST, "/api/v1/hybrid-150"),
        (Method::POST, "/api/v2/upload"),
        (Method::POST, "/api/v2/fast-check"),
        (Method::POST, "/api/v2/live-check"),
        (Method::GET, &job),
        (Method::GET, &wait),
        (Method::GET, "/api/v1/queue"),
        (Method::GET, "/api/v1/queue/stats/more"),
    ] {
        let request = gateway.request(method.clone(), path);
        let request = if method == Method::GET { request } else { request.json(&body) };
        let answer = send(request).await;
        assert_eq!(answer.code(), ErrorCode::NotFound, "{method} {path}");
        assert_eq!(answer.status, 404, "{method} {path}");
    }
}

/// What clients add for themselves is none of our business, as long as it is JSON and the body is not too long.
#[tokio::test]
async fn device_intelligence_may_be_any_json_and_metadata_any_object() {
    let gateway = TestGateway::start(settings(&[])).await;
    let official = r#"{"ip_address": "203.0.113.9", "geo": {"country": "CH", "region": "ZH", "city": "Zürich"},
        "vpn_detected": false, "camera": {"device_name": "Unknown", "resolution": "Unknown"},
        "user_agent": "Unknown", "platform_version": "shared@4.1.1"}"#;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("[{}0]", "{\"a\":1},".repeat(50_000));
    let odd = [
        official,
        "{}",
        "[]",
        "null",
        "true",
        "\"\"",
        "-0",
        "1e400",
        "123456789012345678901234567890",
        r#""\ud800""#,
        r#"{"": {"": [null, {"a": {"a": 1, "a": 2}}]}}"#,
        r#"{"session_id": 5, "crops": "none"}"#,
        &deep,
        &wide,
    ];
    for json in odd {
        for (path, body) in checks(&plain) {
            let body = body.to_string();
            // Before everything else, and after it.
            let rest = body.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
            let body = |metadata: &str| {
                format!(r#"{{"metadata": {metadata}, {rest}, "device_intelligence": {json}}}"#)
            };
            let post = |body: String| {
                let request = gateway.request(Method::POST, path);
                send(request.header("content-type", "application/json").body(body))
            };
            let answer = post(body("{}")).await;
            assert_eq!(answer.status, 200, "{path} {json:.80}: {:?}", answer.body);
            let answer = post(body(json)).await;
            let taken = json.starts_with('{') || json == "null";
            match taken {
                // The frame of a session that has other metadata already.
                true if answer.status == 400 => {
                    assert_eq!(path, "/api/v1/fast-check-stream");
                    assert_eq!(answer.code(), ErrorCode::InvalidMetadata);
                }
                true => assert_eq!(answer.status, 200, "{path} {json:.80}: {:?}", answer.body),
                false => assert_eq!(answer.code(), ErrorCode::InvalidMetadata, "{json:.80}"),
            }
        }
    }
    let long = format!("\"{}\"", "x".repeat(97 * 1024 * 1024));
    for (path, body) in checks(&plain) {
        let body = body.to_string();
        let rest = body.strip_prefix('{').unwrap();
        let body = format!(r#"{{"metadata": {long}, {rest}"#);
        let request = gateway.request(Method::POST, path);
        let answer = send(request.header("content-type", "application/json").body(body)).await;
        assert_eq!(answer.code(), ErrorCode::PayloadTooLarge, "{path}");
    }
}

#[tokio::test]
async fn every_endpoint_reads_base64_in_its_usual_forms() {
    let gateway = TestGateway::start(settings(&[])).await;
    let wrapped = |text: String| {
        let lines: Vec<&str> =
            text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        lines.join("\r\n")
    };
    type Form<'a> = &'a dyn Fn(&[u8]) -> String;
    let forms: [Form<'_>; 6] = [
        &|file| wrapped(STANDARD.encode(file)),
        &|file| format!("data:image/png;base64,{}", wrapped(URL_SAFE.encode(file))),
        &|file| URL_SAFE.encode(file),
        &|file| URL_SAFE_NO_PAD.encode(file),
        &|file| STANDARD_NO_PAD.encode(file),
        &|file| format!("\n{}\n", STANDARD.encode(file)),
    ];
    for (number, form) in forms.iter().enumerate() {
        for (path, body) in checks(form) {
            let answer = send(gateway.request(Method::POST, path).json(&body)).await;
            assert_eq!(answer.status, 200, "form {number}, {path}: {:?}", answer.body);
        }
    }
    let whole: Vec<Vec<u8>> = (0..10).map(|i| picture(320, 240, png::ColorType::Rgb, i)).collect();
    let crops: Vec<Vec<u8>> = (0..10).map(crop).collect();
    let requests = gateway.backend.requests.lock().unwrap();
    assert_eq!(requests.len(), 2 * forms.len());
    for request in requests.iter() {
        let files = crate::common::files(&request.pictures);
        assert!(files == whole || files == crops, "the same bytes, whatever the form");
    }
}

/// A photo of a face and the detector's weights, or why they are not there. CI has to have them.
fn portrait() -> Option<(image::RgbImage, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let photo = root.join("../shared/testdata/images/face_21_man_smile.jpg");
    let weights = root.join("target/models/blazeface_short_range.bin");
    match (image::open(&photo), std::fs::read(&weights)) {
        (Ok(photo), Ok(weights)) => return Some((photo.to_rgb8(), weights)),
        (photo, weights) => {
            let why = format!("{:?}, {:?}", photo.err(), weights.err());
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
            eprintln!("skipped: {why}");
        }
    }
    None
}

#[tokio::test]
async fn tight_crops_get_the_documented_warning() {
    let Some((photo, weights)) = portrait() else { return };
    let (width, height) = photo.dimensions();
    let frame = FrameView::rgb(&photo, width, height, 3 * width as usize).unwrap();
    let face = BlazeFace::from_weights(&weights).unwrap().detect(&frame).unwrap().remove(0);
    let backend = Arc::new(Local::new(Some(&weights)).unwrap());
    let gateway = TestGateway::start_with(settings(&[]), backend, Arc::default()).await;
    for (factor, tight) in [(1.3, true), (3.0, false)] {
        let rule = CropRule::SquareContext { factor };
        let png = FaceCrop::cut(&frame, &face.bbox, rule).unwrap().to_png().unwrap();
        let crops: Vec<Value> =
            (0..10).map(|i| json!({"index": i, "pixels": STANDARD.encode(&png)})).collect();
        let body = json!({"session_id": Uuid::new_v4().to_string(), "crops": crops});
        let request = gateway.request(Method::POST, "/api/v1/fast-check-crops");
        let answer = send(request.json(&body)).await;
        let warning = answer.data()["warning"].as_str();
        let says = warning.is_some_and(|text| text.starts_with("Crop appears too tight (face is "));
        assert_eq!(says, tight, "{factor}: {warning:?}");
    }
}
