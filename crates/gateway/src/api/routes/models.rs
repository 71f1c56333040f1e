//! `GET /api/v1/models`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::ErrorCode;

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::domain::models;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/api/v1/models",
    credential: Credential::None,
    scope: None,
    success: &[200],
    errors: &[ErrorCode::RateLimitExceeded, ErrorCode::InternalError],
    handler: || get(handle),
};

/// The registry, as `{ id, label, description, min_frames, deprecated }`.
pub async fn handle(State(gateway): State<Gateway>) -> Response {
    reply::ok(StatusCode::OK, models::entries(gateway.backend.capabilities().decodes))
}
