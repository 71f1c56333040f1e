//! What Rust and TypeScript exchange: page and worker, package and modules.
//!
//! Everything is defined here once. `cargo xtask generate` writes TypeScript's side,
//! `js/src/generated/`; the suite fails when it is stale.

mod face_record;
mod from_worker;
mod options;
pub mod read;
mod snapshot;
mod tagged;
mod to_worker;
#[cfg(feature = "typescript")]
pub mod typescript;
mod words;

pub use face_record::{FaceRecord, NUMBERS_PER_FACE};
pub use from_worker::{Analysed, Answered, Cut, EngineFault, FromWorker, Note, Noted, Unanswered};
pub use options::{
    CheckOptions, Credentials, CropRule, Detector, DetectorKind, EscalationOptions, FramePath,
    GivenSession, Mode, Timeouts, TransportKind,
};
pub use snapshot::{CheckView, FaultView};
pub use tagged::UnreadableMessage;
pub use to_worker::{Body, EngineFiles, HttpRequest, ToWorker};
