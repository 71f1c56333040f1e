//! Lets pages of the allowed origins make requests and read answers.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use liveness_protocol::{API_KEY_HEADER, MODEL_VERSION_HEADER, SESSION_TOKEN_HEADER};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::log::REQUEST_ID;
use super::other_origins::{Access, FilesTo, is_api};
use crate::api::gateway::Gateway;
use crate::backend::model_headers;

/// What error trackers and tracers add to every request of a page, which they do without being asked.
const OF_TRACERS: &[&str] = &[
    // W3C Trace Context and Baggage: OpenTelemetry, Sentry, Elastic, New Relic, Datadog, Grafana Faro.
    "traceparent",
    "tracestate",
    "baggage",
    // Zipkin.
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
    // Sentry.
    "sentry-trace",
    // Datadog.
    "x-datadog-trace-id",
    "x-datadog-parent-id",
    "x-datadog-origin",
    "x-datadog-sampling-priority",
    "x-datadog-tags",
    // Application Insights.
    "request-id",
    "request-context",
    // New Relic, Elastic, Jaeger, SkyWalking, Honeycomb, Highlight, Dynatrace, AppDynamics, Instana.
    "newrelic",
    "elastic-apm-traceparent",
    "uber-trace-id",
    "sw8",
    "x-honeycomb-trace",
    "x-highlight-request",
    "x-dtpc",
    "x-dtreferer",
    "adrum",
    "x-instana-t",
    "x-instana-s",
    "x-instana-l",
    // Lightstep.
    "ot-tracer-traceid",
    "ot-tracer-spanid",
    "ot-tracer-sampled",
    // Amazon, Google.
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    // Nobody's in particular.
    "x-request-id",
    "x-correlation-id",
    "x-trace-id",
];

/// The headers that pages of an allowed origin may send: what the API reads, what tracers add, and the
/// integrator's own.
fn request_headers(access: &Access) -> Vec<HeaderName> {
    let mut names = vec![
        header::CONTENT_TYPE,
        header::AUTHORIZATION,
        HeaderName::from_static(SESSION_TOKEN_HEADER),
        HeaderName::from_static(MODEL_VERSION_HEADER),
        // Sent by other clients of the API, empty or not.
        HeaderName::from_static(API_KEY_HEADER),
    ];
    names.extend(OF_TRACERS.iter().copied().map(HeaderName::from_static));
    for name in &access.request_headers {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The layer. A page that nobody lets in gets no header.
pub fn layer(access: &Access, gateway: Gateway) -> CorsLayer {
    let everyone = access.files == FilesTo::Everyone;
    let allowed = AllowOrigin::async_predicate(move |origin: HeaderValue, request: &Parts| {
        let file = everyone && !is_api(request.uri.path());
        async move {
            file || match origin.to_str() {
                Ok(origin) => gateway.callers.let_in(origin).await,
                Err(_) => false,
            }
        }
    });
    let mut exposed = model_headers::NAMES.to_vec();
    // A date in `Retry-After` is measured against `Date`.
    exposed.extend([model_headers::ENGINE, header::RETRY_AFTER, header::DATE, REQUEST_ID]);
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(request_headers(access))
        .expose_headers(exposed)
        .max_age(Duration::from_secs(600))
}
