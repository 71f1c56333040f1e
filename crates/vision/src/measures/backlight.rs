//! Whether the light comes from behind.

use super::scene::{Scene, quantile};

/// The surroundings are the frame without the face, and without what is below it: clothes say nothing about
/// the light.
pub(super) fn backlight(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| {
        let (width, height) = (scene.view.width() as f32, scene.view.height() as f32);
        let (columns, bbox) = (scene.frame.columns, &face.found.bbox);
        let rows = scene.frame.luma.len() / columns;
        let mut around = Vec::new();
        for (i, luma) in scene.frame.luma.iter().enumerate() {
            let x = ((i % columns) as f32 + 0.5) * width / columns as f32;
            let y = ((i / columns) as f32 + 0.5) * height / rows as f32;
            let beside = (x - bbox.centre().x).abs() > 0.75 * bbox.width;
            let above = y < bbox.y - 0.3 * bbox.height;
            let below = y > bbox.y + bbox.height;
            if (beside && !below) || above {
                around.push(*luma);
            }
        }
        quantile(&mut around, 0.5) - face.skin.quantile(0.5)
    })
}
