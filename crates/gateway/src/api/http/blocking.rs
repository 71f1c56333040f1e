//! Work that takes a while, off the threads that serve connections: as much of a kind at once as there are processors. More
//! would be done no sooner, and would need memory that no budget counts.

use std::fmt::Display;
use std::thread::available_parallelism;

use liveness_protocol::ErrorCode;
use rayon::ThreadPoolBuildError;

use crate::domain::error::ApiError;
use crate::pool::{LazyPool, Pool};

/// What is worked on side by side, each by as many threads as there are processors: a crop does not wait for whole checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One picture.
    Picture,
    /// All that a check holds.
    Check,
}

static PICTURES: LazyPool = LazyPool::new(threads);
static CHECKS: LazyPool = LazyPool::new(threads);

fn threads() -> Result<Pool, ThreadPoolBuildError> {
    Pool::new(available_parallelism().map_or(1, usize::from))
}

/// Runs `work` there. `what` names it in the log, should it panic. `held` is what it takes of a budget: it comes back with the
/// result, and stays with the work where the caller leaves.
///
/// # Errors
/// Those of `work`; `internal_error` after a panic, or if the system has no room for a thread.
pub async fn run<T: Send + 'static, H: Send + 'static>(
    lane: Lane,
    what: &'static str,
    held: H,
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<(T, H), ApiError> {
    let failed = |error: &dyn Display| {
        tracing::error!(%error, what, "work for a request failed");
        Err(ErrorCode::InternalError.into())
    };
    let threads = match lane {
        Lane::Picture => &PICTURES,
        Lane::Check => &CHECKS,
    };
    match threads.get() {
        Ok(pool) => {
            let work = move || work().map(|result| (result, held));
            pool.run(work).await.unwrap_or_else(|error| failed(&error))
        }
        Err(error) => failed(&error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_client_that_leaves_frees_its_share_with_its_work_and_a_picture_waits_for_no_check() {
        let (go_on, goes_on) = channel::<()>();
        let goes_on = Arc::new(std::sync::Mutex::new(goes_on));
        let busy: Vec<_> = (0..available_parallelism().map_or(1, usize::from))
            .map(|_| {
                let goes_on = Arc::clone(&goes_on);
                let work = move || Ok(goes_on.lock().unwrap().recv().is_err());
                tokio::spawn(run(Lane::Check, "a test", (), work))
            })
            .collect();
        // Until they are there.
        tokio::time::sleep(Duration::from_millis(100)).await;

        let share = Arc::new(());
        let left = run(Lane::Check, "a test", Arc::clone(&share), || Ok(()));
        assert!(tokio::time::timeout(Duration::ZERO, left).await.is_err());
        assert_eq!(Arc::strong_count(&share), 2, "its work is still there");
        let picture = run(Lane::Picture, "a test", (), || Ok(7));
        let picture = tokio::time::timeout(Duration::from_secs(10), picture).await.unwrap();
        assert_eq!(picture.unwrap().0, 7);

        drop(go_on);
        for busy in busy {
            assert!(busy.await.unwrap().unwrap().0);
        }
        run(Lane::Check, "a test", (), || Ok(())).await.unwrap();
        assert_eq!(Arc::strong_count(&share), 1);
    }
}
