//! A closer look at a borderline verdict: the same check goes on with a model that sees more frames.

use liveness_protocol::{BORDERLINE, Verdict};

/// When a check goes on after a verdict, and how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Escalation {
    /// How many frames each further step needs, as far as is known; the server says for certain. Empty: the first
    /// verdict is the check's.
    pub frames: Vec<u32>,
    /// The lowest and the highest borderline score.
    pub band: (f64, f64),
}

impl Default for Escalation {
    fn default() -> Self {
        Self { frames: Vec::new(), band: BORDERLINE }
    }
}

impl Escalation {
    /// Whether some score is borderline, and every step has frames.
    pub(crate) fn makes_sense(&self) -> bool {
        let (lowest, highest) = self.band;
        0.0 <= lowest && lowest <= highest && highest <= 100.0 && !self.frames.contains(&0)
    }

    /// Whether this calls for a closer look. No decision always does.
    pub(crate) fn is_borderline(&self, verdict: Verdict, score: f64) -> bool {
        verdict.is_borderline(score, self.band)
    }
}
