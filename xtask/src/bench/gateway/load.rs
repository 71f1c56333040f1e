//! Load: so many connections that ask one after the other, for a while; what came of it.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::http::{Connection, request};

/// What came of a round.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Round {
    /// Answers a second.
    pub per_second: f64,
    /// Of a hundred requests one took longer than this; in milliseconds.
    pub p99_ms: f64,
    /// Requests that were not answered with 200, and connections that broke off.
    pub errors: usize,
}

/// Sends `body` again and again over so many connections.
pub fn flood(address: SocketAddr, body: &[u8], connections: usize, time: Duration) -> Round {
    let end = Instant::now() + time;
    measure(connections, || {
        let (mut took, mut errors, mut connection) = (Vec::new(), 0, None);
        while Instant::now() < end {
            let asked = Instant::now();
            let answer = match &mut connection {
                Some(connection) => Connection::ask(connection, body),
                empty => {
                    Connection::open(address).and_then(|opened| empty.insert(opened).ask(body))
                }
            };
            match answer {
                Ok(answer) if answer.status() == 200 => took.push(asked.elapsed()),
                Ok(_) => errors += 1,
                Err(_) => {
                    errors += 1;
                    connection = None;
                }
            }
        }
        (took, errors)
    })
}

/// Takes so many sessions from their opening to their verdict, `at_once` at a time; the time of each counts to its verdict.
pub fn sessions(
    address: SocketAddr,
    png: &[u8],
    crops: usize,
    count: usize,
    at_once: usize,
) -> Round {
    let next = AtomicUsize::new(0);
    measure(at_once, || {
        let (mut took, mut errors) = (Vec::new(), 0);
        while next.fetch_add(1, Ordering::Relaxed) < count {
            let opened = Instant::now();
            match session(address, png, crops) {
                Some(()) => took.push(opened.elapsed()),
                None => errors += 1,
            }
        }
        (took, errors)
    })
}

/// Runs `work` on so many threads; it returns how long each success took, and the failures.
fn measure(threads: usize, work: impl Fn() -> (Vec<Duration>, usize) + Sync) -> Round {
    let began = Instant::now();
    let results: Vec<(Vec<Duration>, usize)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        // A thread that has panicked has measured nothing.
        threads.into_iter().map(|thread| thread.join().unwrap_or((Vec::new(), 1))).collect()
    });
    let lasted = began.elapsed().as_secs_f64();
    let errors = results.iter().map(|(_, errors)| errors).sum();
    let mut took: Vec<Duration> = results.into_iter().flat_map(|(took, _)| took).collect();
    took.sort_unstable();
    let p99 = took.get(took.len() * 99 / 100).map_or(0.0, Duration::as_secs_f64);
    Round { per_second: took.len() as f64 / lasted, p99_ms: 1000.0 * p99, errors }
}

/// One session, of a file: all have the same pictures, which a camera never makes twice. Nothing if any of its requests was refused or lost.
fn session(address: SocketAddr, png: &[u8], crops: usize) -> Option<()> {
    const JSON: (&str, &str) = ("Content-Type", "application/json");
    let mut connection = Connection::open(address).ok()?;
    let model = format!(r#"{{"model":"mixed-{crops}-v2","source":"media"}}"#);
    let created =
        connection.ask(&request("POST", "/api/v1/sessions", &[JSON], model.as_bytes())).ok()?;
    let created: Value = serde_json::from_slice(&created.body).ok()?;
    let text = |name: &str| created["data"][name].as_str();
    let path = format!("/api/v1/sessions/{}", text("session_id")?);
    let bearer = format!("Bearer {}", text("token")?);
    let bearer = ("Authorization", bearer.as_str());
    for index in 0..crops {
        let crop = request(
            "PUT",
            &format!("{path}/crops/{index}"),
            &[bearer, ("Content-Type", "image/png")],
            png,
        );
        let kept = connection.ask(&crop).ok()?.status();
        (200..300).contains(&kept).then_some(())?;
    }
    let complete =
        request("POST", &format!("{path}/complete"), &[bearer, JSON], br#"{"fps":10.0}"#);
    (connection.ask(&complete).ok()?.status() == 200).then_some(())
}

/// So many connections, each with half a head sent; they are held until this is dropped.
pub fn half_open(address: SocketAddr, count: usize) -> Vec<Connection> {
    let begin = |_| {
        let mut connection = Connection::open(address).ok()?;
        connection
            .send(b"POST /api/v1/fast-check-crops HTTP/1.1\r\nHost: localhost\r\nContent-Le")
            .ok()?;
        Some(connection)
    };
    (0..count).filter_map(begin).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::upstream, *};

    #[test]
    fn answers_are_counted_and_so_is_what_is_none() {
        let address = upstream::start().unwrap();
        let body = request("POST", "/", &[], &[b'x'; 100_000]);
        let round = flood(address, &body, 4, Duration::from_millis(300));
        assert!(round.per_second > 10.0 && round.p99_ms > 0.0, "{round:?}");
        // It closes after each answer, and says so; this client does not listen to that.
        assert!(round.errors > 0, "{round:?}");
        let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let round = flood(nobody, &body, 1, Duration::from_millis(50));
        assert!(round.per_second == 0.0 && round.errors > 0, "{round:?}");
    }
}
