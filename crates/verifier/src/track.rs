//! Points followed from one crop to another: pyramidal Lucas-Kanade on a regular grid.
//!
//! Lucas and Kanade 1981, pyramids after Bouguet 2000; points are followed back again, and those
//! that do not return are dropped.

use crate::grey::GreyImage;
use crate::homography::{Match, Point, length};
use crate::png_crop::SIDE;
use crate::wide::wide;

const LEVELS: usize = 3;
const RADIUS: isize = 6;
const STEP: usize = 8;
const ITERATIONS: usize = 8;
/// The weaker gradient's mean square, in (levels per pixel)^2, that a point needs to be followed.
const MIN_TEXTURE: f32 = 0.5;
/// A point followed there and back may miss by this, in pixels.
const MAX_RETURN_PX: f64 = 0.5;

/// Pixels around a level's picture that repeat its edge: nearly every window lies inside of them.
const BORDER: usize = 16;
/// Columns of a window in memory: those that count, and as many more as fill registers.
const COLUMNS: usize = 16;

/// One size of a picture, with its border.
#[derive(Debug, Clone)]
struct Level(GreyImage);

impl Level {
    fn new(picture: &GreyImage) -> Self {
        let (width, height) = (picture.width + 2 * BORDER, picture.height + 2 * BORDER);
        let mut data = vec![0.0; width * height];
        for (y, row) in data.chunks_exact_mut(width).enumerate() {
            let inner = picture.row(y.saturating_sub(BORDER).min(picture.height - 1));
            row[..BORDER].fill(inner[0]);
            row[BORDER..BORDER + inner.len()].copy_from_slice(inner);
            row[BORDER + inner.len()..].fill(inner[inner.len() - 1]);
        }
        Self(GreyImage { width, height, data })
    }

    /// Where a square of `N` pixels around a place between pixels of the picture begins, and its rows, one after the other,
    /// if all of it lies within the border. All pixels share one fraction, which is what makes following points affordable.
    #[inline(always)]
    fn square<const N: usize>(&self, centre: [f32; 2]) -> ([f32; 2], Option<Rows<'_>>) {
        let Self(picture) = self;
        let before = (BORDER - N / 2) as f32;
        let [left, top] = [centre[0] + before, centre[1] + before];
        let (x0, y0) = (left.floor(), top.floor());
        let inside = x0 >= 0.0
            && y0 >= 0.0
            && x0 as usize + COLUMNS < picture.width
            && y0 as usize + N < picture.height;
        let rows = if inside {
            let pixels = &picture.data[y0 as usize * picture.width + x0 as usize..];
            Some(Rows::new(pixels, picture.width, [left - x0, top - y0]))
        } else {
            None
        };
        ([left, top], rows)
    }

    /// The same square in memory; what its further columns hold is of no meaning.
    #[inline(always)]
    fn patch<const N: usize>(&self, centre: [f32; 2], out: &mut [Row; N]) {
        match self.square::<N>(centre) {
            (_, Some(mut rows)) => {
                for row in out {
                    *row = rows.next();
                }
            }
            (corner, None) => self.patch_at_edge(corner, out),
        }
    }

    /// The same where some of it lies outside of the border, too: each pixel as [`GreyImage::sample`] gives it.
    #[cold]
    fn patch_at_edge<const N: usize>(&self, corner: [f32; 2], out: &mut [Row; N]) {
        for (j, row) in out.iter_mut().enumerate() {
            for (i, value) in row.iter_mut().enumerate() {
                *value = self.0.sample(corner[0] + i as f32, corner[1] + j as f32);
            }
        }
    }
}

/// Rows of values between those of `pixels`.
struct Rows<'a> {
    /// From the row below the last one read on.
    pixels: &'a [f32],
    stride: usize,
    fraction: [f32; 2],
    upper: Row,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn new(pixels: &'a [f32], stride: usize, fraction: [f32; 2]) -> Self {
        let upper = across(&pixels[..=COLUMNS], fraction[0]);
        Self { pixels: &pixels[stride..], stride, fraction, upper }
    }

    #[inline(always)]
    fn next(&mut self) -> Row {
        let [fx, fy] = self.fraction;
        let lower = across(&self.pixels[..=COLUMNS], fx);
        let mut row = [0.0; COLUMNS];
        for i in 0..COLUMNS {
            row[i] = self.upper[i] + fy * (lower[i] - self.upper[i]);
        }
        self.upper = lower;
        self.pixels = self.pixels.get(self.stride..).unwrap_or_default();
        row
    }
}

/// Values between those of a row. Loops over indices: what the library has for arrays is not always compiled into its
/// caller, and then not for its processor either.
#[inline(always)]
fn across(row: &[f32], fx: f32) -> Row {
    let mut out = [0.0; COLUMNS];
    for i in 0..COLUMNS {
        out[i] = row[i] + fx * (row[i + 1] - row[i]);
    }
    out
}

/// A picture at several sizes, the largest first, lightly blurred.
#[derive(Debug, Clone)]
pub struct Pyramid(Vec<Level>);

impl Pyramid {
    /// Builds it from a picture.
    pub fn new(picture: &GreyImage) -> Self {
        let mut size = picture.blurred();
        let mut levels = vec![Level::new(&size)];
        while levels.len() < LEVELS {
            size = size.halved();
            levels.push(Level::new(&size));
        }
        Self(levels)
    }
}

/// Follows the textured grid points that `wanted` selects.
pub fn track(from: &Pyramid, to: &Pyramid, wanted: impl Fn(usize, usize) -> bool) -> Vec<Match> {
    let margin = RADIUS as usize + 2;
    let grid = (margin..SIDE - margin).step_by(STEP);
    let points = grid.clone().flat_map(|y| grid.clone().map(move |x| (x, y)));
    let points: Vec<Point> =
        points.filter(|&(x, y)| wanted(x, y)).map(|(x, y)| [x as f64, y as f64]).collect();
    let mut found = Vec::new();
    // Everything below is compiled into this one function: a call for each step would cost as much as the step.
    wide(
        #[inline(always)]
        || {
            for &start in &points {
                let Some(there) = follow(from, to, start) else { continue };
                let Some(back) = follow(to, from, there) else { continue };
                if length([back[0] - start[0], back[1] - start[1]]) < MAX_RETURN_PX {
                    found.push(Match { from: start, to: there });
                }
            }
        },
    );
    found
}

#[inline(always)]
fn follow(from: &Pyramid, to: &Pyramid, start: Point) -> Option<Point> {
    // Little texture when small is no loss; at full size it is, and then there is nothing to look for.
    let finest = Texture::new(&from.0[0], scaled(start, 0))?;
    let mut shift = [0.0f32; 2];
    for level in (1..LEVELS).rev() {
        if let Some(texture) = Texture::new(&from.0[level], scaled(start, level)) {
            shift = texture.refine(&to.0[level], shift).unwrap_or(shift);
        }
        shift = [2.0 * shift[0], 2.0 * shift[1]];
    }
    let shift = finest.refine(&to.0[0], shift)?;
    let end = [start[0] + f64::from(shift[0]), start[1] + f64::from(shift[1])];
    let inside = |v: f64| (3.0..(SIDE - 3) as f64).contains(&v);
    (inside(end[0]) && inside(end[1])).then_some(end)
}

/// A place on a level.
#[inline(always)]
fn scaled(point: Point, level: usize) -> [f32; 2] {
    let scale = 1.0 / (1 << level) as f32;
    [point[0] as f32 * scale, point[1] as f32 * scale]
}

const WINDOW: usize = 2 * RADIUS as usize + 1;
const WIDE: usize = WINDOW + 2;

/// One value of each column.
type Row = [f32; COLUMNS];

/// The rows that count.
type Window = [Row; WINDOW];

/// 1 in the columns that count, else 0.
const COUNTED: Row = {
    let mut counted = [0.0; COLUMNS];
    let mut i = 0;
    while i < WINDOW {
        counted[i] = 1.0;
        i += 1;
    }
    counted
};

/// What is looked for on one level: the window around a place, and its gradients across and down; zero in the columns that
/// do not count.
struct Texture {
    at: [f32; 2],
    window: Window,
    gradients: [Window; 2],
    /// The gradients' products, summed: across, mixed, down.
    products: [f32; 3],
}

impl Texture {
    /// Of the window around `at`; None where it has too little of it.
    #[inline(always)]
    fn new(from: &Level, at: [f32; 2]) -> Option<Self> {
        // One row more, so that those before it go on behind their end.
        let mut wide = [[0.0f32; COLUMNS]; WIDE + 1];
        if let Some(rows) = wide.first_chunk_mut::<WIDE>() {
            from.patch(at, rows);
        }
        let wide = wide.as_flattened();
        let nothing = [[0.0; COLUMNS]; WINDOW];
        let mut texture = Self { at, window: nothing, gradients: [nothing; 2], products: [0.0; 3] };
        let [gx, gy] = &mut texture.gradients;
        let [mut xx, mut xy, mut yy] = [[0.0; COLUMNS]; 3];
        for j in 0..WINDOW {
            let above = &wide[j * COLUMNS..][..COLUMNS + 2];
            let row = &wide[(j + 1) * COLUMNS..][..COLUMNS + 2];
            let below = &wide[(j + 2) * COLUMNS..][..COLUMNS + 2];
            for i in 0..COLUMNS {
                texture.window[j][i] = row[i + 1];
                gx[j][i] = 0.5 * (row[i + 2] - row[i]) * COUNTED[i];
                gy[j][i] = 0.5 * (below[i + 1] - above[i + 1]) * COUNTED[i];
                xx[i] += gx[j][i] * gx[j][i];
                xy[i] += gx[j][i] * gy[j][i];
                yy[i] += gy[j][i] * gy[j][i];
            }
        }
        let [xx, xy, yy] = [total(&xx), total(&xy), total(&yy)];
        let weaker = 0.5 * (xx + yy - ((xx - yy) * (xx - yy) + 4.0 * xy * xy).sqrt());
        let determinant = xx * yy - xy * xy;
        if weaker / ((WINDOW * WINDOW) as f32) < MIN_TEXTURE || determinant < 1e-3 {
            return None;
        }
        texture.products = [xx, xy, yy];
        Some(texture)
    }

    /// The shift that best maps it into the other picture; None if it got lost.
    #[inline(always)]
    fn refine(&self, to: &Level, start: [f32; 2]) -> Option<[f32; 2]> {
        let [xx, xy, yy] = self.products;
        let determinant = xx * yy - xy * xy;
        let mut shift = start;
        for _ in 0..ITERATIONS {
            let [ex, ey] = self.differences(to, [self.at[0] + shift[0], self.at[1] + shift[1]]);
            let step = [(yy * ex - xy * ey) / determinant, (xx * ey - xy * ex) / determinant];
            shift = [shift[0] + step[0], shift[1] + step[1]];
            if step[0].abs() + step[1].abs() < 0.02 {
                break;
            }
        }
        // A window that drifted this far is lost, not found.
        (shift[0].hypot(shift[1]) < 30.0).then_some(shift)
    }

    /// The differences from the window around another place, times the gradients, summed. Whatever a difference is in the
    /// columns that do not count, the gradients there are zero.
    #[inline(always)]
    fn differences(&self, to: &Level, at: [f32; 2]) -> [f32; 2] {
        let mut sums = [[0.0; COLUMNS]; 2];
        match to.square::<WINDOW>(at) {
            (_, Some(mut rows)) => {
                for j in 0..WINDOW {
                    self.add_row(j, &rows.next(), &mut sums);
                }
            }
            (corner, None) => {
                let mut other = [[0.0; COLUMNS]; WINDOW];
                to.patch_at_edge(corner, &mut other);
                for (j, other) in other.iter().enumerate() {
                    self.add_row(j, other, &mut sums);
                }
            }
        }
        [total(&sums[0]), total(&sums[1])]
    }

    #[inline(always)]
    fn add_row(&self, j: usize, other: &Row, [ex, ey]: &mut [Row; 2]) {
        let [window, gx, gy] = [&self.window[j], &self.gradients[0][j], &self.gradients[1][j]];
        for i in 0..COLUMNS {
            let difference = window[i] - other[i];
            ex[i] += difference * gx[i];
            ey[i] += difference * gy[i];
        }
    }
}

#[inline(always)]
fn total(sums: &Row) -> f32 {
    let mut eight = [0.0; 8];
    for i in 0..8 {
        eight[i] = sums[i] + sums[i + 8];
    }
    let mut four = [0.0; 4];
    for i in 0..4 {
        four[i] = eight[i] + eight[i + 4];
    }
    (four[0] + four[2]) + (four[1] + four[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grey::tests::texture;
    use crate::statistics::median;

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
    fn a_patch_is_its_samples_inside_and_at_every_edge() {
        let picture = texture([0.4, 0.8]).halved().halved();
        let level = Level::new(&picture);
        let side = picture.width as f32;
        for (x, y) in
            [(28.3, 27.9), (0.0, 30.2), (2.7, 1.1), (side, 5.5), (-20.0, 90.0), (30.1, 51.4)]
        {
            let mut patch = [[0.0; COLUMNS]; WIDE];
            level.patch([x, y], &mut patch);
            let corner = [x, y].map(|v| v - (WIDE / 2) as f32);
            for (j, i) in (0..WIDE).flat_map(|j| (0..WIDE).map(move |i| (j, i))) {
                let sample = picture.sample(corner[0] + i as f32, corner[1] + j as f32);
                assert!((patch[j][i] - sample).abs() < 1e-3, "{x}, {y}: {i}, {j}");
            }
        }
    }

    #[test]
    fn nothing_is_followed_where_there_is_nothing() {
        let flat = GreyImage { width: SIDE, height: SIDE, data: vec![90.0; SIDE * SIDE] };
        let flat = Pyramid::new(&flat);
        assert!(track(&flat, &flat, |_, _| true).is_empty());
    }
}
