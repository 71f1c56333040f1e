//! Connections and file handles: what is left for others, and what comes when there are none left.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::common::process::{Gateway, free_port};

/// Long enough for a busy machine, and less than a connection may take over its head.
const SOON: Duration = Duration::from_secs(15);

/// The answer to a request by one of this machine's addresses.
async fn health(from: [u8; 4], port: u16) -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let asked = async {
        let to = SocketAddr::from(([127, 0, 0, 1], port));
        let mut stream = socket.connect(to).await.unwrap();
        ask(&mut stream, "Connection: close\r\n").await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok();
        answer
    };
    tokio::time::timeout(SOON, asked).await.expect("an answer")
}

async fn ask(stream: &mut TcpStream, further: &str) {
    let request = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{further}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
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
    assert!(health([127, 0, 0, 2], port).await.starts_with("HTTP/1.1 200 "));
    assert!(gateway.logged("too many connections") > 0);
    drop(held);
    assert!(health([127, 0, 0, 1], port).await.starts_with("HTTP/1.1 200 "));
}

/// Files, the upstream and the database take handles as well, so there may be none for a connection that has its place.
#[tokio::test]
async fn an_accept_that_fails_is_logged_and_not_the_last() {
    let port = free_port();
    let gateway = Gateway::start(port, "", "");
    let mut open = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut answer = [0; 4096];
    ask(&mut open, "").await;
    assert!(open.read(&mut answer).await.unwrap() > 0);

    let limit = |handles: &str| {
        let (process, limit) = (gateway.id().to_string(), format!("--nofile={handles}:"));
        assert!(
            Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap().success()
        );
    };
    limit("1");
    let waiting = tokio::spawn(health([127, 0, 0, 1], port));
    let logged = async {
        while gateway.logged("a connection could not be accepted") == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, logged).await.expect("a line in the log");
    ask(&mut open, "").await;
    let length = open.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200 "), "who is connected is served");

    limit("160");
    assert!(waiting.await.unwrap().starts_with("HTTP/1.1 200 "), "whoever waited is let in");
}
