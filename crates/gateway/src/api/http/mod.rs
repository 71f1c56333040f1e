//! What all endpoints share: bodies in, envelopes out, headers, logs, static files, who may call.

pub mod activity;
pub mod auth;
pub mod blocking;
pub mod body;
pub mod budget;
pub mod callers;
pub mod client;
pub mod cors;
pub mod embed;
pub mod form;
pub mod headers;
pub mod host_check;
pub mod hosts;
pub mod limits;
pub mod linger;
pub mod log;
pub mod origin_check;
pub mod other_origins;
pub mod reached;
pub mod reply;
pub mod siblings;
pub mod static_files;
