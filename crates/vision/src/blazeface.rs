//! BlazeFace, short range: frame in, faces out.

use crate::anchors::{INPUT_SIDE, anchors};
use crate::decode::decode;
use crate::frame::FrameView;
use crate::fused;
use crate::geometry::Detection;
use crate::letterbox::Letterbox;
use crate::network::{Network, RawOutputs};
use crate::nms::suppress;
use crate::weights::{self, WeightsError};
use thiserror::Error;
use tract_core::prelude::{TractError, TractResult, TypedModel};

/// Lowest score that counts as a face, as in MediaPipe's face detection graph.
pub const DEFAULT_THRESHOLD: f32 = 0.5;

/// Finds faces in a frame.
pub trait FaceDetector {
    /// The faces in the frame, best score first; none is an empty list.
    ///
    /// # Errors
    /// [`DetectError`] when the detector itself fails, never because of what the frame shows.
    fn detect(&mut self, frame: &FrameView<'_>) -> Result<Vec<Detection>, DetectError>;
}

/// Why a frame could not be searched for faces.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetectError {
    /// The network failed to run.
    #[error("the face detector failed: {0}")]
    Inference(String),
    /// The input given is not 128 x 128 x 3 values.
    #[error("an input of {0} values; the network takes 128 x 128 x 3")]
    InputLength(usize),
}

/// Why a model cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// The weights are not a BlazeFace's.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The network cannot be built.
    #[error("the face model cannot be built: {0}")]
    Graph(String),
    /// The threshold is not between 0 and 1.
    #[error("a threshold of {0}; it has to lie between 0 and 1")]
    Threshold(f32),
}

/// The detector, with its working memory.
#[derive(Debug)]
pub struct BlazeFace {
    network: Network,
    anchors: Vec<[f32; 2]>,
    threshold: f32,
}

impl BlazeFace {
    /// Builds the detector from the weights that `cargo xtask models` converts
    /// (`target/models/blazeface_short_range.bin`).
    ///
    /// # Errors
    /// [`ModelError::Weights`] for bytes that are something else, damaged or of another version.
    pub fn from_weights(blob: &[u8]) -> Result<Self, ModelError> {
        let layers = weights::parse(blob)?;
        // Our own operators need no optimising: building takes no longer than copying the weights.
        Self::with_model(fused::wire(&layers))
    }

    /// The same network from tract's own operators, optimised by tract: the oracle for the fused ones
    /// and their peer in the benches.
    ///
    /// # Errors
    /// As [`BlazeFace::from_weights`].
    #[cfg(feature = "stock")]
    pub fn from_weights_stock(blob: &[u8]) -> Result<Self, ModelError> {
        let layers = weights::parse(blob)?;
        Self::with_model(crate::stock::wire(&layers).and_then(|model| model.into_optimized()))
    }

    /// Builds the detector from the converted ONNX file: another way to the same network, to check the
    /// first one against.
    ///
    /// # Errors
    /// [`ModelError::Graph`] for a file that cannot be loaded or has other inputs and outputs.
    #[cfg(feature = "onnx")]
    pub fn from_onnx(mut bytes: &[u8]) -> Result<Self, ModelError> {
        use tract_onnx::prelude::{Framework, InferenceModelExt};
        let model = tract_onnx::onnx()
            .model_for_read(&mut bytes)
            .and_then(|model| model.into_typed()?.into_optimized());
        Self::with_model(model)
    }

    fn with_model(model: TractResult<TypedModel>) -> Result<Self, ModelError> {
        let network = model
            .and_then(Network::new)
            .map_err(|error| ModelError::Graph(format!("{error:#}")))?;
        Ok(Self { network, anchors: anchors(), threshold: DEFAULT_THRESHOLD })
    }

    /// The same detector with another lowest score; [`DEFAULT_THRESHOLD`] unless set.
    ///
    /// # Errors
    /// [`ModelError::Threshold`] outside 0 to 1.
    pub fn with_threshold(self, threshold: f32) -> Result<Self, ModelError> {
        if !(0.0..=1.0).contains(&threshold) {
            return Err(ModelError::Threshold(threshold));
        }
        Ok(Self { threshold, ..self })
    }

    /// Runs the bare network over 128 x 128 x 3 values, `[y][x][r, g, b]` in -1..=1.
    ///
    /// # Errors
    /// [`DetectError`] for another number of values, or when the network fails.
    pub fn run(&mut self, input: &[f32]) -> Result<RawOutputs, DetectError> {
        if input.len() != INPUT_SIDE * INPUT_SIDE * 3 {
            return Err(DetectError::InputLength(input.len()));
        }
        self.network
            .run(
                |target| target.copy_from_slice(input),
                |boxes, scores| RawOutputs { boxes: boxes.to_vec(), scores: scores.to_vec() },
            )
            .map_err(inference)
    }
}

impl FaceDetector for BlazeFace {
    fn detect(&mut self, frame: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
        let letterbox = Letterbox::new(frame, INPUT_SIDE);
        let candidates = self.network.run(
            |input| letterbox.fill(frame, input),
            |boxes, scores| decode(boxes, scores, &self.anchors, letterbox, self.threshold),
        );
        Ok(suppress(candidates.map_err(inference)?))
    }
}

fn inference(error: TractError) -> DetectError {
    DetectError::Inference(format!("{error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detector_can_move_between_threads() {
        fn needs_send<T: Send>() {}
        needs_send::<BlazeFace>();
    }

    #[test]
    fn damaged_weights_are_a_typed_error() {
        let error = BlazeFace::from_weights(b"<!doctype html>").map(|_| ()).unwrap_err();
        assert_eq!(error, ModelError::Weights(WeightsError::NotWeights));
    }
}
