//! `DELETE /api/v1/sessions/{id}`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::routing::delete;
use liveness_protocol::ErrorCode;

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::extract::Principal;
use crate::api::gateway::Gateway;
use crate::api::openapi::operation::{Answer, Content, Operation, SESSION_ID, Tag};
use crate::domain::error::ApiError;
use crate::domain::scopes::Scope;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::DELETE,
    path: "/api/v1/sessions/{id}",
    credential: Credential::SessionTokenOrServerKey,
    scope: Some(Scope::SessionWrite),
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
    operation: Operation {
        id: "deleteSession",
        tag: Tag::Sessions,
        summary: "Give an undecided session back",
        description: "Its crops and its place are free at once. A session whose check runs or has ended is left as it is.",
        parameters: &[SESSION_ID],
        body: None,
        answers: &[Answer {
            status: 204,
            description: "Given back",
            content: Content::Nothing,
            of_model: false,
        }],
    },
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
