//! `GET /api/v1/models`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use liveness_protocol::ErrorCode;

use super::Endpoint;
use crate::backend::Mode;
use crate::gateway::Gateway;
use crate::http::reply;
use crate::models;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/api/v1/models",
    success: &[200],
    errors: &[ErrorCode::InternalError],
};

/// The registry, as `{ id, label, description, min_frames, deprecated }`.
pub async fn handle(State(gateway): State<Gateway>) -> Response {
    reply::ok(StatusCode::OK, models::entries(gateway.backend.mode() == Mode::Local))
}
