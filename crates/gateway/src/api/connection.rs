//! One connection: its handshake, what is spoken on it, how long it may take, and its end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::Service as _;

use super::connection_limits::{ConnectionLimits, FLUSH};
use super::http::client::Peer;
use super::http::reached::Reached;
use super::http::static_files::FilesAtOnce;
use super::streams::Streams;

/// Requests at once on one connection.
const STREAMS: u32 = 100;

/// What a client may send of one request, or of all, before somebody has read it.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;

/// What is held of one answer that its client does not take, beside the part that comes next.
const SEND_BUFFER: usize = 16 * 1024;

/// Files that are read at once for one connection: each holds a file handle and its next part, whatever the client takes.
const FILES: usize = 8;

/// Requests that a client takes back before they have been looked at, and errors of its own making, before its connection
/// is closed.
const EARLY_RESETS: usize = 20;
const FAULTS: usize = 100;

/// How often a client is asked whether it is still there, and how long it has to say so.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_WITHIN: Duration = Duration::from_secs(20);

/// What every connection is served by.
#[derive(Clone)]
pub struct Terms {
    /// Answers.
    pub router: Router,
    /// Limits.
    pub limits: ConnectionLimits,
    /// With it, only TLS is spoken.
    pub tls: Option<Arc<ServerConfig>>,
    /// Becomes true when the gateway ends.
    pub closing: watch::Receiver<bool>,
}

/// Both ends of a connection.
#[derive(Clone, Copy)]
struct Ends {
    peer: Peer,
    reached: Option<Reached>,
}

/// Why a connection has ended other than it should.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// No handshake in time.
    #[error("no TLS handshake in time")]
    SlowHandshake,
    /// No handshake at all.
    #[error("TLS: {0}")]
    Handshake(std::io::Error),
    /// The client has hung up, is too slow, or does not keep to the protocol.
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

impl Broken {
    /// The kind of it, as it is counted.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::SlowHandshake | Self::Handshake(_) => "handshake",
            Self::Http(error) if error.is_parse() => "head",
            Self::Http(error) if error.is_timeout() => "slow",
            Self::Http(_) => "other",
        }
    }
}

impl Terms {
    /// Serves one connection until it ends.
    ///
    /// # Errors
    /// See [`Broken`].
    pub async fn serve(self, stream: TcpStream, peer: Peer) -> Result<(), Broken> {
        // Answers are small and final; waiting for more to send would only delay them.
        stream.set_nodelay(true).ok();
        let ends = Ends { peer, reached: stream.local_addr().ok().map(Reached) };
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(self.limits.read));
        stream.set_write_timeout(Some(self.limits.write));
        let stream = Box::pin(stream);
        let Some(config) = self.tls.clone() else { return self.http1(stream, ends).await };
        let mut closing = self.closing.clone();
        let handshake = TlsAcceptor::from(config).accept(stream);
        let stream = tokio::select! {
            shaken = tokio::time::timeout(self.limits.handshake, handshake) => {
                shaken.map_err(|_| Broken::SlowHandshake)?.map_err(Broken::Handshake)?
            }
            // Nothing has been asked.
            () = end(&mut closing) => return Ok(()),
        };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream, ends).await
        } else {
            self.http1(stream, ends).await
        }
    }

    async fn http1<I>(mut self, stream: I, ends: Ends) -> Result<(), Broken>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router;
        let service = service_fn(move |request| answer(router.clone(), request, ends));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_header_size(self.limits.head_bytes)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return Ok(ended?),
            () = end(&mut self.closing) => {}
        }
        connection.as_mut().graceful_shutdown();
        Ok(connection.await?)
    }

    async fn http2<I>(mut self, stream: I, ends: Ends) -> Result<(), Broken>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let streams = Arc::new(Streams::new(self.limits.head, self.limits.write));
        let (router, watched) = (self.router, Arc::clone(&streams));
        let files = FilesAtOnce::new(FILES);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(files.clone());
            Arc::clone(&watched).watch(answer(router.clone(), request, ends))
        });
        let head_bytes = u32::try_from(self.limits.head_bytes).unwrap_or(u32::MAX);
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(head_bytes)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_pending_accept_reset_streams(EARLY_RESETS)
            .max_local_error_reset_streams(FAULTS)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_WITHIN)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let mut stalled = std::pin::pin!(streams.stalled());
        tokio::select! {
            ended = connection.as_mut() => return Ok(ended?),
            () = end(&mut self.closing) => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection.as_mut() => return Ok(ended?),
                    () = stalled.as_mut() => {}
                }
            }
            () = stalled.as_mut() => connection.as_mut().graceful_shutdown(),
        }
        // It has been told; what it does not take by now is lost.
        tokio::time::timeout(FLUSH, connection).await.ok();
        Ok(())
    }
}

/// Resolves when the gateway ends.
async fn end(closing: &mut watch::Receiver<bool>) {
    // Without its sender there is no gateway any more.
    closing.wait_for(|closing| *closing).await.ok();
}

async fn answer(
    mut router: Router,
    mut request: hyper::Request<Incoming>,
    ends: Ends,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(ends.peer);
    if let Some(reached) = ends.reached {
        request.extensions_mut().insert(reached);
    }
    // A router is always ready.
    router.call(request.map(Body::new)).await
}
