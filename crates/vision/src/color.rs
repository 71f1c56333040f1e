//! From Y'CbCr to RGB, gamma-naive, 8 bits.

/// Which luma coefficients a frame was encoded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorMatrix {
    /// ITU-R BT.601: standard definition, JPEG, most webcams.
    #[default]
    Bt601,
    /// ITU-R BT.709: high definition video.
    Bt709,
}

/// How to interpret a frame's Y, U and V.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ColorSpace {
    /// Luma coefficients.
    pub matrix: ColorMatrix,
    /// Whether Y spans 0..=255 (as in JPEG) instead of 16..=235.
    pub full_range: bool,
}

/// A [`ColorSpace`] as multipliers, in floating point and as 16-bit fixed point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Converter {
    /// Added to Y before scaling.
    luma_offset: f32,
    luma_scale: f32,
    red_v: f32,
    green_u: f32,
    green_v: f32,
    blue_u: f32,
    fixed: Fixed,
}

/// Factors for [`times`]: they turn samples shifted by [`LUMA_SHIFT`] and [`CHROMA_SHIFT`] into channels
/// with [`FRACTION_BITS`].
#[derive(Debug, Clone, Copy)]
struct Fixed {
    luma_offset: i16,
    luma_scale: i16,
    red_v: i16,
    green_u: i16,
    green_v: i16,
    blue_u: i16,
}

// As far as samples of -16..=255 and -128..=127 can be shifted within 16 bits.
const LUMA_SHIFT: u32 = 7;
const CHROMA_SHIFT: u32 = 8;
/// Fraction bits of a channel before rounding: the sum of three products is off by at most a fortieth.
const FRACTION_BITS: u32 = 6;
const HALF: i16 = 1 << (FRACTION_BITS - 1);

/// A product of fractions of 15 bits, rounded: as `i16x8_q15mulr_sat` has it, whose one overflow
/// (-1 times -1) no factor here reaches.
#[inline]
fn times(value: i16, factor: i16) -> i16 {
    ((i32::from(value) * i32::from(factor) + (1 << 14)) >> 15) as i16
}

impl Converter {
    pub(crate) fn new(space: ColorSpace) -> Self {
        let (red, blue) = match space.matrix {
            ColorMatrix::Bt601 => (0.299f64, 0.114f64),
            ColorMatrix::Bt709 => (0.2126, 0.0722),
        };
        let green = 1.0 - red - blue;
        let (offset, luma, chroma) =
            if space.full_range { (0.0, 1.0, 1.0) } else { (-16.0, 255.0 / 219.0, 255.0 / 224.0) };
        let red_v = 2.0 * (1.0 - red) * chroma;
        let blue_u = 2.0 * (1.0 - blue) * chroma;
        let green_u = -blue_u * blue / green;
        let green_v = -red_v * red / green;
        let fix = |value: f64, shift: u32| {
            (value * f64::from(1 << (15 + FRACTION_BITS - shift))).round() as i16
        };
        Self {
            luma_offset: offset as f32,
            luma_scale: luma as f32,
            red_v: red_v as f32,
            green_u: green_u as f32,
            green_v: green_v as f32,
            blue_u: blue_u as f32,
            fixed: Fixed {
                luma_offset: offset as i16,
                luma_scale: fix(luma, LUMA_SHIFT),
                red_v: fix(red_v, CHROMA_SHIFT),
                green_u: fix(green_u, CHROMA_SHIFT),
                green_v: fix(green_v, CHROMA_SHIFT),
                blue_u: fix(blue_u, CHROMA_SHIFT),
            },
        }
    }

    /// Interpolated samples (0..=255 each) to RGB, clamped to 0..=255.
    #[inline]
    pub(crate) fn rgb(&self, y: f32, u: f32, v: f32) -> [f32; 3] {
        let y = (y + self.luma_offset) * self.luma_scale;
        let (u, v) = (u - 128.0, v - 128.0);
        [y + self.red_v * v, y + self.green_u * u + self.green_v * v, y + self.blue_u * u]
            .map(|channel| channel.clamp(0.0, 255.0))
    }

    /// Luma alone, 0 to 255.
    #[inline]
    pub(crate) fn luma_u8(&self, y: u8) -> u8 {
        ((f32::from(y) + self.luma_offset) * self.luma_scale + 0.5) as u8
    }

    /// One pixel to RGB, rounded to nearest.
    #[inline]
    pub(crate) fn rgb_u8(&self, y: u8, u: u8, v: u8) -> [u8; 3] {
        let c = &self.fixed;
        let y = times((i16::from(y) + c.luma_offset) << LUMA_SHIFT, c.luma_scale) + HALF;
        let [u, v] = [u, v].map(|sample| (i16::from(sample) - 128) << CHROMA_SHIFT);
        [times(v, c.red_v), times(u, c.green_u) + times(v, c.green_v), times(u, c.blue_u)]
            .map(|chroma| (y.saturating_add(chroma) >> FRACTION_BITS).clamp(0, 255) as u8)
    }
}

impl Converter {
    /// The luma of black.
    pub(crate) fn black(&self) -> u8 {
        -self.fixed.luma_offset as u8
    }

    /// A row of pixels, each as [`Converter::rgb_u8`] gives it, with one sample of each kind per pixel.
    pub(crate) fn rgb_row(&self, y: &[u8], u: &[u8], v: &[u8], out: &mut [[u8; 3]]) {
        let [y, u, v] = [y, u, v].map(|samples| &samples[..out.len()]);
        #[cfg(target_arch = "wasm32")]
        let ([y, u, v], out) = simd::rgb_runs(&self.fixed, [y, u, v], out);
        for (((y, u), v), out) in y.iter().zip(u).zip(v).zip(out) {
            *out = self.rgb_u8(*y, *u, *v);
        }
    }
}

/// Written by hand: the compiler computes most of it one pixel at a time, and crops took three times as long.
#[cfg(target_arch = "wasm32")]
mod simd {
    use super::{CHROMA_SHIFT, FRACTION_BITS, Fixed, HALF, LUMA_SHIFT};
    use core::arch::wasm32::*;

    /// Pixels that are converted together.
    const RUN: usize = 16;

    /// Converts the pixels that fill whole runs; returns the samples and pixels left over.
    pub(super) fn rgb_runs<'s, 'o>(
        c: &Fixed,
        samples: [&'s [u8]; 3],
        out: &'o mut [[u8; 3]],
    ) -> ([&'s [u8]; 3], &'o mut [[u8; 3]]) {
        let [(y, y_rest), (u, u_rest), (v, v_rest)] = samples.map(|samples| samples.as_chunks());
        let (out, out_rest) = out.as_chunks_mut();
        for (((y, u), v), out) in y.iter().zip(u).zip(v).zip(out) {
            rgb_run(c, y, u, v, out);
        }
        ([y_rest, u_rest, v_rest], out_rest)
    }

    #[inline(always)]
    fn times(values: v128, factor: i16) -> v128 {
        i16x8_q15mulr_sat(values, i16x8_splat(factor))
    }

    #[inline(always)]
    fn load(samples: &[u8; RUN]) -> v128 {
        // SAFETY: the reference covers the 16 bytes read, which need no alignment.
        unsafe { v128_load(samples.as_ptr().cast()) }
    }

    #[inline(always)]
    fn rgb_run(c: &Fixed, y: &[u8; RUN], u: &[u8; RUN], v: &[u8; RUN], out: &mut [[u8; 3]; RUN]) {
        let wide =
            |samples: v128| [u16x8_extend_low_u8x16(samples), u16x8_extend_high_u8x16(samples)];
        let luma = wide(load(y)).map(|samples| {
            let shifted = i16x8_shl(i16x8_add(samples, i16x8_splat(c.luma_offset)), LUMA_SHIFT);
            i16x8_add(times(shifted, c.luma_scale), i16x8_splat(HALF))
        });
        let [u, v] = [u, v].map(|samples| {
            let centred = |samples| i16x8_sub(samples, i16x8_splat(128));
            wide(load(samples)).map(|samples| i16x8_shl(centred(samples), CHROMA_SHIFT))
        });
        let channel = |chroma: [v128; 2]| {
            let [low, high] = [0, 1]
                .map(|half| i16x8_shr(i16x8_add_sat(luma[half], chroma[half]), FRACTION_BITS));
            u8x16_narrow_i16x8(low, high)
        };
        let red = channel(v.map(|v| times(v, c.red_v)));
        let green = channel(
            [0, 1].map(|half| i16x8_add(times(u[half], c.green_u), times(v[half], c.green_v))),
        );
        let blue = channel(u.map(|u| times(u, c.blue_u)));
        interleave(red, green, blue, out);
    }

    /// Red and green first, blue into the gaps; lanes of the second operand count from 16 on.
    #[inline(always)]
    fn interleave(r: v128, g: v128, b: v128, out: &mut [[u8; 3]; RUN]) {
        let first = i8x16_shuffle::<0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5>(r, g);
        let first =
            i8x16_shuffle::<0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15>(first, b);
        let second = i8x16_shuffle::<21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26>(r, g);
        let second =
            i8x16_shuffle::<0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15>(second, b);
        let third = i8x16_shuffle::<0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0>(r, g);
        let third =
            i8x16_shuffle::<26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31>(third, b);
        let target: *mut v128 = out.as_mut_ptr().cast();
        // SAFETY: 16 pixels of three bytes are three times 16 writable bytes, which need no alignment.
        unsafe {
            v128_store(target, first);
            v128_store(target.add(1), second);
            v128_store(target.add(2), third);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(matrix: ColorMatrix, full_range: bool) -> Converter {
        Converter::new(ColorSpace { matrix, full_range })
    }

    #[test]
    fn black_and_white_of_each_range() {
        for matrix in [ColorMatrix::Bt601, ColorMatrix::Bt709] {
            assert_eq!(space(matrix, false).rgb_u8(16, 128, 128), [0; 3]);
            assert_eq!(space(matrix, false).rgb_u8(235, 128, 128), [255; 3]);
            assert_eq!(space(matrix, true).rgb_u8(0, 128, 128), [0; 3]);
            assert_eq!(space(matrix, true).rgb_u8(255, 128, 128), [255; 3]);
            assert_eq!(space(matrix, true).rgb_u8(77, 128, 128), [77; 3]);
        }
    }

    #[test]
    fn primaries_as_the_recommendations_code_them() {
        // Y, Cb, Cr of saturated red, green and blue: BT.601 and BT.709 limited range, JFIF.
        let cases = [
            (ColorMatrix::Bt601, false, [(81, 90, 240), (145, 54, 34), (41, 240, 110)]),
            (ColorMatrix::Bt709, false, [(63, 102, 240), (173, 42, 26), (32, 240, 118)]),
            (ColorMatrix::Bt601, true, [(76, 85, 255), (150, 44, 21), (29, 255, 107)]),
        ];
        for (matrix, full_range, codes) in cases {
            let converter = space(matrix, full_range);
            for ((y, u, v), expected) in
                codes.into_iter().zip([[255, 0, 0], [0, 255, 0], [0, 0, 255]])
            {
                let found = converter.rgb_u8(y, u, v);
                let worst = found.iter().zip(expected).map(|(a, b): (&u8, u8)| a.abs_diff(b)).max();
                assert!(worst <= Some(2), "{matrix:?} {full_range}: {found:?} for {expected:?}");
            }
        }
    }

    #[test]
    fn fixed_point_agrees_with_floating_point() {
        for (matrix, full_range) in
            [(ColorMatrix::Bt601, false), (ColorMatrix::Bt601, true), (ColorMatrix::Bt709, false)]
        {
            let converter = space(matrix, full_range);
            for y in (0..=255u8).step_by(5) {
                for u in (0..=255u8).step_by(15) {
                    for v in (0..=255u8).step_by(15) {
                        let float = converter.rgb(y.into(), u.into(), v.into());
                        let fixed = converter.rgb_u8(y, u, v);
                        for (a, b) in float.into_iter().zip(fixed) {
                            assert!((a - f32::from(b)).abs() <= 0.525, "{y} {u} {v}: {a} {b}");
                        }
                    }
                }
            }
        }
    }
}
