//! `GET /metrics`

use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use liveness_protocol::ErrorCode;

use super::{Credential, Endpoint};
use crate::api::extract::Caller;
use crate::api::gateway::Gateway;
use crate::api::openapi::operation::{Answer, Content, Operation, Tag};
use crate::backend::CheckBackend;
use crate::domain::breaker::Circuit;
use crate::domain::error::ApiError;
use crate::domain::scopes::Scope;
use crate::domain::tenants::TenantId;
use crate::metrics::{CONTENT_TYPE, Levels};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/metrics",
    credential: Credential::ServerKey,
    scope: Some(Scope::UsageRead),
    errors: &[
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientScope,
        ErrorCode::TenantMismatch,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    operation: Operation {
        id: "metrics",
        tag: Tag::Checks,
        summary: "What the gateway counts, for Prometheus",
        description: "They are those of all tenants, so a key has to be the operator's: the server key, or one of the tenant `default`.",
        parameters: &[],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "The counts",
            content: Content::Media("application/openmetrics-text"),
            of_model: false,
        }],
    },
    handler: || get(handle),
};

/// What the gateway counts, for Prometheus.
pub async fn handle(State(gateway): State<Gateway>, caller: Caller) -> Result<Response, ApiError> {
    if caller.tenant() != TenantId::default() {
        let message = "The counts are those of all tenants: they are for keys of the operator.";
        return Err(ApiError::with_message(ErrorCode::TenantMismatch, message));
    }
    let upstream = gateway.engines.upstream().and_then(CheckBackend::circuit);
    let levels = Levels {
        requests: gateway.activity.count(),
        body_bytes_free: gateway.bodies.free(),
        checks_waiting: gateway.engines.load().waiting,
        upstream_asked: upstream.map(|circuit| circuit == Circuit::Closed),
    };
    let text = gateway.metrics.text(levels).map_err(|error| {
        tracing::error!(%error, "the counts cannot be written");
        ApiError::new(ErrorCode::InternalError)
    })?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
