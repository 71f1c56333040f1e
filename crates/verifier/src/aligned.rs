//! Differences between neighbouring crops after the scene's own motion is taken off.

use crate::area::Area;
use crate::grey::{GreyImage, split};
use crate::homography::Homography;
use crate::png_crop::SIDE;
use crate::wide::wide;

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
    let mut found = Vec::with_capacity(area.width() * area.height());
    let mut places = Places::new();
    for y in area.top..area.bottom {
        let row = from.row(y);
        places.find(from, scene, y, [area, target]);
        for (x, &luma) in row.iter().enumerate().take(area.right).skip(area.left) {
            if places.counts[x] {
                let at = places.at[x] as usize;
                let levels = to.mixed(at, places.across[x], places.down[x]) - luma;
                found.push(Change { y: y as u16, levels, luma });
            }
        }
    }
    found
}

/// Where the pixels of a row are in the later crop.
struct Places {
    /// Whether a pixel is smooth, and its place within the target.
    counts: [bool; SIDE],
    /// The index of the pixel before its place, and how far that is beyond.
    at: [u32; SIDE],
    across: [f32; SIDE],
    down: [f32; SIDE],
}

impl Places {
    fn new() -> Self {
        Self { counts: [false; SIDE], at: [0; SIDE], across: [0.0; SIDE], down: [0.0; SIDE] }
    }

    /// Finds those of row `y` of `area`, which does not reach the edges.
    fn find(&mut self, from: &GreyImage, scene: &Homography, y: usize, [area, target]: [Area; 2]) {
        let Area { left, right, .. } = area;
        let [above, below] = [y - 1, y + 1].map(|y| &from.row(y)[left..right]);
        let [before, behind] = [&from.row(y)[left - 1..right - 1], &from.row(y)[left + 1..=right]];
        let count = above.len();
        let (counts, at) = (&mut self.counts[left..right], &mut self.at[left..right]);
        let (across, down) = (&mut self.across[left..right], &mut self.down[left..right]);
        let bounds = [target.left, target.top, target.right, target.bottom].map(|v| v as f64);
        wide(
            #[inline(always)]
            || {
                for k in 0..count {
                    let steep =
                        (behind[k] - before[k]).abs().max((below[k] - above[k]).abs()) / 2.0;
                    let [x, y] = scene.apply([f64::from((left + k) as i32), f64::from(y as i32)]);
                    let inside = (x.max(0.0) >= bounds[0])
                        & (y.max(0.0) >= bounds[1])
                        & (x.max(0.0) < bounds[2])
                        & (y.max(0.0) < bounds[3]);
                    counts[k] = (steep < SMOOTH) & inside;
                    let ((x, fx), (y, fy)) = (split(x as f32, SIDE), split(y as f32, SIDE));
                    at[k] = (y * SIDE + x) as u32;
                    (across[k], down[k]) = (fx, fy);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grey::tests::texture;

    #[test]
    fn changes_are_those_of_each_pixel_by_itself() {
        let (from, to) = (texture([0.0; 2]), texture([6.0, -9.5]));
        // Turned, moved and in perspective, so that some of the area leaves the target.
        let scene = Homography([1.02, 0.03, 0.05, -0.03, 0.98, -0.08, 0.02, -0.01]);
        let area = Area { left: 0, top: 5, right: SIDE, bottom: 200 };
        let target = Area { left: 9, top: 0, right: 210, bottom: 190 };
        let found = changes(&from, &to, &scene, area, target);
        let mut rest = found.iter();
        for (x, y) in (5..200).flat_map(|y| (1..SIDE - 1).map(move |x| (x, y))) {
            let at = |x: usize, y: usize| from.row(y)[x];
            let across = (at(x + 1, y) - at(x - 1, y)).abs() / 2.0;
            let down = (at(x, y + 1) - at(x, y - 1)).abs() / 2.0;
            let there = scene.apply([x as f64, y as f64]);
            let inside =
                (9.0..210.0).contains(&there[0]) && (0.0..190.0).contains(&there[1].max(0.0));
            if across.max(down) >= SMOOTH || !inside {
                continue;
            }
            let change = rest.next().expect("a change for every smooth pixel");
            assert_eq!((usize::from(change.y), change.luma), (y, at(x, y)));
            let levels = to.sample(there[0] as f32, there[1] as f32) - at(x, y);
            assert!((change.levels - levels).abs() < 1e-3, "{x}, {y}: {} {levels}", change.levels);
        }
        assert!(rest.next().is_none());
        assert!((1000..40_000).contains(&found.len()), "{}", found.len());
    }
}
