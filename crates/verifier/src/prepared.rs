//! What several signals need of a clip, computed once: luma, the picture's bounds, tracked points.

use crate::aligned::{self, Change};
use crate::area::{Area, CENTRAL_FACE};
use crate::cancel::{Cancel, Cancelled};
use crate::clip::Clip;
use crate::grey::GreyImage;
use crate::homography::{Homography, Match};
use crate::parallel;
use crate::png_crop::{RgbCrop, SIDE};
use crate::track::{Pyramid, track};

/// Seconds between the two crops of a long pair: enough for a head to have moved.
const LONG_PAIR_SECONDS: f64 = 0.5;
/// The most pairs of each kind; longer clips are sampled evenly.
const MAX_PAIRS: usize = 12;
/// Half of a followed point's window, and a little motion, in pixels.
const WINDOW_MARGIN: usize = 9;
/// Pixels at the picture's border that resizing has mixed with the black outside.
const BORDER: usize = 3;

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
    /// For each pair of neighbours, how the smooth pixels of what all crops show have changed; None where the crops
    /// could not be aligned.
    pub changes: Vec<Option<Vec<Change>>>,
}

impl<'a> Prepared<'a> {
    /// Computes it, on so many threads; the face is at [`CENTRAL_FACE`] unless something better is said.
    ///
    /// # Errors
    /// [`Cancelled`] when the check is given up.
    pub fn new(clip: &'a Clip, cancel: &Cancel, threads: usize) -> Result<Self, Cancelled> {
        let frames = clip.frames();
        let count = frames.len();
        let lag = ((LONG_PAIR_SECONDS * clip.fps()).round() as usize).clamp(2, count / 2);
        let pairs_by = |lag: usize| starts(count - lag).map(move |from| (from, from + lag));
        let ends: Vec<(usize, usize)> = pairs_by(1).chain(pairs_by(lag)).collect();

        let crops = parallel::map(threads, count, |i| {
            cancel.check()?;
            let luma = luma_of(&frames[i]);
            let followed = ends.iter().any(|&(from, to)| i == from || i == to);
            let pyramid = followed.then(|| Pyramid::new(&luma));
            Ok((luma, (content_of(&frames[i]), pyramid)))
        })?;
        let (luma, rest): (Vec<GreyImage>, Vec<_>) = crops.into_iter().unzip();
        let (content, pyramids): (Vec<Area>, Vec<Option<Pyramid>>) = rest.into_iter().unzip();

        let mut pairs = parallel::map(threads, ends.len(), |k| {
            cancel.check()?;
            let (from, to) = ends[k];
            let mut matches = Vec::new();
            if let (Some(earlier), Some(later)) = (&pyramids[from], &pyramids[to]) {
                // A point's window must not reach into the black: its edge does not move with the scene.
                let area = content[from].and(&content[to]).shrunk(WINDOW_MARGIN);
                matches = track(earlier, later, |x, y| area.contains(x, y));
                matches.retain(|m| area.contains(m.to[0] as usize, m.to[1] as usize));
            }
            let scene = Homography::fit(&matches);
            Ok(Pair { from, to, matches, scene })
        })?;
        drop(pyramids);
        let long = pairs.split_off(pairs_by(1).count());

        let common = common(&content);
        let changes = parallel::map(threads, pairs.len(), |k| {
            cancel.check()?;
            let Pair { from, to, scene, .. } = &pairs[k];
            let area = common.and(&content[*from]);
            Ok(scene.map(|scene| {
                aligned::changes(&luma[*from], &luma[*to], &scene, area, content[*to])
            }))
        })?;
        Ok(Self { clip, luma, content, face: CENTRAL_FACE, short: pairs, long, changes })
    }

    /// The same with the face here.
    pub fn with_face(self, face: Area) -> Self {
        Self { face, ..self }
    }

    /// The head: the face's box grown by hair, ears and chin.
    pub fn head(&self) -> Area {
        self.face.grown(0.15, 0.45, 0.15)
    }

    /// What all crops show of the camera's picture.
    pub fn common_content(&self) -> Area {
        common(&self.content)
    }
}

fn common(content: &[Area]) -> Area {
    content.iter().skip(1).fold(content[0], |all, one| all.and(one))
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
        let prepared = Prepared::new(&clip, &Cancel::default(), 2).unwrap();
        assert!(prepared.long.iter().all(|p| p.to - p.from == 5 && p.to < 30));
        assert!(prepared.short.iter().all(|p| p.scene.is_some()));
    }
}
