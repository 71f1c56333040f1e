//! What happens when during a capture, as pure code.
//!
//! A [`Session`] takes [`Event`]s with the time they happened at and answers with [`Effect`]s for
//! its driver to carry out. Nothing here knows a browser, a clock or a network, so every path is
//! tested natively with simulated time.

pub mod config;
pub mod failure;
pub mod frame;
pub mod guidance;
pub mod pacing;
pub mod quality;
pub mod retry;
pub mod session;
mod timing;

pub use config::{ConfigError, FramingLimits, Limit, SessionConfig, SourceKind};
pub use failure::FailureCode;
pub use frame::{FaceBox, FaceObservation, FrameAnalysis};
pub use guidance::Guidance;
pub use retry::{RetryPolicy, parse_retry_after, retriable_status};
pub use session::{CaptureReport, Effect, Event, Session, State};
