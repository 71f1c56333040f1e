//! What can be measured of a clip. One signal per module, each a pure function.

use crate::prepared::Prepared;

pub mod aligned;
pub mod banding;
pub mod colour;
pub mod duplicates;
pub mod flicker;
pub mod frame_edges;
pub mod glare;
pub mod moire;
pub mod noise;
pub mod non_rigid;
pub mod parallax;
pub mod planarity;
pub mod pulse;
pub mod sharpness;
#[cfg(test)]
mod tests;

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The signal's name.
    pub name: &'static str,
    /// What was measured, in the signal's own unit; None where the clip does not allow it.
    pub value: Option<f64>,
    /// How the value came about, for a person to read.
    pub evidence: String,
}

impl Reading {
    fn of(name: &'static str, value: f64, evidence: String) -> Self {
        // What is no number says nothing.
        Self { name, value: value.is_finite().then_some(value), evidence }
    }

    fn none(name: &'static str, why: &str) -> Self {
        Self { name, value: None, evidence: why.to_owned() }
    }
}

/// A signal: from a clip to a reading.
pub type Signal = fn(&Prepared<'_>) -> Reading;

/// All signals, in the order of the model's weights.
pub const ALL: [Signal; 13] = [
    planarity::read,
    non_rigid::read,
    parallax::read,
    duplicates::read,
    noise::read,
    moire::read,
    frame_edges::read,
    banding::read,
    flicker::read,
    glare::read,
    colour::read,
    sharpness::read,
    pulse::read,
];
