//! Straight edges around the head: the border of a sheet of paper, the bezel of a screen.

use super::Reading;
use crate::area::Area;
use crate::prepared::Prepared;
use crate::track::{GreyImage, between};

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
    let turned = luma.transposed();
    let upright = |y: usize, x: f32| luma.sample(x, y as f32);
    let level = |x: usize, y: f32| luma.sample(x as f32, y);
    let across = (content.left, content.right);
    let down = (content.top, content.bottom);
    [
        best(luma, upright, (content.left, head.left), across, down),
        best(luma, upright, (head.right, content.right), across, down),
        best(&turned, level, (content.top, head.top), down, across),
        best(&turned, level, (head.bottom, content.bottom), down, across),
    ]
}

/// What one line meets: how often the picture rises and falls across it, of so many steps along it.
#[derive(Clone, Copy, Default)]
struct Line {
    rising: u32,
    falling: u32,
    steps: u32,
}

/// Lines of one slope side by side, the first at `first`, that may run from `low` to `high`.
struct Lines {
    first: usize,
    low: f32,
    high: f32,
    lines: Vec<Line>,
}

impl Lines {
    /// A step along all of them at once, in a row of pixels into which each has moved by `shift`.
    fn step(&mut self, shift: f32, value: impl Fn(f32) -> f32) {
        for (at, line) in (self.first..).zip(&mut self.lines) {
            let x = at as f32 + shift;
            if x < self.low || x > self.high {
                continue;
            }
            let step = value(x + 2.0) - value(x - 2.0);
            line.steps += 1;
            line.rising += u32::from(step > STEP_LEVELS);
            line.falling += u32::from(step < -STEP_LEVELS);
        }
    }
}

/// The best line `x = at + slope * (y - middle)` with `at` in `range`, within `bounds`, along `length`.
/// `value` reads `picture` at any row and between columns.
fn best(
    picture: &GreyImage,
    value: impl Fn(usize, f32) -> f32,
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
    let total = ((length.1 - length.0) / 2) as f64;
    for slope in SLOPES {
        let lines = vec![Line::default(); range.1.saturating_sub(range.0)];
        let mut lines = Lines { first: range.0, low, high, lines };
        for y in (length.0..length.1).step_by(2) {
            let shift = SLOPE_STEP * slope as f32 * (y as f32 - middle);
            // The last row has none below it to be mixed with, and mixing rounds.
            if y + 1 < picture.height {
                let row = picture.row(y);
                lines.step(shift, |x| between(row, x));
            } else {
                lines.step(shift, |x| value(y, x));
            }
        }
        for line in lines.lines.iter().filter(|line| f64::from(line.steps) > 0.7 * total) {
            most = f64::max(most, f64::from(line.rising.max(line.falling)) / f64::from(line.steps));
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png_crop::SIDE;
    use crate::synthetic::hash;

    /// Each line by itself, each value by itself.
    fn best_by_definition(
        value: impl Fn(usize, f32) -> f32,
        range: (usize, usize),
        bounds: (usize, usize),
        length: (usize, usize),
    ) -> f64 {
        let middle = (length.0 + length.1) as f32 / 2.0;
        let mut most = 0.0;
        for (at, slope) in (range.0..range.1).flat_map(|at| SLOPES.map(move |slope| (at, slope))) {
            let steps: Vec<f32> = (length.0..length.1)
                .step_by(2)
                .map(|y| (y, at as f32 + SLOPE_STEP * slope as f32 * (y as f32 - middle)))
                .filter(|(_, x)| (bounds.0 as f32 + 3.0..=bounds.1 as f32 - 3.0).contains(x))
                .map(|(y, x)| value(y, x + 2.0) - value(y, x - 2.0))
                .collect();
            let count = |of: fn(f32) -> bool| steps.iter().filter(|step| of(**step)).count();
            let same = count(|step| step > STEP_LEVELS).max(count(|step| step < -STEP_LEVELS));
            if steps.len() as f64 > 0.7 * ((length.1 - length.0) / 2) as f64 {
                most = f64::max(most, same as f64 / steps.len() as f64);
            }
        }
        most
    }

    #[test]
    fn lines_side_by_side_are_lines_by_themselves() {
        let data = (0..SIDE * SIDE)
            .map(|i| {
                let (x, y) = ((i % SIDE) as f64, (i / SIDE) as f64);
                let edge = if x + 0.06 * y > 60.0 { 30.0 } else { 0.0 };
                (90.0 + edge + 25.0 * (0.2 * x - 0.3 * y).sin() + 9.0 * hash(i as u64)) as f32
            })
            .collect();
        let luma = GreyImage { width: SIDE, height: SIDE, data };
        let head = Area { left: 70, top: 60, right: 150, bottom: 170 };
        // Up to all edges, from even and from odd rows.
        for (left, top, right, bottom) in [(0, 0, 224, 224), (1, 1, 224, 224), (23, 12, 199, 181)] {
            let content = Area { left, top, right, bottom };
            let upright = |y: usize, x: f32| luma.sample(x, y as f32);
            let level = |x: usize, y: f32| luma.sample(x as f32, y);
            let (across, down) = ((left, right), (top, bottom));
            let expected = [
                best_by_definition(upright, (left, head.left), across, down),
                best_by_definition(upright, (head.right, right), across, down),
                best_by_definition(level, (top, head.top), down, across),
                best_by_definition(level, (head.bottom, bottom), down, across),
            ];
            assert_eq!(sides(&luma, content, head), expected);
            assert!(expected[0] > 0.5 && expected.iter().all(|share| *share > 0.0), "{expected:?}");
        }
    }
}
