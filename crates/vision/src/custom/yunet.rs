//! From YuNet's rows to faces, as OpenCV's `FaceDetectorYN` (modules/objdetect/src/face_detect.cpp).

use super::onnx_network::Wanted;
use crate::geometry::{Detection, Keypoints, Point, Rect};
use crate::letterbox::Letterbox;

/// Lowest score that counts as a face, as OpenCV Zoo's own wrapper has it. `FaceDetectorYN` itself
/// defaults to 0.9, where tilted faces are lost: on the test pictures turned ones score 0.68 to 0.85,
/// and anything that is not a face at most 0.39.
pub(super) const THRESHOLD: f32 = 0.6;

/// Input pixels from one cell to the next, on the three grids.
const STRIDES: [usize; 3] = [8, 16, 32];

/// The input's side is a multiple of the coarsest stride.
pub(super) const STEP: usize = 32;

/// What each cell reports, and in how many numbers: class score; objectness; centre and logarithm of
/// the size, in cells; x and y of five points, in cells.
const PARTS: [(&str, usize); 4] = [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)];

/// The twelve outputs, stride by stride.
pub(super) fn outputs(side: usize) -> Vec<Wanted> {
    let of_stride = |stride: usize| {
        let rows = (side / stride).pow(2);
        PARTS.map(|(name, columns)| Wanted { name: Some((name, stride)), rows, columns })
    };
    STRIDES.into_iter().flat_map(of_stride).collect()
}

/// All cells that reach the threshold, in frame pixels; `outputs` as [`outputs`] orders them.
pub(super) fn decode(
    outputs: &[Vec<f32>],
    side: usize,
    letterbox: Letterbox,
    threshold: f32,
) -> Vec<Detection> {
    let mut faces = Vec::new();
    for (stride, parts) in STRIDES.into_iter().zip(outputs.as_chunks::<4>().0) {
        let [class, object, boxes, points] = parts;
        let rows = boxes.as_chunks::<4>().0.iter().zip(points.as_chunks::<10>().0);
        for (cell, ((class, object), (bbox, points))) in
            class.iter().zip(object).zip(rows).enumerate()
        {
            // NaN stays NaN, which reaches no threshold.
            let score = (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
            if score >= threshold {
                let place = Place { cell, stride, side, letterbox };
                faces.extend(place.detection(score, bbox, points));
            }
        }
    }
    faces
}

/// A cell of a grid over the input.
struct Place {
    cell: usize,
    stride: usize,
    side: usize,
    letterbox: Letterbox,
}

impl Place {
    /// From a length in cells to a fraction of the input's side.
    fn fraction(&self, cells: f32) -> f32 {
        cells * self.stride as f32 / self.side as f32
    }

    /// From an offset in cells to the frame.
    fn point(&self, x: f32, y: f32) -> Point {
        let columns = self.side / self.stride;
        let (column, row) = (self.cell % columns, self.cell / columns);
        let (x, y) = (self.fraction(column as f32 + x), self.fraction(row as f32 + y));
        self.letterbox.to_frame(x, y)
    }

    /// `None` for a row without a proper box.
    fn detection(&self, score: f32, bbox: &[f32; 4], points: &[f32; 10]) -> Option<Detection> {
        let &[x, y, width, height] = bbox;
        let size = [width, height].map(f32::exp);
        let [width, height] = size.map(|cells| self.letterbox.length(self.fraction(cells)));
        let proper = [width, height].iter().all(|side| side.is_finite() && *side > 0.0);
        if !proper || bbox.iter().chain(points).any(|value| !value.is_finite()) {
            return None;
        }
        let corner = self.point(x - size[0] / 2.0, y - size[1] / 2.0);
        let at = |index: usize| self.point(points[2 * index], points[2 * index + 1]);
        let (right, left) = (at(3), at(4));
        Some(Detection {
            bbox: Rect { x: corner.x, y: corner.y, width, height },
            keypoints: Keypoints {
                right_eye: at(0),
                left_eye: at(1),
                nose_tip: at(2),
                // YuNet marks the corners of the mouth.
                mouth_centre: Point { x: (right.x + left.x) / 2.0, y: (right.y + left.y) / 2.0 },
                right_ear: None,
                left_ear: None,
            },
            score,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameView;
    use proptest::prelude::*;

    const SIDE: usize = 320;

    /// Outputs that say "no face" everywhere.
    fn nothing() -> Vec<Vec<f32>> {
        outputs(SIDE).iter().map(|wanted| vec![0.0; wanted.rows * wanted.columns]).collect()
    }

    fn letterbox(width: u32, height: u32) -> Letterbox {
        let bytes = vec![0; (width * height * 3) as usize];
        let frame =
            FrameView::rgb(&bytes, width, height, 3 * width as usize).expect("a valid frame");
        Letterbox::new(&frame, SIDE)
    }

    fn say(outputs: &mut [Vec<f32>], grid: usize, cell: usize, score: [f32; 2], bbox: [f32; 4]) {
        let parts = &mut outputs[4 * grid..];
        parts[0][cell] = score[0];
        parts[1][cell] = score[1];
        parts[2][4 * cell..][..4].copy_from_slice(&bbox);
    }

    #[test]
    fn a_cell_becomes_a_face_in_the_frame() {
        let mut raw = nothing();
        // Stride 16: 20 columns; cell 43 is row 2, column 3. Centre (3.5, 2.25) cells = (56, 36)
        // pixels; size 1 x e cells.
        say(&mut raw, 1, 43, [0.81, 1.0], [0.5, 0.25, 0.0, 1.0]);
        raw[7][430..440].copy_from_slice(&[-1.0, 0.0, 1.0, 0.0, 0.0, 0.5, -0.5, 1.0, 1.5, 2.0]);
        // 640 x 320 pixels: one input pixel is two, and 160 frame pixels lie above the frame.
        let found = decode(&raw, SIDE, letterbox(640, 320), 0.9);
        assert_eq!(found.len(), 1);
        let Detection { bbox, keypoints, score } = found[0];
        assert!((score - 0.9).abs() < 1e-6);
        let (width, height) = (32.0, 32.0 * std::f32::consts::E);
        let (x, y) = (112.0, 72.0 - 160.0);
        for (value, expected) in [
            (bbox.x, x - width / 2.0),
            (bbox.y, y - height / 2.0),
            (bbox.width, width),
            (bbox.height, height),
        ] {
            assert!((value - expected).abs() < 1e-3, "{bbox:?}");
        }
        // The cell's own corner lies at (96, 64 - 160).
        assert_eq!(keypoints.right_eye, Point { x: 64.0, y: -96.0 });
        assert_eq!(keypoints.left_eye, Point { x: 128.0, y: -96.0 });
        assert_eq!(keypoints.nose_tip, Point { x: 96.0, y: -80.0 });
        assert_eq!(keypoints.mouth_centre, Point { x: 112.0, y: -48.0 });
        assert_eq!((keypoints.right_ear, keypoints.left_ear), (None, None));
    }

    #[test]
    fn the_score_is_the_mean_of_both_after_clamping() {
        let score = |class: f32, object: f32| {
            let mut raw = nothing();
            say(&mut raw, 2, 0, [class, object], [0.0; 4]);
            decode(&raw, SIDE, letterbox(320, 320), 1e-3).first().map(|face| face.score)
        };
        assert_eq!(score(1.5, 2.0), Some(1.0));
        assert_eq!(score(0.25, 1.0), Some(0.5));
        assert_eq!(score(-0.5, -0.5), None);
        assert_eq!(score(f32::NAN, 1.0), None);
    }

    #[test]
    fn improper_rows_are_dropped_and_the_threshold_is_inclusive() {
        let mut raw = nothing();
        for (cell, size) in [(0, 1.0), (1, f32::NAN), (2, 1e4), (3, f32::NEG_INFINITY)] {
            say(&mut raw, 0, cell, [1.0, 0.25], [0.0, 0.0, size, size]);
        }
        assert_eq!(decode(&raw, SIDE, letterbox(320, 320), 0.5).len(), 1);
        assert_eq!(decode(&raw, SIDE, letterbox(320, 320), 0.51).len(), 0);
    }

    proptest! {
        /// OpenCV's own arithmetic in input pixels, then out of the square into the frame.
        #[test]
        fn any_cell_of_any_grid_lands_where_opencv_puts_it(
            (grid, row, column) in (0usize..3).prop_flat_map(|grid| {
                let cells = SIDE / STRIDES[grid];
                (Just(grid), 0..cells, 0..cells)
            }),
            offset in prop::array::uniform2(-1f32..2.0),
            size in prop::array::uniform2(-2f32..4.0),
            points in prop::array::uniform10(-8f32..8.0),
            (width, height) in (32u32..900, 32u32..900),
        ) {
            let stride = STRIDES[grid];
            let cell = row * (SIDE / stride) + column;
            let mut raw = nothing();
            say(&mut raw, grid, cell, [1.0, 1.0], [offset[0], offset[1], size[0], size[1]]);
            raw[4 * grid + 3][10 * cell..][..10].copy_from_slice(&points);
            let found = decode(&raw, SIDE, letterbox(width, height), THRESHOLD);
            prop_assert_eq!(found.len(), 1);
            let Detection { bbox, keypoints, .. } = found[0];

            let longer = f64::from(width.max(height));
            let borders = [longer - f64::from(width), longer - f64::from(height)].map(|b| b / 2.0);
            let scale = longer / SIDE as f64;
            let place = [column, row].map(|n| n as f64);
            let stride = stride as f64;
            let pixel = |axis: usize, cells: f32| {
                (place[axis] + f64::from(cells)) * stride * scale - borders[axis]
            };
            let sides = size.map(|n| f64::from(n).exp() * stride * scale);
            let near = |value: f32, expected: f64| (f64::from(value) - expected).abs() < 0.05;
            prop_assert!(near(bbox.width, sides[0]) && near(bbox.height, sides[1]), "{bbox:?}");
            prop_assert!(near(bbox.x, pixel(0, offset[0]) - sides[0] / 2.0), "{bbox:?}");
            prop_assert!(near(bbox.y, pixel(1, offset[1]) - sides[1] / 2.0), "{bbox:?}");
            for (index, point) in
                [keypoints.right_eye, keypoints.left_eye, keypoints.nose_tip].into_iter().enumerate()
            {
                prop_assert!(near(point.x, pixel(0, points[2 * index])), "{point:?}");
                prop_assert!(near(point.y, pixel(1, points[2 * index + 1])), "{point:?}");
            }
            let mouth = keypoints.mouth_centre;
            prop_assert!(near(mouth.x, (pixel(0, points[6]) + pixel(0, points[8])) / 2.0));
            prop_assert!(near(mouth.y, (pixel(1, points[7]) + pixel(1, points[9])) / 2.0));
        }
    }
}
