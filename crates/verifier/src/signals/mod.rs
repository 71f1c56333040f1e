//! What can be measured of a clip. One signal per module, each a pure function.

use crate::prepared::Prepared;

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
mod reading;
pub mod sharpness;
#[cfg(test)]
mod tests;

pub use reading::Reading;

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
