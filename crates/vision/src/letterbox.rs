//! From a frame of any size to the network's square input.
//!
//! As MediaPipe does with `keep_aspect_ratio` and a zero border, except for where it samples on the CPU
//! (`docs/accuracy.md`): the frame is centred in a square of its longer side; each input pixel takes
//! the bilinear sample at its centre (four neighbours, no averaging); what lies outside the frame is
//! black; 0..=255 maps to -1..=1. Colour conversion happens on the samples taken, so a YUV frame is
//! never converted as a whole.

use crate::frame::{FrameView, Plane, Samples};
use crate::geometry::Point;
use std::ops::Range;

/// How the network's square input lies over a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letterbox {
    /// Frame pixels per input pixel.
    scale: f32,
    /// Width of the border left of the frame, in frame pixels.
    left: f32,
    /// Height of the border above the frame, in frame pixels.
    top: f32,
    /// Input pixels along a side.
    side: usize,
}

/// A sample between two neighbours: `a` and `b` by index, `weight` that of `b`.
#[derive(Debug, Clone, Copy, Default)]
struct Tap {
    a: usize,
    b: usize,
    weight: f32,
}

impl Tap {
    /// The sample at `position`, counted from the first element's edge; beyond the outermost
    /// centres it is the outermost element.
    fn at(position: f32, length: usize) -> Self {
        let index = (position - 0.5).clamp(0.0, (length - 1) as f32);
        let a = index as usize;
        Self { a, b: (a + 1).min(length - 1), weight: index - a as f32 }
    }

    #[inline]
    fn mix(&self, a: f32, b: f32) -> f32 {
        a + (b - a) * self.weight
    }
}

/// The input's pixels along one axis that lie inside the frame, and what they sample.
struct InputAxis {
    inside: Range<usize>,
    /// Of luma, or of packed pixels.
    whole: Vec<Tap>,
    /// Of chroma, at half resolution.
    half: Vec<Tap>,
}

impl InputAxis {
    fn new(side: usize, scale: f32, border: f32, length: usize) -> Self {
        let position = |i: usize| (i as f32 + 0.5) * scale - border;
        let is_inside = |i: &usize| (0.0..length as f32).contains(&position(*i));
        let start = (0..side).find(is_inside).unwrap_or(side);
        let end = (start..side).find(|i| !is_inside(i)).unwrap_or(side);
        let inside = start..end;
        Self {
            whole: inside.clone().map(|i| Tap::at(position(i), length)).collect(),
            half: inside.clone().map(|i| Tap::at(position(i) / 2.0, length.div_ceil(2))).collect(),
            inside,
        }
    }
}

impl Letterbox {
    pub(crate) fn new(frame: &FrameView<'_>, side: usize) -> Self {
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        let longer = width.max(height);
        Self {
            scale: longer / side as f32,
            left: (longer - width) / 2.0,
            top: (longer - height) / 2.0,
            side,
        }
    }

    /// From a position in the input, as a fraction of its side, to the frame's pixels.
    pub(crate) fn to_frame(self, x: f32, y: f32) -> Point {
        let length = self.length(1.0);
        Point { x: x * length - self.left, y: y * length - self.top }
    }

    /// From a length as a fraction of the input's side to frame pixels.
    pub(crate) fn length(self, fraction: f32) -> f32 {
        fraction * self.scale * self.side as f32
    }

    /// Writes the input, `[y][x][r, g, b]` in -1..=1; `out` holds `side * side * 3` values.
    pub(crate) fn fill(self, frame: &FrameView<'_>, out: &mut [f32]) {
        const BLACK: f32 = -1.0;
        let columns = InputAxis::new(self.side, self.scale, self.left, frame.width() as usize);
        let rows = InputAxis::new(self.side, self.scale, self.top, frame.height() as usize);
        let mut planes = [(); 3].map(|()| vec![0.0; columns.inside.len()]);
        for (y, out) in out.chunks_exact_mut(3 * self.side).enumerate() {
            if !rows.inside.contains(&y) {
                out.fill(BLACK);
                continue;
            }
            let row = y - rows.inside.start;
            let (before, out) = out.split_at_mut(3 * columns.inside.start);
            let (out, behind) = out.split_at_mut(3 * columns.inside.len());
            before.fill(BLACK);
            behind.fill(BLACK);
            let out = out.as_chunks_mut::<3>().0;
            match frame.samples() {
                Samples::Packed { plane, step } => {
                    let tap = rows.whole[row];
                    packed(tap_rows(plane, tap), *step, tap, &columns.whole, out);
                }
                Samples::Planar { y, u, v, step, converter } => {
                    let (whole, half) = (rows.whole[row], rows.half[row]);
                    let [luma, blue, red] = &mut planes;
                    sample(tap_rows(y, whole), 1, whole, &columns.whole, luma);
                    sample(tap_rows(u, half), *step, half, &columns.half, blue);
                    sample(tap_rows(v, half), *step, half, &columns.half, red);
                    for (((pixel, y), u), v) in out.iter_mut().zip(luma).zip(blue).zip(red) {
                        *pixel = converter.rgb(*y, *u, *v).map(normalise);
                    }
                }
            }
        }
    }
}

/// 0..=255 to -1..=1.
#[inline]
fn normalise(value: f32) -> f32 {
    value * (1.0 / 127.5) - 1.0
}

/// The two rows a tap down the frame lies between.
fn tap_rows<'a>(plane: &Plane<'a>, tap: Tap) -> [&'a [u8]; 2] {
    [plane.row(tap.a), plane.row(tap.b)]
}

/// One row of samples of a plane, out of two of its rows; `step` bytes from one to the next.
fn sample(rows: [&[u8]; 2], step: usize, down: Tap, across: &[Tap], out: &mut [f32]) {
    for (tap, value) in across.iter().zip(out) {
        let (a, b) = (tap.a * step, tap.b * step);
        let [above, below] = rows.map(|row| tap.mix(row[a].into(), row[b].into()));
        *value = down.mix(above, below);
    }
}

/// One row of the input out of two rows of packed pixels.
fn packed(rows: [&[u8]; 2], step: usize, down: Tap, across: &[Tap], out: &mut [[f32; 3]]) {
    for (tap, pixel) in across.iter().zip(out) {
        let at = |row: &'_ [u8], place: usize| -> [u8; 3] {
            let start = place * step;
            [row[start], row[start + 1], row[start + 2]]
        };
        let [above, below] =
            [[at(rows[0], tap.a), at(rows[0], tap.b)], [at(rows[1], tap.a), at(rows[1], tap.b)]];
        for channel in 0..3 {
            let mix = |[a, b]: [[u8; 3]; 2]| tap.mix(a[channel].into(), b[channel].into());
            pixel[channel] = normalise(down.mix(mix(above), mix(below)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(bytes: &[u8], width: u32, height: u32, side: usize) -> Vec<f32> {
        let frame =
            FrameView::rgb(bytes, width, height, 3 * width as usize).expect("a valid frame");
        let mut out = vec![f32::NAN; side * side * 3];
        Letterbox::new(&frame, side).fill(&frame, &mut out);
        out
    }

    #[test]
    fn same_size_copies_every_pixel() {
        let bytes: Vec<u8> = (0..4 * 4 * 3).map(|i| (i * 5) as u8).collect();
        let out = filled(&bytes, 4, 4, 4);
        for (value, byte) in out.iter().zip(&bytes) {
            assert!((value - (f32::from(*byte) / 127.5 - 1.0)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_wide_frame_gets_black_above_and_below() {
        let out = filled(&[255; 8 * 4 * 3], 8, 4, 8);
        for (y, row) in out.chunks(8 * 3).enumerate() {
            let expected = if (2..6).contains(&y) { 1.0 } else { -1.0 };
            assert!(row.iter().all(|value| *value == expected), "row {y}: {row:?}");
        }
    }

    #[test]
    fn samples_lie_at_pixel_centres() {
        // Halving: each input pixel's centre falls on the corner of four frame pixels.
        let bytes: Vec<u8> =
            [0, 100, 40, 20, 60, 200, 0, 80].iter().flat_map(|v| [*v; 3]).collect();
        let mut square = bytes.clone();
        square.extend(&bytes);
        let out = filled(&square, 4, 4, 2);
        let means = [90.0f32, 35.0];
        for (value, mean) in out.iter().zip(means.iter().flat_map(|m| [*m; 3])) {
            assert!((value - (mean / 127.5 - 1.0)).abs() < 1e-6, "{value} {mean}");
        }
    }

    #[test]
    fn positions_map_back_into_the_frame() {
        let bytes = vec![0; 640 * 480 * 3];
        let frame = FrameView::rgb(&bytes, 640, 480, 640 * 3).expect("a valid frame");
        let letterbox = Letterbox::new(&frame, 128);
        assert_eq!(letterbox.to_frame(0.5, 0.5), Point { x: 320.0, y: 240.0 });
        assert_eq!(letterbox.to_frame(0.0, 0.125), Point { x: 0.0, y: 0.0 });
        assert_eq!(letterbox.length(0.5), 320.0);
    }
}
