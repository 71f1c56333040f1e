//! The router, and the order of what wraps it.

use std::any::Any;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use liveness_protocol::{API_KEY_HEADER, ErrorCode, MODEL_VERSION_HEADER, SESSION_TOKEN_HEADER};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::csrf::{ConfigError as OriginError, CsrfLayer};

use crate::backend::ModelNotices;
use crate::config::Settings;
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::http::{headers, log, static_files};
use crate::routes;

/// Builds the service of a gateway.
///
/// From the outside in: log line, headers of every answer, panics, CORS (which answers preflight
/// requests), the origin check, and the endpoint, which checks its credential before it reads a body.
///
/// # Errors
/// When an allowed origin is not a valid one; a checked configuration has none of those.
pub fn build_router(gateway: Gateway, settings: &Settings) -> Result<Router, OriginError> {
    let mut router = Router::new();
    let endpoints: [(&str, MethodRouter<Gateway>); 9] = [
        (routes::create_session::ENDPOINT.path, post(routes::create_session::handle)),
        (routes::put_crop::ENDPOINT.path, put(routes::put_crop::handle)),
        (routes::put_crop::POST_ENDPOINT.path, post(routes::put_crop::handle)),
        (routes::complete_session::ENDPOINT.path, post(routes::complete_session::handle)),
        (routes::get_session::ENDPOINT.path, get(routes::get_session::handle)),
        (routes::delete_session::ENDPOINT.path, delete(routes::delete_session::handle)),
        (routes::fast_check_crops::ENDPOINT.path, post(routes::fast_check_crops::handle)),
        (routes::models::ENDPOINT.path, get(routes::models::handle)),
        (routes::health::ENDPOINT.path, get(routes::health::handle)),
    ];
    for (path, endpoint) in endpoints {
        router = router.route(path, endpoint);
    }
    // Nothing under /api is ever a file.
    router = router.route("/api/{*path}", axum::routing::any(no_such_endpoint));
    router = match &settings.static_dir {
        Some(dir) => router.fallback_service(static_files::service(dir)),
        None => router.fallback(|request: axum::extract::Request| async move {
            static_files::no_such(&request)
        }),
    };
    Ok(router
        .method_not_allowed_fallback(|| async { ApiError::new(ErrorCode::MethodNotAllowed) })
        .with_state(gateway)
        .layer(origin_check(settings)?)
        .layer(cors(settings))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn(headers::add))
        .layer(from_fn(log::line)))
}

async fn no_such_endpoint() -> ApiError {
    ErrorCode::NotFound.into()
}

/// Pages of other origins may not make requests that change something: on a gateway that holds a
/// key they would spend its credits. Browsers say so in `Sec-Fetch-Site` or `Origin`; a request with
/// neither does not come from a page.
fn origin_check(
    settings: &Settings,
) -> Result<
    CsrfLayer<impl FnMut(tower_http::csrf::ProtectionError) -> Response + Clone + use<>>,
    OriginError,
> {
    let mut layer = CsrfLayer::new();
    for origin in &settings.allow_origin {
        layer = layer.add_trusted_origin(origin)?;
    }
    Ok(layer.with_rejection_response(|_error| {
        ApiError::new(ErrorCode::OriginNotAllowed).into_response()
    }))
}

/// Lets pages of the allowed origins read answers. Without any, no CORS header is sent.
fn cors(settings: &Settings) -> CorsLayer {
    if settings.allow_origin.is_empty() {
        return CorsLayer::new();
    }
    let origins =
        settings.allow_origin.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    // X-API-Key and X-Trace-Id are sent by other clients of the API, and ignored here.
    let accepted = [
        header::CONTENT_TYPE,
        header::AUTHORIZATION,
        HeaderName::from_static(SESSION_TOKEN_HEADER),
        HeaderName::from_static(MODEL_VERSION_HEADER),
        HeaderName::from_static(API_KEY_HEADER),
        HeaderName::from_static("x-trace-id"),
    ];
    let mut exposed = ModelNotices::NAMES.to_vec();
    // A date in `Retry-After` is measured against `Date`.
    exposed.extend([header::RETRY_AFTER, header::DATE]);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(accepted)
        .expose_headers(exposed)
        .max_age(std::time::Duration::from_secs(600))
}

/// The panic has been reported on standard error already; the caller gets the envelope.
fn on_panic(_panic: Box<dyn Any + Send>) -> Response {
    ApiError::new(ErrorCode::InternalError).into_response()
}
