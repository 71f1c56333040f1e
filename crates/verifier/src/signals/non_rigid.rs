//! Does the face itself change: eyes, mouth, cheeks?
//!
//! The face's points are followed over half a second and between neighbours; what remains after the
//! face's own plane motion is taken per cell of a 4x5 grid (the median of its points, so that single
//! points that slipped do not count). A still picture has none; a face that blinks, speaks or turns has.

use super::Reading;
use crate::area::Area;
use crate::homography::{Homography, Match, length};
use crate::prepared::{Pair, Prepared};
use crate::statistics::{median, quantile};

/// The signal's name.
pub const NAME: &str = "non_rigid";
const COLUMNS: usize = 4;
const ROWS: usize = 5;
const MIN_POINTS: usize = 16;
const MIN_POINTS_PER_CELL: usize = 3;

/// Value: motion of the cell that moves most against the face, upper decile over the pairs; pixels.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let area = clip.face.grown(0.1, 0.15, 0.15);
    let moved: Vec<f64> =
        clip.long.iter().chain(&clip.short).filter_map(|pair| strongest(pair, area)).collect();
    if moved.len() < 4 {
        return Reading::none(NAME, "too few points of the face could be followed");
    }
    let value = quantile(moved.iter().copied(), 0.9);
    Reading::of(
        NAME,
        value,
        format!("parts of the face move by {value:.2} px against it, {} pairs", moved.len()),
    )
}

fn strongest(pair: &Pair, area: Area) -> Option<f64> {
    let inside = |m: &&Match| area.contains(m.from[0] as usize, m.from[1] as usize);
    let points: Vec<Match> = pair.matches.iter().filter(inside).copied().collect();
    if points.len() < MIN_POINTS {
        return None;
    }
    let plane = Homography::fit(&points)?;
    let mut cells = vec![Vec::new(); COLUMNS * ROWS];
    for m in &points {
        let column = (m.from[0] as usize - area.left) * COLUMNS / area.width();
        let row = (m.from[1] as usize - area.top) * ROWS / area.height();
        cells[row * COLUMNS + column].push(plane.residual(m));
    }
    cells
        .iter()
        .filter(|cell| cell.len() >= MIN_POINTS_PER_CELL)
        .map(|cell| length([0, 1].map(|k| median(cell.iter().map(|r| r[k])))).min(8.0))
        .max_by(f64::total_cmp)
}
