//! Answers at once, whatever of a body has not been read, and still lets its sender see the answer.
//!
//! A caller that is busy sending may never look for an answer if the connection breaks first. So what nobody
//! wants is discarded while the answer is already on its way, within reason.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;

use super::limits::EndpointLimits;

/// How much is discarded, and for how long: of the longest body that is taken more, since whoever sends a longer one is to hear
/// that it is too long.
const DRAIN_BYTES: usize = EndpointLimits::DEFAULT.longest_json() / 3 * 4;
const DRAIN_TIME: Duration = Duration::from_secs(20);

/// The rest of a body of this length will have arrived soon; the connection is worth keeping.
const SMALL: u64 = 256 * 1024;

/// A request's body which, dropped unread, goes on to be discarded.
struct Lingering {
    /// `None` only while it is dropped.
    body: Option<Body>,
    /// The caller waits to be told to go on (`Expect: 100-continue`). The first read tells it.
    waits: bool,
    /// Nothing more will come.
    ended: bool,
    /// Set when it was dropped before its end.
    unread: Arc<AtomicBool>,
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        self.waits = false;
        self.ended |= matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if self.is_end_stream() {
            return;
        }
        self.unread.store(true, Ordering::Relaxed);
        let Some(body) = self.body.take().filter(|_| !self.waits) else { return };
        // Outside of a runtime there is no connection either.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(drain(body));
        }
    }
}

async fn drain(mut body: Body) {
    let discard = async {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, Bytes::len);
            if seen > DRAIN_BYTES {
                break;
            }
        }
    };
    // What has not come by then breaks off.
    tokio::time::timeout(DRAIN_TIME, discard).await.ok();
}

/// Lets every endpoint answer without a thought for the body that it has not read.
pub async fn linger(request: Request, next: Next) -> Response {
    let version = request.version();
    let waits = request.headers().contains_key(header::EXPECT);
    let large = request.body().size_hint().upper().is_none_or(|bytes| bytes > SMALL);
    let unread = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| {
        let unread = Arc::clone(&unread);
        Body::new(Lingering { ended: body.is_end_stream(), body: Some(body), waits, unread })
    });
    let mut response = next.run(request).await;
    // In HTTP/2 a request's own end says so.
    if unread.load(Ordering::Relaxed) && (large || waits) && version < Version::HTTP_2 {
        // Tells a caller that can listen to send no more.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
