//! Local mode with the real verifier: drawn crops always, footage where ../shared/testdata is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use crate::common::{
    Answer, SERVER_KEY, TestGateway, WithJson as _, crop, picture, send, settings,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use face_vision::{BlazeFace, CropRule, DetectError, Detection, FaceCrop, FaceDetector, FrameView};
use liveness_gateway::backend::CheckBackend as _;
use liveness_gateway::backend::frames::FrameCutter;
use liveness_gateway::backend::local::Local;
use liveness_protocol::ErrorCode;
use liveness_verifier::Verifier;
use reqwest::Method;
use serde_json::{Value, json};

const WIDTH: usize = 640;
const HEIGHT: usize = 480;

async fn gateway(weights: Option<&[u8]>) -> TestGateway {
    let backend = Arc::new(Local::new(weights).unwrap());
    // The same pictures are sent again and again.
    let settings = settings(&["--recycled-pictures", "warn"]);
    TestGateway::start_with(settings, backend, Arc::default()).await
}

/// Sends the crops through a session; the verdict envelope's data.
async fn verdict(gateway: &TestGateway, crops: &[Vec<u8>], report: Value) -> Value {
    let model = format!("local-1-{}", crops.len());
    let session = gateway.open(json!({"model": model, "source": "live"})).await;
    for (index, png) in crops.iter().enumerate() {
        assert_eq!(session.put(index, png.clone()).await.status, 201);
    }
    let answer = session.complete(report).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.headers["x-moveris-model-resolved"], model.as_str());
    answer.data().clone()
}

#[tokio::test]
async fn a_picture_that_never_changes_is_fake() {
    let gateway = gateway(None).await;
    let still = vec![crop(1); 10];
    let data = verdict(&gateway, &still, json!({"fps": 10, "warnings": ["w"]})).await;
    assert_eq!(data["verdict"], "fake");
    assert!(data["score"].as_f64().unwrap() <= 5.0);
    assert_eq!(data["real_score"].as_f64().unwrap() * 100.0, data["score"].as_f64().unwrap());
    assert_eq!(data["type"], "VERY LOW");
    assert_eq!(data["model"], "local-1-10");
    assert_eq!(data["input_source"], "rest_crops");
    assert_eq!(data["frames_processed"], 10);
    assert_eq!(data["warnings"], json!(["w"]));
    assert!(data["created_at"].as_str().unwrap().ends_with('Z'));
}

/// Says that each check is `live`, in every place where one may be said.
#[tokio::test]
async fn a_verdict_that_the_page_states_counts_for_nothing() {
    let gateway = gateway(None).await;
    let verdict = json!({"verdict": "live", "score": 100, "real_score": 1, "live": true});
    let mut report = verdict.clone();
    report["fps"] = json!(10);
    report["data"] = verdict.clone();
    let mut opening = verdict;
    opening["model"] = json!("local-1-10");
    let session = gateway.open(opening).await;
    for index in 0..10 {
        assert_eq!(session.put(index, crop(1)).await.status, 201);
    }
    let answer = session.complete(report).await;
    assert_eq!(answer.data()["verdict"], "fake", "{:?}", answer.body);
    let read = session.get(SERVER_KEY).await;
    assert_eq!(read.data()["verdict"], *answer.data());
    assert!(read.data()["verdict"]["score"].as_f64().unwrap() <= 5.0, "{:?}", read.body);
}

/// Finds nobody, once it is let go on.
struct Gated(Mutex<mpsc::Receiver<()>>);

impl FaceDetector for Gated {
    fn detect(&mut self, _: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
        // An error is the sender's end: from then on nobody waits.
        self.0.get_mut().unwrap().recv().ok();
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn direct_checks_that_wait_keep_no_session_out() {
    let (go_on, gate) = mpsc::channel();
    let verifier = Verifier::new(Some(Box::new(Gated(Mutex::new(gate)))));
    let backend = Arc::new(Local::with_parts(verifier, FrameCutter::new(None), 1));
    let load = {
        let backend = Arc::clone(&backend);
        move || backend.load()
    };
    let settings = settings(&["--recycled-pictures", "warn"]);
    let gateway = Arc::new(TestGateway::start_with(settings, backend, Arc::default()).await);
    let session = gateway.open(json!({"model": "local-1-10"})).await;
    session.put_all(10).await;
    let crops: Vec<Value> = (0..10)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect();
    let body = json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "crops": crops});
    let check = || {
        let request = gateway.request(Method::POST, "/api/v1/fast-check-crops").json(&body);
        tokio::spawn(send(request))
    };
    // Until one is turned away.
    let mut waiting = Vec::new();
    let turned_away = loop {
        let check = check();
        let before = load();
        while !check.is_finished() && load() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if check.is_finished() {
            break check.await.unwrap();
        }
        waiting.push(check);
    };
    assert_eq!(turned_away.code(), ErrorCode::RateLimitExceeded);
    let direct = load().waiting;
    assert!(direct > 1 && waiting.len() == direct + 1, "{direct}");
    let (answer, ()) = tokio::join!(session.complete(json!({})), async {
        while load().waiting == direct {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(go_on);
    });
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    for check in waiting {
        assert_eq!(check.await.unwrap().status, 200);
    }
}

/// Whoever names it again is not told that there is none.
#[tokio::test]
async fn a_verdict_names_a_model_that_can_be_asked_for() {
    let gateway = gateway(None).await;
    let list = send(gateway.request(Method::GET, "/api/v1/models")).await;
    let ids: Vec<&Value> =
        list.data().as_array().unwrap().iter().map(|model| &model["id"]).collect();
    for (model, count) in [("10", 10), ("10", 12), ("50", 50), ("mixed-30-v2", 33)] {
        let crops: Vec<Value> = (0..count)
            .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index as u8))}))
            .collect();
        let body = json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "model": model, "crops": crops});
        let check = |body: &Value| {
            send(gateway.request(Method::POST, "/api/v1/fast-check-crops").json(body))
        };
        let answer = check(&body).await;
        let runs = &answer.data()["model"];
        assert!(ids.contains(&runs), "{model}, {count} crops: {runs}");
        assert_eq!(answer.headers["x-moveris-model-resolved"], runs.as_str().unwrap());
        let mut again = body;
        again["model"] = runs.clone();
        assert_eq!(check(&again).await.data()["model"], *runs);
    }
}

#[tokio::test]
async fn times_without_a_rate_are_the_callers_error() {
    let gateway = gateway(None).await;
    let session = gateway.open(json!({"model": "local-1-10"})).await;
    session.put_all(10).await;
    let times: Vec<f64> = (0..10).map(|i| (f64::from(i) / 4.5 - 1.0) * f64::MAX).collect();
    let answer = session.complete(json!({"timestamps_ms": times})).await;
    assert_eq!(answer.code(), ErrorCode::ValidationError);
    assert_eq!(session.complete(json!({})).await.status, 200);
}

/// Whatever a page may be told to capture: 1 to 30 frames a second, stated and by its times.
#[tokio::test]
async fn every_rate_of_the_pages_options_is_taken() {
    let gateway = gateway(None).await;
    let still = vec![crop(1); 10];
    for fps in [1.0, 2.0, 15.0, 30.0] {
        // No camera keeps its rate.
        for measured in [0.93 * fps, fps, 1.04 * fps] {
            let times: Vec<f64> = (0..10).map(|i| f64::from(i) * 1000.0 / measured).collect();
            let report = json!({"fps": measured, "timestamps_ms": times});
            assert_eq!(verdict(&gateway, &still, report).await["verdict"], "fake");
        }
        let data = verdict(&gateway, &still, json!({"fps": fps})).await;
        assert_eq!(data["frames_processed"], 10);
    }
}

/// By their heads they are pictures: only whoever decodes them finds out.
#[tokio::test]
async fn damaged_frames_are_left_out_while_there_are_enough() {
    let gateway = gateway(None).await;
    let whole: Vec<Vec<u8>> =
        (0..12).map(|seed| picture(320, 240, png::ColorType::Rgb, seed)).collect();
    for (damaged, expected) in [(&[0, 7][..], Some(10)), (&[0, 7, 8], None)] {
        let frame = |index: usize| {
            let file = &whole[index];
            let end = if damaged.contains(&index) { 200 } else { file.len() };
            json!({"index": index, "timestamp_ms": 100 * index, "pixels": STANDARD.encode(&file[..end])})
        };
        let frames: Vec<Value> = (0..12).map(frame).collect();
        let body = json!({"session_id": "7b0a8d0e-29b4-41d4-a716-446655440000", "model": "mixed-10-v2", "frames": frames});
        let answer = send(gateway.request(Method::POST, "/api/v1/fast-check").json(&body)).await;
        match expected {
            Some(count) => assert_eq!(answer.data()["frames_processed"], count),
            None => {
                assert_eq!(answer.code(), liveness_protocol::ErrorCode::ValidationError);
                let message = answer.body["message"].as_str().unwrap();
                assert!(message.starts_with("frame 0 of those"), "{message}");
            }
        }
    }
}

#[tokio::test]
async fn too_many_crops_for_the_verifier() {
    let gateway = gateway(None).await;
    let crops: Vec<Value> = (0..121)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index as u8))}))
        .collect();
    let body = json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "crops": crops});
    let answer = send(gateway.request(Method::POST, "/api/v1/fast-check-crops").json(&body)).await;
    assert_eq!(answer.code(), ErrorCode::ValidationError);
}

/// The footage and the detector's weights, or why they are not there. CI has to have them.
fn needed() -> Option<(PathBuf, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let weights = root.join("target/models/blazeface_short_range.bin");
    let footage = root.join("../shared/testdata");
    let ffmpeg = Command::new("ffmpeg").arg("-version").output().is_ok();
    let why = match (std::fs::read(&weights), footage.is_dir(), ffmpeg) {
        (Ok(weights), true, true) => return Some((footage, weights)),
        (Err(_), _, _) => "target/models is not there (cargo xtask models)",
        (_, false, _) => "../shared/testdata is not there",
        (_, _, false) => "ffmpeg is not there",
    };
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    eprintln!("skipped: {why}");
    None
}

/// Up to thirty frames at ten a second, in RGB.
fn frames_of(file: &Path) -> Vec<Vec<u8>> {
    let filter = format!("fps=10,scale={WIDTH}:{HEIGHT}");
    let decoded = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(["-vf", &filter, "-frames:v", "30", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .output()
        .unwrap();
    assert!(decoded.status.success(), "{}", String::from_utf8_lossy(&decoded.stderr));
    let frames: Vec<_> =
        decoded.stdout.chunks_exact(WIDTH * HEIGHT * 3).map(<[u8]>::to_vec).collect();
    assert!(frames.len() >= 20, "{} frames", frames.len());
    frames
}

/// Their crops, cut as the browser cuts them.
fn crops_of(file: &Path, detector: &mut BlazeFace) -> Vec<Vec<u8>> {
    let cut = |bytes: Vec<u8>| {
        let frame = FrameView::rgb(&bytes, WIDTH as u32, HEIGHT as u32, WIDTH * 3).unwrap();
        let face = detector.detect(&frame).unwrap().remove(0);
        FaceCrop::cut(&frame, &face.bbox, CropRule::SquareContext { factor: 3.0 })
            .unwrap()
            .to_png()
            .unwrap()
    };
    frames_of(file).into_iter().map(cut).collect()
}

#[tokio::test]
async fn footage_gets_its_verdicts() {
    let Some((footage, weights)) = needed() else { return };
    let mut detector = BlazeFace::from_weights(&weights).unwrap();
    let gateway = gateway(Some(&weights)).await;
    for (file, expected) in
        [("clips/live_man_hoodie.mp4", "live"), ("clips/attack_print_simulated.mp4", "fake")]
    {
        let mut crops = crops_of(&footage.join(file), &mut detector);
        if crops.len() < 30 {
            crops.truncate(10);
        }
        let data = verdict(&gateway, &crops, json!({"fps": 10.0})).await;
        println!("{file}: {} {}", data["verdict"], data["score"]);
        assert_eq!(data["verdict"], expected, "{file}: {data}");
    }
}

/// Sends this many of a clip's frames, whole.
async fn check_frames(gateway: &TestGateway, file: &Path, count: u32) -> Answer {
    let frames: Vec<Value> = (0..count)
        .zip(&frames_of(file))
        .map(|(index, rgb)| {
            let png = face_vision::encode_png(rgb, WIDTH as u32, HEIGHT as u32).unwrap();
            json!({"index": index, "timestamp_ms": 100 * index, "pixels": STANDARD.encode(png)})
        })
        .collect();
    assert_eq!(frames.len(), count as usize, "{}", file.display());
    let id = "7b0a8d0e-29b4-41d4-a716-446655440000";
    let model = format!("mixed-{count}-v2");
    let body = json!({"session_id": id, "model": model, "source": "live", "frames": frames});
    send(gateway.request(Method::POST, "/api/v1/fast-check").json(&body)).await
}

/// The same person, whether the page cuts the crops or the gateway does.
#[tokio::test]
async fn the_gateway_finds_the_face_in_whole_frames() {
    let Some((footage, weights)) = needed() else { return };
    let gateway = gateway(Some(&weights)).await;
    for (file, expected) in
        [("clips/live_man_hoodie.mp4", "live"), ("clips/attack_print_simulated.mp4", "fake")]
    {
        let answer = check_frames(&gateway, &footage.join(file), 30).await;
        assert_eq!(answer.data()["verdict"], expected, "{file}: {}", answer.body);
        assert_eq!(answer.data()["input_source"], "rest_frames");
        assert_eq!(answer.data()["frames_processed"], 30);
        assert_eq!(answer.headers["x-moveris-model-resolved"], "local-1-30");
    }
    // Nobody to be seen, in any frame: no verdict, rather than one about a wall.
    let answer = check_frames(&gateway, &footage.join("clips/no_face_room.mp4"), 10).await;
    assert_ne!(answer.data()["verdict"], "live", "{}", answer.body);
    assert!(answer.data()["warning"].is_string(), "{}", answer.body);
}
