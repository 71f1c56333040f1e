//! A stand-in for the Moveris API. It answers as the documentation does, unless it is told otherwise,
//! and keeps every request as it came over the wire.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use liveness_gateway::backend::upstream::{Upstream, UpstreamConfig};
use liveness_gateway::domain::breaker::BreakerSettings;
use liveness_protocol::RetryPolicy;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub const API_KEY: &str = "sk-mock-0123456789-very-secret";

/// One answer out of the ordinary.
pub enum Script {
    /// Status, further headers, JSON body.
    Json(u16, &'static [(&'static str, &'static str)], Value),
    /// The documented verdict with further headers.
    VerdictWith(&'static [(&'static str, &'static str)]),
    /// The documented verdict in an encoding, under the name it is sent with.
    Encoded(&'static str, fn(&[u8]) -> Vec<u8>),
    /// Bytes as they are, then the connection is closed.
    Raw(Vec<u8>),
    /// Nothing for so long.
    Silence(Duration),
    /// The connection is closed in the middle of the documented answer.
    CutMidBody,
    /// The connection is closed before any answer.
    Hangup,
    /// The connection is reset.
    Reset,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub struct MockUpstream {
    pub url: String,
    pub received: Arc<Mutex<Vec<Received>>>,
    script: Arc<Mutex<VecDeque<Script>>>,
    _server: tokio::task::JoinHandle<()>,
}

impl MockUpstream {
    pub async fn start(script: impl IntoIterator<Item = Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let server = tokio::spawn({
            let (received, script) = (received.clone(), script.clone());
            async move {
                loop {
                    let (socket, _) = listener.accept().await.unwrap();
                    tokio::spawn(connection(socket, received.clone(), script.clone()));
                }
            }
        });
        Self { url, received, script, _server: server }
    }

    pub fn then(&self, script: Script) {
        self.script.lock().unwrap().push_back(script);
    }

    pub fn requests(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// The upstream backend for this mock, with short pauses.
    pub fn config(&self) -> UpstreamConfig {
        UpstreamConfig {
            base_url: self.url.parse().unwrap(),
            api_key: API_KEY.to_owned().into(),
            attempt_timeout: Duration::from_secs(5),
            deadline: Duration::from_secs(10),
            retry: RetryPolicy {
                max_attempts: 3,
                base_ms: 5.0,
                cap_ms: 20.0,
                max_retry_after_ms: 10_000.0,
            },
            // Most tests are about upstreams that fail.
            breaker: BreakerSettings { failures: 0, rest: Duration::from_millis(200) },
            sessions_wait: false,
        }
    }

    pub fn backend(&self) -> Arc<Upstream> {
        Arc::new(Upstream::new(self.config()).unwrap())
    }
}

async fn connection(
    mut socket: TcpStream,
    received: Arc<Mutex<Vec<Received>>>,
    script: Arc<Mutex<VecDeque<Script>>>,
) {
    let Some(request) = read_request(&mut socket).await else { return };
    received.lock().unwrap().push(request.clone());
    let step = script.lock().unwrap().pop_front();
    let answer = match step {
        None => documented_answer(&request, &[]),
        Some(Script::VerdictWith(headers)) => documented_answer(&request, headers),
        Some(Script::Encoded(name, encode)) => {
            let plain = documented_answer(&request, &[]);
            let body = plain.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
            encoded(200, name, &encode(&plain[body..]))
        }
        Some(Script::Json(status, headers, body)) => response(status, headers, &body),
        Some(Script::Raw(bytes)) => bytes,
        Some(Script::Silence(time)) => {
            tokio::time::sleep(time).await;
            documented_answer(&request, &[])
        }
        Some(Script::CutMidBody) => {
            let mut answer = documented_answer(&request, &[]);
            answer.truncate(answer.len() - 100);
            answer
        }
        Some(Script::Hangup) => Vec::new(),
        Some(Script::Reset) => return socket.set_zero_linger().unwrap(),
    };
    socket.write_all(&answer).await.ok();
    socket.shutdown().await.ok();
}

async fn read_request(socket: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        if socket.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { line, headers, body: serde_json::from_slice(&body).unwrap() })
}

/// As the documentation answers: the envelope, 401 for a wrong key, 400 for too few crops.
fn documented_answer(request: &Received, headers: &[(&str, &str)]) -> Vec<u8> {
    let (list, input_source) = match request.line.as_str() {
        "POST /api/v1/fast-check-crops HTTP/1.1" => ("crops", "rest_crops"),
        "POST /api/v1/fast-check HTTP/1.1" => ("frames", "rest_frames"),
        _ => return failure(404, "not_found", "Not found"),
    };
    if request.header("x-api-key") != Some(API_KEY) {
        return failure(401, "invalid_key", "Not authenticated");
    }
    let crops = request.body[list].as_array().map_or(0, Vec::len);
    if crops < 10 {
        return failure(400, "insufficient_frames", "Insufficient frames.");
    }
    let model = match request.header("x-model-version") {
        Some(_) => format!("mixed-{}-v2", request.body["frame_count"]),
        None => request.body["model"].as_str().unwrap_or("10").to_owned(),
    };
    let body = json!({
        "data": {
            "verdict": "live", "confidence": 0.92, "real_score": 0.92, "score": 92.0, "type": "VERY HIGH",
            "session_id": request.body["session_id"], "model": model, "input_source": input_source,
            "processing_ms": 420, "frames_processed": crops, "tenant_metadata": null, "warning": null,
            "warnings": request.body["warnings"], "created_at": "2026-03-27T14:00:00Z",
            "a_field_of_tomorrow": {"deep": [1, 2, 3]},
        },
        "success": true, "message": "OK",
    });
    let resolved = [("X-Moveris-Model-Resolved", model.as_str())];
    let headers: Vec<_> = resolved.iter().chain(headers).copied().collect();
    response(200, &headers, &body)
}

fn failure(status: u16, code: &str, message: &str) -> Vec<u8> {
    response(status, &[], &error_body(code, message))
}

pub fn error_body(code: &str, message: &str) -> Value {
    json!({"data": null, "success": false, "message": message, "errors": [{code: [message]}]})
}

/// An answer with a body in an encoding.
pub fn encoded(status: u16, encoding: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Mock\r\nContent-Encoding: {encoding}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn response(status: u16, headers: &[(&str, &str)], body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let mut head = format!("HTTP/1.1 {status} Mock\r\nContent-Type: application/json\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    format!("{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}
