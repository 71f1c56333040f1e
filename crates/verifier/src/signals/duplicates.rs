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
    // Side by side, so that no addition waits for another.
    let mut sums = [0.0; 16];
    for (row, before) in clip.luma[i].within(area).zip(clip.luma[i - 1].within(area)) {
        for (row, before) in row.chunks(sums.len()).zip(before.chunks(sums.len())) {
            for ((sum, level), before) in sums.iter_mut().zip(row).zip(before) {
                *sum += (level - before).abs();
            }
        }
    }
    let count = area.width() * area.height();
    if count == 0 { 0.0 } else { sums.iter().sum::<f32>() / count as f32 }
}
