//! From a frame of any size to the network's square input.
//!
//! As MediaPipe's `ImageToTensorCalculator` does with `keep_aspect_ratio` and a zero border: the
//! frame is centred in a square of its longer side; each input pixel takes the bilinear sample at
//! its centre (four neighbours, no averaging over the area it covers); what lies outside the frame
//! is black; 0..=255 maps to -1..=1. Colour conversion happens on the samples taken, so a YUV frame
//! is never converted as a whole.

use crate::color::Converter;
use crate::frame::{FrameView, Samples};
use crate::geometry::Point;

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

    fn mix(&self, a: f32, b: f32) -> f32 {
        a + (b - a) * self.weight
    }
}

/// Taps along one axis, for luma (or packed pixels) and for chroma; `None` outside the frame.
fn taps(side: usize, scale: f32, border: f32, length: usize) -> Vec<Option<(Tap, Tap)>> {
    (0..side)
        .map(|i| {
            let position = (i as f32 + 0.5) * scale - border;
            (position >= 0.0 && position < length as f32)
                .then(|| (Tap::at(position, length), Tap::at(position / 2.0, length.div_ceil(2))))
        })
        .collect()
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
        let columns = taps(self.side, self.scale, self.left, frame.width() as usize);
        let rows = taps(self.side, self.scale, self.top, frame.height() as usize);
        for (row, out) in rows.into_iter().zip(out.chunks_exact_mut(3 * self.side)) {
            let Some(row) = row else {
                out.fill(BLACK);
                continue;
            };
            let sampler = RowSampler::new(frame, row);
            for (column, pixel) in columns.iter().zip(out.as_chunks_mut::<3>().0) {
                *pixel = match column {
                    Some(column) => sampler.rgb(column).map(|channel| channel / 127.5 - 1.0),
                    None => [BLACK; 3],
                };
            }
        }
    }
}

/// The rows of a frame that one row of the input samples from.
enum RowSampler<'a> {
    Packed {
        rows: [&'a [u8]; 2],
        tap: Tap,
        step: usize,
    },
    Planar {
        y: [&'a [u8]; 2],
        u: [&'a [u8]; 2],
        v: [&'a [u8]; 2],
        taps: (Tap, Tap),
        step: usize,
        converter: &'a Converter,
    },
}

impl<'a> RowSampler<'a> {
    fn new(frame: &'a FrameView<'a>, (tap, half): (Tap, Tap)) -> Self {
        match frame.samples() {
            Samples::Packed { plane, step } => {
                Self::Packed { rows: [plane.row(tap.a), plane.row(tap.b)], tap, step: *step }
            }
            Samples::Planar { y, u, v, step, converter } => Self::Planar {
                y: [y.row(tap.a), y.row(tap.b)],
                u: [u.row(half.a), u.row(half.b)],
                v: [v.row(half.a), v.row(half.b)],
                taps: (tap, half),
                step: *step,
                converter,
            },
        }
    }

    /// The interpolated colour, 0..=255 a channel.
    #[inline]
    fn rgb(&self, (column, half): &(Tap, Tap)) -> [f32; 3] {
        match self {
            Self::Packed { rows, tap, step } => {
                let (a, b) = (column.a * step, column.b * step);
                [0, 1, 2].map(|channel| {
                    let [above, below] = rows
                        .map(|row| column.mix(row[a + channel].into(), row[b + channel].into()));
                    tap.mix(above, below)
                })
            }
            Self::Planar { y, u, v, taps, step, converter } => {
                let sample = |rows: &[&[u8]; 2], across: &Tap, down: &Tap, step: usize| {
                    let [above, below] = rows.map(|row| {
                        across.mix(row[across.a * step].into(), row[across.b * step].into())
                    });
                    down.mix(above, below)
                };
                converter.rgb(
                    sample(y, column, &taps.0, 1),
                    sample(u, half, &taps.1, *step),
                    sample(v, half, &taps.1, *step),
                )
            }
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
