//! The same pictures again, in another session.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{
    FakeBackend, SERVER_KEY, Session, TestGateway, WithJson as _, crop, send, settings, streamed,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::clock::Clock as _;
use liveness_gateway::domain::route::Engines;
use liveness_gateway::store::memory::MemoryStore;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Sends the crops made from these seeds, and has them judged; returns the verdict.
async fn judge(session: &Session<'_>, seeds: impl IntoIterator<Item = u8>) -> Value {
    for (index, seed) in seeds.into_iter().enumerate() {
        assert_eq!(session.put(index, crop(seed)).await.status, 201);
    }
    session.complete(json!({"fps": 10.0})).await.body["data"].clone()
}

async fn open(gateway: &TestGateway) -> Session<'_> {
    gateway.open(json!({"model": "mixed-10-v2", "source": "live"})).await
}

/// The same pixels in another file.
fn packed_otherwise(png: &[u8]) -> Vec<u8> {
    let decoder = png::Decoder::new(std::io::Cursor::new(png));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 224, 224);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::NoCompression);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    assert_ne!(out, png);
    out
}

#[tokio::test]
async fn a_recording_of_an_earlier_check_is_a_fake_and_nobody_is_asked() {
    let gateway = TestGateway::start(settings(&[])).await;
    let first = judge(&open(&gateway).await, 0..10).await;
    assert_eq!((&first["verdict"], &first["warning"]), (&json!("live"), &Value::Null));

    // In another order, and in other files.
    let again = open(&gateway).await;
    for index in 0..10u8 {
        let png = packed_otherwise(&crop(9 - index));
        assert_eq!(again.put(index, png).await.status, 201);
    }
    let verdict = again.complete(json!({"fps": 10.0})).await.data().clone();
    assert_eq!((&verdict["verdict"], &verdict["score"]), (&json!("fake"), &json!(0.0)));
    assert_eq!(verdict["processing_ms"], 0);
    assert_eq!(verdict["warning"], "8 of 8 pictures compared were part of an earlier check");
    assert_eq!(verdict["session_id"], again.id);
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 1);
    // It is the session's verdict, for good, and for the back end too.
    let kept = again.get(SERVER_KEY).await;
    assert_eq!(kept.data()["verdict"]["verdict"], "fake");
    assert_eq!(again.complete(json!({"fps": 10.0})).await.data()["verdict"], "fake");
    // What has become of its model is said as of any other verdict.
    let old = gateway.open(json!({"model": "mixed-10", "source": "live"})).await;
    assert_eq!(judge(&old, 0..10).await["verdict"], "fake");
    let headers = old.get(&old.token).await.headers;
    let said = ["x-moveris-model-resolved", "deprecation", "x-moveris-suggested-model"]
        .map(|name| headers[name].to_str().unwrap());
    assert_eq!(said, ["local-1-10", "true", "mixed-10-v2"]);
}

/// An id may come again once its session is forgotten: a client's own, or that of an `Idempotency-Key`.
#[tokio::test]
async fn a_recording_is_known_again_under_its_own_id() {
    let gateway = TestGateway::start(settings(&["--verdict-ttl", "60"])).await;
    let forget = async || {
        gateway.advance(Duration::from_secs(60));
        gateway.store.sweep(gateway.clock.now()).await.unwrap();
    };
    let stream = async || {
        let mut last = None;
        for index in 0..10 {
            let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
            last = Some(send(request.json(&streamed(1, index))).await);
        }
        last.unwrap().data()["verdict"].clone()
    };
    let open = async || {
        let request = gateway.request(Method::POST, "/api/v1/sessions").bearer_auth(SERVER_KEY);
        let request = request.header("idempotency-key", "order-7");
        let created = send(request.json(&json!({"model": "mixed-10-v2"}))).await;
        let text = |name: &str| created.data()[name].as_str().unwrap().to_owned();
        let (id, token) = (text("session_id"), text("token"));
        Session { gateway: &gateway, id, token, created }
    };
    assert_eq!(stream().await, "live");
    assert_eq!(stream().await, "live", "the same verdict");
    let first = open().await;
    assert_eq!(judge(&first, 0..10).await["verdict"], "live");
    forget().await;
    assert_eq!(stream().await, "fake");
    let second = open().await;
    assert_eq!(second.id, first.id);
    assert_eq!(judge(&second, 0..10).await["verdict"], "fake");
}

/// Whoever has been told that their check was not made begins anew, with the pictures that they have.
#[tokio::test]
async fn pictures_of_a_check_that_was_not_made_are_no_recording() {
    let gateway = TestGateway::start_paid(settings(&[])).await;
    let fail = |error| *gateway.backend.failures.lock().unwrap() = [error].into();
    for error in [
        BackendError::Unavailable,
        BackendError::Busy { retry_after: None },
        BackendError::Resting { retry_after: Duration::from_secs(1) },
        BackendError::Internal,
    ] {
        fail(error.clone());
        assert_eq!(judge(&open(&gateway).await, 0..10).await, Value::Null, "{error}");
    }
    assert_eq!(judge(&open(&gateway).await, 0..10).await["verdict"], "live");
    assert_eq!(judge(&open(&gateway).await, 0..10).await["verdict"], "fake");
    // What may have been made without a verdict was a check.
    fail(BackendError::Lost);
    assert_eq!(judge(&open(&gateway).await, 20..30).await, Value::Null);
    assert_eq!(judge(&open(&gateway).await, 20..30).await["verdict"], "fake");

    // So it is with frames that come one by one.
    let stream = async |id: u128| {
        let mut last = None;
        for index in 0..10 {
            let request = gateway.paid(Method::POST, "/api/v1/fast-check-stream");
            last = Some(send(request.json(&streamed(id, index))).await);
        }
        last.unwrap().body["data"]["verdict"].clone()
    };
    fail(BackendError::Unavailable);
    assert_eq!(stream(1).await, Value::Null);
    assert_eq!(stream(2).await, "live");
    assert_eq!(stream(3).await, "fake");
}

/// A gateway that was held up is too late to say that the check was not made.
#[tokio::test]
async fn pictures_of_a_check_that_another_gateway_has_made_stay_known() {
    let (settings, slow) = (settings(&[]), Arc::new(FakeBackend::default()));
    let store = Arc::new(MemoryStore::new(settings.store));
    let engines = Engines::alone(slow.clone());
    let held = TestGateway::start_on(settings.clone(), store.clone(), engines, slow).await;
    let fake = Arc::new(FakeBackend::default());
    let other =
        TestGateway::start_on(settings, store, Engines::alone(fake.clone()), fake.clone()).await;
    let gate = Arc::new(Notify::new());
    *held.backend.gate.lock().unwrap() = Some(gate.clone());
    held.backend.failures.lock().unwrap().push_back(BackendError::Unavailable);
    let session = open(&held).await;
    let there = async {
        while held.backend.asked() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        other.advance(Duration::from_secs(200));
        let path = session.path("/complete");
        let request = other.request(Method::POST, &path).bearer_auth(&session.token);
        let verdict = send(request.json(&json!({"fps": 10.0}))).await;
        gate.notify_one();
        verdict.data().clone()
    };
    let (here, there) = tokio::join!(judge(&session, 0..10), there);
    assert_eq!((&there["verdict"], &here), (&json!("live"), &there));
    assert_eq!(judge(&open(&other).await, 0..10).await["verdict"], "fake");
}

#[tokio::test]
async fn a_picture_or_two_make_no_replay_and_are_told() {
    let gateway = TestGateway::start(settings(&[])).await;
    judge(&open(&gateway).await, 0..10).await;
    let verdict = judge(&open(&gateway).await, (0..2).chain(100..108)).await;
    assert_eq!(verdict["verdict"], "live");
    // Of each check the 8 pictures with the smallest prints are remembered.
    assert_eq!(verdict["warning"], "1 of 8 pictures compared were part of an earlier check");
    let verdict = judge(&open(&gateway).await, (200..209).chain([200])).await;
    assert_eq!(verdict["verdict"], "live");
    assert_eq!(verdict["warning"], "1 pictures are the same as another of this check");
}

/// A picture with light and shade in it, of the size that is asked for, another one for each seed.
fn blobs(width: u32, height: u32, seed: u8) -> image::RgbImage {
    let (seed, unit) = (f32::from(seed), width as f32 / 224.0);
    image::RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / unit, y as f32 / unit);
        let wave =
            |x: f32, y: f32, turn: f32| (0.11 * x + turn * seed).sin() * (0.09 * y - seed).cos();
        let level = 120.0 + 50.0 * wave(x, y, 1.7) + 40.0 * wave(0.6 * y, 1.3 * x, 2.3);
        image::Rgb([level as u8; 3])
    })
}

/// Not a pixel as it was, by a level of grey; and some as they never were.
fn touched(mut picture: image::RgbImage) -> image::RgbImage {
    picture.pixels_mut().for_each(|pixel| pixel.0 = pixel.0.map(|level| level + 1));
    (0..20).for_each(|at| picture.put_pixel(11 * at, 9 * at, image::Rgb([255, 0, 9])));
    picture
}

fn as_png(picture: &image::RgbImage) -> Vec<u8> {
    face_vision::encode_png(picture.as_raw(), picture.width(), picture.height()).unwrap()
}

#[tokio::test]
async fn a_recording_that_was_touched_is_said_with_the_verdict() {
    let gateway = TestGateway::start(settings(&[])).await;
    let alike = |verdict: &Value| {
        let warning = verdict["warning"].as_str().unwrap_or_default();
        assert_eq!(verdict["verdict"], "live", "it decides nothing: {verdict}");
        warning.ends_with("of 8 parts of pictures compared look as in an earlier check")
    };
    // In any order, as crops of a session.
    let crops = async |seeds: Vec<u8>, change: fn(image::RgbImage) -> image::RgbImage| {
        let session = open(&gateway).await;
        for (index, seed) in seeds.into_iter().enumerate() {
            let png = as_png(&change(blobs(224, 224, seed)));
            assert_eq!(session.put(index, png).await.status, 201);
        }
        session.complete(json!({"fps": 10.0})).await.body["data"].clone()
    };
    assert_eq!(crops((0..10).collect(), |original| original).await["warning"], Value::Null);
    assert!(alike(&crops((0..10).rev().collect(), touched).await));
    assert_eq!(crops((20..30).collect(), touched).await["warning"], Value::Null, "other pictures");
    // What is the same to the last bit is said as that alone.
    let again = crops((0..10).collect(), |original| original).await;
    assert_eq!(again["warning"], "8 of 8 pictures compared were part of an earlier check");

    // As whole frames of a stream.
    let frames = async |id: u128, change: fn(image::RgbImage) -> image::RgbImage| {
        let mut last = None;
        for index in 0..10 {
            let mut frame = streamed(id, index);
            let png = as_png(&change(blobs(320, 240, 100 + index)));
            frame["frame"]["pixels"] = json!(STANDARD.encode(png));
            let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
            last = Some(send(request.json(&frame)).await);
        }
        last.unwrap().data().clone()
    };
    assert_eq!(frames(1, |original| original).await["warning"], Value::Null);
    assert!(alike(&frames(2, touched).await));
}

#[tokio::test]
async fn a_session_is_a_cameras_unless_it_says_that_it_is_a_file() {
    let gateway = TestGateway::start(settings(&[])).await;
    let opened =
        [json!({"model": "mixed-10-v2", "source": "live"}), json!({"model": "mixed-10-v2"})];
    for (body, verdict) in opened.into_iter().zip(["live", "fake"]) {
        let session = gateway.open(body).await;
        assert_eq!(judge(&session, 0..10).await["verdict"], verdict);
        assert_eq!(session.get(&session.token).await.data()["source"], "live");
    }
}

#[tokio::test]
async fn what_comes_again_can_be_let_through_and_files_are() {
    let gateway = TestGateway::start(settings(&["--recycled-pictures", "warn"])).await;
    judge(&open(&gateway).await, 0..10).await;
    let verdict = judge(&open(&gateway).await, 0..10).await;
    assert_eq!(verdict["verdict"], "live");
    assert_eq!(verdict["warning"], "8 of 8 pictures compared were part of an earlier check");

    let gateway = TestGateway::start(settings(&[])).await;
    let said = json!("8 of 8 pictures compared were part of an earlier check");
    for warning in [Value::Null, said] {
        let session = gateway.open(json!({"model": "mixed-10-v2", "source": "media"})).await;
        let verdict = judge(&session, 0..10).await;
        assert_eq!((&verdict["verdict"], &verdict["warning"]), (&json!("live"), &warning));
        assert_eq!(session.get(&session.token).await.data()["source"], "media");
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 2);
}
