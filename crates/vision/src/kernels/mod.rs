//! The network's heavy steps as fused kernels over NHWC f32.
//!
//! Channels are padded with zeros to a multiple of four, so that a pixel is a whole number of
//! registers. A layer's rows are computed one at a time, so that what lies between its steps stays in
//! the cache. Everything is safe Rust over slices whose lengths the layers check when they are made;
//! only loading and storing a register is not.
//!
//! On wasm, the feature `relaxed-simd` applies only to the functions that hold the loops, so that
//! everything below them is the same as without it.

mod block;
mod depthwise;
mod head;
mod lanes;
mod pointwise;
mod registers;
mod shape;
mod stem;
#[cfg(target_arch = "x86_64")]
mod wide;
#[cfg(all(test, target_arch = "x86_64"))]
mod wide_tests;

pub(crate) use block::Block;
pub(crate) use head::Head;
pub(crate) use shape::TILE;
pub(crate) use stem::Stem;

use lanes::LANES;
#[cfg(feature = "bench")]
pub(crate) use lanes::{Lanes, Quad};

/// Channels as the kernels keep them: the next multiple of four.
pub(crate) fn pad(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}
