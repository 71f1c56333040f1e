//! Which samples of a plane make which pixels of a crop, along one axis.

use std::ops::Range;

/// Pixels along a crop's side.
pub(crate) const SIDE: usize = 224;

/// First pixel and number of pixels along an axis; may start before the frame or end beyond it.
pub(crate) type Span = (i64, i64);

/// One axis of a crop.
///
/// Only the crop's pixels whose filter touches the frame are computed, and only from the samples the
/// filter reaches: the same result as resizing the whole region, at less cost.
#[derive(Debug)]
pub(crate) struct CropAxis {
    /// Crop pixels that show something of the frame.
    pub(crate) target: Range<usize>,
    /// Samples to resize from, in the plane's coordinates; some may lie outside the plane.
    pub(crate) source: Range<i64>,
    /// Those of them that lie inside the plane.
    pub(crate) inside: Range<i64>,
    /// Where the region starts, in the plane's coordinates.
    start: f64,
    /// Samples per crop pixel.
    scale: f64,
}

impl CropAxis {
    /// Along a plane with one sample per pixel; `None` if the span covers none of the frame's `length` pixels.
    pub(crate) fn new((start, extent): Span, length: u32) -> Option<Self> {
        let visible = start.max(0)..start.checked_add(extent)?.min(length.into());
        if visible.is_empty() {
            return None;
        }
        let scale = extent as f64 / SIDE as f64;
        let radius = scale.max(1.0);
        // Pixels of the crop whose centre is nearer than the radius to a visible sample's.
        let target_of = |position: f64| (position - start as f64) / scale - 0.5;
        let after = target_of(visible.start as f64 + 0.5 - radius);
        let before = target_of(visible.end as f64 - 0.5 + radius);
        let first = (after.floor() + 1.0).clamp(0.0, (SIDE - 1) as f64) as usize;
        let end = before.ceil().clamp(0.0, SIDE as f64) as usize;
        let target = first..end.max(first + 1);
        Some(Self::of_plane(start as f64, scale, length.into(), target))
    }

    /// Along a plane with one sample for every two pixels, for the same pixels of the crop; `length` as in [`CropAxis::new`].
    pub(crate) fn halved(&self, length: u32) -> Self {
        let (start, scale) = (self.start / 2.0, self.scale / 2.0);
        Self::of_plane(start, scale, length.div_ceil(2).into(), self.target.clone())
    }

    /// Not inlined: its callers are, in four places.
    #[inline(never)]
    fn of_plane(start: f64, scale: f64, length: i64, target: Range<usize>) -> Self {
        let radius = scale.max(1.0);
        let from = start + (target.start as f64 + 0.5) * scale - radius;
        let to = start + (target.end as f64 - 0.5) * scale + radius;
        // Nothing outside the region counts.
        let end = start + scale * SIDE as f64;
        let source = from.max(start).floor() as i64..to.min(end).ceil() as i64;
        let first = source.start.max(0);
        let inside = first..source.end.min(length).max(first);
        Self { target, source, inside, start, scale }
    }

    /// Samples to resize from.
    pub(crate) fn source_length(&self) -> usize {
        (self.source.end - self.source.start) as usize
    }

    /// Which of the samples to resize from lie inside the plane.
    pub(crate) fn filled(&self) -> Range<usize> {
        let relative = |position: i64| (position - self.source.start) as usize;
        relative(self.inside.start)..relative(self.inside.end)
    }

    /// Where the target's first pixel starts, within the source.
    pub(crate) fn crop_start(&self) -> f64 {
        (self.start - self.source.start as f64 + self.target.start as f64 * self.scale).max(0.0)
    }

    /// What the target covers, within the source.
    pub(crate) fn crop_length(&self) -> f64 {
        let (start, end) = (self.crop_start(), self.source_length() as f64);
        let mut length = (self.target.len() as f64 * self.scale).min(end - start);
        // The library refuses a box that rounding pushes past the end of the source.
        while start + length > end {
            length = length.next_down();
        }
        length
    }
}
