//! Finds faces in camera frames and cuts the crops a liveness check is made of.
//!
//! A [`FrameView`] borrows a frame as the camera gave it (RGB, RGBA, I420 or NV12). A
//! [`FaceDetector`] answers with boxes and keypoints in the frame's pixels; [`BlazeFace`] is the one
//! in use, running on tract from the weights that `cargo xtask models` converts. [`FaceCrop`] cuts
//! 224 x 224 RGB around a box and encodes it as PNG.
//!
//! The crate is pure: no clock, no threads, no files, no browser. It compiles for
//! `wasm32-unknown-unknown` without the feature `onnx`, which adds the native oracle.

mod anchors;
mod blazeface;
mod color;
mod crop;
mod decode;
mod frame;
mod geometry;
mod graph;
mod letterbox;
mod nms;
mod png;
mod smooth;
mod weights;

pub use blazeface::{BlazeFace, DEFAULT_THRESHOLD, DetectError, FaceDetector, ModelError};
pub use color::{ColorMatrix, ColorSpace};
pub use crop::{CROP_SIDE, CropError, CropRule, FaceCrop};
pub use frame::{FrameError, FrameView, MAX_FRAME_SIDE, PixelFormat, PlaneLayout, frame_to_rgb};
pub use geometry::{Detection, Keypoints, Point, Rect};
pub use graph::RawOutputs;
pub use png::{PngError, encode_png};
pub use smooth::{BoxSmoother, Smoothing};
pub use weights::WeightsError;
