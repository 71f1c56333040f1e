//! Grey frames with a face, whose light and pose are known.

use super::Picture;
use face_vision::{Detection, FrameQuality, Keypoints, Point, QualityMeter, Rect};

pub const WIDTH: u32 = 640;
pub const HEIGHT: u32 = 480;
/// Luma of the drawn room, and of the drawn face.
pub const ROOM: u8 = 60;
pub const SKIN: u8 = 150;

/// A grey frame with a face, as a detector would mark it.
#[derive(Clone)]
pub struct Frame {
    pub picture: Picture,
    pub face: Detection,
}

/// How the head is held, in degrees: tilted to the right of the picture, turned there, nodding down.
#[derive(Clone, Copy, Default)]
pub struct Pose {
    pub roll: f32,
    pub yaw: f32,
    pub pitch: f32,
}

impl Pose {
    /// The detector's points of a head so held: eyes, nose and mouth in space, in distances between the eyes, turned
    /// and seen from the front. The nose stands out by 37 of 63 mm.
    pub fn keypoints(self, centre: Point, between: f32) -> Keypoints {
        let seen = |[x, y, z]: [f32; 3]| {
            let (sin, cos) = self.pitch.to_radians().sin_cos();
            let (y, z) = (y * cos + z * sin, z * cos - y * sin);
            let (sin, cos) = self.yaw.to_radians().sin_cos();
            let x = x * cos + z * sin;
            let (sin, cos) = self.roll.to_radians().sin_cos();
            let (x, y) = (x * cos - y * sin, x * sin + y * cos);
            Point { x: centre.x + x * between, y: centre.y + y * between }
        };
        Keypoints {
            right_eye: seen([-0.5, 0.0, 0.0]),
            left_eye: seen([0.5, 0.0, 0.0]),
            nose_tip: seen([0.0, 0.535, 37.0 / 63.0]),
            mouth_centre: seen([0.0, 1.05, 0.0]),
            right_ear: None,
            left_ear: None,
        }
    }
}

impl Frame {
    /// A bright face in a dark room, in the middle, looking straight ahead.
    pub fn new() -> Self {
        Self::with_face(Rect { x: 245.0, y: 165.0, width: 150.0, height: 150.0 })
    }

    pub fn with_face(bbox: Rect) -> Self {
        let between = 0.46 * bbox.width;
        let eyes = Point { x: bbox.centre().x, y: bbox.y + 0.3 * bbox.height };
        let face =
            Detection { bbox, keypoints: Pose::default().keypoints(eyes, between), score: 0.9 };
        let rgb = vec![ROOM; (WIDTH * HEIGHT * 3) as usize];
        let picture = Picture { rgb, width: WIDTH, height: HEIGHT };
        Self { picture, face }.filled(bbox, SKIN)
    }

    pub fn posed(mut self, pose: Pose) -> Self {
        let Keypoints { right_eye, left_eye, .. } = self.face.keypoints;
        let middle = Point { x: (right_eye.x + left_eye.x) / 2.0, y: right_eye.y };
        self.face.keypoints = pose.keypoints(middle, left_eye.x - right_eye.x);
        self
    }

    pub fn painted(mut self, area: Rect, colour: impl Fn(u32, u32) -> [u8; 3]) -> Self {
        let end = |start: f32, extent: f32, side: u32| ((start + extent).max(0.0) as u32).min(side);
        for y in area.y.max(0.0) as u32..end(area.y, area.height, HEIGHT) {
            for x in area.x.max(0.0) as u32..end(area.x, area.width, WIDTH) {
                let at = ((y * WIDTH + x) * 3) as usize;
                self.picture.rgb[at..at + 3].copy_from_slice(&colour(x, y));
            }
        }
        self
    }

    pub fn filled(self, area: Rect, luma: u8) -> Self {
        self.painted(area, |_, _| [luma; 3])
    }

    /// All of it, as by another exposure.
    pub fn lit(mut self, change: impl Fn(u8) -> u8) -> Self {
        self.picture.rgb.iter_mut().for_each(|value| *value = change(*value));
        self
    }

    pub fn moved(mut self, dx: f32, dy: f32) -> Self {
        self.face.bbox.x += dx;
        self.face.bbox.y += dy;
        self
    }

    /// A face of cells, alternately brighter and darker than its skin by this much.
    pub fn checked(self, cell: u32, by: u8) -> Self {
        let bbox = self.face.bbox;
        self.painted(bbox, |x, y| {
            [if (x / cell + y / cell).is_multiple_of(2) { SKIN + by } else { SKIN - by }; 3]
        })
    }

    /// Each pixel the mean of those around it.
    pub fn blurred(mut self, radius: u32) -> Self {
        let sharp = self.picture.rgb.clone();
        let luma = |x: u32, y: u32| u32::from(sharp[((y * WIDTH + x) * 3) as usize]);
        let count = (2 * radius + 1).pow(2);
        let inside = self.face.bbox;
        self = self.painted(inside, |x, y| {
            let rows = y - radius..=y + radius;
            let sum: u32 = rows
                .flat_map(|y| (x - radius..=x + radius).map(move |x| (x, y)))
                .map(|(x, y)| luma(x, y))
                .sum();
            [(sum / count) as u8; 3]
        });
        self
    }

    pub fn eye(&self, left: bool) -> Rect {
        let Keypoints { right_eye, left_eye, .. } = self.face.keypoints;
        let at = if left { left_eye } else { right_eye };
        // Somewhat more than what is looked at.
        let (width, height) = (0.3 * self.face.bbox.width, 0.2 * self.face.bbox.width);
        Rect { x: at.x - width / 2.0, y: at.y - height / 2.0, width, height }
    }

    pub fn around_eye(self, left: bool, luma: u8) -> Self {
        let area = self.eye(left);
        self.filled(area, luma)
    }

    /// An eye half of which is as dark as the other is bright.
    pub fn drawn_eye(self, left: bool, by: u8) -> Self {
        let area = self.eye(left);
        let middle = area.centre().x;
        self.painted(area, |x, _| {
            [if (x as f32 + 0.5) < middle { SKIN - by } else { SKIN + by }; 3]
        })
    }

    /// Paints the left half of the band in which the eyes are.
    pub fn half_band(self, luma: u8) -> Self {
        let Keypoints { right_eye, left_eye, .. } = self.face.keypoints;
        let between = left_eye.x - right_eye.x;
        let middle = (right_eye.x + left_eye.x) / 2.0;
        let area = Rect {
            x: middle - between,
            y: right_eye.y - 0.4 * between,
            width: between,
            height: 0.8 * between,
        };
        self.filled(area, luma)
    }

    pub fn above_and_beside(self, luma: u8) -> Self {
        let Rect { x, y, width, height } = self.face.bbox;
        let right = x + width;
        let (frame, bottom) = (WIDTH as f32, y + height);
        self.filled(Rect { x: 0.0, y: 0.0, width: frame, height: y }, luma)
            .filled(Rect { x: 0.0, y, width: x, height: bottom - y }, luma)
            .filled(Rect { x: right, y, width: frame - right, height: bottom - y }, luma)
    }

    pub fn below(self, luma: u8) -> Self {
        let y = self.face.bbox.y + self.face.bbox.height;
        let area = Rect { x: 0.0, y, width: WIDTH as f32, height: HEIGHT as f32 - y };
        self.filled(area, luma)
    }

    /// What is measured of this frame alone.
    pub fn alone(&self) -> FrameQuality {
        QualityMeter::default().measure(&self.picture.view(), 1_000.0, &[self.face])
    }

    /// What is measured of this frame, this long after another.
    pub fn after(&self, before: &Self, ms: f64) -> FrameQuality {
        let mut meter = QualityMeter::default();
        let _ = meter.measure(&before.picture.view(), 1_000.0, &[before.face]);
        meter.measure(&self.picture.view(), 1_000.0 + ms, &[self.face])
    }
}

/// The whole frame.
pub const WHOLE: Rect = Rect { x: 0.0, y: 0.0, width: WIDTH as f32, height: HEIGHT as f32 };
/// Its left half.
pub const LEFT_HALF: Rect = Rect { width: WIDTH as f32 / 2.0, ..WHOLE };
