//! Rectangles of a crop's pixels.

use crate::png_crop::{RgbCrop, SIDE};

/// A rectangle of pixels, `left <= x < right`, `top <= y < bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Column after the last.
    pub right: usize,
    /// Row after the last.
    pub bottom: usize,
}

impl Area {
    /// Whether the pixel lies in it.
    pub fn contains(&self, x: usize, y: usize) -> bool {
        (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
    }

    /// What two areas share; may be empty.
    pub fn and(&self, other: &Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        Self {
            left,
            top,
            right: self.right.min(other.right).max(left),
            bottom: self.bottom.min(other.bottom).max(top),
        }
    }

    /// Without a margin on all sides; may be empty.
    pub fn shrunk(&self, margin: usize) -> Self {
        // There is no black beyond the crop's own edge.
        let low = |v: usize| if v == 0 { 0 } else { v + margin };
        let high = |v: usize| if v == SIDE { SIDE } else { v.saturating_sub(margin) };
        let (left, top) = (low(self.left), low(self.top));
        Self { left, top, right: high(self.right).max(left), bottom: high(self.bottom).max(top) }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.right - self.left
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// A crop's pixels in it, row by row.
    pub fn of(self, crop: &RgbCrop) -> impl Iterator<Item = &[[u8; 3]]> {
        let rows = crop.pixels().as_chunks::<3>().0.chunks_exact(SIDE);
        let rows = rows.take(self.bottom).skip(self.top);
        rows.map(move |row| row.get(self.left..self.right).unwrap_or_default())
    }

    /// Its pixels' places, row by row.
    pub fn pixels(self) -> impl Iterator<Item = (usize, usize)> {
        (self.top..self.bottom).flat_map(move |y| (self.left..self.right).map(move |x| (x, y)))
    }

    /// Grown by these shares of its own size to the left and right, to the top, and to the bottom.
    pub fn grown(&self, sides: f64, top: f64, bottom: f64) -> Self {
        let clamp = |v: f64| v.round().clamp(0.0, SIDE as f64) as usize;
        let (w, h) = (self.width() as f64, self.height() as f64);
        Self {
            left: clamp(self.left as f64 - sides * w),
            right: clamp(self.right as f64 + sides * w),
            top: clamp(self.top as f64 - top * h),
            bottom: clamp(self.bottom as f64 + bottom * h),
        }
    }
}

/// Where the documented crop rule puts the face: the middle third.
pub const CENTRAL_FACE: Area = Area { left: 75, top: 75, right: 149, bottom: 149 };
