//! `GET /api/v1/models`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::{ErrorCode, ModelEntry};

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{Answer, Content, Operation, Tag, schema_of};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/api/v1/models",
    credential: Credential::None,
    scope: None,
    errors: &[ErrorCode::RateLimitExceeded, ErrorCode::InternalError],
    operation: Operation {
        id: "listModels",
        tag: Tag::Checks,
        summary: "The models this gateway accepts",
        description: "",
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "The registry",
            content: Content::Json(schema_of::<Vec<ModelEntry>>),
            of_model: false,
        }],
    },
    handler: || get(handle),
};

/// The registry, as `{ id, label, description, min_frames, deprecated, credits }`.
pub async fn handle(State(gateway): State<Gateway>) -> Response {
    let models: Vec<ModelEntry> =
        gateway.engines.models().into_iter().map(|(entry, _)| entry).collect();
    reply::ok(StatusCode::OK, models)
}
