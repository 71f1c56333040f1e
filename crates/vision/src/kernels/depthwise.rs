//! Depthwise 3 x 3 convolution of one row of outputs, four channels at a time along the row.

use super::lanes::{LANES, Lanes, Quad};
use super::pad;

/// Nine taps and the bias of four channels.
type Taps = [Quad; 10];

/// Weights in groups of four channels, padded with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Depthwise {
    groups: Vec<Taps>,
}

impl Depthwise {
    /// From a kernel `[ky][kx][channel]` and a bias `[channel]`.
    pub(crate) fn new(kernel: &[f32], bias: &[f32]) -> Self {
        let channels = bias.len();
        let mut groups = vec![[Quad::default(); 10]; pad(channels) / LANES];
        for channel in 0..channels {
            let taps = &mut groups[channel / LANES];
            for tap in 0..9 {
                taps[tap].0[channel % LANES] = kernel[tap * channels + channel];
            }
            taps[9].0[channel % LANES] = bias[channel];
        }
        Self { groups }
    }

    /// Channels, padded.
    pub(crate) fn channels(&self) -> usize {
        self.groups.len() * LANES
    }

    /// Stride 1: `out[x]` from the pixels x - 1 to x + 1 of the rows above, at and below; outside the
    /// row is zero. Rows and `out` are of the same length, at least one pixel.
    pub(crate) fn row(&self, rows: [&[f32]; 3], out: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if super::wide::available() {
            let (channels, pairs) = (self.channels(), self.groups.as_chunks::<2>().0);
            for (pair, groups) in pairs.iter().enumerate() {
                let first = pair * super::wide::WIDTH;
                // SAFETY: the processor has what the function is compiled for.
                unsafe { super::wide::depthwise(groups, first, channels, rows, out) };
            }
            return self.row_narrow(2 * pairs.len(), rows, out);
        }
        self.row_narrow(0, rows, out);
    }

    /// The same in registers of four, of the groups from the first one on that is given.
    // A function of its own: merged into its caller, browsers run out of registers for it.
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub(super) fn row_narrow(&self, from: usize, rows: [&[f32]; 3], out: &mut [f32]) {
        let count = self.groups.len();
        let out = out.as_chunks_mut::<LANES>().0;
        // All indices run over the pixels that have one to the right; slices of one length let one
        // bound cover them all.
        let last = out.len() - count;
        let rows = rows.map(|row| row.as_chunks::<LANES>().0);
        let right = rows.map(|row| &row[count..][..last]);
        for (group, taps) in self.groups.iter().enumerate().skip(from) {
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
        #[cfg(target_arch = "x86_64")]
        if super::wide::available() {
            let (channels, pairs) = (self.channels(), self.groups.as_chunks::<2>().0);
            for (pair, groups) in pairs.iter().enumerate() {
                let first = pair * super::wide::WIDTH;
                // SAFETY: the processor has what the function is compiled for.
                unsafe { super::wide::depthwise_halved(groups, first, channels, rows, out, pool) };
            }
            return self.row_halved_narrow(2 * pairs.len(), rows, out, pool);
        }
        self.row_halved_narrow(0, rows, out, pool);
    }

    /// The same in registers of four, of the groups from the first one on that is given.
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub(super) fn row_halved_narrow(
        &self,
        from: usize,
        rows: [&[f32]; 3],
        out: &mut [f32],
        pool: &mut [f32],
    ) {
        let count = self.groups.len();
        let out = out.as_chunks_mut::<LANES>().0;
        let last = out.len() - count;
        let pool = &mut pool.as_chunks_mut::<LANES>().0[..last + count];
        let rows = rows.map(|row| &row.as_chunks::<LANES>().0[..2 * (last + count)]);
        for (group, taps) in self.groups.iter().enumerate().skip(from) {
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
