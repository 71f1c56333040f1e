//! Grey pictures: values between pixels, and blurring.

use crate::area::Area;
use crate::wide::wide;

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
    /// One row.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.data[y * self.width..][..self.width]
    }

    /// What lies in an area, row by row.
    pub fn within(&self, area: Area) -> impl Iterator<Item = &[f32]> {
        (area.top..area.bottom)
            .map(move |y| self.row(y).get(area.left..area.right).unwrap_or_default())
    }

    /// Rows become columns.
    pub fn transposed(&self) -> Self {
        let (w, h) = (self.width, self.height);
        let data = (0..w).flat_map(|x| (0..h).map(move |y| y * w + x)).map(|at| self.data[at]);
        Self { width: h, height: w, data: data.collect() }
    }

    /// Value between pixels, edges repeated.
    pub fn sample(&self, x: f32, y: f32) -> f32 {
        let ((x0, fx), (y0, fy)) = (split(x, self.width), split(y, self.height));
        self.mixed(y0 * self.width + x0, fx, fy)
    }

    /// Of the pixel at this index, the one right of it and those below these two, by how far a place is beyond the first.
    #[inline]
    pub(crate) fn mixed(&self, at: usize, fx: f32, fy: f32) -> f32 {
        let (upper, lower) = (&self.data[at..at + 2], &self.data[at + self.width..][..2]);
        let top = upper[0] + fx * (upper[1] - upper[0]);
        let below = lower[0] + fx * (lower[1] - lower[0]);
        top + fy * (below - top)
    }

    /// Blurred by the binomial filter 1 4 6 4 1 (sigma 1).
    pub fn blurred(&self) -> Self {
        let (w, h) = (self.width, self.height);
        let across = self.blurred_across();
        let mut data = vec![0.0; w * h];
        for (y, out) in data.chunks_exact_mut(w).enumerate() {
            across.blur_down(y, out);
        }
        Self { width: w, height: h, data }
    }

    fn blurred_across(&self) -> Self {
        let w = self.width;
        // The row with its edges repeated.
        let mut wide = vec![0.0; w + 4];
        let mut data = vec![0.0; self.data.len()];
        for (row, out) in self.data.chunks_exact(w).zip(data.chunks_exact_mut(w)) {
            wide[..2].fill(row[0]);
            wide[2..w + 2].copy_from_slice(row);
            wide[w + 2..].fill(row[w - 1]);
            binomial(std::array::from_fn(|d| &wide[d..d + w]), out);
        }
        Self { width: w, height: self.height, data }
    }

    /// One row, blurred over the rows around it.
    fn blur_down(&self, y: usize, out: &mut [f32]) {
        let rows =
            std::array::from_fn(|d| self.row((y + d).saturating_sub(2).min(self.height - 1)));
        binomial(rows, out);
    }

    pub(crate) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let across = self.blurred_across();
        let mut row = vec![0.0; self.width];
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            across.blur_down(2 * y, &mut row);
            data.extend(row.iter().step_by(2).take(width));
        }
        Self { width, height, data }
    }
}

/// Value between the pixels of a row, edges repeated.
#[inline]
pub fn between(row: &[f32], x: f32) -> f32 {
    let (before, beyond) = split(x, row.len());
    let pair = &row[before..before + 2];
    pair[0] + beyond * (pair[1] - pair[0])
}

/// The pixel before a place on an axis of this length, edges repeated, and how far beyond it the place is.
#[inline]
pub(crate) fn split(at: f32, length: usize) -> (usize, f32) {
    let at = at.clamp(0.0, (length - 1) as f32);
    let before = (at as i32 as usize).min(length - 2);
    (before, at - before as f32)
}

/// The binomial filter over five values each.
fn binomial(values: [&[f32]; 5], out: &mut [f32]) {
    const K: [f32; 5] = [1.0 / 16.0, 4.0 / 16.0, 6.0 / 16.0, 4.0 / 16.0, 1.0 / 16.0];
    let n = out.len();
    let [a, b, c, d, e] = values.map(|values| &values[..n]);
    wide(
        #[inline(always)]
        || {
            for i in 0..n {
                out[i] = K[0] * a[i] + K[1] * b[i] + K[2] * c[i] + K[3] * d[i] + K[4] * e[i];
            }
        },
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::png_crop::SIDE;

    /// A smooth pattern, moved by `shift`.
    pub(crate) fn texture(shift: [f32; 2]) -> GreyImage {
        let value = |x: f32, y: f32| {
            let (x, y) = (x - shift[0], y - shift[1]);
            128.0 + 40.0 * (x * 0.21).sin() * (y * 0.17).cos() + 30.0 * (x * 0.07 + y * 0.11).sin()
        };
        let data = (0..SIDE * SIDE).map(|i| value((i % SIDE) as f32, (i / SIDE) as f32)).collect();
        GreyImage { width: SIDE, height: SIDE, data }
    }

    #[test]
    fn blurring_and_halving_are_what_they_say() {
        let picture = texture([0.3, 0.2]);
        let (blurred, halved) = (picture.blurred(), picture.halved());
        let clamped = |v: usize, d: usize| (v + d).saturating_sub(2).min(SIDE - 1);
        let weights = [1.0, 4.0, 6.0, 4.0, 1.0];
        for (x, y) in (0..SIDE).step_by(2).flat_map(|x| (0..SIDE).step_by(2).map(move |y| (x, y))) {
            let mut sum = 0.0;
            for (i, j) in (0..5).flat_map(|i| (0..5).map(move |j| (i, j))) {
                sum += weights[i] * weights[j] * picture.row(clamped(y, j))[clamped(x, i)];
            }
            assert!((blurred.row(y)[x] - sum / 256.0).abs() < 1e-3, "{x}, {y}");
            assert_eq!(halved.row(y / 2)[x / 2], blurred.row(y)[x], "{x}, {y}");
        }
        assert_eq!((halved.width, halved.height), (SIDE / 2, SIDE / 2));
    }

    #[test]
    fn rows_become_columns() {
        let wide = GreyImage { width: 3, height: 2, data: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0] };
        let tall = wide.transposed();
        assert_eq!((tall.width, tall.height), (2, 3));
        assert_eq!(tall.data, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    }
}
