//! Straight edges around the head: the border of a sheet of paper, the bezel of a screen.

use super::Reading;
use crate::area::Area;
use crate::grey::{GreyImage, between};
use crate::prepared::Prepared;
use crate::wide::wide;
use std::ops::Range;

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

/// Lines of one slope side by side, the first at `first`, that may run from `low` to `high`: how often the picture rises
/// and falls across each, of so many steps along it.
struct Lines {
    first: usize,
    low: f32,
    high: f32,
    rising: Vec<u32>,
    falling: Vec<u32>,
    steps: Vec<u32>,
}

impl Lines {
    fn new(count: usize, first: usize, [low, high]: [f32; 2]) -> Self {
        let [rising, falling, steps] = [(); 3].map(|()| vec![0; count]);
        Self { first, low, high, rising, falling, steps }
    }

    /// Where a line is once it has moved by `shift`.
    #[inline(always)]
    fn x(&self, line: usize, shift: f32) -> f32 {
        (self.first + line) as f32 + shift
    }

    /// The lines that are within the bounds once all have moved by `shift`: neighbours, since they lie in order.
    #[inline(always)]
    fn inside(&self, shift: f32) -> Range<usize> {
        let count = self.steps.len();
        let near =
            |bound: f32| ((bound - shift).max(0.0) as usize).saturating_sub(self.first).min(count);
        let (mut from, mut to) = (near(self.low), near(self.high));
        // Rounded, they may be off by one.
        while from > 0 && self.x(from - 1, shift) >= self.low {
            from -= 1;
        }
        while from < count && self.x(from, shift) < self.low {
            from += 1;
        }
        while to > from && self.x(to - 1, shift) > self.high {
            to -= 1;
        }
        while to < count && self.x(to, shift) <= self.high {
            to += 1;
        }
        from..to.max(from)
    }

    /// What one line meets in one place.
    fn meet(&mut self, line: usize, step: f32) {
        self.steps[line] += 1;
        self.rising[line] += u32::from(step > STEP_LEVELS);
        self.falling[line] += u32::from(step < -STEP_LEVELS);
    }

    /// A step along all of them at once; each has moved by `shift` there.
    fn step(&mut self, shift: f32, value: impl Fn(f32) -> f32) {
        for line in self.inside(shift) {
            let x = self.x(line, shift);
            self.meet(line, value(x + 2.0) - value(x - 2.0));
        }
    }

    /// The same in a row of pixels. All lie equally far behind a pixel, but for rounding, so that each pixel follows from
    /// the one before and no place has to be looked up.
    #[inline(always)]
    fn step_in(&mut self, shift: f32, row: &[f32]) {
        let lines = self.inside(shift);
        if lines.is_empty() {
            return;
        }
        let start = self.x(lines.start, shift);
        let (behind, ahead) = ((start - 2.0) as usize, (start + 2.0) as usize);
        let count = lines.len().min((row.len() - 1).saturating_sub(ahead));
        let (left, left_next) = (&row[behind..][..count], &row[behind + 1..][..count]);
        let (right, right_next) = (&row[ahead..][..count], &row[ahead + 1..][..count]);
        let steps = &mut self.steps[lines.start..][..count];
        let rising = &mut self.rising[lines.start..][..count];
        let falling = &mut self.falling[lines.start..][..count];
        let first = (self.first + lines.start) as i32;
        for k in 0..count {
            let x = (first + k as i32) as f32 + shift;
            let before = (x - 2.0) - (behind as i32 + k as i32) as f32;
            let beyond = (x + 2.0) - (ahead as i32 + k as i32) as f32;
            let low = left[k] + before * (left_next[k] - left[k]);
            let high = right[k] + beyond * (right_next[k] - right[k]);
            let step = high - low;
            steps[k] += 1;
            rising[k] += u32::from(step > STEP_LEVELS);
            falling[k] += u32::from(step < -STEP_LEVELS);
        }
        // Those at the row's very end.
        for line in lines.start + count..lines.end {
            let x = self.x(line, shift);
            self.meet(line, between(row, x + 2.0) - between(row, x - 2.0));
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
        let mut lines = Lines::new(range.1.saturating_sub(range.0), range.0, [low, high]);
        let shift = |y: usize| SLOPE_STEP * slope as f32 * (y as f32 - middle);
        // The last row has none below it to be mixed with, and mixing rounds.
        let with_next = length.1.min(picture.height - 1);
        wide(
            #[inline(always)]
            || {
                for y in (length.0..with_next).step_by(2) {
                    lines.step_in(shift(y), picture.row(y));
                }
            },
        );
        for y in (length.0..length.1).step_by(2).filter(|y| *y >= with_next) {
            lines.step(shift(y), |x| value(y, x));
        }
        for (line, &steps) in lines.steps.iter().enumerate() {
            if f64::from(steps) > 0.7 * total {
                let same = lines.rising[line].max(lines.falling[line]);
                most = f64::max(most, f64::from(same) / f64::from(steps));
            }
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
