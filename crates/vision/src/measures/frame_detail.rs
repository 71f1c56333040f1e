//! Whether the frame shows anything.

use super::scene::Scene;

/// A black frame, a covered lens and a blinded sensor have one thing in common: every part is as bright as
/// the others.
pub(super) fn frame_detail(scene: &Scene<'_>) -> f32 {
    scene.frame.deviation()
}
