//! `GET /ready`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::ErrorCode;
use serde::Serialize;
use uuid::Uuid;

use super::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::domain::error::ApiError;
use crate::store::StoreError;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/ready",
    credential: Credential::None,
    scope: None,
    success: &[200],
    errors: &[ErrorCode::TooManySessions],
    handler: || get(handle),
};

#[derive(Serialize)]
struct Ready {
    status: &'static str,
}

/// Whether checks can be taken now: whether the store answers. `/health` says that the process does.
pub async fn handle(State(gateway): State<Gateway>) -> Result<Response, ApiError> {
    // Nobody's session; a store that works does not know it.
    match gateway.store.get(Uuid::nil(), gateway.clock.now()).await {
        Ok(_) | Err(StoreError::NotFound | StoreError::Expired) => {
            Ok(reply::ok(StatusCode::OK, Ready { status: "ready" }))
        }
        // The store has logged why.
        Err(error) => Err(error.into()),
    }
}
