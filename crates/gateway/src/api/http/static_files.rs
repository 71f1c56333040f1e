//! The demo's files.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use liveness_protocol::ErrorCode;
use percent_encoding::percent_decode_str;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use super::siblings::Siblings;
use crate::domain::error::ApiError;

/// A year is the longest that caches honour.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// Another client may take another form.
const BY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// What is read of a file at once. With HTTP/2 that is held until the client takes it.
const PART: usize = 16 * 1024;

/// How many files are sent at once on one connection, if its requests carry this.
#[derive(Clone)]
pub struct FilesAtOnce(Arc<Semaphore>);

impl FilesAtOnce {
    /// So many.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// The right to send one, once there is room.
    async fn enter(self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.0.acquire_owned().await.ok()
    }
}

/// The same answer, whose body has this until it is sent, or given up.
fn holding(response: Response, held: OwnedSemaphorePermit) -> Response {
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &held;
            frame
        }))
    })
}

/// Serves `dir` with MIME types by extension (`.wasm` is `application/wasm`, without which streaming
/// compilation fails), ETags and ranges; `ServeDir` refuses paths that leave it. A file whose name holds
/// its content's hash may be kept for good. `main.js.br` and `main.js.gz` are sent in the place of `main.js` to whoever takes
/// them. A path without a file is answered in the envelope, and so is what [`is_withheld`].
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
    let files = ServeDir::with_backend(dir, Siblings)
        .with_buf_chunk_size(PART)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(missing);
    tower::service_fn(move |mut request: Request| {
        let hashed = has_hash(request.uri().path());
        let files = files.clone();
        async move {
            if is_withheld(request.uri().path()) {
                return Ok(no_such(&request));
            }
            let place = match request.extensions_mut().remove::<FilesAtOnce>() {
                Some(files) => files.enter().await,
                None => None,
            };
            if let Some(part_of) = request.headers_mut().remove(header::IF_RANGE) {
                let now = files.clone().oneshot(head_of(&request)).await?;
                if !is_still(&part_of, now.headers()) {
                    request.headers_mut().remove(header::RANGE);
                }
            }
            let mut response = files.oneshot(request).await?.into_response();
            if response.status().is_server_error() {
                // It says nothing of why.
                tracing::error!(status = %response.status(), "a file cannot be read");
                return Ok(ApiError::new(ErrorCode::InternalError).into_response());
            }
            if response.status() == StatusCode::NOT_MODIFIED {
                response.headers_mut().append(header::VARY, BY_ENCODING);
            }
            let there =
                response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
            if hashed && there {
                response.headers_mut().insert(header::CACHE_CONTROL, FOR_GOOD);
            }
            Ok(match place {
                Some(place) => holding(response, place),
                None => response,
            })
        }
    })
}

/// Whether a path is of what is never served: files and folders whose name begins with a dot, which are not put there to be
/// seen (but for `/.well-known`, which is); and what begins with two slashes, which in a redirect would name another host.
fn is_withheld(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let hidden = |(at, name): (usize, &str)| {
        let well_known = at == 1 && name == ".well-known";
        name.starts_with('.') && name != "." && !well_known
    };
    decoded.starts_with("//") || decoded.split('/').enumerate().any(hidden)
}

/// Asks which form of the file would be sent.
fn head_of(request: &Request) -> Request {
    let mut head = Request::new(Body::empty());
    *head.method_mut() = Method::HEAD;
    *head.uri_mut() = request.uri().clone();
    if let Some(encodings) = request.headers().get(header::ACCEPT_ENCODING) {
        head.headers_mut().insert(header::ACCEPT_ENCODING, encodings.clone());
    }
    head
}

/// Whether the file that a client has a part of is the one that is there: otherwise it gets the whole.
fn is_still(part_of: &HeaderValue, now: &HeaderMap) -> bool {
    let name =
        if part_of.as_bytes().starts_with(b"\"") { header::ETAG } else { header::LAST_MODIFIED };
    now.get(name) == Some(part_of)
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
    let get = matches!(*request.method(), Method::GET | Method::HEAD);
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
