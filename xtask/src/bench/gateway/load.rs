//! Load: so many connections that ask one after the other, for a while; what came of it.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    http::{Connection, find},
    pictures::{ID_BEGINNING, ID_DIGITS},
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

/// A request that asks for another check each time: of one that is asked for twice at once the gateway makes one.
struct Numbered<'a> {
    request: Vec<u8>,
    /// Where the digits of the check's id are, if it has one.
    digits: Option<usize>,
    next: &'a AtomicU64,
}

impl<'a> Numbered<'a> {
    fn new(request: &[u8], next: &'a AtomicU64) -> Self {
        let digits = find(request, ID_BEGINNING.as_bytes()).map(|at| at + ID_BEGINNING.len());
        Self { request: request.to_vec(), digits, next }
    }

    fn next(&mut self) -> &[u8] {
        if let Some(at) = self.digits {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let digits = format!("{number:0ID_DIGITS$}");
            self.request[at..at + ID_DIGITS].copy_from_slice(digits.as_bytes());
        }
        &self.request
    }
}

/// Sends `request` again and again over so many connections, each time with another id.
pub fn flood(address: SocketAddr, request: &[u8], connections: usize, time: Duration) -> Round {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let end = Instant::now() + time;
    measure(connections, || {
        let (mut share, mut connection) = (Share::default(), None);
        let mut numbered = Numbered::new(request, &NEXT);
        while Instant::now() < end {
            let body = numbered.next();
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
    fn each_request_is_another_check() {
        let body = super::super::pictures::check(&[vec![1; 40_000]]);
        let request = request("POST", "/", &[], body.as_bytes());
        let next = AtomicU64::new(7);
        let mut numbered = [Numbered::new(&request, &next), Numbered::new(&request, &next)];
        let [first, second] = numbered.each_mut().map(|numbered| numbered.next().to_vec());
        for (sent, number) in [(&first, "000000000007"), (&second, "000000000008")] {
            let text = String::from_utf8(sent.clone()).unwrap();
            assert!(text.contains(&format!("{ID_BEGINNING}{number}\"")));
            assert_eq!(text.replacen(number, "446655440000", 1).as_bytes(), request);
        }
    }

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
