//! Boxes and points in a frame's pixels.
//!
//! The origin is the top left corner of the top left pixel, x grows to the right, y down; a pixel's
//! centre lies at (0.5, 0.5) from its corner.

/// A position, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// From the left edge.
    pub x: f32,
    /// From the top edge.
    pub y: f32,
}

/// An upright rectangle, in pixels; it may reach outside its frame.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Extent to the right.
    pub width: f32,
    /// Extent downwards.
    pub height: f32,
}

impl Rect {
    /// The point in the middle.
    pub fn centre(&self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Area, in square pixels; zero for a rectangle turned inside out.
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Intersection over union with another rectangle, 0 to 1.
    pub fn overlap(&self, other: &Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// The points a detector marks on a face. Right and left are the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Keypoints {
    /// Centre of the right eye.
    pub right_eye: Point,
    /// Centre of the left eye.
    pub left_eye: Point,
    /// Tip of the nose.
    pub nose_tip: Point,
    /// Centre of the mouth.
    pub mouth_centre: Point,
    /// Tragion of the right ear; `None` from a detector that does not mark ears.
    pub right_ear: Option<Point>,
    /// Tragion of the left ear; `None` from a detector that does not mark ears.
    pub left_ear: Option<Point>,
}

impl Keypoints {
    /// How many there can be.
    pub const COUNT: usize = 6;

    /// All six, in BlazeFace's own order, which is the order of the fields.
    pub fn from_array(
        [right_eye, left_eye, nose_tip, mouth_centre, right_ear, left_ear]: [Point; 6],
    ) -> Self {
        let (right_ear, left_ear) = (Some(right_ear), Some(left_ear));
        Self { right_eye, left_eye, nose_tip, mouth_centre, right_ear, left_ear }
    }

    /// In the order of the fields.
    pub fn to_array(self) -> [Option<Point>; Self::COUNT] {
        [
            Some(self.right_eye),
            Some(self.left_eye),
            Some(self.nose_tip),
            Some(self.mouth_centre),
            self.right_ear,
            self.left_ear,
        ]
    }
}

/// One face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// From the brows to the chin, in the frame's pixels; may reach outside the frame.
    pub bbox: Rect,
    /// In the frame's pixels; may lie outside the frame.
    pub keypoints: Keypoints,
    /// The model's confidence, 0 to 1.
    pub score: f32,
}
