//! The verdict.

use crate::area::CENTRAL_FACE;
use crate::cancel::Cancel;
use crate::clip::Clip;
use crate::error::VerifyError;
use crate::faces::{FaceProblem, Faces};
use crate::model::{MEANINGS, WEIGHTS, Weights, leans};
use crate::parallel;
use crate::prepared::Prepared;
use crate::signals::{ALL, Reading, duplicates};
use crate::statistics::Levels;
use face_vision::FaceDetector;
use liveness_protocol::verdict::LIVE_THRESHOLD;
use liveness_protocol::{LEAST_FACE_LUMA, RiskBand, Verdict};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Version of signals, meanings and weights together; part of the model's id.
pub const VERSION: u32 = 1;
/// Share of identical neighbours from which a clip counts as frozen, whatever else it shows.
const FROZEN_SHARE: f64 = 0.5;
/// The highest score a frozen clip gets.
const FROZEN_SCORE: f64 = 5.0;
/// The highest score for material that allows no decision: below live.
const INCONCLUSIVE_SCORE: f64 = 50.0;

/// One signal's part in a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalReading {
    /// The signal's name.
    pub name: &'static str,
    /// What was measured; None where the clip does not allow it.
    pub value: Option<f64>,
    /// -1 speaks for an attack, +1 for a person.
    pub lean: f64,
    /// Log odds it adds to the score.
    pub weight: f64,
    /// How the value came about.
    pub evidence: String,
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Live, fake or inconclusive.
    pub verdict: Verdict,
    /// Probability of a person, 0 to 1, by the model. Not calibrated: see `docs/verifier.md`.
    pub real_score: f64,
    /// The same in per cent.
    pub score: f64,
    /// The score's band.
    pub risk_band: RiskBand,
    /// What each signal said.
    pub signals: Vec<SignalReading>,
    /// What is wrong with the material.
    pub warning: Option<String>,
}

/// A detector, used by one check at a time.
type Detector = Mutex<Box<dyn FaceDetector + Send>>;

/// Assesses clips. Shared between threads; faces are searched for in as many clips at a time as there are detectors.
pub struct Verifier {
    detectors: Vec<Detector>,
    /// The one that is waited for next where all are in use.
    turn: AtomicUsize,
    weights: Weights,
    threads: usize,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("detectors", &self.detectors.len())
            .field("weights", &self.weights)
            .field("threads", &self.threads)
            .finish()
    }
}

impl Verifier {
    /// With a detector, the crops are checked to show one face of a plausible size; without one they
    /// are believed to.
    pub fn new(detector: Option<Box<dyn FaceDetector + Send>>) -> Self {
        Self::with_weights(detector, WEIGHTS)
    }

    /// With several detectors of one kind, so that checks at once need not wait for each other.
    pub fn with_detectors(detectors: Vec<Box<dyn FaceDetector + Send>>) -> Self {
        let detectors = detectors.into_iter().map(Mutex::new).collect();
        Self { detectors, ..Self::new(None) }
    }

    /// With other weights than the shipped ones, as cross-validation needs.
    pub fn with_weights(detector: Option<Box<dyn FaceDetector + Send>>, weights: Weights) -> Self {
        let detectors = detector.map(Mutex::new).into_iter().collect();
        Self { detectors, turn: AtomicUsize::new(0), weights, threads: parallel::threads() }
    }

    /// With so many threads for a check; as many as the machine has processors, but at most four, unless said
    /// otherwise. The verdict is the same with any number.
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// The id of the model that runs on this many crops.
    pub fn model_id(frames: usize) -> String {
        format!("local-{VERSION}-{frames}")
    }

    /// Gives the verdict on a clip.
    ///
    /// # Errors
    /// [`VerifyError`] when the detector fails. Bad material is not an error but inconclusive.
    pub fn assess(&self, clip: &Clip) -> Result<Assessment, VerifyError> {
        self.assess_unless(clip, &Cancel::default())
    }

    /// The same, but given up between any two crops and any two signals once `cancel` says so.
    ///
    /// # Errors
    /// As [`Verifier::assess`], and [`VerifyError::Cancelled`].
    pub fn assess_unless(&self, clip: &Clip, cancel: &Cancel) -> Result<Assessment, VerifyError> {
        let find = || match self.detector() {
            Some(mut detector) => Faces::find(clip, detector.as_mut(), cancel).map(Some),
            None => Ok(None),
        };
        // The detector takes one crop after another; meanwhile the other threads do what needs no face.
        let prepare = || Ok(Prepared::new(clip, cancel, self.threads)?);
        let (faces, prepared) = parallel::both(self.threads, find, prepare)?;
        let area = faces.as_ref().and_then(|f| f.area).unwrap_or(CENTRAL_FACE);
        let prepared = prepared.with_face(area);
        let readings: Vec<Reading> =
            parallel::map(self.threads, ALL.len(), |k| cancel.check().map(|()| ALL[k](&prepared)))?;
        let found = faces.as_ref();
        // In the dark any position looks as good as another.
        let problem = found
            .and_then(Faces::problem)
            .or_else(|| darkness(&prepared))
            .or_else(|| found.is_some_and(Faces::lie).then_some(FaceProblem::Lying));
        Ok(self.decide(readings, problem, faces.as_ref().and_then(Faces::warning)))
    }

    /// A detector that is not in use, or the next that will not be.
    fn detector(&self) -> Option<MutexGuard<'_, Box<dyn FaceDetector + Send>>> {
        let free = self.detectors.iter().find_map(|detector| match detector.try_lock() {
            Ok(detector) => Some(detector),
            // A panic elsewhere leaves a detector usable: it keeps nothing between pictures.
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        free.or_else(|| {
            let turn =
                self.turn.fetch_add(1, Ordering::Relaxed).checked_rem(self.detectors.len())?;
            Some(self.detectors[turn].lock().unwrap_or_else(PoisonError::into_inner))
        })
    }

    fn decide(
        &self,
        readings: Vec<Reading>,
        problem: Option<FaceProblem>,
        warning: Option<String>,
    ) -> Assessment {
        let leans = leans(&readings);
        let frozen = readings
            .iter()
            .any(|r| r.name == duplicates::NAME && r.value.is_some_and(|v| v >= FROZEN_SHARE));
        let mut score = 100.0 * self.weights.probability(&leans);
        let mut verdict = if score >= LIVE_THRESHOLD { Verdict::Live } else { Verdict::Fake };
        let mut warning = warning;
        if let Some(problem) = problem {
            score = score.min(INCONCLUSIVE_SCORE);
            verdict = Verdict::Inconclusive;
            warning = Some(problem.to_string());
        } else if frozen {
            score = score.min(FROZEN_SCORE);
            verdict = Verdict::Fake;
        }
        let signals = readings
            .into_iter()
            .zip(leans)
            .zip(self.weights.signals)
            .map(|((r, lean), weight)| SignalReading {
                name: r.name,
                value: r.value,
                lean,
                weight: weight * lean,
                evidence: r.evidence,
            })
            .collect();
        debug_assert_eq!(MEANINGS.len(), ALL.len());
        Assessment {
            verdict,
            real_score: score / 100.0,
            score,
            risk_band: RiskBand::of_score(score),
            signals,
            warning,
        }
    }
}

fn darkness(clip: &Prepared<'_>) -> Option<FaceProblem> {
    let rows = clip.luma.iter().flat_map(|luma| luma.within(clip.face));
    (Levels::of_rows(rows).median() < LEAST_FACE_LUMA).then_some(FaceProblem::TooDark)
}
