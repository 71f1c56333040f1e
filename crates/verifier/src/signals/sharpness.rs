//! Sharpness of the face. A re-photographed picture has been blurred twice; so has a bad camera's.

use super::Reading;
use crate::prepared::Prepared;
use crate::statistics::median;

/// The signal's name.
pub const NAME: &str = "sharpness";

/// Value: energy of the Laplacian over the variance of the face's grey values, median over the crops;
/// decibels (0 for white noise, far below for a picture).
pub fn read(clip: &Prepared<'_>) -> Reading {
    let area = clip.face;
    let ratios = clip.luma.iter().map(|luma| {
        let at = |x: usize, y: usize| f64::from(luma.data[y * luma.width + x]);
        let (mut laplacian, mut sum, mut squares, mut n) = (0.0, 0.0, 0.0, 0.0);
        for (x, y) in area.pixels().filter(|&(x, y)| (1..223).contains(&x) && (1..223).contains(&y))
        {
            let v = at(x, y);
            laplacian +=
                (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * v).powi(2);
            sum += v;
            squares += v * v;
            n += 1.0;
        }
        let variance: f64 = squares / n - (sum / n) * (sum / n);
        // White noise has twenty times its variance in this Laplacian.
        10.0 * ((laplacian / n + 1e-3) / (20.0 * variance.max(1.0))).log10()
    });
    let value = median(ratios);
    Reading::of(NAME, value, format!("fine detail {value:.1} dB against white noise"))
}
