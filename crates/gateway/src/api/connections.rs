//! Connections: how many there may be, how long each may take over a head, a read or a write, and their end.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::Terms;
use super::connection_limits::FLUSH;
use super::http::client::{Peer, client_of};
use crate::metrics::Metrics;
use crate::seldom::Seldom;

pub use super::connection_limits::ConnectionLimits;

/// How long to wait after an accept that failed for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How often the end looks whether work is left.
const LOOK_EVERY: Duration = Duration::from_millis(50);

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
    /// Begins nothing from here on but what requests ask for that are under way.
    fn close(&self);

    /// Whether requests or checks are under way.
    fn is_left(&self) -> bool;
}

/// Serves a router on connections.
pub struct Server {
    terms: Terms,
    limits: ConnectionLimits,
    places: Arc<Semaphore>,
    clients: Arc<Clients>,
    connections: JoinSet<()>,
    closing: watch::Sender<bool>,
    metrics: Metrics,
    /// When the log has said last that all places are taken, and that one address has its share.
    said_full: Seldom,
    said_shared: Seldom,
}

impl Server {
    /// A server with no connection as yet.
    pub fn new(router: Router, limits: ConnectionLimits) -> Self {
        let (closing, told) = watch::channel(false);
        Self {
            terms: Terms { router, limits, tls: None, closing: told },
            limits,
            places: Arc::new(Semaphore::new(limits.total.min(Semaphore::MAX_PERMITS))),
            clients: Arc::default(),
            connections: JoinSet::new(),
            closing,
            metrics: Metrics::default(),
            said_full: Seldom::new(),
            said_shared: Seldom::new(),
        }
    }

    /// Counts connections there.
    pub fn with_metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Speaks TLS on every connection, and nothing else.
    pub fn with_tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.terms.tls = Some(config);
        self
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
                // First, so that a signal is listened for before anybody can have been answered.
                biased;
                () = &mut shutdown => break,
                accepted = self.accept(&listener) => accepted,
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
            self.metrics.connection_limited("address");
            if self.said_shared.is_due(Instant::now()) {
                let most = self.limits.per_address;
                tracing::warn!(%client, most, "a client has too many connections: others of it are closed");
            }
            return;
        };
        let terms = self.terms.clone();
        let peer = Peer(address.ip());
        let (metrics, open) = (self.metrics.clone(), self.metrics.connection_begins());
        self.connections.spawn(async move {
            let _held = (permit, place, open);
            if let Err(error) = terms.serve(stream, peer).await {
                metrics.connection_broken(error.reason());
                // Whoever hangs up or is too slow has caused it; nothing is wrong here.
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }

    /// The next connection, once there is a place for it.
    async fn accept(
        &self,
        listener: &TcpListener,
    ) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let places = Arc::clone(&self.places);
        let permit = match Arc::clone(&places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.metrics.connection_limited("all");
                if self.said_full.is_due(Instant::now()) {
                    let most = self.limits.total;
                    tracing::warn!(
                        most,
                        "all connections are taken: whoever comes now waits until one ends"
                    );
                }
                places.acquire_owned().await.map_err(io::Error::other)?
            }
        };
        loop {
            match listener.accept().await {
                Ok((stream, address)) => return Ok((stream, address, permit)),
                // The client has gone again; the next one may be there.
                Err(error) if is_of_client(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn end(self, work: impl Work, grace: Duration) {
        tracing::info!("stopping: no new connections");
        let Self { closing, mut connections, .. } = self;
        closing.send_replace(true);
        work.close();
        let end = async {
            let closed = async { while connections.join_next().await.is_some() {} };
            let mut closed = std::pin::pin!(closed);
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
