//! One deadline for every check, whichever endpoint asks for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::check::{CheckReply, CheckRequest};
use super::error::ApiError;
use super::timing::Mistimed;
use super::trace::{Trace, carry};
use crate::backend::{BackendError, CheckBackend};
use crate::metrics::Metrics;
use crate::store::Lease;

/// How much longer than its check a claim holds: for what is done before and after it.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// Runs checks on a backend.
#[derive(Clone)]
pub struct CheckRunner {
    backend: Arc<dyn CheckBackend>,
    deadline: Duration,
    metrics: Metrics,
}

impl CheckRunner {
    /// Checks run on `backend`, and have to end within `deadline`.
    pub fn new(backend: Arc<dyn CheckBackend>, deadline: Duration, metrics: Metrics) -> Self {
        Self { backend, deadline, metrics }
    }

    /// What is said of a check that runs here when its session is claimed.
    pub fn lease(&self) -> Lease {
        let ms = self.deadline.saturating_add(LEASE_MARGIN).as_millis();
        Lease { ms: u64::try_from(ms).unwrap_or(u64::MAX), paid: self.backend.capabilities().paid }
    }

    /// Counts a check that was decided without a verifier.
    pub fn count_replay(&self) {
        self.metrics.check_begins("gateway").ended("replay", Duration::ZERO);
    }

    /// Runs one check. It is given up when the deadline passes, or when this future is dropped.
    ///
    /// # Errors
    /// Those of the backend; [`BackendError::Timeout`] at the deadline; after a panic
    /// [`BackendError::Internal`] from the local verifier, and [`BackendError::Lost`] where the check may
    /// have been paid for.
    pub async fn run(&self, request: CheckRequest) -> Result<CheckReply, BackendError> {
        let running = self.metrics.check_begins(self.backend.capabilities().name);
        let start = Instant::now();
        let mistimed = Mistimed::find(&request);
        let mut result = self.run_uncounted(request).await;
        if let (Some(mistimed), Ok(reply)) = (mistimed, &mut result) {
            mistimed.tell(&mut reply.verdict);
        }
        let outcome = match &result {
            Ok(reply) => reply.verdict.verdict.as_str(),
            Err(error) => ApiError::from(error.clone()).code.as_str(),
        };
        running.ended(outcome, start.elapsed());
        result
    }

    async fn run_uncounted(&self, request: CheckRequest) -> Result<CheckReply, BackendError> {
        let (backend, deadline) = (Arc::clone(&self.backend), self.deadline);
        // A task of its own, so that a panic ends here. The set aborts it when it is dropped.
        let mut task = JoinSet::new();
        let check = async move { tokio::time::timeout(deadline, backend.check(request)).await };
        task.spawn(carry(Trace::current(), check).in_current_span());
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
