//! `GET /api/v1/sessions/{id}`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::{ErrorCode, SessionState, SessionView};

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::extract::Principal;
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{Answer, Content, Operation, SESSION_ID, Tag, schema_of};
use crate::domain::clock::{UnixMillis, iso8601};
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::scopes::Scope;
use crate::store::Snapshot;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/api/v1/sessions/{id}",
    credential: Credential::SessionTokenOrServerKey,
    scope: Some(Scope::SessionRead),
    errors: &[
        ErrorCode::InvalidToken,
        ErrorCode::OriginNotAllowed,
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientScope,
        ErrorCode::SessionNotFound,
        ErrorCode::SessionExpired,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    operation: Operation {
        id: "getSession",
        tag: Tag::Sessions,
        summary: "State and verdict",
        description: "",
        parameters: &[SESSION_ID],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "The session",
            content: Content::Json(schema_of::<SessionView>),
            of_model: true,
        }],
    },
    handler: || get(handle),
};

/// A session's state and verdict, for its token or a key of its tenant; with the latter also its reference
/// and its metadata.
pub async fn handle(
    State(gateway): State<Gateway>,
    principal: Principal,
) -> Result<Response, ApiError> {
    let now = gateway.clock.now();
    let session = gateway.store.get(principal.session(), now).await?;
    Ok(answer(session, principal.is_back_end(), now))
}

/// A session as it is at this time; a back end sees more of it.
pub fn answer(session: Snapshot, to_back_end: bool, now: UnixMillis) -> Response {
    let required = session.terms.frames_required;
    let notices = match &session.reply {
        Some(reply) => reply.notices.clone(),
        None => session.terms.notices(),
    };
    // An expired session's crops are gone, and no more may come: nothing of it is "missing".
    let missing = match session.state {
        SessionState::Open => {
            (0..required).filter(|index| !session.received.contains(index)).collect()
        }
        _ => Vec::new(),
    };
    let metadata = session.terms.metadata.filter(|_| to_back_end);
    let metadata = metadata.as_ref().map(Metadata::to_value);
    let mut verdict = session.reply.as_ref().map(|reply| reply.verdict.clone());
    if let (Some(verdict), Some(metadata)) = (&mut verdict, &metadata) {
        verdict.tenant_metadata = Some(metadata.clone());
    }
    let used_at = session.reply.as_ref().and_then(|reply| reply.used_at);
    let device = session.reply.and_then(|reply| reply.device_intelligence);
    let view = SessionView {
        session_id: session.terms.id.to_string(),
        state: session.state,
        model: session.terms.model,
        source: session.terms.source,
        run: session.run,
        frames_received: session.received.len() as u32,
        frames_required: required,
        missing,
        expires_at: iso8601(session.terms.expires_at),
        ttl_seconds: match session.state {
            SessionState::Open => session.terms.expires_at.saturating_sub(now) / 1000,
            _ => 0,
        },
        verdict,
        error: session.failure.map(|code| code.to_string()),
        used_at: used_at.filter(|_| to_back_end).map(iso8601),
        reference: session.terms.reference.filter(|_| to_back_end),
        tenant_metadata: metadata,
        device_intelligence: device.filter(|_| to_back_end),
    };
    reply::ok_with_notices(StatusCode::OK, view, &notices)
}
