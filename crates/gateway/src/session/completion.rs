//! Runs each session's check once, however many requests ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use liveness_protocol::ErrorCode;
use tokio::sync::watch;
use uuid::Uuid;

use super::store::{Claim, SessionStore};
use crate::backend::{CheckBackend, CheckReply, CheckRequest};
use crate::clock::Clock;
use crate::error::ApiError;

type Outcome = Result<CheckReply, ApiError>;
type Pending = watch::Receiver<Option<Outcome>>;

/// What the client says of its crops, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Measured frame rate, 0 < fps <= 120.
    pub fps: Option<f64>,
    /// Each crop's time in milliseconds, rising; as many as crops, or none.
    pub timestamps_ms: Vec<f64>,
    /// What the capture noticed.
    pub warnings: Vec<String>,
}

/// How often to look whether another gateway on the same store has finished a check.
const POLL: Duration = Duration::from_millis(200);

/// What a check needs.
struct Parts {
    store: Arc<dyn SessionStore>,
    backend: Arc<dyn CheckBackend>,
    clock: Arc<dyn Clock>,
    deadline: Duration,
    running: Mutex<HashMap<Uuid, Pending>>,
}

/// The checks that are running.
#[derive(Clone)]
pub struct Completions(Arc<Parts>);

impl Completions {
    /// Checks run on `backend` and have to end within `deadline`.
    pub fn new(
        store: Arc<dyn SessionStore>,
        backend: Arc<dyn CheckBackend>,
        clock: Arc<dyn Clock>,
        deadline: Duration,
    ) -> Self {
        Self(Arc::new(Parts { store, backend, clock, deadline, running: Mutex::default() }))
    }

    /// The session's verdict: the one that stands, or that of the check which runs, or of a new one.
    ///
    /// The check belongs to no request: it goes on when the one that started it is cut off.
    ///
    /// # Errors
    /// As the store and the backend say. After a failed check the session is open again.
    pub async fn complete(&self, id: Uuid, report: Report) -> Outcome {
        let mut pending = self.join_or_start(id, report);
        let outcome = pending.wait_for(Option::is_some).await;
        match outcome.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            // The sender goes only after it has sent, or by a panic.
            _ => Err(ErrorCode::InternalError.into()),
        }
    }

    fn join_or_start(&self, id: Uuid, report: Report) -> Pending {
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pending) = running.get(&id) {
            return pending.clone();
        }
        let (sender, pending) = watch::channel(None);
        running.insert(id, pending.clone());
        let entry = RunningEntry { parts: Arc::clone(&self.0), id };
        tokio::spawn(async move {
            let outcome = entry.parts.decide(id, report).await;
            // Out of the map first: who asks from here on reads the store's word.
            drop(entry);
            // Fails when nobody waits any more; the store has the verdict.
            sender.send(Some(outcome)).ok();
        });
        pending
    }
}

/// A place in the map of running checks, given up on drop, so also when a store panics.
struct RunningEntry {
    parts: Arc<Parts>,
    id: Uuid,
}

impl Drop for RunningEntry {
    fn drop(&mut self) {
        self.parts.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl Parts {
    async fn decide(self: &Arc<Self>, id: Uuid, report: Report) -> Outcome {
        loop {
            match self.store.claim(id, self.clock.now()).await? {
                Claim::Decided(reply) => return Ok(*reply),
                Claim::Running => tokio::time::sleep(POLL).await,
                Claim::Granted { terms, crops } => {
                    let request = CheckRequest {
                        session_id: id,
                        model: terms.choice,
                        crops,
                        timestamps_ms: report.timestamps_ms,
                        fps: report.fps,
                        needs_fps: terms.needs_fps,
                        source: terms.source,
                        warnings: report.warnings,
                        bg_segmentation: None,
                    };
                    return self.check(id, request).await;
                }
            }
        }
    }

    /// Runs a granted check, and gives the claim back whatever happens to it.
    async fn check(self: &Arc<Self>, id: Uuid, request: CheckRequest) -> Outcome {
        let backend = Arc::clone(&self.backend);
        let deadline = self.deadline;
        // A task of its own, so that a panic in the backend ends here.
        let check =
            tokio::spawn(
                async move { tokio::time::timeout(deadline, backend.check(request)).await },
            );
        let failed: ApiError = match check.await {
            Ok(Ok(Ok(reply))) => {
                self.store.finish(id, reply.clone(), self.clock.now()).await?;
                return Ok(reply);
            }
            Ok(Ok(Err(error))) => error.into(),
            Ok(Err(_elapsed)) => ErrorCode::UpstreamTimeout.into(),
            Err(_panicked_and_said_so) => ErrorCode::InternalError.into(),
        };
        self.store.release(id).await?;
        Err(failed)
    }
}
