//! Reads the table: what one frame's measures mean for the check.

use liveness_protocol::{CaptureWarning, LEAST_FACE_LUMA};

use crate::{FaceBox, FrameAnalysis};

use super::bound::{LOOSER, STRICTER};
use super::{
    Cause, Force, Gate, Guidance, Measure, Measures, framing, table::LEAST_FACE_LUMA_BEFORE,
};

/// How near to its looser bound what yields lets people in: a run must not break by the first small movement.
const YIELDING_EASE: f64 = 0.85;

/// How long advice is given before frames are taken all the same, in milliseconds of the frames' own time.
const PATIENCE_MS: f64 = 3_000.0;
/// The longest pause between two frames that counts as time to follow advice.
const LONGEST_STEP_MS: f64 = 500.0;
/// How far the usual best sharpness follows a frame that is sharper.
const SHARPER_PACE: f64 = 0.2;
/// How far it follows one that is less sharp.
const BLURRED_PACE: f64 = 0.005;
/// A run has a warning from this share of its frames on.
const WARNING_SHARE: f64 = 0.5;

/// A judgement on one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Judgement {
    /// One face, good enough.
    Good(FaceBox),
    /// What is wrong, and what the person should do about it.
    Problem {
        /// For developers.
        cause: Cause,
        /// For the person.
        guidance: Guidance,
    },
}

/// Judges frame after frame.
#[derive(Debug, Clone)]
pub struct Judge {
    gates: &'static [Gate],
    /// How much longer advice is given.
    patience_ms: f64,
    last_ms: f64,
    sharpest: f64,
    unchanged_since_ms: f64,
    measures: Measures,
    far: bool,
}

impl Judge {
    /// Judges by these gates. `advises`: whether somebody can follow advice, as nobody can in a file.
    pub fn new(gates: &'static [Gate], advises: bool) -> Self {
        Self {
            gates,
            patience_ms: if advises { PATIENCE_MS } else { 0.0 },
            last_ms: f64::NAN,
            sharpest: 0.0,
            unchanged_since_ms: f64::NAN,
            measures: Measures::default(),
            far: false,
        }
    }

    /// The measures of the frame last judged.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Whether there is far to go to where the face of the frame last judged should be.
    pub fn is_far(&self) -> bool {
        self.far
    }

    /// Judges the next frame: by the stricter bounds, or while `capturing` by the looser ones.
    pub fn judge(&mut self, analysis: &FrameAnalysis, capturing: bool) -> Judgement {
        let face = self.measure(analysis, capturing);
        let step_ms = (analysis.timestamp_ms - self.last_ms).clamp(0.0, LONGEST_STEP_MS);
        self.last_ms = analysis.timestamp_ms;
        let (ease, yielding) = match capturing {
            true => (LOOSER, LOOSER),
            false => (STRICTER, YIELDING_EASE),
        };
        let blocked = self.worst(Force::Yields, ease, yielding).is_some();
        let weakest = match (blocked || self.patience_ms > 0.0, capturing) {
            (false, _) => Force::Yields,
            (true, true) => Force::Insists,
            (true, false) => Force::Advises,
        };
        // While there is advice, what yields is not let in; nor is it in the way of what blocks.
        let upright = !blocked && weakest == Force::Advises;
        let worst = self.worst(weakest, ease, if upright { ease } else { yielding });
        if let (Some(_), false) = (worst, blocked) {
            // NaN for the first frame.
            self.patience_ms -= step_ms.max(0.0);
        }
        self.far = worst.is_some_and(|(gate, _)| {
            gate.bound.excess(self.measures.get(gate.measure), STRICTER) > far_beyond(gate.measure)
        });
        match (worst, face) {
            (Some((gate, _)), _) => {
                Judgement::Problem { cause: gate.cause, guidance: gate.guidance }
            }
            (None, Some(face)) => Judgement::Good(face),
            (None, None) => Judgement::Problem { cause: Cause::NoFace, guidance: Guidance::NoFace },
        }
    }

    fn measure(&mut self, analysis: &FrameAnalysis, capturing: bool) -> Option<FaceBox> {
        let mut measures = analysis.measures.clone();
        let face = framing::measure(analysis, &mut measures);
        let least = if capturing { LEAST_FACE_LUMA } else { LEAST_FACE_LUMA_BEFORE };
        if measures.get(Measure::FaceLuma) < least {
            measures.set(Measure::DarkFaceBacklight, measures.get(Measure::Backlight));
        }
        self.compare_eyes(&mut measures);
        self.compare_sharpness(&mut measures);
        let now_ms = analysis.timestamp_ms;
        // Not `!= 0.0`: what could not be measured counts as a change.
        if measures.get(Measure::FrameChange) == 0.0 && now_ms >= self.unchanged_since_ms {
            measures.set(Measure::FrozenFor, now_ms - self.unchanged_since_ms);
        } else {
            self.unchanged_since_ms = now_ms;
        }
        self.measures = measures;
        face
    }

    fn compare_eyes(&self, measures: &mut Measures) {
        let (right, left) =
            (measures.get(Measure::RightEyeLuma), measures.get(Measure::LeftEyeLuma));
        measures.set(Measure::EyeAsymmetry, 2.0 * (right - left).abs() / (right + left));
        // An eye that could not be measured counts neither way.
        measures.set(Measure::BrighterEyeLuma, right.max(left));
        measures.set(Measure::DarkerEyeLuma, right.min(left));
        let contrasts = [Measure::RightEyeContrast, Measure::LeftEyeContrast];
        let [right, left] = contrasts.map(|measure| measures.get(measure));
        measures.set(Measure::BetterEyeContrast, right.max(left));
    }

    /// With what this camera has shown of this face: resolution, compression and light differ too much from place to
    /// place for one figure. One frame alone hardly counts: it may be of something taken for a face.
    fn compare_sharpness(&mut self, measures: &mut Measures) {
        let sharpness = measures.get(Measure::Sharpness);
        if sharpness.is_nan() {
            return;
        }
        let pace = if sharpness > self.sharpest { SHARPER_PACE } else { BLURRED_PACE };
        self.sharpest = match self.sharpest {
            0.0 => sharpness,
            sharpest => sharpest + pace * (sharpness - sharpest),
        };
        measures.set(Measure::RelativeSharpness, sharpness / self.sharpest);
    }

    /// Of the gates that fail and are no weaker than this, the one of the lowest rank that is furthest beyond its bound, with
    /// how far; `ease` says which bound that is, and `yielding` the same of what yields.
    fn worst(&self, weakest: Force, ease: f64, yielding: f64) -> Option<(&'static Gate, f64)> {
        let mut worst: Option<(&'static Gate, f64)> = None;
        for gate in self.gates.iter().filter(|gate| gate.force <= weakest) {
            let ease = if gate.force == Force::Yields { yielding } else { ease };
            let excess = gate.bound.excess(self.measures.get(gate.measure), ease);
            let is_worse = worst.is_none_or(|(other, most)| {
                gate.rank < other.rank || gate.rank == other.rank && excess > most
            });
            if excess > 0.0 && is_worse {
                worst = Some((gate, excess));
            }
        }
        worst
    }
}

/// How far beyond its stricter bound, as a share of it, a measure of the face's place is that takes a step to mend: its
/// area off by half, its centre half as far again as it may be, a twelfth of the picture beyond its edge.
fn far_beyond(measure: Measure) -> f64 {
    match measure {
        Measure::FaceArea | Measure::OffsetX | Measure::OffsetY => 0.5,
        Measure::MarginLeft
        | Measure::MarginRight
        | Measure::MarginTop
        | Measure::MarginBottom
        | Measure::WiderMargin => 5.0,
        _ => f64::INFINITY,
    }
}

/// How often each gate failed in the frames of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    frames: u32,
    failed: Vec<u32>,
}

impl Tally {
    /// Counts a frame that is taken; by the stricter bounds, since the looser ones only keep a run from breaking.
    pub(crate) fn count(&mut self, gates: &[Gate], measures: &Measures) {
        self.frames += 1;
        self.failed.resize(gates.len(), 0);
        for (gate, failed) in gates.iter().zip(&mut self.failed) {
            *failed += u32::from(gate.fails(measures.get(gate.measure), false));
        }
    }

    /// What readers of the verdict should know, each once.
    pub(crate) fn warnings(&self, gates: &[Gate]) -> Vec<CaptureWarning> {
        let mut warnings = Vec::new();
        for (gate, failed) in gates.iter().zip(&self.failed) {
            let often = f64::from(*failed) >= WARNING_SHARE * f64::from(self.frames);
            if let (true, Some(warning)) = (often, gate.warning)
                && !warnings.contains(&warning)
            {
                warnings.push(warning);
            }
        }
        warnings
    }
}
