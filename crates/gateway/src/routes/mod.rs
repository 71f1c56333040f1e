//! One file per endpoint, and the table of what each may answer.

pub mod complete_session;
pub mod create_session;
pub mod fast_check_crops;
pub mod get_session;
pub mod health;
pub mod models;
pub mod put_crop;

use axum::http::Method;
use liveness_protocol::ErrorCode;
use uuid::Uuid;

use crate::error::ApiError;

/// What is promised about an endpoint. `docs/openapi.json` and the tests are held against it.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path, with `{parameters}`.
    pub path: &'static str,
    /// Statuses of success.
    pub success: &'static [u16],
    /// Codes of failure.
    pub errors: &'static [ErrorCode],
}

/// Every endpoint.
pub const ENDPOINTS: [Endpoint; 7] = [
    create_session::ENDPOINT,
    put_crop::ENDPOINT,
    complete_session::ENDPOINT,
    get_session::ENDPOINT,
    fast_check_crops::ENDPOINT,
    models::ENDPOINT,
    health::ENDPOINT,
];

/// The session's id in a path. What is no UUID is the id of no session.
fn session_id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(text).map_err(|_| ErrorCode::SessionNotFound.into())
}
