//! Less work between frames, tried out: what it saves and what it costs.

use crate::figures::{Track, distance, side};
use crate::footage::{Face, Faces, Footage};
use face_vision::{FaceDetector, Rect};

/// What to do where the last two frames had one steady face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Variant {
    /// Every second frame, the face stays where it was.
    Hold,
    /// Every second frame, the face moves on at its speed.
    Predict,
    /// Every frame, look only in a square of so many face sizes around the last face; the whole frame
    /// at once if nothing is there.
    Region(f32),
}

/// A face is steady if its box overlaps the one before by this much.
const STEADY: f32 = 0.7;

/// What a variant did on a sequence, against looking at every frame as a whole.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Frames in all.
    pub frames: usize,
    /// Runs of the network.
    pub runs: usize,
    /// Frames that were not looked at as a whole.
    pub short: usize,
    /// Of these, frames with another number of faces than the whole frame has.
    pub wrong: usize,
    /// Of the others, those that show one face.
    pub one: usize,
    /// Over these: sum of the overlap with the whole frame's box.
    pub overlap: f64,
    /// Over these: sum of the centres' distance, in per cent of the face's size.
    pub off: f64,
    /// The largest such distance.
    pub largest: f64,
}

impl Cost {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            frames: self.frames + other.frames,
            runs: self.runs + other.runs,
            short: self.short + other.short,
            wrong: self.wrong + other.wrong,
            one: self.one + other.one,
            overlap: self.overlap + other.overlap,
            off: self.off + other.off,
            largest: self.largest.max(other.largest),
        }
    }

    fn compare(&mut self, faces: &Faces, whole: &Faces) {
        self.short += 1;
        if faces.len() != whole.len() {
            self.wrong += 1;
        } else if let ([face], [truth]) = (&faces[..], &whole[..]) {
            self.one += 1;
            self.overlap += f64::from(face.bbox.overlap(&truth.bbox));
            let off = 100.0 * distance(face.bbox.centre(), truth.bbox.centre()) / side(&truth.bbox);
            self.off += off;
            self.largest = self.largest.max(off);
        }
    }
}

/// A variant on its way through a sequence of frames.
pub struct Tracker {
    variant: Variant,
    /// The last two frames looked at and what was found, older first.
    seen: [(usize, Faces); 2],
    /// What it did.
    pub cost: Cost,
    /// What it says of each frame.
    pub track: Track,
}

impl Tracker {
    /// At the start of a sequence.
    pub fn new(variant: Variant) -> Self {
        let seen = [(0, Faces::new()), (0, Faces::new())];
        Self { variant, seen, cost: Cost::default(), track: Track::new() }
    }

    /// The next frame; `whole` is what looking at all of it finds.
    ///
    /// # Errors
    /// The detector's own.
    pub fn next(
        &mut self,
        footage: &Footage,
        rgb: &[u8],
        whole: &Faces,
        detector: &mut dyn FaceDetector,
    ) -> Result<(), String> {
        let frame = self.cost.frames;
        self.cost.frames += 1;
        let [(then, before), (now, last)] = &self.seen;
        let steady = match (&before[..], &last[..]) {
            ([before], [last]) if before.bbox.overlap(&last.bbox) >= STEADY => {
                Some((*before, *last))
            }
            _ => None,
        };
        let looked_at_last = frame == now + 1;
        let (faces, looked, short) = match (steady, self.variant) {
            (Some((_, last)), Variant::Hold) if looked_at_last => (vec![last], false, true),
            (Some((before, last)), Variant::Predict) if looked_at_last => {
                (vec![onwards(&before, &last, 1.0 / (now - then) as f32)], false, true)
            }
            (Some((_, last)), Variant::Region(sizes)) => {
                self.cost.runs += 1;
                let region = around(footage, &last.bbox, sizes);
                let faces = footage.detect_within(detector, rgb, region)?;
                let lost = faces.is_empty();
                self.cost.runs += usize::from(lost);
                if lost { (whole.clone(), true, false) } else { (faces, true, true) }
            }
            _ => {
                self.cost.runs += 1;
                (whole.clone(), true, false)
            }
        };
        if short {
            self.cost.compare(&faces, whole);
        }
        self.track.push(faces.first().map(|face| face.bbox));
        if looked {
            self.seen.rotate_left(1);
            self.seen[1] = (frame, faces);
        }
        Ok(())
    }
}

/// The same motion once more, or a share of it.
fn onwards(before: &Face, last: &Face, share: f32) -> Face {
    let (a, b) = (before.bbox, last.bbox);
    let on = |a: f32, b: f32| b + share * (b - a);
    let bbox = Rect {
        x: on(a.x, b.x),
        y: on(a.y, b.y),
        width: on(a.width, b.width),
        height: on(a.height, b.height),
    };
    Face { bbox, ..*last }
}

/// The square around a face, within the frame, in whole pixels.
fn around(footage: &Footage, face: &Rect, sizes: f32) -> [usize; 4] {
    let centre = face.centre();
    let half = sizes * face.width.max(face.height) / 2.0;
    let span = |middle: f32, length: u32| {
        let start = (middle - half).round().clamp(0.0, (length - 1) as f32);
        let end = (middle + half).round().clamp(start + 1.0, length as f32);
        (start as usize, (end - start) as usize)
    };
    let ((left, width), (top, height)) =
        (span(centre.x, footage.width), span(centre.y, footage.height));
    [left, top, width, height]
}
