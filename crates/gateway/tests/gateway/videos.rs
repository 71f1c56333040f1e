//! Videos: submitted, decoded by ffmpeg, checked as frames are, and asked for until there is a result.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::backend::BackendError;
use liveness_gateway::backend::local::Local;
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::keys::KeyTerms;
use liveness_gateway::domain::route::Engines;
use liveness_gateway::domain::tenants::{TenantChange, TenantRecord};
use liveness_gateway::store::sqlite::SqliteStore;
use liveness_protocol::{ErrorCode, Source};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::clips::*;
use crate::common::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_submitted_checked_and_asked_for() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let gateway = gateway(&[]).await;
    let metadata = json!({"session_type": "onboarding", "channel": "mobile"});
    let fields = [
        ("metadata", None, metadata.to_string().into_bytes()),
        ("video_file", Some("selfie.MP4"), file),
        ("other", None, b"is dropped".to_vec()),
        ("model", None, b"mixed-30-v2".to_vec()),
    ];
    let fields = fields.each_ref().map(|(name, file, content)| (*name, *file, &content[..]));
    let accepted = submit(&gateway, &fields).await;
    let id = accepted.data()["submission_id"].as_str().unwrap().to_owned();
    let documented = json!({
        "submission_id": id, "tenant": "default", "status": "pending", "model": "local-1-30",
        "message": "Video submitted for processing. Poll the status endpoint for results.",
        "tenant_metadata": metadata, "created_at": accepted.data()["created_at"],
    });
    assert_eq!((accepted.status, accepted.data()), (201, &documented));
    assert_eq!(accepted.headers["x-moveris-model-resolved"], "local-1-30");
    let view = ended(&gateway, &id).await;
    assert_eq!(view["status"], "completed", "{view}");
    for (field, value) in [
        ("submission_id", json!(id)),
        ("tenant", json!("default")),
        ("tenant_metadata", metadata.clone()),
        ("message", json!("Processing complete.")),
        ("error", Value::Null),
        ("created_at", documented["created_at"].clone()),
        ("completed_at", documented["created_at"].clone()),
    ] {
        assert_eq!(view[field], value, "{field}: the clock stands still");
    }
    for (field, value) in [
        ("verdict", json!("live")),
        ("session_id", json!(id)),
        ("input_source", json!("video_upload")),
        ("tenant_metadata", metadata),
        ("frames_processed", json!(30)),
    ] {
        assert_eq!(view["result"][field], value, "{field}");
    }
    let requests = gateway.backend.requests.lock().unwrap().clone();
    let request = &requests[0];
    assert_eq!((requests.len(), request.source, request.states_fps), (1, Source::Media, false));
    assert_eq!(files(&request.pictures).len(), 30);
    for file in files(&request.pictures) {
        // Width and height are the first words of a PNG's head.
        assert_eq!(file[16..24], [0, 0, 2, 128, 0, 0, 1, 224]);
    }
    for (index, time) in request.timestamps_ms.iter().enumerate() {
        assert!((time - 100.0 * index as f64).abs() < 1.0, "{:?}", request.timestamps_ms);
    }
    assert!(gateway.store.videos(1).await.unwrap().is_empty(), "nothing waits");
    let id = id.parse().unwrap();
    assert_eq!(gateway.store.picture(id, 0).await.unwrap(), None, "nothing is left of the file");
    // It is no session.
    let session = send(gateway.paid(Method::GET, &format!("/api/v1/sessions/{id}"))).await;
    assert_eq!(session.code(), ErrorCode::SessionNotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_file_that_is_named_is_taken() {
    let Some(clips) = footage() else { return };
    let gateway = gateway(&[]).await;
    let clip = clips.join("live_man_hoodie.mp4");
    let source = ["-t", "2", "-i", clip.to_str().unwrap(), "-an", "-s", "320x240"];
    let fast = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"];
    for (name, codec) in [
        ("a.avi", &["-c:v", "mpeg4"][..]),
        ("a.mov", &["-c:v", "mpeg4"]),
        ("a.mkv", &["-c:v", "mjpeg"]),
        ("a.webm", &fast),
    ] {
        let file = made(name, &[&source[..], codec].concat());
        let view = outcome(&gateway, name, &file).await;
        assert_eq!(view["status"], "completed", "{name}: {view}");
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_clip_gets_the_verdict_that_its_frames_get() {
    let Some(clips) = footage() else { return };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let weights = std::fs::read(root.join("target/models/blazeface_short_range.bin")).ok();
    assert!(weights.is_some() || std::env::var("CI").is_err(), "cargo xtask models");
    let Some(weights) = weights else { return };
    let backend = Arc::new(Local::new(Some(&weights)).unwrap());
    let settings = settings(&["--ffmpeg", ffmpeg()]);
    let gateway = TestGateway::start_with(settings, backend, Arc::default()).await;
    tokio::spawn(gateway.gateway.videos.clone().work());
    let path = clips.join("live_man_hoodie.mp4");
    let file = std::fs::read(&path).unwrap();
    let fields: [Field<'_>; 2] =
        [("video_file", Some("a.mp4"), &file), ("model", None, b"mixed-30-v2")];
    let accepted = submit(&gateway, &fields).await;
    // Each third of thirty in a second, in files of their own.
    let dir = tempfile::tempdir().unwrap();
    let done = Command::new(ffmpeg())
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(&path)
        .args(["-vf", "select='not(mod(n,3))'", "-vsync", "passthrough", "-frames:v", "30"])
        .arg(dir.path().join("%02d.png"))
        .status()
        .unwrap();
    assert!(done.success());
    let frame = |index: u32| {
        let file = std::fs::read(dir.path().join(format!("{:02}.png", index + 1))).unwrap();
        json!({"index": index, "timestamp_ms": 100 * index, "pixels": STANDARD.encode(file)})
    };
    let frames: Vec<Value> = (0..30).map(frame).collect();
    let body = json!({"session_id": "550e8400-e29b-41d4-a716-446655440000", "model": "mixed-30-v2",
        "fps": 10, "frames": frames});
    let of_frames = send(gateway.paid(Method::POST, "/api/v1/fast-check").json(&body)).await;
    let view = ended(&gateway, accepted.data()["submission_id"].as_str().unwrap()).await;
    let (result, expected) = (&view["result"], of_frames.data());
    assert_eq!(result["verdict"], "live", "{view}");
    assert_eq!(result["verdict"], expected["verdict"]);
    let score = |data: &Value| data["score"].as_f64().unwrap();
    assert!((score(result) - score(expected)).abs() < 0.5, "{result} {expected}");
}

#[tokio::test]
async fn submissions_that_are_refused() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let gateway = gateway(&["--max-video-megabytes", "1"]).await;
    let mp4: Field<'_> = ("video_file", Some("a.mp4"), &file);
    let large = [&file[..1000], &vec![0; 1 << 20]].concat();
    let playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
    let long = vec![b'x'; 20_000];
    let (video, metadata) = (ErrorCode::InvalidVideoInput, ErrorCode::InvalidMetadata);
    let cases: [(&[Field<'_>], ErrorCode); 15] = [
        (&[], video),
        (&[("video_url", None, b"https://video.example/a.mp4")], video),
        (&[mp4, ("video_url", None, b"https://video.example/a.mp4")], video),
        (&[mp4, mp4], video),
        (&[("video_file", Some("a.mp4"), b"")], video),
        (&[("video_file", None, &file)], video),
        (&[("video_file", Some("a.gif"), &file)], video),
        (&[("video_file", Some("a.mkv"), &file)], video),
        (&[("video_file", Some("a.mkv"), playlist)], video),
        (&[mp4, ("model", None, b"mixed-31-v2")], video),
        (&[mp4, ("model", None, &long)], video),
        (&[mp4, ("model", None, b"10"), ("model", None, b"10")], video),
        (&[mp4, ("metadata", None, b"[]")], metadata),
        (&[mp4, ("metadata", None, b"{")], metadata),
        (&[("video_file", Some("a.mp4"), &large)], ErrorCode::PayloadTooLarge),
    ];
    for (fields, code) in cases {
        let answer = submit(&gateway, fields).await;
        let names: Vec<_> = fields.iter().map(|field| (field.0, field.1)).collect();
        assert_eq!(answer.code(), code, "{names:?}: {:?}", answer.body);
    }
    // Whatever is wrong with it, what has become of its model is said.
    let old: Field<'_> = ("model", None, b"mixed-10");
    for fields in [&[old][..], &[old, mp4, ("metadata", None, b"[]")]] {
        let refused = submit(&gateway, fields).await;
        let said = ["x-moveris-model-resolved", "deprecation", "x-moveris-suggested-model"]
            .map(|name| refused.headers[name].to_str().unwrap());
        assert_eq!((refused.status, said), (400, ["local-1-10", "true", "mixed-10-v2"]));
    }
    let plain = send(gateway.paid(Method::POST, DETECT).json(&json!({}))).await;
    assert_eq!(plain.code(), video);
    let mut half = form(&[mp4]);
    half.truncate(half.len() / 2);
    let half = gateway.paid(Method::POST, DETECT).body(half);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    assert_eq!(send(half.header("content-type", kind)).await.code(), video);
    let stranger = with_form(gateway.request(Method::POST, DETECT), &[mp4]);
    assert_eq!(send(stranger).await.code(), ErrorCode::InvalidKey);
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
    assert!(gateway.store.videos(1).await.unwrap().is_empty());
    let none = TestGateway::start(settings(&[])).await;
    let answer = submit(&none, &[mp4]).await;
    assert_eq!(answer.code(), ErrorCode::ServiceUnavailable);
    assert!(answer.body["message"].as_str().unwrap().contains("ffmpeg"), "{:?}", answer.body);
}

/// Whichever of what a request needs cannot be read: of videos another code is documented than of all else.
#[tokio::test]
async fn without_its_database_the_service_is_unavailable() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.db");
    let (settings, fake) = (settings(&["--ffmpeg", ffmpeg()]), Arc::new(FakeBackend::default()));
    let store = Arc::new(SqliteStore::open(&path, settings.store, 0).unwrap());
    let engines = Engines::alone(fake.clone());
    let gateway = TestGateway::start_on(settings, store, engines, fake).await;
    let (key, _) = gateway.key(KeyTerms::default()).await;
    let submitted = || {
        let request = gateway.request(Method::POST, DETECT).header("x-api-key", &key);
        send(with_form(request, &[("video_file", Some("a.mp4"), &file)]))
    };
    let polled = || {
        let request = gateway.request(Method::GET, &format!("{DETECT}/{}", uuid::Uuid::nil()));
        send(request.header("x-api-key", &key))
    };
    let database = rusqlite::Connection::open(&path).unwrap();
    for (table, is_polled) in [("api_keys", true), ("tenants", false), ("sessions", true)] {
        database.execute_batch(&format!("ALTER TABLE {table} RENAME TO gone")).unwrap();
        assert_eq!(submitted().await.code(), ErrorCode::ServiceUnavailable, "{table}");
        let poll = polled().await.code();
        assert_eq!(poll == ErrorCode::ServiceUnavailable, is_polled, "{table}: {poll}");
        database.execute_batch(&format!("ALTER TABLE gone RENAME TO {table}")).unwrap();
    }
    assert_eq!(submitted().await.status, 201);
}

#[tokio::test]
async fn a_tenants_videos_are_its_own() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let gateway = TestGateway::start_paid(settings(&["--ffmpeg", ffmpeg()])).await;
    tokio::spawn(gateway.gateway.videos.clone().work());
    let shop: liveness_gateway::domain::tenants::TenantId = "shop".parse().unwrap();
    let record =
        TenantRecord { credits: Some(1), ..TenantRecord::new(shop.clone(), "The shop", 0) };
    gateway.store.add_tenant(record, By::command_line(0)).await.unwrap();
    let (key, _) = gateway.key(KeyTerms { tenant: shop.clone(), ..KeyTerms::default() }).await;
    let fields: [Field<'_>; 1] = [("video_file", Some("a.mp4"), &file)];
    let post = |slug: &str, key: &str| {
        let path = format!("/api/v1/{slug}/video/detect");
        with_form(gateway.request(Method::POST, &path).header("x-api-key", key), &fields)
    };
    let get = |slug: &str, id: &str, key: &str| {
        let path = format!("/api/v1/{slug}/video/detect/{id}");
        gateway.request(Method::GET, &path).header("x-api-key", key)
    };
    let id = uuid::Uuid::new_v4().to_string();
    // Whether there is such a tenant is nothing that the key of another learns.
    for slug in ["default", "nobody", "No%20body"] {
        assert_eq!(send(post(slug, &key)).await.code(), ErrorCode::TenantMismatch, "{slug}");
        assert_eq!(send(get(slug, &id, &key)).await.code(), ErrorCode::TenantMismatch, "{slug}");
    }
    assert_eq!(send(post("nobody", SERVER_KEY)).await.code(), ErrorCode::TenantNotFound);
    assert_eq!(send(get("nobody", &id, SERVER_KEY)).await.code(), ErrorCode::TenantNotFound);
    assert_eq!(send(post("shop", SERVER_KEY)).await.code(), ErrorCode::TenantMismatch);
    for unknown in [&id[..], "7"] {
        let answer = send(get("shop", unknown, &key)).await;
        assert_eq!(answer.code(), ErrorCode::SubmissionNotFound, "{unknown}");
    }
    let accepted = send(post("shop", &key)).await;
    let own = accepted.data()["submission_id"].as_str().unwrap().to_owned();
    let path = format!("{DETECT}/{own}");
    let foreign = send(gateway.paid(Method::GET, &path)).await;
    assert_eq!(foreign.code(), ErrorCode::SubmissionNotFound);
    loop {
        let view = send(get("shop", &own, &key)).await;
        if view.data()["status"] == "completed" {
            break;
        }
        assert_ne!(view.data()["status"], "failed", "{:?}", view.body);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let credits = gateway.store.tenant(&shop).await.unwrap().unwrap().credits;
    assert_eq!(credits, Some(0), "a verdict costs one");
    assert_eq!(send(post("shop", &key)).await.code(), ErrorCode::InsufficientCredits);
    gateway
        .store
        .change_tenant(&shop, vec![TenantChange::Suspend(true)], By::command_line(0))
        .await
        .unwrap();
    assert_eq!(send(post("shop", &key)).await.code(), ErrorCode::AccountSuspended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_and_playlists_come_to_nothing() {
    if footage().is_none() {
        return;
    }
    let gateway = gateway(&[]).await;
    let lavfi = |source: &str, frames: &str, name: &str| {
        made(name, &["-f", "lavfi", "-i", source, "-frames:v", frames, "-c:v", "mpeg4"])
    };
    // What the first bytes promise, and a list of other files behind them.
    let playlist =
        [&b"\x1a\x45\xdf\xa3"[..], b"\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"].concat();
    let concat =
        [&b"\0\0\0\x18ftypisom"[..], b"\nffconcat version 1.0\nfile /etc/passwd\n"].concat();
    let truncated = lavfi("testsrc=s=320x240:r=10", "20", "a.mp4")[..600].to_vec();
    let invalid = ErrorCode::InvalidVideoInput;
    for (what, name, file, code) in [
        ("a playlist", "a.mkv", playlist, invalid),
        ("a list of files", "a.mp4", concat, invalid),
        ("half a file", "a.mp4", truncated, invalid),
        ("25 megapixels", "a.avi", lavfi("color=s=5000x5000:r=10", "10", "a.avi"), invalid),
        ("three hours", "a.mp4", lavfi("color=s=64x64:r=1/1000", "12", "a.mp4"), invalid),
        ("8000 frames", "a.mkv", lavfi("color=s=64x64:r=100", "8000", "a.mkv"), invalid),
        ("16 pixels", "a.mp4", lavfi("color=s=16x16:r=10", "12", "a.mp4"), invalid),
        (
            "9 frames",
            "a.mp4",
            lavfi("testsrc=s=320x240:r=10", "9", "a.mp4"),
            ErrorCode::InsufficientFrames,
        ),
    ] {
        let view = outcome(&gateway, name, &file).await;
        assert_eq!(
            (&view["status"], &view["error"]),
            (&json!("failed"), &json!(code.as_str())),
            "{what}"
        );
        assert_eq!(view["result"], Value::Null);
        assert!(view["completed_at"].is_string(), "{what}");
        assert!(!view.to_string().contains("root:"), "{what}");
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_was_not_made_is_made_later_and_one_that_may_have_been_is_not() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let gateway = gateway(&[]).await;
    let failures = |list: &[BackendError]| {
        *gateway.backend.failures.lock().unwrap() = list.iter().cloned().collect();
    };
    failures(&[BackendError::Unavailable]);
    let view = outcome(&gateway, "a.mp4", &file).await;
    assert_eq!(view["status"], "completed", "{view}");
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 2);
    failures(&[BackendError::Lost]);
    let view = outcome(&gateway, "a.mp4", &file).await;
    assert_eq!((&view["status"], &view["error"]), (&json!("failed"), &json!("verdict_lost")));
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 3, "nobody was asked again");
}

#[tokio::test]
async fn only_so_many_videos_wait() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    // Nobody takes them up.
    let flags = ["--ffmpeg", ffmpeg(), "--max-waiting-videos", "1"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let fields: [Field<'_>; 1] = [("video_file", Some("a.mp4"), &file)];
    let accepted = submit(&gateway, &fields).await;
    let id = accepted.data()["submission_id"].as_str().unwrap();
    let path = format!("{DETECT}/{id}");
    let waiting = send(gateway.paid(Method::GET, &path)).await;
    assert_eq!(waiting.data()["status"], "pending");
    assert!(waiting.headers.contains_key("x-moveris-model-resolved"));
    let full = submit(&gateway, &fields).await;
    assert_eq!(full.code(), ErrorCode::ServiceUnavailable);
    assert!(full.headers.contains_key("retry-after"));
    gateway.advance(Duration::from_secs(3600));
    let late = send(gateway.paid(Method::GET, &path)).await;
    assert_eq!(
        (&late.data()["status"], &late.data()["error"]),
        (&json!("failed"), &json!("session_expired"))
    );
    assert_eq!(submit(&gateway, &fields).await.status, 201, "its place is free");
}
