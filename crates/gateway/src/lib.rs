//! The gateway: what stands between the page and the verdict.
//!
//! It holds the API key, takes crops one by one while the capture still runs, and decides once: with
//! the verifier in this process, or with one documented request to the Moveris API. The protocol is
//! in `docs/sessions.md`, the endpoints in `docs/openapi.json`.

pub mod backend;
pub mod clock;
pub mod config;
pub mod error;
pub mod frame_input;
pub mod gateway;
pub mod http;
pub mod models;
mod png_input;
pub mod router;
pub mod routes;
pub mod serve;
pub mod session;
pub mod token;

pub use config::{Config, ConfigError, Settings};
pub use gateway::Gateway;
pub use router::build_router;
pub use serve::{ServeError, serve};
