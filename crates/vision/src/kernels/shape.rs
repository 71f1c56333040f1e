//! How the kernels divide their work, whatever registers they do it in.

use super::lanes::LANES;

/// Pixels computed together; with two registers of outputs each they fill eight accumulators, which
/// was the fastest tile measured in wasm.
pub(crate) const TILE: usize = 4;

/// Outputs of a full panel: two registers.
pub(super) const PANEL: usize = 2 * LANES;

/// What is added to a pixel's outputs before the activation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shortcut<'a> {
    /// Rows of `channels` values per pixel; may be fewer than the outputs, the rest counts as zero.
    pub(crate) pixels: &'a [f32],
    /// A multiple of four, at most the outputs.
    pub(crate) channels: usize,
}

impl Shortcut<'_> {
    /// None.
    pub(super) const NONE: Self = Self { pixels: &[], channels: 0 };
}

/// Side of the first layer's kernel.
pub(super) const KERNEL: usize = 5;
pub(super) const COLOURS: usize = 3;
/// Values under one row of the kernel.
pub(super) const TAPS: usize = KERNEL * COLOURS;
/// Values from one output to the next.
pub(super) const STEP: usize = 2 * COLOURS;
/// Values of a row under the kernel for one tile of outputs.
pub(super) const SPAN: usize = (TILE - 1) * STEP + TAPS;
