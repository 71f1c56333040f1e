//! A gateway on a real socket, and a client that holds every answer against the endpoints' table.
#![allow(dead_code, reason = "each test binary uses its part")]

#[cfg(unix)]
pub mod clips;
pub mod contract;
pub mod covered;
pub mod fake;
pub mod mock;
pub mod mutate;
#[cfg(unix)]
pub mod process;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use liveness_gateway::api::routes::ENDPOINTS;
use liveness_gateway::backend::CheckBackend;
use liveness_gateway::backend::fetch::Outside;
use liveness_gateway::domain::audit::By;
use liveness_gateway::domain::clock::{Clock, UnixMillis};
use liveness_gateway::domain::keys::{KeyRecord, KeyTerms, NewKey};
use liveness_gateway::domain::route::Engines;
use liveness_gateway::store::Store;
use liveness_gateway::store::memory::MemoryStore;
use liveness_gateway::{Config, Gateway, Server, Settings, build_router};
use liveness_protocol::{Envelope, ErrorCode};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use fake::FakeBackend;

pub const SERVER_KEY: &str = "server-key-of-the-tests";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A clock that stands still until it is moved.
#[derive(Default)]
pub struct ManualClock(pub AtomicU64);

impl Clock for ManualClock {
    fn now(&self) -> UnixMillis {
        self.0.load(Ordering::SeqCst)
    }
}

/// Settings from flags, with the tests' secrets.
pub fn settings(flags: &[&str]) -> Settings {
    let env = |name: &str| match name {
        "LIVENESS_SECRET" => Some(SECRET.to_owned()),
        "LIVENESS_SERVER_KEY" => Some(SERVER_KEY.to_owned()),
        _ => None,
    };
    Config::from_flags(flags.iter().copied()).unwrap().settings(env).unwrap()
}

/// A running gateway.
pub struct TestGateway {
    pub url: String,
    pub clock: Arc<ManualClock>,
    pub backend: Arc<FakeBackend>,
    pub gateway: Gateway,
    pub store: Arc<dyn Store>,
    pub stop: Option<oneshot::Sender<()>>,
    pub ended: tokio::task::JoinHandle<()>,
}

impl TestGateway {
    pub async fn start(settings: Settings) -> Self {
        let backend = Arc::new(FakeBackend::default());
        Self::start_with(settings, backend.clone(), backend).await
    }

    /// One whose checks are paid for.
    pub async fn start_paid(settings: Settings) -> Self {
        let backend = FakeBackend::paid();
        Self::start_with(settings, backend.clone(), backend).await
    }

    pub async fn start_with(
        settings: Settings,
        backend: Arc<dyn CheckBackend>,
        fake: Arc<FakeBackend>,
    ) -> Self {
        let store = Arc::new(MemoryStore::new(settings.store));
        Self::start_on(settings, store, Engines::alone(backend), fake).await
    }

    pub async fn start_on(
        settings: Settings,
        store: Arc<dyn Store>,
        engines: Engines,
        fake: Arc<FakeBackend>,
    ) -> Self {
        Self::start_in(Outside::default(), settings, store, engines, fake).await
    }

    /// One that fetches videos from another internet.
    pub async fn start_outside(settings: Settings, outside: Outside) -> Self {
        let store = Arc::new(MemoryStore::new(settings.store));
        let fake = Arc::new(FakeBackend::default());
        Self::start_in(outside, settings, store, Engines::alone(fake.clone()), fake).await
    }

    async fn start_in(
        outside: Outside,
        settings: Settings,
        store: Arc<dyn Store>,
        engines: Engines,
        fake: Arc<FakeBackend>,
    ) -> Self {
        let clock = Arc::new(ManualClock(AtomicU64::new(1_774_620_000_000)));
        let gateway =
            Gateway::with_outside(&settings, engines, store.clone(), clock.clone(), outside);
        let router = build_router(gateway.clone(), &settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tls = liveness_gateway::api::serve::tls(&settings).unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move {
            stopped.await.ok();
        };
        let mut server =
            Server::new(router, settings.connections).with_metrics(gateway.metrics.clone());
        if let Some(tls) = tls {
            server = server.with_tls(tls.config());
        }
        let ended = tokio::spawn(server.run(listener, shutdown, gateway.clone(), settings.grace));
        Self { url, clock, backend: fake, gateway, store, stop: Some(stop), ended }
    }

    pub fn advance(&self, by: Duration) {
        self.clock.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, format!("{}{path}", self.url))
    }

    /// A new key, and what is kept of it.
    pub async fn key(&self, terms: KeyTerms) -> (String, KeyRecord) {
        let NewKey { record, text } = NewKey::make(terms, self.clock.now()).unwrap();
        self.store.add_key(record.clone(), By::command_line(0)).await.unwrap();
        (text.expose_secret().to_owned(), record)
    }

    /// With the server key, as a check without a session needs it where it is paid for.
    pub fn paid(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(SERVER_KEY)
    }

    pub async fn open(&self, body: Value) -> Session<'_> {
        let answer = send(self.request(Method::POST, "/api/v1/sessions").json(&body)).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let text = |name: &str| answer.data()[name].as_str().unwrap().to_owned();
        Session { gateway: self, id: text("session_id"), token: text("token"), created: answer }
    }
}

/// An open session.
pub struct Session<'a> {
    pub gateway: &'a TestGateway,
    pub id: String,
    pub token: String,
    pub created: Answer,
}

impl Session<'_> {
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/sessions/{}{rest}", self.id)
    }

    pub async fn put(&self, index: impl std::fmt::Display, body: Vec<u8>) -> Answer {
        self.send_crop(Method::PUT, &format!("{index}"), body).await
    }

    /// `place` is the index, with the query if there is one.
    pub async fn send_crop(&self, method: Method, place: &str, body: Vec<u8>) -> Answer {
        let path = self.path(&format!("/crops/{place}"));
        let request = self.gateway.request(method, &path);
        send(request.header("x-liveness-token", &self.token).body(body)).await
    }

    pub async fn put_run(&self, run: u32, index: u32, body: Vec<u8>) -> Answer {
        self.send_crop(Method::PUT, &format!("{index}?run={run}"), body).await
    }

    pub async fn delete(&self, credential: &str) -> Answer {
        send(self.gateway.request(Method::DELETE, &self.path("")).bearer_auth(credential)).await
    }

    pub async fn put_all(&self, frames: u32) {
        for index in 0..frames {
            assert_eq!(self.put(index, crop(index as u8)).await.status, 201);
        }
    }

    pub async fn complete(&self, body: Value) -> Answer {
        let request = self.gateway.request(Method::POST, &self.path("/complete"));
        send(request.bearer_auth(&self.token).json(&body)).await
    }

    pub async fn get(&self, credential: &str) -> Answer {
        send(self.gateway.request(Method::GET, &self.path("")).bearer_auth(credential)).await
    }
}

/// `reqwest`'s own feature of this name would be compiled for the tests alone.
pub trait WithJson {
    fn json(self, body: &Value) -> Self;
}

impl WithJson for RequestBuilder {
    fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }
}

/// A frame of a stream of ten, whose picture is the same in every stream.
pub fn streamed(id: u128, index: u8) -> Value {
    let file = picture(320, 240, png::ColorType::Rgb, index);
    let pixels = STANDARD.encode(file);
    let frame = json!({"index": index, "timestamp_ms": 100 * u32::from(index), "pixels": pixels});
    let id = uuid::Uuid::from_u128(id).to_string();
    json!({"session_id": id, "model": "mixed-10-v2", "source": "live", "frame": frame})
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn data(&self) -> &Value {
        assert_eq!(self.body["success"], json!(true), "{:?}", self.body);
        &self.body["data"]
    }

    pub fn code(&self) -> ErrorCode {
        let envelope: Envelope<Value> = serde_json::from_value(self.body.clone()).unwrap();
        assert!(!envelope.success && envelope.data.is_none(), "{:?}", self.body);
        ErrorCode::from_code(envelope.first_error_key().unwrap()).unwrap()
    }
}

/// One for all tests: to make one takes longer than most of them. It keeps no connection, since each test
/// has a runtime of its own.
pub fn client() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        // The gateway installs the same provider; whoever is first wins.
        rustls::crypto::ring::default_provider().install_default().ok();
        reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
    });
    CLIENT.clone()
}

/// Sends a request to the API. The answer has to be in the envelope, with a status and a code which
/// the endpoint's table promises.
pub async fn send(request: RequestBuilder) -> Answer {
    let request = request.build().unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let seen = covered::Seen::of(&request);
    let response = client().execute(request).await.unwrap();
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.unwrap();
    let body = match status {
        204 if text.is_empty() => Value::Null,
        _ => serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: {text}")),
    };
    let answer = Answer { status, headers, body };
    let says_when = answer.headers.contains_key("retry-after");
    let lasts = answer.body["message"].as_str().unwrap_or_default().contains("no ffmpeg");
    assert_eq!(says_when, matches!(status, 429 | 503) && !lasts, "{method} {path}: {status}");
    if status != 204 {
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    assert_eq!(answer.headers["cache-control"], "no-store");
    let endpoint = ENDPOINTS.iter().find(|e| e.method == method && matches(e.path, &path));
    let failed = (status >= 400 && !answer.body.is_null()).then(|| answer.code());
    covered::note(endpoint, &seen, &answer.headers, failed);
    if let Some(endpoint) = endpoint {
        if status < 300 {
            let mut promised = endpoint.operation.answers.iter().map(|answer| answer.status);
            assert!(promised.any(|s| s == status), "{method} {path}: {status}");
        } else {
            let code = answer.code();
            assert_eq!(status, code.status());
            assert!(endpoint.errors.contains(&code), "{method} {}: {code}", endpoint.path);
        }
        contract::check(endpoint, status, &answer.body);
    }
    answer
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) =
        (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(p, s)| p.starts_with('{') || *p == s)
}

/// A valid crop whose bytes depend on `seed`.
pub fn crop(seed: u8) -> Vec<u8> {
    picture(224, 224, png::ColorType::Rgb, seed)
}

pub fn picture(width: u32, height: u32, colour: png::ColorType, seed: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    let length = colour.samples() * (width * height) as usize;
    let pixels: Vec<u8> =
        (0..length).map(|i| (i as u8).wrapping_mul(3).wrapping_add(seed)).collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    out
}

/// A port at which nobody listens, as long as the socket is held.
pub fn port_of_nobody() -> (tokio::net::TcpSocket, u16) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

/// Waits until something is so.
pub async fn until(what: impl AsyncFn() -> bool) {
    for _ in 0..2000 {
        if what().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it does not come to that");
}

/// A request whose client leaves when its check waits at the gate, and is seen to have left.
pub async fn left(gateway: &TestGateway, request: RequestBuilder) {
    let (before, waiting) = (gateway.backend.asked(), gateway.gateway.direct_checks.waiting());
    tokio::select! {
        answer = send(request) => panic!("it does not wait: {:?}", answer.body),
        () = until(async || gateway.backend.asked() > before) => {}
    }
    until(async || gateway.gateway.direct_checks.waiting() == waiting).await;
}

/// A demo's files, beside one that must not be served.
pub fn site() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let dist = root.path().join("dist");
    std::fs::create_dir_all(dist.join("liveness-capture")).unwrap();
    std::fs::write(root.path().join("secret.txt"), "not for you").unwrap();
    std::fs::write(dist.join("index.html"), "<!doctype html><title>demo</title>").unwrap();
    std::fs::write(dist.join("style.css"), "body {}").unwrap();
    std::fs::write(dist.join("icon.svg"), "<svg/>").unwrap();
    for (name, bytes) in [
        ("main.js", &b"export {}"[..]),
        ("vision_bg.wasm", b"\0asm"),
        ("face.bin", b"\x01"),
        ("face-0123abcd.bin", b"\x01"),
    ] {
        std::fs::write(dist.join("liveness-capture").join(name), bytes).unwrap();
    }
    root
}

/// A check's pictures, where they have been decoded.
pub fn files(pictures: &liveness_gateway::domain::check::Pictures) -> &[bytes::Bytes] {
    use liveness_gateway::domain::check::Pictures;
    match pictures {
        Pictures::Crops(files) | Pictures::Frames(files) => files,
        Pictures::CropTexts(_) => panic!("texts, and no files"),
    }
}
