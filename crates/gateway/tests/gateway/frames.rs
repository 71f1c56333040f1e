//! Whole frames: `POST /api/v1/fast-check` and `fast-check-stream`, as the API documents them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{
    Answer, SERVER_KEY, TestGateway, WithJson as _, crop, picture, send, settings,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::check::Pictures;
use liveness_protocol::{ErrorCode, Source};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

fn png(seed: u8) -> Vec<u8> {
    picture(320, 240, png::ColorType::Rgb, seed)
}

fn jpeg(seed: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| image::Rgb([x as u8, y as u8, seed]));
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
    file.into_inner()
}

fn frame(index: u32) -> Value {
    let file = if index.is_multiple_of(2) { png(index as u8) } else { jpeg(index as u8) };
    json!({"index": index, "timestamp_ms": 100.5 * f64::from(index), "pixels": STANDARD.encode(file)})
}

async fn check(gateway: &TestGateway, body: &Value) -> Answer {
    send(gateway.paid(Method::POST, "/api/v1/fast-check").json(body)).await
}

async fn stream(gateway: &TestGateway, body: &Value) -> Answer {
    send(gateway.paid(Method::POST, "/api/v1/fast-check-stream").json(body)).await
}

fn streamed(frame: Value) -> Value {
    json!({"session_id": ID, "model": "mixed-10-v2", "source": "live", "frame": frame})
}

#[tokio::test]
async fn a_model_version_counts_before_the_model() {
    let gateway = TestGateway::start(settings(&[])).await;
    let check = |body: Value| {
        let request = gateway.paid(Method::POST, "/api/v1/fast-check").json(&body);
        send(request.header("x-model-version", "v2"))
    };
    let frames: Vec<Value> = (0..10).map(frame).collect();
    let mut body = json!({"session_id": ID, "model": "no-such-model", "frames": frames});
    assert_eq!(check(body.clone()).await.code(), ErrorCode::MissingField);
    body["frame_count"] = json!(10);
    assert_eq!(check(body).await.status, 200);
}

/// Whoever knows its id, but has no key, neither adds to a back end's stream nor reads what came of it.
#[tokio::test]
async fn a_back_ends_stream_is_there_for_its_keys_alone() {
    let gateway = TestGateway::start(settings(&[])).await;
    let with_metadata = |index: u32| {
        let mut body = streamed(frame(index));
        body["metadata"] = json!({"order": 7});
        body
    };
    let stranger = async |index| {
        let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
        send(request.json(&streamed(frame(index)))).await
    };
    for index in 0..10 {
        assert_eq!(stream(&gateway, &with_metadata(index)).await.status, 200);
        if index % 4 == 0 {
            let refused = stranger(index + 1).await;
            assert_eq!((refused.status, refused.code()), (404, ErrorCode::SessionNotFound));
        }
    }
    let refused = stranger(9).await;
    assert_eq!((refused.status, refused.code()), (404, ErrorCode::SessionNotFound));
    let again = stream(&gateway, &with_metadata(9)).await;
    assert_eq!(again.data()["tenant_metadata"], json!({"order": 7}));
}

#[tokio::test]
async fn whole_frames_are_checked_in_their_order() {
    let gateway = TestGateway::start(settings(&[])).await;
    let mut frames: Vec<Value> = (0..10).map(frame).collect();
    frames[4]["pixels"] = json!(format!("data:image/png;base64,{}", STANDARD.encode(png(4))));
    frames.reverse();
    let body = json!({
        "session_id": ID, "model": "mixed-10-v2", "source": "live", "frames": frames,
        "warnings": ["w"], "fps": 9.5, "fps_source": "measured", "device_intelligence": {}, "metadata": {"a": [1]},
    });
    let answer = check(&gateway, &body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.data()["session_id"], ID);
    let requests = gateway.backend.requests.lock().unwrap();
    let Pictures::Frames(files) = &requests[0].pictures else { panic!("crops") };
    for (index, file) in files.iter().enumerate() {
        let wanted = if index.is_multiple_of(2) { png(index as u8) } else { jpeg(index as u8) };
        assert_eq!(*file, wanted, "{index}");
    }
    let times: Vec<f64> = (0..10).map(|index| 100.5 * f64::from(index)).collect();
    assert_eq!(requests[0].timestamps_ms, times);
    assert_eq!((requests[0].fps, requests[0].source), (Some(9.5), Source::Live));
    assert_eq!(requests[0].warnings, ["w"]);
}

/// What the API's documentation asks for: as many frames as its largest model takes, as PNG, in one request.
#[tokio::test]
async fn the_largest_models_frames_fit_into_a_request() {
    let gateway = TestGateway::start(settings(&[])).await;
    let large = STANDARD.encode([png(0), vec![0; 300_000]].concat());
    let of = |index| json!({"index": index, "timestamp_ms": index, "pixels": large});
    let frames: Vec<Value> = (0..120).map(of).collect();
    let body = json!({"session_id": ID, "model": "mixed-120-v2", "frames": frames});
    let answer = check(&gateway, &body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
}

#[tokio::test]
async fn frames_that_are_refused() {
    let gateway = TestGateway::start(settings(&[])).await;
    let with = |index: usize, key: &str, value: Value| {
        let mut frames: Vec<Value> = (0..10).map(frame).collect();
        frames[index][key] = value;
        json!({"session_id": ID, "frames": frames})
    };
    let mut far_apart = with(0, "timestamp_ms", json!(-1.7e308));
    far_apart["frames"][9]["timestamp_ms"] = json!(1.7e308);
    let file = |bytes: &[u8]| json!(STANDARD.encode(bytes));
    let many: Vec<Value> = (0..121).map(|index| json!({"index": index})).collect();
    let invalid = ErrorCode::ValidationError;
    for (body, code) in [
        (json!({"session_id": ID}), ErrorCode::MissingField),
        (json!({"frames": []}), ErrorCode::MissingField),
        (json!({"session_id": ID, "frames": []}), ErrorCode::InsufficientFrames),
        (json!({"session_id": ID, "frames": many}), invalid),
        (json!({"session_id": "me", "frames": []}), invalid),
        (json!({"session_id": ID, "frames": [], "model": "x"}), ErrorCode::UnknownModel),
        (with(3, "index", json!(2)), invalid),
        (with(3, "timestamp_ms", json!("soon")), invalid),
        (far_apart, invalid),
        (with(3, "pixels", json!("***")), invalid),
        (with(3, "pixels", file(b"GIF89a")), invalid),
        (with(3, "pixels", file(&picture(40, 40, png::ColorType::Rgb, 1))), invalid),
    ] {
        let answer = check(&gateway, &body).await;
        assert_eq!(answer.code(), code, "{:?}", answer.body);
        assert!(answer.body["message"].as_str().unwrap().len() <= 250);
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
    // Times that do not rise are passed on, and are said with the verdict.
    let mut body = with(3, "timestamp_ms", json!(201));
    body["source"] = json!("live");
    let answer = check(&gateway, &body).await;
    assert_eq!(answer.status, 200);
    let warning = answer.data()["warning"].as_str().unwrap();
    assert!(warning.contains("do not rise"), "{warning}");
}

/// "Runs inference using the decodable frames", as the API's documentation says.
#[tokio::test]
async fn frames_that_are_no_pictures_are_left_out_while_there_are_enough() {
    let gateway = TestGateway::start(settings(&[])).await;
    let file = |bytes: &[u8]| json!(STANDARD.encode(bytes));
    let small = picture(40, 40, png::ColorType::Rgb, 1);
    for pixels in [json!("***"), json!(""), file(b"GIF89a"), file(&small)] {
        let mut frames: Vec<Value> = (0..11).map(frame).collect();
        frames[3]["pixels"] = pixels.clone();
        let body = json!({"session_id": ID, "model": "mixed-10-v2", "frames": frames});
        let answer = check(&gateway, &body).await;
        assert_eq!(answer.status, 200, "{pixels}: {:?}", answer.body);
        let seen = gateway.backend.requests.lock().unwrap().pop().unwrap();
        let Pictures::Frames(files) = &seen.pictures else { panic!("crops") };
        assert_eq!((files.len(), &files[2][..], &files[3][..]), (10, &png(2)[..], &png(4)[..]));
        assert_eq!(seen.timestamps_ms[2..4], [201.0, 402.0]);
    }
}

#[tokio::test]
async fn streamed_frames_are_buffered_and_the_last_brings_the_verdict() {
    let gateway = TestGateway::start(settings(&[])).await;
    // In any order, and some of them twice.
    let order = [7, 0, 1, 7, 2, 3, 9, 4, 5, 0, 6];
    let mut seen = BTreeSet::new();
    for index in order {
        let mut body = streamed(frame(index));
        body["warnings"] = json!(["dark", format!("w{index}")]);
        let answer = stream(&gateway, &body).await;
        seen.insert(index);
        let wanted = json!({
            "status": "buffering", "session_id": ID, "frames_received": seen.len(), "frames_required": 10,
            "ttl_seconds": 300, "warnings": ["dark", format!("w{index}")],
        });
        assert_eq!(*answer.data(), wanted);
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
    let answer = stream(&gateway, &streamed(frame(8))).await;
    assert_eq!(answer.data()["status"], "complete");
    assert_eq!(answer.data()["verdict"], "live");
    assert_eq!(answer.data()["frames_received"], 10);
    assert_eq!(answer.data()["ttl_seconds"], 0);
    assert_eq!(answer.data()["available"], true);
    assert_eq!(answer.data()["error"], Value::Null);
    {
        let requests = gateway.backend.requests.lock().unwrap();
        let Pictures::Frames(files) = &requests[0].pictures else { panic!("crops") };
        assert_eq!(files[7], jpeg(7));
        assert_eq!(requests[0].timestamps_ms[9], 904.5);
        // Each once, in the order of the frames.
        assert_eq!(requests[0].warnings[..3], ["dark", "w0", "w1"]);
        assert_eq!(requests[0].warnings.len(), 10);
    }
    // Another picture is not taken for one that has been judged.
    let mut other = frame(3);
    other["pixels"] = json!(STANDARD.encode(png(99)));
    assert_eq!(stream(&gateway, &streamed(other)).await.code(), ErrorCode::CropConflict);
    // Whoever repeats a frame gets the same answer, and nothing is checked twice.
    let again = stream(&gateway, &streamed(frame(3))).await;
    assert_eq!(again.data(), answer.data());
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1);
    let read =
        gateway.request(Method::GET, &format!("/api/v1/sessions/{ID}")).bearer_auth(SERVER_KEY);
    assert_eq!(send(read).await.data()["verdict"]["verdict"], "live");
}

/// Some make their ids in upper case.
#[tokio::test]
async fn an_id_comes_back_as_it_was_written() {
    let gateway = TestGateway::start(settings(&[])).await;
    let written = ID.to_uppercase();
    let frames: Vec<Value> = (0..10).map(frame).collect();
    let body = json!({"session_id": written, "model": "mixed-10-v2", "frames": frames});
    assert_eq!(check(&gateway, &body).await.data()["session_id"], written);
    let crops: Vec<Value> = (0..10u8)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect();
    let body = json!({"session_id": written, "model": "mixed-10-v2", "crops": crops});
    let direct = gateway.paid(Method::POST, "/api/v1/fast-check-crops").json(&body);
    assert_eq!(send(direct).await.data()["session_id"], written);
    for index in 0..10 {
        let mut body = streamed(frame(index));
        body["session_id"] = json!(written);
        let answer = stream(&gateway, &body).await;
        assert_eq!(answer.data()["session_id"], written, "{index}");
        let buffers = answer.data()["status"] == "buffering";
        assert_eq!(buffers, index < 9);
        assert!(!buffers || answer.headers["x-moveris-model-resolved"] == "local-1-10");
    }
    // It is one id all the same.
    assert_eq!(stream(&gateway, &streamed(frame(3))).await.data()["session_id"], ID);
}

#[tokio::test]
async fn frames_sent_all_at_once_are_one_check() {
    let gateway = TestGateway::start(settings(&[])).await;
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let bodies: Vec<Value> = (0..20).map(|index| streamed(frame(index % 10))).collect();
    let all = futures(&gateway, &bodies);
    let opened = async {
        while gateway.backend.checks.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        gate.notify_one();
    };
    let (answers, ()) = tokio::join!(all, opened);
    let complete = answers.iter().filter(|answer| answer.data()["status"] == "complete").count();
    assert!(complete >= 1, "{complete}");
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1);
}

async fn futures(gateway: &TestGateway, bodies: &[Value]) -> Vec<Answer> {
    let sent: Vec<_> = bodies
        .iter()
        .map(|body| {
            let request = gateway.request(Method::POST, "/api/v1/fast-check-stream").json(body);
            tokio::spawn(send(request))
        })
        .collect();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn a_streams_frames_have_to_be_alike_and_its_own() {
    let gateway = TestGateway::start(settings(&[])).await;
    assert_eq!(stream(&gateway, &streamed(frame(0))).await.status, 200);
    let with = |key: &str, value: Value| {
        let mut body = streamed(frame(1));
        body[key] = value;
        body
    };
    let of_frame = |key: &str, value: Value| {
        let mut one = frame(1);
        one[key] = value;
        streamed(one)
    };
    let mut other_bytes = frame(0);
    other_bytes["pixels"] = json!(STANDARD.encode(png(99)));
    let session = gateway.open(json!({"model": "mixed-10-v2", "source": "live"})).await;
    let cut: Vec<u8> = png(1)[..600].to_vec();
    let invalid = ErrorCode::ValidationError;
    for (body, code) in [
        (with("model", json!("mixed-30-v2")), invalid),
        (with("source", json!("media")), invalid),
        (with("session_id", json!("me")), invalid),
        (with("session_id", json!(session.id)), invalid),
        (with("model", json!("x")), ErrorCode::UnknownModel),
        (of_frame("index", json!(10)), invalid),
        (of_frame("index", json!(-1)), invalid),
        (of_frame("timestamp_ms", json!(null)), invalid),
        (of_frame("pixels", json!("")), invalid),
        (of_frame("pixels", json!(STANDARD.encode(&cut))), invalid),
        (with("warnings", json!((0..51).map(|n| n.to_string()).collect::<Vec<_>>())), invalid),
        (streamed(other_bytes), ErrorCode::CropConflict),
        (json!({"session_id": ID}), ErrorCode::MissingField),
    ] {
        let answer = stream(&gateway, &body).await;
        assert_eq!(answer.code(), code, "{:?}", answer.body);
    }
    let beyond = stream(&gateway, &of_frame("index", json!(10))).await;
    let documented = "frame.index: 10 exceeds maximum 9 for model \"mixed-10-v2\"";
    assert_eq!(beyond.body["message"], documented);
    // In the other flow the version and the count make the model.
    let request = gateway.paid(Method::POST, "/api/v1/fast-check-stream");
    let mut body = streamed(frame(1));
    body["frame_count"] = json!(10);
    let answer = send(request.header("x-model-version", "latest").json(&body)).await;
    assert_eq!(answer.code(), invalid);
    // Nothing of that has changed the stream.
    let answer = stream(&gateway, &streamed(frame(1))).await;
    assert_eq!(answer.data()["frames_received"], 2);
    // Nor can a stream's id be used by the session protocol without its token.
    let path = format!("/api/v1/sessions/{ID}/crops/2");
    let put = gateway.request(Method::PUT, &path).body(crop(2));
    assert_eq!(send(put).await.code(), ErrorCode::InvalidToken);
}

#[tokio::test]
async fn a_stream_ends_with_its_time() {
    let gateway = TestGateway::start(settings(&["--session-ttl", "60"])).await;
    let answer = stream(&gateway, &streamed(frame(0))).await;
    assert_eq!(answer.data()["ttl_seconds"], 60);
    gateway.advance(Duration::from_secs(45));
    assert_eq!(stream(&gateway, &streamed(frame(1))).await.data()["ttl_seconds"], 15);
    gateway.advance(Duration::from_secs(15));
    assert_eq!(stream(&gateway, &streamed(frame(2))).await.code(), ErrorCode::SessionExpired);
}

#[tokio::test]
async fn a_check_that_was_not_made_can_be_asked_for_again_by_any_frame() {
    let gateway = TestGateway::start(settings(&[])).await;
    gateway.backend.failures.lock().unwrap().push_back(BackendError::Busy { retry_after: None });
    for index in 0..9 {
        assert_eq!(stream(&gateway, &streamed(frame(index))).await.status, 200);
    }
    let busy = stream(&gateway, &streamed(frame(9))).await;
    assert_eq!(busy.code(), ErrorCode::RateLimitExceeded);
    let again = stream(&gateway, &streamed(frame(9))).await;
    assert_eq!(again.data()["status"], "complete");
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 2);
}
