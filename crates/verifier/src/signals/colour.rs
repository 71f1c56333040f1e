//! Colour statistics: paper and screens, photographed, lose range between black and white.

use super::Reading;
use crate::prepared::Prepared;
use crate::statistics::{median, quantile};

/// The signal's name.
pub const NAME: &str = "colour_range";

/// Value: grey levels between the 2nd and the 98th per cent of the head's pixels, median over the crops.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let head = clip.head();
    let ranges = clip.luma.iter().zip(&clip.content).map(|(luma, content)| {
        let values: Vec<f64> = head
            .and(content)
            .pixels()
            .map(|(x, y)| f64::from(luma.data[y * luma.width + x]))
            .collect();
        quantile(values.iter().copied(), 0.98) - quantile(values.iter().copied(), 0.02)
    });
    let value = median(ranges);
    Reading::of(NAME, value, format!("the head spans {value:.0} grey levels"))
}
