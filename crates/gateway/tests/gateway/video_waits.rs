//! Videos that wait: for an upstream that is down, and for the gateway that comes after one which ends.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liveness_gateway::backend::BackendError;
use liveness_protocol::SessionState;
use reqwest::Method;
use tokio::sync::Notify;

use crate::common::clips::*;
use crate::common::*;

/// A program that does this before it is ffmpeg.
fn ffmpeg_after(dir: &Path, command: &str) -> String {
    let program = dir.join("ffmpeg");
    std::fs::write(&program, format!("#!/bin/sh\n{command}\nexec {FFMPEG} \"$@\"\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program.to_str().unwrap().to_owned()
}

async fn submitted(gateway: &TestGateway, file: &[u8]) -> String {
    let accepted = submit(gateway, &[("video_file", Some("a.mp4"), file)]).await;
    accepted.data()["submission_id"].as_str().unwrap().to_owned()
}

async fn state(gateway: &TestGateway, id: &str) -> SessionState {
    gateway.store.get(id.parse().unwrap(), 0).await.unwrap().state
}

async fn until(gateway: &TestGateway, id: &str, wanted: SessionState) {
    for _ in 0..600 {
        if state(gateway, id).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it is never {wanted:?}");
}

/// However often nobody could be asked: the video's own time is what counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_outlasts_an_upstream_that_is_down() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let gateway = gateway(&[]).await;
    let soon = Duration::from_millis(5);
    let resting = BackendError::Resting { retry_after: soon };
    let busy = BackendError::Busy { retry_after: Some(soon) };
    *gateway.backend.failures.lock().unwrap() = [resting, busy].into();
    let view = outcome(&gateway, "a.mp4", &file).await;
    assert_eq!(view["status"], "completed", "{view}");
    assert_eq!(gateway.backend.asked(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_decoded_while_nobody_can_be_asked() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let dir = tempfile::tempdir().unwrap();
    let runs = dir.path().join("runs");
    let program = ffmpeg_after(dir.path(), &format!(": > '{}'", runs.display()));
    let gateway = TestGateway::start(settings(&["--ffmpeg", &program])).await;
    *gateway.backend.rests.lock().unwrap() = Some(Duration::from_millis(50));
    tokio::spawn(gateway.gateway.videos.clone().work());
    let id = submitted(&gateway, &file).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(state(&gateway, &id).await, SessionState::Open);
    assert!(!runs.exists(), "it has been decoded");
    *gateway.backend.rests.lock().unwrap() = None;
    assert_eq!(ended(&gateway, &id).await["status"], "completed");
    assert!(runs.exists());
}

/// What nobody has been asked to decide is given back, and what somebody has is waited for until it is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_ends_begins_no_check_of_a_video() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let dir = tempfile::tempdir().unwrap();
    let go_on = dir.path().join("go-on");
    let wait = format!("until [ -e '{}' ]; do sleep 0.05; done", go_on.display());
    let program = ffmpeg_after(dir.path(), &wait);
    let mut gateway = TestGateway::start(settings(&["--ffmpeg", &program])).await;
    tokio::spawn(gateway.gateway.videos.clone().work());
    let decoding = submitted(&gateway, &file).await;
    until(&gateway, &decoding, SessionState::Verifying).await;
    gateway.stop.take().unwrap().send(()).unwrap();
    (&mut gateway.ended).await.unwrap();
    std::fs::write(&go_on, "").unwrap();
    until(&gateway, &decoding, SessionState::Open).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(state(&gateway, &decoding).await, SessionState::Open, "nobody takes it up");
    assert_eq!(gateway.backend.asked(), 0);

    let mut gateway = TestGateway::start_paid(settings(&["--ffmpeg", FFMPEG])).await;
    tokio::spawn(gateway.gateway.videos.clone().work());
    let gate = Arc::new(Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(Arc::clone(&gate));
    let asked = submitted(&gateway, &file).await;
    while gateway.backend.asked() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    gateway.stop.take().unwrap().send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!gateway.ended.is_finished(), "somebody is being asked");
    gate.notify_one();
    (&mut gateway.ended).await.unwrap();
    assert_eq!(state(&gateway, &asked).await, SessionState::Complete);
    let refused = gateway.request(Method::GET, "/health").send().await;
    assert!(refused.is_err());
}
