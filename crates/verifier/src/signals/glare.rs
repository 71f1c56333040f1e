//! Glare: glossy paper and glass reflect lamps as burnt-out patches without colour.

use super::Reading;
use crate::prepared::Prepared;
use crate::statistics::quantile;

/// The signal's name.
pub const NAME: &str = "glare";
const BURNT: u8 = 250;

/// Value: share of the head's pixels that are burnt out, upper decile over the crops; per cent.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let head = clip.head();
    let shares = clip.clip.frames().iter().map(|crop| {
        let burnt: usize = head
            .of(crop)
            .map(|row| row.iter().filter(|rgb| rgb.iter().all(|&v| v >= BURNT)).count())
            .sum();
        100.0 * burnt as f64 / head.pixels().count().max(1) as f64
    });
    let value = quantile(shares, 0.9);
    Reading::of(NAME, value, format!("{value:.1} % of the head is burnt out"))
}
