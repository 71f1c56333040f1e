//! Whether a face is upright in its crop: a browser that does not know how a file is to be turned shows it lying.

use crate::cancel::Cancel;
use crate::error::VerifyError;
use crate::png_crop::{RgbCrop, SIDE};
use face_vision::{FaceDetector, FrameView};
use liveness_protocol::CROP_SIDE;

/// How many crops are turned; spread over those with a face.
const TURNED: usize = 6;
/// So many of them must look more like a face in another position. One or two do while a head turns away.
const ENOUGH: usize = 4;

/// Whether the faces lie on a side or upside down. `scored` has the index of each crop with a face, and the detector's
/// score for it. The detector knows upright faces best, so one that lies scores higher once its crop is turned upright;
/// its keypoints would not tell, as it marks a face on its head like an upright one.
pub(crate) fn lies(
    crops: &[RgbCrop],
    scored: &[(usize, f32)],
    detector: &mut dyn FaceDetector,
    cancel: &Cancel,
) -> Result<bool, VerifyError> {
    let tried = scored.len().min(TURNED);
    let mut lying = 0;
    for k in 0..tried {
        let left = tried - k;
        if lying + left < ENOUGH || lying >= ENOUGH {
            break;
        }
        cancel.check()?;
        let (index, upright) = scored[k * scored.len() / tried];
        let mut pixels = crops[index].pixels().to_vec();
        for _ in 0..3 {
            pixels = quarter_turn(&pixels);
            let frame = FrameView::rgb(&pixels, CROP_SIDE, CROP_SIDE, 3 * SIDE)?;
            if detector.detect(&frame)?.first().is_some_and(|face| face.score > upright) {
                lying += 1;
                break;
            }
        }
    }
    Ok(lying >= ENOUGH)
}

/// The same picture, turned clockwise.
fn quarter_turn(pixels: &[u8]) -> Vec<u8> {
    let mut turned = vec![0; pixels.len()];
    for (at, pixel) in pixels.chunks_exact(3).enumerate() {
        let (x, y) = (at % SIDE, at / SIDE);
        let to = 3 * (x * SIDE + (SIDE - 1 - y));
        turned[to..to + 3].copy_from_slice(pixel);
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png_crop::CROP_BYTES;

    #[test]
    fn four_quarter_turns_are_a_whole_one() {
        let picture: Vec<u8> = (0..CROP_BYTES).map(|at| (at * 31 % 251) as u8).collect();
        let once = quarter_turn(&picture);
        // What was at the top left is at the top right.
        assert_eq!(once[3 * (SIDE - 1)..3 * SIDE], picture[..3]);
        assert_ne!(once, picture);
        assert_eq!(quarter_turn(&quarter_turn(&quarter_turn(&once))), picture);
    }
}
