//! Flicker: the brightness of the whole picture jumps from crop to crop.

use super::Reading;
use crate::prepared::Prepared;
use crate::statistics::Levels;

/// The signal's name.
pub const NAME: &str = "flicker";

/// Value: standard deviation of the face's brightness around its own slow course; per cent.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let series: Vec<f64> =
        clip.luma.iter().map(|luma| Levels::of_rows(luma.within(clip.face)).median()).collect();
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    // A second difference of white noise has six times its variance; slow courses drop out.
    let squares: f64 = series.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).powi(2)).sum();
    let value = 100.0 * (squares / (series.len() - 2) as f64 / 6.0).sqrt() / mean.max(8.0);
    Reading::of(NAME, value, format!("the face's brightness flickers by {value:.2} %"))
}
