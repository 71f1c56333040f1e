//! Videos, the forms that they are sent in, and gateways that take them.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{Answer, TestGateway, send, settings};

pub const DETECT: &str = "/api/v1/default/video/detect";
pub const BOUNDARY: &str = "----a-boundary";

/// Found by PATH: not everybody may install it where Debian does.
static FFMPEG: LazyLock<Option<String>> = LazyLock::new(|| {
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join("ffmpeg"));
    let found = programs.find(|program| program.is_absolute() && program.is_file())?;
    Some(found.into_os_string().into_string().unwrap())
});

/// Where ffmpeg is, with footage.
pub fn ffmpeg() -> &'static str {
    FFMPEG.as_deref().unwrap()
}

/// The footage, or nothing where it or ffmpeg is not there. CI has to have both.
pub fn footage() -> Option<PathBuf> {
    let clips = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata/clips");
    let there = clips.is_dir() && FFMPEG.is_some();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "footage and ffmpeg are needed");
    there.then_some(clips)
}

pub fn clip(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(footage()?.join(name)).unwrap())
}

/// A file that ffmpeg makes.
pub fn made(name: &str, arguments: &[&str]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let mut command = Command::new(ffmpeg());
    command.args(["-v", "error", "-nostdin"]).args(arguments).arg(&path);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(path).unwrap()
}

/// A gateway that takes videos up.
pub async fn gateway(flags: &[&str]) -> TestGateway {
    let gateway = TestGateway::start(settings(&[&["--ffmpeg", ffmpeg()], flags].concat())).await;
    tokio::spawn(gateway.gateway.videos.clone().work());
    gateway
}

/// A field of a form: its name, a file's name, what is in it.
pub type Field<'a> = (&'a str, Option<&'a str>, &'a [u8]);

pub fn form(fields: &[Field<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in fields {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
            )
            .bytes(),
        );
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

pub fn with_form(request: RequestBuilder, fields: &[Field<'_>]) -> RequestBuilder {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    request.header("content-type", kind).body(form(fields))
}

pub async fn submit(gateway: &TestGateway, fields: &[Field<'_>]) -> Answer {
    send(with_form(gateway.paid(Method::POST, DETECT), fields)).await
}

/// The submission as it is when it has ended.
pub async fn ended(gateway: &TestGateway, id: &str) -> Value {
    for _ in 0..1200 {
        let answer = send(gateway.paid(Method::GET, &format!("{DETECT}/{id}"))).await;
        let view = answer.data().clone();
        if !matches!(view["status"].as_str().unwrap(), "pending" | "processing") {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} does not end");
}

/// Submits a file and waits for what comes of it.
pub async fn outcome(gateway: &TestGateway, name: &str, file: &[u8]) -> Value {
    let accepted = submit(gateway, &[("video_file", Some(name), file)]).await;
    assert_eq!(accepted.status, 201, "{name}: {:?}", accepted.body);
    ended(gateway, accepted.data()["submission_id"].as_str().unwrap()).await
}
