//! A BlazeBlock: depthwise 3 x 3, pointwise, the shortcut beside both, ReLU.

use super::depthwise::Depthwise;
use super::lanes::Quad;
use super::pointwise::Pointwise;
use super::shape::Shortcut;

/// One block's weights.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    depthwise: Depthwise,
    pointwise: Pointwise,
    /// 1 or 2.
    stride: usize,
    /// Height and width of the input.
    side: usize,
}

impl Block {
    /// Depthwise kernel `[ky][kx][in]` and bias `[in]`; pointwise kernel `[out][in]` and bias `[out]`.
    pub(crate) fn new(
        stride: usize,
        side: usize,
        depthwise: (&[f32], &[f32]),
        pointwise: (&[f32], &[f32]),
    ) -> Self {
        Self {
            depthwise: Depthwise::new(depthwise.0, depthwise.1),
            pointwise: Pointwise::new(pointwise.0, pointwise.1),
            stride,
            side,
        }
    }

    /// Height and width of the input.
    pub(crate) fn side(&self) -> usize {
        self.side
    }

    /// Height and width of the output.
    pub(crate) fn output_side(&self) -> usize {
        self.side / self.stride
    }

    /// Channels in, padded.
    pub(crate) fn inputs(&self) -> usize {
        self.depthwise.channels()
    }

    /// Channels out, padded.
    pub(crate) fn outputs(&self) -> usize {
        self.pointwise.outputs()
    }

    /// From `side * side` pixels of inputs to `output_side * output_side` of outputs.
    pub(crate) fn run(&self, input: &[f32], out: &mut [f32]) {
        let length = self.side * self.inputs();
        let shortened = length / self.stride;
        let zero = Quad::zeros(length);
        let zero = Quad::values(&zero);
        let mut between = Quad::zeros(shortened);
        let between = Quad::values_mut(&mut between);
        let mut pool = Quad::zeros(if self.stride == 2 { shortened } else { 0 });
        let pool = Quad::values_mut(&mut pool);
        let row = |y: usize| input.get(y * length..(y + 1) * length).unwrap_or(zero);
        let channels = self.inputs();
        let out = out.chunks_exact_mut(self.output_side() * self.outputs());
        for (y, out) in out.enumerate() {
            let pixels = if self.stride == 2 {
                let rows = [row(2 * y), row(2 * y + 1), row(2 * y + 2)];
                self.depthwise.row_halved(rows, between, pool);
                &*pool
            } else {
                let above = y.checked_sub(1).map_or(zero, row);
                self.depthwise.row([above, row(y), row(y + 1)], between);
                row(y)
            };
            self.pointwise.run::<true>(between, Some(Shortcut { pixels, channels }), out);
        }
    }
}
