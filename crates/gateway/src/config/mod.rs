//! Flags and environment, checked before anything starts. `docs/gateway.md` has a table of them.

mod access_flags;
mod audit;
mod database;
mod error;
mod keys;
mod listening;
mod mode;
mod rates;
mod secrets;
mod store_flags;
mod tenants;
mod upstream;
mod video;
mod warnings;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use liveness_protocol::Model;
use liveness_protocol::model::RECOMMENDED_MODEL;
use secrecy::{SecretSlice, SecretString};
use url::Url;

use crate::api::connections::ConnectionLimits;
use crate::api::http::hosts::Hosts;
use crate::api::http::limits::EndpointLimits;
use crate::api::http::other_origins::{Access, PaidChecks};
use crate::api::tls::TlsFiles;
use crate::backend::upstream::UpstreamConfig;
use crate::domain::mode::Modes;
use crate::domain::rates::RateSettings;
use crate::domain::recycled::Recycled;
use crate::domain::runner::DEADLINE;
use crate::store::StoreLimits;
use crate::store::sealed::StorageKey;

use error::{MIN_SERVER_KEY, in_range};
use secrets::{random_secret, secret, signing_secret, storage_key};
use warnings::Looked;

pub use access_flags::AccessFlags;
pub use audit::{AuditCommand, AuditFlags};
pub use database::{Database, DatabaseFlag};
pub use error::{ConfigError, HeaderFault};
pub use keys::{KeysCommand, name as name_of_people};
pub use listening::{ListenFlags, PlainHttp};
pub use mode::{ModeFlags, ModelMode};
pub use rates::RateFlags;
pub use store_flags::StoreFlags;
pub use tenants::{Limit, OwnMode, TenantsCommand};
pub use upstream::{UpstreamDown, UpstreamFlags};
pub use video::{VideoFlags, VideoSettings};

/// A liveness gateway: holds the API key, keeps sessions, verifies or forwards.
///
/// Secrets come from the environment alone, since other users can read a command line, or from files that it names
/// (LIVENESS_SECRET_FILE and so on):
/// MOVERIS_API_KEY (with it checks go to the Moveris API, without it to the local verifier, unless `--mode` says otherwise),
/// LIVENESS_SECRET (signs session tokens; 32 bytes or more), LIVENESS_PREVIOUS_SECRET (the one before it, until its sessions
/// are over and forgotten: `--session-ttl` and `--verdict-ttl`), LIVENESS_SERVER_KEY (lets your back end read any session;
/// 16 characters or more), LIVENESS_STORAGE_KEY (encrypts pictures before they are kept; 32 bytes or more),
/// LIVENESS_PREVIOUS_STORAGE_KEY. So does LIVENESS_DATABASE where it has a password.
#[derive(Debug, Clone, Parser)]
#[command(name = "liveness-gateway", version)]
pub struct Config {
    /// Folder of files to serve at `/`.
    #[arg(long, env = "LIVENESS_STATIC_DIR")]
    pub static_dir: Option<PathBuf>,

    /// Weights of the face detector for the local verifier.
    #[arg(long, env = "LIVENESS_MODEL_FILE")]
    pub model_file: Option<PathBuf>,

    /// The Moveris API, or what stands in for it.
    #[arg(long, env = "MOVERIS_BASE_URL", default_value = "https://api.moveris.com")]
    pub base_url: Url,

    /// The model for sessions that do not name one.
    #[arg(long, env = "LIVENESS_DEFAULT_MODEL", default_value = RECOMMENDED_MODEL)]
    pub default_model: String,

    /// How long a session takes crops, in seconds.
    #[arg(long, env = "LIVENESS_SESSION_TTL", default_value_t = 300, value_name = "SECONDS")]
    pub session_ttl: u64,

    /// File in which sessions, crops and verdicts are kept, so that they outlive the process; or the URL of a
    /// PostgreSQL database, which several gateways may share.
    #[arg(
        long,
        env = "LIVENESS_DATABASE",
        hide_env_values = true,
        value_name = "FILE|URL",
        global = true
    )]
    pub database: Option<DatabaseFlag>,

    /// How many megabytes of request bodies may be held at once, over all requests. Of more than one body one tenant, or without
    /// a key one client address, has at most as much as is left for the others.
    #[arg(long, env = "LIVENESS_MAX_BODY_MEGABYTES", default_value_t = 256, value_name = "MB")]
    pub max_body_megabytes: usize,

    /// Who may ask for a check without a session (`fast-check-crops` and its kin) where it may be paid for: the upstream may be asked.
    #[arg(long, env = "LIVENESS_PAID_CHECKS", value_enum, default_value = "server-key")]
    pub paid_checks: PaidChecks,

    /// What becomes of a session whose pictures are of a camera and have been part of another session in the last week: as far back
    /// as --max-prints reaches, and without --database since the start at most.
    #[arg(long, env = "LIVENESS_RECYCLED_PICTURES", value_enum, default_value = "refuse")]
    pub recycled_pictures: Recycled,

    /// How many connections there may be at once. One client address (of IPv6 one /64) may have a quarter of them.
    #[arg(long, env = "LIVENESS_MAX_CONNECTIONS", default_value_t = 8192)]
    pub max_connections: usize,

    /// How long requests and checks that are under way may go on after a signal to stop, in seconds.
    #[arg(long, env = "LIVENESS_GRACE", default_value_t = 60, value_name = "SECONDS")]
    pub grace: u64,

    #[command(subcommand)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub command: Option<Command>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub store: StoreFlags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub listening: ListenFlags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub access: AccessFlags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub rates: RateFlags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub video: VideoFlags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub audit: AuditFlags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub upstream: UpstreamFlags,

    #[command(flatten)]
    #[allow(missing_docs, reason = "clap would take it for the command's own description")]
    pub modes: ModeFlags,
}

/// What to do instead of serving.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Check the settings, the secrets and the model file, and end: with 0 if a gateway would start with them.
    Check,
    /// Make, list, revoke and rotate API keys, in the file that `--database` names. A gateway may run on it.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make, list and change tenants, in the same file.
    #[command(subcommand)]
    Tenants(TenantsCommand),
    /// List the entries of the audit log, or see whether it is whole, in the same file.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the OpenAPI document of this version, and end.
    Openapi,
}

/// A checked configuration. Its `Debug` form shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The hosts that requests may name.
    pub hosts: Hosts,
    /// The certificate to speak TLS with.
    pub tls: Option<TlsFiles>,
    /// Files to serve.
    pub static_dir: Option<PathBuf>,
    /// The local verifier's detector.
    pub model_file: Option<PathBuf>,
    /// The upstream, when a key is set.
    pub upstream: Option<UpstreamConfig>,
    /// Which engine decides.
    pub modes: Modes,
    /// The model for sessions that do not name one.
    pub default_model: String,
    /// A session's life.
    pub session_ttl: Duration,
    /// What the store may hold.
    pub store: StoreLimits,
    /// Where it keeps it; without one, in memory.
    pub database: Option<Database>,
    /// What request bodies may take in memory together.
    pub max_body_bytes: usize,
    /// What pages of other origins may do.
    pub access: Access,
    /// Signs tokens.
    pub token_secret: SecretSlice<u8>,
    /// Has signed tokens before it, which still hold.
    pub previous_secret: Option<SecretSlice<u8>>,
    /// Whether that secret outlives this process.
    pub lasting_secret: bool,
    /// Encrypts pictures before they are kept.
    pub storage_key: Option<StorageKey>,
    /// Reads any session.
    pub server_key: Option<SecretString>,
    /// What is done with videos.
    pub video: VideoSettings,
    /// What the endpoints take.
    pub limits: EndpointLimits,
    /// Who may ask for a check that is paid for without a session.
    pub paid_checks: PaidChecks,
    /// How often somebody may ask.
    pub rates: RateSettings,
    /// How many proxies name the client.
    pub trusted_proxies: usize,
    /// What becomes of pictures that come again.
    pub recycled: Recycled,
    /// Connections.
    pub connections: ConnectionLimits,
    /// For what is under way at the end.
    pub grace: Duration,
    /// The longest a check may take, in either mode.
    pub check_deadline: Duration,
    /// What is to be said of these settings at the start.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Whether there is room for the largest video, of which a tenant has a share: what is left for the others.
    fn fits_videos(&self) -> bool {
        self.store.max_crop_bytes / 2 >= self.video.max_bytes
    }
}

impl Config {
    /// Reads flags alone, whatever is in the environment: for tests, and for programs that hold a gateway.
    ///
    /// # Errors
    /// For flags that are not known, or not understood.
    pub fn from_flags<'a>(flags: impl IntoIterator<Item = &'a str>) -> Result<Self, clap::Error> {
        let flags = std::iter::once("liveness-gateway").chain(flags);
        Self::from_arg_matches(&Self::command_without_environment().try_get_matches_from(flags)?)
    }

    fn command_without_environment() -> clap::Command {
        Self::command().mut_args(|arg| arg.env(clap::builder::Resettable::Reset))
    }

    /// Where sessions, keys and tenants are kept, if that is to outlive a process. `env` looks up environment variables.
    ///
    /// # Errors
    /// When it is given in a way that cannot be used.
    pub fn database(
        &self,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Database>, ConfigError> {
        database::database(self.database.clone(), secret(env, "LIVENESS_DATABASE"))
    }

    /// Checks the flags and takes the secrets from `env` (a look-up of environment variables; an
    /// empty variable counts as absent).
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn settings(self, env: impl Fn(&str) -> Option<String>) -> Result<Settings, ConfigError> {
        let flags = self.clone();
        let settings = self.checked(env)?;
        // A program that was only found may be there for something else.
        if flags.video.ffmpeg.is_some() && !settings.fits_videos() {
            return Err(ConfigError::NoRoomForVideos);
        }
        let reached = !settings.listen.ip().to_canonical().is_loopback();
        let by_proxy = flags.listening.plain_http == PlainHttp::BehindProxy;
        let looked = Looked {
            keyless: if settings.upstream.is_some() { Vec::new() } else { flags.about_upstream() },
            session_ttl: flags.session_ttl,
            nameless: by_proxy && reached && settings.trusted_proxies == 0,
            too_long: Some(settings.limits.longest_json())
                .filter(|bytes| *bytes > settings.max_body_bytes),
            no_room: settings.video.ffmpeg.is_some() && !settings.fits_videos(),
        };
        Ok(Settings { warnings: looked.warnings(), ..settings })
    }

    /// The flags about the Moveris API that have been set.
    fn about_upstream(&self) -> Vec<&'static str> {
        let Ok(unset) = Self::from_flags([]) else { return Vec::new() };
        let (ours, theirs) = (&self.upstream, &unset.upstream);
        let flags = [
            ("--base-url", self.base_url != unset.base_url),
            ("--upstream-timeout", ours.upstream_timeout != theirs.upstream_timeout),
            ("--upstream-failures", ours.upstream_failures != theirs.upstream_failures),
            ("--upstream-rest", ours.upstream_rest != theirs.upstream_rest),
            ("--upstream-down", ours.upstream_down != theirs.upstream_down),
            ("--paid-checks", self.paid_checks != unset.paid_checks),
            ("--borderline", self.modes.borderline != unset.modes.borderline),
        ];
        flags.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag)).collect()
    }

    fn checked(self, env: impl Fn(&str) -> Option<String>) -> Result<Settings, ConfigError> {
        let secret_of = |name: &str| secret(&env, name);
        let database = self.database(&env)?;
        if Model::find(&self.default_model).is_none() {
            return Err(ConfigError::DefaultModel(self.default_model));
        }
        let session_ttl = in_range("--session-ttl", self.session_ttl, 24 * 3600)?;
        let store = self.store.check(database.is_some())?;
        let body = in_range("--max-body-megabytes", self.max_body_megabytes as u64, 1 << 20)?;
        in_range("--upstream-timeout", self.upstream.upstream_timeout, 45)?;
        in_range("--upstream-rest", self.upstream.upstream_rest, 600)?;
        let connections = in_range("--max-connections", self.max_connections as u64, 1_000_000)?;
        let grace = in_range("--grace", self.grace, 3600)?;
        let (hosts, tls) = self.listening.check()?;
        let access = self.access.check()?;
        let video = self.video.check(env("PATH").as_deref())?;
        if let Some(dir) = self.static_dir.as_ref().filter(|dir| !dir.is_dir()) {
            return Err(ConfigError::StaticDir(dir.clone()));
        }
        let upstream = match secret_of("MOVERIS_API_KEY")? {
            Some(key) => Some(upstream::config(key, self.base_url, &self.upstream)?),
            None => None,
        };
        let has_verifier = upstream.is_none() || self.model_file.is_some();
        let modes = self.modes.check(upstream.is_some(), has_verifier)?;
        let secret = secret_of("LIVENESS_SECRET")?;
        let lasting_secret = secret.is_some();
        let token_secret = match secret {
            Some(secret) => signing_secret("LIVENESS_SECRET", secret)?,
            None if database.is_some() => return Err(ConfigError::DatabaseWithoutSecret),
            None => random_secret()?,
        };
        let previous_secret = match secret_of("LIVENESS_PREVIOUS_SECRET")? {
            Some(_) if !lasting_secret => return Err(ConfigError::PreviousSecretAlone),
            Some(secret) => Some(signing_secret("LIVENESS_PREVIOUS_SECRET", secret)?.into()),
            None => None,
        };
        let storage_key = storage_key(secret_of)?;
        let server_key = secret_of("LIVENESS_SERVER_KEY")?;
        if server_key.as_ref().is_some_and(|key| key.chars().count() < MIN_SERVER_KEY) {
            return Err(ConfigError::ShortServerKey);
        }
        Ok(Settings {
            listen: self.listening.listen,
            hosts,
            tls,
            static_dir: self.static_dir,
            model_file: self.model_file,
            upstream,
            modes,
            default_model: self.default_model,
            session_ttl: Duration::from_secs(session_ttl),
            store: StoreLimits { audit_ms: self.audit.retention_ms(), ..store },
            database,
            max_body_bytes: (body as usize).saturating_mul(1 << 20),
            access,
            token_secret: token_secret.into(),
            previous_secret,
            lasting_secret,
            storage_key,
            server_key: server_key.map(SecretString::from),
            limits: EndpointLimits::default().with_video_bytes(video.max_bytes),
            video,
            paid_checks: self.paid_checks,
            rates: self.rates.settings(),
            trusted_proxies: self.rates.trusted_proxies as usize,
            recycled: self.recycled_pictures,
            connections: ConnectionLimits::new(connections as usize),
            grace: Duration::from_secs(grace),
            // The browser waits 60 s for a verdict.
            check_deadline: DEADLINE,
            warnings: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests;
