//! Straight edges around the head: the border of a sheet of paper, the bezel of a screen.

use super::Reading;
use crate::prepared::{Area, Prepared};
use crate::track::GreyImage;

/// The signal's name.
pub const NAME: &str = "frame_edges";
const MAX_FRAMES: usize = 8;
/// Smallest step of brightness across the edge, in grey levels over four pixels.
const STEP_LEVELS: f32 = 9.0;
const SLOPES: std::ops::RangeInclusive<i32> = -7..=7;
const SLOPE_STEP: f32 = 0.02;

/// Value: of the four sides of the head, the second strongest pair: how much (0 to 1) of the third
/// best side is one straight edge; mean over the crops. One door frame does not count, three sides do.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let step = clip.luma.len().div_ceil(MAX_FRAMES);
    let mut sum = 0.0;
    let mut count = 0;
    for i in (0..clip.luma.len()).step_by(step) {
        let mut sides = sides(&clip.luma[i], clip.content[i], clip.head());
        sides.sort_by(f64::total_cmp);
        sum += sides[1];
        count += 1;
    }
    let value = sum / f64::from(count.max(1));
    Reading::of(
        NAME,
        value,
        format!("three sides of the head are {:.0} % straight edges", 100.0 * value),
    )
}

/// Left, right, top, bottom: the share of the side covered by the best straight edge.
fn sides(luma: &GreyImage, content: Area, head: Area) -> [f64; 4] {
    let upright = |x: f32, y: f32| luma.sample(x + 2.0, y) - luma.sample(x - 2.0, y);
    let level = |x: f32, y: f32| luma.sample(y, x + 2.0) - luma.sample(y, x - 2.0);
    let across = (content.left, content.right);
    let down = (content.top, content.bottom);
    [
        best(upright, (content.left, head.left), across, down),
        best(upright, (head.right, content.right), across, down),
        best(level, (content.top, head.top), down, across),
        best(level, (head.bottom, content.bottom), down, across),
    ]
}

/// The best line `x = at + slope * (y - middle)` with `at` in `range`, within `bounds`, along `length`.
fn best(
    gradient: impl Fn(f32, f32) -> f32,
    range: (usize, usize),
    bounds: (usize, usize),
    length: (usize, usize),
) -> f64 {
    let middle = (length.0 + length.1) as f32 / 2.0;
    let (low, high) = (bounds.0 as f32 + 3.0, bounds.1 as f32 - 3.0);
    let mut most = 0.0;
    if length.1 < length.0 + 60 {
        return most;
    }
    for at in range.0..range.1 {
        for slope in SLOPES {
            let (mut rising, mut falling, mut seen) = (0u32, 0u32, 0u32);
            for y in (length.0..length.1).step_by(2) {
                let x = at as f32 + SLOPE_STEP * slope as f32 * (y as f32 - middle);
                if x < low || x > high {
                    continue;
                }
                let step = gradient(x, y as f32);
                seen += 1;
                rising += u32::from(step > STEP_LEVELS);
                falling += u32::from(step < -STEP_LEVELS);
            }
            let total = ((length.1 - length.0) / 2) as f64;
            if f64::from(seen) > 0.7 * total {
                most = f64::max(most, f64::from(rising.max(falling)) / f64::from(seen));
            }
        }
    }
    most
}
