//! The kinds of detectors, and why a file cannot be used as one.

use std::fmt;
use thiserror::Error;

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
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BlazeFace => "blazeface",
            Self::YuNet => "yunet",
        }
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
    /// The bytes are not an ONNX model, or a damaged one.
    #[error("not an ONNX model: {0}")]
    NotOnnx(String),
    /// The model uses operators that tract does not have; their names, with the domain unless it is ONNX's own.
    #[error("the ONNX model uses operators that are not supported: {}", .0.join(", "))]
    Operators(Vec<String>),
    /// The operators are known, but this use of them is not.
    #[error("the ONNX model cannot be built: {0}")]
    Graph(String),
    /// The input or the outputs are not those of the kind.
    #[error("the ONNX model is not a {kind} detector: {found}")]
    Mismatch {
        /// The kind asked for.
        kind: DetectorKind,
        /// What was found, and what should have been.
        found: String,
    },
    /// An input side that the kind cannot have.
    #[error("{kind} cannot have an input side of {side}")]
    Side {
        /// The kind asked for.
        kind: DetectorKind,
        /// The side asked for.
        side: usize,
    },
    /// The threshold is not between 0 and 1.
    #[error("a threshold of {0}; it has to lie between 0 and 1")]
    Threshold(f32),
}
