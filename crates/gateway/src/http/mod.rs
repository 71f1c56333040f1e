//! What all endpoints share: bodies in, envelopes out, headers, logs, static files.

pub mod auth;
pub mod base64_text;
pub mod body;
pub mod headers;
pub mod limits;
pub mod log;
pub mod reply;
pub mod static_files;
