//! Takes up submitted videos, one after the other: decodes them, has their frames checked, and keeps what comes of it. The
//! store is the queue, so that a gateway that is killed loses none: the next one, or another, takes up what it had.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use liveness_protocol::ErrorCode;
use tokio::sync::Notify;
use uuid::Uuid;

use super::format::VideoFormat;
use super::listing::VideoError;
use super::pauses::{Cause, Pauses};
use super::shares::{self, Shares};
use crate::backend::BackendError;
use crate::backend::ffmpeg::Ffmpeg;
use crate::backend::stills::Still;
use crate::domain::check::{CheckRequest, Pictures, Urgency};
use crate::domain::clock::{Clock, HOUR_MS};
use crate::domain::completion::{keep, until_kept};
use crate::domain::error::ApiError;
use crate::domain::models;
use crate::domain::route::{Engines, Routing};
use crate::domain::runner::{CheckRunner, Outcome, Step};
use crate::domain::session::{PictureKind, SessionTerms};
use crate::store::{Claim, Lease, SessionStore, StoreError, TenantStore, Ticket, WaitingVideo};
use crate::tally::{Entered, Tally};

/// How long a submission may wait for its turn, in milliseconds.
pub const WAIT_MS: u64 = HOUR_MS;

/// How many videos are decoded and checked at once by one gateway.
const AT_ONCE: usize = 2;

/// How often to look for what nobody has told of: another gateway's submissions, and those of one that is gone.
const LOOK: Duration = Duration::from_secs(1);

/// How long a claim holds until the check is asked for: longer than to read the file and to run ffmpeg twice.
const DECODING: Lease = Lease { ms: 150_000, paid: false };

/// How often a video is tried. What has ended a gateway so often is not tried again either.
const MOST_TRIES: u32 = 5;

/// How many waiting videos are looked at.
const MOST_LISTED: usize = 64;

/// What is needed for it.
pub struct VideoParts {
    /// Where they wait.
    pub store: Arc<dyn SessionStore>,
    /// Who pays.
    pub tenants: Arc<dyn TenantStore>,
    /// Checks their frames.
    pub runner: CheckRunner,
    /// Who decides.
    pub engines: Engines,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Decodes; without one nothing is taken up.
    pub decoder: Option<Ffmpeg>,
}

/// The queue's end: whoever takes videos up.
#[derive(Clone)]
pub struct Videos(Arc<Shared>);

struct Shared {
    parts: VideoParts,
    /// Rung when there is a new one.
    bell: Notify,
    /// Those that have to wait, or had to.
    pauses: Pauses,
    /// What has been taken up, and whose it is.
    under_way: Shares,
    /// Checks that are being made, or whose outcome is being kept.
    deciding: Tally,
    /// Set when nothing is to begin any more.
    closing: AtomicBool,
}

/// A video that is ours to decide.
struct Taken {
    id: Uuid,
    ticket: Ticket,
    terms: SessionTerms,
    lapses: u32,
    format: VideoFormat,
    _turn: shares::Taken,
}

/// Why it has no verdict.
enum Failure {
    /// It has none for good.
    Final(ErrorCode),
    /// It may have one later.
    Later(ErrorCode),
    /// It was not tried: whoever decides is not to be asked now, but may be after this time; or the store does not work.
    NotAsked(ErrorCode, Option<Duration>),
    /// It was not tried: this gateway ends.
    Closing,
    /// It is somebody else's, or not there any more: nothing is to be kept.
    Gone,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            // Which may be over before the video's time is, and says nothing of the video.
            StoreError::Unavailable | StoreError::Full => {
                Self::NotAsked(ErrorCode::ServiceUnavailable, None)
            }
            _ => Self::Gone,
        }
    }
}

impl Videos {
    /// Takes them up once [`Videos::work`] runs.
    pub fn new(parts: VideoParts) -> Self {
        Self(Arc::new(Shared {
            parts,
            bell: Notify::new(),
            pauses: Pauses::new(Duration::from_millis(WAIT_MS)),
            under_way: Shares::default(),
            deciding: Tally::default(),
            closing: AtomicBool::new(false),
        }))
    }

    /// Takes none up from here on, and gives back those that nobody has been asked to decide.
    pub fn close(&self) {
        self.0.closing.store(true, Ordering::SeqCst);
    }

    /// Whether there is anything to decode them with.
    pub fn are_taken(&self) -> bool {
        self.0.parts.decoder.is_some()
    }

    /// Tells of a new one.
    pub fn ring(&self) {
        self.0.bell.notify_one();
    }

    /// Whether a check is being made that may have to be paid for, or its outcome kept. To decode can be done again.
    pub fn are_deciding(&self) -> bool {
        self.0.deciding.count() > 0
    }

    /// Takes up videos for as long as it is polled; what it is at is taken up again when it is dropped.
    pub async fn work(self) {
        let Some(decoder) = &self.0.parts.decoder else { return };
        let workers = (0..AT_ONCE).map(|_| self.0.work(decoder));
        let mut workers: Vec<_> = workers.map(Box::pin).collect();
        std::future::poll_fn(|context| {
            // None of them ends.
            for worker in &mut workers {
                let ended = worker.as_mut().poll(context).is_ready();
                debug_assert!(!ended);
            }
            std::task::Poll::<()>::Pending
        })
        .await;
    }
}

impl Shared {
    async fn work(&self, decoder: &Ffmpeg) {
        loop {
            match self.take().await {
                Some(taken) => self.decide(decoder, &taken).await,
                None => {
                    tokio::time::timeout(LOOK, self.bell.notified()).await.ok();
                }
            }
        }
    }

    /// The next video, if there is one to be had.
    async fn take(&self) -> Option<Taken> {
        if self.is_closing() {
            return None;
        }
        let mut videos = self.parts.store.videos(MOST_LISTED).await.ok()?;
        // The oldest of whoever has the least under way, so that nobody waits for all that another has sent.
        videos.sort_by_key(|video| self.under_way.of(&video.tenant));
        for WaitingVideo { id, tenant } in videos {
            if self.pauses.hold(id, Instant::now()) {
                continue;
            }
            let turn = self.under_way.take(&tenant);
            let claim = self.parts.store.claim(id, 0, DECODING, self.parts.clock.now()).await;
            if matches!(claim, Err(StoreError::Unavailable)) {
                self.pauses.begin(id, Cause::NotAsked(None), Instant::now());
            }
            // Any other is another's, or decided meanwhile, or out of time.
            if let Ok(Claim::Granted { ticket, terms, lapses, .. }) = claim
                && let PictureKind::Video(format) = terms.kind
            {
                return Some(Taken { id, ticket, terms: *terms, lapses, format, _turn: turn });
            }
        }
        None
    }

    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    async fn decide(&self, decoder: &Ffmpeg, taken: &Taken) {
        let VideoParts { store, clock, .. } = &self.parts;
        let (id, ticket) = (taken.id, taken.ticket);
        // Until what has come of it is kept.
        let mut deciding = None;
        let decided = if taken.lapses >= MOST_TRIES {
            Err(Failure::Final(ErrorCode::InternalError))
        } else {
            self.check(decoder, taken, &mut deciding).await
        };
        let kept = match decided {
            // It is kept in any case: it may have been paid for.
            Ok(outcome) if outcome.is_ok() || is_final(&outcome) => {
                keep(store.as_ref(), clock.as_ref(), id, ticket, &outcome).await
            }
            Ok(Ok(_)) | Err(Failure::Gone) => Ok(()),
            Ok(Err(error)) => {
                let after = not_asked(&error);
                let code = ApiError::from(error).code;
                match after {
                    Some(after) => self.put_off(taken, code, Cause::TurnedAway(after)).await,
                    None if matches!(code.status(), 400..=499) && !code.again() => {
                        self.give_up(taken, code).await
                    }
                    None => self.try_again(taken, code).await,
                }
            }
            Err(Failure::Final(code)) => self.give_up(taken, code).await,
            Err(Failure::Later(code)) => self.try_again(taken, code).await,
            Err(Failure::NotAsked(code, after)) => {
                self.put_off(taken, code, Cause::NotAsked(after)).await
            }
            Err(Failure::Closing) => self.give_back(taken).await,
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "what came of a video could not be kept");
        }
    }

    async fn give_up(&self, taken: &Taken, code: ErrorCode) -> Result<(), StoreError> {
        let VideoParts { store, clock, .. } = &self.parts;
        tracing::warn!(submission = %taken.id, %code, "a video has no verdict");
        store.fail(taken.id, taken.ticket, code, clock.now()).await
    }

    async fn try_again(&self, taken: &Taken, code: ErrorCode) -> Result<(), StoreError> {
        if self.pauses.begin(taken.id, Cause::Tried, Instant::now()) >= MOST_TRIES {
            return self.give_up(taken, code).await;
        }
        tracing::warn!(submission = %taken.id, %code, "a video has no verdict as yet");
        self.give_back(taken).await
    }

    /// Has it wait, for as long as its own time lasts.
    async fn put_off(
        &self,
        taken: &Taken,
        code: ErrorCode,
        cause: Cause,
    ) -> Result<(), StoreError> {
        tracing::info!(submission = %taken.id, %code, "a video waits");
        self.pauses.begin(taken.id, cause, Instant::now());
        self.give_back(taken).await
    }

    /// A store that does not work gets some time to: a claim that lapses counts as a gateway that has ended with it.
    async fn give_back(&self, taken: &Taken) -> Result<(), StoreError> {
        let VideoParts { store, clock, .. } = &self.parts;
        until_kept(|| store.release(taken.id, taken.ticket, clock.now())).await
    }

    /// Classifies a decoder's failure. Whatever stops this gateway may have killed the decoder too, so while closing it says nothing.
    fn failure(&self, error: &VideoError) -> Failure {
        match error {
            _ if self.is_closing() => Failure::Closing,
            VideoError::NoDecoder(_) | VideoError::Killed => Failure::Later(error.code()),
            _ => Failure::Final(error.code()),
        }
    }

    /// What is entered with the check, unless nothing may begin any more.
    fn enter(&self) -> Result<Entered, Failure> {
        let entered = self.deciding.enter();
        // In this order: whoever closes looks afterwards whether anything has been entered.
        if self.is_closing() { Err(Failure::Closing) } else { Ok(entered) }
    }

    async fn check(
        &self,
        decoder: &Ffmpeg,
        taken: &Taken,
        deciding: &mut Option<Entered>,
    ) -> Result<Outcome, Failure> {
        let Taken { id, ticket, terms, format, .. } = taken;
        let VideoParts { store, tenants, runner, engines, clock, .. } = &self.parts;
        let model = models::resolve(&terms.choice).map_err(|error| Failure::Final(error.code))?;
        let route = Routing::new(engines.clone(), tenants.tenant(&terms.tenant).await?)
            .route(Some(&model))
            .map_err(|error| Failure::Final(ApiError::from(error).code))?;
        // To decode it now would be for nothing.
        if let Some(after) = route.first().rests() {
            return Err(Failure::NotAsked(ErrorCode::UpstreamUnavailable, Some(after)));
        }
        let file = self.file(taken).await?;
        let failed = |error: VideoError| self.failure(&error);
        let listing = decoder.list(&file, *format).await.map_err(failed)?;
        let selection = listing.select(model.min_frames as usize).map_err(failed)?;
        let capabilities = route.capabilities();
        let still = if capabilities.decodes { Still::Png } else { Still::Jpeg };
        let frames = decoder.frames(&file, *format, &selection, still).await.map_err(failed)?;
        route.admit().map_err(|refusal| Failure::Final(ApiError::from(refusal).code))?;
        let request = CheckRequest {
            session_id: *id,
            urgency: Urgency::Direct,
            model: terms.choice.clone(),
            pictures: Pictures::Frames(frames),
            fps: selection.fps(),
            timestamps_ms: selection.times_ms.clone(),
            states_fps: terms.needs_fps,
            source: terms.source,
            warnings: Vec::new(),
            bg_segmentation: None,
            device_intelligence: None,
            session_age_ms: None,
        };
        *deciding = Some(self.enter()?);
        // From here on it may have been paid for, and the claim holds anew.
        store.extend(*id, *ticket, runner.lease(capabilities.paid), clock.now()).await?;
        let mut outcome = match runner.begin(&route, request).await {
            Step::Ended(outcome) => *outcome,
            Step::Borderline(mut look) => {
                store.extend(*id, *ticket, DECODING, clock.now()).await?;
                // As small as those that are sent there without a look at them here.
                let frames = decoder.frames(&file, *format, &selection, Still::Jpeg).await;
                let frames = frames.map_err(failed)?;
                look.request.pictures = Pictures::Frames(frames);
                runner.renew(&mut look);
                if self.is_closing() {
                    return Err(Failure::Closing);
                }
                store.extend(*id, *ticket, runner.lease(true), clock.now()).await?;
                runner.ask(*look).await
            }
        };
        if let Ok(reply) = &mut outcome {
            reply.verdict.input_source = Some("video_upload".to_owned());
        }
        Ok(outcome)
    }

    /// The video as a file without a name: nobody else can open it, and it is gone with this process, however that ends.
    async fn file(&self, taken: &Taken) -> Result<File, Failure> {
        let mut file = blocking(tempfile::tempfile).await?;
        for part in 0..taken.terms.frames_required {
            let Some(part) = self.parts.store.picture(taken.id, part).await? else {
                return Err(Failure::Gone);
            };
            file = blocking(move || append(file, &part)).await?;
        }
        Ok(file)
    }
}

fn append(mut file: File, part: &Bytes) -> io::Result<File> {
    file.write_all(part)?;
    Ok(file)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::error!(%error, "a video cannot be written to a file");
            Err(Failure::Later(ErrorCode::ServiceUnavailable))
        }
        Err(_) => Err(Failure::Later(ErrorCode::InternalError)),
    }
}

/// Whether nobody was asked, so that it says nothing of the video; and when to come back, if that is known.
const fn not_asked(error: &BackendError) -> Option<Option<Duration>> {
    match error {
        BackendError::Resting { retry_after } => Some(Some(*retry_after)),
        BackendError::Busy { retry_after } => Some(*retry_after),
        BackendError::Unavailable => Some(None),
        _ => None,
    }
}

/// Whether the check may have been made, and must not be made again.
fn is_final(outcome: &Outcome) -> bool {
    outcome.as_ref().is_err_and(BackendError::is_final)
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
