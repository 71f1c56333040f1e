//! From the network's rows to faces in the frame.
//!
//! As MediaPipe's `TensorsToDetectionsCalculator` with `reverse_output_order`, scales of 128 and
//! scores clipped at 100 before the sigmoid.

use crate::anchors::{ANCHORS, INPUT_SIDE};
use crate::geometry::{Detection, Keypoints, Point, Rect};
use crate::letterbox::Letterbox;

/// Numbers per row of the boxes: centre x, y, width, height, then x, y of six keypoints, in input
/// pixels relative to the anchor.
pub(crate) const ROW: usize = 4 + 2 * Keypoints::COUNT;

const SCORE_CLIP: f32 = 100.0;

/// All rows that reach the threshold, in the anchors' order and in frame pixels.
pub(crate) fn decode(
    boxes: &[f32],
    scores: &[f32],
    anchors: &[[f32; 2]],
    letterbox: Letterbox,
    threshold: f32,
) -> Vec<Detection> {
    debug_assert_eq!(scores.len(), ANCHORS);
    let rows = boxes.as_chunks::<ROW>().0;
    scores
        .iter()
        .zip(rows)
        .zip(anchors)
        .filter_map(|((logit, row), anchor)| {
            let score = sigmoid(*logit);
            if score >= threshold { detection(score, row, *anchor, letterbox) } else { None }
        })
        .collect()
}

/// `None` for a row without a proper box, as MediaPipe drops those.
fn detection(
    score: f32,
    row: &[f32; ROW],
    anchor: [f32; 2],
    letterbox: Letterbox,
) -> Option<Detection> {
    let fraction = |value: f32| value / INPUT_SIDE as f32;
    let point =
        |x: f32, y: f32| letterbox.to_frame(fraction(x) + anchor[0], fraction(y) + anchor[1]);
    let size = [row[2], row[3]].map(|side| letterbox.length(fraction(side)));
    let corner = point(row[0] - row[2] / 2.0, row[1] - row[3] / 2.0);
    let proper = size.iter().all(|side| side.is_finite() && *side > 0.0);
    if !proper || row.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut points = [Point::default(); Keypoints::COUNT];
    for (target, [x, y]) in points.iter_mut().zip(row[4..].as_chunks::<2>().0) {
        *target = point(*x, *y);
    }
    Some(Detection {
        bbox: Rect { x: corner.x, y: corner.y, width: size[0], height: size[1] },
        keypoints: Keypoints::from_array(points),
        score,
    })
}

/// NaN stays NaN, which reaches no threshold.
fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit.clamp(-SCORE_CLIP, SCORE_CLIP)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchors::anchors;
    use crate::frame::FrameView;
    use crate::network::RawOutputs;

    fn outputs() -> RawOutputs {
        RawOutputs { boxes: vec![0.0; ANCHORS * ROW], scores: vec![-1000.0; ANCHORS] }
    }

    fn letterbox(width: u32, height: u32) -> Letterbox {
        let bytes = vec![0; (width * height * 3) as usize];
        let frame =
            FrameView::rgb(&bytes, width, height, 3 * width as usize).expect("a valid frame");
        Letterbox::new(&frame, INPUT_SIDE)
    }

    #[test]
    fn sigmoid_survives_any_logit() {
        assert_eq!(sigmoid(0.0), 0.5);
        assert_eq!(sigmoid(f32::INFINITY), 1.0);
        assert!(sigmoid(f32::NEG_INFINITY) < 1e-30);
        assert!(sigmoid(f32::NAN).is_nan());
    }

    #[test]
    fn a_row_becomes_a_box_in_the_frame() {
        let mut raw = outputs();
        // Last anchor of the fine grid's first row: centre (0.96875, 0.03125) of the input.
        let index = 31;
        raw.scores[index] = 2.0;
        let row = &mut raw.boxes[index * ROW..][..ROW];
        row[..6].copy_from_slice(&[-60.0, 60.0, 32.0, 16.0, -64.0, 62.0]);
        let found = decode(&raw.boxes, &raw.scores, &anchors(), letterbox(640, 480), 0.5);
        assert_eq!(found.len(), 1);
        // One input pixel is five frame pixels; 80 frame rows of the square lie above the frame.
        let (x, y) = (0.96875 * 640.0, 0.03125 * 640.0 - 80.0);
        let expected =
            Rect { x: x - 300.0 - 80.0, y: y + 300.0 - 40.0, width: 160.0, height: 80.0 };
        assert_eq!(found[0].bbox, expected);
        assert_eq!(found[0].keypoints.right_eye, Point { x: x - 320.0, y: y + 310.0 });
        assert_eq!(found[0].keypoints.left_ear, Some(Point { x, y }));
        assert!((found[0].score - 0.880_797).abs() < 1e-6);
    }

    #[test]
    fn the_threshold_is_inclusive_and_improper_rows_are_dropped() {
        let mut raw = outputs();
        for (index, size) in [(0, 8.0), (1, 0.0), (2, -8.0), (3, f32::NAN), (4, f32::INFINITY)] {
            raw.scores[index] = 0.0;
            raw.boxes[index * ROW + 2..][..2].fill(size);
        }
        raw.scores[5] = f32::NAN;
        raw.boxes[5 * ROW + 2..][..2].fill(8.0);
        assert_eq!(decode(&raw.boxes, &raw.scores, &anchors(), letterbox(128, 128), 0.5).len(), 1);
        assert_eq!(decode(&raw.boxes, &raw.scores, &anchors(), letterbox(128, 128), 0.51).len(), 0);
    }
}
