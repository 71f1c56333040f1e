//! Decides whether a face is good enough.
//!
//! Directions: frames come as the camera sees them, never mirrored. A person who is too far to
//! their own left is at the right of the frame (large x) and at the left of the mirrored preview,
//! and has to move to their right, which on the mirrored preview is to the right as well. Where the
//! preview is not mirrored, left and right are as a viewer of the preview sees them.

use crate::{FaceBox, FaceObservation, FrameAnalysis, FramingLimits, Guidance, Limit};

/// A judgement on one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Framing {
    /// One face, well placed.
    Good(FaceBox),
    /// What the person should do about it.
    Problem(Guidance),
}

/// Judges one frame: by the stricter limits, or while `capturing` by the looser ones.
pub fn judge(
    analysis: &FrameAnalysis,
    limits: &FramingLimits,
    mirrored: bool,
    capturing: bool,
) -> Framing {
    match problem(analysis, limits, mirrored, capturing) {
        Ok(face) => Framing::Good(face),
        Err(guidance) => Framing::Problem(guidance),
    }
}

fn problem(
    analysis: &FrameAnalysis,
    limits: &FramingLimits,
    mirrored: bool,
    capturing: bool,
) -> Result<FaceBox, Guidance> {
    let pick = |limit: Limit| if capturing { limit.exit } else { limit.enter };
    let main = main_face(analysis, limits)?;
    if main.score < pick(limits.min_score) {
        return Err(Guidance::LookAtCamera);
    }
    let face = main.bbox;
    let (width, height) = (f64::from(analysis.width), f64::from(analysis.height));

    let area = face.area() / (width * height);
    if area < pick(limits.min_area) {
        return Err(Guidance::MoveCloser);
    }
    if area > pick(limits.max_area) {
        return Err(Guidance::MoveBack);
    }

    // Signed: positive when the face is right of, or below, the frame's centre.
    let dx = (face.x + face.width / 2.0) / (width / 2.0) - 1.0;
    let dy = (face.y + face.height / 2.0) / (height / 2.0) - 1.0;
    let excess_x = dx.abs() / pick(limits.max_offset_x);
    let excess_y = dy.abs() / pick(limits.max_offset_y);
    if excess_x > 1.0 || excess_y > 1.0 {
        return Err(if excess_x >= excess_y {
            towards_centre_x(dx, mirrored)
        } else {
            towards_centre_y(dy)
        });
    }

    let margin = pick(limits.min_margin);
    let left = face.x < margin * width;
    let right = face.x + face.width > (1.0 - margin) * width;
    let top = face.y < margin * height;
    let bottom = face.y + face.height > (1.0 - margin) * height;
    match (left, right, top, bottom) {
        (true, true, ..) | (_, _, true, true) => Err(Guidance::MoveBack),
        (true, ..) => Err(towards_centre_x(-1.0, mirrored)),
        (_, true, ..) => Err(towards_centre_x(1.0, mirrored)),
        (_, _, true, _) => Err(towards_centre_y(-1.0)),
        (_, _, _, true) => Err(towards_centre_y(1.0)),
        _ => Ok(face),
    }
}

/// The face to judge: the largest one the detector is fairly sure of.
fn main_face<'a>(
    analysis: &'a FrameAnalysis,
    limits: &FramingLimits,
) -> Result<&'a FaceObservation, Guidance> {
    if analysis.width == 0 || analysis.height == 0 {
        return Err(Guidance::NoFace);
    }
    let valid = || analysis.faces.iter().filter(|f| f.bbox.is_valid() && f.score.is_finite());
    if valid().next().is_none() {
        return Err(Guidance::NoFace);
    }
    let main = valid()
        .filter(|face| face.score >= limits.min_score.exit)
        .max_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area()))
        .ok_or(Guidance::LookAtCamera)?;
    let others = valid()
        .filter(|face| face.score >= limits.other_face_score)
        .filter(|face| face.bbox.area() >= limits.other_face_area * main.bbox.area())
        .filter(|face| !std::ptr::eq(*face, main));
    match others.count() {
        0 => Ok(main),
        _ => Err(Guidance::MultipleFaces),
    }
}

/// Where to move from `dx` (positive: right of the frame's centre).
fn towards_centre_x(dx: f64, mirrored: bool) -> Guidance {
    let shown_right = (dx > 0.0) != mirrored;
    if shown_right { Guidance::MoveLeft } else { Guidance::MoveRight }
}

/// Where to move from `dy` (positive: below the frame's centre).
fn towards_centre_y(dy: f64) -> Guidance {
    if dy > 0.0 { Guidance::MoveUp } else { Guidance::MoveDown }
}
