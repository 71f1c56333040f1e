//! Colour statistics: paper and screens, photographed, lose range between black and white.

use super::Reading;
use crate::prepared::Prepared;
use crate::statistics::{Levels, median};

/// The signal's name.
pub const NAME: &str = "colour_range";

/// Value: grey levels between the 2nd and the 98th per cent of the head's pixels, median over the crops.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let head = clip.head();
    let ranges = clip.luma.iter().zip(&clip.content).map(|(luma, content)| {
        let mut levels = Levels::of_rows(luma.within(head.and(content)));
        levels.quantile(0.98) - levels.quantile(0.02)
    });
    let value = median(ranges);
    Reading::of(NAME, value, format!("the head spans {value:.0} grey levels"))
}
