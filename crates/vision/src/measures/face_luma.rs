//! How bright the face is.

use super::scene::Scene;

/// The median: hair and a little background are in the box, too.
pub(super) fn face_luma(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| face.skin.quantile(0.5))
}
