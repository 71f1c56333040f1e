//! One deadline for every check, whichever endpoint asks for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::check::{CheckReply, CheckRequest};
use crate::backend::{BackendError, CheckBackend};

/// Runs checks on a backend.
#[derive(Clone)]
pub struct CheckRunner {
    backend: Arc<dyn CheckBackend>,
    deadline: Duration,
}

impl CheckRunner {
    /// Checks run on `backend`, and have to end within `deadline`.
    pub fn new(backend: Arc<dyn CheckBackend>, deadline: Duration) -> Self {
        Self { backend, deadline }
    }

    /// Runs one check. It is given up when the deadline passes, or when this future is dropped.
    ///
    /// # Errors
    /// Those of the backend; [`BackendError::Timeout`] at the deadline; after a panic
    /// [`BackendError::Internal`] from the local verifier, and [`BackendError::Lost`] where the check may
    /// have been paid for.
    pub async fn run(&self, request: CheckRequest) -> Result<CheckReply, BackendError> {
        let (backend, deadline) = (Arc::clone(&self.backend), self.deadline);
        // A task of its own, so that a panic ends here. The set aborts it when it is dropped.
        let mut task = JoinSet::new();
        task.spawn(async move { tokio::time::timeout(deadline, backend.check(request)).await });
        match task.join_next().await {
            Some(Ok(Ok(result))) => result,
            Some(Ok(Err(_elapsed))) => {
                tracing::error!(seconds = deadline.as_secs(), "a check took too long");
                Err(BackendError::Timeout)
            }
            // A panic has been reported on standard error.
            _ if self.backend.capabilities().paid => Err(BackendError::Lost),
            _ => Err(BackendError::Internal),
        }
    }
}
