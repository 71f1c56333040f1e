//! The binary itself.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use liveness_gateway::domain::audit::{Action, By, Deed};
use liveness_gateway::store::sqlite::SqliteStore;
use liveness_gateway::store::{AuditStore as _, StoreLimits};

use crate::common::SECRET;
use crate::tls;

/// A child process that does not outlive its test.
pub struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        // Fails when it has ended, as it should have.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The binary, whatever the environment of the tests says to a gateway.
pub fn gateway() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_liveness-gateway"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "RUST_LOG" || text.starts_with("LIVENESS_") || text.starts_with("MOVERIS_") {
            command.env_remove(name);
        }
    }
    command
}

#[test]
fn the_openapi_document_is_printed_without_any_setting() {
    let output = gateway().arg("openapi").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document, *liveness_gateway::api::document::document());
}

/// By flag or by variable, the reason is in the log, and nothing is listened on.
#[test]
fn settings_that_cannot_work_are_refused_with_a_reason() {
    for (flag, variable, value, reason) in [
        ("--allow-origin", "LIVENESS_ALLOW_ORIGIN", "https://shop.example/", "leave out the slash"),
        ("--allow-origin", "LIVENESS_ALLOW_ORIGIN", "https://*", "sub-domains of a domain"),
        ("--allow-frame", "LIVENESS_ALLOW_FRAME", "file://", "cannot be allowed"),
        ("--allow-host", "LIVENESS_ALLOW_HOST", "https://shop.example", "not a host such as"),
        ("--listen", "LIVENESS_LISTEN", "0.0.0.0:0", "--plain-http behind-proxy"),
        ("--allow-header", "LIVENESS_ALLOW_HEADER", "Cookie", "no script can set"),
        ("--max-body-megabytes", "LIVENESS_MAX_BODY_MEGABYTES", "0", "between 1 and"),
        ("--cross-origin-opener", "LIVENESS_CROSS_ORIGIN_OPENER", "none", "unsafe-none"),
        ("--serve-files-to", "LIVENESS_SERVE_FILES_TO", "*", "everyone"),
    ] {
        let by_flag = gateway().args([flag, value]).output().unwrap();
        let by_variable = gateway().env(variable, value).output().unwrap();
        for refused in [by_flag, by_variable] {
            assert_eq!(refused.status.code(), Some(2), "{flag} {value}");
            let log = String::from_utf8_lossy(&refused.stderr);
            assert!(log.contains(flag), "{log}");
            assert!(log.contains(reason), "{log}");
        }
    }
}

/// Starts the binary and waits until it listens; the rest of its log is read on, so that it never waits for that.
pub fn started(mut command: Command) -> (Child, String) {
    let mut child = Child(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = log.find(|line| line.contains("://127.0.0.1:")).unwrap();
    let at = line.find("127.0.0.1:").unwrap();
    let address =
        line[at..].chars().take_while(|&c| c.is_ascii_digit() || ".:".contains(c)).collect();
    std::thread::spawn(move || log.for_each(drop));
    (child, address)
}

fn health(address: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.write_all(b"GET /health HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

/// As `| head` does.
#[tokio::test]
async fn whoever_has_read_enough_of_a_list_makes_no_fault_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    let store = SqliteStore::open(&database, StoreLimits::new(1, 1, 1), 0).unwrap();
    let note = || store.note(Deed::signed(Action::SignedIn, By::server_key(1)));
    // More than a pipe holds.
    for _ in 0..20 {
        let notes: Vec<_> = (0..64).map(|_| note()).collect();
        for note in notes {
            note.await.unwrap();
        }
    }
    drop(store);
    for arguments in
        [&["audit", "list", "--database", database.to_str().unwrap()][..], &["openapi"]]
    {
        let mut command = gateway();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut first).unwrap();
        assert!(first.starts_with('{'), "{first}");
        drop(output);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{arguments:?}");
        assert!(ended.status.success(), "{arguments:?}");
    }
}

/// What `check` says of settings is what a gateway would do with them.
#[test]
fn settings_can_be_checked_without_serving() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key");
    std::fs::write(&file, "sk-of-a-file-0123456789\n").unwrap();
    let nonsense = dir.path().join("model.bin");
    std::fs::write(&nonsense, "no model").unwrap();
    let check = |arguments: &[&str], variables: &[(&str, &std::path::Path)]| {
        let checked = gateway()
            .args(arguments)
            .arg("check")
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let said = [checked.stdout, checked.stderr].concat();
        (checked.status.code(), String::from_utf8(said).unwrap())
    };
    let (empty, ffmpeg) = (dir.path().join("empty"), dir.path().join("ffmpeg"));
    std::fs::write(&empty, "\n").unwrap();
    std::fs::write(&ffmpeg, "#!/bin/sh\necho ffmpeg version 0\n").unwrap();
    std::fs::set_permissions(&ffmpeg, std::fs::Permissions::from_mode(0o755)).unwrap();
    let secret_file = dir.path().join("secret");
    std::fs::write(&secret_file, SECRET).unwrap();
    let secret = ("LIVENESS_SECRET_FILE", secret_file.as_path());
    let database = dir.path().join("sessions.db");
    let (code, said) = check(&["--database", database.to_str().unwrap()], &[secret]);
    assert_eq!((code, database.exists()), (Some(0), false), "it is not made: {said}");
    drop(SqliteStore::open(&database, StoreLimits::new(1, 1, 1), 0).unwrap());
    let (code, said) = check(&["--database", database.to_str().unwrap()], &[secret]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = check(&["--ffmpeg", ffmpeg.to_str().unwrap()], &[]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = check(&[], &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("local mode"), "{said}");
    let (code, said) = check(&[], &[("MOVERIS_API_KEY_FILE", &file)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("upstream mode") && !said.contains("sk-of-a-file"), "{said}");
    let (code, said) = check(&["--paid-checks", "anyone", "--session-ttl", "60"], &[]);
    assert_eq!(code, Some(0), "{said}");
    for warning in ["without MOVERIS_API_KEY this has no effect: --paid-checks", "120 seconds"] {
        assert!(said.contains(warning), "{said}");
    }
    for (arguments, variables, expected, reason) in [
        (&["--session-ttl", "0"][..], vec![], 2, "--session-ttl"),
        (&["--mode", "upstream"], vec![], 2, "--mode upstream needs a key"),
        (&["--mode", "local-first"], vec![], 2, "MOVERIS_API_KEY"),
        (&["--model-mode", "mixed-30-v2=upstream"], vec![], 2, "mixed-30-v2=upstream needs a key"),
        (
            &["--mode", "local-first"],
            vec![("MOVERIS_API_KEY_FILE", file.as_path())],
            2,
            "add --model-file",
        ),
        (&[], vec![("LIVENESS_SECRET_FILE", dir.path())], 2, "LIVENESS_SECRET_FILE cannot be read"),
        (&[], vec![("LIVENESS_SECRET_FILE", file.as_path())], 2, "LIVENESS_SECRET needs"),
        (&["--model-file", nonsense.to_str().unwrap()], vec![], 2, "model file"),
        (&["--model-file", "/nowhere"], vec![], 2, "model file"),
        (&["--tls-cert", "/nowhere", "--tls-key", "/nowhere"], vec![], 2, "cannot be read"),
        (&[], vec![("LIVENESS_SECRET_FILE", &empty)], 2, "LIVENESS_SECRET_FILE is empty"),
        (&["--ffmpeg", "/bin/true"], vec![], 2, "ffmpeg"),
        (
            &["--ffmpeg", ffmpeg.to_str().unwrap(), "--max-crop-megabytes", "127"],
            vec![],
            2,
            "twice --max-video-megabytes",
        ),
        (&["--ffmpeg", nonsense.to_str().unwrap()], vec![], 2, "not to be run"),
        (
            &["--ffmpeg", ffmpeg.to_str().unwrap()],
            vec![("TMPDIR", Path::new("/nowhere"))],
            2,
            "TMPDIR",
        ),
        (&["--database", "/nowhere/sessions.db"], vec![secret], 1, "/nowhere/sessions.db"),
        (&["--database", nonsense.to_str().unwrap()], vec![secret], 1, "is not a database"),
        (&["--database", dir.path().to_str().unwrap()], vec![secret], 1, "cannot be opened"),
        (&["--tls-cert", "/nowhere"], vec![], 2, "--tls-cert and --tls-key belong together"),
    ] {
        let (code, said) = check(arguments, &variables);
        assert_eq!(code, Some(expected), "{said}");
        assert!(said.contains(reason), "{said}");
    }
}

/// New connections get the renewed certificate; those that are open go on.
#[tokio::test]
async fn a_certificate_is_renewed_by_a_sighup() {
    let dir = tempfile::tempdir().unwrap();
    let first = tls::certificate(dir.path());
    let mut command = gateway();
    command.args(["--listen", "127.0.0.1:0"]).args(tls::flags(dir.path()));
    let (child, address) = started(command);
    let mut kept = tls::connect(&address, &first, b"http/1.1").await.unwrap();
    let second = tls::certificate(dir.path());
    assert!(tls::connect(&address, &second, b"http/1.1").await.is_err(), "not yet");
    let id = child.0.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    let renewed = async {
        while tls::connect(&address, &second, b"http/1.1").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), renewed).await.expect("taken up");
    assert!(tls::connect(&address, &first, b"http/1.1").await.is_err(), "the first has gone");
    kept.write_all(b"GET /health HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    kept.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
}

/// SIGTERM ends it in good order, a bad configuration is refused.
#[test]
fn the_binary_starts_and_ends() {
    let refused = gateway().args(["--default-model", "nonsense"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nonsense"));

    let mut command = gateway();
    command.args(["--listen", "127.0.0.1:0"]);
    let (mut child, address) = started(command);
    let answer = health(&address);
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    let id = child.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    for _ in 0..100 {
        if let Some(status) = child.0.try_wait().unwrap() {
            assert!(status.success(), "{status:?}");
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it did not end");
}
