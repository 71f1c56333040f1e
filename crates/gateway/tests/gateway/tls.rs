//! TLS and HTTP/2: what is spoken, with which certificate, and what hurts nobody else.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::{TestGateway, crop, settings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use liveness_gateway::Settings;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const SOON: Duration = Duration::from_secs(8);

/// A certificate of its own for `localhost`, in `cert.pem` and `key.pem`.
pub fn certificate(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

pub fn flags(dir: &Path) -> [String; 4] {
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    ["--tls-cert".into(), path("cert.pem"), "--tls-key".into(), path("key.pem")]
}

/// A connection to a gateway that is trusted by this certificate alone.
pub async fn connect(
    address: &str,
    trusted: &CertificateDer<'static>,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let socket = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

struct Secured {
    gateway: TestGateway,
    trusted: CertificateDer<'static>,
    address: String,
    _dir: TempDir,
}

impl Secured {
    async fn start(more: &[&str], change: impl FnOnce(&mut Settings)) -> Self {
        let dir = TempDir::new().unwrap();
        let trusted = certificate(dir.path());
        let flags = flags(dir.path());
        let flags: Vec<&str> =
            flags.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let mut settings = settings(&flags);
        change(&mut settings);
        let gateway = TestGateway::start(settings).await;
        let address = gateway.url.strip_prefix("https://").unwrap().to_owned();
        Self { gateway, trusted, address, _dir: dir }
    }

    async fn connect(&self, protocol: &[u8]) -> TlsStream<TcpStream> {
        connect(&self.address, &self.trusted, protocol).await.unwrap()
    }

    /// A client of HTTP/2 that can do what a well-behaved one does not, and the end of its connection.
    async fn raw(
        &self,
        window: u32,
    ) -> (h2::client::SendRequest<Bytes>, tokio::task::JoinHandle<Result<(), h2::Error>>) {
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(window);
        let (sender, connection) = builder.handshake(self.connect(b"h2").await).await.unwrap();
        (sender, tokio::spawn(connection))
    }

    /// Somebody else is served.
    async fn health(&self) -> u16 {
        let (mut sender, connection) = self.raw(65_535).await;
        sender = sender.ready().await.unwrap();
        let (response, _) = sender.send_request(get("localhost", "/health"), true).unwrap();
        let status = tokio::time::timeout(SOON, response).await.unwrap().unwrap().status();
        connection.abort();
        status.as_u16()
    }
}

fn get(host: &str, path: &str) -> hyper::Request<()> {
    hyper::Request::get(format!("https://{host}{path}")).body(()).unwrap()
}

async fn body(response: hyper::Response<hyper::body::Incoming>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn both_protocols_are_spoken_over_tls() {
    let secured = Secured::start(&["--allow-host", "live.example"], |_| ()).await;
    let io = TokioIo::new(secured.connect(b"h2").await);
    let (mut client, connection) =
        http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    for (host, expected) in [("localhost", 200), ("live.example", 200), ("evil.example", 421)] {
        let response =
            client.send_request(get(host, "/health").map(|()| Empty::new())).await.unwrap();
        assert_eq!(response.version(), hyper::Version::HTTP_2);
        assert_eq!(response.status(), expected, "{host}");
        let hsts = response.headers().get("strict-transport-security").cloned();
        assert_eq!(hsts.is_some(), host != "localhost", "{host}: {hsts:?}");
        let body = body(response).await;
        assert_eq!(body["success"], json!(expected == 200), "{body}");
    }
    let io = TokioIo::new(secured.connect(b"http/1.1").await);
    let (mut client, connection) = http1::handshake::<_, Empty<Bytes>>(io).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get("/health").header("host", "live.example:8443");
    let response = client.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
    assert_eq!((response.version(), response.status().as_u16()), (hyper::Version::HTTP_11, 200));
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn without_a_handshake_there_is_no_answer() {
    let limit = Duration::from_millis(400);
    let secured = Secured::start(&[], |settings| settings.connections.handshake = limit).await;
    for said in
        [&b""[..], b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"]
    {
        let mut socket = TcpStream::connect(&secured.address).await.unwrap();
        socket.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        // A reset ends it just as well.
        let closed = tokio::time::timeout(SOON, socket.read_to_end(&mut answer)).await;
        assert!(closed.is_ok(), "{said:?}");
        assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    }
    assert!(connect(&secured.address, &secured.trusted, b"spdy/3").await.is_err());
    assert_eq!(secured.health().await, 200);
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_given_up() {
    let idle = Duration::from_millis(400);
    let secured = Secured::start(&[], |settings| settings.connections.head = idle).await;
    let (_sender, connection) = secured.raw(65_535).await;
    let ended = tokio::time::timeout(SOON, connection).await.expect("given up").unwrap();
    assert!(ended.is_ok(), "in good order: {ended:?}");
    // Never a word after the handshake.
    let mut silent = secured.connect(b"h2").await;
    let closed = tokio::time::timeout(SOON, silent.read_to_end(&mut Vec::new())).await;
    assert!(closed.is_ok());
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("large.bin"), vec![7; 1 << 20]).unwrap();
    let files = ["--static-dir", dir.path().to_str().unwrap()];
    let secured = Secured::start(&files, |settings| {
        settings.connections.write = Duration::from_millis(400);
    })
    .await;
    let (mut sender, connection) = secured.raw(0).await;
    let (response, _) = sender.send_request(get("localhost", "/large.bin"), true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    // Its client answers pings, and does nothing else.
    let ended = tokio::time::timeout(SOON, connection).await.expect("given up").unwrap();
    drop((ended, response));
    assert_eq!(secured.health().await, 200);
}

/// What is read of a file is held until its client takes it, so only so many are read at once.
#[tokio::test]
async fn files_that_nobody_takes_are_few_on_one_connection() {
    const FILES: usize = 8;
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("large.bin"), vec![7; 1 << 20]).unwrap();
    let secured = Secured::start(&["--static-dir", dir.path().to_str().unwrap()], |_| ()).await;
    let (mut sender, _connection) = secured.raw(0).await;
    let mut answers = JoinSet::new();
    for _ in 0..3 * FILES {
        sender = sender.ready().await.unwrap();
        answers.spawn(sender.send_request(get("localhost", "/large.bin"), true).unwrap().0);
    }
    let mut taken = Vec::new();
    for _ in 0..FILES {
        taken.push(answers.join_next().await.unwrap().unwrap().unwrap());
    }
    // Other requests of the connection are answered, as often as one likes; no file is.
    for _ in 0..20 {
        sender = sender.ready().await.unwrap();
        let (health, _) = sender.send_request(get("localhost", "/health"), true).unwrap();
        assert_eq!(health.await.unwrap().status(), 200);
        assert!(answers.try_join_next().is_none(), "one more is read");
    }
    // One that is given up makes room for another.
    for _ in 0..2 * FILES {
        taken.pop();
        taken.push(answers.join_next().await.unwrap().unwrap().unwrap());
    }
}

#[tokio::test]
async fn requests_that_are_taken_back_at_once_end_the_connection() {
    let secured = Secured::start(&[], |_| ()).await;
    let (sender, connection) = secured.raw(65_535).await;
    let flood = async {
        for _ in 0..20_000 {
            let Ok(mut ready) = sender.clone().ready().await else { break };
            let Ok((_, mut stream)) = ready.send_request(get("localhost", "/health"), true) else {
                break;
            };
            stream.send_reset(h2::Reason::CANCEL);
        }
    };
    tokio::time::timeout(SOON, flood).await.expect("it has an end");
    let ended = tokio::time::timeout(SOON, connection).await.expect("closed").unwrap();
    // The reason may be lost to a client that goes on writing.
    let error = ended.unwrap_err();
    let calm = error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM);
    assert!(calm || error.is_io(), "{error:?}");
    assert_eq!(secured.health().await, 200);
}

#[tokio::test]
async fn a_head_has_bounds() {
    let secured = Secured::start(&[], |_| ()).await;
    let (sender, connection) = secured.raw(65_535).await;
    let mut request = get("localhost", "/health");
    for number in 0..100 {
        let name: hyper::header::HeaderName = format!("x-{number}").parse().unwrap();
        request.headers_mut().insert(name, "y".repeat(1024).parse().unwrap());
    }
    let mut sender = sender.ready().await.unwrap();
    let status = match sender.send_request(request, true) {
        Ok((response, _)) => response.await.map(|response| response.status().as_u16()),
        Err(error) => Err(error),
    };
    assert!(matches!(status, Ok(431) | Err(_)), "{status:?}");
    connection.abort();
    let (sender, connection) = secured.raw(65_535).await;
    let mut sender = sender.ready().await.unwrap();
    sender.send_request(get("localhost", "/health"), true).unwrap().0.await.unwrap();
    assert_eq!(sender.current_max_send_streams(), 100, "requests at once");
    connection.abort();
}

#[tokio::test]
async fn an_end_lets_a_check_finish() {
    let mut secured = Secured::start(&[], |_| ()).await;
    let (sender, connection) = secured.raw(65_535).await;
    let mut sender = sender.ready().await.unwrap();
    let gate = Arc::new(Notify::new());
    *secured.gateway.backend.gate.lock().unwrap() = Some(gate.clone());
    let crops: Vec<Value> = (0..10)
        .map(|index| json!({"index": index, "pixels": STANDARD.encode(crop(index))}))
        .collect();
    let check = json!({"session_id": uuid::Uuid::nil().to_string(), "model": "mixed-10-v2", "source": "live", "crops": crops});
    let request = hyper::Request::post("https://localhost/api/v1/fast-check-crops")
        .header("content-type", "application/json")
        .body(())
        .unwrap();
    let (response, mut stream) = sender.send_request(request, false).unwrap();
    stream.send_data(check.to_string().into(), true).unwrap();
    while secured.gateway.backend.checks.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    secured.gateway.stop.take().unwrap().send(()).unwrap();
    // It is told that no more is taken, and the check goes on.
    while sender.clone().ready().await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!secured.gateway.ended.is_finished());
    gate.notify_waiters();
    let response = tokio::time::timeout(SOON, response).await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    drop((response, stream, sender));
    tokio::time::timeout(SOON, &mut secured.gateway.ended).await.expect("ended").unwrap();
    tokio::time::timeout(SOON, connection).await.expect("closed").unwrap().ok();
}
