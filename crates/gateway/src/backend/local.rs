//! The verifier in this process.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use async_trait::async_trait;
use face_vision::{BlazeFace, FaceDetector, ModelError};
use liveness_protocol::{ErrorCode, VerdictData};
use liveness_verifier::{Assessment, Cancel, Clip, ClipError, Verifier, VerifyError};
use tokio::time::Instant;

use super::frames::{CutError, FrameCutter};
use super::turns::{Bounds, Turns};
use super::{BackendError, Capabilities, CheckBackend, Load};
use crate::domain::check::{CheckReply, CheckRequest, ModelNotices, Pictures};
use crate::domain::clock::{Clock as _, SystemClock, iso8601};
use crate::domain::mode::Engine;
use crate::domain::models::{self, LOCAL_MAX_FRAMES, ResolvedModel};

/// How long a check waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many sessions may wait, for each check that is made at once; more would wait longer than they may.
const WAITING_FOR_EACH: usize = 32;

/// Decides with the local verifier, as many checks at once as there are processors.
pub struct Local {
    verifier: Arc<Verifier>,
    cutter: Arc<FrameCutter>,
    /// A check's turn lasts as long as its work, however long somebody waits for it.
    turns: Turns,
}

/// Gives a check up when nobody waits for it any more.
#[derive(Default)]
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Why the verifier gives no verdict.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error(transparent)]
    Clip(#[from] ClipError),
    #[error(transparent)]
    Verify(#[from] VerifyError),
    #[error(transparent)]
    Cut(#[from] CutError),
}

impl Local {
    /// A verifier that looks for the face in the crops with a detector of these weights; without weights it
    /// believes that there is one.
    ///
    /// # Errors
    /// When the weights are not those of the detector.
    pub fn new(weights: Option<&[u8]>) -> Result<Self, ModelError> {
        let at_once = available_parallelism().map_or(1, usize::from);
        // One for each check that is made at once.
        let detectors = (0..at_once).filter_map(|_| weights).map(|weights| {
            let detector: Box<dyn FaceDetector + Send> =
                Box::new(BlazeFace::from_weights(weights)?);
            Ok(detector)
        });
        let verifier = Verifier::with_detectors(detectors.collect::<Result<_, ModelError>>()?);
        Ok(Self::with_parts(verifier, FrameCutter::new(weights), at_once))
    }

    /// Decides with this verifier on what this cutter finds in whole frames, at most `at_once` checks at a time.
    pub fn with_parts(verifier: Verifier, cutter: FrameCutter, at_once: usize) -> Self {
        Self {
            verifier: Arc::new(verifier),
            cutter: Arc::new(cutter),
            turns: Turns::new(bounds(at_once, PATIENCE)),
        }
    }
}

/// The bounds of so many checks at once.
const fn bounds(at_once: usize, patience: Duration) -> Bounds {
    Bounds { at_once, most_waiting: WAITING_FOR_EACH * at_once, patience }
}

/// What is said of a check's pictures, and of how many of them.
fn assess(
    verifier: &Verifier,
    cutter: &FrameCutter,
    request: &CheckRequest,
    cancel: &Cancel,
) -> Result<(usize, Assessment), CheckError> {
    let times = request.rising_times().map(<[f64]>::to_vec);
    let clip = match &request.pictures {
        Pictures::Crops(files) => Clip::from_pngs_unless(files, times, request.fps, cancel)?,
        Pictures::CropTexts(texts) => {
            // Nothing is what no picture is.
            let file = |text| base64_simd::STANDARD.decode_to_vec(text).unwrap_or_default();
            let files: Vec<Vec<u8>> = texts.iter().map(file).collect();
            Clip::from_pngs_unless(&files, times, request.fps, cancel)?
        }
        Pictures::Frames(files) => {
            let model = models::resolve(&request.model);
            let least = model.map_or(files.len(), |model| model.min_frames as usize);
            let (places, crops): (Vec<usize>, Vec<_>) =
                cutter.cut_all(files, least, cancel)?.into_iter().unzip();
            let times = times.map(|times| places.into_iter().map(|place| times[place]).collect());
            Clip::new(crops, times, request.fps)?
        }
    };
    Ok((clip.frames().len(), verifier.assess_unless(&clip, cancel)?))
}

fn verdict(
    request: &CheckRequest,
    model: Option<String>,
    (frames, assessment): (usize, Assessment),
    started: Instant,
) -> VerdictData {
    VerdictData {
        verdict: assessment.verdict,
        confidence: Some(assessment.real_score),
        real_score: assessment.real_score,
        score: assessment.score,
        risk_band: Some(assessment.risk_band),
        session_id: request.session_id.to_string(),
        model,
        input_source: Some(request.pictures.input_source().to_owned()),
        processing_ms: Some(started.elapsed().as_millis() as u64),
        frames_processed: Some(frames as u32),
        tenant_metadata: None,
        warning: assessment.warning,
        warnings: Some(request.warnings.clone()).filter(|warnings| !warnings.is_empty()),
        created_at: Some(iso8601(SystemClock.now())),
    }
}

impl From<CheckError> for BackendError {
    fn from(error: CheckError) -> Self {
        let code = match &error {
            CheckError::Clip(error) => error.code(),
            CheckError::Verify(error) => error.code(),
            CheckError::Cut(CutError::Frame { source, .. }) => source.code(),
            CheckError::Cut(CutError::Cancelled(_)) => ErrorCode::UpstreamTimeout,
            CheckError::Cut(CutError::Internal(_)) => ErrorCode::InternalError,
        };
        match code {
            ErrorCode::InternalError => {
                tracing::error!(%error, "the verifier failed");
                Self::Internal
            }
            ErrorCode::UpstreamTimeout => Self::Timeout,
            ErrorCode::InsufficientFrames => Self::rejected(code, error.to_string()),
            // Both endpoints have read every crop: what is left is a request that does not fit them.
            _ => Self::rejected(ErrorCode::ValidationError, error.to_string()),
        }
    }
}

#[async_trait]
impl CheckBackend for Local {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            engine: Engine::Local,
            decodes: true,
            knows_other_models: false,
            paid: false,
            max_pictures: LOCAL_MAX_FRAMES,
        }
    }

    fn runs(&self, model: &ResolvedModel) -> Option<String> {
        (model.min_frames <= LOCAL_MAX_FRAMES).then(|| models::local_id(model.min_frames))
    }

    fn load(&self) -> Load {
        self.turns.load()
    }

    async fn check(&self, request: CheckRequest, _: Instant) -> Result<CheckReply, BackendError> {
        let turn = self.turns.wait(request.urgency).await?;
        let job = CancelOnDrop::default();
        let cancel = job.0.clone();
        let (verifier, cutter) = (Arc::clone(&self.verifier), Arc::clone(&self.cutter));
        let started = Instant::now();
        let work = move || -> Result<CheckReply, CheckError> {
            let _turn = turn;
            let (frames, assessment) = assess(&verifier, &cutter, &request, &cancel)?;
            let signals: Vec<String> = assessment
                .signals
                .iter()
                .map(|signal| format!("{} {:+.2}", signal.name, signal.weight))
                .collect();
            tracing::debug!(score = assessment.score, signals = signals.join(", "), "assessed");
            // That of the model, however many pictures there are beyond those. Both endpoints have resolved it already.
            let asked = models::resolve(&request.model).ok();
            let runs = asked.as_ref().map(|asked| models::local_id(asked.min_frames));
            let notices = match asked.as_ref().zip(runs.as_ref()) {
                Some((asked, runs)) => ModelNotices::of_model(asked, runs),
                None => ModelNotices::default(),
            };
            let verdict = verdict(&request, runs, (frames, assessment), started);
            Ok(CheckReply::new(verdict, notices))
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(reply) => Ok(reply?),
            Err(error) => {
                tracing::error!(%error, "the verifier panicked");
                Err(BackendError::Internal)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};

    use bytes::Bytes;
    use face_vision::{DetectError, Detection, FrameView, encode_png};
    use liveness_protocol::{CROP_SIDE, ModelChoice};
    use liveness_verifier::Cancelled;
    use uuid::Uuid;

    use super::*;
    use crate::backend::turns::RETRY_AFTER;
    use crate::domain::check::Urgency;

    #[test]
    fn bytes_that_are_not_weights_are_refused() {
        assert!(Local::new(Some(b"not a model")).is_err());
        assert!(Local::new(None).is_ok());
    }

    #[test]
    fn every_failure_has_its_code() {
        let code = |error: ClipError| match BackendError::from(CheckError::from(error)) {
            BackendError::Rejected { code, .. } => code,
            other => panic!("{other}"),
        };
        assert_eq!(code(ClipError::TooFew { got: 1 }), ErrorCode::InsufficientFrames);
        assert_eq!(code(ClipError::TooMany { got: 121 }), ErrorCode::ValidationError);
        assert_eq!(code(ClipError::FrameRate { fps: 0.0 }), ErrorCode::ValidationError);
        let given_up = BackendError::from(CheckError::from(ClipError::from(Cancelled)));
        assert_eq!(given_up, BackendError::Timeout);
        let given_up = BackendError::from(CheckError::from(VerifyError::from(Cancelled)));
        assert_eq!(given_up, BackendError::Timeout);
        let crop = ClipError::Crop { index: 0, source: liveness_verifier::DecodeError::NotPng };
        assert_eq!(code(crop), ErrorCode::ValidationError);
    }

    /// Says that it looks at a crop, and looks until it is told to go on.
    struct Slow {
        begun: Sender<()>,
        go_on: Receiver<()>,
        looked_at: Arc<AtomicUsize>,
    }

    impl FaceDetector for Slow {
        fn detect(&mut self, _: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
            self.looked_at.fetch_add(1, Ordering::SeqCst);
            self.begun.send(()).ok();
            // Fails when the test has ended.
            self.go_on.recv().ok();
            Ok(Vec::new())
        }
    }

    fn request() -> CheckRequest {
        let grey = vec![90; (CROP_SIDE * CROP_SIDE * 3) as usize];
        let png = Bytes::from(encode_png(&grey, CROP_SIDE, CROP_SIDE).unwrap());
        CheckRequest {
            session_id: Uuid::new_v4(),
            model: ModelChoice::Id("local-1-10".into()),
            ..CheckRequest::of_crops(vec![png; 10])
        }
    }

    #[tokio::test]
    async fn times_that_do_not_rise_say_nothing() {
        let local = Local::new(None).unwrap();
        let mut scores = Vec::new();
        for times in [vec![], vec![0.0; 10], (0..10).rev().map(f64::from).collect()] {
            let request = CheckRequest { timestamps_ms: times, fps: Some(10.0), ..request() };
            scores.push(local.check(request, far()).await.unwrap().verdict.score);
        }
        assert_eq!(scores, [scores[0]; 3]);
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    /// A caller who stops waiting does not make room for another check while the work goes on.
    #[tokio::test]
    async fn a_check_that_is_given_up_keeps_its_turn_until_its_work_ends() {
        let ((begun, has_begun), (go_on, may_go_on)) = (channel(), channel());
        let looked_at = Arc::new(AtomicUsize::new(0));
        let slow = Slow { begun, go_on: may_go_on, looked_at: Arc::clone(&looked_at) };
        let mut local =
            Local::with_parts(Verifier::new(Some(Box::new(slow))), FrameCutter::new(None), 1);
        local.turns = Turns::new(bounds(1, Duration::from_secs(1)));
        let local = Arc::new(local);

        let check = {
            let local = Arc::clone(&local);
            tokio::spawn(async move { local.check(request(), far()).await })
        };
        let has_begun = Mutex::new(has_begun);
        tokio::task::spawn_blocking(move || has_begun.lock().unwrap().recv().unwrap())
            .await
            .unwrap();
        let load = |running, waiting| Load { running, waiting, at_once: Some(1) };
        assert_eq!(local.load(), load(1, 0));
        check.abort();
        assert!(check.await.unwrap_err().is_cancelled());
        assert_eq!(local.load(), load(1, 0), "its work goes on");
        let next = {
            let local = Arc::clone(&local);
            tokio::spawn(async move { local.check(request(), far()).await })
        };
        while local.load().waiting == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(local.load(), load(1, 1));
        let busy = BackendError::Busy { retry_after: Some(RETRY_AFTER) };
        assert_eq!(next.await.unwrap(), Err(busy));
        assert_eq!(local.load(), load(1, 0), "it waits no more");

        // Only so many wait.
        local_waits_for_no_more_than_it_may(&local).await;

        // At its next step it ends.
        go_on.send(()).unwrap();
        let turn =
            tokio::time::timeout(Duration::from_secs(10), local.turns.take(Urgency::Session));
        drop(turn.await.expect("the turn comes back"));
        assert_eq!(looked_at.load(Ordering::SeqCst), 1, "no further crop was looked at");
        drop(go_on);
        let next = local.check(request(), far()).await.expect("another check");
        assert_eq!(next.verdict.frames_processed, Some(10));
    }

    async fn local_waits_for_no_more_than_it_may(local: &Arc<Local>) {
        let wait = || {
            let local = Arc::clone(local);
            tokio::spawn(async move { local.check(request(), far()).await })
        };
        // Half as many as of sessions.
        let most = WAITING_FOR_EACH / 2;
        let waiting: Vec<_> = (0..most).map(|_| wait()).collect();
        while local.load().waiting < most {
            tokio::task::yield_now().await;
        }
        let busy = Err(BackendError::Busy { retry_after: Some(RETRY_AFTER) });
        assert_eq!(wait().await.unwrap(), busy);
        assert_eq!(local.load().waiting, most, "told at once: the others still wait");
        for check in waiting {
            assert_eq!(check.await.unwrap(), busy, "out of patience");
        }
        assert_eq!(local.load().waiting, 0);
    }
}
