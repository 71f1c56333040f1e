//! How fast the face moves.

use super::scene::Scene;

/// The way of the face's centre since the frame before.
pub(super) fn motion(scene: &Scene<'_>) -> f32 {
    let before = scene.before.as_ref();
    let Some((past, earlier)) = before.and_then(|past| Some((past, past.face?))) else {
        return f32::NAN;
    };
    scene.of_face(|face| {
        let seconds = ((scene.timestamp_ms - past.timestamp_ms) / 1000.0) as f32;
        let (here, there) = (face.found.bbox.centre(), earlier.centre());
        let way = (here.x - there.x).hypot(here.y - there.y) / face.found.bbox.width;
        if seconds > 0.0 { way / seconds } else { f32::NAN }
    })
}
