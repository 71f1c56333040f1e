//! Differences between neighbouring crops after the scene's own motion is taken off.

use crate::area::Area;
use crate::grey::GreyImage;
use crate::homography::Homography;
use crate::png_crop::SIDE;

/// Steepest gradient of a pixel that counts as smooth, in levels per pixel: elsewhere a misfit of a
/// fraction of a pixel outweighs what is looked for.
const SMOOTH: f32 = 3.0;

/// One smooth pixel's change.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// Row in the earlier crop.
    pub y: u16,
    /// Later minus earlier, grey levels.
    pub levels: f32,
    /// Grey level in the earlier crop.
    pub luma: f32,
}

/// The changes of an area's smooth pixels, row by row, where `scene` is the motion from one crop to the other;
/// pixels that leave `target` are left out.
pub fn changes(
    from: &GreyImage,
    to: &GreyImage,
    scene: &Homography,
    area: Area,
    target: Area,
) -> Vec<Change> {
    let area = area.and(&Area { left: 1, top: 1, right: SIDE - 1, bottom: SIDE - 1 });
    let mut found = Vec::new();
    for y in area.top..area.bottom {
        let (above, row, below) = (from.row(y - 1), from.row(y), from.row(y + 1));
        for x in area.left..area.right {
            let steep = (row[x + 1] - row[x - 1]).abs().max((below[x] - above[x]).abs()) / 2.0;
            if steep >= SMOOTH {
                continue;
            }
            let there = scene.apply([x as f64, y as f64]);
            if target.contains(there[0].max(0.0) as usize, there[1].max(0.0) as usize) {
                let levels = to.sample(there[0] as f32, there[1] as f32) - row[x];
                found.push(Change { y: y as u16, levels, luma: row[x] });
            }
        }
    }
    found
}
