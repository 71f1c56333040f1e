//! Videos that wait: for an upstream that is down, and for the gateway that comes after one which ends.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liveness_gateway::backend::BackendError;
use liveness_gateway::domain::route::Engines;
use liveness_gateway::store::sqlite::SqliteStore;
use liveness_protocol::{ErrorCode, SessionState};
use reqwest::Method;
use tokio::sync::Notify;

use crate::common::clips::*;
use crate::common::*;

/// A program that does this before it is ffmpeg.
fn ffmpeg_after(dir: &Path, command: &str) -> String {
    let program = dir.join("ffmpeg");
    let script = format!("#!/bin/sh\n{command}\nexec '{}' \"$@\"\n", ffmpeg());
    std::fs::write(&program, script).unwrap();
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

    let mut gateway = TestGateway::start_paid(settings(&["--ffmpeg", ffmpeg()])).await;
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

/// ffmpeg may be ended before the gateway is told to end, as with a service of which every process is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decoder_that_is_killed_is_started_again() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let dir = tempfile::tempdir().unwrap();
    let before = dir.path().join("before");
    let once = format!("[ -e '{0}' ] || {{ : > '{0}'; kill -TERM $$; }}", before.display());
    let gateway =
        TestGateway::start(settings(&["--ffmpeg", &ffmpeg_after(dir.path(), &once)])).await;
    tokio::spawn(gateway.gateway.videos.clone().work());
    let id = submitted(&gateway, &file).await;
    assert_eq!(ended(&gateway, &id).await["status"], "completed");
    assert!(before.exists());
}

/// A gateway whose store is a file, and the file.
async fn on_a_file(dir: &Path, flags: &[&str]) -> (TestGateway, rusqlite::Connection) {
    let (settings, path) = (settings(flags), dir.join("sessions.db"));
    let backend = Arc::new(FakeBackend::default());
    let store = Arc::new(SqliteStore::open(&path, settings.store, 0).unwrap());
    let gateway =
        TestGateway::start_on(settings, store, Engines::alone(backend.clone()), backend).await;
    (gateway, rusqlite::Connection::open(&path).unwrap())
}

/// Or its claim would lapse, as if this gateway had ended with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_given_back_when_the_store_works_again() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (gateway, db) = on_a_file(dir.path(), &["--ffmpeg", ffmpeg()]).await;
    db.execute_batch(
        "CREATE TRIGGER no_way_back BEFORE UPDATE ON sessions WHEN NEW.stage = 'open' AND OLD.stage = 'verifying'
            BEGIN SELECT RAISE(FAIL, 'no'); END",
    )
    .unwrap();
    let busy = BackendError::Busy { retry_after: Some(Duration::from_millis(5)) };
    *gateway.backend.failures.lock().unwrap() = [busy].into();
    tokio::spawn(gateway.gateway.videos.clone().work());
    let id = submitted(&gateway, &file).await;
    while gateway.backend.asked() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(state(&gateway, &id).await, SessionState::Verifying);
    db.execute_batch("DROP TRIGGER no_way_back").unwrap();
    assert_eq!(ended(&gateway, &id).await["status"], "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_video_whose_client_has_gone_is_not_kept() {
    if footage().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (gateway, mut db) = on_a_file(dir.path(), &["--ffmpeg", ffmpeg()]).await;
    let count = |db: &rusqlite::Connection, sql: &str| -> u32 {
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let file = [&b"\0\0\0\x18ftypisom"[..], &vec![0; 40 << 20]].concat();
    let fields: [Field<'_>; 1] = [("video_file", Some("a.mp4"), &file)];
    let request = with_form(gateway.paid(Method::POST, DETECT), &fields);
    let client = tokio::spawn(request.send());
    while count(&db, "SELECT count(*) FROM crops") == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Nothing more is kept until the client is known to have gone.
    let held = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    assert!(count(&held, "SELECT count(*) FROM crops") < 41, "not all of it is there");
    client.abort();
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(held);
    for _ in 0..200 {
        if count(&db, "SELECT count(*) FROM sessions") == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} parts are kept", count(&db, "SELECT count(*) FROM crops"));
}

/// Its client is told to send it again, which would be a second check.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_that_was_refused_by_a_store_that_fails_is_given_back_once_it_works() {
    if footage().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sessions.db");
    let settings = settings(&["--ffmpeg", ffmpeg()]);
    let store = Arc::new(SqliteStore::open(&path, settings.store, 0).unwrap());
    let fake = Arc::new(FakeBackend::default());
    let engines = Engines::alone(fake.clone());
    let gateway = TestGateway::start_on(settings, store, engines, fake).await;
    let database = rusqlite::Connection::open(&path).unwrap();
    let sessions = || -> i64 {
        database.query_row("SELECT count(*) FROM sessions", [], |row| row.get(0)).unwrap()
    };
    // A part cannot be kept, nor what there is be taken back.
    let fails = "CREATE TRIGGER keeps BEFORE INSERT ON crops BEGIN SELECT RAISE(FAIL, 'so'); END;
        CREATE TRIGGER loses BEFORE DELETE ON sessions BEGIN SELECT RAISE(FAIL, 'so'); END";
    database.execute_batch(fails).unwrap();
    let refused = submit(&gateway, &[("video_file", Some("a.mp4"), &mp4()[..])]).await;
    assert_eq!(refused.code(), ErrorCode::ServiceUnavailable);
    assert_eq!(sessions(), 1);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let under_way = || gateway.gateway.activity.count();
    assert_eq!(under_way(), 1, "the gateway does not stop before");
    database.execute_batch("DROP TRIGGER keeps; DROP TRIGGER loses").unwrap();
    let gone = async {
        while sessions() > 0 || under_way() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), gone).await.expect("it is given back");
}

/// What is taken for a video until it is decoded.
fn mp4() -> Vec<u8> {
    [&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..], &[0; 1000]].concat()
}
