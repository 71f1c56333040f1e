//! What is measured: right and wrong faces, agreement, jitter, lag.

use crate::footage::{Faces, Footage};
use face_vision::{Point, Rect};

/// Faces found, against the manifest's count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Faces that are there and were found.
    pub right: usize,
    /// Found, but not there.
    pub wrong: usize,
    /// There, but not found.
    pub missed: usize,
}

impl Counts {
    /// Over all frames. Where a frame shows one face whose place is known, only a box whose centre
    /// lies there is right; elsewhere the number decides.
    pub fn of(footage: &Footage, frames: &[Faces]) -> Self {
        let mut counts = Self::default();
        for faces in frames {
            let right = match &footage.place {
                Some(place) => {
                    faces.iter().filter(|face| contains(place, face.bbox.centre())).count()
                }
                None => faces.len(),
            };
            let right = right.min(footage.expected);
            counts.right += right;
            counts.wrong += faces.len() - right;
            counts.missed += footage.expected - right;
        }
        counts
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            wrong: self.wrong + other.wrong,
            missed: self.missed + other.missed,
        }
    }

    /// Share of the faces found that are there; 1 if none was found.
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    /// Share of the faces there that were found; 1 if there is none.
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn contains(place: &Rect, point: Point) -> bool {
    (place.x..=place.x + place.width).contains(&point.x)
        && (place.y..=place.y + place.height).contains(&point.y)
}

/// How far two detectors' boxes agree.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreement {
    /// Boxes of the reference.
    pub boxes: usize,
    /// Sum over them of the overlap with the nearest box, 0 where there is none.
    pub overlap: f64,
    /// The smallest of these; infinite if there are no boxes.
    pub least: f64,
    /// Boxes of one that overlap none of the other by half.
    pub alone: [usize; 2],
    /// Largest difference between the scores of overlapping boxes.
    pub score_difference: f64,
}

impl Agreement {
    /// Over all frames; `theirs` is the reference.
    pub fn of(ours: &[Faces], theirs: &[Faces]) -> Self {
        let mut sum = Self { least: f64::INFINITY, ..Self::default() };
        let nearest = |face: &Rect, others: &Faces| {
            let by_overlap = others.iter().map(|other| (face.overlap(&other.bbox), other.score));
            by_overlap.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, 0.0))
        };
        for (ours, theirs) in ours.iter().zip(theirs) {
            for face in theirs {
                let (overlap, score) = nearest(&face.bbox, ours);
                sum.boxes += 1;
                sum.overlap += f64::from(overlap);
                sum.least = sum.least.min(overlap.into());
                if overlap < 0.5 {
                    sum.alone[1] += 1;
                } else {
                    sum.score_difference =
                        sum.score_difference.max((score - face.score).abs().into());
                }
            }
            sum.alone[0] += ours.iter().filter(|face| nearest(&face.bbox, theirs).0 < 0.5).count();
        }
        sum
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            boxes: self.boxes + other.boxes,
            overlap: self.overlap + other.overlap,
            least: self.least.min(other.least),
            alone: [self.alone[0] + other.alone[0], self.alone[1] + other.alone[1]],
            score_difference: self.score_difference.max(other.score_difference),
        }
    }

    /// Mean intersection over union with the reference's boxes.
    pub fn mean_overlap(&self) -> f64 {
        if self.boxes == 0 { f64::NAN } else { self.overlap / self.boxes as f64 }
    }
}

/// The box of each frame; none where no face was found.
pub type Track = Vec<Option<Rect>>;

/// The face of each frame: the best where the manifest says it is, else the largest.
pub fn main_track(footage: &Footage, frames: &[Faces]) -> Track {
    let main = |faces: &Faces| {
        let boxes = || faces.iter().map(|face| face.bbox);
        match &footage.place {
            Some(place) => boxes().find(|bbox| contains(place, bbox.centre())),
            None => boxes().max_by(|a, b| a.area().total_cmp(&b.area())),
        }
    };
    frames.iter().map(main).collect()
}

/// How restless a track is, in per cent of the face's size.
#[derive(Debug, Clone, Copy, Default)]
pub struct Jitter {
    /// Mean distance of the centre from one frame to the next.
    pub step: f64,
    /// Deviation of the centre from even motion: root mean square of its second difference, over
    /// the square root of 6. For white noise this is the noise's own deviation in x and y together.
    pub shake: f64,
    /// The same of the longer side.
    pub size_shake: f64,
    /// Frames the figures rest on.
    pub frames: usize,
}

impl Jitter {
    /// Over all runs of frames with a face.
    pub fn of(track: &Track) -> Self {
        let mut sum = Self::default();
        for three in track.windows(3) {
            let [Some(a), Some(b), Some(c)] = three else { continue };
            // A cut is not jitter.
            if a.overlap(b).min(b.overlap(c)) < 0.5 {
                continue;
            }
            let size = side(b);
            let (before, after) =
                (distance(a.centre(), b.centre()), second(a.centre(), b.centre(), c.centre()));
            sum.step += before / size;
            sum.shake += (after / size).powi(2) / 6.0;
            sum.size_shake += ((side(a) - 2.0 * size + side(c)) / size).powi(2) / 6.0;
            sum.frames += 1;
        }
        let frames = sum.frames.max(1) as f64;
        Self {
            step: 100.0 * sum.step / frames,
            shake: 100.0 * (sum.shake / frames).sqrt(),
            size_shake: 100.0 * (sum.size_shake / frames).sqrt(),
            frames: sum.frames,
        }
    }
}

/// The longer side.
pub fn side(face: &Rect) -> f64 {
    f64::from(face.width.max(face.height))
}

/// Between two points.
pub fn distance(a: Point, b: Point) -> f64 {
    f64::from(a.x - b.x).hypot(f64::from(a.y - b.y))
}

fn second(a: Point, b: Point, c: Point) -> f64 {
    let bend = |a: f32, b: f32, c: f32| f64::from(a) - 2.0 * f64::from(b) + f64::from(c);
    bend(a.x, b.x, c.x).hypot(bend(a.y, b.y, c.y))
}

/// How a smoothed track follows the raw one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Following {
    /// The delay, in frames, at which the smoothed centre lies nearest to the raw one.
    pub lag: f64,
    /// Mean distance of the centres, in per cent of the face's size.
    pub mean: f64,
    /// Largest distance of the centres, in per cent of the face's size.
    pub largest: f64,
    /// Largest difference of the sizes, in per cent.
    pub largest_size: f64,
}

impl Following {
    /// Of two tracks over the same frames.
    pub fn of(smooth: &Track, raw: &Track) -> Self {
        let mut sum = Self { lag: lag(smooth, raw), ..Self::default() };
        let mut frames = 0.0;
        for (smooth, raw) in smooth.iter().zip(raw) {
            let (Some(smooth), Some(raw)) = (smooth, raw) else { continue };
            let off = 100.0 * distance(smooth.centre(), raw.centre()) / side(raw);
            sum.mean += off;
            sum.largest = sum.largest.max(off);
            let size = 100.0 * (side(smooth) / side(raw) - 1.0).abs();
            sum.largest_size = sum.largest_size.max(size);
            frames += 1.0;
        }
        sum.mean /= f64::max(frames, 1.0);
        sum
    }
}

/// The delay of least squares, in frames, between 0 and 4 in steps of 1/20.
fn lag(smooth: &Track, raw: &Track) -> f64 {
    const LONGEST: usize = 4;
    const STEPS: usize = 20;
    let misfit = |delay: f64| -> f64 {
        let whole = delay.floor() as usize;
        let part = (delay - delay.floor()) as f32;
        (LONGEST + 1..raw.len())
            .filter_map(|t| {
                let (near, far) = (raw[t - whole]?.centre(), raw[t - whole - 1]?.centre());
                let mix = |near: f32, far: f32| near + (far - near) * part;
                let then = Point { x: mix(near.x, far.x), y: mix(near.y, far.y) };
                Some(distance(smooth[t]?.centre(), then).powi(2))
            })
            .sum()
    };
    (0..=LONGEST * STEPS)
        .map(|step| step as f64 / STEPS as f64)
        .min_by(|a, b| misfit(*a).total_cmp(&misfit(*b)))
        .unwrap_or(0.0)
}
