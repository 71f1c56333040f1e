//! Points followed from one crop to another: pyramidal Lucas-Kanade on a regular grid.
//!
//! Lucas and Kanade 1981, pyramids after Bouguet 2000; points are followed back again, and those
//! that do not return are dropped.

use pulp::Arch;

use crate::grey::GreyImage;
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

    /// The square of `N` pixels around a place between pixels of the picture; what further columns hold is of no
    /// meaning. All share one fraction of a pixel, which is what makes following points affordable.
    fn patch<const N: usize>(&self, arch: Arch, centre: [f32; 2], out: &mut [[f32; COLUMNS]; N]) {
        let Self(picture) = self;
        let [left, top] = centre.map(|at| at + (BORDER - N / 2) as f32);
        let (x0, y0) = (left.floor(), top.floor());
        let (fx, fy) = (left - x0, top - y0);
        let inside = x0 >= 0.0
            && y0 >= 0.0
            && x0 as usize + COLUMNS < picture.width
            && y0 as usize + N < picture.height;
        if !inside {
            return self.patch_at_edge([left, top], out);
        }
        let (x0, y0) = (x0 as usize, y0 as usize);
        let rows = &picture.data[y0 * picture.width + x0..];
        arch.dispatch(
            #[inline(always)]
            || between_pixels(rows, picture.width, [fx, fy], out),
        );
    }

    /// The same where some of it lies outside of the border, too: each pixel as [`GreyImage::sample`] gives it.
    fn patch_at_edge<const N: usize>(&self, corner: [f32; 2], out: &mut [[f32; COLUMNS]; N]) {
        for (j, row) in out.iter_mut().enumerate() {
            for (i, value) in row.iter_mut().enumerate() {
                *value = self.0.sample(corner[0] + i as f32, corner[1] + j as f32);
            }
        }
    }
}

/// Rows of values between those of `pixels`, whose rows are `stride` apart.
#[inline(always)]
fn between_pixels<const N: usize>(
    pixels: &[f32],
    stride: usize,
    [fx, fy]: [f32; 2],
    out: &mut [Row; N],
) {
    // Loops over indices: what the library has for arrays is not always compiled into its caller, and then not for its
    // processor either.
    let mut upper = [0.0; COLUMNS];
    across(&pixels[..=COLUMNS], fx, &mut upper);
    for (j, row) in out.iter_mut().enumerate() {
        let mut lower = [0.0; COLUMNS];
        across(&pixels[(j + 1) * stride..][..=COLUMNS], fx, &mut lower);
        for i in 0..COLUMNS {
            row[i] = upper[i] + fy * (lower[i] - upper[i]);
        }
        upper = lower;
    }
}

/// Values between those of a row.
#[inline(always)]
fn across(row: &[f32], fx: f32, out: &mut Row) {
    for i in 0..COLUMNS {
        out[i] = row[i] + fx * (row[i + 1] - row[i]);
    }
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
    let arch = Arch::new();
    let margin = RADIUS as usize + 2;
    let grid = (margin..SIDE - margin).step_by(STEP);
    let mut found = Vec::new();
    for (x, y) in grid.clone().flat_map(|y| grid.clone().map(move |x| (x, y))) {
        if !wanted(x, y) {
            continue;
        }
        let start = [x as f64, y as f64];
        let Some(there) = follow(arch, from, to, start) else { continue };
        let Some(back) = follow(arch, to, from, there) else { continue };
        if length([back[0] - start[0], back[1] - start[1]]) < MAX_RETURN_PX {
            found.push(Match { from: start, to: there });
        }
    }
    found
}

fn follow(arch: Arch, from: &Pyramid, to: &Pyramid, start: Point) -> Option<Point> {
    let texture = |level: usize| {
        let scale = 1.0 / (1 << level) as f32;
        let at = [start[0] as f32 * scale, start[1] as f32 * scale];
        Texture::new(arch, &from.0[level], at)
    };
    // Little texture when small is no loss; at full size it is, and then there is nothing to look for.
    let finest = texture(0)?;
    let mut shift = [0.0f32; 2];
    for level in (1..LEVELS).rev() {
        let better = texture(level).and_then(|texture| texture.refine(&to.0[level], shift));
        shift = better.unwrap_or(shift).map(|part| 2.0 * part);
    }
    let shift = finest.refine(&to.0[0], shift)?;
    let end = [start[0] + f64::from(shift[0]), start[1] + f64::from(shift[1])];
    let inside = |v: f64| (3.0..(SIDE - 3) as f64).contains(&v);
    (inside(end[0]) && inside(end[1])).then_some(end)
}

const WINDOW: usize = 2 * RADIUS as usize + 1;
const WIDE: usize = WINDOW + 2;

/// One value of each column.
type Row = [f32; COLUMNS];

/// The rows that count.
type Window = [Row; WINDOW];

/// What is looked for on one level: the window around a place, and its gradients across and down; zero in the columns that
/// do not count.
struct Texture {
    arch: Arch,
    at: [f32; 2],
    window: Window,
    gradients: [Window; 2],
    /// The gradients' products, summed: across, mixed, down.
    products: [f32; 3],
}

impl Texture {
    /// Of the window around `at`; None where it has too little of it.
    fn new(arch: Arch, from: &Level, at: [f32; 2]) -> Option<Self> {
        let mut wide = [[0.0f32; COLUMNS]; WIDE];
        from.patch(arch, at, &mut wide);
        let nothing = [[0.0; COLUMNS]; WINDOW];
        let mut texture =
            Self { arch, at, window: nothing, gradients: [nothing; 2], products: [0.0; 3] };
        let Self { window, gradients, .. } = &mut texture;
        arch.dispatch(
            #[inline(always)]
            || window_of(&wide, window, gradients),
        );
        let [xx, xy] = compare(arch, &gradients[0], &nothing, gradients);
        let [_, yy] = compare(arch, &gradients[1], &nothing, gradients);
        let weaker = 0.5 * (xx + yy - ((xx - yy).powi(2) + 4.0 * xy * xy).sqrt());
        let determinant = xx * yy - xy * xy;
        if weaker / ((WINDOW * WINDOW) as f32) < MIN_TEXTURE || determinant < 1e-3 {
            return None;
        }
        texture.products = [xx, xy, yy];
        Some(texture)
    }

    /// The shift that best maps it into the other picture; None if it got lost.
    fn refine(&self, to: &Level, start: [f32; 2]) -> Option<[f32; 2]> {
        let [xx, xy, yy] = self.products;
        let determinant = xx * yy - xy * xy;
        let mut shift = start;
        let mut other = [[0.0f32; COLUMNS]; WINDOW];
        for _ in 0..ITERATIONS {
            to.patch(self.arch, [self.at[0] + shift[0], self.at[1] + shift[1]], &mut other);
            let [ex, ey] = compare(self.arch, &self.window, &other, &self.gradients);
            let step = [(yy * ex - xy * ey) / determinant, (xx * ey - xy * ex) / determinant];
            shift = [shift[0] + step[0], shift[1] + step[1]];
            if step[0].abs() + step[1].abs() < 0.02 {
                break;
            }
        }
        // A window that drifted this far is lost, not found.
        (shift[0].hypot(shift[1]) < 30.0).then_some(shift)
    }
}

/// The window within a wide one, and its gradients.
#[inline(always)]
fn window_of(wide: &[Row; WIDE], window: &mut Window, [gx, gy]: &mut [Window; 2]) {
    for j in 0..WINDOW {
        let [above, row, below] = [&wide[j], &wide[j + 1], &wide[j + 2]];
        window[j][..WINDOW].copy_from_slice(&row[1..=WINDOW]);
        for i in 0..WINDOW {
            gx[j][i] = 0.5 * (row[i + 2] - row[i]);
        }
        for i in 0..WINDOW {
            gy[j][i] = 0.5 * (below[i + 1] - above[i + 1]);
        }
    }
}

/// The differences of two windows times the gradients, summed. Whatever a difference is in the columns that do not count, the
/// gradients there are zero.
fn compare(arch: Arch, window: &Window, other: &Window, gradients: &[Window; 2]) -> [f32; 2] {
    let mut products = [[0.0; COLUMNS]; 2];
    arch.dispatch(
        #[inline(always)]
        || {
            for (gradients, products) in gradients.iter().zip(&mut products) {
                let mut sums = [0.0; COLUMNS];
                for ((window, other), gradient) in window.iter().zip(other).zip(gradients) {
                    for i in 0..COLUMNS {
                        sums[i] += (window[i] - other[i]) * gradient[i];
                    }
                }
                *products = sums;
            }
        },
    );
    products.map(total)
}

fn total(sums: Row) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|i| sums[i] + sums[i + 8]);
    let four: [f32; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
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
            level.patch(Arch::new(), [x, y], &mut patch);
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
