//! `GET /health`

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::{ErrorCode, Health};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{Answer, Content, Operation, Tag, schema_of};
use crate::domain::breaker::Circuit;
use crate::domain::models;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/health",
    credential: Credential::None,
    scope: None,
    errors: &[ErrorCode::InternalError],
    operation: Operation {
        id: "health",
        tag: Tag::Checks,
        summary: "Whether the gateway answers, and in which mode",
        description: "",
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "It does",
            content: Content::Json(schema_of::<GatewayHealth>),
            of_model: false,
        }],
    },
    handler: || get(handle),
};

/// The documented fields, and the mode.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Health")]
struct GatewayHealth {
    #[serde(flatten)]
    health: Health,
    #[schemars(extend("enum" = ["local", "upstream"]))]
    mode: &'static str,
}

/// What is known of an upstream by the checks it was asked for.
const fn word(circuit: Circuit) -> &'static str {
    match circuit {
        Circuit::Closed => "ok",
        Circuit::Probing => "probing",
        Circuit::Open => "down",
    }
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
            .into_iter()
            .chain(gateway.backend.circuit().map(|circuit| ("upstream", word(circuit))))
            .map(|(name, state)| (name.to_owned(), state.to_owned()))
            .collect(),
    };
    reply::ok(StatusCode::OK, GatewayHealth { health, mode: backend.name })
}
