//! `GET /ready`

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::ErrorCode;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{Answer, Content, Operation, Tag, schema_of};
use crate::api::pulse::LONG_WAIT;
use crate::domain::error::ApiError;
use crate::store::StoreError;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/ready",
    credential: Credential::None,
    scope: None,
    errors: &[ErrorCode::TooManySessions],
    operation: Operation {
        id: "ready",
        tag: Tag::Checks,
        summary: "Whether checks can be taken now",
        description: "503 `too_many_sessions`, with `Retry-After`, while the store does not answer.",
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "They can",
            content: Content::Json(schema_of::<Ready>),
            of_model: false,
        }],
    },
    handler: || get(handle),
};

/// Checks can be taken.
#[derive(Serialize, JsonSchema)]
struct Ready {
    #[schemars(extend("const" = READY))]
    status: &'static str,
}

const READY: &str = "ready";

/// Whether the store answers within this time, which has logged it if not.
pub async fn store_answers(gateway: &Gateway, wait: Duration) -> bool {
    let (store, now) = (Arc::clone(&gateway.store), gateway.clock.now());
    let ask = async move {
        // Nobody's session; a store that works does not know it.
        let asked = store.get(Uuid::nil(), now).await;
        matches!(asked, Ok(_) | Err(StoreError::NotFound | StoreError::Expired))
    };
    gateway.pulse.beats(wait, ask).await
}

/// Whether checks can be taken now: whether the store answers. `/health` says so too, but is answered with 200 as long as the
/// process is there.
pub async fn handle(State(gateway): State<Gateway>) -> Result<Response, ApiError> {
    if !store_answers(&gateway, LONG_WAIT).await {
        return Err(StoreError::Unavailable.into());
    }
    Ok(reply::ok(StatusCode::OK, Ready { status: READY }))
}
