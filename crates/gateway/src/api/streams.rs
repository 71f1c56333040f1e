//! What moves on a connection of HTTP/2.
//!
//! There the client's side of a connection lives as long as it answers pings, whatever it does with its requests. So it is
//! watched here whether any of them gets on: one that asks nothing, and one that does not take its answers, is given up as it
//! would be with a connection for each.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::Instant;

/// The requests of one connection.
pub struct Streams {
    idle: Duration,
    write: Duration,
    state: Mutex<State>,
}

struct State {
    /// Requests without an answer as yet; how long those may take is for whoever answers them.
    asked: usize,
    /// Answers that are being written, and since when each waits for its client. `None`: it waits for us.
    answers: HashMap<u64, Option<Instant>>,
    /// The name of the next answer.
    next: u64,
    /// When the last request began or its answer ended.
    moved: Instant,
}

impl Streams {
    /// Those of a new connection, which may do nothing for `idle`, and leave an answer untaken for `write`.
    pub fn new(idle: Duration, write: Duration) -> Self {
        let state = State { asked: 0, answers: HashMap::new(), next: 0, moved: Instant::now() };
        Self { idle, write, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request until it is answered, and its answer until that is written.
    ///
    /// # Errors
    /// None.
    pub async fn watch(
        self: Arc<Self>,
        answer: impl Future<Output = Result<Response, Infallible>>,
    ) -> Result<axum::http::Response<Watched>, Infallible> {
        let asked = Asked::new(&self);
        let response = answer.await?;
        let id = {
            let mut state = self.state();
            state.next += 1;
            let id = state.next;
            state.answers.insert(id, Some(Instant::now()));
            id
        };
        drop(asked);
        Ok(response.map(|body| Watched { body, id, streams: self }))
    }

    /// When the connection is to be given up, as it stands.
    fn end(&self) -> Option<Instant> {
        let state = self.state();
        if state.asked == 0 && state.answers.is_empty() {
            return Some(state.moved + self.idle);
        }
        state.answers.values().flatten().min().map(|&since| since + self.write)
    }

    /// Resolves when nothing moves on the connection, or an answer is not taken, for too long.
    pub async fn stalled(&self) {
        loop {
            let now = Instant::now();
            // Whatever begins by then ends no sooner.
            let look = now + self.idle.min(self.write);
            match self.end() {
                Some(end) if end <= now => return,
                Some(end) => tokio::time::sleep_until(end.min(look)).await,
                None => tokio::time::sleep_until(look).await,
            }
        }
    }
}

/// A request without an answer, which may be taken back at any time.
struct Asked<'a>(&'a Streams);

impl<'a> Asked<'a> {
    fn new(streams: &'a Streams) -> Self {
        let mut state = streams.state();
        state.asked += 1;
        state.moved = Instant::now();
        Self(streams)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.asked -= 1;
        state.moved = Instant::now();
    }
}

/// An answer's body, which is asked for its next part whenever its client has room for it.
pub struct Watched {
    body: Body,
    id: u64,
    streams: Arc<Streams>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let since = polled.is_ready().then(Instant::now);
        self.streams.state().answers.insert(self.id, since);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut state = self.streams.state();
        state.answers.remove(&self.id);
        state.moved = Instant::now();
    }
}
