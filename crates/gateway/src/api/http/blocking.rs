//! Work that takes a while, off the threads that serve connections: as much of it at once as there are processors. More
//! would be done no sooner, and would need memory that no budget counts.

use std::fmt::Display;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use liveness_protocol::ErrorCode;
use rayon::ThreadPoolBuildError;

use crate::domain::error::ApiError;
use crate::pool::Pool;

static POOL: LazyLock<Result<Pool, ThreadPoolBuildError>> =
    LazyLock::new(|| Pool::new(available_parallelism().map_or(1, usize::from)));

/// Runs `work` there. `what` names it in the log, should it panic.
///
/// # Errors
/// Those of `work`; `internal_error` after a panic, or if the system has no room for a thread.
pub async fn run<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let failed = |error: &dyn Display| {
        tracing::error!(%error, what, "work for a request failed");
        Err(ErrorCode::InternalError.into())
    };
    match &*POOL {
        Ok(pool) => pool.run(work).await.unwrap_or_else(|error| failed(&error)),
        Err(error) => failed(error),
    }
}
