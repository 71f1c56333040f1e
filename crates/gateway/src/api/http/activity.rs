//! How many requests are under way, between their head and the head of their answer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::tally::Tally;

/// Counts a request until it is answered or given up.
pub async fn count(State(requests): State<Tally>, request: Request, next: Next) -> Response {
    let _under_way = requests.enter();
    next.run(request).await
}
