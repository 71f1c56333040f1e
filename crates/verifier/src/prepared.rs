//! What several signals need of a clip, computed once: luma, the picture's bounds, tracked points.

use crate::cancel::{Cancel, Cancelled};
use crate::clip::Clip;
use crate::homography::{Homography, Match};
use crate::png_crop::{RgbCrop, SIDE};
use crate::track::{GreyImage, Pyramid, track};

/// Seconds between the two crops of a long pair: enough for a head to have moved.
const LONG_PAIR_SECONDS: f64 = 0.5;
/// The most pairs of each kind; longer clips are sampled evenly.
const MAX_PAIRS: usize = 12;
/// Half of a followed point's window, and a little motion, in pixels.
const WINDOW_MARGIN: usize = 9;
/// Pixels at the picture's border that resizing has mixed with the black outside.
const BORDER: usize = 3;

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
    fn shrunk(&self, margin: usize) -> Self {
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

    /// Its pixels, row by row.
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

/// Two crops of a clip and the points followed between them.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Index of the earlier crop.
    pub from: usize,
    /// Index of the later crop.
    pub to: usize,
    /// Points followed, anywhere in the picture.
    pub matches: Vec<Match>,
    /// The plane motion of most of the scene, crop jitter included; None where too little was found.
    pub scene: Option<Homography>,
}

/// A clip made ready for the signals.
#[derive(Debug)]
pub struct Prepared<'a> {
    /// The clip.
    pub clip: &'a Clip,
    /// Grey values of each crop.
    pub luma: Vec<GreyImage>,
    /// Where the camera's picture lies in each crop, without the black outside of the frame.
    pub content: Vec<Area>,
    /// Where the face is, typically.
    pub face: Area,
    /// Neighbouring crops.
    pub short: Vec<Pair>,
    /// Crops half a second apart.
    pub long: Vec<Pair>,
}

impl<'a> Prepared<'a> {
    /// Computes it; `face` is the box in the crops, [`CENTRAL_FACE`] where nothing better is known.
    ///
    /// # Errors
    /// [`Cancelled`] when the check is given up.
    pub fn new(clip: &'a Clip, face: Area, cancel: &Cancel) -> Result<Self, Cancelled> {
        let luma: Vec<GreyImage> = clip.frames().iter().map(luma_of).collect();
        let content: Vec<Area> = clip.frames().iter().map(content_of).collect();
        cancel.check()?;
        let pyramids: Vec<Pyramid> = luma.iter().map(Pyramid::new).collect();
        let count = clip.frames().len();
        let lag = ((LONG_PAIR_SECONDS * clip.fps()).round() as usize).clamp(2, count / 2);
        let pairs = |lag: usize| -> Result<Vec<Pair>, Cancelled> {
            starts(count - lag)
                .map(|from| {
                    cancel.check()?;
                    let to = from + lag;
                    // A point's window must not reach into the black: its edge does not move with the scene.
                    let area = content[from].and(&content[to]).shrunk(WINDOW_MARGIN);
                    let mut matches =
                        track(&pyramids[from], &pyramids[to], |x, y| area.contains(x, y));
                    matches.retain(|m| area.contains(m.to[0] as usize, m.to[1] as usize));
                    let scene = Homography::fit(&matches);
                    Ok(Pair { from, to, matches, scene })
                })
                .collect()
        };
        let (short, long) = (pairs(1)?, pairs(lag)?);
        Ok(Self { clip, luma, content, face, short, long })
    }

    /// The head: the face's box grown by hair, ears and chin.
    pub fn head(&self) -> Area {
        self.face.grown(0.15, 0.45, 0.15)
    }

    /// What all crops show of the camera's picture.
    pub fn common_content(&self) -> Area {
        self.content.iter().skip(1).fold(self.content[0], |all, one| all.and(one))
    }
}

/// Up to [`MAX_PAIRS`] of `0..count`, evenly spread.
fn starts(count: usize) -> impl Iterator<Item = usize> {
    let wanted = count.min(MAX_PAIRS);
    (0..wanted).map(move |k| if wanted == 1 { 0 } else { k * (count - 1) / (wanted - 1) })
}

/// BT.601 luma of 8-bit RGB.
pub fn luma_of_pixel(rgb: [u8; 3]) -> f32 {
    0.299 * f32::from(rgb[0]) + 0.587 * f32::from(rgb[1]) + 0.114 * f32::from(rgb[2])
}

fn luma_of(crop: &RgbCrop) -> GreyImage {
    let data = crop.pixels().chunks_exact(3).map(|p| luma_of_pixel([p[0], p[1], p[2]])).collect();
    GreyImage { width: SIDE, height: SIDE, data }
}

/// What lies outside the frame is exact black, reaching in from the crop's sides; the rest is content.
fn content_of(crop: &RgbCrop) -> Area {
    let black = |x: usize, y: usize| crop.rgb(x, y).iter().all(|&v| v <= 2);
    let row = |y: usize| (0..SIDE).all(|x| black(x, y));
    let column = |x: usize| (0..SIDE).all(|y| black(x, y));
    let top = (0..SIDE).take_while(|&y| row(y)).count();
    if top == SIDE {
        return Area { left: 0, top: 0, right: 0, bottom: 0 };
    }
    let bottom = SIDE - (0..SIDE).rev().take_while(|&y| row(y)).count();
    let left = (0..SIDE).take_while(|&x| column(x)).count();
    let right = SIDE - (0..SIDE).rev().take_while(|&x| column(x)).count();
    let inset = |low: usize| if low == 0 { 0 } else { low + BORDER };
    let outset = |high: usize| if high == SIDE { SIDE } else { high.saturating_sub(BORDER) };
    let area =
        Area { left: inset(left), top: inset(top), right: outset(right), bottom: outset(bottom) };
    Area { right: area.right.max(area.left), bottom: area.bottom.max(area.top), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{Scene, clip_of};

    #[test]
    fn the_outside_is_not_content() {
        let pixels: Vec<u8> = (0..SIDE * SIDE)
            .flat_map(|i| if i / SIDE < 20 || i % SIDE >= 200 { [0; 3] } else { [80, 90, 100] })
            .collect();
        let crop = RgbCrop::from_rgb(pixels).unwrap();
        assert_eq!(content_of(&crop), Area { left: 0, top: 23, right: 197, bottom: SIDE });
        let black = RgbCrop::from_rgb(vec![0; SIDE * SIDE * 3]).unwrap();
        assert_eq!(content_of(&black).pixels().count(), 0);
    }

    #[test]
    fn pairs_are_spread_over_the_clip() {
        assert_eq!(starts(5).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        let many: Vec<usize> = starts(119).collect();
        assert_eq!((many.len(), many[0], many[11]), (MAX_PAIRS, 0, 118));
        let clip = clip_of(&Scene::default(), 30);
        let prepared = Prepared::new(&clip, CENTRAL_FACE, &Cancel::default()).unwrap();
        assert!(prepared.long.iter().all(|p| p.to - p.from == 5 && p.to < 30));
        assert!(prepared.short.iter().all(|p| p.scene.is_some()));
    }
}
