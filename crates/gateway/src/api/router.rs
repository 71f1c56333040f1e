//! The router, and the order of what wraps it.

use std::any::Any;
use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};
use liveness_protocol::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;

use super::{admin, document, extract};
use crate::api::gateway::Gateway;
use crate::api::http::embed::{self, EmbedPage};
use crate::api::http::headers::PageHeaders;
use crate::api::http::host_check::HostCheck;
use crate::api::http::{
    activity, cors, headers, host_check, linger, log, origin_check, static_files,
};
use crate::api::routes;
use crate::config::Settings;
use crate::domain::error::ApiError;

/// Builds the service of a gateway.
///
/// From the outside in: the count of requests under way, log line, headers of every answer, what becomes of unread bodies, panics, CORS (which
/// answers preflight requests), the host check, the origin check, and the endpoint, which checks its credential before it reads a body.
pub fn build_router(gateway: Gateway, settings: &Settings) -> Router {
    let access = &settings.access;
    let hosts = Arc::new(HostCheck::new(settings.hosts.clone()));
    let own_headers = Arc::new(PageHeaders::new(access, settings.tls.is_some()));
    let (origins, cross_origin) = (gateway.clone(), cors::layer(access, gateway.clone()));
    let (activity, metrics) = (gateway.activity.clone(), gateway.metrics.clone());
    let mut router = Router::new();
    for endpoint in &routes::ENDPOINTS {
        let row = (gateway.clone(), endpoint);
        let handler = (endpoint.handler)();
        let handler = handler.route_layer(from_fn_with_state(row, extract::authorize));
        router = router.route(endpoint.path, handler);
    }
    router = router.merge(admin::routes(settings));
    // Nothing under /api is ever a file.
    router = router.route("/api/{*path}", any(no_such_endpoint));
    router = match &settings.static_dir {
        Some(dir) => {
            let page = Arc::new(EmbedPage::new(dir, access.frames.clone()));
            let answer = move |request: axum::extract::Request| {
                let page = Arc::clone(&page);
                async move { page.answer(request).await }
            };
            router.route(embed::PATH, get(answer)).fallback_service(static_files::service(dir))
        }
        None => router.fallback(|request: axum::extract::Request| async move {
            static_files::no_such(&request)
        }),
    };
    router
        .method_not_allowed_fallback(|| async { ApiError::new(ErrorCode::MethodNotAllowed) })
        .with_state(gateway)
        .layer(Extension(document::reference()))
        .layer(from_fn_with_state(origins, origin_check::check))
        .layer(from_fn_with_state(hosts, host_check::check))
        .layer(cross_origin)
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn(linger::linger))
        .layer(from_fn_with_state(own_headers, headers::add))
        .layer(from_fn_with_state(metrics, log::observe))
        .layer(from_fn_with_state(activity, activity::count))
}

async fn no_such_endpoint() -> ApiError {
    ErrorCode::NotFound.into()
}

/// The panic has been reported on standard error already; the caller gets the envelope.
fn on_panic(_panic: Box<dyn Any + Send>) -> Response {
    ApiError::new(ErrorCode::InternalError).into_response()
}
