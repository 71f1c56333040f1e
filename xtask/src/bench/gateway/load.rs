//! Load: so many connections that ask one after the other, for a while; what came of it.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    http::Connection,
    seen::{Seen, add, kind_of, kind_of_lost, see},
    session::session,
};

/// What came of a round.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Round {
    /// Answers a second.
    pub per_second: f64,
    /// Of a hundred requests one took longer than this; in milliseconds.
    pub p99_ms: f64,
    /// Requests that were not answered with success, and connections that broke off.
    pub errors: Seen,
    /// What was asked for again, since the answer said when, or the connection was lost.
    pub again: Seen,
}

/// What one thread of a round has done.
#[derive(Default)]
struct Share {
    took: Vec<Duration>,
    errors: Seen,
    again: Seen,
}

/// Sends `body` again and again over so many connections.
pub fn flood(address: SocketAddr, body: &[u8], connections: usize, time: Duration) -> Round {
    let end = Instant::now() + time;
    measure(connections, || {
        let (mut share, mut connection) = (Share::default(), None);
        while Instant::now() < end {
            let asked = Instant::now();
            let answer = match &mut connection {
                Some(connection) => Connection::ask(connection, body),
                empty => {
                    Connection::open(address).and_then(|opened| empty.insert(opened).ask(body))
                }
            };
            match answer {
                Ok(answer) if answer.status() == 200 => share.took.push(asked.elapsed()),
                Ok(answer) => see(&mut share.errors, kind_of(&answer)),
                Err(error) => {
                    see(&mut share.errors, kind_of_lost(&error));
                    connection = None;
                }
            }
        }
        share
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
        let mut share = Share::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return share;
            }
            let opened = Instant::now();
            match session(address, png, crops, number, &mut share.again) {
                Ok(()) => share.took.push(opened.elapsed()),
                Err(kind) => see(&mut share.errors, kind),
            }
        }
    })
}

/// Runs `work` on so many threads.
fn measure(threads: usize, work: impl Fn() -> Share + Sync) -> Round {
    let began = Instant::now();
    let shares: Vec<Share> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        let joined = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_panic| {
                // It has measured nothing.
                let mut share = Share::default();
                see(&mut share.errors, "a thread of the bench panicked".to_owned());
                share
            })
        });
        joined.collect()
    });
    let lasted = began.elapsed().as_secs_f64();
    let mut round = Round::default();
    let mut took = Vec::new();
    for share in shares {
        took.extend(share.took);
        add(&mut round.errors, &share.errors);
        add(&mut round.again, &share.again);
    }
    took.sort_unstable();
    let p99 = took.get(took.len() * 99 / 100).map_or(0.0, Duration::as_secs_f64);
    Round { per_second: took.len() as f64 / lasted, p99_ms: 1000.0 * p99, ..round }
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
    use super::{
        super::{http::request, upstream},
        *,
    };

    #[test]
    fn answers_are_counted_and_so_is_what_is_none() {
        let address = upstream::start().unwrap();
        let body = request("POST", "/", &[], &[b'x'; 100_000]);
        let round = flood(address, &body, 4, Duration::from_millis(300));
        assert!(round.per_second > 10.0 && round.p99_ms > 0.0, "{round:?}");
        // It closes after each answer, and says so; this client does not listen to that.
        assert!(round.errors.keys().all(|kind| kind.starts_with("lost: ")), "{round:?}");
        assert!(!round.errors.is_empty(), "{round:?}");
        let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let round = flood(nobody, &body, 1, Duration::from_millis(50));
        assert_eq!(round.per_second, 0.0);
        assert!(round.errors.contains_key("lost: ConnectionRefused"), "{round:?}");
    }
}
