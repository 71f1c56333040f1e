//! Points followed from one crop to another: pyramidal Lucas-Kanade on a regular grid.
//!
//! Lucas and Kanade 1981, pyramids after Bouguet 2000; points are followed back again, and those
//! that do not return are dropped.

use crate::homography::{Match, Point, length};
use crate::png_crop::SIDE;

const LEVELS: usize = 3;
const RADIUS: isize = 6;
const STEP: usize = 8;
const ITERATIONS: usize = 8;
/// The weaker gradient's mean square, in (levels per pixel)^2, that a point needs to be followed.
const MIN_TEXTURE: f32 = 0.5;
/// A point followed there and back may miss by this, in pixels.
const MAX_RETURN_PX: f64 = 0.5;

/// A grey picture, values 0 to 255.
#[derive(Debug, Clone)]
pub struct GreyImage {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Rows from the top.
    pub data: Vec<f32>,
}

impl GreyImage {
    /// Value between pixels, edges repeated.
    pub fn sample(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (x0, y0) = ((x as usize).min(self.width - 2), (y as usize).min(self.height - 2));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let at = y0 * self.width + x0;
        let d = &self.data;
        let top = d[at] + fx * (d[at + 1] - d[at]);
        let below = d[at + self.width] + fx * (d[at + self.width + 1] - d[at + self.width]);
        top + fy * (below - top)
    }

    /// The square of `N` pixels around a place between pixels. All share one fraction of a pixel, which
    /// is what makes following points affordable.
    fn patch<const N: usize>(&self, centre: [f32; 2], out: &mut [[f32; N]; N]) {
        let half = (N / 2) as f32;
        let (left, top) = (centre[0] - half, centre[1] - half);
        let (x0, y0) = (left.floor(), top.floor());
        let (fx, fy) = (left - x0, top - y0);
        let inside =
            x0 >= 0.0 && y0 >= 0.0 && x0 as usize + N < self.width && y0 as usize + N < self.height;
        if !inside {
            for (j, row) in out.iter_mut().enumerate() {
                for (i, value) in row.iter_mut().enumerate() {
                    *value = self.sample(left + i as f32, top + j as f32);
                }
            }
            return;
        }
        let (x0, y0) = (x0 as usize, y0 as usize);
        for (j, row) in out.iter_mut().enumerate() {
            let at = (y0 + j) * self.width + x0;
            let (upper, lower) =
                (&self.data[at..=at + N], &self.data[at + self.width..=at + self.width + N]);
            for (i, value) in row.iter_mut().enumerate() {
                let a = upper[i] + fx * (upper[i + 1] - upper[i]);
                let b = lower[i] + fx * (lower[i + 1] - lower[i]);
                *value = a + fy * (b - a);
            }
        }
    }

    /// Blurred by the binomial filter 1 4 6 4 1 (sigma 1).
    pub fn blurred(&self) -> Self {
        const K: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];
        let (w, h) = (self.width, self.height);
        let mut across = Vec::with_capacity(w * h);
        for row in self.data.chunks_exact(w) {
            let at = |x: usize, d: usize| row[(x + d).saturating_sub(2).min(w - 1)];
            across.extend((0..w).map(|x| (0..5).map(|d| K[d] * at(x, d)).sum::<f32>()));
        }
        let mut data = Vec::with_capacity(w * h);
        for y in 0..h {
            let rows: [&[f32]; 5] = std::array::from_fn(|d| {
                let at = (y + d).saturating_sub(2).min(h - 1) * w;
                &across[at..at + w]
            });
            data.extend((0..w).map(|x| (0..5).map(|d| K[d] * rows[d][x]).sum::<f32>()));
        }
        Self { width: w, height: h, data }
    }

    fn halved(&self) -> Self {
        let blurred = self.blurred();
        let (width, height) = (self.width / 2, self.height / 2);
        let data = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| blurred.data[2 * y * self.width + 2 * x])
            .collect();
        Self { width, height, data }
    }
}

/// A picture at several sizes, the largest first, lightly blurred.
#[derive(Debug, Clone)]
pub struct Pyramid(Vec<GreyImage>);

impl Pyramid {
    /// Builds it from a picture.
    pub fn new(picture: &GreyImage) -> Self {
        let mut levels = vec![picture.blurred()];
        while levels.len() < LEVELS {
            levels.push(levels[levels.len() - 1].halved());
        }
        Self(levels)
    }

    /// The picture at its full size.
    pub fn base(&self) -> &GreyImage {
        &self.0[0]
    }
}

/// Follows the textured grid points that `wanted` selects.
pub fn track(from: &Pyramid, to: &Pyramid, wanted: impl Fn(usize, usize) -> bool) -> Vec<Match> {
    let margin = RADIUS as usize + 2;
    let grid = (margin..SIDE - margin).step_by(STEP);
    let mut found = Vec::new();
    for (x, y) in grid.clone().flat_map(|y| grid.clone().map(move |x| (x, y))) {
        if !wanted(x, y) {
            continue;
        }
        let start = [x as f64, y as f64];
        let Some(there) = follow(from, to, start) else { continue };
        let Some(back) = follow(to, from, there) else { continue };
        if length([back[0] - start[0], back[1] - start[1]]) < MAX_RETURN_PX {
            found.push(Match { from: start, to: there });
        }
    }
    found
}

fn follow(from: &Pyramid, to: &Pyramid, start: Point) -> Option<Point> {
    let mut shift = [0.0f32; 2];
    for level in (0..LEVELS).rev() {
        let scale = 1.0 / (1 << level) as f32;
        let at = [start[0] as f32 * scale, start[1] as f32 * scale];
        let found = refine(&from.0[level], &to.0[level], at, shift);
        match found {
            Some(better) => shift = better,
            // Little texture when small is no loss; at full size it is.
            None if level == 0 => return None,
            None => {}
        }
        if level > 0 {
            shift = [shift[0] * 2.0, shift[1] * 2.0];
        }
    }
    let end = [start[0] + f64::from(shift[0]), start[1] + f64::from(shift[1])];
    let inside = |v: f64| (3.0..(SIDE - 3) as f64).contains(&v);
    (inside(end[0]) && inside(end[1])).then_some(end)
}

const WINDOW: usize = 2 * RADIUS as usize + 1;
const WIDE: usize = WINDOW + 2;

/// One level: the shift that best maps the window around `at` into the other picture.
fn refine(from: &GreyImage, to: &GreyImage, at: [f32; 2], start: [f32; 2]) -> Option<[f32; 2]> {
    let mut wide = [[0.0f32; WIDE]; WIDE];
    from.patch(at, &mut wide);
    let mut gradients = [[[0.0f32; 2]; WINDOW]; WINDOW];
    let (mut xx, mut xy, mut yy) = (0.0f32, 0.0f32, 0.0f32);
    for j in 0..WINDOW {
        for i in 0..WINDOW {
            let gx = 0.5 * (wide[j + 1][i + 2] - wide[j + 1][i]);
            let gy = 0.5 * (wide[j + 2][i + 1] - wide[j][i + 1]);
            gradients[j][i] = [gx, gy];
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
        }
    }
    let weaker = 0.5 * (xx + yy - ((xx - yy).powi(2) + 4.0 * xy * xy).sqrt());
    let determinant = xx * yy - xy * xy;
    if weaker / ((WINDOW * WINDOW) as f32) < MIN_TEXTURE || determinant < 1e-3 {
        return None;
    }
    let mut shift = start;
    let mut other = [[0.0f32; WINDOW]; WINDOW];
    for _ in 0..ITERATIONS {
        to.patch([at[0] + shift[0], at[1] + shift[1]], &mut other);
        let (mut ex, mut ey) = (0.0, 0.0);
        for j in 0..WINDOW {
            for i in 0..WINDOW {
                let difference = wide[j + 1][i + 1] - other[j][i];
                ex += difference * gradients[j][i][0];
                ey += difference * gradients[j][i][1];
            }
        }
        let step = [(yy * ex - xy * ey) / determinant, (xx * ey - xy * ex) / determinant];
        shift = [shift[0] + step[0], shift[1] + step[1]];
        if step[0].abs() + step[1].abs() < 0.02 {
            break;
        }
    }
    // A window that drifted this far is lost, not found.
    (shift[0].hypot(shift[1]) < 30.0).then_some(shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::median;

    fn texture(shift: [f32; 2]) -> GreyImage {
        let value = |x: f32, y: f32| {
            let (x, y) = (x - shift[0], y - shift[1]);
            128.0 + 40.0 * (x * 0.21).sin() * (y * 0.17).cos() + 30.0 * (x * 0.07 + y * 0.11).sin()
        };
        let data = (0..SIDE * SIDE).map(|i| value((i % SIDE) as f32, (i / SIDE) as f32)).collect();
        GreyImage { width: SIDE, height: SIDE, data }
    }

    #[test]
    fn a_shift_is_measured_to_a_twentieth_of_a_pixel() {
        let shift = [3.3, -2.6];
        let (a, b) = (Pyramid::new(&texture([0.0; 2])), Pyramid::new(&texture(shift)));
        let matches = track(&a, &b, |_, _| true);
        assert!(matches.len() > 300, "{}", matches.len());
        for (k, shift) in shift.into_iter().enumerate() {
            let measured = median(matches.iter().map(|m| m.to[k] - m.from[k]));
            assert!((measured - f64::from(shift)).abs() < 0.05, "{measured}");
        }
    }

    #[test]
    fn nothing_is_followed_where_there_is_nothing() {
        let flat = GreyImage { width: SIDE, height: SIDE, data: vec![90.0; SIDE * SIDE] };
        let flat = Pyramid::new(&flat);
        assert!(track(&flat, &flat, |_, _| true).is_empty());
    }
}
