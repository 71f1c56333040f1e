//! `GET /health`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::{ErrorCode, Health};
use serde::Serialize;

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::domain::models;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/health",
    credential: Credential::None,
    scope: None,
    success: &[200],
    errors: &[ErrorCode::InternalError],
    handler: || get(handle),
};

/// The documented fields, and the mode.
#[derive(Serialize)]
struct GatewayHealth {
    #[serde(flatten)]
    health: Health,
    mode: &'static str,
}

/// Says that the gateway answers, and in which mode. Asks the upstream nothing: that would let
/// anyone spend its rate limit.
pub async fn handle(State(gateway): State<Gateway>) -> Response {
    let backend = gateway.backend.capabilities();
    let own = |id: &String| !backend.decodes || id.starts_with(models::LOCAL_MODEL_PREFIX);
    let loaded = models::entries(backend.decodes).into_iter().filter(|entry| !entry.deprecated);
    let verifier = if backend.decodes { "ok" } else { "configured" };
    let health = Health {
        status: "healthy".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        environment: if gateway.production { "production" } else { "development" }.into(),
        models_loaded: loaded.map(|entry| entry.id).filter(own).collect(),
        dependencies: [("sessions", "ok"), ("verifier", verifier)]
            .map(|(name, state)| (name.to_owned(), state.to_owned()))
            .into(),
    };
    reply::ok(StatusCode::OK, GatewayHealth { health, mode: backend.name })
}
