//! The logic of a capture as pure code: what happens when.
//!
//! A [`Session`] takes [`Event`]s with the time at which they happened and returns [`Effect`]s for
//! its driver to carry out. Nothing here depends on a browser, a clock or a network, so every path is
//! tested natively with simulated time.

#![forbid(unsafe_code)]

pub mod analysis;
pub mod config;
mod escalation;
pub mod failure;
pub mod guidance;
pub mod help;
pub mod pacing;
pub mod playback;
pub mod quality;
pub mod session;
mod timing;
pub mod upload_window;

pub use analysis::{FaceBox, FaceObservation, FrameAnalysis};
pub use config::{ConfigError, SessionConfig, SourceKind};
pub use escalation::Escalation;
pub use failure::FailureCode;
pub use guidance::Guidance;
pub use help::{Aid, Help};
pub use session::{CaptureReport, Effect, Event, Session, SourcePause, State};
pub use upload_window::UploadWindow;
