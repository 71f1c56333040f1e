//! Which host names are answered: a stranger's name that leads here (DNS rebinding) opens nothing.

use std::sync::atomic::Ordering;

use crate::common::{Answer, TestGateway, client, covered, send, settings, site};
use liveness_protocol::ErrorCode;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn asked(gateway: &TestGateway, method: Method, path: &str, host: &str) -> Answer {
    // As a rebound page's browser would say it.
    let request = gateway.request(method, path).header("host", host);
    let request = request.header("sec-fetch-site", "same-origin");
    let response = client().execute(request.build().unwrap()).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
    Answer { status, headers, body }
}

#[tokio::test]
async fn a_strangers_name_opens_nothing() {
    let root = site();
    let dir = root.path().join("dist");
    let flags =
        ["--static-dir", dir.to_str().unwrap(), "--allow-host", "live.example,*.live.example"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let port = gateway.url.rsplit_once(':').unwrap().1.to_owned();
    let paths = [
        (Method::GET, "/"),
        (Method::GET, "/liveness-capture/main.js"),
        (Method::GET, "/embed"),
        (Method::GET, "/no/such.file"),
        (Method::GET, "/health"),
        (Method::GET, "/ready"),
        (Method::GET, "/metrics"),
        (Method::GET, "/api/v1/models"),
        (Method::GET, "/api/v1/nonsense"),
        (Method::POST, "/api/v1/sessions"),
        (Method::POST, "/api/v1/fast-check-crops"),
        (Method::DELETE, "/api/v1/sessions/x"),
    ];
    for host in ["evil.example", &format!("evil.example:{port}"), "live.example.evil.example"] {
        for (method, path) in &paths {
            let answer = asked(&gateway, method.clone(), path, host).await;
            assert_eq!(answer.status, 421, "{host} {method} {path}");
            assert_eq!(answer.code(), ErrorCode::HostNotAllowed);
            covered::reached(&["error host_not_allowed"]);
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert!(answer.headers.contains_key("x-request-id"));
        }
    }
    assert_eq!(gateway.backend.checks.load(Ordering::SeqCst), 0);
    for host in ["live.example", "a.live.example:8443", "localhost", "127.0.0.1", "LIVE.example."] {
        assert_eq!(asked(&gateway, Method::GET, "/health", host).await.status, 200, "{host}");
        assert_eq!(
            asked(&gateway, Method::POST, "/api/v1/sessions", host).await.status,
            201,
            "{host}"
        );
    }
    let counted = gateway.paid(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    let refused = "liveness_refusals_total{code=\"host_not_allowed\"} 36";
    assert!(counted.contains(refused), "{counted}");
    assert_eq!(send(gateway.request(Method::GET, "/ready")).await.status, 200);
}

/// What no client library sends.
#[tokio::test]
async fn a_request_names_one_host() {
    let gateway = TestGateway::start(settings(&["--allow-host", "live.example"])).await;
    let address = gateway.url.strip_prefix("http://").unwrap();
    for (head, expected) in [
        ("GET /health HTTP/1.1\r\nHost: live.example\r\n", "200"),
        ("GET /health HTTP/1.0\r\n", "200"),
        ("GET /health HTTP/1.1\r\n", "400"),
        ("GET /health HTTP/1.1\r\nHost:\r\n", "400"),
        ("GET /health HTTP/1.1\r\nHost: live.example\r\nHost: live.example\r\n", "400"),
        ("GET /health HTTP/1.1\r\nHost: live.example, evil.example\r\n", "400"),
        ("GET /health HTTP/1.1\r\nHost: live\u{ff}.example\r\n", "400"),
        ("GET http://live.example/health HTTP/1.1\r\nHost: live.example\r\n", "200"),
        ("GET http://evil.example/health HTTP/1.1\r\nHost: live.example\r\n", "421"),
        ("GET http://live.example/health HTTP/1.1\r\nHost: evil.example\r\n", "421"),
    ] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = format!("{head}Connection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert_eq!(answer.split(' ').nth(1), Some(expected), "{head}: {answer}");
    }
}
