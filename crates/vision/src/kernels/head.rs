//! A head: 1 x 1 convolution whose outputs are the network's.

use super::lanes::Quad;
use super::pad;
use super::pointwise::Pointwise;

/// One head's weights.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pointwise: Pointwise,
    /// Outputs per pixel, not padded.
    outputs: usize,
    /// Height and width of the input.
    side: usize,
}

impl Head {
    /// Kernel `[out][in]` and bias `[out]`.
    pub(crate) fn new(side: usize, kernel: &[f32], bias: &[f32]) -> Self {
        Self { pointwise: Pointwise::new(kernel, bias), outputs: bias.len(), side }
    }

    /// Values of the input.
    pub(crate) fn input_length(&self) -> usize {
        self.side * self.side * self.pointwise.inputs()
    }

    /// Values of the output.
    pub(crate) fn output_length(&self) -> usize {
        self.side * self.side * self.outputs
    }

    /// From `side * side` pixels of inputs to as many of outputs, without padding.
    pub(crate) fn run(&self, input: &[f32], out: &mut [f32]) {
        let padded = pad(self.outputs);
        if padded == self.outputs {
            return self.pointwise.run::<false>(input, None, out);
        }
        let mut scratch = Quad::zeros(self.side * self.side * padded);
        let scratch = Quad::values_mut(&mut scratch);
        self.pointwise.run::<false>(input, None, scratch);
        for (out, pixel) in out.chunks_exact_mut(self.outputs).zip(scratch.chunks_exact(padded)) {
            out.copy_from_slice(&pixel[..self.outputs]);
        }
    }
}
