//! How sharp the face is.

use super::scene::{Patch, Scene};
use crate::Rect;

/// Samples across and down.
const SIDE: usize = 40;
/// The width of a face in its crop, in pixels: a third of 224. What is finer is lost there anyway.
const FACE_IN_CROP: f32 = 75.0;

/// The variance of the Laplacian, as the official packages measure it, but with neighbours at the distance
/// of the crop's pixels, so that it does not depend on the camera's resolution or the face's size.
pub(super) fn sharpness(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| {
        let bbox = &face.found.bbox;
        let step = (bbox.width / FACE_IN_CROP).max(1.0);
        // Less the box's edges, which hold hair and background.
        let inner = Rect {
            x: bbox.x + 0.15 * bbox.width,
            y: bbox.y + 0.15 * bbox.height,
            width: 0.7 * bbox.width,
            height: 0.7 * bbox.height,
        };
        let shifted = |dx: f32, dy: f32| {
            let area = Rect { x: inner.x + dx * step, y: inner.y + dy * step, ..inner };
            Patch::of(scene.view, &area, (SIDE, SIDE)).luma
        };
        let [here, up, down, left, right] =
            [(0.0, 0.0), (0.0, -1.0), (0.0, 1.0), (-1.0, 0.0), (1.0, 0.0)]
                .map(|(dx, dy)| shifted(dx, dy));
        let at = |i: usize| {
            let around = [&up, &down, &left, &right].map(|patch| i32::from(patch[i]));
            (around.iter().sum::<i32>() - 4 * i32::from(here[i])) as f32
        };
        let count = here.len();
        let mean = (0..count).map(at).sum::<f32>() / count as f32;
        (0..count).map(|i| (at(i) - mean).powi(2)).sum::<f32>() / count as f32
    })
}
