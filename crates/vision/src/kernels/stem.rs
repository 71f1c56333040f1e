//! The first layer: 5 x 5 convolution over three colours, stride 2, ReLU.

use super::lanes::{LANES, Lanes, Quad};
use super::pad;
use super::registers::Registers;
use super::shape::{COLOURS, KERNEL, PANEL, SPAN, STEP, TAPS, TILE};
use core::array::from_fn;

/// Weights in panels as [`super::pointwise::Pointwise`] has them; within a panel the outputs of each tap
/// `[ky][kx][colour]` in turn.
#[derive(Debug, Clone)]
pub(crate) struct Stem {
    registers: Registers,
    outputs: usize,
    panels: Vec<Quad>,
    bias: Vec<Quad>,
}

impl Stem {
    /// From a kernel `[out][ky][kx][colour]` and a bias `[out]`.
    pub(crate) fn new(kernel: &[f32], bias: &[f32]) -> Self {
        Self::with(Registers::widest(), kernel, bias)
    }

    /// The same for these registers.
    pub(super) fn with(registers: Registers, kernel: &[f32], bias: &[f32]) -> Self {
        let taps = KERNEL * TAPS;
        let outputs = pad(bias.len());
        let filled = registers.filled(outputs);
        let mut panels = Vec::with_capacity(taps * filled);
        for first in (0..filled).step_by(registers.panel()) {
            for tap in 0..taps {
                let last = (first + registers.panel()).min(filled);
                let value =
                    |output: usize| kernel.get(output * taps + tap).copied().unwrap_or_default();
                panels.extend((first..last).map(value));
            }
        }
        let panels = Quad::from_values(panels);
        Self { registers, outputs, panels, bias: registers.bias(bias) }
    }

    /// Outputs per pixel, padded.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// From `side * side` pixels of three colours to `side / 2 * side / 2` of outputs; the side is a
    /// multiple of eight. Padded as TensorFlow does: one pixel before, two after.
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    pub(crate) fn run(&self, input: &[f32], side: usize, out: &mut [f32]) {
        let half = side / 2;
        let row = side * COLOURS;
        let padded = COLOURS + row + 2 * COLOURS;
        let full = self.outputs / PANEL;
        let (panels, tail) = self.panels.split_at(full * PANEL / LANES * KERNEL * TAPS);
        let mut rows = vec![0.0; KERNEL * padded];
        for (y, out) in out.chunks_exact_mut(half * self.outputs).enumerate() {
            for (ky, target) in rows.chunks_exact_mut(padded).enumerate() {
                let target = &mut target[COLOURS..][..row];
                match (2 * y + ky).checked_sub(1).and_then(|y| input.get(y * row..(y + 1) * row)) {
                    Some(source) => target.copy_from_slice(source),
                    None => target.fill(0.0),
                }
            }
            let rows: [&[f32]; KERNEL] = from_fn(|ky| &rows[ky * padded..][..padded]);
            match self.registers {
                Registers::Narrow => {}
                #[cfg(target_arch = "x86_64")]
                Registers::Avx2(simd) => {
                    self.row_wide(simd, rows, out);
                    continue;
                }
                #[cfg(target_arch = "x86_64")]
                Registers::Avx512(simd) => {
                    self.row_wide(simd, rows, out);
                    continue;
                }
            }
            for (tile, out) in out.chunks_exact_mut(TILE * self.outputs).enumerate() {
                // The last tile's span ends with the padding.
                let spans =
                    rows.map(|row| row[tile * TILE * STEP..].first_chunk().unwrap_or(&[0.0; SPAN]));
                let out = out.as_chunks_mut::<LANES>().0;
                let mut first = 0;
                for weights in panels.chunks_exact(PANEL / LANES * KERNEL * TAPS) {
                    self.panel::<2>(first, weights, spans, out);
                    first += 2;
                }
                if !tail.is_empty() {
                    self.panel::<1>(first, tail, spans, out);
                }
            }
        }
    }

    /// One row of outputs from the rows under the kernel.
    #[cfg(target_arch = "x86_64")]
    fn row_wide<S: super::wide::Wide>(&self, simd: S, rows: [&[f32]; KERNEL], out: &mut [f32]) {
        let weights = [&self.panels[..], &self.bias];
        simd.compiled(
            #[inline(always)]
            || super::wide::stem(simd, weights, self.outputs, rows, out),
        );
    }

    /// `N` registers of outputs from the register `first` on, for one tile of pixels.
    #[inline(always)]
    fn panel<const N: usize>(
        &self,
        first: usize,
        weights: &[Quad],
        spans: [&[f32; SPAN]; KERNEL],
        out: &mut [[f32; LANES]],
    ) {
        let bias: [Lanes; N] = from_fn(|n| Lanes::load(&self.bias[first + n].0));
        let mut sums = [bias; TILE];
        let weights = weights.as_chunks::<N>().0.as_chunks::<TAPS>().0;
        for (weights, span) in weights.iter().zip(spans) {
            for (tap, weights) in weights.iter().enumerate() {
                let weights: [Lanes; N] = from_fn(|n| Lanes::load(&weights[n].0));
                for (pixel, sums) in sums.iter_mut().enumerate() {
                    let value = Lanes::splat(span[pixel * STEP + tap]);
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = sum.plus_product(value, weight);
                    }
                }
            }
        }
        let width = self.outputs / LANES;
        for (pixel, sums) in sums.into_iter().enumerate() {
            for (n, sum) in sums.into_iter().enumerate() {
                sum.relu().store(&mut out[pixel * width + first + n]);
            }
        }
    }
}
