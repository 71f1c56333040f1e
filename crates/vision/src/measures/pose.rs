//! How the head is held, estimated from eyes, nose and mouth.

use super::scene::Scene;
use crate::{Keypoints, Point};

/// How far the tip of the nose stands out, in distances between the eyes: about 37 of 63 mm.
const NOSE_DEPTH: f32 = 0.6;
/// Where the nose of a level face lies between eyes (0) and mouth (1) as the detector marks them: the median of
/// the test footage's frontal faces.
const NOSE_LEVEL: f32 = 0.51;
/// From eyes to mouth, in distances between the eyes.
const EYES_TO_MOUTH: f32 = 1.05;

/// The line between the eyes against the horizontal.
pub(super) fn roll(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| {
        let Keypoints { right_eye, left_eye, .. } = face.found.keypoints;
        (left_eye.y - right_eye.y).atan2(left_eye.x - right_eye.x).to_degrees()
    })
}

/// How far the nose has moved along the line between the eyes.
pub(super) fn yaw(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| {
        let (across, _) = nose(&face.found.keypoints);
        (across / NOSE_DEPTH).atan().to_degrees()
    })
}

/// How far the nose has moved between eyes and mouth.
pub(super) fn pitch(scene: &Scene<'_>) -> f32 {
    scene.of_face(|face| {
        let (_, down) = nose(&face.found.keypoints);
        ((down - NOSE_LEVEL) * EYES_TO_MOUTH / NOSE_DEPTH).atan().to_degrees()
    })
}

/// The nose from the middle between the eyes: along their line, in distances between them, and towards the mouth,
/// as a share of the way.
fn nose(points: &Keypoints) -> (f32, f32) {
    let (right, left) = (points.right_eye, points.left_eye);
    let middle = Point { x: (right.x + left.x) / 2.0, y: (right.y + left.y) / 2.0 };
    let from_middle = |point: Point| (point.x - middle.x, point.y - middle.y);
    let (axis_x, axis_y) = (left.x - right.x, left.y - right.y);
    let squared = axis_x * axis_x + axis_y * axis_y;
    let along = |(x, y): (f32, f32)| (x * axis_x + y * axis_y) / squared;
    let aside = |(x, y): (f32, f32)| (y * axis_x - x * axis_y) / squared;
    let (nose, mouth) = (from_middle(points.nose_tip), from_middle(points.mouth_centre));
    (along(nose), aside(nose) / aside(mouth))
}
