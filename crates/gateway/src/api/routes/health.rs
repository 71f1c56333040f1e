//! `GET /health`

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::{ErrorCode, Health, ModelEntry};
use schemars::JsonSchema;
use serde::Serialize;

use super::ready::store_answers;
use crate::api::endpoint::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{Answer, Content, Operation, Tag, schema_of};
use crate::api::pulse::WAIT;
use crate::backend::CheckBackend;
use crate::domain::breaker::Circuit;
use crate::domain::mode::Mode;
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
    #[schemars(extend("enum" = ["local", "upstream", "local-first"]))]
    mode: &'static str,
}

/// A dependency that does not work.
const DOWN: &str = "down";

/// What is known of an upstream by the checks it was asked for.
const fn word(circuit: Circuit) -> &'static str {
    match circuit {
        Circuit::Closed => "ok",
        Circuit::Probing => "probing",
        Circuit::Open => DOWN,
    }
}

/// Says that the gateway answers, in which mode, and what of it works. Asks the upstream nothing: that would let
/// anyone spend its rate limit.
pub async fn handle(State(gateway): State<Gateway>) -> Response {
    let engines = &gateway.engines;
    // A name for which another model runs does not count as loaded.
    let runs = |entry: &ModelEntry, mode: Mode| {
        mode != Mode::Local || entry.id.starts_with(models::LOCAL_MODEL_PREFIX)
    };
    let loaded = engines.models().into_iter();
    let loaded = loaded.filter(|(entry, mode)| !entry.deprecated && runs(entry, *mode));
    let verifier = if engines.local().is_some() { "ok" } else { "configured" };
    let upstream = engines.upstream().and_then(CheckBackend::circuit);
    let sessions = if store_answers(&gateway, WAIT).await { "ok" } else { DOWN };
    let dependencies: BTreeMap<String, String> = [("sessions", sessions), ("verifier", verifier)]
        .into_iter()
        .chain(upstream.map(|circuit| ("upstream", word(circuit))))
        .map(|(name, state)| (name.to_owned(), state.to_owned()))
        .collect();
    let is_well = dependencies.values().all(|state| state != DOWN);
    let health = Health {
        status: if is_well { "healthy" } else { "degraded" }.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        environment: if gateway.production { "production" } else { "development" }.into(),
        models_loaded: loaded.map(|(entry, _)| entry.id).collect(),
        dependencies,
    };
    reply::ok(StatusCode::OK, GatewayHealth { health, mode: engines.default_mode().as_str() })
}
