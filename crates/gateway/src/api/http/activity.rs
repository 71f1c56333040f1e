//! How many requests are under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

/// Counts requests between their head and the head of their answer.
#[derive(Debug, Clone, Default)]
pub struct Activity(Arc<AtomicUsize>);

struct UnderWay(Activity);

impl Activity {
    /// How many there are now.
    pub fn requests(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Counts a request until it is answered or given up.
pub async fn count(State(activity): State<Activity>, request: Request, next: Next) -> Response {
    activity.0.fetch_add(1, Ordering::SeqCst);
    let _under_way = UnderWay(activity);
    next.run(request).await
}
