//! One deadline for every check, whichever endpoint asks for it and whichever engines decide it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::check::{CheckReply, CheckRequest};
use super::error::ApiError;
use super::mode::Band;
use super::route::{Route, Way};
use super::timing::Mistimed;
use super::trace::{Trace, carry};
use crate::backend::{BackendError, CheckBackend};
use crate::metrics::Metrics;
use crate::store::Lease;
use crate::store::entry::REOPENED_MS;

/// Within what time a check has to end.
pub const DEADLINE: Duration = Duration::from_secs(55);

/// How much longer than its check a claim holds: for what is done before and after it.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// What came of a check.
pub type Outcome = Result<CheckReply, BackendError>;

/// Runs checks.
#[derive(Clone)]
pub struct CheckRunner {
    deadline: Duration,
    metrics: Metrics,
}

/// How far a check has come.
pub enum Step {
    /// To its end.
    Ended(Box<Outcome>),
    /// The local verdict is borderline, and the tenant may pay for the upstream's. Nobody has been asked for it yet.
    Borderline(Box<CloserLook>),
}

/// A check that is to go on to the upstream, once.
pub struct CloserLook {
    /// What the upstream is asked.
    pub request: CheckRequest,
    upstream: Arc<dyn CheckBackend>,
    end: Instant,
}

/// Whether the upstream is to be asked after what the local verifier says. It is where that fails, too; but not where that
/// is busy, which would pass every rush on to be paid for, nor where it finds fault with the request itself.
fn is_borderline(outcome: &Outcome, band: Band) -> bool {
    match outcome {
        Ok(reply) => band.holds(reply.verdict.verdict, reply.verdict.score),
        Err(error) => *error == BackendError::Internal,
    }
}

/// How long after its time a session's token holds: a check may begin just before the end, be cut off, and is then to be asked for
/// again. `deadline` is that of checks.
pub const fn token_grace_ms(deadline: Duration) -> u64 {
    lease_ms(deadline).saturating_add(REOPENED_MS)
}

const fn lease_ms(deadline: Duration) -> u64 {
    let ms = deadline.saturating_add(LEASE_MARGIN).as_millis();
    if ms > u64::MAX as u128 { u64::MAX } else { ms as u64 }
}

impl CheckRunner {
    /// Checks have to end within `deadline`.
    pub const fn new(deadline: Duration, metrics: Metrics) -> Self {
        Self { deadline, metrics }
    }

    /// What is said of a check that runs here when its session is claimed.
    pub fn lease(&self, paid: bool) -> Lease {
        Lease { ms: lease_ms(self.deadline), paid }
    }

    /// Counts a check that was decided without a verifier.
    pub fn count_replay(&self) {
        self.metrics.check_begins("gateway").ended("replay", Duration::ZERO);
    }

    /// Runs one check to its end. It is given up when the deadline passes, or when this future is dropped.
    ///
    /// # Errors
    /// Those of the backend; [`BackendError::Timeout`] at the deadline; after a panic
    /// [`BackendError::Internal`] from the local verifier, and [`BackendError::Lost`] where the check may
    /// have been paid for; [`BackendError::Refused`] where it would have to be, and the tenant cannot.
    pub async fn run(&self, route: &Route, request: CheckRequest) -> Outcome {
        match self.begin(route, request).await {
            Step::Ended(outcome) => *outcome,
            Step::Borderline(look) => self.ask(*look).await,
        }
    }

    /// Runs one check up to where the upstream has to be asked after all, so that whoever keeps it can note that first.
    ///
    /// A borderline verdict is no answer where a closer look was asked for: without the upstream the check has none, since
    /// otherwise keeping the upstream from answering would be a way around it.
    pub async fn begin(&self, route: &Route, request: CheckRequest) -> Step {
        let end = Instant::now() + self.deadline;
        // Also of a check that was begun before its tenant was suspended, or had no credits left.
        if let Err(refusal) = route.admit() {
            return Step::Ended(Box::new(Err(refusal.into())));
        }
        let (local, upstream, band) = match &route.way {
            Way::Alone(engine) => {
                return Step::Ended(Box::new(self.decide(engine, request, end, None).await));
            }
            Way::LocalFirst { local, upstream, band } => (local, upstream, *band),
        };
        let outcome = self.decide(local, request.clone(), end, Some(band)).await;
        if !is_borderline(&outcome, band) {
            return Step::Ended(Box::new(outcome));
        }
        if let Err(refusal) = route.admitted {
            return Step::Ended(Box::new(Err(refusal.into())));
        }
        let score = outcome.ok().map(|reply| reply.verdict.score);
        tracing::info!(check = %request.session_id, score, "borderline: the upstream is asked");
        Step::Borderline(Box::new(CloserLook { request, upstream: Arc::clone(upstream), end }))
    }

    /// Lets a check that nobody waits for take its time anew.
    pub fn renew(&self, look: &mut CloserLook) {
        look.end = Instant::now() + self.deadline;
    }

    /// Has the upstream decide a borderline check.
    ///
    /// # Errors
    /// As for [`CheckRunner::run`].
    pub async fn ask(&self, look: CloserLook) -> Outcome {
        let CloserLook { request, upstream, end } = look;
        self.decide(&upstream, request, end, None).await
    }

    /// Has one engine decide. What is borderline, by a `band`, is counted as that.
    async fn decide(
        &self,
        engine: &Arc<dyn CheckBackend>,
        request: CheckRequest,
        end: Instant,
        band: Option<Band>,
    ) -> Outcome {
        let name = engine.capabilities().engine;
        let running = self.metrics.check_begins(name.as_str());
        let start = Instant::now();
        let mistimed = Mistimed::find(&request);
        let mut result = self.decide_uncounted(engine, request, end).await;
        if let Ok(reply) = &mut result {
            reply.notices.engine = Some(name);
            if let Some(mistimed) = mistimed {
                mistimed.tell(&mut reply.verdict);
            }
        }
        let outcome = match &result {
            Ok(_) if band.is_some_and(|band| is_borderline(&result, band)) => "borderline",
            Ok(reply) => reply.verdict.verdict.as_str(),
            Err(error) => ApiError::from(error.clone()).code.as_str(),
        };
        running.ended(outcome, start.elapsed());
        result
    }

    async fn decide_uncounted(
        &self,
        engine: &Arc<dyn CheckBackend>,
        request: CheckRequest,
        end: Instant,
    ) -> Outcome {
        let backend = Arc::clone(engine);
        // A task of its own, so that a panic ends here. The set aborts it when it is dropped.
        let mut task = JoinSet::new();
        let check = async move { tokio::time::timeout_at(end, backend.check(request, end)).await };
        task.spawn(carry(Trace::current(), check).in_current_span());
        match task.join_next().await {
            Some(Ok(Ok(result))) => result,
            Some(Ok(Err(_elapsed))) => {
                let seconds = self.deadline.as_secs();
                tracing::error!(seconds, "a check took too long");
                Err(BackendError::Timeout)
            }
            // A panic has been reported on standard error.
            _ if engine.capabilities().paid => Err(BackendError::Lost),
            _ => Err(BackendError::Internal),
        }
    }
}

#[cfg(test)]
mod tests {
    use liveness_protocol::ErrorCode;

    use super::*;

    #[test]
    fn the_upstream_is_asked_where_the_local_verifier_fails_and_not_for_what_another_request_needs()
    {
        let rejected = BackendError::rejected(ErrorCode::InsufficientFrames, "m");
        for (error, asked) in [
            (BackendError::Internal, true),
            (rejected, false),
            (BackendError::Busy { retry_after: None }, false),
            (BackendError::Timeout, false),
        ] {
            assert_eq!(is_borderline(&Err(error.clone()), Band::default()), asked, "{error}");
        }
    }
}
