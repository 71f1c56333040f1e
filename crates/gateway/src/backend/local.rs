//! The verifier in this process.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Instant;

use async_trait::async_trait;
use face_vision::{BlazeFace, FaceDetector, ModelError};
use liveness_protocol::{ErrorCode, VerdictData};
use liveness_verifier::{Assessment, Clip, ClipError, Verifier, VerifyError};
use tokio::sync::Semaphore;

use super::{BackendError, CheckBackend, CheckReply, CheckRequest, Mode, ModelNotices};
use crate::clock::{Clock as _, SystemClock, iso8601};
use crate::models::{self, LOCAL_MAX_FRAMES, ResolvedModel};

/// Decides with the local verifier, as many checks at once as there are processors.
pub struct Local {
    verifier: Arc<Verifier>,
    room: Semaphore,
}

/// Why the verifier gives no verdict.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error(transparent)]
    Clip(#[from] ClipError),
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

impl Local {
    /// A verifier that checks the crops' faces with the detector of these weights, or, without, takes
    /// them as they are.
    ///
    /// # Errors
    /// When the weights are not those of the detector.
    pub fn new(weights: Option<&[u8]>) -> Result<Self, ModelError> {
        let detector = match weights {
            Some(weights) => {
                let detector: Box<dyn FaceDetector + Send> =
                    Box::new(BlazeFace::from_weights(weights)?);
                Some(detector)
            }
            None => None,
        };
        let room = Semaphore::new(available_parallelism().map_or(1, usize::from));
        Ok(Self { verifier: Arc::new(Verifier::new(detector)), room })
    }
}

fn assess(verifier: &Verifier, request: &CheckRequest) -> Result<Assessment, CheckError> {
    let times = Some(request.timestamps_ms.clone()).filter(|times| !times.is_empty());
    let clip = Clip::from_pngs(&request.crops, times, request.fps)?;
    Ok(verifier.assess(&clip)?)
}

fn verdict(request: &CheckRequest, assessment: Assessment, started: Instant) -> VerdictData {
    VerdictData {
        verdict: assessment.verdict,
        confidence: Some(assessment.real_score),
        real_score: assessment.real_score,
        score: assessment.score,
        risk_band: Some(assessment.risk_band),
        session_id: request.session_id.to_string(),
        model: Some(Verifier::model_id(request.crops.len())),
        input_source: Some("rest_crops".to_owned()),
        processing_ms: Some(started.elapsed().as_millis() as u64),
        frames_processed: Some(request.crops.len() as u32),
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
        };
        match code {
            ErrorCode::InternalError => {
                tracing::error!(%error, "the verifier failed");
                Self::Internal
            }
            ErrorCode::InsufficientFrames => Self::Rejected { code, message: error.to_string() },
            // Both endpoints look at every crop before: what is left is a request that does not fit.
            _ => Self::Rejected { code: ErrorCode::ValidationError, message: error.to_string() },
        }
    }
}

#[async_trait]
impl CheckBackend for Local {
    fn mode(&self) -> Mode {
        Mode::Local
    }

    fn runs(&self, model: &ResolvedModel) -> Option<String> {
        (model.min_frames <= LOCAL_MAX_FRAMES).then(|| models::local_id(model.min_frames))
    }

    async fn check(&self, request: CheckRequest) -> Result<CheckReply, BackendError> {
        let _turn = self.room.acquire().await.map_err(|_closed| BackendError::Internal)?;
        let verifier = Arc::clone(&self.verifier);
        let started = Instant::now();
        let work = move || -> Result<CheckReply, CheckError> {
            let assessment = assess(&verifier, &request)?;
            let signals: Vec<String> = assessment
                .signals
                .iter()
                .map(|signal| format!("{} {:+.2}", signal.name, signal.weight))
                .collect();
            tracing::debug!(score = assessment.score, signals = signals.join(", "), "assessed");
            let verdict = verdict(&request, assessment, started);
            let notices = match models::resolve(&request.model) {
                Ok(asked) => {
                    ModelNotices::of_model(&asked, verdict.model.as_deref().unwrap_or_default())
                }
                // Both endpoints have resolved it before.
                Err(_unknown) => ModelNotices::default(),
            };
            Ok(CheckReply { verdict, notices })
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
    use super::*;

    #[test]
    fn weights_that_are_none_are_refused() {
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
        let crop = ClipError::Crop { index: 0, source: liveness_verifier::DecodeError::NotPng };
        assert_eq!(code(crop), ErrorCode::ValidationError);
    }
}
