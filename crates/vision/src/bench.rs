//! The kernels as the benches see them: each layer with its multiply-adds, and the processor's peak.

use crate::anchors::INPUT_SIDE;
use crate::blazeface::ModelError;
use crate::kernels::{Block, Head, Lanes, Quad, Stem, pad};
use crate::weights::{self, Kind, Layer};
use std::hint::black_box;

/// One layer of the network over memory of its own.
#[derive(Debug)]
pub struct LayerBench {
    /// Kind, side of the input, channels in and out, for example `block 64 24-24`.
    pub name: String,
    /// Multiply-adds that the layer asks for, channels not padded.
    pub products: u64,
    kernel: Kernel,
    input: Vec<Quad>,
    output: Vec<Quad>,
}

#[derive(Debug)]
enum Kernel {
    Stem(Stem),
    Block(Block),
    Head(Head),
}

impl LayerBench {
    /// Every layer of the network in these weights, over an input of small numbers.
    ///
    /// # Errors
    /// [`ModelError::Weights`] for bytes that are not weights.
    pub fn all(blob: &[u8]) -> Result<Vec<Self>, ModelError> {
        Ok(weights::parse(blob)?.iter().map(Self::new).collect())
    }

    fn new(layer: &Layer) -> Self {
        let Layer { kind, stride, side, inputs, outputs, weights, .. } = layer;
        let pixels = (side / stride) * (side / stride);
        let (name, kernel, each) = match kind {
            Kind::Stem => {
                let (kernel, bias) = weights.split_at(weights.len() - outputs);
                ("stem", Kernel::Stem(Stem::new(kernel, bias)), 25 * inputs * outputs)
            }
            Kind::Block => {
                let (depthwise, pointwise) = weights.split_at(10 * inputs);
                let (depthwise, pointwise) =
                    (depthwise.split_at(9 * inputs), pointwise.split_at(inputs * outputs));
                let block = Block::new(*stride, *side, depthwise, pointwise);
                ("block", Kernel::Block(block), 9 * inputs + inputs * outputs)
            }
            Kind::ScoreHead | Kind::BoxHead => {
                let (kernel, bias) = weights.split_at(inputs * outputs);
                ("head", Kernel::Head(Head::new(*side, kernel, bias)), inputs * outputs)
            }
        };
        let channels = if *kind == Kind::Stem { *inputs } else { pad(*inputs) };
        let values = (0..side * side * channels).map(|i| (i % 17) as f32 / 17.0);
        Self {
            name: format!("{name} {side} {inputs}-{outputs}"),
            products: (pixels * each) as u64,
            kernel,
            input: Quad::from_values(values),
            output: Quad::zeros(pixels * pad(*outputs)),
        }
    }

    /// Computes the layer once.
    pub fn run(&mut self) -> f32 {
        let (input, output) = (Quad::values(&self.input), Quad::values_mut(&mut self.output));
        match &self.kernel {
            Kernel::Stem(stem) => stem.run(input, INPUT_SIDE, output),
            Kernel::Block(block) => block.run(input, output),
            Kernel::Head(head) => head.run(input, &mut output[..head.output_length()]),
        }
        output[0]
    }
}

/// Sums that [`peak`] keeps in registers: more than the latency of an addition requires.
const SUMS: usize = 12;
/// Distinct factors, read from the first-level cache.
const FACTORS: usize = 8;

/// Multiply-adds of a call of [`peak`].
pub const PEAK_PRODUCTS: u64 = (PEAK_ROUNDS * SUMS * 4) as u64;
const PEAK_ROUNDS: usize = 4096;

/// As many multiply-adds as the processor can do, with one factor of each in a register, the other in
/// the first-level cache, and no product waiting for a sum: a bound that no kernel can exceed.
#[inline(never)]
pub fn peak(factor: f32) -> f32 {
    let table = black_box([[Lanes::splat(factor); SUMS]; FACTORS]);
    let factor = Lanes::splat(factor);
    let mut sums = [Lanes::splat(0.5); SUMS];
    for round in 0..PEAK_ROUNDS {
        for (sum, other) in sums.iter_mut().zip(&table[round % FACTORS]) {
            *sum = sum.plus_product(factor, *other);
        }
    }
    let mut total = [0.0; 4];
    sums.into_iter().fold(Lanes::splat(0.0), Lanes::plus).store(&mut total);
    total[0]
}
