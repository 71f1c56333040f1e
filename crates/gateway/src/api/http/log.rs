//! What is seen of a request from outside: one line in the log, its counts, and its id in the answer. Paths are those of the
//! table: an address may hold a session's id, and a stranger's request may hold anything.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use liveness_protocol::ErrorCode;
use tracing::Instrument as _;

use crate::domain::trace::{TRACEPARENT, TRACESTATE, Trace};
use crate::metrics::Metrics;

/// Names the request to whoever has to be asked about it: the id of its trace.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The method, unless somebody has made it up.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "(other)",
    }
}

/// A request that is given up leaves its line as well.
struct Line {
    metrics: Metrics,
    method: &'static str,
    path: Option<MatchedPath>,
    start: Instant,
    answered: bool,
}

impl Line {
    fn path(&self) -> &str {
        self.path.as_ref().map_or("(file)", MatchedPath::as_str)
    }

    fn end(mut self, response: &Response) {
        self.answered = true;
        let (took, path) = (self.start.elapsed(), self.path());
        let status = response.status().as_u16();
        let code = response.extensions().get::<ErrorCode>().map(|code| code.as_str());
        self.metrics.answered(self.method, path, status, code, took);
        let ms = took.as_millis() as u64;
        tracing::info!(
            target: "liveness_gateway::access",
            method = self.method, path, status, code, ms, "request"
        );
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.answered {
            let ms = self.start.elapsed().as_millis() as u64;
            tracing::info!(
                target: "liveness_gateway::access",
                method = self.method, path = self.path(), ms, "request given up by its client"
            );
        }
    }
}

/// Logs and counts a request, and makes its trace the current one.
pub async fn observe(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let traceparent = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    // A list, which may go over several lines.
    let states = request.headers().get_all(TRACESTATE).into_iter();
    let states: Option<Vec<&str>> = states.map(|line| line.to_str().ok()).collect();
    let trace = Trace::of(traceparent, states.map(|lines| lines.join(",")).as_deref());
    let id = trace.id();
    // Of the highest level: whatever is logged of a request says which one it was.
    let span = tracing::error_span!("request", id);
    let method = known(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let work = async move {
        let line = Line { metrics, method, path, start: Instant::now(), answered: false };
        let mut response = next.run(request).await;
        line.end(&response);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    };
    trace.scope(work.instrument(span)).await
}
