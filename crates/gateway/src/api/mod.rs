//! The gateway over HTTP: the table of endpoints, what they read, how they answer.

pub mod admin;
pub mod connection;
pub mod connection_limits;
pub mod connections;
pub mod document;
pub mod endpoint;
mod error;
pub mod extract;
pub mod gateway;
pub mod http;
pub mod openapi;
pub mod pulse;
pub mod reference;
pub mod refusal;
pub mod router;
pub mod routes;
pub mod serve;
mod streams;
pub mod tls;
