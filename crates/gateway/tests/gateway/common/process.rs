//! Gateways in processes of their own, and clients that repeat what is not answered.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{SECRET, SERVER_KEY, client, crop};

/// Of a check.
pub const CROPS: u32 = 10;

/// A gateway in a process of its own, on a port that stays the same.
pub struct Gateway {
    process: std::process::Child,
    pub log: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    /// Starts it and waits until it listens. `limit` is put before its command in a shell.
    pub fn start(port: u16, database: &str, limit: &str) -> Self {
        let mut process = command("sh")
            .args(["-c", &format!("{limit} exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_liveness-gateway"))
            .args(["--listen", &format!("127.0.0.1:{port}")])
            // It may have a password.
            .env("LIVENESS_DATABASE", database)
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

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to end, as a supervisor does.
    pub fn terminate(&self) {
        let id = self.id().to_string();
        assert!(command("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Its exit code, once it has ended by itself.
    pub async fn ended(&mut self) -> Option<i32> {
        for _ in 0..600 {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it does not end: {:?}", self.log.lock().unwrap());
    }

    /// How many lines of the log have this in them.
    pub fn logged(&self, text: &str) -> usize {
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
pub fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text == "RUST_LOG" || text.starts_with("LIVENESS_") || text.starts_with("MOVERIS_") {
            command.env_remove(name);
        }
    }
    command
}

/// A port for a gateway: each once, and none of those that the system gives to whoever asks for any.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const PORTS: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Other test binaries may run beside this one.
    let ports = || std::process::id().wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst)) % PORTS;
    let mut ports = (0..PORTS).map(|_| (FIRST + ports()) as u16);
    ports.find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// The answer's status and body, if there is one.
pub async fn send(request: RequestBuilder) -> Option<(u16, Value)> {
    let response = request.timeout(Duration::from_secs(30)).send().await.ok()?;
    let status = response.status().as_u16();
    let says_when = response.headers().contains_key("retry-after");
    assert!(status != 503 || says_when, "without a word of when to come back");
    // Cut off in the middle is as good as no answer.
    let body = response.text().await.ok()?;
    Some((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
}

/// A client that repeats every request until it is answered, as ours does; each at the next of the gateways.
#[derive(Clone, Default)]
pub struct Client {
    urls: Vec<String>,
    next: Arc<AtomicUsize>,
    /// Whether it also repeats what a gateway cannot do now.
    patient: bool,
    pub repeated: Arc<AtomicUsize>,
    pub refused: Arc<AtomicUsize>,
}

impl Client {
    pub fn of(ports: &[u16]) -> Self {
        let urls = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        Self { urls, ..Self::default() }
    }

    pub fn patient(self) -> Self {
        Self { patient: true, ..self }
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let next = self.next.fetch_add(1, Ordering::SeqCst) % self.urls.len();
        client().request(method.clone(), format!("{}/api/v1/sessions{path}", self.urls[next]))
    }

    pub async fn until_answered(&self, make: impl Fn() -> RequestBuilder) -> (u16, Value) {
        for _ in 0..300 {
            match send(make()).await {
                Some((503, _)) if self.patient => self.refused.fetch_add(1, Ordering::SeqCst),
                Some(answer) => return answer,
                None => self.repeated.fetch_add(1, Ordering::SeqCst),
            };
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the gateway does not come back");
    }

    pub async fn open(&self) -> Session {
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

pub struct Session {
    pub client: Client,
    pub id: String,
    pub token: String,
}

impl Session {
    pub fn put_once(&self, index: u32, crop: Vec<u8>) -> RequestBuilder {
        let path = format!("/{}/crops/{index}", self.id);
        self.client.request(&Method::PUT, &path).bearer_auth(&self.token).body(crop)
    }

    pub async fn get(&self) -> Value {
        let path = format!("/{}", self.id);
        let get = || self.client.request(&Method::GET, &path).bearer_auth(SERVER_KEY);
        let (status, answer) = self.client.until_answered(get).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }

    /// The request for its verdict, by a client.
    pub fn asked_of(&self, client: &Client) -> RequestBuilder {
        let path = format!("/{}/complete", self.id);
        let request = client.request(&Method::POST, &path).bearer_auth(&self.token);
        request.header("content-type", "application/json").body("{}")
    }

    /// The same session, by another client.
    pub fn by(self, client: &Client) -> Self {
        Self { client: client.clone(), ..self }
    }

    pub async fn complete(&self) -> Value {
        let complete = || self.asked_of(&self.client);
        let (status, answer) = self.client.until_answered(complete).await;
        assert_eq!(status, 200, "{answer}");
        answer["data"].clone()
    }

    /// One check from its first crop to its verdict. No crop that was accepted is ever missing.
    pub async fn check(&self, seed: u8) -> Value {
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
