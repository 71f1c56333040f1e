//! Does the head move against what is behind it?
//!
//! Crops are cut around a jittering box, and a picture held in the hand tilts, so the surroundings' own
//! plane motion is estimated first, carried over to the face, and taken off the face's motion.

use super::Reading;
use crate::homography::{Homography, Match, length};
use crate::prepared::{Pair, Prepared};
use crate::statistics::{median, quantile};

/// The signal's name.
pub const NAME: &str = "parallax";
const MIN_POINTS: usize = 12;

/// Value: motion of the face against its surroundings over half a second, upper quartile; pixels.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let moved: Vec<f64> =
        clip.long.iter().filter_map(|pair| against_surroundings(clip, pair)).collect();
    if moved.len() < clip.long.len().div_ceil(3) {
        return Reading::none(NAME, "too little to follow beside the face");
    }
    let value = quantile(moved.iter().copied(), 0.75);
    Reading::of(
        NAME,
        value,
        format!("the face moves {value:.2} px against its surroundings, {} pairs", moved.len()),
    )
}

fn against_surroundings(clip: &Prepared<'_>, pair: &Pair) -> Option<f64> {
    let (head, face) = (clip.head(), clip.face);
    let at = |m: &Match| (m.from[0] as usize, m.from[1] as usize);
    let near = |m: &Match| m.from.iter().all(|v| (v - 112.0).abs() < 95.0);
    let around: Vec<Match> = pair
        .matches
        .iter()
        .filter(|m| near(m) && !head.contains(at(m).0, at(m).1))
        .copied()
        .collect();
    let inner: Vec<Match> =
        pair.matches.iter().filter(|m| face.contains(at(m).0, at(m).1)).copied().collect();
    if around.len() < MIN_POINTS || inner.len() < MIN_POINTS {
        return None;
    }
    let background = Homography::fit(&around)?;
    Some(length([0, 1].map(|k| median(inner.iter().map(|m| background.residual(m)[k])))).min(12.0))
}
