//! Work that takes a while, off the threads that serve connections.

use liveness_protocol::ErrorCode;

use crate::domain::error::ApiError;

/// Runs `work` there. `what` names it in the log, should it panic.
///
/// # Errors
/// Those of `work`; `internal_error` after a panic.
pub async fn run<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, what, "work for a request failed");
        Err(ErrorCode::InternalError.into())
    })
}
