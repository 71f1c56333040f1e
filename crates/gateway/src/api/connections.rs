//! Connections: how many there may be, how long each may take over a head, a read or a write, and their end.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use crate::api::http::client::{Peer, client_of};
use crate::api::http::reached::Reached;

/// How long to wait after an accept that failed for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How long answers that are complete may take to be written out once nothing else is left to do.
const FLUSH: Duration = Duration::from_secs(3);

/// How often the end looks whether work is left.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Limits of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// At once, over all clients.
    pub total: usize,
    /// At once from one address; of IPv6 from one /64.
    pub per_address: usize,
    /// From the first look for a request until its head is whole. A connection that idles has as long.
    pub head: Duration,
    /// Without a byte arriving, whatever is awaited.
    pub read: Duration,
    /// Without a byte leaving, while there are some to send.
    pub write: Duration,
    /// Bytes of a head, which has 100 header lines at most.
    pub head_bytes: usize,
}

impl ConnectionLimits {
    /// Those for this many connections; one address may have a quarter of them.
    pub const fn new(total: usize) -> Self {
        let quarter = total / 4;
        Self {
            total,
            per_address: if quarter == 0 { 1 } else { quarter },
            head: Duration::from_secs(30),
            // Longer than any check takes.
            read: Duration::from_secs(120),
            write: Duration::from_secs(30),
            head_bytes: 64 * 1024,
        }
    }
}

/// How many connections each client has.
#[derive(Debug, Default)]
struct Clients(Mutex<HashMap<IpAddr, usize>>);

/// One connection's place with its client; given back on drop.
struct Place {
    clients: Arc<Clients>,
    client: IpAddr,
}

impl Clients {
    /// A place, unless the client has as many as it may.
    fn enter(self: &Arc<Self>, client: IpAddr, most: usize) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(client).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { clients: Arc::clone(self), client })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.client);
            }
        }
    }
}

/// What an end waits for.
pub trait Work {
    /// Whether requests or checks are under way.
    fn is_left(&self) -> bool;
}

/// Serves a router on connections.
pub struct Server {
    router: Router,
    limits: ConnectionLimits,
    places: Arc<Semaphore>,
    clients: Arc<Clients>,
    connections: JoinSet<()>,
    graceful: GracefulShutdown,
}

impl Server {
    /// A server with no connection as yet.
    pub fn new(router: Router, limits: ConnectionLimits) -> Self {
        Self {
            router,
            limits,
            places: Arc::new(Semaphore::new(limits.total.min(Semaphore::MAX_PERMITS))),
            clients: Arc::default(),
            connections: JoinSet::new(),
            graceful: GracefulShutdown::new(),
        }
    }

    /// Accepts and serves until `shutdown` resolves. Then no connection is taken, and `work` may go on for `grace` at
    /// most; connections that wait for nothing but the client are dropped when it is done.
    pub async fn run(
        mut self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
        work: impl Work,
        grace: Duration,
    ) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            // A finished task's result is of no interest; a panic has been reported.
            while self.connections.try_join_next().is_some() {}
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = accept(&listener, &self.places) => accepted,
            };
            match accepted {
                Ok((stream, address, permit)) => self.serve(stream, address, permit),
                Err(error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        self.end(work, grace).await;
    }

    fn serve(&mut self, stream: TcpStream, address: SocketAddr, permit: OwnedSemaphorePermit) {
        let client = client_of(address.ip());
        let Some(place) = self.clients.enter(client, self.limits.per_address) else {
            tracing::warn!(%client, "a client has too many connections: one more is closed");
            return;
        };
        // Answers are small and final; waiting for more to send would only delay them.
        stream.set_nodelay(true).ok();
        let reached = stream.local_addr().ok().map(Reached);
        let peer = Peer(address.ip());
        let router = self.router.clone();
        let service = move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            if let Some(reached) = reached {
                request.extensions_mut().insert(reached);
            }
            // A router is always ready.
            router.clone().call(request.map(Body::new))
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(self.limits.read));
        stream.set_write_timeout(Some(self.limits.write));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_header_size(self.limits.head_bytes)
            .serve_connection(TokioIo::new(Box::pin(stream)), service_fn(service));
        let connection = self.graceful.watch(connection);
        self.connections.spawn(async move {
            let _held = (permit, place);
            if let Err(error) = connection.await {
                // Whoever hangs up or is too slow has caused it; nothing is wrong here.
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }

    async fn end(self, work: impl Work, grace: Duration) {
        tracing::info!("stopping: no new connections");
        let Self { graceful, mut connections, .. } = self;
        let end = async {
            let mut closed = std::pin::pin!(graceful.shutdown());
            let all_closed = tokio::select! {
                () = &mut closed => true,
                () = until_idle(&work) => false,
            };
            if all_closed {
                // A check that belongs to no connection may still run.
                until_idle(&work).await;
            } else {
                // What is left is being written out, or waits for a client that may never say anything.
                tokio::time::timeout(FLUSH, closed).await.ok();
            }
        };
        if tokio::time::timeout(grace, end).await.is_err() {
            tracing::warn!(seconds = grace.as_secs(), "what still ran has been dropped");
        }
        connections.shutdown().await;
    }
}

async fn until_idle(work: &impl Work) {
    while work.is_left() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(places).acquire_owned().await.map_err(io::Error::other)?;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return Ok((stream, address, permit)),
            // The client has gone again; the next one may be there.
            Err(error) if is_of_client(&error) => {}
            Err(error) => return Err(error),
        }
    }
}

fn is_of_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_its_share_and_gives_it_back() {
        let clients = Arc::new(Clients::default());
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let first = clients.enter(one, 2).expect("a place");
        let second = clients.enter(one, 2).expect("another");
        assert!(clients.enter(one, 2).is_none());
        assert!(clients.enter(other, 2).is_some());
        drop(first);
        let third = clients.enter(one, 2).expect("the place that came back");
        drop((second, third));
        assert!(clients.0.lock().unwrap().is_empty(), "nothing is kept of who has gone");
    }
}
