//! `PATCH /api/v1/sessions/{id}/client-time`, which the official client calls without waiting for an answer.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::patch;
use liveness_protocol::{ClientTime, ErrorCode};

use super::stated::invalid_field;
use crate::api::endpoint::{Credential, Endpoint, session_id};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{
    Answer, Content, Operation, RequestBody, SESSION_ID, Tag, schema_of,
};
use crate::domain::error::ApiError;

/// The longest time that is believed, in milliseconds: a day.
const LONGEST: f64 = 24.0 * 3600.0 * 1000.0;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::PATCH,
    path: "/api/v1/sessions/{id}/client-time",
    credential: Credential::None,
    scope: None,
    errors: &[
        ErrorCode::MissingField,
        ErrorCode::ValidationError,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::RequestTimeout,
        ErrorCode::PayloadTooLarge,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    operation: Operation {
        id: "tellClientTime",
        tag: Tag::Checks,
        summary: "Tell how long a check took the client",
        description: "What the official client sends after a check. The number goes to the gateway's log; it is not kept, and whether there is such a session is not looked at.",
        parameters: &[SESSION_ID],
        body: Some(RequestBody {
            required: true,
            description: "",
            content: Content::Json(schema_of::<ClientTime>),
            limit: |limits| limits.json,
        }),
        answers: &[Answer {
            status: 200,
            description: "Taken",
            content: Content::Json(schema_of::<ClientTime>),
            of_model: false,
        }],
    },
    handler: || patch(handle),
};

/// Writes the time to the log. Whether there is such a session is not looked at: that of a check made at once is known to
/// the client alone, and a stranger would learn which of the others exist.
pub async fn handle(
    State(gateway): State<Gateway>,
    request: Request,
) -> Result<Response, ApiError> {
    // The router has matched the path, so the id is its last part but one.
    session_id(request.uri().path().rsplit('/').nth(1).unwrap_or_default())?;
    let said: ClientTime = gateway.limits.json.read_json(request, &gateway.bodies).await?;
    if !(0.0..=LONGEST).contains(&said.client_time) {
        return Err(invalid_field(
            "client_time",
            "client_time has to be milliseconds, 0 to 86400000",
        ));
    }
    tracing::info!(client_time_ms = said.client_time, "a client tells how long its check took");
    Ok(reply::ok(StatusCode::OK, said))
}
