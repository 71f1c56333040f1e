//! Does everything move as one flat thing?
//!
//! Between crops half a second apart, one homography is fitted to all followed points of the head
//! and its surroundings. A picture held up to the camera follows it, however it is turned; a head that
//! turns in front of a chest and a wall does not.

use super::Reading;
use crate::homography::{Homography, Match, length};
use crate::prepared::Prepared;
use crate::statistics::quantile;

/// The signal's name.
pub const NAME: &str = "planarity";
/// Points farther than this from the crop's centre, in pixels, may lie beside a picture held up.
const REACH: f64 = 80.0;
const MIN_POINTS: usize = 25;

/// Value: what a plane's motion leaves unexplained, mean over the points, upper quartile over the
/// pairs; pixels of the 224 pixel crop.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let residuals: Vec<f64> = clip.long.iter().filter_map(|pair| residual(&pair.matches)).collect();
    if residuals.len() < clip.long.len().div_ceil(3) {
        return Reading::none(NAME, "too few points could be followed");
    }
    let value = quantile(residuals.iter().copied(), 0.75);
    let evidence = format!(
        "{value:.2} px off one plane's motion, {} of {} pairs of crops",
        residuals.len(),
        clip.long.len()
    );
    Reading::of(NAME, value, evidence)
}

fn residual(matches: &[Match]) -> Option<f64> {
    let near: Vec<Match> = matches
        .iter()
        .filter(|m| m.from.iter().all(|v| (v - 112.0).abs() < REACH))
        .copied()
        .collect();
    if near.len() < MIN_POINTS {
        return None;
    }
    let plane = Homography::fit(&near)?;
    // One lost point must not outweigh the rest.
    Some(near.iter().map(|m| length(plane.residual(m)).min(6.0)).sum::<f64>() / near.len() as f64)
}
