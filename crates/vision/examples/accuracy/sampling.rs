//! MediaPipe's input instead of ours, to tell the sampling from everything else.
//!
//! On the CPU MediaPipe (1.0, 0.10; Python and browser alike) warps the frame with OpenCV from corner to
//! corner: input pixel i takes the frame's pixel i times the scale, where this crate takes the sample
//! at the input pixel's centre, half a scale less half a pixel further. Its boxes come out as much too
//! far right and down as its samples lie left and up.

use crate::footage::{Face, Faces, Footage};
use face_vision::{FaceDetector, FrameView, Rect};

const SIDE: usize = 128;

/// What the detector finds in a frame sampled as MediaPipe does, in the frame's pixels.
///
/// # Errors
/// The detector's own.
pub fn detect(
    footage: &Footage,
    detector: &mut dyn FaceDetector,
    rgb: &[u8],
) -> Result<Faces, String> {
    let (width, height) = (footage.width as usize, footage.height as usize);
    let longer = width.max(height);
    let scale = longer as f64 / SIDE as f64;
    let border = |length: usize| (longer - length) as f64 / 2.0;
    let channel = |x: i64, y: i64, c: usize| -> f64 {
        let inside = (0..width as i64).contains(&x) && (0..height as i64).contains(&y);
        if inside { rgb[3 * (y as usize * width + x as usize) + c].into() } else { 0.0 }
    };
    let mut input = Vec::with_capacity(SIDE * SIDE * 3);
    for y in 0..SIDE {
        let down = y as f64 * scale - border(height);
        for x in 0..SIDE {
            let across = x as f64 * scale - border(width);
            let (left, top) = (across.floor(), down.floor());
            let (right_part, lower_part) = (across - left, down - top);
            let (left, top) = (left as i64, top as i64);
            for c in 0..3 {
                let row = |y| {
                    channel(left, y, c) * (1.0 - right_part) + channel(left + 1, y, c) * right_part
                };
                let value = row(top) * (1.0 - lower_part) + row(top + 1) * lower_part;
                input.push(value.round() as u8);
            }
        }
    }
    // A frame of the input's own size is taken as it is.
    let view = FrameView::rgb(&input, SIDE as u32, SIDE as u32, 3 * SIDE);
    let found = detector.detect(&view.map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    let (scale, left, top) = (scale as f32, border(width) as f32, border(height) as f32);
    let face = |score, b: Rect| {
        let (x, y) = (b.x * scale - left, b.y * scale - top);
        let bbox = Rect { x, y, width: b.width * scale, height: b.height * scale };
        Face { score, bbox }
    };
    Ok(found.iter().map(|found| face(found.score, found.bbox)).collect())
}

/// Frames of clips that are compared: every tenth.
pub const EVERY: usize = 10;

/// What both find in every tenth frame: the detector with MediaPipe's input, and MediaPipe.
///
/// # Errors
/// As [`Footage::each_frame`], or the detector's own.
pub fn pairs(
    footage: &Footage,
    detector: &mut dyn FaceDetector,
) -> Result<(Vec<Faces>, Vec<Faces>), String> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    footage.each_frame(|index, rgb| {
        if index % EVERY == 0 {
            ours.push(detect(footage, detector, rgb)?);
            theirs.push(footage.mediapipe[index].clone());
        }
        Ok(())
    })?;
    Ok((ours, theirs))
}
