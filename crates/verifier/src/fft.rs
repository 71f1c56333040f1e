//! Fourier transforms of 64 values, eight of them side by side.
//!
//! Step for step what `rustfft`'s `Radix4` does (a split radix of 16, then one layer of 4), so that the tests can hold
//! it to that, bit by bit. That crate itself runs unoptimised wherever tract is: the compiler takes tract's copy.

use std::array::from_fn;
use std::f32::consts::FRAC_1_SQRT_2;
use std::ops::{Add, Mul, Sub};

/// Values in a transform.
pub const N: usize = 64;
/// Transforms side by side.
const LANES: usize = 8;

/// One complex value of each transform.
#[derive(Clone, Copy)]
struct Lanes {
    re: [f32; LANES],
    im: [f32; LANES],
}

/// A factor on all of them, real and imaginary part.
type Twiddle = [f32; 2];

impl Add for Lanes {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self {
            re: from_fn(|i| self.re[i] + other.re[i]),
            im: from_fn(|i| self.im[i] + other.im[i]),
        }
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self {
            re: from_fn(|i| self.re[i] - other.re[i]),
            im: from_fn(|i| self.im[i] - other.im[i]),
        }
    }
}

impl Mul<Twiddle> for Lanes {
    type Output = Self;

    #[inline(always)]
    fn mul(self, [re, im]: Twiddle) -> Self {
        Self {
            re: from_fn(|i| self.re[i] * re - self.im[i] * im),
            im: from_fn(|i| self.re[i] * im + self.im[i] * re),
        }
    }
}

impl Lanes {
    #[inline(always)]
    fn scaled(self, by: f32) -> Self {
        Self { re: self.re.map(|v| v * by), im: self.im.map(|v| v * by) }
    }

    /// Times -i.
    #[inline(always)]
    fn turned(self) -> Self {
        Self { re: self.im, im: self.re.map(|v| -v) }
    }
}

/// The transform, with its factors.
pub struct Fft64 {
    /// Of 16.
    inner: [Twiddle; 4],
    /// Of 64: three for each of 16 columns.
    outer: [[Twiddle; 3]; 16],
}

impl Fft64 {
    /// Computes the factors.
    pub fn new() -> Self {
        Self {
            inner: from_fn(|k| twiddle(k, 16)),
            outer: from_fn(|i| from_fn(|k| twiddle(i * (k + 1), N))),
        }
    }

    /// Transforms every column of a matrix of `N` rows and `N` columns, row by row in `re` and `im`, in place.
    pub fn columns(&self, re: &mut [f32; N * N], im: &mut [f32; N * N]) {
        for left in (0..N).step_by(LANES) {
            let column = from_fn(|y| {
                let at = y * N + left;
                Lanes { re: from_fn(|i| re[at + i]), im: from_fn(|i| im[at + i]) }
            });
            let column = self.transform(&column);
            for (y, value) in column.iter().enumerate() {
                let at = y * N + left;
                re[at..at + LANES].copy_from_slice(&value.re);
                im[at..at + LANES].copy_from_slice(&value.im);
            }
        }
    }

    fn transform(&self, values: &[Lanes; N]) -> [Lanes; N] {
        let quarters: [[Lanes; 16]; 4] =
            from_fn(|quarter| self.sixteen(from_fn(|i| values[4 * i + quarter])));
        let mut out = *values;
        for (i, twiddles) in self.outer.iter().enumerate() {
            let four = four([
                quarters[0][i],
                quarters[1][i] * twiddles[0],
                quarters[2][i] * twiddles[1],
                quarters[3][i] * twiddles[2],
            ]);
            for (k, value) in four.into_iter().enumerate() {
                out[16 * k + i] = value;
            }
        }
        out
    }

    #[inline]
    fn sixteen(&self, v: [Lanes; 16]) -> [Lanes; 16] {
        let evens = eight(from_fn(|i| v[2 * i]));
        let odds = four([v[1], v[5], v[9], v[13]]);
        let before = four([v[15], v[3], v[7], v[11]]);
        let mut out = v;
        for k in 0..4 {
            let [re, im] = self.inner[k];
            // The factor 1 is left out, since multiplying by it may turn the sign of a zero.
            let (a, b) = if k == 0 {
                (odds[k], before[k])
            } else {
                (odds[k] * [re, im], before[k] * [re, -im])
            };
            let (sum, turned) = (a + b, (a - b).turned());
            out[k] = evens[k] + sum;
            out[k + 4] = evens[k + 4] + turned;
            out[k + 8] = evens[k] - sum;
            out[k + 12] = evens[k + 4] - turned;
        }
        out
    }
}

#[inline(always)]
fn eight(v: [Lanes; 8]) -> [Lanes; 8] {
    let evens = four([v[0], v[2], v[4], v[6]]);
    let mut odds = four([v[1], v[3], v[5], v[7]]);
    odds[1] = (odds[1].turned() + odds[1]).scaled(FRAC_1_SQRT_2);
    odds[2] = odds[2].turned();
    odds[3] = (odds[3].turned() - odds[3]).scaled(FRAC_1_SQRT_2);
    from_fn(|i| if i < 4 { evens[i] + odds[i] } else { evens[i - 4] - odds[i - 4] })
}

#[inline(always)]
fn four(v: [Lanes; 4]) -> [Lanes; 4] {
    let (a, b) = (v[0] + v[2], v[0] - v[2]);
    let (c, d) = (v[1] + v[3], (v[1] - v[3]).turned());
    [a + c, b + d, a - c, b - d]
}

fn twiddle(index: usize, length: usize) -> Twiddle {
    let constant = -2.0 * std::f64::consts::PI / length as f64;
    let angle = constant * index as f64;
    [angle.cos() as f32, angle.sin() as f32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::hash;
    use rustfft::num_complex::Complex;
    use rustfft::{Fft, FftDirection, algorithm::Radix4};

    #[test]
    fn it_is_rustffts_transform_bit_by_bit() {
        let fft = Radix4::<f32>::new(N, FftDirection::Forward);
        for seed in 0..20 {
            let value = |part: u64| {
                move |i: usize| 1000.0 * hash(((seed * 2 + part) * 4096) + i as u64) as f32
            };
            let (mut re, mut im) = (from_fn(value(0)), from_fn(value(1)));
            if seed == 0 {
                (re, im) = ([0.0; N * N], [0.0; N * N]);
            } else if seed < 5 {
                im = [0.0; N * N];
            }
            let mut expected = Vec::new();
            for x in 0..N {
                let mut column: Vec<_> =
                    (0..N).map(|y| Complex::new(re[y * N + x], im[y * N + x])).collect();
                fft.process(&mut column);
                expected.push(column);
            }
            Fft64::new().columns(&mut re, &mut im);
            for (x, y) in (0..N).flat_map(|x| (0..N).map(move |y| (x, y))) {
                let (at, wanted) = (y * N + x, expected[x][y]);
                // Equal, but that a zero's sign does not count.
                assert_eq!((re[at], im[at]), (wanted.re, wanted.im), "{seed}: {x}, {y}");
            }
        }
    }
}
