//! `DELETE /api/v1/sessions/{id}`

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use liveness_protocol::ErrorCode;

use super::{Endpoint, session_id};
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::http::auth;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::DELETE,
    path: "/api/v1/sessions/{id}",
    success: &[204],
    errors: &[
        ErrorCode::InvalidToken,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::SessionClosed,
        ErrorCode::SessionExpired,
        ErrorCode::InternalError,
    ],
};

/// Gives a session back that will not be decided: its crops and its place are free at once. For its token
/// or the server key.
pub async fn handle(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let now = gateway.clock.now();
    let id = session_id(&id)?;
    let server_key = gateway.server_key.as_ref();
    auth::require_token_or_server_key(&headers, &gateway.tokens, server_key, id, now)?;
    gateway.store.discard(id, now).await?;
    Ok(StatusCode::NO_CONTENT)
}
