//! The loops in wide registers with fused multiply-adds, for the x86-64 processors that have them. Which kind runs is
//! asked when the program does; results differ by rounding. Weights are padded with zeros to whole registers, so that
//! only pixels are ever read or written in part.
//!
//! All of it is inlined into the function that [`Wide::compiled`] calls, since only there the compiler may use these
//! registers. So there are loops over indices where closures would not surely be inlined.

#![allow(clippy::needless_range_loop, reason = "see above: indices are what is surely inlined")]

mod avx2;
mod avx512;

pub(super) use avx2::Avx2;
pub(super) use avx512::Avx512;

use super::lanes::Quad;
use super::shape::{KERNEL, SPAN, STEP, Shortcut, TAPS, TILE};

/// One kind of register; a value of it is the proof that this processor has them.
pub(super) trait Wide: Copy {
    /// The register.
    type Register: Copy;
    /// The same in memory.
    type Row: Copy;
    /// f32 in a register.
    const WIDTH: usize;
    /// Whether there are 32 registers, not 16.
    const MANY: bool;

    /// Does the work in a function that is compiled for these registers, if all it calls is inlined.
    fn compiled<R>(self, work: impl FnMut() -> R) -> R;
    /// As many whole rows as there are.
    fn rows(values: &[f32]) -> &[Self::Row];
    /// The same value in every lane.
    fn splat(self, value: f32) -> Self::Register;
    /// A whole register.
    fn load(self, row: &Self::Row) -> Self::Register;
    /// The first values, a multiple of four of them, and zeros behind.
    fn load_some(self, values: &[f32]) -> Self::Register;
    /// As many lanes as there are values, a multiple of four; at most all.
    fn store_some(self, register: Self::Register, values: &mut [f32]);
    /// Lane by lane `a + b`.
    fn plus(self, a: Self::Register, b: Self::Register) -> Self::Register;
    /// Lane by lane `sum + a * b`.
    fn plus_product(
        self,
        sum: Self::Register,
        a: Self::Register,
        b: Self::Register,
    ) -> Self::Register;
    /// Lane by lane the larger one; where a lane of either is NaN, that of `a`.
    fn max(self, a: Self::Register, b: Self::Register) -> Self::Register;

    /// Negative lanes become zero.
    #[inline(always)]
    fn relu(self, register: Self::Register) -> Self::Register {
        self.max(self.splat(0.0), register)
    }
}

/// A 1 x 1 convolution, as [`super::pointwise::Pointwise::run`] describes it.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) panels: &'a [Quad],
    pub(super) bias: &'a [Quad],
    pub(super) input: &'a [f32],
    pub(super) shortcut: Shortcut<'a>,
}

/// Computes it. No fewer than eight sums at a time, which is as many as it takes until the first can be added to again,
/// and no more than leave registers for the weights.
#[inline(always)]
pub(super) fn pointwise<S: Wide, const RELU: bool>(simd: S, product: Product<'_>, out: &mut [f32]) {
    let count = product.outputs.div_ceil(S::WIDTH);
    let mut done = 0;
    while done < count {
        let left = count - done;
        if S::MANY && (left == 3 || left > 4) {
            pixels::<S, 3, TILE, RELU>(simd, done, product, out);
            done += 3;
        } else if left > 1 {
            if S::MANY {
                pixels::<S, 2, 8, RELU>(simd, done, product, out);
            } else {
                pixels::<S, 2, TILE, RELU>(simd, done, product, out);
            }
            done += 2;
        } else {
            pixels::<S, 1, 8, RELU>(simd, done, product, out);
            done += 1;
        }
    }
}

/// `P` panels from the panel `first` on of all pixels, `T` at a time, the last four by themselves.
#[inline(always)]
fn pixels<S: Wide, const P: usize, const T: usize, const RELU: bool>(
    simd: S,
    first: usize,
    product: Product<'_>,
    out: &mut [f32],
) {
    let count = out.len() / product.outputs;
    let mut pixel = 0;
    while pixel + T <= count {
        tile::<S, P, T, RELU>(simd, first, pixel, product, out);
        pixel += T;
    }
    if T > TILE && pixel < count {
        tile::<S, P, TILE, RELU>(simd, first, pixel, product, out);
    }
}

#[inline(always)]
fn tile<S: Wide, const P: usize, const T: usize, const RELU: bool>(
    simd: S,
    first: usize,
    pixel: usize,
    product: Product<'_>,
    out: &mut [f32],
) {
    let Product { inputs, outputs, shortcut: Shortcut { pixels: beside, channels }, .. } = product;
    let bias = &S::rows(Quad::values(product.bias))[first..][..P];
    let beside = &beside[pixel * channels..][..T * channels];
    let mut sums = [[simd.splat(0.0); P]; T];
    for p in 0..P {
        let at = (first + p) * S::WIDTH;
        let there = channels.saturating_sub(at).min(S::WIDTH);
        let bias = simd.load(&bias[p]);
        for t in 0..T {
            sums[t][p] = bias;
            if there > 0 {
                let values = simd.load_some(&beside[t * channels + at..][..there]);
                sums[t][p] = simd.plus(bias, values);
            }
        }
    }
    let weights = &S::rows(Quad::values(product.panels))[first * inputs..][..P * inputs];
    let input = &product.input[pixel * inputs..][..T * inputs];
    let (mut rows, mut values) = ([&weights[..inputs]; P], [&input[..inputs]; T]);
    for p in 1..P {
        rows[p] = &weights[p * inputs..][..inputs];
    }
    for t in 1..T {
        values[t] = &input[t * inputs..][..inputs];
    }
    for at in 0..inputs {
        let mut row = [simd.splat(0.0); P];
        for p in 0..P {
            row[p] = simd.load(&rows[p][at]);
        }
        for t in 0..T {
            let value = simd.splat(values[t][at]);
            for p in 0..P {
                sums[t][p] = simd.plus_product(sums[t][p], value, row[p]);
            }
        }
    }
    let out = &mut out[pixel * outputs..][..T * outputs];
    for p in 0..P {
        let at = (first + p) * S::WIDTH;
        let there = S::WIDTH.min(outputs - at);
        for t in 0..T {
            let sum = if RELU { simd.relu(sums[t][p]) } else { sums[t][p] };
            simd.store_some(sum, &mut out[t * outputs + at..][..there]);
        }
    }
}

/// One row of the first layer's outputs from the five rows below the kernel: as [`super::stem::Stem::run`].
#[inline(always)]
pub(super) fn stem<S: Wide>(
    simd: S,
    [panels, bias]: [&[Quad]; 2],
    outputs: usize,
    rows: [&[f32]; KERNEL],
    out: &mut [f32],
) {
    let panels = (S::rows(Quad::values(panels)), S::rows(Quad::values(bias)));
    let count = outputs.div_ceil(S::WIDTH);
    for (tile, out) in out.chunks_exact_mut(TILE * outputs).enumerate() {
        let mut spans = [&[0.0; SPAN]; KERNEL];
        for ky in 0..KERNEL {
            // The last tile's span ends with the padding.
            spans[ky] = rows[ky][tile * TILE * STEP..].first_chunk().unwrap_or(&[0.0; SPAN]);
        }
        let mut done = 0;
        while done < count {
            let left = count - done;
            if S::MANY && left > 2 {
                stem_tile::<S, 3>(simd, done, panels, outputs, spans, out);
                done += 3;
            } else if left > 1 {
                stem_tile::<S, 2>(simd, done, panels, outputs, spans, out);
                done += 2;
            } else {
                stem_tile::<S, 1>(simd, done, panels, outputs, spans, out);
                done += 1;
            }
        }
    }
}

/// `P` panels of one tile of pixels.
#[inline(always)]
fn stem_tile<S: Wide, const P: usize>(
    simd: S,
    first: usize,
    (panels, bias): (&[S::Row], &[S::Row]),
    outputs: usize,
    spans: [&[f32; SPAN]; KERNEL],
    out: &mut [f32],
) {
    const ALL: usize = KERNEL * TAPS;
    let panels = &panels[first * ALL..][..P * ALL];
    let mut sums = [[simd.splat(0.0); P]; TILE];
    for p in 0..P {
        let bias = simd.load(&bias[first + p]);
        for t in 0..TILE {
            sums[t][p] = bias;
        }
    }
    for ky in 0..KERNEL {
        let span = spans[ky];
        for tap in 0..TAPS {
            let mut row = [simd.splat(0.0); P];
            for p in 0..P {
                row[p] = simd.load(&panels[p * ALL + ky * TAPS + tap]);
            }
            for t in 0..TILE {
                let value = simd.splat(span[t * STEP + tap]);
                for p in 0..P {
                    sums[t][p] = simd.plus_product(sums[t][p], value, row[p]);
                }
            }
        }
    }
    for p in 0..P {
        let at = (first + p) * S::WIDTH;
        let there = S::WIDTH.min(outputs - at);
        for t in 0..TILE {
            simd.store_some(simd.relu(sums[t][p]), &mut out[t * outputs + at..][..there]);
        }
    }
}

/// Rows of a depthwise convolution: ten rows of weights for each register of channels, nine taps and the bias.
#[derive(Clone, Copy)]
pub(super) struct Depths<'a> {
    pub(super) channels: usize,
    pub(super) taps: &'a [Quad],
    pub(super) rows: [&'a [f32]; 3],
}

/// Stride 1, as [`super::depthwise::Depthwise::row`] describes it.
#[inline(always)]
pub(super) fn depthwise<S: Wide>(simd: S, depths: Depths<'_>, out: &mut [f32]) {
    let groups = S::rows(Quad::values(depths.taps)).as_chunks::<10>().0;
    for (group, taps) in groups.iter().enumerate() {
        let first = group * S::WIDTH;
        if depths.channels - first < S::WIDTH {
            depthwise_group::<S, false>(simd, first, taps, depths, out);
        } else {
            depthwise_group::<S, true>(simd, first, taps, depths, out);
        }
    }
}

/// The channels of one register from `first` on; `FULL` if it is full of them.
#[inline(always)]
fn depthwise_group<S: Wide, const FULL: bool>(
    simd: S,
    first: usize,
    taps: &[S::Row; 10],
    depths: Depths<'_>,
    out: &mut [f32],
) {
    let Depths { channels, rows, .. } = depths;
    let there = if FULL { S::WIDTH } else { channels - first };
    let (k, bias) = registers(simd, taps);
    // Each pixel is read once: it ends one output, continues the next and begins a third.
    let x = three::<S, FULL>(simd, rows, first, there);
    let mut current = column(simd, bias, x, [k[1], k[4], k[7]]);
    let mut next = column(simd, bias, x, [k[0], k[3], k[6]]);
    let mut at = first;
    for _ in 1..out.len() / channels {
        let x = three::<S, FULL>(simd, rows, at + channels, there);
        simd.store_some(column(simd, current, x, [k[2], k[5], k[8]]), &mut out[at..at + there]);
        current = column(simd, next, x, [k[1], k[4], k[7]]);
        next = column(simd, bias, x, [k[0], k[3], k[6]]);
        at += channels;
    }
    simd.store_some(current, &mut out[at..at + there]);
}

/// Stride 2 and the largest of each 2 x 2 pixels, as [`super::depthwise::Depthwise::row_halved`].
#[inline(always)]
pub(super) fn depthwise_halved<S: Wide>(
    simd: S,
    depths: Depths<'_>,
    out: &mut [f32],
    pool: &mut [f32],
) {
    let groups = S::rows(Quad::values(depths.taps)).as_chunks::<10>().0;
    for (group, taps) in groups.iter().enumerate() {
        let first = group * S::WIDTH;
        if depths.channels - first < S::WIDTH {
            halved_group::<S, false>(simd, first, taps, depths, out, pool);
        } else {
            halved_group::<S, true>(simd, first, taps, depths, out, pool);
        }
    }
}

#[inline(always)]
fn halved_group<S: Wide, const FULL: bool>(
    simd: S,
    first: usize,
    taps: &[S::Row; 10],
    depths: Depths<'_>,
    out: &mut [f32],
    pool: &mut [f32],
) {
    let Depths { channels, rows, .. } = depths;
    let there = if FULL { S::WIDTH } else { channels - first };
    let (k, bias) = registers(simd, taps);
    let mut current = bias;
    let (mut at, mut source) = (first, first);
    for pixel in 0..out.len() / channels {
        // Pixels 2 x and 2 x + 1 belong to output x; 2 x also ends output x - 1.
        let x = three::<S, FULL>(simd, rows, source, there);
        let y = three::<S, FULL>(simd, rows, source + channels, there);
        let most = simd.max(simd.max(x[0], x[1]), simd.max(y[0], y[1]));
        simd.store_some(most, &mut pool[at..at + there]);
        if pixel > 0 {
            let ended = column(simd, current, x, [k[2], k[5], k[8]]);
            simd.store_some(ended, &mut out[at - channels..][..there]);
        }
        let begun = column(simd, bias, x, [k[0], k[3], k[6]]);
        current = column(simd, begun, y, [k[1], k[4], k[7]]);
        at += channels;
        source += 2 * channels;
    }
    simd.store_some(current, &mut out[at - channels..][..there]);
}

/// The taps, `[ky][kx]`, and the bias, in registers.
#[inline(always)]
fn registers<S: Wide>(simd: S, taps: &[S::Row; 10]) -> ([S::Register; 9], S::Register) {
    let mut k = [simd.splat(0.0); 9];
    for tap in 0..9 {
        k[tap] = simd.load(&taps[tap]);
    }
    (k, simd.load(&taps[9]))
}

/// Adds one column of three pixels.
#[inline(always)]
fn column<S: Wide>(
    simd: S,
    sum: S::Register,
    x: [S::Register; 3],
    k: [S::Register; 3],
) -> S::Register {
    let sum = simd.plus_product(sum, x[0], k[0]);
    simd.plus_product(simd.plus_product(sum, x[1], k[1]), x[2], k[2])
}

/// One register of channels of three rows at one place.
#[inline(always)]
fn three<S: Wide, const FULL: bool>(
    simd: S,
    rows: [&[f32]; 3],
    at: usize,
    there: usize,
) -> [S::Register; 3] {
    let mut x = [simd.splat(0.0); 3];
    for row in 0..3 {
        let values = &rows[row][at..at + there];
        x[row] = if FULL { simd.load(&S::rows(values)[0]) } else { simd.load_some(values) };
    }
    x
}
