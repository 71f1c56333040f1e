//! The router, and the order of what wraps it.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use liveness_protocol::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::Settings;
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::http::embed::{self, EmbedPage};
use crate::http::headers::PageHeaders;
use crate::http::origin_check::OriginCheck;
use crate::http::{cors, headers, linger, log, origin_check, static_files};
use crate::routes;

/// Builds the service of a gateway.
///
/// From the outside in: log line, headers of every answer, what becomes of unread bodies, panics, CORS (which
/// answers preflight requests), the origin check, and the endpoint, which checks its credential before it reads a body.
pub fn build_router(gateway: Gateway, settings: &Settings) -> Router {
    let access = &settings.access;
    let own_headers = Arc::new(PageHeaders::new(access));
    let origins = Arc::new(OriginCheck {
        allowed: access.callers.clone(),
        server_key: settings.server_key.clone(),
    });
    let mut router = Router::new();
    let endpoints: [(&str, MethodRouter<Gateway>); 11] = [
        (routes::create_session::ENDPOINT.path, post(routes::create_session::handle)),
        (routes::put_crop::ENDPOINT.path, put(routes::put_crop::handle)),
        (routes::put_crop::POST_ENDPOINT.path, post(routes::put_crop::handle)),
        (routes::complete_session::ENDPOINT.path, post(routes::complete_session::handle)),
        (routes::get_session::ENDPOINT.path, get(routes::get_session::handle)),
        (routes::delete_session::ENDPOINT.path, delete(routes::delete_session::handle)),
        (routes::fast_check_crops::ENDPOINT.path, post(routes::fast_check_crops::handle)),
        (routes::fast_check::ENDPOINT.path, post(routes::fast_check::handle)),
        (routes::fast_check_stream::ENDPOINT.path, post(routes::fast_check_stream::handle)),
        (routes::models::ENDPOINT.path, get(routes::models::handle)),
        (routes::health::ENDPOINT.path, get(routes::health::handle)),
    ];
    for (path, endpoint) in endpoints {
        router = router.route(path, endpoint);
    }
    // Nothing under /api is ever a file.
    router = router.route("/api/{*path}", axum::routing::any(no_such_endpoint));
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
        .layer(from_fn_with_state(origins, origin_check::check))
        .layer(cors::layer(access))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn(linger::linger))
        .layer(from_fn_with_state(own_headers, headers::add))
        .layer(from_fn(log::line))
}

async fn no_such_endpoint() -> ApiError {
    ErrorCode::NotFound.into()
}

/// The panic has been reported on standard error already; the caller gets the envelope.
fn on_panic(_panic: Box<dyn Any + Send>) -> Response {
    ApiError::new(ErrorCode::InternalError).into_response()
}
