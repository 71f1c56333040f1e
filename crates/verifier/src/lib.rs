//! Decides live or fake from the crops' own signals, without a network.
//!
//! A [`Clip`] of 10 to 120 face crops is measured by small [`signals`]; a logistic [`model`] weighs
//! them, hard rules settle what needs no weighing, and a [`Verifier`] gives the [`Assessment`]. What it
//! can and cannot detect is in `docs/verifier.md`: it is not certified, and its evidence is thin.

#![forbid(unsafe_code)]

pub mod aligned;
pub mod area;
pub mod cancel;
pub mod clip;
pub mod error;
pub mod faces;
mod fft;
pub mod grey;
pub mod homography;
pub mod likeness;
pub mod model;
pub mod parallel;
pub mod png_crop;
mod points;
pub mod prepared;
pub mod signals;
pub mod statistics;
#[cfg(test)]
mod synthetic;
pub mod track;
mod upright;
pub mod verifier;
mod wide;

pub use cancel::{Cancel, Cancelled};
pub use clip::{Clip, ClipError, MAX_FRAMES, MIN_FRAMES};
pub use error::VerifyError;
pub use faces::FaceProblem;
pub use png_crop::{DecodeError, MAX_PNG_BYTES, RgbCrop, decode_crop};
pub use verifier::{Assessment, SignalReading, Verifier};
