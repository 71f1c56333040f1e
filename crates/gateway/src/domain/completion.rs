//! Runs each session's check once, however many requests ask for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use liveness_protocol::ErrorCode;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use super::audit::Deed;
use super::check::{self, CheckReply, CheckRequest, Pictures, Urgency};
use super::clock::{Clock, UnixMillis};
use super::error::ApiError;
use super::metadata::Metadata;
use super::pictures::print::Print;
use super::recycled::{self, Recycled, Sighting};
use super::route::Route;
use super::runner::{CheckRunner, Outcome, Step};
use super::session::{PictureKind, SessionTerms};
use super::statements;
use super::trace::{Trace, carry};
use crate::backend::BackendError;
use crate::store::{AuditStore, Claim, Picture, SessionStore, StoreError, Ticket};

type Completion = Result<CheckReply, ApiError>;
type Pending = watch::Receiver<Option<Completion>>;
/// A session and the run that is to be decided on.
type Key = (Uuid, u32);

/// A check that runs, or waits for another of its session.
struct Running {
    pending: Pending,
    /// It has the session's claim.
    decides: bool,
}

/// What the client says of its pictures together, checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// The run that the verdict is asked for.
    pub run: u32,
    /// Measured frame rate, 0 < fps <= 120.
    pub fps: Option<f64>,
    /// Each picture's time in milliseconds, rising; as many as pictures, or none: where each came with its own.
    pub timestamps_ms: Vec<f64>,
    /// What the capture noticed.
    pub warnings: Vec<String>,
    /// What a stream's client says of its device.
    pub device_intelligence: Option<Metadata>,
}

/// How long to keep trying to store an outcome while the store fails, and the pause between attempts.
const KEEP_FOR: Duration = Duration::from_secs(20);
const KEEP_PAUSE: Duration = Duration::from_millis(500);

struct Shared {
    store: Arc<dyn SessionStore>,
    audit: Arc<dyn AuditStore>,
    runner: CheckRunner,
    clock: Arc<dyn Clock>,
    recycled: Recycled,
    running: Mutex<HashMap<Key, Running>>,
}

/// The checks that are running.
#[derive(Clone)]
pub struct Completions(Arc<Shared>);

impl Completions {
    /// The checks of the sessions in `store`.
    pub fn new(
        store: Arc<dyn SessionStore>,
        audit: Arc<dyn AuditStore>,
        runner: CheckRunner,
        clock: Arc<dyn Clock>,
        recycled: Recycled,
    ) -> Self {
        Self(Arc::new(Shared { store, audit, runner, clock, recycled, running: Mutex::default() }))
    }

    /// The session's verdict: the one that stands, or that of the check which runs, or of a new one by this route.
    ///
    /// The check belongs to no request: it goes on when the one that started it is cut off.
    ///
    /// # Errors
    /// As the store and the backend say. After a check that may have been made without a verdict it is the
    /// same error from then on; after any other failure the session is open again.
    pub async fn complete(&self, id: Uuid, report: Report, route: Route) -> Completion {
        let mut pending = self.join_or_start(id, report, route);
        let completion = pending.wait_for(Option::is_some).await;
        match completion.as_deref() {
            Ok(Some(completion)) => completion.clone(),
            // The sender is dropped only after it has sent, or by a panic.
            _ => Err(ErrorCode::InternalError.into()),
        }
    }

    /// How many checks run, or wait for another of their session, for a request or for nobody any more.
    pub fn running(&self) -> usize {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn join_or_start(&self, id: Uuid, report: Report, route: Route) -> Pending {
        let key = (id, report.run);
        let mut running = self.0.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = running.get(&key) {
            return known.pending.clone();
        }
        let (sender, pending) = watch::channel(None);
        running.insert(key, Running { pending: pending.clone(), decides: false });
        let entry = RunningEntry { shared: Arc::clone(&self.0), key };
        let work = async move {
            let completion = entry.shared.decide(id, report, &route).await;
            // Out of the map first: whoever asks from now on reads the store.
            drop(entry);
            // Fails when nobody waits any more; the store has the verdict.
            sender.send(Some(completion)).ok();
        };
        tokio::spawn(carry(Trace::current(), work).in_current_span());
        pending
    }
}

/// A place in the map of running checks, given up on drop, so also when a store panics.
struct RunningEntry {
    shared: Arc<Shared>,
    key: Key,
}

impl Drop for RunningEntry {
    fn drop(&mut self) {
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Adds to what was said of all pictures what was said of each, and the rate of their times where it is needed.
///
/// # Errors
/// As [`statements::check_fps`] and [`statements::check_times`]: times may give no rate, or one that no model takes.
fn gather(
    mut report: Report,
    terms: &SessionTerms,
    pictures: &[Picture],
) -> Result<Report, ApiError> {
    if report.timestamps_ms.is_empty() {
        let times: Option<Vec<f64>> = pictures.iter().map(|picture| picture.timestamp_ms).collect();
        report.timestamps_ms = times.unwrap_or_default();
    }
    if terms.needs_fps && report.fps.is_none() {
        report.fps = check::rate(&report.timestamps_ms);
    }
    statements::check_times(&report.timestamps_ms, "frame.timestamp_ms")?;
    statements::check_fps(report.fps, terms.needs_fps)?;
    let of_pictures = pictures.iter().flat_map(|picture| &picture.warnings);
    statements::add_warnings(&mut report.warnings, of_pictures);
    Ok(report)
}

/// The check of a session whose pictures are all there.
fn request(
    terms: SessionTerms,
    pictures: Vec<Picture>,
    report: Report,
    now: UnixMillis,
) -> CheckRequest {
    let session_age_ms = (!terms.is_by_client()).then(|| now.saturating_sub(terms.created_at));
    let files = pictures.into_iter().map(|picture| picture.file).collect();
    CheckRequest {
        session_id: terms.id,
        urgency: Urgency::Session,
        model: terms.choice,
        pictures: match terms.kind {
            PictureKind::Crops => Pictures::Crops(files),
            // A video's parts are no pictures: it has a queue of its own, and no token to ask for its verdict with.
            PictureKind::Frames | PictureKind::Video(_) => Pictures::Frames(files),
        },
        timestamps_ms: report.timestamps_ms,
        session_age_ms,
        fps: report.fps,
        states_fps: terms.needs_fps,
        source: terms.source,
        warnings: report.warnings,
        bg_segmentation: None,
        device_intelligence: report.device_intelligence,
    }
}

impl Shared {
    /// Notes whether the check of this session and run has the claim.
    fn note_claim(&self, key: Key, decides: bool) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.get_mut(&key) {
            running.decides = decides;
        }
    }

    /// Returns when the check that has the session's claim may have ended. One of this gateway is waited for here, or each of
    /// many requests that came before its claim, for other runs, would ask the store again and again.
    async fn changed(&self, id: Uuid) {
        let decider = {
            let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let decider = running.iter().find(|((of, _), running)| *of == id && running.decides);
            decider.map(|(_, running)| running.pending.clone())
        };
        match decider {
            // An error says that it has ended by a panic.
            Some(mut pending) => drop(pending.wait_for(Option::is_some).await),
            None => self.store.changed(id).await,
        }
    }

    async fn decide(&self, id: Uuid, report: Report, route: &Route) -> Completion {
        let (store, clock) = (self.store.as_ref(), self.clock.as_ref());
        loop {
            let unpaid = self.runner.lease(false);
            self.note_claim((id, report.run), false);
            match store.claim(id, report.run, unpaid, clock.now()).await? {
                Claim::Decided(reply) => return Ok(*reply),
                Claim::Failed(code) => return Err(code.into()),
                Claim::Running => self.changed(id).await,
                Claim::Granted { ticket, terms, pictures, .. } => {
                    self.note_claim((id, report.run), true);
                    let asked = terms.asked();
                    let report = match gather(report.clone(), &terms, &pictures) {
                        Ok(report) => report,
                        Err(error) => {
                            let nothing = Err(BackendError::Internal);
                            keep(store, clock, id, ticket, &nothing).await?;
                            return Err(error);
                        }
                    };
                    let checked = self.check(*terms, pictures, report, route, ticket).await;
                    let outcome = match checked {
                        Ok(outcome) => outcome,
                        Err(error) => {
                            // No check was made, or none that is paid for.
                            let nothing = Err(BackendError::Internal);
                            match keep(store, clock, id, ticket, &nothing).await {
                                Err(StoreError::Closed) => continue,
                                kept => kept?,
                            }
                            return Err(error.into());
                        }
                    };
                    if let Err(error) = &outcome
                        && !error.is_final()
                        // While nobody is there to be asked, or with what is refused, whoever has the session's token could
                        // fill the log.
                        && (ticket.is_first() || !error.is_unseen() && !error.is_rejected())
                    {
                        // The session is open again, which says nothing of why.
                        let code = ApiError::from(error.clone()).code;
                        let failed = Deed::check_failed(&asked, code, clock.now());
                        self.audit.note(failed).await.ok();
                    }
                    match keep(store, clock, id, ticket, &outcome).await {
                        Ok(()) => return outcome.map_err(ApiError::from),
                        // The claim had lapsed and somebody has seen it: what stands now is the answer.
                        Err(StoreError::Closed) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
    }

    /// Has the pictures judged, and remembered as those of this check; not if it was not made, or whoever has to begin anew with
    /// the same pictures would be shown as a recording. An error of the store says that nothing was paid for.
    async fn check(
        &self,
        terms: SessionTerms,
        pictures: Vec<Picture>,
        report: Report,
        route: &Route,
        ticket: Ticket,
    ) -> Result<Outcome, StoreError> {
        let (id, opened) = (terms.id, terms.created_at);
        let prints: Vec<Print> = pictures.iter().filter_map(|picture| picture.print).collect();
        let near: Vec<Print> = pictures.iter().flat_map(|picture| &picture.near).copied().collect();
        let sample = [recycled::sample(&prints), recycled::sample(&near)].concat();
        let known = self.store.remember(id, sample.clone(), opened, self.clock.now()).await?;
        let sighting = Sighting::new(&prints, &near, &known);
        // A stream can be sent a frame after its verdict: whether it is the same one can be told then.
        let frames: Vec<u32> = match terms.kind {
            PictureKind::Frames if prints.len() == pictures.len() => {
                prints.iter().map(|print| print.short()).collect()
            }
            _ => Vec::new(),
        };
        let device = report.device_intelligence.as_ref().map(Metadata::to_value);
        let mut judged = self.judge(terms, pictures, report, route, ticket, sighting).await;
        if let Ok(Ok(reply)) = &mut judged {
            (reply.frames, reply.device_intelligence) = (frames, device);
        }
        let made =
            |outcome: &Outcome| outcome.as_ref().map_or_else(BackendError::is_final, |_| true);
        if !judged.as_ref().is_ok_and(made) {
            // A store that fails has logged why.
            self.store.take_back(id, ticket, sample, opened).await.ok();
        }
        judged
    }

    /// Has the pictures judged, unless they are a recording that has been judged before.
    async fn judge(
        &self,
        terms: SessionTerms,
        pictures: Vec<Picture>,
        report: Report,
        route: &Route,
        ticket: Ticket,
        sighting: Sighting,
    ) -> Result<Outcome, StoreError> {
        let (id, notices) = (terms.id, terms.notices());
        let request = request(terms, pictures, report, self.clock.now());
        if let Some(reply) = sighting.verdict(&request, notices, self.recycled, self.clock.now()) {
            tracing::warn!(session = %id, known = sighting.known, "pictures of an earlier check");
            self.runner.count_replay();
            return Ok(Ok(reply));
        }
        // From here on it may have been paid for, and the claim holds anew. Not before: what the store cannot take until then
        // has cost nobody anything.
        let lease = self.runner.lease(true);
        if route.capabilities().paid {
            self.store.extend(id, ticket, lease, self.clock.now()).await?;
        }
        let mut outcome = match self.runner.begin(route, request).await {
            Step::Ended(outcome) => *outcome,
            Step::Borderline(look) => {
                self.store.extend(id, ticket, lease, self.clock.now()).await?;
                self.runner.ask(*look).await
            }
        };
        if let Ok(reply) = &mut outcome {
            // Of a file, too, though it may be checked as often as anybody likes: whoever says that it is one may lie.
            sighting.tell(&mut reply.verdict);
        }
        Ok(outcome)
    }
}

/// Ends a granted claim, whatever became of the check. A store that does not work gets some time to: what it
/// does not take may have been paid for.
pub(super) async fn keep(
    store: &dyn SessionStore,
    clock: &dyn Clock,
    id: Uuid,
    ticket: Ticket,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let attempt = || async {
        let now = clock.now();
        match outcome {
            Ok(reply) => store.finish(id, ticket, reply.clone(), now).await,
            Err(error) if error.is_final() => {
                let code = ApiError::from(error.clone()).code;
                store.fail(id, ticket, code, now).await
            }
            Err(_) => store.release(id, ticket, now).await,
        }
    };
    until_kept(attempt).await
}

/// Gives a store that does not work some time to.
pub async fn until_kept<F: Future<Output = Result<(), StoreError>>>(
    attempt: impl Fn() -> F,
) -> Result<(), StoreError> {
    insist(attempt, KEEP_FOR, KEEP_PAUSE).await
}

/// Retries until the store works. No attempt starts once `time` has passed, since even a failing one may be slow.
async fn insist<F: Future<Output = Result<(), StoreError>>>(
    attempt: impl Fn() -> F,
    time: Duration,
    pause: Duration,
) -> Result<(), StoreError> {
    let end = Instant::now() + time;
    loop {
        let kept = attempt().await;
        if kept != Err(StoreError::Unavailable) || Instant::now() + pause >= end {
            return kept;
        }
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_is_slow_to_fail_is_not_tried_for_longer() {
        let [time, pause] = [500, 10].map(Duration::from_millis);
        for (each, most) in [(0, 50), (200, 3)] {
            let tries = std::cell::Cell::new(0);
            let attempt = || async {
                tries.set(tries.get() + 1);
                tokio::time::sleep(Duration::from_millis(each)).await;
                Err(StoreError::Unavailable)
            };
            assert_eq!(insist(attempt, time, pause).await, Err(StoreError::Unavailable));
            assert!((2..=most).contains(&tries.get()), "{each}: {}", tries.get());
        }
        assert_eq!(insist(|| async { Ok(()) }, time, pause).await, Ok(()));
    }
}
