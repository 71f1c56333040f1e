//! Videos that are submitted once and checked later.

pub mod address;
pub mod format;
pub mod listing;
pub mod pauses;
pub mod queue;
pub mod sent_file;
pub mod shares;
pub mod source;
