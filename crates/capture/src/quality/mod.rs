//! Decides whether a frame is good enough: measures, a table of gates over them, and the policy that reads it.
//!
//! Some measures are taken from the frame's pixels by the worker, the others derived here from the faces it
//! found. A gate says how far a measure may go, and what follows: a [`Cause`], for developers, and what the
//! person is told.
//!
//! Directions: frames come as the camera sees them, never mirrored. A person who is too far to
//! their own left is at the right of the frame (large x) and at the left of the mirrored preview,
//! and has to move to their right, which on the mirrored preview is to the right as well. They are told
//! so whatever the preview shows: whoever draws an arrow over one that is not mirrored turns it.

mod bound;
mod framing;
mod measures;
mod policy;
mod table;

pub use bound::{Bound, Force};
pub use measures::Measures;
pub use policy::{Judge, Judgement};
pub use table::{Cause, GATES, Gate, Guidance, Measure};

pub(crate) use policy::Tally;
