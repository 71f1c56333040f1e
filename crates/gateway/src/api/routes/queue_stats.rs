//! `GET /api/v1/queue/stats`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::{ErrorCode, QueueStats};

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{Answer, Content, Operation, Tag, schema_of};
use crate::backend::Load;
use crate::domain::scopes::Scope;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/api/v1/queue/stats",
    credential: Credential::KeyIfAny,
    scope: Some(Scope::DetectionRead),
    errors: &[
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientScope,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    operation: Operation {
        id: "queueStats",
        tag: Tag::Checks,
        summary: "How many checks run and wait in this gateway",
        description: "Of this process alone; the upstream is not asked.",
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "The counts of this moment",
            content: Content::Json(schema_of::<QueueStats>),
            of_model: false,
        }],
    },
    handler: || get(handle),
};

/// How busy this gateway is. Asks the upstream nothing, whose queue is its own.
pub async fn handle(State(gateway): State<Gateway>) -> Response {
    let Load { running, waiting, at_once } = gateway.engines.load();
    let stats = QueueStats {
        queue_length: number(waiting),
        queue_key: gateway.engines.default_mode().to_string(),
        running: number(running),
        at_once: at_once.map(number),
    };
    reply::ok(StatusCode::OK, stats)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
