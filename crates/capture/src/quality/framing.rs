//! Measures that follow from the faces found: how many there are, and where the main one is.

use crate::{FaceBox, FaceObservation, FrameAnalysis};

use super::{
    Measure, Measures,
    table::{DARK_FRAME, MAIN_SCORE},
};

/// The score from which another face counts.
const OTHER_SCORE: f64 = 0.5;
/// The area from which another face counts, as a share of the main face's: smaller ones are pictures on a wall.
const OTHER_AREA: f64 = 0.1;

/// The detail below which a frame shows nothing: a face found in it is the detector's imagination.
const PLAIN: f64 = 3.0;

/// Adds them to the frame's measures. Returns the main face: the largest one the detector is fairly sure of.
pub(super) fn measure(analysis: &FrameAnalysis, measures: &mut Measures) -> Option<FaceBox> {
    let is_valid = |face: &&FaceObservation| face.bbox.is_valid() && face.score.is_finite();
    let (width, height) = (f64::from(analysis.width), f64::from(analysis.height));
    let is_plain = measures.get(Measure::FrameDetail) < PLAIN;
    let valid: Vec<_> = analysis.faces.iter().filter(is_valid).filter(|_| !is_plain).collect();
    let best = valid.iter().map(|face| face.score).max_by(f64::total_cmp);
    let sure = valid.iter().filter(|face| face.score >= MAIN_SCORE);
    let main = sure.max_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area())).copied();
    let others = main.map_or(0, |main| {
        let counts = |other: &&&FaceObservation| {
            other.score >= OTHER_SCORE && other.bbox.area() >= OTHER_AREA * main.bbox.area()
        };
        valid.iter().filter(counts).filter(|other| !std::ptr::eq(**other, main)).count()
    });
    let (Some(best), true) = (best, width > 0.0 && height > 0.0) else {
        measures.set(Measure::Faces, 0.0);
        measures.set(Measure::EmptyFrameLuma, measures.get(Measure::FrameLuma));
        // A dark room shows little even through an open lens.
        let is_dark = measures.get(Measure::FrameLuma) < DARK_FRAME;
        if is_plain || !is_dark {
            measures.set(Measure::EmptyFrameDetail, measures.get(Measure::FrameDetail));
        }
        return None;
    };
    measures.set(Measure::Faces, (1 + others) as f64);
    measures.set(Measure::FaceScore, main.map_or(best, |face| face.score));
    let face = main?.bbox;
    // Signed: positive when the face is right of, or below, the frame's centre.
    let dx = (face.x + face.width / 2.0) / (width / 2.0) - 1.0;
    let dy = (face.y + face.height / 2.0) / (height / 2.0) - 1.0;
    let (left, top) = (face.x / width, face.y / height);
    let (right, bottom) =
        (1.0 - (face.x + face.width) / width, 1.0 - (face.y + face.height) / height);
    for (measure, value) in [
        (Measure::FaceArea, face.area() / (width * height)),
        (Measure::OffsetX, dx),
        (Measure::OffsetY, dy),
        (Measure::MarginLeft, left),
        (Measure::MarginRight, right),
        (Measure::MarginTop, top),
        (Measure::MarginBottom, bottom),
        (Measure::WiderMargin, left.max(right).min(top.max(bottom))),
    ] {
        measures.set(measure, value);
    }
    Some(face)
}
