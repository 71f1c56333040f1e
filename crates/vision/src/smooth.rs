//! Steadies the box a crop is cut around.
//!
//! A detector's box trembles by about half a per cent of the face's size even for a still face.
//! [`BoxSmoother`] is a One-Euro filter (Casiez, Roussel, Vogel: "1 Euro Filter", CHI 2012) over centre
//! and size, with lengths in units of the face's size, that is never more than one frame late:
//! - each frame it goes more than half the way to the box detected, so even motion is followed within
//!   one frame;
//! - a leash: after each frame the smoothed centre lies within the distance the face itself moved since
//!   the frame before, or within 1 % of its size, whichever is more; likewise its size. So a step is
//!   followed in the frame after it.
//!
//! `docs/accuracy.md` has what this does to jitter and lag.
//!
//! Whether a face is well placed is still judged by the box as detected.

use crate::geometry::{Detection, Rect};
use std::f64::consts::TAU;

/// After a longer pause between frames, in milliseconds, smoothing starts anew.
const MAX_GAP_MS: f64 = 250.0;

/// Time counts as advancing by at least this from frame to frame, so that no speed is infinite.
const MIN_STEP_MS: f64 = 1.0;

/// A box that overlaps the last one by less is another face, or the same one elsewhere.
const MIN_OVERLAP: f32 = 0.5;

/// Cut-off of the low pass over the speed, in hertz, as the filter's authors have it.
const SPEED_CUTOFF_HZ: f64 = 1.0;

/// How much to smooth. The defaults are measured on real clips.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothing {
    /// Cut-off of the low pass over a face at rest, in hertz.
    pub rest_cutoff_hz: f64,
    /// What a speed of one face size a second adds to the cut-off, in hertz.
    pub speed_gain_hz: f64,
    /// Least share of the way to the box detected that the smoothed box goes in a frame; behind even
    /// motion it is `1 / share - 1` frames late at most.
    pub least_share: f64,
    /// How far the smoothed box may lie from the one detected, whatever the face does, as a share of
    /// the face's size.
    pub leash: f64,
}

impl Default for Smoothing {
    fn default() -> Self {
        Self { rest_cutoff_hz: 3.0, speed_gain_hz: 5.0, least_share: 0.55, leash: 0.01 }
    }
}

/// Follows one face from frame to frame.
#[derive(Debug, Clone, Default)]
pub struct BoxSmoother {
    smoothing: Smoothing,
    followed: Option<Followed>,
}

#[derive(Debug, Clone, Copy)]
struct Followed {
    timestamp_ms: f64,
    raw: Rect,
    smooth: Rect,
    centre: Pair,
    size: Pair,
}

impl BoxSmoother {
    /// A smoother that has seen nothing yet.
    pub fn new(smoothing: Smoothing) -> Self {
        Self { smoothing, followed: None }
    }

    /// Takes in the faces of a frame; every analysed frame has to come here, even one without faces.
    ///
    /// Of several faces it stays with the one it knows, else it takes the largest. It starts anew,
    /// with that face's box as it is, when no face overlaps the last box by half, after a pause of more
    /// than 250 ms, and when time does not advance.
    pub fn observe(&mut self, timestamp_ms: f64, faces: &[Detection]) {
        let boxes = || faces.iter().map(|face| face.bbox).filter(is_proper);
        let last = self.followed.take().filter(|last| {
            let gap = timestamp_ms - last.timestamp_ms;
            gap > 0.0 && gap <= MAX_GAP_MS
        });
        let same = last.and_then(|last| {
            boxes()
                .map(|raw| (raw.overlap(&last.raw), raw))
                .filter(|(overlap, _)| *overlap >= MIN_OVERLAP)
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map(|(_, raw)| last.followed_by(timestamp_ms, raw, &self.smoothing))
        });
        let largest = || boxes().max_by(|a, b| a.area().total_cmp(&b.area()));
        self.followed = same.or_else(|| largest().map(|raw| Followed::new(timestamp_ms, raw)));
    }

    /// The box to cut around for a face of the frame observed last: smoothed if it is the face that
    /// is followed, otherwise the box as it is.
    pub fn steady(&self, face: &Rect) -> Rect {
        match &self.followed {
            Some(followed) if followed.raw == *face => followed.smooth,
            _ => *face,
        }
    }
}

/// Sides of an area that is not infinite, so that no distance to another such box overflows.
fn is_proper(face: &Rect) -> bool {
    [face.x, face.y].iter().all(|value| value.is_finite())
        && face.width > 0.0
        && face.height > 0.0
        && face.area().is_finite()
}

impl Followed {
    fn new(timestamp_ms: f64, raw: Rect) -> Self {
        let (centre, size) = parts(&raw);
        Self { timestamp_ms, raw, smooth: raw, centre: Pair::new(centre), size: Pair::new(size) }
    }

    fn followed_by(mut self, timestamp_ms: f64, raw: Rect, smoothing: &Smoothing) -> Self {
        let seconds = (timestamp_ms - self.timestamp_ms).max(MIN_STEP_MS) / 1000.0;
        let unit = f64::from(raw.width.max(raw.height));
        let (centre, size) = parts(&raw);
        let [x, y] = self.centre.follow(centre, unit, seconds, smoothing);
        let [width, height] = self.size.follow(size, unit, seconds, smoothing);
        let corner = |middle: f64, length: f64| (middle - length / 2.0) as f32;
        self.smooth = Rect {
            x: corner(x, width),
            y: corner(y, height),
            width: width as f32,
            height: height as f32,
        };
        Self { timestamp_ms, raw, ..self }
    }
}

/// Centre and size; in double precision nothing is lost.
fn parts(face: &Rect) -> ([f64; 2], [f64; 2]) {
    let [x, y, width, height] = [face.x, face.y, face.width, face.height].map(f64::from);
    ([x + width / 2.0, y + height / 2.0], [width, height])
}

/// Two numbers smoothed as one, so that a diagonal is followed as fast as an axis.
#[derive(Debug, Clone, Copy)]
struct Pair {
    raw: [f64; 2],
    smooth: [f64; 2],
    /// In units a second.
    speed: [f64; 2],
}

impl Pair {
    fn new(value: [f64; 2]) -> Self {
        Self { raw: value, smooth: value, speed: [0.0; 2] }
    }

    fn follow(
        &mut self,
        raw: [f64; 2],
        unit: f64,
        seconds: f64,
        smoothing: &Smoothing,
    ) -> [f64; 2] {
        let share = |cutoff_hz: f64| {
            let turns = TAU * cutoff_hz * seconds;
            turns / (1.0 + turns)
        };
        let moved = minus(raw, self.raw);
        let speed = moved.map(|way| way / unit / seconds);
        self.speed = towards(self.speed, speed, share(SPEED_CUTOFF_HZ));
        let cutoff_hz = smoothing.rest_cutoff_hz + smoothing.speed_gain_hz * length(self.speed);
        self.smooth = towards(self.smooth, raw, share(cutoff_hz).max(smoothing.least_share));
        let off = length(minus(raw, self.smooth));
        let leash = length(moved).max(smoothing.leash * unit);
        if off > leash {
            self.smooth = towards(self.smooth, raw, 1.0 - leash / off);
        }
        self.raw = raw;
        self.smooth
    }
}

fn minus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn length(a: [f64; 2]) -> f64 {
    a[0].hypot(a[1])
}

/// From `a` to `b`: 0 stays, 1 arrives.
fn towards(a: [f64; 2], b: [f64; 2], share: f64) -> [f64; 2] {
    [0, 1].map(|i| a[i] + (b[i] - a[i]) * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Keypoints, Point};
    use proptest::prelude::*;

    const FRAME_MS: f64 = 1000.0 / 30.0;

    fn square(x: f32, y: f32, side: f32) -> Rect {
        Rect { x: x - side / 2.0, y: y - side / 2.0, width: side, height: side }
    }

    fn face(bbox: Rect) -> Detection {
        let keypoints = Keypoints::from_array([Point::default(); 6]);
        Detection { bbox, keypoints, score: 0.9 }
    }

    /// The smoothed boxes of one face at 30 frames a second.
    fn smoothed(boxes: &[Rect]) -> Vec<Rect> {
        let mut smoother = BoxSmoother::default();
        let follow = |(frame, bbox): (usize, &Rect)| {
            smoother.observe(frame as f64 * FRAME_MS, &[face(*bbox)]);
            smoother.steady(bbox)
        };
        boxes.iter().enumerate().map(follow).collect()
    }

    fn off(a: &Rect, b: &Rect) -> f32 {
        let (a, b) = (a.centre(), b.centre());
        (a.x - b.x).hypot(a.y - b.y)
    }

    #[test]
    fn a_still_face_stays_where_it_is() {
        let still = square(300.0, 200.0, 150.0);
        assert!(smoothed(&[still; 100]).iter().all(|found| off(found, &still) < 1e-3));
    }

    #[test]
    fn trembling_is_halved() {
        let mut state = 7u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 24) as f32 - 0.5
        };
        let boxes: Vec<_> =
            (0..300).map(|_| square(300.0 + noise(), 200.0 + noise(), 150.0 + noise())).collect();
        let restless = |track: &[Rect]| {
            track.windows(2).map(|two| f64::from(off(&two[0], &two[1])).powi(2)).sum::<f64>().sqrt()
        };
        assert!(restless(&smoothed(&boxes)) < 0.5 * restless(&boxes));
    }

    #[test]
    fn even_motion_is_followed_within_a_frame() {
        // From a tenth of a face a second to six; faster ones start anew at every frame.
        for way in [0.5, 1.5, 5.0, 15.0, 30.0] {
            let boxes: Vec<_> =
                (0..60).map(|t| square(way * t as f32, 0.5 * way * t as f32, 150.0)).collect();
            let moved = off(&boxes[1], &boxes[0]);
            for (found, raw) in smoothed(&boxes).iter().zip(&boxes) {
                assert!(off(found, raw) <= moved + 1e-2, "{way}: {found:?} {raw:?}");
            }
        }
    }

    #[test]
    fn a_step_is_reached_in_the_frame_after() {
        let (before, after) = (square(300.0, 200.0, 150.0), square(340.0, 200.0, 160.0));
        let boxes: Vec<_> = (0..20).map(|t| if t < 10 { before } else { after }).collect();
        let found = smoothed(&boxes);
        assert!(off(&found[10], &after) < 40.0, "{:?}", found[10]);
        assert!(off(&found[11], &after) <= 1.61 && (found[11].width - 160.0).abs() <= 1.61);
    }

    #[test]
    fn another_face_a_pause_and_a_clock_set_back_start_anew() {
        let near = square(302.0, 200.0, 150.0);
        for (time, second) in [
            (FRAME_MS, square(500.0, 200.0, 150.0)),
            (FRAME_MS, square(300.0, 200.0, 70.0)),
            (251.0, near),
            (0.0, near),
            (-10.0, near),
            (f64::NAN, near),
        ] {
            let mut smoother = BoxSmoother::default();
            smoother.observe(0.0, &[face(square(300.0, 200.0, 150.0))]);
            smoother.observe(time, &[face(second)]);
            assert_eq!(smoother.steady(&second), second, "{time} {second:?}");
        }
        let mut smoother = BoxSmoother::default();
        smoother.observe(0.0, &[face(square(300.0, 200.0, 150.0))]);
        smoother.observe(FRAME_MS, &[]);
        smoother.observe(2.0 * FRAME_MS, &[face(near)]);
        assert_eq!(smoother.steady(&near), near, "a frame without a face forgets it");
    }

    #[test]
    fn it_stays_with_the_face_it_knows() {
        let (known, larger) = (square(100.0, 100.0, 80.0), square(400.0, 200.0, 150.0));
        let moved = square(101.0, 100.0, 80.0);
        let mut smoother = BoxSmoother::default();
        smoother.observe(0.0, &[face(known)]);
        smoother.observe(FRAME_MS, &[face(larger), face(moved)]);
        assert_ne!(smoother.steady(&moved), moved);
        assert_eq!(smoother.steady(&larger), larger, "not the face that is followed");
        // At first sight of both, the larger one is followed.
        let mut smoother = BoxSmoother::default();
        smoother.observe(0.0, &[face(known), face(larger)]);
        let larger = square(401.0, 200.0, 150.0);
        smoother.observe(FRAME_MS, &[face(moved), face(larger)]);
        assert_ne!(smoother.steady(&larger), larger);
    }

    fn any_number() -> impl Strategy<Value = f32> {
        prop_oneof![8 => -2000.0f32..2000.0, 1 => proptest::num::f32::ANY]
    }

    fn any_box() -> impl Strategy<Value = Rect> {
        let side = || prop_oneof![8 => 1.0f32..800.0, 1 => proptest::num::f32::ANY];
        (any_number(), any_number(), side(), side()).prop_map(|(x, y, width, height)| Rect {
            x,
            y,
            width,
            height,
        })
    }

    proptest! {
        #[test]
        fn a_proper_box_stays_proper_whatever_came_before(
            frames in prop::collection::vec(
                (prop_oneof![9 => 1.0f64..100.0, 1 => proptest::num::f64::ANY],
                 prop::collection::vec(any_box(), 0..3)),
                1..30,
            ),
        ) {
            let mut smoother = BoxSmoother::default();
            let mut now = 0.0;
            for (pause, boxes) in frames {
                now += pause;
                let faces: Vec<_> = boxes.iter().copied().map(face).collect();
                smoother.observe(now, &faces);
                for raw in boxes.iter().filter(|raw| is_proper(raw)) {
                    let found = smoother.steady(raw);
                    prop_assert!(is_proper(&found), "{raw:?} became {found:?}");
                }
            }
        }

        #[test]
        fn the_leash_holds_and_the_size_stays_among_sizes_seen(
            moves in prop::collection::vec((-40.0f32..40.0, -40.0f32..40.0, 0.8f32..1.25), 2..60),
            pause in 5.0f64..200.0,
        ) {
            let mut smoother = BoxSmoother::default();
            let mut raw = square(320.0, 240.0, 150.0);
            smoother.observe(0.0, &[face(raw)]);
            let (mut least, mut most) = (raw.width, raw.width);
            for (frame, (dx, dy, growth)) in moves.into_iter().enumerate() {
                let (before, centre) = (raw, raw.centre());
                let side = (raw.width * growth).clamp(40.0, 400.0);
                raw = square(centre.x + dx, centre.y + dy, side);
                (least, most) = (least.min(side), most.max(side));
                smoother.observe((frame + 1) as f64 * pause, &[face(raw)]);
                let found = smoother.steady(&raw);
                let rest = 0.01 * side;
                prop_assert!(off(&found, &raw) <= off(&raw, &before).max(rest) + 0.01);
                let grown = (raw.width - before.width).abs();
                prop_assert!((found.width - side).abs() <= grown.max(rest) + 0.01);
                prop_assert!(found.width >= least - 0.01 && found.width <= most + 0.01);
            }
        }
    }
}
