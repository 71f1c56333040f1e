//! Sensor noise: a camera's picture shimmers, a drawn or injected one may be too clean.

use super::Reading;
use crate::prepared::Prepared;
use crate::statistics::{Levels, median};

/// The signal's name.
pub const NAME: &str = "noise";

/// Value: standard deviation of the smooth pixels' change between neighbours after alignment, robust,
/// per picture; grey levels.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let spreads: Vec<f64> = clip
        .changes
        .iter()
        .flatten()
        .filter(|changes| changes.len() > 500)
        .map(|changes| {
            let mut levels: Levels = changes.iter().map(|c| c.levels).collect();
            let middle = levels.median() as f32;
            let mut apart: Levels = changes.iter().map(|c| (c.levels - middle).abs()).collect();
            1.4826 * apart.median() / 2f64.sqrt()
        })
        .collect();
    if spreads.len() < 3 {
        return Reading::none(NAME, "no smooth areas, or crops could not be aligned");
    }
    let value = median(spreads);
    Reading::of(NAME, value, format!("{value:.2} grey levels of temporal noise"))
}
