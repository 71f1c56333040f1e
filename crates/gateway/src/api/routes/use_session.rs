//! `POST /api/v1/sessions/{id}/use`

use axum::extract::{Path, State};
use axum::http::Method;
use axum::response::Response;
use axum::routing::post;
use liveness_protocol::{ErrorCode, SessionView};

use super::done_once::done_or_not;
use super::get_session;
use crate::api::endpoint::{Credential, Endpoint, session_id};
use crate::api::extract::Caller;
use crate::api::gateway::Gateway;
use crate::api::openapi::operation::{Answer, Content, Operation, SESSION_ID, Tag, schema_of};
use crate::domain::error::ApiError;
use crate::domain::scopes::Scope;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/sessions/{id}/use",
    credential: Credential::ServerKey,
    scope: Some(Scope::SessionWrite),
    errors: &[
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
        id: "useSession",
        tag: Tag::Sessions,
        summary: "Read a verdict, once",
        description: "Marks the verdict as used and gives it back; `session_closed` if it was used before. A session that has no verdict as yet is given back as it is, and nothing is marked.",
        parameters: &[SESSION_ID],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "The session",
            content: Content::Json(schema_of::<SessionView>),
            of_model: true,
        }],
    },
    handler: || post(handle),
};

/// Gives a back end its session with the verdict, which can be done once: whoever shows the same session again, for
/// another order, is found out.
pub async fn handle(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let holder = caller.holder.ok_or(ErrorCode::InvalidKey)?;
    let principal = gateway.of_back_end(session_id(&id)?, holder).await?;
    let now = gateway.clock.now();
    let session = gateway.store.use_verdict(principal.session(), now).await.map_err(done_or_not)?;
    Ok(get_session::answer(session, true, now))
}
