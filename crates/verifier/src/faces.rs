//! Whether the crops really show a face: what the browser says is never believed.

use crate::area::Area;
use crate::cancel::Cancel;
use crate::clip::Clip;
use crate::error::VerifyError;
use crate::png_crop::{RgbCrop, SIDE};
use crate::statistics::median;
use crate::upright;
use face_vision::{Detection, FaceDetector, FrameView};
use liveness_protocol::CROP_SIDE;

/// The most crops searched; longer clips are sampled evenly.
const MAX_SEARCHED: usize = 30;
/// Share of the searched crops that must show a face of a plausible size.
const MIN_SHARE: f64 = 0.7;
/// The smallest plausible face, as a share of the crop's side; the crop rules give about a third.
const MIN_SIZE: f64 = 0.15;
/// Larger than this, there is too little around the face, as the API documents.
const TIGHT_SIZE: f64 = 0.5;

/// The faces found in a clip's crops.
#[derive(Debug, Clone, PartialEq)]
pub struct Faces {
    /// Where the face typically is; None without any.
    pub area: Option<Area>,
    /// The face's longer side as a share of the crop's, typically; 0 without any.
    pub size: f64,
    found: usize,
    plausible: usize,
    searched: usize,
    lying: bool,
}

/// Why material allows no decision.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FaceProblem {
    /// Too few crops show a face.
    #[error(
        "A face was found in only {found} of {searched} crops. Ensure that each crop shows the face."
    )]
    TooFew {
        /// Crops with a face.
        found: usize,
        /// Crops searched.
        searched: usize,
    },
    /// There are faces, but tiny ones.
    #[error(
        "The face is too small in the crop (face is {percent}% of image). Ensure crops are cut around the face (face should be ~30% of crop)."
    )]
    TooSmall {
        /// The face's longer side in per cent of the crop's.
        percent: u32,
    },
    /// The face is too dark to be judged.
    #[error("The face is too dark to be judged. Find better lighting.")]
    TooDark,
    /// The face lies on a side or upside down.
    #[error("The face is not upright. Ensure crops are turned as the camera or the file asks for.")]
    Lying,
}

impl Faces {
    /// Searches the crops.
    ///
    /// # Errors
    /// [`VerifyError`] when the detector fails, or the check is given up.
    pub fn find(
        clip: &Clip,
        detector: &mut dyn FaceDetector,
        cancel: &Cancel,
    ) -> Result<Self, VerifyError> {
        let count = clip.frames().len();
        let searched = count.min(MAX_SEARCHED);
        let (mut boxes, mut scored) = (Vec::new(), Vec::new());
        for k in 0..searched {
            cancel.check()?;
            let index = k * count / searched;
            if let Some(face) = best(detector, &clip.frames()[index])? {
                boxes.push(face.bbox);
                scored.push((index, face.score));
            }
        }
        let lying = upright::lies(clip.frames(), &scored, detector, cancel)?;
        let side = f64::from(CROP_SIDE);
        let sizes: Vec<f64> =
            boxes.iter().map(|b| f64::from(b.width.max(b.height)) / side).collect();
        let plausible = sizes.iter().filter(|&&size| size >= MIN_SIZE).count();
        let middle = |of: fn(&face_vision::Rect) -> f32| {
            (median(boxes.iter().map(|b| f64::from(of(b)))).round().clamp(0.0, side)) as usize
        };
        let area = Area {
            left: middle(|b| b.x),
            top: middle(|b| b.y),
            right: middle(|b| b.x + b.width),
            bottom: middle(|b| b.y + b.height),
        };
        let proper = area.left + SIDE / 10 < area.right && area.top + SIDE / 10 < area.bottom;
        Ok(Self {
            area: proper.then_some(area),
            size: median(sizes),
            found: boxes.len(),
            plausible,
            searched,
            lying,
        })
    }

    /// Whether most faces lie on a side or upside down.
    pub const fn lie(&self) -> bool {
        self.lying
    }

    /// Why these crops allow no decision, if so.
    pub fn problem(&self) -> Option<FaceProblem> {
        let needed = MIN_SHARE * self.searched as f64;
        if (self.found as f64) < needed {
            return Some(FaceProblem::TooFew { found: self.found, searched: self.searched });
        }
        if (self.plausible as f64) < needed || self.area.is_none() {
            return Some(FaceProblem::TooSmall { percent: percent(self.size) });
        }
        None
    }

    /// The documented warning for crops cut too tightly.
    pub fn warning(&self) -> Option<String> {
        (self.size > TIGHT_SIZE).then(|| {
            format!(
                "Crop appears too tight (face is {}% of image). Ensure crops include adequate margin around the face (face should be ~30% of crop).",
                percent(self.size)
            )
        })
    }
}

fn percent(share: f64) -> u32 {
    (100.0 * share).round() as u32
}

fn best(detector: &mut dyn FaceDetector, crop: &RgbCrop) -> Result<Option<Detection>, VerifyError> {
    let frame = FrameView::rgb(crop.pixels(), CROP_SIDE, CROP_SIDE, 3 * SIDE)?;
    Ok(detector.detect(&frame)?.into_iter().next())
}
