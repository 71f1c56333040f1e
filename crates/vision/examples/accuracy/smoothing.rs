//! Smoothing tried out: on tracks, and on motion whose truth is known.

use crate::figures::{Following, Jitter, Track};
use face_vision::{BoxSmoother, Detection, Keypoints, Point, Rect, Smoothing};

/// Frames a second of all clips.
pub const FPS: f64 = 30.0;

/// The track after smoothing, frame by frame.
pub fn smooth(track: &Track, smoothing: Smoothing, fps: f64) -> Track {
    let mut smoother = BoxSmoother::new(smoothing);
    let keypoints = Keypoints::from_array([Point::default(); Keypoints::COUNT]);
    let one = |(frame, bbox): (usize, &Option<Rect>)| {
        let faces: Vec<_> =
            bbox.iter().map(|bbox| Detection { bbox: *bbox, keypoints, score: 1.0 }).collect();
        smoother.observe(frame as f64 * 1000.0 / fps, &faces);
        bbox.as_ref().map(|bbox| smoother.steady(bbox))
    };
    track.iter().enumerate().map(one).collect()
}

/// A smoothing's effect on several tracks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Effect {
    /// Shake of the centre, as a share of the raw track's; mean over tracks.
    pub shake: f64,
    /// Shake of the size, likewise.
    pub size_shake: f64,
    /// Step of the centre, likewise.
    pub step: f64,
    /// Longest lag of a track, in frames.
    pub lag: f64,
    /// Largest distance of the centres, in per cent of the face's size.
    pub largest: f64,
}

impl Effect {
    /// Of `smoothing` on all of them.
    pub fn of(smoothing: Smoothing, tracks: &[Track]) -> Self {
        let mut sum = Self::default();
        for raw in tracks {
            let smoothed = smooth(raw, smoothing, FPS);
            let (before, after) = (Jitter::of(raw), Jitter::of(&smoothed));
            let following = Following::of(&smoothed, raw);
            let share = 1.0 / tracks.len() as f64;
            sum.shake += share * after.shake / before.shake;
            sum.size_shake += share * after.size_shake / before.size_shake;
            sum.step += share * after.step / before.step;
            sum.lag = sum.lag.max(following.lag);
            sum.largest = sum.largest.max(following.largest);
        }
        sum
    }
}

/// A motion whose truth is known.
#[derive(Debug, Clone, Copy)]
pub enum Motion {
    /// Not at all.
    Rest,
    /// Evenly to the right, in face sizes a second.
    Even(f64),
    /// To and fro: amplitude in face sizes, turns a second.
    Sway(f64, f64),
}

impl Motion {
    /// Its boxes at so many frames a second for ten seconds, and the same as a detector would give
    /// them: with white noise of 0.4 % of the face's size, the most seen on the live clips.
    pub fn tracks(self, fps: f64) -> (Track, Track) {
        let mut noise = Noise(0x2545_f491_4f6c_dd1d);
        let boxes = (0..(10.0 * fps) as usize).map(|frame| {
            let t = frame as f64 / fps;
            let x = match self {
                Self::Rest => 0.0,
                Self::Even(speed) => speed * t,
                Self::Sway(far, turns) => far * (std::f64::consts::TAU * turns * t).sin(),
            };
            let side = 150.0;
            let mut trembling = || 0.004 * side * noise.next();
            let bbox = |x: f64, y: f64, side: f64| Rect {
                x: (x - side / 2.0) as f32,
                y: (y - side / 2.0) as f32,
                width: side as f32,
                height: side as f32,
            };
            let (x, y) = (300.0 + 150.0 * x, 240.0);
            let seen = bbox(x + trembling(), y + trembling(), side + trembling());
            (Some(bbox(x, y, side)), Some(seen))
        });
        boxes.unzip()
    }
}

/// Normal deviates, the same on every machine.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        // The sum of twelve uniform ones, less their mean.
        let mut sum = -6.0;
        for _ in 0..12 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            sum += (self.0 >> 11) as f64 / (1u64 << 53) as f64;
        }
        sum
    }
}
