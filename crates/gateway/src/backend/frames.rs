//! Finds the face in whole frames, and cuts the crops that the verifier reads.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use face_vision::{BlazeFace, CropRule, FaceCrop, FaceDetector, Rect};
use liveness_verifier::{Cancel, Cancelled, DecodeError, RgbCrop};

use crate::domain::pictures::frame_input::{self, FrameInputError, RgbFrame};

/// Why frames give no crops.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// A frame cannot be read.
    #[error("frame {index} of those that are pictures by their heads: {source}")]
    Frame {
        /// Which one.
        index: usize,
        /// Why.
        source: FrameInputError,
    },
    /// Nobody waits for them any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The detector or the cutting failed.
    #[error("no crop could be cut: {0}")]
    Internal(String),
}

impl From<DecodeError> for CutError {
    fn from(error: DecodeError) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Cuts crops from frames. Each check has a detector to itself; they are kept for the next one.
pub struct FrameCutter {
    weights: Option<Arc<[u8]>>,
    idle: Mutex<Vec<BlazeFace>>,
}

impl FrameCutter {
    /// With detectors of these weights, each made when it is first needed. Without them the face is believed to be in
    /// the middle.
    pub fn new(weights: Option<&[u8]>) -> Self {
        Self { weights: weights.map(Arc::from), idle: Mutex::default() }
    }

    /// A crop for each frame that can be decoded, with its place, in their order. Where no face is found the crop is where it was
    /// last, or first will be: what the verifier makes of a face that comes and goes is its business. Gives up between two frames
    /// once `cancel` says so.
    ///
    /// # Errors
    /// [`CutError`]; that of a frame which cannot be decoded only where fewer than `least` are left without such.
    pub fn cut_all(
        &self,
        files: &[Bytes],
        least: usize,
        cancel: &Cancel,
    ) -> Result<Vec<(usize, RgbCrop)>, CutError> {
        let idle = self.lock().pop();
        let mut detector = match (idle, &self.weights) {
            (None, Some(weights)) => Some(
                BlazeFace::from_weights(weights)
                    .map_err(|error| CutError::Internal(error.to_string()))?,
            ),
            (idle, _) => idle,
        };
        let crops = cut_all(detector.as_mut(), files, least, cancel);
        self.lock().extend(detector);
        crops
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<BlazeFace>> {
        // A detector that panicked is not put back.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cut_all(
    mut detector: Option<&mut BlazeFace>,
    files: &[Bytes],
    least: usize,
    cancel: &Cancel,
) -> Result<Vec<(usize, RgbCrop)>, CutError> {
    let decode = |index: usize| {
        frame_input::decode(&files[index]).map_err(|source| CutError::Frame { index, source })
    };
    let (mut crops, mut first, mut last) = (Vec::with_capacity(files.len()), None, None);
    let mut damaged = None;
    for index in 0..files.len() {
        cancel.check()?;
        let frame = match decode(index) {
            Ok(frame) => frame,
            Err(error) => {
                damaged.get_or_insert(error);
                continue;
            }
        };
        last = find(detector.as_deref_mut(), &frame)?.or(last);
        first = first.or(last);
        crops.push((index, last.map(|face| cut(&frame, face)).transpose()?));
    }
    if let Some(error) = damaged.filter(|_| crops.len() < least) {
        return Err(error);
    }
    let crops = crops.into_iter().map(|(index, crop)| match crop {
        Some(crop) => Ok((index, crop)),
        None => {
            cancel.check()?;
            let frame = decode(index)?;
            let face = first.map_or_else(|| middle(&frame), Ok)?;
            Ok((index, cut(&frame, face)?))
        }
    });
    crops.collect()
}

/// The face that is found most surely.
fn find(detector: Option<&mut BlazeFace>, frame: &RgbFrame) -> Result<Option<Rect>, CutError> {
    let Some(detector) = detector else { return Ok(None) };
    let found = detector
        .detect(&frame.view().map_err(internal)?)
        .map_err(|error| CutError::Internal(error.to_string()))?;
    Ok(found.first().map(|face| face.bbox))
}

/// A box whose crop is the largest square in the middle.
fn middle(frame: &RgbFrame) -> Result<Rect, CutError> {
    let view = frame.view().map_err(internal)?;
    let (width, height) = (view.width() as f32, view.height() as f32);
    let side = width.min(height) / 3.0;
    Ok(Rect { x: (width - side) / 2.0, y: (height - side) / 2.0, width: side, height: side })
}

fn cut(frame: &RgbFrame, face: Rect) -> Result<RgbCrop, CutError> {
    let view = frame.view().map_err(internal)?;
    let crop = FaceCrop::cut(&view, &face, CropRule::default())
        .map_err(|error| CutError::Internal(error.to_string()))?;
    Ok(RgbCrop::from_rgb(crop.pixels())?)
}

fn internal(error: FrameInputError) -> CutError {
    CutError::Internal(error.to_string())
}
