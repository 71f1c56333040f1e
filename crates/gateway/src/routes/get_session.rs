//! `GET /api/v1/sessions/{id}`

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use liveness_protocol::{ErrorCode, SessionState, SessionView};

use super::{Endpoint, session_id};
use crate::backend::ModelNotices;
use crate::clock::iso8601;
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::http::{auth, reply};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/api/v1/sessions/{id}",
    success: &[200],
    errors: &[
        ErrorCode::InvalidToken,
        ErrorCode::SessionNotFound,
        ErrorCode::SessionExpired,
        ErrorCode::InternalError,
    ],
};

/// A session's state and verdict, for its token or the server key; with the latter also its reference.
pub async fn handle(
    State(gateway): State<Gateway>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let now = gateway.clock.now();
    let id = session_id(&id)?;
    let of_back_end = auth::has_server_key(&headers, gateway.server_key.as_ref());
    if !of_back_end {
        auth::require_token(&headers, &gateway.tokens, id, now)?;
    }
    let session = gateway.store.get(id, now).await?;
    let required = session.terms.frames_required;
    // An expired session's crops are gone, and no more may come: nothing of it is "missing".
    let missing = match session.state {
        SessionState::Open => {
            (0..required).filter(|index| !session.received.contains(index)).collect()
        }
        _ => Vec::new(),
    };
    let view = SessionView {
        session_id: id.to_string(),
        state: session.state,
        model: session.terms.model,
        run: session.run,
        frames_received: session.received.len() as u32,
        frames_required: required,
        missing,
        expires_at: iso8601(session.terms.expires_at),
        ttl_seconds: match session.state {
            SessionState::Open => session.terms.expires_at.saturating_sub(now) / 1000,
            _ => 0,
        },
        verdict: session.reply.as_ref().map(|reply| reply.verdict.clone()),
        error: session.failure.map(|code| code.to_string()),
        reference: session.terms.reference.filter(|_| of_back_end),
    };
    let notices = session.reply.map_or_else(ModelNotices::default, |reply| reply.notices);
    Ok(reply::ok_with_notices(StatusCode::OK, view, &notices))
}
