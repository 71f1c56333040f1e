//! What the gateway has accepted is there after any end of its process, and after any failure of its disk.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{SECRET, SERVER_KEY, client, crop};
use liveness_protocol::ErrorCode;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const CLIENTS: usize = 24;
const KILLS: usize = 12;
const CROPS: u32 = 10;

/// A gateway in a process of its own, on a port that stays the same.
struct Gateway {
    process: std::process::Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    /// Starts it and waits until it listens. `limit` is put before its command in a shell.
    fn start(port: u16, database: &Path, limit: &str) -> Self {
        let mut process = command("sh")
            .args(["-c", &format!("{limit} exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_liveness-gateway"))
            .args(["--listen", &format!("127.0.0.1:{port}"), "--database"])
            .arg(database)
            .envs([("LIVENESS_SECRET", SECRET), ("LIVENESS_SERVER_KEY", SERVER_KEY)])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (listens, listening) = std::sync::mpsc::channel();
        let lines_seen = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line.contains("listening on") {
                    listens.send(()).ok();
                }
                lines_seen.lock().unwrap().push(line);
            }
        });
        let started = listening.recv_timeout(Duration::from_secs(30));
        assert!(started.is_ok(), "{:?}", log.lock().unwrap());
        Self { process, log }
    }

    /// How many lines of the log have this in them.
    fn logged(&self, text: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }
}

impl Drop for Gateway {
    /// SIGKILL: nothing can be put in order.
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// A command, whatever the environment of the tests says to a gateway.
fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "RUST_LOG" || text.starts_with("LIVENESS_") || text.starts_with("MOVERIS_") {
            command.env_remove(name);
        }
    }
    command
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The answer's status and body, if there is one.
async fn send(request: RequestBuilder) -> Option<(u16, Value)> {
    let response = request.timeout(Duration::from_secs(30)).send().await.ok()?;
    let status = response.status().as_u16();
    // Cut off in the middle is as good as no answer.
    let body = response.text().await.ok()?;
    Some((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
}

/// A client that repeats every request until it is answered, as ours does.
#[derive(Clone)]
struct Client {
    url: String,
    repeated: Arc<AtomicUsize>,
}

impl Client {
    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        client().request(method.clone(), format!("{}/api/v1/sessions{path}", self.url))
    }

    async fn until_answered(&self, make: impl Fn() -> RequestBuilder) -> (u16, Value) {
        for _ in 0..300 {
            if let Some(answer) = send(make()).await {
                return answer;
            }
            self.repeated.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the gateway does not come back");
    }

    async fn open(&self) -> Session {
        let body = json!({"model": "mixed-10-v2"}).to_string();
        let open = || {
            let request = self.request(&Method::POST, "");
            request.header("content-type", "application/json").body(body.clone())
        };
        let (status, answer) = self.until_answered(open).await;
        assert_eq!(status, 201, "{answer}");
        let text = |name: &str| answer["data"][name].as_str().unwrap().to_owned();
        Session { client: self.clone(), id: text("session_id"), token: text("token") }
    }
}

struct Session {
    client: Client,
    id: String,
    token: String,
}

impl Session {
    fn put_once(&self, index: u32, crop: Vec<u8>) -> RequestBuilder {
        let path = format!("/{}/crops/{index}", self.id);
        self.client.request(&Method::PUT, &path).bearer_auth(&self.token).body(crop)
    }

    async fn get(&self) -> Value {
        let path = format!("/{}", self.id);
        let get = || self.client.request(&Method::GET, &path).bearer_auth(SERVER_KEY);
        let (status, answer) = self.client.until_answered(get).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }

    async fn complete(&self) -> Value {
        let path = format!("/{}/complete", self.id);
        let complete = || {
            let request = self.client.request(&Method::POST, &path).bearer_auth(&self.token);
            request.header("content-type", "application/json").body("{}")
        };
        let (status, answer) = self.client.until_answered(complete).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }

    /// One check from its first crop to its verdict. No crop that was accepted is ever missing.
    async fn check(&self, seed: u8) -> Value {
        for index in 0..CROPS {
            let crop = crop(seed.wrapping_add(index as u8));
            let put = || self.put_once(index, crop.clone());
            let (status, answer) = self.client.until_answered(put).await;
            assert!(status == 201 || status == 200, "{status} {answer}");
            let missing: Vec<u32> =
                serde_json::from_value(self.get().await["missing"].clone()).unwrap();
            assert_eq!(missing, (index + 1..CROPS).collect::<Vec<_>>());
            let (status, answer) = self.client.until_answered(put).await;
            assert_eq!(status, 200, "an accepted crop is known: {answer}");
        }
        self.complete().await
    }
}

/// With the reason in the log, before anything is listened on.
#[test]
fn a_database_that_cannot_work_is_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("text"), "no database, but as long as one. ".repeat(99))
        .unwrap();
    for (file, secret, status, reason) in [
        ("sessions.db", "", 2, "set LIVENESS_SECRET"),
        ("missing/sessions.db", SECRET, 1, "cannot be opened"),
        ("text", SECRET, 1, "is not a database"),
    ] {
        let refused = command(env!("CARGO_BIN_EXE_liveness-gateway"))
            .args(["--listen", "127.0.0.1:0", "--database"])
            .arg(dir.path().join(file))
            .env("LIVENESS_SECRET", secret)
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(status), "{file}: {log}");
        assert!(log.contains(reason) && !log.contains("listening"), "{log}");
    }
}

/// Sessions are uploaded and completed while the gateway is killed and started again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_accepted_is_lost_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    let port = free_port();
    let mut gateway = Gateway::start(port, &database, "");
    let client = Client { url: format!("http://127.0.0.1:{port}"), repeated: Arc::default() };
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (client, over) = (client.clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut decided = Vec::new();
                while !over.load(Ordering::SeqCst) || decided.is_empty() {
                    let session = client.open().await;
                    let verdict = session.check(number as u8).await;
                    decided.push((session, verdict));
                }
                decided
            })
        })
        .collect();

    let mut random = fastrand::Rng::new();
    let mut cut_off = 0;
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.u64(300..1500))).await;
        drop(gateway);
        gateway = Gateway::start(port, &database, "");
        cut_off += gateway.logged("were cut off");
    }
    over.store(true, Ordering::SeqCst);
    let mut decided = Vec::new();
    for client in clients {
        decided.extend(client.await.unwrap());
    }
    drop(gateway);
    let gateway = Gateway::start(port, &database, "");
    for (session, verdict) in &decided {
        assert_eq!(session.get().await["verdict"], *verdict, "what the back end reads");
        assert_eq!(session.complete().await, *verdict, "what a client gets that asks again");
    }
    assert_eq!(gateway.logged("database does not work"), 0);
    let repeated = client.repeated.load(Ordering::SeqCst);
    assert!(repeated > 0, "the kills were noticed");
    println!(
        "{KILLS} kills, {CLIENTS} clients: {} verdicts, {repeated} requests repeated, checks cut off in {cut_off} kills",
        decided.len()
    );
}

/// A file that may not grow any more: a typed answer, one line in the log, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_takes_no_more_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("sessions.db");
    let port = free_port();
    // In blocks of 512 bytes; without the trap the signal would end the process.
    let gateway = Gateway::start(port, &database, "trap '' XFSZ; ulimit -f 1500;");
    let client = Client { url: format!("http://127.0.0.1:{port}"), repeated: Arc::default() };
    let decided = client.open().await;
    let verdict = decided.check(0).await;
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    'sessions: loop {
        let session = client.open().await;
        let mut received = Vec::new();
        for index in 0..CROPS {
            let crop = noise(accepted.len() * 10 + index as usize);
            let (status, answer) =
                client.until_answered(|| session.put_once(index, crop.clone())).await;
            match status {
                201 => received.push(index),
                _ => refused.push((status, answer)),
            }
            if refused.len() > 4 {
                accepted.push((session, received));
                break 'sessions;
            }
        }
        accepted.push((session, received));
        assert!(accepted.len() < 100, "the limit is not felt");
    }
    for (status, answer) in &refused {
        let text = answer.to_string();
        let fits = [ErrorCode::InternalError, ErrorCode::TooManySessions];
        assert!(
            fits.iter().any(|fit| fit.status() == *status && text.contains(fit.as_str())),
            "{status} {text}"
        );
    }
    assert_eq!(
        gateway.logged("the database does not work"),
        1,
        "{:?}",
        gateway.log.lock().unwrap()
    );

    let check = async || {
        assert_eq!(decided.get().await["verdict"], verdict);
        for (session, received) in &accepted {
            let missing: Vec<u32> =
                serde_json::from_value(session.get().await["missing"].clone()).unwrap();
            assert!(received.iter().all(|index| !missing.contains(index)), "{missing:?}");
            assert_eq!(missing.len() + received.len(), CROPS as usize);
        }
    };
    check().await;
    drop(gateway);
    let _gateway = Gateway::start(port, &database, "");
    check().await;
    for (session, received) in &accepted {
        for index in (0..CROPS).filter(|index| !received.contains(index)) {
            let crop = crop(index as u8);
            let put = || session.put_once(index, crop.clone());
            assert_eq!(client.until_answered(put).await.0, 201);
        }
    }
    assert_eq!(decided.complete().await, verdict);
}

/// A crop that does not compress.
fn noise(seed: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed as u64);
    let pixels: Vec<u8> = (0..224 * 224 * 3).map(|_| random.u8(..)).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 224, 224);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    out
}
