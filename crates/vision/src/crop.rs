//! The picture of a face that a check is made of.
//!
//! A region around the box, in whole pixels, is resized to 224 x 224 by bilinear convolution (the
//! triangle filter widened by the scale, so that shrinking averages), on gamma-coded 8-bit values.
//! Only pixels inside the region count; those outside the frame are black.

use crate::frame::FrameView;
use crate::geometry::Rect;
use crate::png::{PngError, encode_png};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use thiserror::Error;

/// Pixels along a crop's side.
pub const CROP_SIDE: u32 = 224;

const SIDE: usize = CROP_SIDE as usize;

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
    #[error("no proper box: {0:?}")]
    Box(Rect),
    /// The region around the box holds nothing of the frame.
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
    /// A [`CropError`] for a box or rule that makes no picture; never for what the frame shows.
    pub fn cut(frame: &FrameView<'_>, face: &Rect, rule: CropRule) -> Result<Self, CropError> {
        let [across, down] = region(frame, face, rule)?;
        let columns = Axis::new(across, frame.width()).ok_or(CropError::OutsideFrame(*face))?;
        let rows = Axis::new(down, frame.height()).ok_or(CropError::OutsideFrame(*face))?;
        let patch = read_patch(frame, &columns, &rows);
        let options =
            ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).crop(
                columns.crop_start(),
                rows.crop_start(),
                columns.crop_length(),
                rows.crop_length(),
            );
        let (width, height) = (columns.target.len(), rows.target.len());
        let (source_width, source_height) = (columns.source_length(), rows.source_length());
        let source = TypedImageRef::<U8x3>::from_buffer(
            source_width as u32,
            source_height as u32,
            patch.as_flattened(),
        )
        .map_err(|_| CropError::Resize("patch size"))?;
        let mut resized = vec![0; 3 * width * height];
        let mut target = TypedImage::<U8x3>::from_buffer(width as u32, height as u32, &mut resized)
            .map_err(|_| CropError::Resize("crop size"))?;
        Resizer::new()
            .resize_typed(&source, &mut target, &options)
            .map_err(|_| CropError::Resize("crop box"))?;
        if (width, height) == (SIDE, SIDE) {
            return Ok(Self { pixels: resized });
        }
        let mut pixels = vec![0; 3 * SIDE * SIDE];
        for (y, source) in rows.target.clone().zip(resized.chunks_exact(3 * width)) {
            pixels[3 * (y * SIDE + columns.target.start)..][..3 * width].copy_from_slice(source);
        }
        Ok(Self { pixels })
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

/// First pixel and number of pixels along an axis; may start before the frame or end behind it.
type Span = (i64, i64);

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
            // Halves go up everywhere: a face moving by whole pixels moves its region alike.
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

/// One axis of a crop: which pixels of the frame make which pixels of the crop.
///
/// Only the crop's pixels whose filter touches the frame are computed, from only those pixels of
/// the region the filter reaches: the same result as resizing the whole region, without its size.
#[derive(Debug)]
struct Axis {
    /// Crop pixels that show something of the frame.
    target: std::ops::Range<usize>,
    /// Pixels to resize from, in frame coordinates; partly outside the frame.
    source: std::ops::Range<i64>,
    /// The same that lie inside the frame.
    inside: std::ops::Range<i64>,
    /// Where the region starts, in frame coordinates.
    start: i64,
    /// Frame pixels per crop pixel.
    scale: f64,
}

impl Axis {
    /// `None` if the span has nothing of the `length` pixels of the frame.
    fn new((start, extent): Span, length: u32) -> Option<Self> {
        let end = start.checked_add(extent)?;
        let visible = start.max(0)..end.min(length.into());
        if visible.is_empty() {
            return None;
        }
        let scale = extent as f64 / SIDE as f64;
        let radius = scale.max(1.0);
        let centre = |target: f64| start as f64 + (target + 0.5) * scale;
        // Positions relative to the region keep their precision wherever the region lies.
        let target_of = |position: i64| (position - start) as f64;
        let first = ((target_of(visible.start) - radius) / scale - 0.5).floor().max(0.0) as usize;
        let last = ((target_of(visible.end) + radius) / scale - 0.5).ceil().min((SIDE - 1) as f64)
            as usize;
        let from = (centre(first as f64) - radius).floor() as i64;
        let to = (centre(last as f64) + radius).ceil() as i64;
        let source = from.max(start)..to.min(end);
        let inside = source.start.max(visible.start)..source.end.min(visible.end);
        Some(Self { target: first..last + 1, source, inside, start, scale })
    }

    fn source_length(&self) -> usize {
        (self.source.end - self.source.start) as usize
    }

    /// Where the target's first pixel starts, within the source.
    fn crop_start(&self) -> f64 {
        ((self.start - self.source.start) as f64 + self.target.start as f64 * self.scale).max(0.0)
    }

    /// What the target covers, within the source.
    fn crop_length(&self) -> f64 {
        let (start, end) = (self.crop_start(), self.source_length() as f64);
        let mut length = (self.target.len() as f64 * self.scale).min(end - start);
        // The library refuses a box that rounding lets end behind the source.
        while start + length > end {
            length = length.next_down();
        }
        length
    }
}

/// The source pixels of both axes, black outside the frame.
fn read_patch(frame: &FrameView<'_>, columns: &Axis, rows: &Axis) -> Vec<[u8; 3]> {
    let width = columns.source_length();
    let mut patch = vec![[0; 3]; width * rows.source_length()];
    let skipped = (columns.inside.start - columns.source.start) as usize;
    let inside = (columns.inside.end - columns.inside.start) as usize;
    for y in rows.inside.clone() {
        let row = &mut patch[(y - rows.source.start) as usize * width..][skipped..][..inside];
        frame.rgb_row(columns.inside.start as usize, y as usize, row);
    }
    patch
}
