//! How much of the scale from black to white a face uses.

use super::scene::Scene;

/// In L*, where equal steps look equal. The official packages measure the same span.
pub(super) fn dynamic_range(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| lightness(face.skin.quantile(0.95)) - lightness(face.skin.quantile(0.05)))
}

/// CIE L* of a luma value, 0 to 100, with 2.2 as the exponent of the transfer function.
fn lightness(luma: f32) -> f32 {
    let y = (luma / 255.0).powf(2.2);
    if y > 0.008_856 { 116.0 * y.cbrt() - 16.0 } else { 903.3 * y }
}
