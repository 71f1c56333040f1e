//! Moire, screen grids and printing dots: regular patterns stand out as points in the spectrum.

use super::Reading;
use crate::area::Area;
use crate::fft::{Fft64, N};
use crate::prepared::Prepared;
use crate::statistics::median;

/// The signal's name.
pub const NAME: &str = "moire";
const MAX_FRAMES: usize = 12;
/// Bins next to the axes are left out: video compression's own blocks live there.
const AXIS: usize = 2;
const PEAKS: usize = 6;

/// Value: how far the strongest points of the spectrum rise over their neighbours, natural logarithm
/// of power, the worst of five patches in and around the face.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let content = clip.common_content();
    let places = [
        ("face", 80, 80),
        ("left", 12, 60),
        ("right", 148, 60),
        ("above left", 12, 8),
        ("above right", 148, 8),
    ];
    let worst = places
        .iter()
        .map(|&(name, left, top)| (name, Area { left, top, right: left + N, bottom: top + N }))
        .filter(|(_, area)| area.and(&content) == *area)
        .map(|(name, area)| (name, prominence(&spectrum(clip, area))))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match worst {
        Some((name, value)) => {
            Reading::of(NAME, value, format!("strongest regular pattern {value:.2} ({name})"))
        }
        None => Reading::none(NAME, "no patch lies inside the picture"),
    }
}

/// Mean power spectrum of a patch over the clip, `N * N` bins.
fn spectrum(clip: &Prepared<'_>, area: Area) -> Vec<f64> {
    let fft = Fft64::new();
    let window: Vec<f32> = (0..N)
        .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * (i as f32 + 0.5) / N as f32).cos())
        .collect();
    let mut power = vec![0.0; N * N];
    let step = clip.luma.len().div_ceil(MAX_FRAMES);
    for luma in clip.luma.iter().step_by(step) {
        let value = |x: usize, y: usize| luma.data[(area.top + y) * luma.width + area.left + x];
        let mean =
            area.pixels().map(|(x, y)| luma.data[y * luma.width + x]).sum::<f32>() / (N * N) as f32;
        // Rows become columns and columns rows, so that each of the two passes is one over columns.
        let (mut re, mut im) = ([0.0; N * N], [0.0; N * N]);
        for (y, x) in (0..N).flat_map(|y| (0..N).map(move |x| (y, x))) {
            re[x * N + y] = (value(x, y) - mean) * window[x] * window[y];
        }
        fft.columns(&mut re, &mut im);
        (re, im) = (transposed(&re), transposed(&im));
        fft.columns(&mut re, &mut im);
        for ((power, re), im) in power.iter_mut().zip(re).zip(im) {
            *power += f64::from(re * re + im * im);
        }
    }
    power
}

fn transposed(values: &[f32; N * N]) -> [f32; N * N] {
    std::array::from_fn(|i| values[i % N * N + i / N])
}

/// Mean of the strongest bins' height over the median of their 5x5 neighbours.
fn prominence(power: &[f64]) -> f64 {
    let log: Vec<f64> = power.iter().map(|p| (p + 1.0).ln()).collect();
    let bin = |x: isize, y: isize| {
        log[y.rem_euclid(N as isize) as usize * N + x.rem_euclid(N as isize) as usize]
    };
    let half = N as isize / 2;
    let mut heights = Vec::new();
    // The spectrum of real values is symmetric: half of it is enough.
    for y in 0..half {
        for x in -half..half {
            let radius = ((x * x + y * y) as f64).sqrt() / N as f64;
            if !(0.12..0.46).contains(&radius)
                || x.unsigned_abs() <= AXIS
                || y.unsigned_abs() <= AXIS
            {
                continue;
            }
            let around = (-2..=2)
                .flat_map(|dy| (-2..=2).map(move |dx| (dx, dy)))
                .map(|(dx, dy)| bin(x + dx, y + dy));
            heights.push(bin(x, y) - median(around));
        }
    }
    heights.sort_by(|a, b| b.total_cmp(a));
    heights.truncate(PEAKS);
    heights.iter().sum::<f64>() / PEAKS as f64
}
