//! Static files: their compressed forms, parts of them, and what a copy is still good for.

use std::fs::File;
use std::time::{Duration, SystemTime};

use crate::common::{TestGateway, settings};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PLAIN: &[u8] = b"export const plain = true;";

/// A script and a module with their compressed forms, which hold something else, so that it is seen which was sent.
async fn start() -> (TestGateway, TempDir) {
    let dir = TempDir::new().unwrap();
    for (name, bytes) in [
        ("main.js", PLAIN),
        ("main.js.br", b"in brotli"),
        ("main.js.gz", b"with gzip"),
        ("engine.wasm", b"\0asm"),
        ("engine.wasm.br", b"module in brotli"),
        ("alone.css", b"body {}"),
    ] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    let flags = ["--static-dir", dir.path().to_str().unwrap()];
    (TestGateway::start(settings(&flags)).await, dir)
}

struct Sent {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Sent {
    fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name))?;
        line.strip_prefix(": ")
    }
}

/// By hand: a client library would undo the compression.
async fn ask(gateway: &TestGateway, request: &str, headers: &[(&str, &str)]) -> Sent {
    let address = gateway.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let mut head = format!("{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Sent { status, head, body: bytes[end + 4..].to_vec() }
}

#[tokio::test]
async fn a_file_is_sent_in_the_form_that_its_client_takes() {
    let (gateway, _dir) = start().await;
    for (path, accepted, encoding, body, mime) in [
        ("main.js", "gzip, deflate, br, zstd", Some("br"), &b"in brotli"[..], "text/javascript"),
        ("main.js", "gzip", Some("gzip"), b"with gzip", "text/javascript"),
        ("main.js", "br;q=0, gzip;q=0.5", Some("gzip"), b"with gzip", "text/javascript"),
        ("main.js", "zstd", None, PLAIN, "text/javascript"),
        ("main.js", "identity", None, PLAIN, "text/javascript"),
        ("engine.wasm", "br", Some("br"), b"module in brotli", "application/wasm"),
        ("engine.wasm", "gzip", None, b"\0asm", "application/wasm"),
        ("alone.css", "br, gzip", None, b"body {}", "text/css"),
    ] {
        for method in ["GET", "HEAD"] {
            let headers = [("Accept-Encoding", accepted)];
            let sent = ask(&gateway, &format!("{method} /{path}"), &headers).await;
            assert_eq!(sent.status, 200, "{path} {accepted}");
            assert_eq!(sent.header("content-encoding"), encoding, "{path} {accepted}");
            assert_eq!(sent.header("content-type"), Some(mime), "{path}");
            assert_eq!(sent.header("content-length"), Some(&*body.len().to_string()));
            assert!(sent.header("vary").unwrap().contains("accept-encoding"), "{}", sent.head);
            assert_eq!(sent.body, if method == "GET" { body } else { b"" }, "{path} {accepted}");
        }
    }
    assert_eq!(ask(&gateway, "GET /main.js", &[]).await.body, PLAIN);
}

#[tokio::test]
async fn each_form_has_its_own_validator() {
    let (gateway, _dir) = start().await;
    let etag = async |accepted: &str| {
        let sent = ask(&gateway, "GET /main.js", &[("Accept-Encoding", accepted)]).await;
        sent.header("etag").unwrap().to_owned()
    };
    let (plain, brotli) = (etag("identity").await, etag("br").await);
    assert_ne!(plain, brotli);
    for (accepted, kept, status) in [
        ("br", &brotli, 304),
        ("identity", &plain, 304),
        ("br", &plain, 200),
        ("identity", &brotli, 200),
    ] {
        let headers = [("Accept-Encoding", accepted), ("If-None-Match", &**kept)];
        let sent = ask(&gateway, "GET /main.js", &headers).await;
        assert_eq!(sent.status, status, "{accepted}");
        assert!(sent.header("vary").unwrap().contains("accept-encoding"), "{}", sent.head);
    }
}

#[tokio::test]
async fn a_part_is_sent_only_of_the_file_that_it_belongs_to() {
    let (gateway, _dir) = start().await;
    let whole = ask(&gateway, "GET /main.js", &[]).await;
    let (etag, date) = (whole.header("etag").unwrap(), whole.header("last-modified").unwrap());
    let weak = format!("W/{etag}");
    for (condition, status) in [
        (None, 206),
        (Some(etag), 206),
        (Some(date), 206),
        (Some("\"other\""), 200),
        (Some(&*weak), 200),
        (Some("Thu, 01 Jan 1970 00:00:00 GMT"), 200),
        (Some("nonsense"), 200),
    ] {
        let mut headers = vec![("Range", "bytes=7-11")];
        headers.extend(condition.map(|condition| ("If-Range", condition)));
        let sent = ask(&gateway, "GET /main.js", &headers).await;
        assert_eq!(sent.status, status, "{condition:?}");
        let part = status == 206;
        assert_eq!(sent.body, if part { &PLAIN[7..12] } else { PLAIN }, "{condition:?}");
        assert_eq!(sent.header("content-range"), part.then_some("bytes 7-11/26"));
        assert_eq!(sent.header("accept-ranges"), Some("bytes"));
    }
    // Of what is sent, so of the compressed file.
    let headers = [("Range", "bytes=3-"), ("Accept-Encoding", "br")];
    let sent = ask(&gateway, "GET /main.js", &headers).await;
    assert_eq!((sent.status, sent.header("content-encoding")), (206, Some("br")));
    assert_eq!(sent.body, b"brotli");
    for range in ["bytes=26-", "bytes=9-2", "bytes=0-1,4-5"] {
        let sent = ask(&gateway, "GET /main.js", &[("Range", range)]).await;
        assert_eq!(sent.status, 416, "{range}");
    }
    let sent = ask(&gateway, "GET /main.js", &[("Range", "lines=0-1"), ("If-Range", etag)]).await;
    assert!(matches!(sent.status, 200 | 416), "{}", sent.head);
}

#[tokio::test]
async fn a_compressed_file_of_an_earlier_one_is_not_sent() {
    let (gateway, dir) = start().await;
    let earlier = SystemTime::now() - Duration::from_secs(60);
    for name in ["main.js.br", "main.js.gz"] {
        let file = File::options().write(true).open(dir.path().join(name)).unwrap();
        file.set_modified(earlier).unwrap();
    }
    let headers = [("Accept-Encoding", "br, gzip")];
    for method in ["GET", "HEAD"] {
        let sent = ask(&gateway, &format!("{method} /main.js"), &headers).await;
        assert_eq!((sent.status, sent.header("content-encoding")), (200, None));
        assert_eq!(sent.header("content-length"), Some("26"));
    }
    // Made again from the file as it is.
    let file = File::options().write(true).open(dir.path().join("main.js")).unwrap();
    file.set_modified(earlier).unwrap();
    let sent = ask(&gateway, "GET /main.js", &headers).await;
    assert_eq!(sent.header("content-encoding"), Some("br"));
}
