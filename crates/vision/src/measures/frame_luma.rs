//! How bright the frame is.

use super::scene::Scene;

/// The median, which a lamp in the picture does not move.
pub(super) fn frame_luma(scene: &Scene<'_>) -> f32 {
    scene.frame.quantile(0.5)
}
