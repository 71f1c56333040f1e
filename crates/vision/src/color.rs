//! From Y'CbCr to RGB, gamma-naive, 8 bits.

/// Which luma coefficients a frame was coded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorMatrix {
    /// ITU-R BT.601: standard definition, JPEG, most webcams.
    #[default]
    Bt601,
    /// ITU-R BT.709: high definition video.
    Bt709,
}

/// How a frame's Y, U and V are to be understood.
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

#[derive(Debug, Clone, Copy)]
struct Fixed {
    luma_offset: i32,
    luma_scale: i32,
    red_v: i32,
    green_u: i32,
    green_v: i32,
    blue_u: i32,
}

const FRACTION_BITS: u32 = 16;

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
        let fix = |value: f64| (value * f64::from(1 << FRACTION_BITS)).round() as i32;
        Self {
            luma_offset: offset as f32,
            luma_scale: luma as f32,
            red_v: red_v as f32,
            green_u: green_u as f32,
            green_v: green_v as f32,
            blue_u: blue_u as f32,
            fixed: Fixed {
                luma_offset: offset as i32,
                luma_scale: fix(luma),
                red_v: fix(red_v),
                green_u: fix(green_u),
                green_v: fix(green_v),
                blue_u: fix(blue_u),
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

    /// One pixel to RGB, rounded to nearest.
    #[inline]
    pub(crate) fn rgb_u8(&self, y: u8, u: u8, v: u8) -> [u8; 3] {
        let c = &self.fixed;
        let half = 1 << (FRACTION_BITS - 1);
        let y = (i32::from(y) + c.luma_offset) * c.luma_scale + half;
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        [y + c.red_v * v, y + c.green_u * u + c.green_v * v, y + c.blue_u * u]
            .map(|channel| (channel >> FRACTION_BITS).clamp(0, 255) as u8)
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
                            assert!((a - f32::from(b)).abs() <= 0.51, "{y} {u} {v}: {a} {b}");
                        }
                    }
                }
            }
        }
    }
}
