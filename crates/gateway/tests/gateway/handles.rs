//! Connections and file handles: what is left for others, and what comes when there are none left.

use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::common::process::{Gateway, free_port};

/// Long enough for a busy machine, and less than a connection may take over its head.
const SOON: Duration = Duration::from_secs(15);

/// Whether a request by one of this machine's addresses is answered.
async fn is_served(from: [u8; 4], port: u16) -> bool {
    tokio::time::timeout(SOON, health(from, port))
        .await
        .expect("an answer or an end")
        .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
}

async fn health(from: [u8; 4], port: u16) -> io::Result<String> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    let mut stream = socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    ask(&mut stream, "Connection: close\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn ask(stream: &mut TcpStream, further: &str) -> io::Result<()> {
    let request = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{further}\r\n");
    stream.write_all(request.as_bytes()).await
}

/// Waits for what another process is about to do.
async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, waited).await.expect(what);
}

/// With few file handles there are fewer connections; one address has its share of those that there are, and none of them
/// costs the gateway its life.
#[tokio::test]
async fn where_file_handles_are_few_one_address_leaves_some_to_others() {
    let port = free_port();
    let gateway = Gateway::start(port, "", "ulimit -n 160;");
    let mut held = Vec::new();
    for _ in 0..120 {
        held.extend(TcpStream::connect(("127.0.0.1", port)).await);
    }
    assert!(held.len() >= 100, "the system takes them, {} of 120", held.len());
    assert!(is_served([127, 0, 0, 2], port).await);
    soon("a line in the log", async || gateway.logged("too many connections") > 0).await;
    assert!(!is_served([127, 0, 0, 1], port).await, "it has its share");
    drop(held);
    // The gateway has yet to hear that they are gone.
    soon("its place again", async || is_served([127, 0, 0, 1], port).await).await;
}

/// Files, the upstream and the database take handles as well, so there may be none for a connection that has its place.
#[tokio::test]
async fn an_accept_that_fails_is_logged_and_not_the_last() {
    let port = free_port();
    let gateway = Gateway::start(port, "", "");
    let mut open = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut answer = [0; 4096];
    ask(&mut open, "").await.unwrap();
    assert!(open.read(&mut answer).await.unwrap() > 0);

    let limit = |handles: &str| {
        let (process, limit) = (gateway.id().to_string(), format!("--nofile={handles}:"));
        assert!(
            Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap().success()
        );
    };
    limit("1");
    let waiting = tokio::spawn(is_served([127, 0, 0, 1], port));
    let line = "a connection could not be accepted";
    soon("a line in the log", async || gateway.logged(line) > 0).await;
    ask(&mut open, "").await.unwrap();
    let length = open.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200 "), "who is connected is served");

    limit("160");
    assert!(waiting.await.unwrap(), "whoever waited is let in");
}
