//! `GET /health`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use liveness_protocol::{ErrorCode, Health};
use serde::Serialize;

use super::Endpoint;
use crate::backend::Mode;
use crate::gateway::Gateway;
use crate::http::reply;
use crate::models;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/health",
    success: &[200],
    errors: &[ErrorCode::InternalError],
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
    let mode = gateway.backend.mode();
    let own = |id: &String| mode == Mode::Upstream || id.starts_with(models::LOCAL_MODEL_PREFIX);
    let loaded = models::entries(mode == Mode::Local).into_iter().filter(|entry| !entry.deprecated);
    let verifier = match mode {
        Mode::Local => "ok",
        Mode::Upstream => "configured",
    };
    let health = Health {
        status: "healthy".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        environment: if gateway.production { "production" } else { "development" }.into(),
        models_loaded: loaded.map(|entry| entry.id).filter(own).collect(),
        dependencies: [("sessions", "ok"), ("verifier", verifier)]
            .map(|(name, state)| (name.to_owned(), state.to_owned()))
            .into(),
    };
    reply::ok(StatusCode::OK, GatewayHealth { health, mode: mode.as_str() })
}
