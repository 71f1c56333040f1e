//! `DELETE /api/v1/sessions/{id}`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::routing::delete;
use liveness_protocol::ErrorCode;

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::extract::Principal;
use crate::api::gateway::Gateway;
use crate::domain::error::ApiError;
use crate::domain::scopes::Scope;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::DELETE,
    path: "/api/v1/sessions/{id}",
    credential: Credential::SessionTokenOrServerKey,
    scope: Some(Scope::SessionWrite),
    success: &[204],
    errors: &[
        ErrorCode::InvalidToken,
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientScope,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::SessionClosed,
        ErrorCode::SessionExpired,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    handler: || delete(handle),
};

/// Gives a session back that will not be decided: its crops and its place are free at once. For its token
/// or a key of its tenant.
pub async fn handle(
    State(gateway): State<Gateway>,
    principal: Principal,
) -> Result<StatusCode, ApiError> {
    gateway.store.discard(principal.session(), gateway.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
