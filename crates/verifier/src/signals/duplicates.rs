//! Frozen and repeated frames: a camera never delivers the same picture twice.

use super::Reading;
use crate::prepared::Prepared;

/// The signal's name.
pub const NAME: &str = "duplicates";
/// Neighbours whose mean difference is below this, in grey levels, are the same picture: a sensor's
/// own noise, even after strong compression, leaves more.
const SAME_LEVELS: f32 = 0.12;

/// Value: the share (0 to 1) of neighbouring crops that are the same picture, exactly or nearly.
pub fn read(clip: &Prepared<'_>) -> Reading {
    let frames = clip.clip.frames();
    let exact = frames.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let same = (1..frames.len()).filter(|&i| difference(clip, i) < SAME_LEVELS).count();
    let pairs = frames.len() - 1;
    Reading::of(
        NAME,
        same as f64 / pairs as f64,
        format!("{same} of {pairs} neighbours the same, {exact} of them exactly"),
    )
}

fn difference(clip: &Prepared<'_>, i: usize) -> f32 {
    let area = clip.content[i - 1].and(&clip.content[i]);
    let (mut sum, mut count) = (0.0, 0u32);
    for (x, y) in area.pixels() {
        let at = y * clip.luma[i].width + x;
        sum += (clip.luma[i].data[at] - clip.luma[i - 1].data[at]).abs();
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / count as f32 }
}
