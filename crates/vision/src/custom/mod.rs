//! A face detector of the integrator's own: an ONNX file, run by tract's stock operators.
//!
//! A [`DetectorKind`] says what the file's input and outputs mean. Sampling, anchors, decoding and
//! suppression are those of the built-in detector wherever the conventions agree.

mod network;
mod onnx;
mod yunet;

use crate::anchors::{self, anchors};
use crate::blazeface::{DEFAULT_THRESHOLD, DetectError, FaceDetector};
use crate::decode::{ROW, decode};
use crate::frame::FrameView;
use crate::geometry::Detection;
use crate::nms::suppress;
use network::{Network, Wanted};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Longest side of a square input, in pixels.
pub const MAX_INPUT_SIDE: usize = 1280;

/// What an ONNX detector's input and outputs mean.
///
/// The input is one `f32` image of batch 1, in NHWC or NCHW, whichever the file declares. The frame
/// is centred in it with black borders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetectorKind {
    /// MediaPipe's short-range BlazeFace: 128 x 128 RGB in -1..=1. Outputs in any order, told apart by
    /// their shapes: `[1][896][16]` boxes with six keypoints in input pixels relative to the anchor,
    /// `[1][896][1]` logits. `models/README.md` describes such a file.
    BlazeFace,
    /// YuNet as OpenCV's `FaceDetectorYN` reads it (`face_detection_yunet_2023mar.onnx`): square BGR
    /// in 0..=255, its side a multiple of 32. Twelve outputs by name for the strides s of 8, 16 and 32,
    /// each with one row a cell: `cls_s` `[1][n][1]`, `obj_s` `[1][n][1]`, `bbox_s` `[1][n][4]`,
    /// `kps_s` `[1][n][10]`.
    YuNet,
}

impl DetectorKind {
    /// The name by which an option asks for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BlazeFace => "blazeface",
            Self::YuNet => "yunet",
        }
    }

    /// Lowest score that counts as a face unless another is set.
    pub const fn threshold(self) -> f32 {
        match self {
            Self::BlazeFace => DEFAULT_THRESHOLD,
            Self::YuNet => yunet::THRESHOLD,
        }
    }

    /// The side used where neither caller nor file ask for one.
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

impl FromStr for DetectorKind {
    type Err = CustomError;

    /// The kind of this name: `blazeface` or `yunet`.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::BlazeFace, Self::YuNet]
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| CustomError::Kind(name.to_owned()))
    }
}

impl fmt::Display for DetectorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a file cannot be used as a detector.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CustomError {
    /// The bytes are something else than an ONNX model, or a damaged one.
    #[error("not an ONNX model: {0}")]
    NotOnnx(String),
    /// The model uses operators that tract does not have; names with their domain unless it is ONNX's.
    #[error("the ONNX model uses operators that are not supported: {}", .0.join(", "))]
    Operators(Vec<String>),
    /// The operators are known, but this use of them is not.
    #[error("the ONNX model cannot be built: {0}")]
    Graph(String),
    /// The input or the outputs are not those of the kind.
    #[error("the ONNX model is no {kind} detector: {found}")]
    Mismatch {
        /// The kind asked for.
        kind: DetectorKind,
        /// What was found, and what should have been.
        found: String,
    },
    /// There is no such kind.
    #[error("no detector kind is called {0:?}")]
    Kind(String),
    /// An input side that the kind cannot have.
    #[error("an input side of {side} for {kind}")]
    Side {
        /// The kind asked for.
        kind: DetectorKind,
        /// The side asked for.
        side: usize,
    },
    /// The threshold is not within 0 to 1.
    #[error("a threshold of {0}; it has to lie within 0 and 1")]
    Threshold(f32),
}

impl CustomError {
    /// The stable code by which a page can tell the causes apart.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotOnnx(_) => "detector_invalid",
            Self::Operators(_) | Self::Graph(_) => "detector_unsupported",
            Self::Mismatch { .. } => "detector_mismatch",
            Self::Kind(_) | Self::Side { .. } | Self::Threshold(_) => "invalid_options",
        }
    }
}

/// A detector out of an ONNX file, with its working memory.
#[derive(Debug)]
pub struct CustomDetector {
    network: Network,
    kind: DetectorKind,
    anchors: Vec<[f32; 2]>,
    threshold: f32,
}

impl CustomDetector {
    /// Loads an ONNX file as a detector of the given kind.
    ///
    /// `side` is the side of the square input in pixels. Without one it is 128 for BlazeFace and 320
    /// for YuNet, also where a YuNet file declares another (OpenCV overrules it likewise); a file
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
        let file = onnx::File::parse(bytes, kind)?;
        let build = |side| Network::build(&file, kind, side, &kind.outputs(side));
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
