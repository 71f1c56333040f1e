//! The demo's files.

use std::convert::Infallible;
use std::path::Path;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use liveness_protocol::ErrorCode;
use tower_http::services::ServeDir;

use crate::error::ApiError;

/// Serves `dir` with MIME types by extension (`.wasm` is `application/wasm`, without which streaming
/// compilation fails), ETags and ranges; `ServeDir` refuses paths that leave it. What is not a file
/// is answered in the envelope.
pub fn service(
    dir: &Path,
) -> impl tower::Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static
+ use<> {
    let missing = tower::service_fn(|request: Request<Body>| async move {
        Ok::<_, Infallible>(no_such(&request))
    });
    let files = ServeDir::new(dir).call_fallback_on_method_not_allowed(true).fallback(missing);
    tower::ServiceExt::<Request>::map_response(files, IntoResponse::into_response)
}

/// The answer where no file is.
pub fn no_such(request: &Request) -> Response {
    let get = matches!(*request.method(), axum::http::Method::GET | axum::http::Method::HEAD);
    let code = if get { ErrorCode::NotFound } else { ErrorCode::MethodNotAllowed };
    ApiError::new(code).into_response()
}
