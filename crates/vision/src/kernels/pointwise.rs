//! 1 x 1 convolution over a row of pixels: the matrix product that takes most of the time.

use super::lanes::{LANES, Lanes, Quad};
use super::pad;
use super::registers::Registers;
use super::shape::{PANEL, Shortcut, TILE};
use core::array::from_fn;

/// Weights in the order in which the kernel reads them: panels of as many outputs as it computes
/// together, then what is left, where registers are narrow four; within a panel the outputs of each
/// input in turn. Inputs and outputs are padded to multiples of four with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Pointwise {
    registers: Registers,
    inputs: usize,
    outputs: usize,
    panels: Vec<Quad>,
    bias: Vec<Quad>,
}

impl Pointwise {
    /// From a kernel `[out][in]` and a bias `[out]`.
    pub(crate) fn new(kernel: &[f32], bias: &[f32]) -> Self {
        Self::with(Registers::widest(), kernel, bias)
    }

    /// The same for these registers.
    pub(super) fn with(registers: Registers, kernel: &[f32], bias: &[f32]) -> Self {
        let outputs = bias.len();
        let inputs = kernel.len() / outputs.max(1);
        let (padded_inputs, padded_outputs) = (pad(inputs), pad(outputs));
        let filled = registers.filled(padded_outputs);
        let mut panels = Vec::with_capacity(padded_inputs * filled);
        for first in (0..filled).step_by(registers.panel()) {
            let width = registers.panel().min(filled - first);
            for input in 0..padded_inputs {
                panels.extend((first..first + width).map(|output| {
                    if input < inputs && output < outputs {
                        kernel[output * inputs + input]
                    } else {
                        0.0
                    }
                }));
            }
        }
        Self {
            registers,
            inputs: padded_inputs,
            outputs: padded_outputs,
            panels: Quad::from_values(panels),
            bias: registers.bias(bias),
        }
    }

    /// Inputs per pixel, padded.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Outputs per pixel, padded.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Computes `out[pixel][output] = input[pixel] * weights + bias (+ shortcut)`, rectified if `RELU`.
    ///
    /// The number of pixels is that of `out`, a multiple of [`TILE`].
    pub(crate) fn run<const RELU: bool>(
        &self,
        input: &[f32],
        shortcut: Option<Shortcut<'_>>,
        out: &mut [f32],
    ) {
        match self.registers {
            Registers::Narrow => self.run_narrow::<RELU>(input, shortcut, out),
            #[cfg(target_arch = "x86_64")]
            Registers::Avx2(simd) => self.run_wide::<_, RELU>(simd, input, shortcut, out),
            #[cfg(target_arch = "x86_64")]
            Registers::Avx512(simd) => self.run_wide::<_, RELU>(simd, input, shortcut, out),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn run_wide<S: super::wide::Wide, const RELU: bool>(
        &self,
        simd: S,
        input: &[f32],
        shortcut: Option<Shortcut<'_>>,
        out: &mut [f32],
    ) {
        let Self { inputs, outputs, ref panels, ref bias, .. } = *self;
        let shortcut = shortcut.unwrap_or(Shortcut::NONE);
        let product = super::wide::Product { inputs, outputs, panels, bias, input, shortcut };
        simd.compiled(
            #[inline(always)]
            || super::wide::pointwise::<S, RELU>(simd, product, out),
        );
    }

    /// The same in registers of four.
    // A function of its own: merged into its caller, browsers run out of registers for it.
    #[inline(never)]
    #[cfg_attr(
        all(target_arch = "wasm32", feature = "relaxed-simd"),
        target_feature(enable = "relaxed-simd")
    )]
    fn run_narrow<const RELU: bool>(
        &self,
        input: &[f32],
        shortcut: Option<Shortcut<'_>>,
        out: &mut [f32],
    ) {
        let full = self.outputs / PANEL * PANEL;
        let (panels, tail) = self.panels.split_at(full / LANES * self.inputs);
        let Shortcut { pixels, channels } = shortcut.unwrap_or(Shortcut::NONE);
        let tiles = out.chunks_exact_mut(TILE * self.outputs);
        for ((index, out), input) in tiles.enumerate().zip(input.chunks_exact(TILE * self.inputs)) {
            let input = quarter(input, self.inputs);
            let shortcut = quarter(&pixels[index * TILE * channels..], channels)
                .map(|pixel| pixel.as_chunks::<LANES>().0);
            let out = out.as_chunks_mut::<LANES>().0;
            let mut first = 0;
            for weights in panels.chunks_exact(PANEL / LANES * self.inputs) {
                self.panel::<2, RELU>(first, weights, input, shortcut, out);
                first += 2;
            }
            if !tail.is_empty() {
                self.panel::<1, RELU>(first, tail, input, shortcut, out);
            }
        }
    }

    /// `N` registers of outputs from the register `first` on, for one tile of pixels.
    #[inline(always)]
    fn panel<const N: usize, const RELU: bool>(
        &self,
        first: usize,
        weights: &[Quad],
        [a, b, c, d]: [&[f32]; TILE],
        shortcut: [&[[f32; LANES]]; TILE],
        out: &mut [[f32; LANES]],
    ) {
        let bias: [Lanes; N] = from_fn(|n| Lanes::load(&self.bias[first + n].0));
        let mut sums = [bias; TILE];
        for (sums, pixel) in sums.iter_mut().zip(shortcut) {
            for (n, sum) in sums.iter_mut().enumerate() {
                if let Some(values) = pixel.get(first + n) {
                    *sum = sum.plus(Lanes::load(values));
                }
            }
        }
        // One input at a time: unrolled, the compiler keeps so many weights alive that a browser has
        // to put sums on the stack, which costs a quarter of the speed.
        let weights = weights.as_chunks::<N>().0;
        for ((((weights, a), b), c), d) in weights.iter().zip(a).zip(b).zip(c).zip(d) {
            let weights: [Lanes; N] = from_fn(|n| Lanes::load(&weights[n].0));
            for (sums, value) in sums.iter_mut().zip([a, b, c, d]) {
                let value = Lanes::splat(*value);
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum = sum.plus_product(value, weight);
                }
            }
        }
        let width = self.outputs / LANES;
        for (pixel, sums) in sums.into_iter().enumerate() {
            for (n, sum) in sums.into_iter().enumerate() {
                let sum = if RELU { sum.relu() } else { sum };
                sum.store(&mut out[pixel * width + first + n]);
            }
        }
    }
}

/// The first four stretches of `length` values.
#[inline(always)]
fn quarter(values: &[f32], length: usize) -> [&[f32]; TILE] {
    from_fn(|n| &values[n * length..(n + 1) * length])
}
