//! Whether the frame has colour.

use super::scene::Scene;
use crate::frame::Samples;

/// Every how many samples along each side one is looked at.
const COLUMNS: usize = 24;
const ROWS: usize = 18;

/// An infrared camera's picture is grey all over; a grey room has at least a face in it.
pub(super) fn saturation(scene: &Scene<'_>) -> f32 {
    let (width, height) = (scene.view.width() as usize, scene.view.height() as usize);
    let mut sum = 0;
    for row in 0..ROWS {
        let y = (2 * row + 1) * height / (2 * ROWS);
        for column in 0..COLUMNS {
            let x = (2 * column + 1) * width / (2 * COLUMNS);
            let [r, g, b] = match scene.view.samples() {
                Samples::Packed { plane, step } => {
                    let pixel = &plane.row(y)[x * step..];
                    [pixel[0], pixel[1], pixel[2]]
                }
                Samples::Planar { y: luma, u, v, step, converter } => {
                    let [u, v] = [u, v].map(|plane| plane.row(y / 2)[x / 2 * step]);
                    converter.rgb_u8(luma.row(y)[x], u, v)
                }
            };
            sum += u32::from(r.max(g).max(b) - r.min(g).min(b));
        }
    }
    sum as f32 / (COLUMNS * ROWS) as f32
}
