//! One line per request. Paths are logged as their pattern: an address may hold a session's id, and
//! a stranger's request may hold anything.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Logs method, matched path, status and duration.
pub async fn line(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    tracing::info!(
        target: "liveness_gateway::access",
        method = %method,
        path = path.as_ref().map_or("(file)", MatchedPath::as_str),
        status = response.status().as_u16(),
        ms = start.elapsed().as_millis() as u64,
        "request"
    );
    response
}
