//! Crops and the sessions that hold them: runs, places, what is given back.

use crate::common::{SERVER_KEY, TestGateway, WithJson as _, crop, send, settings};
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_newer_run_takes_the_place_of_an_older_one() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    for index in 0..9 {
        session.put(index, crop(index)).await;
    }
    let first = session.put_run(2, 4, crop(70)).await;
    assert_eq!(first.status, 201);
    assert_eq!(*first.data(), json!({"index": 4, "frames_received": 1, "frames_required": 10}));
    let view = session.get(&session.token).await;
    assert_eq!((&view.data()["run"], &view.data()["frames_received"]), (&json!(2), &json!(1)));
    assert_eq!(view.data()["missing"], json!([0, 1, 2, 3, 5, 6, 7, 8, 9]));

    for place in ["9", "9?run=0", "9?run=1", "4?run=1"] {
        let late = session.send_crop(Method::PUT, place, crop(9)).await;
        assert_eq!(late.code(), ErrorCode::RunSuperseded, "{place}");
    }
    for place in ["0?run=x", "0?run=-1", "0?run=", "0?run=4294967296", "0?run=3&run=4"] {
        let wrong = session.send_crop(Method::PUT, place, crop(0)).await;
        assert_eq!(wrong.code(), ErrorCode::ValidationError, "{place}");
    }
    // A picture that cannot be read begins no run.
    assert_eq!(session.put_run(3, 0, b"x".to_vec()).await.code(), ErrorCode::NotPng);
    assert_eq!(session.get(&session.token).await.data()["run"], 2);

    for index in 0..10 {
        session.put_run(2, index, crop(if index == 4 { 70 } else { index as u8 })).await;
    }
    for run in [0, 1, 3] {
        let other = session.complete(json!({"run": run})).await;
        assert_eq!(other.code(), ErrorCode::MissingCrops, "{run}");
        let all: Vec<String> = (0..10).map(|index| index.to_string()).collect();
        assert_eq!(other.body["errors"][1]["missing"], json!(all));
    }
    assert_eq!(session.complete(json!({"run": 2})).await.status, 200);
    let requests = gateway.backend.requests.lock().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        crate::common::files(&requests[0].pictures)[4],
        crop(70),
        "the crops are those of the newest run"
    );
}

#[tokio::test]
async fn a_crop_may_be_posted() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    for (place, seed, outcome) in [
        ("0", 0, Ok(201)),
        ("0", 0, Ok(200)),
        ("0", 1, Err(ErrorCode::CropConflict)),
        ("10", 0, Err(ErrorCode::IndexOutOfRange)),
        ("0?run=1", 1, Ok(201)),
        ("0", 0, Err(ErrorCode::RunSuperseded)),
        ("1?run=x", 1, Err(ErrorCode::ValidationError)),
    ] {
        let answer = session.send_crop(Method::POST, place, crop(seed)).await;
        match outcome {
            Ok(status) => assert_eq!(answer.status, status, "{place}"),
            Err(code) => assert_eq!(answer.code(), code, "{place}"),
        }
    }
    for index in 1..10 {
        session.send_crop(Method::POST, &format!("{index}?run=1"), crop(index)).await;
    }
    assert_eq!(session.complete(json!({"run": 1})).await.status, 200);
}

#[tokio::test]
async fn opening_sessions_locks_nobody_out() {
    let gateway = TestGateway::start(settings(&["--max-sessions", "2"])).await;
    let small = json!({"model": "mixed-10-v2"});
    let [first, second] = [gateway.open(small.clone()).await, gateway.open(small.clone()).await];
    let third = gateway.open(small.clone()).await;
    for session in [&first, &second] {
        assert_eq!(session.put(0, crop(0)).await.status, 201);
    }
    // Many more than are kept; those that are at work do not notice.
    for _ in 0..60 {
        gateway.open(small.clone()).await;
    }
    assert_eq!(first.put(1, crop(1)).await.status, 201);
    assert_eq!(third.put(0, crop(0)).await.code(), ErrorCode::SessionNotFound, "an old empty one");

    let third = gateway.open(small.clone()).await;
    let full = third.put(0, crop(0)).await;
    assert_eq!(full.code(), ErrorCode::TooManySessions);
    assert_eq!(full.headers["retry-after"], "5");
    // A decided session makes a place.
    for index in 2..10 {
        first.put(index, crop(index)).await;
    }
    assert_eq!(first.complete(json!({})).await.status, 200);
    assert_eq!(third.put(0, crop(0)).await.status, 201);
    // So does one that is given back.
    let fourth = gateway.open(small.clone()).await;
    assert_eq!(fourth.put(0, crop(0)).await.code(), ErrorCode::TooManySessions);
    assert_eq!(second.delete(&second.token).await.status, 204);
    assert_eq!(fourth.put(0, crop(0)).await.status, 201);
    // So does time, for those that come after it.
    let fifth = gateway.open(small.clone()).await;
    assert_eq!(fifth.put(0, crop(0)).await.code(), ErrorCode::TooManySessions);
    gateway.advance(std::time::Duration::from_secs(300));
    let sixth = gateway.open(small).await;
    assert_eq!(sixth.put(0, crop(0)).await.status, 201);
    assert_eq!(third.get(SERVER_KEY).await.data()["state"], "expired");
}

#[tokio::test]
async fn one_client_does_not_hold_all_places() {
    let flags = ["--max-sessions", "4", "--trusted-proxies", "1"];
    let gateway = TestGateway::start(settings(&flags)).await;
    // Whether a session that is opened so gets a place.
    let begin = async |name: &str, value: &str| {
        let open = gateway.request(Method::POST, "/api/v1/sessions").header(name, value);
        let opened = send(open.json(&json!({"model": "mixed-10-v2"}))).await;
        let text = |name: &str| opened.data()[name].as_str().unwrap().to_owned();
        let path = format!("/api/v1/sessions/{}/crops/0", text("session_id"));
        let put = gateway.request(Method::PUT, &path).bearer_auth(text("token"));
        // The first crop comes from somewhere else: whose session it is counts.
        send(put.header("x-forwarded-for", "192.0.2.9").body(crop(0))).await
    };
    for status in [201, 201, 503, 503] {
        let put = begin("x-forwarded-for", "192.0.2.1").await;
        assert_eq!(put.status, status);
        assert!(status == 201 || put.code() == ErrorCode::TooManySessions);
    }
    for status in [201, 503] {
        let put = begin("authorization", &format!("Bearer {SERVER_KEY}")).await;
        assert_eq!(put.status, status, "a tenant has its share, too");
    }
    assert_eq!(begin("x-forwarded-for", "192.0.2.2").await.status, 201);
}

#[tokio::test]
async fn a_session_is_given_back_by_whoever_may_and_only_undecided() {
    let gateway = TestGateway::start(settings(&[])).await;
    let small = json!({"model": "mixed-10-v2"});
    let session = gateway.open(small.clone()).await;
    let other = gateway.open(small.clone()).await;
    for token in ["", "x", &other.token] {
        assert_eq!(session.delete(token).await.code(), ErrorCode::InvalidToken);
    }
    let own = gateway.request(Method::DELETE, &session.path(""));
    let gone = send(own.header("x-liveness-token", &session.token)).await;
    assert_eq!((gone.status, gone.body), (204, serde_json::Value::Null));
    for answer in [
        session.delete(&session.token).await,
        session.get(&session.token).await,
        session.put(0, crop(0)).await,
        session.complete(json!({})).await,
    ] {
        assert_eq!(answer.code(), ErrorCode::SessionNotFound);
    }
    other.put(0, crop(0)).await;
    assert_eq!(other.delete(SERVER_KEY).await.status, 204);

    let decided = gateway.open(small.clone()).await;
    decided.put_all(10).await;
    let verdict = decided.complete(json!({})).await;
    for credential in [decided.token.as_str(), SERVER_KEY] {
        assert_eq!(decided.delete(credential).await.code(), ErrorCode::SessionClosed);
    }
    assert_eq!(decided.complete(json!({})).await.body, verdict.body);

    let expired = gateway.open(small).await;
    gateway.advance(std::time::Duration::from_secs(300));
    assert_eq!(expired.delete(&expired.token).await.code(), ErrorCode::SessionExpired);
}

#[tokio::test]
async fn bytes_of_crops_are_capped() {
    let gateway = TestGateway::start(settings(&["--max-crop-megabytes", "1"])).await;
    let session = gateway.open(json!({"model": "mixed-30-v2"})).await;
    let mut noise = 1u32;
    let mut refused = None;
    for index in 0..30 {
        // Noise, which no PNG can shrink: 150 kB each.
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, 224, 224);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        let mut next = || {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            noise as u8
        };
        let pixels: Vec<u8> = (0..224 * 224 * 3).map(|_| next()).collect();
        writer.write_image_data(&pixels).unwrap();
        writer.finish().unwrap();
        let answer = session.put(index, out).await;
        if answer.status != 201 {
            refused = Some((index, answer.code()));
            break;
        }
    }
    let (index, code) = refused.unwrap();
    assert_eq!(code, ErrorCode::TooManySessions);
    assert!((4..=8).contains(&index), "{index}");
}

/// A list would be read as an object's fields in their order.
#[tokio::test]
async fn a_list_is_no_object() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    let crops: Vec<_> = (0..10).map(|index| json!([index, ""])).collect();
    let check = json!({"session_id": session.id, "model": "mixed-10-v2", "crops": crops});
    let complete = session.path("/complete");
    for (path, body) in [
        ("/api/v1/sessions", json!([])),
        ("/api/v1/sessions", json!(["mixed-10-v2", 10, "live"])),
        (&complete, json!([])),
        (&complete, json!([0, [], 10.0, 1.0, []])),
        ("/api/v1/fast-check-crops", json!([])),
        ("/api/v1/fast-check-crops", check),
    ] {
        let request = gateway.request(Method::POST, path).bearer_auth(&session.token).json(&body);
        assert_eq!(send(request).await.code(), ErrorCode::ValidationError, "{path} {body}");
    }
    // Nothing of it has counted.
    let report = json!({"warnings": [["uneven_frames", 31.0], "dark"]});
    assert_eq!(session.complete(report).await.status, 200);
    let requests = gateway.backend.requests.lock().unwrap();
    assert_eq!((requests.len(), &requests[0].warnings[..]), (1, &["dark".to_owned()][..]));
}

#[tokio::test]
async fn a_picture_that_inflates_beyond_its_rows_is_refused() {
    let gateway = TestGateway::start(settings(&[])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    let mut data = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut data, &vec![0; 100 << 20]).unwrap();
    let mut bomb = Vec::new();
    let mut encoder = png::Encoder::new(&mut bomb, 224, 224);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &data.finish().unwrap()).unwrap();
    writer.finish().unwrap();
    assert!(bomb.len() < 200_000);
    assert_eq!(session.put(0, bomb).await.code(), ErrorCode::NotPng);
}
