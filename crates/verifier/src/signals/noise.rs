//! Sensor noise: a camera's picture shimmers, a drawn or injected one may be too clean.

use super::Reading;
use crate::prepared::Prepared;
use crate::statistics::median;

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
            let middle = median(changes.iter().map(|c| f64::from(c.levels)));
            1.4826 * median(changes.iter().map(|c| (f64::from(c.levels) - middle).abs()))
                / 2f64.sqrt()
        })
        .collect();
    if spreads.len() < 3 {
        return Reading::none(NAME, "no smooth areas, or crops could not be aligned");
    }
    let value = median(spreads);
    Reading::of(NAME, value, format!("{value:.2} grey levels of temporal noise"))
}
