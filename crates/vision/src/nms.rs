//! Many rows mark the same face: weighted non-maximum suppression makes them one.
//!
//! As MediaPipe's `NonMaxSuppressionCalculator` with `algorithm: WEIGHTED`: the best box takes in
//! all boxes that overlap it and becomes their mean weighted by score; its score stays its own.

use crate::geometry::{Detection, Keypoints, Point, Rect};

/// Boxes overlapping the best one by more than this are the same face.
pub(crate) const OVERLAP: f32 = 0.3;

/// One detection per face, best score first.
pub(crate) fn suppress(mut candidates: Vec<Detection>) -> Vec<Detection> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut faces = Vec::new();
    while let Some(best) = candidates.first().copied() {
        let (same, rest): (Vec<_>, Vec<_>) =
            candidates.into_iter().partition(|other| best.bbox.overlap(&other.bbox) > OVERLAP);
        // A box overlaps itself unless its area underflows; it must leave the list in any case.
        let taken = same.len();
        faces.push(if taken == 0 { best } else { mean(&same, best.score) });
        candidates = rest;
        if taken == 0 {
            candidates.remove(0);
        }
    }
    faces
}

fn mean(group: &[Detection], score: f32) -> Detection {
    let total: f32 = group.iter().map(|face| face.score).sum();
    let weighted = |of: &dyn Fn(&Detection) -> f32| {
        group.iter().map(|face| of(face) * face.score).sum::<f32>() / total
    };
    let point = |of: &dyn Fn(&Keypoints) -> Point| Point {
        x: weighted(&|face| of(&face.keypoints).x),
        y: weighted(&|face| of(&face.keypoints).y),
    };
    // One detector marks ears on all of its faces or on none.
    let ear = |of: &dyn Fn(&Keypoints) -> Option<Point>| {
        let marked = group.iter().all(|face| of(&face.keypoints).is_some());
        marked.then(|| point(&|keypoints| of(keypoints).unwrap_or_default()))
    };
    Detection {
        bbox: Rect {
            x: weighted(&|face| face.bbox.x),
            y: weighted(&|face| face.bbox.y),
            width: weighted(&|face| face.bbox.width),
            height: weighted(&|face| face.bbox.height),
        },
        keypoints: Keypoints {
            right_eye: point(&|keypoints| keypoints.right_eye),
            left_eye: point(&|keypoints| keypoints.left_eye),
            nose_tip: point(&|keypoints| keypoints.nose_tip),
            mouth_centre: point(&|keypoints| keypoints.mouth_centre),
            right_ear: ear(&|keypoints| keypoints.right_ear),
            left_ear: ear(&|keypoints| keypoints.left_ear),
        },
        score,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, width: f32, score: f32) -> Detection {
        let points = [Point { x: x + 1.0, y: 2.0 }; Keypoints::COUNT];
        let bbox = Rect { x, y: 0.0, width, height: 10.0 };
        Detection { bbox, keypoints: Keypoints::from_array(points), score }
    }

    #[test]
    fn overlapping_boxes_become_their_weighted_mean() {
        let found =
            suppress(vec![face(4.0, 10.0, 0.6), face(0.0, 10.0, 0.9), face(100.0, 10.0, 0.7)]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].score, 0.9);
        // (0 * 0.9 + 4 * 0.6) / 1.5
        assert!((found[0].bbox.x - 1.6).abs() < 1e-6);
        assert!((found[0].keypoints.nose_tip.x - 2.6).abs() < 1e-6);
        let ear = found[0].keypoints.left_ear.expect("marked on both");
        assert!((ear.x - 2.6).abs() < 1e-6);
        assert_eq!(found[1].bbox.x, 100.0);
    }

    #[test]
    fn overlap_is_measured_against_the_best_box_alone() {
        // The second overlaps the best by 1/3; the third overlaps the second but not the best.
        let found =
            suppress(vec![face(0.0, 10.0, 0.9), face(5.0, 10.0, 0.8), face(10.0, 10.0, 0.7)]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].bbox.x, 10.0);
    }

    #[test]
    fn ears_that_nobody_marked_stay_unmarked() {
        let without = |mut face: Detection| {
            face.keypoints.left_ear = None;
            face
        };
        let found = suppress(vec![without(face(0.0, 10.0, 0.9)), without(face(1.0, 10.0, 0.8))]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].keypoints.left_ear, None);
        assert!(found[0].keypoints.right_ear.is_some());
    }

    #[test]
    fn a_box_without_area_does_not_loop() {
        assert_eq!(suppress(vec![face(0.0, 0.0, 0.9), face(0.0, 0.0, 0.8)]).len(), 2);
        assert!(suppress(vec![]).is_empty());
    }
}
