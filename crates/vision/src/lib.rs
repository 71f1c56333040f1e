//! Finds faces in camera frames and cuts the crops a liveness check is made of.
//!
//! A [`FrameView`] borrows a frame as the camera gave it (RGB, RGBA, I420 or NV12). A
//! [`FaceDetector`] answers with boxes and keypoints in the frame's pixels; [`BlazeFace`] is the one
//! in use, running on tract from the weights that `cargo xtask models` converts. [`FaceCrop`] cuts
//! 224 x 224 RGB around a box and encodes it as PNG. A [`QualityMeter`] says what the frame is like: light,
//! sharpness, pose.
//!
//! The crate is pure: no clock, no threads, no files, no browser. The feature `onnx` adds tract-onnx:
//! [`CustomDetector`] runs a detector that somebody else brings, and the tests load the built-in one
//! from its ONNX form.

mod anchors;
#[cfg(feature = "bench")]
pub mod bench;
mod blazeface;
mod color;
mod crop;
mod crop_axis;
#[cfg(feature = "onnx")]
mod custom;
mod decode;
mod frame;
mod fused;
#[cfg(all(test, feature = "stock"))]
mod fused_tests;
mod geometry;
mod kernels;
mod letterbox;
mod measures;
mod network;
mod nms;
mod png;
mod resample;
mod smooth;
#[cfg(feature = "stock")]
mod stock;
mod weights;

pub use blazeface::{BlazeFace, DEFAULT_THRESHOLD, DetectError, FaceDetector, ModelError};
pub use color::{ColorMatrix, ColorSpace};
pub use crop::{CROP_SIDE, CropError, CropRule, FaceCrop};
#[cfg(feature = "onnx")]
pub use custom::{CustomDetector, CustomError, DetectorKind, MAX_INPUT_SIDE};
pub use frame::{FrameError, FrameView, MAX_FRAME_SIDE, PixelFormat, PlaneLayout, frame_to_rgb};
pub use geometry::{Detection, Keypoints, Point, Rect};
pub use measures::{FrameQuality, QualityMeter};
pub use network::RawOutputs;
pub use png::{PngError, encode_png};
pub use smooth::{BoxSmoother, Smoothing};
pub use weights::WeightsError;
