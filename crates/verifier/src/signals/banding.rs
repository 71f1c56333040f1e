//! Bands: a screen lit line by line, or dimmed by pulses, shows as dark rows that wander.

use super::Reading;
use crate::aligned::Change;
use crate::png_crop::SIDE;
use crate::prepared::Prepared;
use crate::statistics::{Levels, median};
use std::f64::consts::TAU;

/// The signal's name.
pub const NAME: &str = "banding";
const MIN_ROWS: usize = 96;
const MIN_PIXELS: usize = 8;

/// Value: amplitude of the strongest wave over the rows (2 to 16 waves per crop) in the brightness
/// change between neighbours, median over the pairs; per cent.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let amplitudes: Vec<f64> =
        clip.changes.iter().flatten().filter_map(|changes| wave(changes)).collect();
    if amplitudes.len() < 3 {
        return Reading::none(NAME, "no smooth areas, or crops could not be aligned");
    }
    let value = median(amplitudes);
    Reading::of(NAME, value, format!("rows brighten and darken by {value:.2} % in bands"))
}

fn wave(changes: &[Change]) -> Option<f64> {
    let profile: Vec<(f64, f64)> = changes
        .chunk_by(|a, b| a.y == b.y)
        .filter(|row| row.len() >= MIN_PIXELS)
        .map(|row| {
            let shares = row.iter().map(|change| 100.0 * change.levels / change.luma.max(16.0));
            (f64::from(row[0].y), shares.collect::<Levels>().median())
        })
        .collect();
    if profile.len() < MIN_ROWS {
        return None;
    }
    let n = profile.len() as f64;
    let (my, mv) = profile.iter().fold((0.0, 0.0), |(a, b), (y, v)| (a + y / n, b + v / n));
    let slope = profile.iter().map(|(y, v)| (y - my) * (v - mv)).sum::<f64>()
        / profile.iter().map(|(y, _)| (y - my).powi(2)).sum::<f64>();
    let turns: [(f64, f64); SIDE] =
        std::array::from_fn(|part| (TAU * part as f64 / SIDE as f64).sin_cos());
    (2..=16)
        .map(|waves| {
            let (re, im) = profile.iter().fold((0.0, 0.0), |(re, im), (y, v)| {
                let flat = v - mv - slope * (y - my);
                let (sin, cos) = turns[waves * *y as usize % SIDE];
                (re + flat * cos, im + flat * sin)
            });
            2.0 * re.hypot(im) / n
        })
        .max_by(f64::total_cmp)
}
