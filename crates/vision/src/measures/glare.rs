//! Reflections on glasses.

use super::scene::Scene;

/// From here on a sample is white.
const BLOWN_OUT: f32 = 250.0;
/// A reflection is that much brighter than the face; the official packages' figure.
const TIMES_THE_FACE: f32 = 2.5;

/// The share of the eyes' band that is far brighter than the face, or white.
pub(super) fn glare(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| {
        let limit = (TIMES_THE_FACE * face.skin.mean()).min(BLOWN_OUT);
        let bright = face.band.luma.iter().filter(|&&luma| f32::from(luma) >= limit);
        bright.count() as f32 / face.band.luma.len() as f32
    })
}
