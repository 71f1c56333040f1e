//! Differences between neighbouring crops after the scene's own motion is taken off.

use crate::prepared::{Area, Pair, Prepared};

/// Steepest gradient of a pixel that counts as smooth, in levels per pixel: elsewhere a misfit of a
/// fraction of a pixel outweighs what is looked for.
const SMOOTH: f32 = 3.0;

/// One smooth pixel's change.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// Column in the earlier crop.
    pub x: usize,
    /// Row in the earlier crop.
    pub y: usize,
    /// Later minus earlier, grey levels.
    pub levels: f32,
    /// Grey level in the earlier crop.
    pub luma: f32,
}

/// The smooth pixels' changes within an area; None where the crops could not be aligned.
pub fn changes(clip: &Prepared<'_>, pair: &Pair, area: Area) -> Option<Vec<Change>> {
    let scene = pair.scene?;
    let (from, to) = (&clip.luma[pair.from], &clip.luma[pair.to]);
    let area =
        area.and(&clip.content[pair.from]).and(&Area { left: 1, top: 1, right: 223, bottom: 223 });
    let target = clip.content[pair.to];
    let found = area
        .pixels()
        .filter_map(|(x, y)| {
            let at = y * from.width + x;
            let d = &from.data;
            let steep =
                (d[at + 1] - d[at - 1]).abs().max((d[at + from.width] - d[at - from.width]).abs())
                    / 2.0;
            let there = scene.apply([x as f64, y as f64]);
            let inside = target.contains(there[0].max(0.0) as usize, there[1].max(0.0) as usize);
            (steep < SMOOTH && inside).then(|| {
                let levels = to.sample(there[0] as f32, there[1] as f32) - d[at];
                Change { x, y, levels, luma: d[at] }
            })
        })
        .collect();
    Some(found)
}
