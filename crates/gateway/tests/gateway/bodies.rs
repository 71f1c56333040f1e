//! Bodies that are refused, that stop half-way, and that are too many.

use std::time::{Duration, Instant};

use crate::common::{TestGateway, WithJson as _, crop, send, settings, streamed};
use liveness_gateway::api::http::limits::EndpointLimits;
use liveness_protocol::ErrorCode;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const NOBODY: &str = "/api/v1/sessions/00000000-0000-4000-8000-000000000000";

/// A connection on which a request's head has been sent.
async fn begin(gateway: &TestGateway, line: &str, headers: &[(&str, &str)]) -> TcpStream {
    let address = gateway.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let mut head = format!("{line} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    socket.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    socket
}

/// An answer's head and body, while the connection may stay open.
async fn answer(socket: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let whole = async {
        loop {
            let text = String::from_utf8_lossy(&read).into_owned();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            if let (Some(length), Some(end)) = (length, text.find("\r\n\r\n"))
                && text.len() >= end + 4 + length.parse::<usize>().unwrap()
            {
                return text;
            }
            if socket.read_buf(&mut read).await.unwrap() == 0 {
                return text;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), whole).await.expect("an answer")
}

fn code_of(answer: &str) -> ErrorCode {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let code = body["errors"][0].as_object().unwrap().keys().next().unwrap();
    ErrorCode::from_code(code).unwrap()
}

type Headers = Vec<(&'static str, &'static str)>;

/// Requests that are refused for what their heads say, each with its code.
fn refused(foreign: bool) -> Vec<(String, Headers, ErrorCode)> {
    let mut requests = vec![
        (format!("PUT {NOBODY}/crops/0"), vec![], ErrorCode::InvalidToken),
        (
            format!("POST {NOBODY}/complete"),
            vec![("X-Liveness-Token", "x")],
            ErrorCode::InvalidToken,
        ),
        ("POST /api/v1/sessions".to_owned(), vec![], ErrorCode::PayloadTooLarge),
        ("POST /api/v1/fast-check-crops".to_owned(), vec![], ErrorCode::PayloadTooLarge),
        ("POST /api/v1/fast-check".to_owned(), vec![], ErrorCode::PayloadTooLarge),
        ("POST /api/v1/nothing".to_owned(), vec![], ErrorCode::NotFound),
        ("POST /health".to_owned(), vec![], ErrorCode::MethodNotAllowed),
        ("POST /index.html".to_owned(), vec![], ErrorCode::MethodNotAllowed),
    ];
    if foreign {
        let page = vec![("Origin", "https://evil.example")];
        requests.push(("POST /api/v1/sessions".to_owned(), page, ErrorCode::OriginNotAllowed));
    }
    requests
}

#[tokio::test]
async fn what_the_head_decides_is_answered_before_the_body_has_come() {
    let gateway = TestGateway::start(settings(&[])).await;
    for (line, mut headers, code) in refused(true) {
        headers.push(("Content-Length", "999999999"));
        for begun in [&b""[..], b"{\"crops\": ["] {
            let mut socket = begin(&gateway, &line, &headers).await;
            socket.write_all(begun).await.unwrap();
            let start = Instant::now();
            let answer = answer(&mut socket).await;
            assert_eq!(code_of(&answer), code, "{line}");
            // What is still to come is waited for for longer, but not before the answer.
            assert!(start.elapsed() < Duration::from_secs(4), "{line}: {:?}", start.elapsed());
            assert!(answer.contains("\r\nconnection: close\r\n"), "{line}: {answer}");
            let advises = answer.contains("as JPEG");
            assert_eq!(advises, line.ends_with("/fast-check"), "{line}: {answer}");
        }
    }
    assert_eq!(gateway.gateway.bodies.free(), 256 << 20);
}

#[tokio::test]
async fn a_caller_who_asks_first_is_not_told_to_go_on_in_vain() {
    let gateway = TestGateway::start(settings(&[])).await;
    let length = ("Content-Length", "110000000");
    for (line, mut headers, code) in refused(true) {
        headers.extend([("Expect", "100-continue"), length]);
        let mut socket = begin(&gateway, &line, &headers).await;
        let answer = answer(&mut socket).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {} ", code.status())), "{line}: {answer}");
        assert_eq!(code_of(&answer), code, "{line}");
        // There is no point in keeping a connection with half a request on it.
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(30), socket.read_to_end(&mut rest));
        assert_eq!(closed.await.expect("it is closed").unwrap(), 0, "{line}");
    }
    // Who may go on is told so.
    let session = gateway.open(json!({})).await;
    let (png, line) = (crop(0), format!("PUT {}", session.path("/crops/0")));
    let length = png.len().to_string();
    let headers = [
        ("X-Liveness-Token", session.token.as_str()),
        ("Expect", "100-continue"),
        ("Content-Length", &length),
    ];
    let mut socket = begin(&gateway, &line, &headers).await;
    let mut told = [0; 25];
    socket.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(&png).await.unwrap();
    assert!(answer(&mut socket).await.starts_with("HTTP/1.1 201 "));
}

#[tokio::test]
async fn whoever_is_busy_sending_sees_the_answer() {
    let gateway = TestGateway::start(settings(&[])).await;
    let large = || vec![b' '; 8 << 20];
    for (line, _, code) in refused(false) {
        let (method, path) = line.split_once(' ').unwrap();
        if path.contains("fast-check") {
            continue; // 8 MB is not too much there.
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = gateway.request(method, path).header("content-type", "application/json");
        let response = request.body(large()).send().await.unwrap();
        assert_eq!(response.status(), code.status(), "{line}");
        assert!(response.text().await.unwrap().contains(code.as_str()), "{line}");
    }
    let session = gateway.open(json!({})).await;
    assert_eq!(session.put(0, large()).await.code(), ErrorCode::PayloadTooLarge);
    gateway.advance(Duration::from_secs(300));
    assert_eq!(session.put(0, large()).await.code(), ErrorCode::SessionExpired);

    // Without a stated length it is only known once it has come.
    let session = gateway.open(json!({})).await;
    let headers = [("X-Liveness-Token", session.token.as_str()), ("Transfer-Encoding", "chunked")];
    let line = format!("PUT {}", session.path("/crops/0"));
    let mut socket = begin(&gateway, &line, &headers).await;
    let chunk = [&b"10000\r\n"[..], &vec![0; 0x10000], b"\r\n"].concat();
    for _ in 0..40 {
        socket.write_all(&chunk).await.unwrap();
    }
    assert_eq!(code_of(&answer(&mut socket).await), ErrorCode::PayloadTooLarge);
}

#[tokio::test]
async fn whoever_sends_more_than_the_longest_body_sees_the_answer() {
    let gateway = TestGateway::start(settings(&[])).await;
    let longest = EndpointLimits::default().longest_json();
    let length = (longest + (1 << 20)).to_string();
    let json = ("Content-Type", "application/json");
    let headers = [json, ("Content-Length", length.as_str())];
    let mut socket = begin(&gateway, "POST /api/v1/fast-check", &headers).await;
    let megabyte = vec![b' '; 1 << 20];
    for _ in 0..=longest >> 20 {
        socket.write_all(&megabyte).await.unwrap();
    }
    assert_eq!(code_of(&answer(&mut socket).await), ErrorCode::PayloadTooLarge);
}

#[tokio::test]
async fn a_small_refusal_costs_no_connection() {
    let gateway = TestGateway::start(settings(&[])).await;
    let png = crop(0);
    let headers = [("Content-Length", &*png.len().to_string())];
    let mut socket = begin(&gateway, &format!("PUT {NOBODY}/crops/0"), &headers).await;
    socket.write_all(&png).await.unwrap();
    let first = answer(&mut socket).await;
    assert_eq!(code_of(&first), ErrorCode::InvalidToken);
    assert!(!first.contains("connection: close"), "{first}");
    socket.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(answer(&mut socket).await.starts_with("HTTP/1.1 200 "));
}

/// Waits until the gateway holds this many bytes of bodies.
async fn until_free(gateway: &TestGateway, free: impl Fn(usize) -> bool) {
    for _ in 0..3000 {
        if free(gateway.gateway.bodies.free()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} bytes are free", gateway.gateway.bodies.free());
}

#[tokio::test]
async fn half_sent_bodies_have_a_bound_together_and_others_are_told_when_to_come_back() {
    const MB: usize = 1 << 20;
    let gateway = TestGateway::start(settings(&["--max-body-megabytes", "4"])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    // Each states all that there is: that alone takes nothing.
    let headers = [("Content-Type", "application/json"), ("Content-Length", "4194304")];
    let mut sockets = Vec::new();
    for _ in 0..60 {
        sockets.push(begin(&gateway, "POST /api/v1/fast-check-crops", &headers).await);
    }
    assert_eq!(gateway.gateway.bodies.free(), 4 * MB);
    // What has come of them takes as much as it is, up to what there is.
    let begun = vec![b' '; MB];
    for (index, socket) in sockets[..4].iter_mut().enumerate() {
        socket.write_all(&begun).await.unwrap();
        until_free(&gateway, |free| free == (3 - index) * MB).await;
    }
    for socket in &mut sockets[4..] {
        socket.write_all(&begun).await.unwrap();
        let refused = answer(socket).await;
        assert_eq!(code_of(&refused), ErrorCode::TooManySessions);
        assert!(refused.contains("\r\nretry-after: 2\r\n"), "{refused}");
    }
    assert_eq!(gateway.gateway.bodies.free(), 0);
    // They break off in the middle: all is free again.
    drop(sockets);
    until_free(&gateway, |free| free == 4 * MB).await;
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    assert_eq!(gateway.gateway.bodies.free(), 4 * MB);
}

#[tokio::test]
async fn one_client_does_not_take_the_memory_for_bodies() {
    const MB: usize = 1 << 20;
    let flags = ["--max-body-megabytes", "4", "--trusted-proxies", "1"];
    let gateway = TestGateway::start(settings(&flags)).await;
    let headers = |client| {
        let json = ("Content-Type", "application/json");
        [json, ("Content-Length", "4194304"), ("X-Forwarded-For", client)]
    };
    let check = "POST /api/v1/fast-check-crops";
    let mut sockets = Vec::new();
    for kept in [true, true, false, false] {
        let mut socket = begin(&gateway, check, &headers("192.0.2.1")).await;
        let free = gateway.gateway.bodies.free();
        socket.write_all(&vec![b' '; MB]).await.unwrap();
        if kept {
            until_free(&gateway, |now| now == free - MB).await;
        } else {
            assert_eq!(code_of(&answer(&mut socket).await), ErrorCode::TooManySessions);
        }
        sockets.push(socket);
    }
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    session.put_all(10).await;
    assert_eq!(session.complete(json!({})).await.status, 200);
    drop(sockets);
    until_free(&gateway, |free| free == 4 * MB).await;
    // Alone, a body may take all there is.
    let mut socket = begin(&gateway, check, &headers("192.0.2.1")).await;
    socket.write_all(&vec![b' '; 4 * MB]).await.unwrap();
    assert_eq!(code_of(&answer(&mut socket).await), ErrorCode::ValidationError);
}

#[tokio::test]
async fn every_endpoint_with_a_body_says_when_to_come_back() {
    let gateway = TestGateway::start(settings(&["--max-body-megabytes", "1"])).await;
    let session = gateway.open(json!({"model": "mixed-10-v2"})).await;
    let headers = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")];
    let mut socket = begin(&gateway, "POST /api/v1/fast-check-crops", &headers).await;
    let all = [&b"100000\r\n"[..], &vec![b' '; 1 << 20], b"\r\n"].concat();
    socket.write_all(&all).await.unwrap();
    until_free(&gateway, |free| free == 0).await;
    let request = |method, path: &str| {
        gateway.request(method, path).header("x-liveness-token", &session.token)
    };
    let requests = || {
        [
            request(Method::POST, "/api/v1/sessions").json(&json!({})),
            request(Method::POST, &session.path("/complete")).json(&json!({})),
            request(Method::PUT, &session.path("/crops/0")).body(crop(0)),
            request(Method::POST, &session.path("/crops/0")).body(crop(0)),
            request(Method::POST, "/api/v1/fast-check-crops").json(&json!({})),
        ]
    };
    for request in requests() {
        let answer = send(request).await;
        assert_eq!(answer.code(), ErrorCode::TooManySessions);
        assert_eq!(answer.headers["retry-after"], "2");
    }
    // What has no body needs no room.
    assert_eq!(session.get(&session.token).await.status, 200);
    assert_eq!(send(gateway.request(Method::POST, "/api/v1/sessions")).await.status, 201);
    drop(socket);
    until_free(&gateway, |free| free == 1 << 20).await;
    for request in requests() {
        assert!(send(request).await.status != 503);
    }
}

#[tokio::test]
async fn a_body_that_never_finds_room_is_too_large() {
    const MOST: usize = 1 << 20;
    let gateway = TestGateway::start(settings(&["--max-body-megabytes", "1"])).await;
    let session = gateway.open(json!({})).await;
    let token = ("X-Liveness-Token", session.token.as_str());
    for line in [
        "POST /api/v1/fast-check-crops".to_owned(),
        "POST /api/v1/fast-check".to_owned(),
        "POST /api/v1/fast-check-stream".to_owned(),
        format!("PUT {}", session.path("/crops/0")),
    ] {
        for (header, value) in [("Content-Length", "1048577"), ("Transfer-Encoding", "chunked")] {
            let headers = [token, ("Content-Type", "application/json"), (header, value)];
            let mut socket = begin(&gateway, &line, &headers).await;
            let body = vec![b' '; MOST + 1];
            let chunk = [&b"100001\r\n"[..], &body, b"\r\n0\r\n\r\n"].concat();
            let sent = if header == "Content-Length" { &body } else { &chunk };
            socket.write_all(sent).await.unwrap();
            let answer = answer(&mut socket).await;
            assert_eq!(code_of(&answer), ErrorCode::PayloadTooLarge, "{line}, {header}");
        }
    }
}

/// The crops of a check take about as much as its body did, and for longer.
#[tokio::test]
async fn a_check_keeps_its_share_until_it_has_ended() {
    let gateway = TestGateway::start(settings(&[])).await;
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let png = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, crop(0));
    let crops: Vec<_> = (0..10).map(|index| json!({"index": index, "pixels": png})).collect();
    let body = json!({"session_id": uuid::Uuid::nil().to_string(), "model": "mixed-10-v2", "crops": crops});
    let length = body.to_string().len();
    let check = gateway.request(Method::POST, "/api/v1/fast-check-crops").json(&body);
    let check = tokio::spawn(send(check));
    while gateway.backend.checks.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(gateway.gateway.bodies.free(), (256 << 20) - length);
    gate.notify_one();
    assert_eq!(check.await.unwrap().status, 200);
    until_free(&gateway, |free| free == 256 << 20).await;
}

/// Its frame is in the store, which counts it.
#[tokio::test]
async fn a_streams_last_frame_waits_for_the_verdict_without_its_body() {
    let gateway = TestGateway::start(settings(&[])).await;
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    *gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let post = |index| {
        let request = gateway.request(Method::POST, "/api/v1/fast-check-stream");
        send(request.json(&streamed(1, index)))
    };
    for index in 0..9 {
        assert_eq!(post(index).await.status, 200);
    }
    let last = tokio::spawn(post(9));
    while gateway.backend.checks.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(gateway.gateway.bodies.free(), 256 << 20);
    gate.notify_one();
    assert_eq!(last.await.unwrap().status, 200);
}
