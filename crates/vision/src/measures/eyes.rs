//! Light and contrast around each eye, right and left being the person's own.

use super::scene::Scene;

pub(super) fn right_luma(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| face.eyes[0].mean())
}

pub(super) fn left_luma(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| face.eyes[1].mean())
}

pub(super) fn right_contrast(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| face.eyes[0].deviation())
}

pub(super) fn left_contrast(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| face.eyes[1].deviation())
}
