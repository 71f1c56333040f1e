//! Gateways that are killed while they decode a video.

use std::time::Duration;

use liveness_gateway::store::SessionStore as _;
use liveness_gateway::store::sqlite::SqliteStore;
use reqwest::Method;

use crate::common::clips::*;
use crate::common::process::{self, free_port};
use crate::common::*;

/// Whether a process has been started with this as its last argument.
fn runs(argument: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let argument = format!("\0{argument}\0");
    lines.any(|line| line.ends_with(argument.as_bytes()))
}

/// With the program itself, killed while ffmpeg runs for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_gateway_had_is_taken_up_by_the_next() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (go_on, program) = (dir.path().join("go-on"), dir.path().join("ffmpeg"));
    let temporary = dir.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    // Hangs until it may go on.
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = -version ] || [ -e '{}' ] || exec /bin/sleep 20.0625\nexec '{}' \"$@\"\n",
        go_on.display(),
        ffmpeg()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (port, database) = (free_port(), dir.path().join("sessions.db"));
    let start = || {
        let (program, temporary) = (program.display(), temporary.display());
        let limit = format!("export LIVENESS_FFMPEG='{program}' TMPDIR='{temporary}';");
        process::Gateway::start(port, database.to_str().unwrap(), &limit)
    };
    let request = |method, rest: &str| {
        let url = format!("http://127.0.0.1:{port}{DETECT}{rest}");
        client().request(method, url).bearer_auth(SERVER_KEY)
    };
    let status = async |id: &str| {
        let (status, answer) =
            process::send(request(Method::GET, &format!("/{id}"))).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    };
    let until = async |id: &str, wanted: &str| {
        for _ in 0..600 {
            let view = status(id).await;
            if view["status"] == wanted {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not {wanted}: {}", status(id).await);
    };
    let first = start();
    let fields: [Field<'_>; 1] = [("video_file", Some("a.mp4"), &file)];
    let (code, answer) =
        process::send(with_form(request(Method::POST, ""), &fields)).await.unwrap();
    assert_eq!(code, 201, "{answer}");
    let id = answer["data"]["submission_id"].as_str().unwrap().to_owned();
    until(&id, "processing").await;
    let child = async |wanted: bool| {
        for _ in 0..200 {
            if runs("20.0625") == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the child should run: {wanted}");
    };
    child(true).await;
    let left = || std::fs::read_dir(&temporary).unwrap().count();
    assert_eq!(left(), 0, "the file has no name");
    drop(first);
    assert_eq!(left(), 0);
    child(false).await;
    std::fs::write(&go_on, "").unwrap();
    let second = start();
    let view = until(&id, "completed").await;
    assert_eq!(view["result"]["frames_processed"], 10, "{view}");
    drop(second);
    let limits = settings(&[]).store;
    let store = SqliteStore::open(&database, limits, u64::MAX / 4).unwrap();
    assert_eq!(
        store.picture(id.parse().unwrap(), 0).await.unwrap(),
        None,
        "it is gone from the disk"
    );
}
