//! `POST /api/v1/fast-check-crops` in local mode, as the API documents it.

use std::sync::atomic::Ordering;

use crate::common::{
    Answer, TestGateway, WithJson as _, crop, files, picture, send, settings, streamed,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use liveness_gateway::backend::BackendError;
use liveness_protocol::{ErrorCode, ModelChoice};
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

/// "All responses include" it, as the API's documentation says, once it is known.
#[tokio::test]
async fn a_refusal_names_the_model_and_what_has_become_of_it() {
    let gateway = TestGateway::start(settings(&[])).await;
    let named = |answer: &Answer| {
        let text = |name: &str| Some(answer.headers.get(name)?.to_str().unwrap().to_owned());
        [text("x-moveris-model-resolved"), text("deprecation"), text("x-moveris-suggested-model")]
    };
    let [runs, deprecated, suggested] =
        ["local-1-10", "true", "mixed-10-v2"].map(|text| Some(text.to_owned()));
    let of_model = [runs, deprecated, suggested];
    let too_few = json!({"session_id": ID, "model": "mixed-10", "crops": crops(9), "frames": []});
    for path in ["fast-check-crops", "fast-check"] {
        let request = gateway.paid(Method::POST, &format!("/api/v1/{path}")).json(&too_few);
        let refused = send(request).await;
        assert_eq!(refused.code(), ErrorCode::InsufficientFrames);
        assert_eq!(named(&refused), of_model, "{path}");
    }
    let frame = json!({"index": 10, "timestamp_ms": 0, "pixels": ""});
    let body = json!({"session_id": ID, "model": "mixed-10", "frame": frame});
    let request = gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(&body);
    assert_eq!(named(&send(request).await), of_model);
    // A session that is not opened: without a key, on terms that need one.
    let terms = json!({"model": "mixed-10", "reference": "order-7"});
    let refused = send(gateway.request(Method::POST, "/api/v1/sessions").json(&terms)).await;
    assert_eq!((refused.code(), named(&refused)), (ErrorCode::InvalidKey, of_model.clone()));
    // A check that fails.
    gateway.backend.failures.lock().unwrap().push_back(BackendError::Internal);
    let enough = json!({"session_id": ID, "model": "mixed-10", "crops": crops(10)});
    assert_eq!(named(&check(&gateway, &enough).await), of_model);
    // A session before its verdict.
    let session = gateway.open(json!({"model": "mixed-10"})).await;
    assert_eq!(named(&session.get(&session.token).await), of_model);
    let missing = session.complete(json!({})).await;
    assert_eq!((missing.code(), named(&missing)), (ErrorCode::MissingCrops, of_model));
    // Of one that nobody knows there is nothing to say.
    let unknown = json!({"session_id": ID, "model": "none", "crops": crops(10)});
    assert_eq!(named(&check(&gateway, &unknown).await), [None, None, None]);
}

/// So many warnings.
fn each_other(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("w{n}")).collect()
}

/// As the API's documentation says of them.
#[tokio::test]
async fn a_warning_that_comes_twice_counts_and_comes_back_once() {
    let gateway = TestGateway::start(settings(&[])).await;
    let frame = |index: u32| {
        let pixels = STANDARD.encode(picture(64, 64, png::ColorType::Rgb, index as u8));
        json!({"index": index, "timestamp_ms": 100 * index, "pixels": pixels})
    };
    let frames: Vec<Value> = (0..10).map(frame).collect();
    for (path, list, pictures) in
        [("fast-check-crops", "crops", crops(10)), ("fast-check", "frames", frames)]
    {
        let warnings = [each_other(50), each_other(50)].concat();
        let mut body = json!({"session_id": ID, "model": "mixed-10-v2", "warnings": warnings});
        body[list] = json!(pictures);
        let request = gateway.paid(Method::POST, &format!("/api/v1/{path}")).json(&body);
        assert_eq!(send(request).await.status, 200, "{path}");
        let seen = gateway.backend.requests.lock().unwrap().pop().unwrap();
        assert_eq!(seen.warnings, each_other(50), "{path}");
    }
    let body = json!({"session_id": ID, "frame": frame(0), "warnings": ["w", "v", "w"]});
    let buffering = send(gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(&body)).await;
    assert_eq!(buffering.data()["warnings"], json!(["w", "v"]));
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
    for (index, png) in files(&requests[0].pictures).iter().enumerate() {
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

/// Trials with what other clients send: wrapped lines, the URL-safe alphabet, no padding.
#[tokio::test]
async fn base64_is_read_in_its_usual_forms() {
    let gateway = TestGateway::start(settings(&[])).await;
    let wrapped = |text: String| {
        let lines: Vec<&str> =
            text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        lines.join("\r\n")
    };
    type Form<'a> = &'a dyn Fn(&[u8]) -> String;
    let forms: [Form<'_>; 6] = [
        &|png| wrapped(STANDARD.encode(png)),
        &|png| wrapped(format!("data:image/png;base64,{}", STANDARD.encode(png))),
        &|png| URL_SAFE.encode(png),
        &|png| URL_SAFE_NO_PAD.encode(png),
        &|png| STANDARD_NO_PAD.encode(png),
        &|png| format!("\n{}\n", STANDARD.encode(png)),
    ];
    for (number, form) in forms.iter().enumerate() {
        let mut list = crops(10);
        for (index, entry) in list.iter_mut().enumerate() {
            entry["pixels"] = json!(form(&crop(index as u8)));
        }
        let answer = check(&gateway, &json!({"session_id": ID, "crops": list})).await;
        assert_eq!(answer.status, 200, "{number}: {:?}", answer.body);
    }
    for request in gateway.backend.requests.lock().unwrap().iter() {
        for (index, png) in files(&request.pictures).iter().enumerate() {
            assert_eq!(*png, crop(index as u8));
        }
    }
}

/// Each of them is small, and what it becomes is not.
#[tokio::test]
async fn crops_are_counted_before_any_is_read() {
    let gateway = TestGateway::start(settings(&[])).await;
    let blank = {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, 224, 224);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; 224 * 224]).unwrap();
        writer.finish().unwrap();
        STANDARD.encode(out)
    };
    for count in [121, 29_000] {
        // Neither is the first entry one that could be read, nor do all have the same form.
        let entry = |index: usize| match index {
            0 => json!({"index": 0, "pixels": "not base64"}),
            1 => json!({"index": "none"}),
            _ => json!({"index": index, "pixels": blank}),
        };
        let list: Vec<Value> = (0..count).map(entry).collect();
        let start = std::time::Instant::now();
        let answer = check(&gateway, &json!({"session_id": ID, "crops": list})).await;
        assert_eq!(answer.code(), ErrorCode::ValidationError);
        let message = format!("crops: at most 120 are taken, received {count}");
        assert_eq!(answer.body["message"], message, "in {:?}", start.elapsed());
    }
    let warnings = json!({"session_id": ID, "crops": crops(10), "warnings": each_other(1_000_000)});
    assert_eq!(check(&gateway, &warnings).await.code(), ErrorCode::ValidationError);
    let long = json!({"session_id": ID, "crops": crops(10), "warnings": ["w".repeat(501)]});
    assert_eq!(check(&gateway, &long).await.code(), ErrorCode::ValidationError);
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_rate_is_taken_and_needed_where_the_model_needs_it() {
    let gateway = TestGateway::start(settings(&[])).await;
    let with = |model: &str, fps: Value| json!({"session_id": ID, "model": model, "crops": crops(10), "fps": fps});
    for model in ["hybrid-v2-10", "mixed-10-v2"] {
        for fps in [0.001, 1.0, 30.0, 120.0] {
            assert_eq!(check(&gateway, &with(model, json!(fps))).await.status, 200);
            assert_eq!(gateway.backend.requests.lock().unwrap().last().unwrap().fps, Some(fps));
        }
        for fps in [json!(0), json!(120.5), json!("10"), json!([10])] {
            let answer = check(&gateway, &with(model, fps)).await;
            assert_eq!(answer.code(), ErrorCode::ValidationError);
        }
    }
    let missing = check(&gateway, &with("hybrid-v2-10", Value::Null)).await;
    assert_eq!(missing.code(), ErrorCode::MissingField);
    assert_eq!(check(&gateway, &with("mixed-10-v2", Value::Null)).await.status, 200);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let gateway = TestGateway::start(settings(&[])).await;
    let body = vec![b' '; 33 * 1024 * 1024];
    let request = gateway.request(Method::POST, "/api/v1/fast-check-crops");
    let answer = send(request.header("content-type", "application/json").body(body)).await;
    assert_eq!(answer.code(), ErrorCode::PayloadTooLarge);
}

/// Which field is at fault is said beside the code, as the API documents it.
#[tokio::test]
async fn a_refusal_names_the_field() {
    let gateway = TestGateway::start(settings(&[])).await;
    let pixels = STANDARD.encode(crop(1));
    let crops: Vec<_> = (0..10).map(|index| json!({"index": index, "pixels": pixels})).collect();
    let good = json!({"session_id": ID, "model": "mixed-10-v2", "crops": crops});
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        let _ = std::mem::replace(body.pointer_mut(field).unwrap(), value);
        body
    };
    let without = |field: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        body
    };
    let added = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    let mut twice = good.clone();
    twice["crops"][3]["index"] = json!(2);
    let (missing, wrong) = (ErrorCode::MissingField, ErrorCode::ValidationError);
    for (body, code, field) in [
        (without("session_id"), missing, "session_id"),
        (without("crops"), missing, "crops"),
        (with("/crops/3", json!({"index": 3})), missing, "crops[3].pixels"),
        (with("/session_id", json!(7)), wrong, "session_id"),
        (with("/session_id", json!("no UUID")), wrong, "session_id"),
        (with("/crops/2/index", json!("two")), wrong, "crops[2].index"),
        (with("/crops/2/pixels", json!("%")), wrong, "crops[2].pixels"),
        (with("/crops", json!({})), wrong, "crops"),
        (twice, wrong, "crops"),
        (added("fps", json!(500.0)), wrong, "fps"),
        (added("source", json!("elsewhere")), wrong, "source"),
        (added("warnings", json!(each_other(51))), wrong, "warnings"),
    ] {
        // As long as it is, and as long as pictures of faces make it.
        for length in [0, 5_000_000] {
            let body = format!("{}{body}", " ".repeat(length));
            let request = gateway.paid(Method::POST, "/api/v1/fast-check-crops").body(body);
            let answer = send(request.header("content-type", "application/json")).await;
            assert_eq!(answer.code(), code, "{field}: {:?}", answer.body);
            let said = &answer.body["errors"][1][field][0];
            assert_eq!(*said, answer.body["message"], "{field}: {:?}", answer.body);
            assert!(said.as_str().unwrap().contains(field), "{said}");
        }
    }
    let mut frame = streamed(1, 3);
    frame["frame"]["pixels"] = json!("%");
    let answer = send(gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(&frame)).await;
    assert!(answer.body["errors"][1]["frame.pixels"].is_array(), "{:?}", answer.body);
    let documented = "session_id is required";
    let body = without("session_id");
    let answer = send(gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&body)).await;
    assert_eq!(answer.body["message"], documented);
}

#[tokio::test]
async fn a_model_version_goes_with_a_number_of_frames() {
    let gateway = TestGateway::start(settings(&[])).await;
    let check = |body: Value| {
        let request = gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&body);
        send(request.header("x-model-version", "v2"))
    };
    let mut body = json!({"session_id": ID, "model": "no-such-model", "crops": crops(10)});
    let missing = check(body.clone()).await;
    assert_eq!(missing.code(), ErrorCode::MissingField);
    assert!(missing.body["errors"][1]["frame_count"].is_array(), "{:?}", missing.body);
    body["frame_count"] = json!(11);
    assert_eq!(check(body.clone()).await.code(), ErrorCode::UnknownModel);
    body["frame_count"] = json!(10);
    assert_eq!(check(body).await.status, 200);
    let asked = gateway.backend.requests.lock().unwrap()[0].model.clone();
    assert_eq!(asked, ModelChoice::Version { version: "v2".into(), frame_count: 10 });
}
