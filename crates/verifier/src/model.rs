//! From readings to a score: a logistic model with strong priors.
//!
//! Each reading becomes a *lean* from -1 (speaks for an attack) to +1 (speaks for a person); the score
//! is the logistic function of their weighted sum. What a reading means (centre, scale, direction) is
//! prior knowledge and was set by hand from how the attacks work; only the weights are fitted, and each
//! is held near its prior by a normal distribution, so that the few clips at hand correct the priors
//! rather than replace them.
//!
//! Provenance of [`WEIGHTS`]: printed by `cargo run -p liveness-verifier --example eval -- --fit`.

use crate::signals::{ALL, Reading};

/// How a reading's value becomes a lean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meaning {
    /// The signal's name.
    pub name: &'static str,
    /// The value that speaks for neither side.
    pub centre: f64,
    /// The distance from the centre at which the lean is 0.76. Negative: a larger value speaks for an attack.
    pub scale: f64,
    /// Centre and scale are of the value's natural logarithm.
    pub logarithmic: bool,
    /// Can only speak for an attack: its absence proves nothing, since not every attack shows it.
    pub only_incriminates: bool,
    /// The weight expected before any clip is seen.
    pub prior: f64,
}

const fn both(name: &'static str, centre: f64, scale: f64, prior: f64) -> Meaning {
    Meaning { name, centre, scale, logarithmic: true, only_incriminates: false, prior }
}

const fn incriminating(name: &'static str, centre: f64, scale: f64, prior: f64) -> Meaning {
    Meaning { name, centre, scale, logarithmic: false, only_incriminates: true, prior }
}

/// What the signals mean, in the order of [`ALL`].
pub const MEANINGS: [Meaning; ALL.len()] = [
    // Tracking noise is about 0.3 px; a person moves by a pixel or more.
    both("planarity", -0.5, 0.5, 1.0),
    // A blink or a word moves its cell by 2 px; noise reaches 0.8.
    both("non_rigid", 0.25, 0.4, 2.0),
    both("parallax", -0.1, 0.9, 0.7),
    incriminating("duplicates", 0.15, -0.15, 2.0),
    // Nothing that passed through a sensor stays below 0.1 grey levels.
    incriminating("noise", 0.12, 0.04, 0.5),
    incriminating("moire", 2.6, -0.5, 1.5),
    // A room has edges too, rarely on three sides.
    incriminating("frame_edges", 0.45, -0.12, 2.5),
    incriminating("banding", 0.5, -0.4, 1.5),
    incriminating("flicker", 2.5, -1.0, 0.5),
    incriminating("glare", 3.0, -2.0, 0.5),
    incriminating("colour_range", 70.0, 20.0, 0.5),
    incriminating("sharpness", -29.0, 2.0, 0.5),
    Meaning {
        name: "pulse",
        centre: 0.45,
        scale: 0.25,
        logarithmic: false,
        only_incriminates: false,
        prior: 0.1,
    },
];

/// What speaks for a person before anything is measured.
pub const PRIOR_BIAS: f64 = 0.3;
/// Standard deviation of the weights around their priors.
pub const PRIOR_SPREAD: f64 = 1.0;

/// Weights: the bias, then one per signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Added to the weighted leans.
    pub bias: f64,
    /// In the order of [`ALL`].
    pub signals: [f64; ALL.len()],
}

impl Weights {
    /// The weights expected before any clip is seen.
    pub fn prior() -> Self {
        Self { bias: PRIOR_BIAS, signals: MEANINGS.map(|m| m.prior) }
    }

    /// Log odds of a person.
    pub fn logit(&self, leans: &[f64; ALL.len()]) -> f64 {
        self.bias + self.signals.iter().zip(leans).map(|(w, l)| w * l).sum::<f64>()
    }

    /// Probability (0 to 1) of a person.
    pub fn probability(&self, leans: &[f64; ALL.len()]) -> f64 {
        1.0 / (1.0 + (-self.logit(leans)).exp())
    }
}

/// The weights in use: the priors; see the module's documentation.
pub const WEIGHTS: Weights = Weights {
    bias: 0.3,
    signals: [1.0, 2.0, 0.7, 2.0, 0.5, 1.5, 2.5, 1.5, 0.5, 0.5, 0.5, 0.5, 0.1],
};

impl Meaning {
    /// The lean of a reading, -1 (attack) to 1 (person); 0 for what could not be measured.
    pub fn lean(&self, reading: &Reading) -> f64 {
        let Some(value) = reading.value else { return 0.0 };
        let value = if self.logarithmic { value.max(1e-3).ln() } else { value };
        let lean = ((value - self.centre) / self.scale).tanh();
        if self.only_incriminates { lean.min(0.0) } else { lean }
    }
}

/// The leans of all readings, which are in the order of [`ALL`].
pub fn leans(readings: &[Reading]) -> [f64; ALL.len()] {
    let mut leans = [0.0; ALL.len()];
    for (lean, (meaning, reading)) in leans.iter_mut().zip(MEANINGS.iter().zip(readings)) {
        debug_assert_eq!(meaning.name, reading.name);
        *lean = meaning.lean(reading);
    }
    leans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(name: &'static str, value: Option<f64>) -> Reading {
        Reading { name, value, evidence: String::new() }
    }

    #[test]
    fn absence_of_an_attacks_trace_proves_nothing() {
        let moire = MEANINGS[5];
        assert_eq!(moire.lean(&reading("moire", Some(0.0))), 0.0);
        assert!(moire.lean(&reading("moire", Some(5.0))) < -0.9);
        assert_eq!(moire.lean(&reading("moire", None)), 0.0);
    }

    #[test]
    fn every_weight_speaks_in_its_signals_direction() {
        for (meaning, weight) in MEANINGS.iter().zip(WEIGHTS.signals) {
            assert!(
                weight >= 0.0 && meaning.prior >= 0.0 && meaning.scale != 0.0,
                "{}",
                meaning.name
            );
        }
    }

    #[test]
    fn nothing_measured_is_not_a_pass() {
        let score = 100.0 * WEIGHTS.probability(&[0.0; ALL.len()]);
        assert!(score < liveness_protocol::verdict::LIVE_THRESHOLD, "{score}");
    }
}
