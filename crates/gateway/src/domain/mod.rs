//! What the gateway is about: checks, sessions, models, tokens, keys. Nothing here knows HTTP.

pub mod actor;
pub mod admin_session;
pub mod audience;
pub mod audit;
pub mod audit_chain;
pub mod check;
pub mod clock;
pub mod completion;
pub mod error;
pub mod key_ring;
pub mod keys;
pub mod metadata;
pub mod models;
pub mod origins;
pub mod pictures;
pub mod rates;
pub mod recycled;
pub mod runner;
pub mod scopes;
pub mod session;
pub mod statements;
pub mod tenants;
pub mod timing;
pub mod token;
pub mod trace;
pub mod video;
