//! The gateway: what stands between the page and the verdict.
//!
//! It holds the API key, takes crops one by one while the capture still runs, and decides once: with
//! the verifier in this process, or with one documented request to the Moveris API. The protocol is
//! in `docs/sessions.md`, the endpoints in `docs/openapi.json`.

#![forbid(unsafe_code)]

pub mod api;
pub mod backend;
pub mod config;
pub mod domain;
pub mod logging;
pub mod manage;
pub mod metrics;
pub mod pool;
pub mod seldom;
pub mod store;
pub mod tally;

pub use api::connections::Server;
pub use api::gateway::Gateway;
pub use api::router::build_router;
pub use api::serve::ServeError;
pub use config::{Config, ConfigError, Settings};
