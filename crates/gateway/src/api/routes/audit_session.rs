//! `PATCH /api/v1/sessions/{id}/audit`

use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::patch;
use liveness_protocol::{AuditNote, ErrorCode, RawMetadata};

use super::done_once::done_or_not;
use super::stated::invalid;
use crate::api::endpoint::{Credential, Endpoint, session_id};
use crate::api::extract::Caller;
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{
    Answer, Content, Operation, RequestBody, SESSION_ID, Tag, schema_of,
};
use crate::domain::audit::{By, Deed};
use crate::domain::clock::iso8601;
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::scopes::Scope;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::PATCH,
    path: "/api/v1/sessions/{id}/audit",
    // Not the session's token: whoever has that is a browser, and could fill the log with what it likes.
    credential: Credential::ServerKey,
    scope: Some(Scope::SessionAudit),
    errors: &[
        ErrorCode::ValidationError,
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientScope,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::SessionExpired,
        ErrorCode::RequestTimeout,
        ErrorCode::PayloadTooLarge,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    operation: Operation {
        id: "auditSession",
        tag: Tag::Sessions,
        summary: "Record an audit event on a session",
        description: "Adds an entry to the gateway's audit log: what a back end says happened around this session. Whatever the object holds is kept, and never looked into. Each request adds one, also when it is repeated. A tenant's events have 512 kB a minute in all.",
        parameters: &[SESSION_ID],
        body: Some(RequestBody {
            required: true,
            description: "Any object that is not empty, of at most 8192 bytes and 8 levels.",
            content: Content::Json(schema_of::<RawMetadata>),
            limit: |limits| limits.json,
        }),
        answers: &[Answer {
            status: 200,
            description: "Recorded",
            content: Content::Json(schema_of::<AuditNote>),
            of_model: false,
        }],
    },
    handler: || patch(handle),
};

/// Writes the entry. Its session has to be one of the key's tenant that is still kept: an entry about another would say
/// nothing that anybody could follow up.
pub async fn handle(
    State(gateway): State<Gateway>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let holder = caller.holder.ok_or(ErrorCode::InvalidKey)?;
    let id = session_id(&id)?;
    gateway.of_back_end(id, holder.clone()).await?;
    let event: RawMetadata = gateway.limits.json.read_json(request, &gateway.bodies).await?;
    let event = Metadata::read(event.as_str())
        .map_err(|error| invalid(format!("an event is like metadata: {error}")))?;
    if event.is_empty() {
        return Err(invalid("an event has to say something"));
    }
    let by = By::holder(&holder, gateway.clock.now());
    let recorded_at = iso8601(by.at);
    let deed = Deed::session_noted(id, &holder.tenant, &event, by);
    gateway.rates.event_of_tenant(&holder.tenant, deed.details.len())?;
    gateway.audit.note(deed).await.map_err(done_or_not)?;
    Ok(reply::ok(StatusCode::OK, AuditNote { session_id: id.to_string(), recorded_at }))
}
