//! Pulse: the colour of skin follows the heart. Weak at ten pictures a second and three seconds, so it
//! counts little.

use super::Reading;
use crate::prepared::Prepared;
use std::f64::consts::TAU;

/// The signal's name.
pub const NAME: &str = "pulse";
const MIN_SECONDS: f64 = 2.8;
const LOW_HZ: f64 = 0.8;
const HIGH_HZ: f64 = 3.0;

/// Value: share (0 to 1) of the strongest rate between 48 and 180 beats a minute in the face's
/// detrended green share.
pub fn read(clip: &Prepared<'_>) -> Reading {
    if clip.clip.seconds() < MIN_SECONDS || clip.clip.fps() < 2.0 * HIGH_HZ {
        return Reading::none(NAME, "the clip is too short");
    }
    let series: Vec<f64> = clip
        .clip
        .frames()
        .iter()
        .map(|crop| {
            let pixels = clip.face.of(crop).flatten();
            let (green, all) = pixels.fold((0, 0), |(green, all), rgb| {
                let [r, g, b] = rgb.map(u32::from);
                (green + g, all + r + g + b)
            });
            f64::from(green) / f64::from(all).max(1.0)
        })
        .collect();
    let flat = detrended(&series);
    let total: f64 = flat.iter().map(|v| v * v).sum();
    if total < 1e-12 {
        return Reading::none(NAME, "the face's colour does not change at all");
    }
    let n = flat.len() as f64;
    let power = |hz: f64| {
        let (re, im) = flat.iter().enumerate().fold((0.0, 0.0), |(re, im), (i, v)| {
            let angle = TAU * hz * i as f64 / clip.clip.fps();
            (re + v * angle.cos(), im + v * angle.sin())
        });
        2.0 * (re * re + im * im) / n / total
    };
    let steps = ((HIGH_HZ - LOW_HZ) / 0.05) as usize;
    let (hz, value) = (0..=steps)
        .map(|k| LOW_HZ + 0.05 * k as f64)
        .map(|hz| (hz, power(hz)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((0.0, 0.0));
    Reading::of(
        NAME,
        value.min(1.0),
        format!("strongest rate {:.0} per minute, {:.0} % of the change", 60.0 * hz, 100.0 * value),
    )
}

/// Without its own parabola: lighting and posture drift slowly.
fn detrended(series: &[f64]) -> Vec<f64> {
    let n = series.len();
    let t = |i: usize| 2.0 * i as f64 / (n - 1) as f64 - 1.0;
    let mut flat = series.to_vec();
    // Legendre polynomials are nearly orthogonal on an even grid; two rounds remove what is left.
    for _ in 0..2 {
        for p in [|_: f64| 1.0, |t: f64| t, |t: f64| 1.5 * t * t - 0.5] {
            let (dot, norm) = flat
                .iter()
                .enumerate()
                .fold((0.0, 0.0), |(d, s), (i, v)| (d + v * p(t(i)), s + p(t(i)).powi(2)));
            flat.iter_mut().enumerate().for_each(|(i, v)| *v -= dot / norm * p(t(i)));
        }
    }
    flat
}
