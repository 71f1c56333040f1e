//! Whether the picture moves.

use super::scene::Scene;

/// A sensor's noise alone changes every frame; a frozen picture is the same to the last bit.
pub(super) fn frame_change(scene: &Scene<'_>) -> f32 {
    let Some(before) = &scene.before else { return f32::NAN };
    let pairs = scene.frame.luma.iter().zip(&before.frame.luma);
    let sum: u32 = pairs.map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    sum as f32 / scene.frame.luma.len() as f32
}
