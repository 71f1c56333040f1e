//! The picture of a face that a check is made of.
//!
//! A region around the box, in whole pixels, is resized to 224 x 224 by bilinear convolution (the
//! triangle filter widened by the scale, so that shrinking averages), on gamma-coded 8-bit values: of
//! a frame in Y'CbCr each plane by itself, before it becomes RGB. Only pixels inside the region count;
//! those outside the frame are black.

use crate::crop_axis::{CropAxis, SIDE, Span};
use crate::frame::FrameView;
use crate::geometry::Rect;
use crate::png::{PngError, encode_png};
use crate::resample::resample;
use thiserror::Error;

/// Pixels along a crop's side.
pub const CROP_SIDE: u32 = SIDE as u32;

/// A region may be this many times as long as the frame's longer side; beyond, hardly anything of
/// the frame would be left in the crop, and memory would grow with the box.
const MAX_REGION: f64 = 16.0;

/// Which part of the frame a crop shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CropRule {
    /// A square around the box's centre, `factor` times as long as the box's longer side.
    SquareContext {
        /// Above 0, at most 100.
        factor: f32,
    },
    /// The box widened on each side by `margin` of the frame's width or height, clamped to the
    /// frame and squashed into the square.
    FrameMargin {
        /// 0 to 1.
        margin: f32,
    },
}

impl CropRule {
    /// The documented crop: the face is a third of the side.
    pub const SQUARE_CONTEXT: Self = Self::SquareContext { factor: 3.0 };
    /// The rule of the v3_1_1 model family.
    pub const FRAME_MARGIN: Self = Self::FrameMargin { margin: 0.2 };
}

impl Default for CropRule {
    fn default() -> Self {
        Self::SQUARE_CONTEXT
    }
}

/// Why a crop could not be cut.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum CropError {
    /// The rule's number is outside its range.
    #[error("{0:?} is outside the rule's range")]
    Rule(CropRule),
    /// The box has a side that is not positive, or a number that is not finite.
    #[error("not a proper box: {0:?}")]
    Box(Rect),
    /// The region around the box lies outside the frame.
    #[error("the box lies outside the frame: {0:?}")]
    OutsideFrame(Rect),
    /// The region around the box dwarfs the frame.
    #[error("the box is too large for the frame: {0:?}")]
    TooLarge(Rect),
    /// The resizing library refused; not known to happen.
    #[error("resizing failed: {0}")]
    Resize(&'static str),
}

/// 224 x 224 RGB pixels around a face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceCrop {
    pixels: Vec<u8>,
}

impl FaceCrop {
    /// Cuts the crop around `face`, given in the frame's pixels; the box may reach outside.
    ///
    /// # Errors
    /// A [`CropError`] for a box or rule that yields no picture; never because of what the frame shows.
    pub fn cut(frame: &FrameView<'_>, face: &Rect, rule: CropRule) -> Result<Self, CropError> {
        let [across, down] = region(frame, face, rule)?;
        let columns = CropAxis::new(across, frame.width()).ok_or(CropError::OutsideFrame(*face))?;
        let rows = CropAxis::new(down, frame.height()).ok_or(CropError::OutsideFrame(*face))?;
        let mut pixels = vec![[0; 3]; SIDE * SIDE];
        let visible = pixels[rows.target.start * SIDE..]
            .chunks_exact_mut(SIDE)
            .map(|row| &mut row[columns.target.clone()]);
        resample(frame, &columns, &rows, visible).map_err(CropError::Resize)?;
        Ok(Self { pixels: pixels.into_flattened() })
    }

    /// 224 rows of 224 RGB pixels, 150,528 bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// As a PNG file: 8-bit RGB, no alpha, no metadata.
    ///
    /// # Errors
    /// [`PngError::Encode`] if the encoder fails.
    pub fn to_png(&self) -> Result<Vec<u8>, PngError> {
        encode_png(&self.pixels, CROP_SIDE, CROP_SIDE)
    }
}

/// The region the rule asks for, across and down, in whole pixels.
fn region(frame: &FrameView<'_>, face: &Rect, rule: CropRule) -> Result<[Span; 2], CropError> {
    let [x, y, width, height] = [face.x, face.y, face.width, face.height].map(f64::from);
    if [x, y, width, height].iter().any(|n| !n.is_finite()) || width <= 0.0 || height <= 0.0 {
        return Err(CropError::Box(*face));
    }
    let (frame_width, frame_height) = (f64::from(frame.width()), f64::from(frame.height()));
    let longer = frame_width.max(frame_height);
    match rule {
        CropRule::SquareContext { factor } => {
            let factor = f64::from(factor);
            if !(factor > 0.0 && factor <= 100.0) {
                return Err(CropError::Rule(rule));
            }
            let side = (factor * width.max(height)).round().max(1.0);
            if side > MAX_REGION * longer {
                return Err(CropError::TooLarge(*face));
            }
            // Halves round up everywhere: a face moving by whole pixels moves its region likewise.
            let start = |corner: f64, length: f64| {
                (corner + length / 2.0 - side / 2.0 + 0.5).floor() as i64
            };
            Ok([(start(x, width), side as i64), (start(y, height), side as i64)])
        }
        CropRule::FrameMargin { margin } => {
            let margin = f64::from(margin);
            if !(0.0..=1.0).contains(&margin) {
                return Err(CropError::Rule(rule));
            }
            let span = |corner: f64, length: f64, whole: f64| {
                let (start, end) = (corner - margin * whole, corner + length + margin * whole);
                if start >= whole || end <= 0.0 {
                    return (0, 0);
                }
                // A sliver still shows the pixel it lies in.
                let start = start.round().clamp(0.0, whole - 1.0);
                let end = end.round().clamp(start + 1.0, whole);
                (start as i64, (end - start) as i64)
            };
            Ok([span(x, width, frame_width), span(y, height, frame_height)])
        }
    }
}
