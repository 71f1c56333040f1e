//! The demo's files.

use std::convert::Infallible;
use std::path::Path;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use liveness_protocol::ErrorCode;
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use crate::domain::error::ApiError;

/// A year is the longest that caches honour.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Serves `dir` with MIME types by extension (`.wasm` is `application/wasm`, without which streaming
/// compilation fails), ETags and ranges; `ServeDir` refuses paths that leave it. A file whose name holds
/// its content's hash may be kept for good. A path without a file is answered in the envelope.
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
    tower::service_fn(move |request: Request| {
        let hashed = has_hash(request.uri().path());
        let answer = files.clone().oneshot(request);
        async move {
            let mut response = answer.await?.into_response();
            let there =
                response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
            if hashed && there {
                response.headers_mut().insert(header::CACHE_CONTROL, FOR_GOOD);
            }
            Ok(response)
        }
    })
}

/// Whether a path's file is called `NAME-HASH.ENDING`, the hash of at least 8 hexadecimal digits: such a name never stands for other content.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').map(|(stem, _)| stem);
    let hash = stem.and_then(|stem| stem.rsplit_once('-')).map(|(_, hash)| hash);
    hash.is_some_and(|hash| {
        hash.len() >= 8 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The answer for a path without a file.
pub fn no_such(request: &Request) -> Response {
    let get = matches!(*request.method(), axum::http::Method::GET | axum::http::Method::HEAD);
    let code = if get { ErrorCode::NotFound } else { ErrorCode::MethodNotAllowed };
    ApiError::new(code).into_response()
}

#[cfg(test)]
mod tests {
    use super::has_hash;

    #[test]
    fn a_hash_is_part_of_the_name() {
        for path in ["/a/face-0123abcd.bin", "/main-0123456789abcdef.js"] {
            assert!(has_hash(path), "{path}");
        }
        for path in [
            "/",
            "/face.bin",
            "/face-short.bin",
            "/face-0123abc.bin",
            "/face-0123ABCD.bin",
            "/face-0123abcd",
            "/0123abcd.bin",
            "/dir-0123abcd.x/face.bin",
        ] {
            assert!(!has_hash(path), "{path}");
        }
    }
}
