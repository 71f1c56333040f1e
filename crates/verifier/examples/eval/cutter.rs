//! Crops as the browser cuts them: from frames in planes, as a camera delivers them.

use crate::footage::{HEIGHT, WIDTH};
use face_vision::{ColorSpace, CropRule, FaceCrop, FaceDetector, FrameView, PlaneLayout};
use liveness_verifier::RgbCrop;

/// Finds the face in frames and cuts the documented crop.
pub struct Cutter {
    detector: Box<dyn FaceDetector>,
}

impl Cutter {
    /// With this detector.
    pub fn new(detector: Box<dyn FaceDetector>) -> Self {
        Self { detector }
    }

    /// A crop for each RGB frame; None where no face is found.
    pub fn cut_all(&mut self, frames: &[Vec<u8>]) -> Result<Vec<Option<RgbCrop>>, String> {
        frames.iter().map(|frame| self.cut(frame)).collect()
    }

    fn cut(&mut self, rgb: &[u8]) -> Result<Option<RgbCrop>, String> {
        let bytes = i420(rgb);
        let luma = WIDTH * HEIGHT;
        let plane = |offset, stride| PlaneLayout { offset, stride };
        let planes = [plane(0, WIDTH), plane(luma, WIDTH / 2), plane(luma * 5 / 4, WIDTH / 2)];
        let color = ColorSpace::default();
        let view = FrameView::i420(&bytes, WIDTH as u32, HEIGHT as u32, planes, color)
            .map_err(|e| e.to_string())?;
        let faces = self.detector.detect(&view).map_err(|e| e.to_string())?;
        let Some(face) = faces.first() else { return Ok(None) };
        let crop =
            FaceCrop::cut(&view, &face.bbox, CropRule::default()).map_err(|e| e.to_string())?;
        RgbCrop::from_rgb(crop.pixels()).map(Some).map_err(|e| e.to_string())
    }
}

/// BT.601, limited range; a block of 2 x 2 pixels shares the chroma of its mean.
fn i420(rgb: &[u8]) -> Vec<u8> {
    let weigh = |[r, g, b]: [f32; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
    let pixels: Vec<[f32; 3]> =
        rgb.as_chunks().0.iter().map(|pixel: &[u8; 3]| pixel.map(f32::from)).collect();
    let luma = pixels.iter().map(|pixel| (16.0 + weigh(*pixel) * 219.0 / 255.0).round() as u8);
    let mut bytes: Vec<u8> = luma.collect();
    let blocks: Vec<[f32; 3]> = pixels
        .chunks_exact(2 * WIDTH)
        .flat_map(|rows| {
            (0..WIDTH).step_by(2).map(|x| [x, x + 1, x + WIDTH, x + WIDTH + 1].map(|i| rows[i]))
        })
        .map(|block| [0, 1, 2].map(|c| block.iter().map(|pixel| pixel[c]).sum::<f32>() / 4.0))
        .collect();
    for (channel, range) in [(2, 1.772), (0, 1.402)] {
        bytes.extend(blocks.iter().map(|mean| {
            let chroma = (mean[channel] - weigh(*mean)) / range;
            (128.0 + chroma * 224.0 / 255.0).round() as u8
        }));
    }
    bytes
}
