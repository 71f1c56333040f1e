//! A face detector of the integrator's own: an ONNX file, run by tract's stock operators.
//!
//! A [`DetectorKind`] says what the file's input and outputs mean. Sampling, anchors, decoding and
//! suppression are those of the built-in detector wherever the conventions agree.

mod kind;
mod onnx_file;
mod onnx_network;
mod yunet;

pub use kind::{CustomError, DetectorKind};

use crate::anchors::{self, anchors};
use crate::blazeface::{DEFAULT_THRESHOLD, DetectError, FaceDetector};
use crate::decode::{ROW, decode};
use crate::frame::FrameView;
use crate::geometry::Detection;
use crate::nms::suppress;
use onnx_file::OnnxFile;
use onnx_network::{OnnxNetwork, Wanted};

/// Longest side of a square input, in pixels.
pub const MAX_INPUT_SIDE: usize = 1280;

impl DetectorKind {
    /// Lowest score that counts as a face unless another is set.
    pub const fn threshold(self) -> f32 {
        match self {
            Self::BlazeFace => DEFAULT_THRESHOLD,
            Self::YuNet => yunet::THRESHOLD,
        }
    }

    /// The side used where neither caller nor file asks for one.
    ///
    /// YuNet finds faces of up to about 300 input pixels: a larger input would lose those near the
    /// camera, at four times the work for 640.
    const fn side(self) -> usize {
        match self {
            Self::BlazeFace => anchors::INPUT_SIDE,
            Self::YuNet => 320,
        }
    }

    fn accepts(self, side: usize) -> bool {
        match self {
            Self::BlazeFace => side == anchors::INPUT_SIDE,
            Self::YuNet => {
                (yunet::STEP..=MAX_INPUT_SIDE).contains(&side) && side.is_multiple_of(yunet::STEP)
            }
        }
    }

    /// The outputs in the order in which they are read.
    fn outputs(self, side: usize) -> Vec<Wanted> {
        match self {
            Self::BlazeFace => vec![
                Wanted { name: None, rows: anchors::ANCHORS, columns: ROW },
                Wanted { name: None, rows: anchors::ANCHORS, columns: 1 },
            ],
            Self::YuNet => yunet::outputs(side),
        }
    }
}

/// A detector out of an ONNX file, with its working memory.
#[derive(Debug)]
pub struct CustomDetector {
    network: OnnxNetwork,
    kind: DetectorKind,
    anchors: Vec<[f32; 2]>,
    threshold: f32,
}

impl CustomDetector {
    /// Loads an ONNX file as a detector of the given kind.
    ///
    /// `side` is the side of the square input in pixels. Without one it is 128 for BlazeFace and 320
    /// for YuNet, even where a YuNet file declares another (OpenCV overrides it, too); a file
    /// that cannot be run at 320 is run at the side it declares.
    ///
    /// # Errors
    /// A [`CustomError`] that says what is wrong with the file, or [`CustomError::Side`].
    pub fn from_onnx(
        bytes: &[u8],
        kind: DetectorKind,
        side: Option<usize>,
    ) -> Result<Self, CustomError> {
        if let Some(side) = side.filter(|side| !kind.accepts(*side)) {
            return Err(CustomError::Side { kind, side });
        }
        let file = OnnxFile::parse(bytes, kind)?;
        let build = |side| OnnxNetwork::build(&file, kind, side, &kind.outputs(side));
        let network = match (side, file.declared_side()) {
            (Some(side), _) => build(side),
            (None, Some(declared)) if declared != kind.side() && kind.accepts(declared) => {
                build(kind.side()).or_else(|_| build(declared))
            }
            (None, _) => build(kind.side()),
        }?;
        let anchors = match kind {
            DetectorKind::BlazeFace => anchors(),
            DetectorKind::YuNet => Vec::new(),
        };
        Ok(Self { network, kind, anchors, threshold: kind.threshold() })
    }

    /// The same detector with another lowest score; [`DetectorKind::threshold`] unless set.
    ///
    /// # Errors
    /// [`CustomError::Threshold`] outside 0 to 1.
    pub fn with_threshold(self, threshold: f32) -> Result<Self, CustomError> {
        if !(0.0..=1.0).contains(&threshold) {
            return Err(CustomError::Threshold(threshold));
        }
        Ok(Self { threshold, ..self })
    }

    /// Side of the square input, in pixels.
    pub fn side(&self) -> usize {
        self.network.side()
    }
}

impl FaceDetector for CustomDetector {
    fn detect(&mut self, frame: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
        let (letterbox, outputs) = self
            .network
            .run(frame, self.kind)
            .map_err(|error| DetectError::Inference(format!("{error:#}")))?;
        let candidates = match (self.kind, &outputs[..]) {
            (DetectorKind::BlazeFace, [boxes, scores]) => {
                decode(boxes, scores, &self.anchors, letterbox, self.threshold)
            }
            (_, outputs) => yunet::decode(outputs, self.network.side(), letterbox, self.threshold),
        };
        Ok(suppress(candidates))
    }
}
