//! What the gateway is about: checks, sessions, models, tokens. Nothing here knows HTTP.

pub mod check;
pub mod clock;
pub mod completion;
pub mod error;
pub mod models;
pub mod pictures;
pub mod runner;
pub mod session;
pub mod statements;
pub mod token;
pub mod trace;
