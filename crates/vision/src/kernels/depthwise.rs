//! Depthwise 3 x 3 convolution of one row of outputs, four channels at a time along the row.

use super::lanes::{LANES, Lanes, Quad};
use super::pad;
use super::registers::Registers;

/// Nine taps and the bias of four channels.
type Taps = [Quad; 10];

/// Weights in groups of as many channels as a register has, padded with zeros; within a group nine taps
/// `[ky][kx]` and the bias.
#[derive(Debug, Clone)]
pub(crate) struct Depthwise {
    registers: Registers,
    channels: usize,
    weights: Vec<Quad>,
}

impl Depthwise {
    /// From a kernel `[ky][kx][channel]` and a bias `[channel]`.
    pub(crate) fn new(kernel: &[f32], bias: &[f32]) -> Self {
        Self::with(Registers::widest(), kernel, bias)
    }

    /// The same for these registers.
    pub(super) fn with(registers: Registers, kernel: &[f32], bias: &[f32]) -> Self {
        let channels = bias.len();
        let width = registers.filled(LANES);
        let row = |tap: usize, first: usize| {
            let row = if tap < 9 { &kernel[tap * channels..][..channels] } else { bias };
            (first..first + width).map(|channel| row.get(channel).copied().unwrap_or_default())
        };
        let mut weights = Vec::with_capacity(10 * channels.next_multiple_of(width));
        for first in (0..channels).step_by(width) {
            weights.extend((0..10).flat_map(|tap| row(tap, first)));
        }
        Self { registers, channels: pad(channels), weights: Quad::from_values(weights) }
    }

    /// Channels, padded.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// Stride 1: `out[x]` from the pixels x - 1 to x + 1 of the rows above, at and below; outside the
    /// row is zero. Rows and `out` are of the same length, at least one pixel.
    pub(crate) fn row(&self, rows: [&[f32]; 3], out: &mut [f32]) {
        match self.registers {
            Registers::Narrow => self.row_narrow(rows, out),
            #[cfg(target_arch = "x86_64")]
            Registers::Avx2(simd) => self.row_wide(simd, rows, out),
            #[cfg(target_arch = "x86_64")]
            Registers::Avx512(simd) => self.row_wide(simd, rows, out),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn row_wide<S: super::wide::Wide>(&self, simd: S, rows: [&[f32]; 3], out: &mut [f32]) {
        let depths = self.depths(rows);
        simd.compiled(
            #[inline(always)]
            || super::wide::depthwise(simd, depths, out),
        );
    }

    #[cfg(target_arch = "x86_64")]
    fn depths<'a>(&'a self, rows: [&'a [f32]; 3]) -> super::wide::Depths<'a> {
        super::wide::Depths { channels: self.channels, taps: &self.weights, rows }
    }

    /// The same in registers of four.
    // A function of its own: merged into its caller, browsers run out of registers for it.
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn row_narrow(&self, rows: [&[f32]; 3], out: &mut [f32]) {
        let groups = self.weights.as_chunks::<10>().0;
        let count = groups.len();
        let out = out.as_chunks_mut::<LANES>().0;
        // All indices run over the pixels that have one to the right; slices of one length let one
        // bound cover them all.
        let last = out.len() - count;
        let rows = rows.map(|row| row.as_chunks::<LANES>().0);
        let right = rows.map(|row| &row[count..][..last]);
        for (group, taps) in groups.iter().enumerate() {
            let (k, bias) = registers(taps);
            // Each pixel is read once: it ends one output, continues the next and begins a third.
            let x = rows.map(|row| Lanes::load(&row[group]));
            let mut current = column(bias, x, [k[1], k[4], k[7]]);
            let mut next = column(bias, x, [k[0], k[3], k[6]]);
            let body = &mut out[..last];
            let mut at = group;
            while at < last {
                let x = right.map(|row| Lanes::load(&row[at]));
                column(current, x, [k[2], k[5], k[8]]).store(&mut body[at]);
                current = column(next, x, [k[1], k[4], k[7]]);
                next = column(bias, x, [k[0], k[3], k[6]]);
                at += count;
            }
            current.store(&mut out[last + group]);
        }
    }

    /// Stride 2 with the odd pixel at the end, as TensorFlow pads an even row: `out[x]` from the
    /// pixels 2 x to 2 x + 2 of three rows. `pool[x]` becomes the largest of the 2 x 2 pixels from 2 x
    /// on in the first two rows.
    pub(crate) fn row_halved(&self, rows: [&[f32]; 3], out: &mut [f32], pool: &mut [f32]) {
        match self.registers {
            Registers::Narrow => self.row_halved_narrow(rows, out, pool),
            #[cfg(target_arch = "x86_64")]
            Registers::Avx2(simd) => self.row_halved_wide(simd, rows, out, pool),
            #[cfg(target_arch = "x86_64")]
            Registers::Avx512(simd) => self.row_halved_wide(simd, rows, out, pool),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn row_halved_wide<S: super::wide::Wide>(
        &self,
        simd: S,
        rows: [&[f32]; 3],
        out: &mut [f32],
        pool: &mut [f32],
    ) {
        let depths = self.depths(rows);
        simd.compiled(
            #[inline(always)]
            || super::wide::depthwise_halved(simd, depths, out, pool),
        );
    }

    /// The same in registers of four.
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn row_halved_narrow(&self, rows: [&[f32]; 3], out: &mut [f32], pool: &mut [f32]) {
        let groups = self.weights.as_chunks::<10>().0;
        let count = groups.len();
        let out = out.as_chunks_mut::<LANES>().0;
        let last = out.len() - count;
        let pool = &mut pool.as_chunks_mut::<LANES>().0[..last + count];
        let rows = rows.map(|row| &row.as_chunks::<LANES>().0[..2 * (last + count)]);
        for (group, taps) in groups.iter().enumerate() {
            let (k, bias) = registers(taps);
            // Pixels 2 x and 2 x + 1 belong to output x; 2 x also ends output x - 1.
            let pair = |source: usize, pool: &mut [f32; LANES]| {
                let x = rows.map(|row| Lanes::load(&row[source]));
                let y = rows.map(|row| Lanes::load(&row[source + count]));
                x[0].max(x[1]).max(y[0].max(y[1])).store(pool);
                let begun = column(bias, x, [k[0], k[3], k[6]]);
                (x, column(begun, y, [k[1], k[4], k[7]]))
            };
            let (_, mut current) = pair(group, &mut pool[group]);
            let (body, pools) = (&mut out[..last], &mut pool[count..][..last]);
            let (mut at, mut source) = (group, group + 2 * count);
            while at < last {
                let (x, next) = pair(source, &mut pools[at]);
                column(current, x, [k[2], k[5], k[8]]).store(&mut body[at]);
                current = next;
                at += count;
                source += 2 * count;
            }
            current.store(&mut out[last + group]);
        }
    }
}

/// The taps, `[ky][kx]`, and the bias, in registers.
#[inline(always)]
fn registers(taps: &Taps) -> ([Lanes; 9], Lanes) {
    (core::array::from_fn(|tap| Lanes::load(&taps[tap].0)), Lanes::load(&taps[9].0))
}

/// Adds one column of three pixels.
#[inline(always)]
fn column(sum: Lanes, x: [Lanes; 3], k: [Lanes; 3]) -> Lanes {
    sum.plus_product(x[0], k[0]).plus_product(x[1], k[1]).plus_product(x[2], k[2])
}
