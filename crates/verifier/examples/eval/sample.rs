//! What is known of one assessed clip.

use crate::footage::Class;
use liveness_verifier::Assessment;

/// One assessed clip.
pub struct Sample {
    /// Name of the footage.
    pub name: String,
    /// What it is.
    pub class: Class,
    /// Who or what it was made from; shared ones are left out together.
    pub source: String,
    /// Whether the weights may be fitted to it.
    pub fitted: bool,
    /// Number of crops.
    pub crops: usize,
    /// With the shipped weights.
    pub shipped: Assessment,
    /// Score without this source in the fit.
    pub validated: f64,
}
