//! Videos that are submitted once and checked later.

pub mod format;
pub mod listing;
pub mod queue;
