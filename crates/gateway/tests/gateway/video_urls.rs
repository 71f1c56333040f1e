//! Videos that are fetched: from allowed hosts alone, by the address that was checked, and nothing else with it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use liveness_gateway::backend::fetch::{Outside, Resolver};
use liveness_protocol::ErrorCode;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::common::clips::*;
use crate::common::*;

const HOST: &str = "video.example";

/// What a server does after it has read a request.
#[derive(Clone)]
enum Does {
    /// Answers with these bytes, and ends.
    Answers(Vec<u8>),
    /// Sends these bytes, and then nothing.
    Stops(Vec<u8>),
}

/// A server with a certificate of its own for [`HOST`], and a resolver that leads to it once.
struct Server {
    address: SocketAddr,
    /// The heads of the requests that it was sent.
    requests: Arc<Mutex<Vec<String>>>,
    root: reqwest::Certificate,
    resolved: Arc<AtomicUsize>,
}

/// Gives the server's address, and from the second time on one where nobody is.
struct Rebinding {
    address: SocketAddr,
    resolved: Arc<AtomicUsize>,
}

#[async_trait]
impl Resolver for Rebinding {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        assert_eq!((host, port), (HOST, self.address.port()));
        let first = self.resolved.fetch_add(1, Ordering::SeqCst) == 0;
        let elsewhere = SocketAddr::new("127.0.0.66".parse().unwrap(), port);
        Ok(vec![if first { self.address } else { elsewhere }])
    }
}

impl Server {
    async fn start(does: Does) -> Self {
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = requests.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (acceptor, seen, does) = (acceptor.clone(), seen.clone(), does.clone());
                tokio::spawn(async move {
                    let Ok(mut socket) = acceptor.accept(socket).await else { return };
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        if socket.read_buf(&mut head).await.unwrap_or(0) == 0 {
                            return;
                        }
                    }
                    seen.lock().unwrap().push(String::from_utf8(head).unwrap());
                    let (Does::Answers(bytes) | Does::Stops(bytes)) = &does;
                    socket.write_all(bytes).await.ok();
                    socket.flush().await.ok();
                    if matches!(does, Does::Stops(_)) {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                    socket.shutdown().await.ok();
                });
            }
        });
        let root = reqwest::Certificate::from_der(made.cert.der()).unwrap();
        Self { address, requests, root, resolved: Arc::default() }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn url(&self, rest: &str) -> String {
        format!("https://{HOST}:{}/{rest}", self.address.port())
    }

    /// An internet that consists of this server.
    fn outside(&self, admits: fn(IpAddr) -> bool) -> Outside {
        let (address, resolved) = (self.address, self.resolved.clone());
        Outside {
            resolver: Arc::new(Rebinding { address, resolved }),
            admits,
            roots: vec![self.root.clone()],
            ..Outside::default()
        }
    }

    /// A gateway that may fetch from it.
    async fn gateway(&self, outside: Outside, flags: &[&str]) -> TestGateway {
        let host = format!("{HOST}:{}", self.address.port());
        let of_all = ["--ffmpeg", ffmpeg(), "--video-url-host", &host];
        let settings = settings(&[&of_all[..], flags].concat());
        let gateway = TestGateway::start_outside(settings, outside).await;
        tokio::spawn(gateway.gateway.videos.clone().work());
        gateway
    }
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Does {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    Does::Answers([head.as_bytes(), body].concat())
}

async fn submit_url(gateway: &TestGateway, url: &str) -> Answer {
    submit(gateway, &[("video_url", None, url.as_bytes())]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_fetched_once_and_checked_as_one_that_is_sent() {
    let Some(file) = clip("live_man_hoodie.mp4") else { return };
    let server = Server::start(answer("200 OK", "Set-Cookie: a=b\r\n", &file)).await;
    let gateway = server.gateway(server.outside(|_| true), &[]).await;
    let accepted = submit_url(&gateway, &server.url("a/selfie.mp4?signature=x%2Fy")).await;
    assert_eq!(accepted.status, 201, "{:?}", accepted.body);
    let view = ended(&gateway, accepted.data()["submission_id"].as_str().unwrap()).await;
    assert_eq!(view["status"], "completed", "{view}");
    assert_eq!(view["result"]["input_source"], "video_upload");
    // By the address that was checked, though the name leads elsewhere by now.
    assert_eq!(server.resolved.load(Ordering::SeqCst), 1);
    let requests = server.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    let host = format!("host: {HOST}:{}", server.address.port());
    let mut lines: Vec<&str> = request.trim_end().lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(
        lines,
        ["GET /a/selfie.mp4?signature=x%2Fy HTTP/1.1", "accept: */*", &host],
        "nothing of the gateway's goes with it"
    );
}

#[tokio::test]
async fn an_address_that_is_not_public_is_not_connected_to() {
    let server = Server::start(answer("200 OK", "", b"")).await;
    let outside = server.outside(Outside::default().admits);
    let gateway = server.gateway(outside, &[]).await;
    let refused = submit_url(&gateway, &server.url("a.mp4")).await;
    assert_eq!(refused.code(), ErrorCode::InvalidVideoInput);
    assert_eq!(refused.body["message"], "video_url leads to an address that is not public");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn only_allowed_hosts_are_looked_up() {
    let server = Server::start(answer("200 OK", "", b"")).await;
    let gateway = server.gateway(server.outside(|_| true), &[]).await;
    let port = server.address.port();
    for (url, said) in [
        (format!("https://other.example:{port}/a.mp4"), "a host that nothing is fetched from"),
        (format!("https://{HOST}/a.mp4"), "a host that nothing is fetched from"),
        (format!("https://127.0.0.1:{port}/a.mp4"), "a host that nothing is fetched from"),
        (format!("http://{HOST}:{port}/a.mp4"), "https"),
        (format!("https://u:p@{HOST}:{port}/a.mp4"), "a password"),
        ("a.mp4".to_owned(), "not a URL"),
    ] {
        let refused = submit_url(&gateway, &url).await;
        assert_eq!(refused.code(), ErrorCode::InvalidVideoInput, "{url}");
        assert!(refused.body["message"].as_str().unwrap().contains(said), "{:?}", refused.body);
    }
    let (url, file) = (server.url("a.mp4"), b"x");
    let fields = [("video_url", None, url.as_bytes()), ("video_file", Some("a.mp4"), file)];
    assert_eq!(submit(&gateway, &fields).await.code(), ErrorCode::InvalidVideoInput);
    assert_eq!(server.resolved.load(Ordering::SeqCst), 0);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_is_fetched_and_is_no_video_has_its_code() {
    let elsewhere = "Location: https://other.example/a.mp4\r\n";
    let large = vec![0; (1 << 20) + 1];
    let endless = [&b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"[..], &large].concat();
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n\0\0\0\x18ftyp".to_vec();
    let (input, later) = (ErrorCode::InvalidVideoInput, ErrorCode::ServiceUnavailable);
    for (does, name, code, said) in [
        (answer("302 Found", elsewhere, b""), "a.mp4", input, "status 302"),
        (answer("403 Forbidden", "", b"who are you"), "a.mp4", input, "status 403"),
        (answer("206 Partial Content", "", b"\0\0\0\x18ftyp"), "a.mp4", input, "status 206"),
        (answer("500 Oops", "", b""), "a.mp4", later, "status 500"),
        (answer("200 OK", "", &large), "a.mp4", ErrorCode::PayloadTooLarge, "1048576 bytes"),
        (Does::Answers(endless), "a.mp4", ErrorCode::PayloadTooLarge, "1048576 bytes"),
        (Does::Answers(half), "a.mp4", later, "broke off"),
        (Does::Answers(b"no HTTP\r\n\r\n".to_vec()), "a.mp4", later, "cannot be reached"),
        (Does::Stops(Vec::new()), "a.mp4", later, "took too long"),
        (answer("200 OK", "", b"#EXTM3U\n"), "a.mp4", input, "not the video"),
        (answer("200 OK", "", b""), "a.mp4", input, "not the video"),
        (answer("200 OK", "", b"\0\0\0\x18ftyp"), "a.m3u8", input, "has to end in mp4"),
    ] {
        let server = Server::start(does).await;
        let outside = Outside { time: Duration::from_secs(3), ..server.outside(|_| true) };
        let gateway = server.gateway(outside, &["--max-video-megabytes", "1"]).await;
        let refused = submit_url(&gateway, &server.url(name)).await;
        assert_eq!(refused.code(), code, "{said}: {:?}", refused.body);
        assert!(refused.body["message"].as_str().unwrap().contains(said), "{:?}", refused.body);
        assert_eq!(server.requests().len(), 1, "{said}: nothing is asked for again");
        assert!(gateway.store.videos(1).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_server_whose_certificate_is_not_trusted_is_asked_for_nothing() {
    let server = Server::start(answer("200 OK", "", b"")).await;
    let outside = Outside { roots: Vec::new(), ..server.outside(|_| true) };
    let gateway = server.gateway(outside, &[]).await;
    let refused = submit_url(&gateway, &server.url("a.mp4")).await;
    assert_eq!(refused.code(), ErrorCode::ServiceUnavailable);
    assert!(server.requests().is_empty());
}
