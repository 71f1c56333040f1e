//! From settings to a running server, and its end.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::api::connections::{ConnectionLimits, Server};
use crate::api::gateway::Gateway;
use crate::api::router::build_router;
use crate::api::tls::{Hangup, Tls, TlsError};
use crate::backend::CheckBackend;
use crate::backend::ffmpeg::{ChildLimits, Ffmpeg};
use crate::backend::local::Local;
use crate::backend::upstream::{Upstream, UpstreamSetupError};
use crate::config::{Database, Settings};
use crate::domain::clock::{Clock as _, SystemClock};
use crate::domain::mode::Mode;
use crate::domain::route::Engines;
use crate::domain::video::listing::VideoError;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::store::postgres::{self, ConnectError, PostgresStore};
use crate::store::sqlite::{self, OpenError, SqliteStore};

/// How often expired sessions are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(15);

/// File handles that are kept for what is not a connection: files, the upstream, the database.
const OTHER_HANDLES: usize = 128;

/// Why a gateway does not start, or stops.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The model file cannot be read.
    #[error("the model file {path:?} cannot be read: {source}")]
    ModelFile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The model file does not hold the detector's weights.
    #[error("the model file is not usable: {0}")]
    Model(#[from] face_vision::ModelError),
    /// No client for the upstream could be made.
    #[error(transparent)]
    Upstream(#[from] UpstreamSetupError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The certificate or its key cannot be used.
    #[error("--tls-cert, --tls-key: {0}")]
    Tls(#[from] TlsError),
    /// The database cannot be reached, or used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// What is to decode videos does not.
    #[error("--ffmpeg {program:?} is not to be used: {why}")]
    Ffmpeg {
        /// Which.
        program: PathBuf,
        /// Why.
        why: VideoError,
    },
    /// Videos cannot be put into a temporary file.
    #[error("videos need temporary files, and {folder:?} (TMPDIR) takes none: {source}")]
    Temporary {
        /// Where they would be.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
}

impl ServeError {
    /// Whether it stays as it is until somebody changes the settings, or a file that they name. What is kept, and the
    /// network, may be as they should at the next attempt.
    pub const fn lasts(&self) -> bool {
        match self {
            Self::ModelFile { .. }
            | Self::Model(_)
            | Self::Upstream(_)
            | Self::Tls(_)
            | Self::Temporary { .. } => true,
            Self::Ffmpeg { why, .. } => !matches!(why, VideoError::Killed),
            Self::Database(_) | Self::Connect(_) | Self::Listen { .. } => false,
        }
    }
}

/// The engines the settings ask for: the upstream where there is a key; the local verifier where there is none, or where its
/// model file is named.
///
/// # Errors
/// See [`ServeError`].
pub fn engines(settings: &Settings) -> Result<Engines, ServeError> {
    let upstream: Option<Arc<dyn CheckBackend>> = match &settings.upstream {
        Some(config) => Some(Arc::new(Upstream::new(config.clone())?)),
        None => None,
    };
    let weights = match &settings.model_file {
        Some(path) => Some(
            std::fs::read(path)
                .map_err(|source| ServeError::ModelFile { path: path.clone(), source })?,
        ),
        None => None,
    };
    let local: Option<Arc<dyn CheckBackend>> = match upstream.is_none() || weights.is_some() {
        true => Some(Arc::new(Local::new(weights.as_deref())?)),
        false => None,
    };
    Ok(Engines::new(local, upstream, settings.modes.clone()))
}

/// TLS, if the settings ask for it.
///
/// # Errors
/// See [`TlsError`].
pub fn tls(settings: &Settings) -> Result<Option<Tls>, TlsError> {
    settings.tls.clone().map(Tls::load).transpose()
}

/// The store the settings ask for: the database if there is one, else memory.
///
/// # Errors
/// See [`ServeError`].
pub async fn store(settings: &Settings) -> Result<Arc<dyn Store>, ServeError> {
    let limits = settings.store;
    Ok(match &settings.database {
        Some(Database::File(path)) => Arc::new(SqliteStore::open(path, limits, SystemClock.now())?),
        Some(Database::Postgres(url)) => Arc::new(PostgresStore::open(url, limits).await?),
        None => Arc::new(MemoryStore::new(limits)),
    })
}

/// Whether videos can be decoded, if the settings ask for it.
///
/// # Errors
/// [`ServeError::Ffmpeg`], [`ServeError::Temporary`].
async fn require_decoder(settings: &Settings) -> Result<(), ServeError> {
    let Some(program) = &settings.video.ffmpeg else { return Ok(()) };
    let ffmpeg = Ffmpeg::new(program.clone(), ChildLimits::default());
    let is_one = ffmpeg.is_one().await;
    is_one.map_err(|why| ServeError::Ffmpeg { program: program.clone(), why })?;
    let folder = std::env::temp_dir();
    tempfile::tempfile().map(drop).map_err(|source| ServeError::Temporary { folder, source })
}

/// Whether a gateway would start with these settings; makes and changes nothing.
///
/// # Errors
/// See [`ServeError`].
pub async fn check(settings: &Settings) -> Result<Mode, ServeError> {
    let mode = engines(settings)?.default_mode();
    tls(settings)?;
    require_decoder(settings).await?;
    match &settings.database {
        Some(Database::Postgres(url)) => postgres::reach(url).await?,
        Some(Database::File(path)) => sqlite::probe(path)?,
        None => {}
    }
    Ok(mode)
}

/// Listens and serves until `shutdown` resolves, then lets what is under way finish.
///
/// # Errors
/// See [`ServeError`].
pub async fn run(
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = settings.listen;
    let _full_files = outlive_full_files();
    let engines = engines(&settings)?;
    let tls = tls(&settings)?;
    require_decoder(&settings).await?;
    let hangup = Hangup::listen();
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen { address, source })?;
    let mode = engines.default_mode();
    let store = store(&settings).await?;
    let gateway = Gateway::new(&settings, engines, store, Arc::new(SystemClock));
    let router = build_router(gateway.clone(), &settings);
    let bound = listener.local_addr().map_err(|source| ServeError::Listen { address, source })?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    tracing::info!(%mode, "listening on {scheme}://{bound}");
    warn_of_modes(&gateway).await;
    if !gateway.videos.are_taken() {
        tracing::info!("no ffmpeg: videos are not taken");
    }
    let videos = tokio::spawn(gateway.videos.clone().work());
    let sweeper = tokio::spawn(sweep(gateway.clone(), SWEEP_EVERY));
    let mut server = Server::new(router, within_handles(settings.connections))
        .with_metrics(gateway.metrics.clone());
    if let Some(tls) = &tls {
        server = server.with_tls(tls.config());
    }
    let renewal = tokio::spawn(renew(tls, hangup));
    server.run(listener, shutdown, gateway, settings.grace).await;
    // What is being decoded is taken up again by whoever comes next.
    videos.abort();
    sweeper.abort();
    renewal.abort();
    Ok(())
}

/// Says of which tenants no check can be decided here: their modes are set by another process, which cannot know.
async fn warn_of_modes(gateway: &Gateway) {
    // A store that fails has logged why.
    for tenant in gateway.tenants.tenants().await.unwrap_or_default() {
        if let Some(Err(error)) = tenant.mode.map(|mode| gateway.engines.serves(mode)) {
            tracing::warn!(tenant = %tenant.id, "its checks are refused: {error}");
        }
    }
}

/// A write that a limit on the size of files (`ulimit -f`) refuses fails, as one on a full disk does, instead of ending the
/// process.
#[cfg(unix)]
fn outlive_full_files() -> Option<tokio::signal::unix::Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    let kind = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    let listening = signal(kind);
    if let Err(error) = &listening {
        tracing::warn!(%error, "cannot listen for SIGXFSZ: a file that may not grow ends this process");
    }
    listening.ok()
}

#[cfg(not(unix))]
const fn outlive_full_files() {}

/// Takes up renewed certificates, until it is aborted. Without TLS a SIGHUP means nothing, and does no harm.
async fn renew(tls: Option<Tls>, mut hangup: Hangup) {
    match tls {
        Some(tls) => tls.keep_current(hangup).await,
        None => loop {
            hangup.next().await;
        },
    }
}

/// As many connections as are asked for, or as there can be file handles for.
fn within_handles(limits: ConnectionLimits) -> ConnectionLimits {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(handles) => {
            let handles = usize::try_from(handles).unwrap_or(usize::MAX);
            let most = handles.saturating_sub(OTHER_HANDLES).max(1);
            if most < limits.total {
                tracing::warn!(most, "fewer connections than configured: file handles are limited");
            }
            limits.at_most(most)
        }
        Err(error) => {
            tracing::warn!(%error, "the limit of file handles is not known");
            limits
        }
    }
}

/// Removes expired sessions, until it is aborted.
pub async fn sweep(gateway: Gateway, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    loop {
        ticks.tick().await;
        match gateway.store.sweep(gateway.clock.now()).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::debug!(forgotten, "expired sessions removed"),
            // The store has logged why.
            Err(_) => {}
        }
    }
}

/// Resolves on ctrl-c or SIGTERM.
pub async fn termination() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for ctrl-c");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "cannot listen for SIGTERM");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}

#[cfg(test)]
mod tests {
    use face_vision::ModelError;

    use super::*;

    #[test]
    fn only_what_may_be_well_later_is_tried_again() {
        let nowhere = || PathBuf::from("/nowhere");
        let source = || io::Error::from(io::ErrorKind::NotFound);
        let unreachable = ConnectError::Unreachable { database: "d".into(), why: "w".into() };
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
        for (error, lasts) in [
            (ServeError::ModelFile { path: nowhere(), source: source() }, true),
            (ServeError::Model(ModelError::Graph("g".into())), true),
            (ServeError::Upstream(UpstreamSetupError::Key), true),
            (ServeError::Tls(TlsError::NoKey(nowhere())), true),
            (ServeError::Ffmpeg { program: nowhere(), why: VideoError::TooSlow }, true),
            (ServeError::Ffmpeg { program: nowhere(), why: VideoError::Killed }, false),
            (ServeError::Temporary { folder: nowhere(), source: source() }, true),
            (ServeError::Database(OpenError::NotADatabase(nowhere())), false),
            (ServeError::Connect(unreachable), false),
            (ServeError::Listen { address, source: source() }, false),
        ] {
            assert_eq!(error.lasts(), lasts, "{error}");
        }
    }
}
