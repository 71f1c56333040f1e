//! What the measures look at.

use crate::frame::{FrameView, Samples};
use crate::{Detection, Rect};

/// Samples across and down the frame.
const FRAME_GRID: (usize, usize) = (48, 36);
/// Samples across and down a face.
const FACE_GRID: (usize, usize) = (32, 32);
/// Samples across and down the surroundings of an eye.
const EYE_GRID: (usize, usize) = (16, 10);
/// Samples across and down the band that holds both eyes.
const BAND_GRID: (usize, usize) = (40, 14);
/// The lowest score of a face that is measured; as `capture` judges no face below.
const SURE: f32 = 0.5;

/// Luma sampled on a grid, 0 to 255 whatever range the frame uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Patch {
    /// Row by row.
    pub(super) luma: Vec<u8>,
    /// Samples a row.
    pub(super) columns: usize,
}

impl Patch {
    /// Samples `area` of the frame; beyond the frame's edge it is the edge's pixel.
    pub(super) fn of(frame: &FrameView<'_>, area: &Rect, (columns, rows): (usize, usize)) -> Self {
        let axis = |start: f32, extent: f32, count: usize, length: u32| -> Vec<usize> {
            let step = extent / count as f32;
            let last = length.saturating_sub(1) as f32;
            let at = |i| (start + (i as f32 + 0.5) * step).clamp(0.0, last) as usize;
            (0..count).map(at).collect()
        };
        let xs = axis(area.x, area.width, columns, frame.width());
        let ys = axis(area.y, area.height, rows, frame.height());
        let mut luma = Vec::with_capacity(columns * rows);
        for &y in &ys {
            match frame.samples() {
                Samples::Packed { plane, step } => {
                    let row = plane.row(y);
                    luma.extend(xs.iter().map(|x| luma_of(&row[x * step..])));
                }
                Samples::Planar { y: plane, converter, .. } => {
                    let row = plane.row(y);
                    luma.extend(xs.iter().map(|&x| converter.luma_u8(row[x])));
                }
            }
        }
        Self { luma, columns }
    }

    pub(super) fn mean(&self) -> f32 {
        let sum: u32 = self.luma.iter().map(|&v| u32::from(v)).sum();
        sum as f32 / self.luma.len() as f32
    }

    pub(super) fn deviation(&self) -> f32 {
        let mean = self.mean();
        let squares: f32 = self.luma.iter().map(|&v| (f32::from(v) - mean).powi(2)).sum();
        (squares / self.luma.len() as f32).sqrt()
    }

    /// The value below which this share of the samples lies.
    pub(super) fn quantile(&self, share: f32) -> f32 {
        quantile(&mut self.luma.clone(), share)
    }
}

/// The value below which this share of `values` lies; NaN for none.
pub(super) fn quantile(values: &mut [u8], share: f32) -> f32 {
    let Some(last) = values.len().checked_sub(1) else { return f32::NAN };
    let (_, value, _) = values.select_nth_unstable((share * last as f32).round() as usize);
    f32::from(*value)
}

/// BT.601's weights, in 256ths.
fn luma_of(rgb: &[u8]) -> u8 {
    let [r, g, b] = [rgb[0], rgb[1], rgb[2]].map(u32::from);
    ((77 * r + 150 * g + 29 * b + 128) >> 8) as u8
}

/// The main face of a frame.
#[derive(Debug)]
pub(super) struct Face {
    pub(super) found: Detection,
    pub(super) skin: Patch,
    /// The surroundings of the right eye, and of the left.
    pub(super) eyes: [Patch; 2],
    pub(super) band: Patch,
}

impl Face {
    fn new(frame: &FrameView<'_>, found: &Detection) -> Self {
        let points = &found.keypoints;
        let (right, left) = (points.right_eye, points.left_eye);
        // A face seen from the side has its eyes close together.
        let between = (left.x - right.x).hypot(left.y - right.y).max(0.2 * found.bbox.width);
        let around = |x: f32, y: f32, width: f32, height: f32| {
            let (width, height) = (width * between, height * between);
            Rect { x: x - width / 2.0, y: y - height / 2.0, width, height }
        };
        let eyes =
            [right, left].map(|eye| Patch::of(frame, &around(eye.x, eye.y, 0.55, 0.35), EYE_GRID));
        let (x, y) = ((right.x + left.x) / 2.0, (right.y + left.y) / 2.0);
        Self {
            found: *found,
            skin: Patch::of(frame, &found.bbox, FACE_GRID),
            eyes,
            band: Patch::of(frame, &around(x, y, 1.9, 0.7), BAND_GRID),
        }
    }
}

/// A frame as the measures see it, with what is left of the one before.
pub(super) struct Scene<'a> {
    pub(super) view: &'a FrameView<'a>,
    pub(super) timestamp_ms: f64,
    pub(super) frame: Patch,
    pub(super) face: Option<Face>,
    pub(super) before: Option<Past>,
}

/// What the next frame is compared with.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) timestamp_ms: f64,
    pub(super) frame: Patch,
    pub(super) face: Option<Rect>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        view: &'a FrameView<'a>,
        timestamp_ms: f64,
        faces: &[Detection],
        before: Option<Past>,
    ) -> Self {
        let whole =
            Rect { x: 0.0, y: 0.0, width: view.width() as f32, height: view.height() as f32 };
        let proper = |face: &&Detection| face.score >= SURE && face.bbox.area().is_normal();
        let main = faces.iter().filter(proper);
        let main = main.max_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area()));
        Self {
            view,
            timestamp_ms,
            frame: Patch::of(view, &whole, FRAME_GRID),
            face: main.map(|found| Face::new(view, found)),
            before,
        }
    }

    pub(super) fn into_past(self) -> Past {
        Past {
            timestamp_ms: self.timestamp_ms,
            frame: self.frame,
            face: self.face.map(|face| face.found.bbox),
        }
    }

    /// A measure of the main face; NaN without one.
    pub(super) fn of_face(&self, measure: impl FnOnce(&Face) -> f32) -> f32 {
        self.face.as_ref().map_or(f32::NAN, measure)
    }
}
