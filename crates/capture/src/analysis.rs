//! The worker's findings on one frame.

use crate::quality::Measures;

/// An axis-aligned box in pixels of the source frame; `x`, `y` is its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceBox {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl FaceBox {
    /// Area in square pixels.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Whether all four numbers are finite and both sides are positive.
    pub fn is_valid(&self) -> bool {
        [self.x, self.y, self.width, self.height].iter().all(|v| v.is_finite())
            && self.width > 0.0
            && self.height > 0.0
    }
}

/// One detected face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceObservation {
    /// Its box.
    pub bbox: FaceBox,
    /// The detector's confidence, 0 to 1.
    pub score: f64,
}

/// What the worker found in one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameAnalysis {
    /// The frame's own timestamp in milliseconds.
    pub timestamp_ms: f64,
    /// Frame width in pixels.
    pub width: u32,
    /// Frame height in pixels.
    pub height: u32,
    /// All faces found, in any order.
    pub faces: Vec<FaceObservation>,
    /// What was measured of its pixels.
    pub measures: Measures,
}
