//! What all endpoints share: bodies in, envelopes out, headers, logs, static files.

pub mod auth;
pub mod body;
pub mod headers;
pub mod log;
pub mod reply;
pub mod static_files;
