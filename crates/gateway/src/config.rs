//! Flags and environment, checked before anything starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use liveness_protocol::model::RECOMMENDED_MODEL;
use liveness_protocol::{Model, RetryPolicy};
use secrecy::{SecretSlice, SecretString};
use url::Url;

use crate::backend::upstream::UpstreamConfig;
use crate::http::limits::EndpointLimits;
use crate::session::memory::MemoryLimits;
use crate::token::MIN_SECRET_BYTES;

/// The fewest characters of a server key.
const MIN_SERVER_KEY: usize = 16;

/// For all requests and pauses of a check together.
const UPSTREAM_DEADLINE: Duration = Duration::from_secs(50);

/// A liveness gateway: holds the API key, keeps sessions, verifies or forwards.
///
/// Secrets come from the environment alone, since other users can read a command line:
/// MOVERIS_API_KEY (with it checks go to the Moveris API, without it to the local verifier),
/// LIVENESS_SECRET (signs session tokens; 32 bytes or more), LIVENESS_SERVER_KEY (lets your back end
/// read any session; 16 characters or more).
#[derive(Debug, Clone, Parser)]
#[command(name = "liveness-gateway", version)]
pub struct Config {
    /// Address and port to listen on.
    #[arg(long, env = "LIVENESS_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

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

    /// How long a verdict can be read, in seconds.
    #[arg(long, env = "LIVENESS_VERDICT_TTL", default_value_t = 3600, value_name = "SECONDS")]
    pub verdict_ttl: u64,

    /// How many sessions may hold crops at once.
    #[arg(long, env = "LIVENESS_MAX_SESSIONS", default_value_t = 500)]
    pub max_sessions: usize,

    /// How many megabytes of crops may be held at once.
    #[arg(long, env = "LIVENESS_MAX_CROP_MEGABYTES", default_value_t = 2048, value_name = "MB")]
    pub max_crop_megabytes: usize,

    /// An origin whose pages may use the API, such as `https://shop.example`; may be repeated.
    #[arg(long, env = "LIVENESS_ALLOW_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,

    /// How long one request to the Moveris API may take, in seconds.
    #[arg(long, env = "LIVENESS_UPSTREAM_TIMEOUT", default_value_t = 20, value_name = "SECONDS")]
    pub upstream_timeout: u64,
}

/// Why a configuration is refused. No secret is part of any message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `--default-model` is not in the registry.
    #[error("--default-model {0:?} is not a known model")]
    DefaultModel(String),
    /// A number that has to be positive, or is too large.
    #[error("{flag} has to be between 1 and {max}")]
    OutOfRange {
        /// The flag.
        flag: &'static str,
        /// Its maximum.
        max: u64,
    },
    /// `--allow-origin` is not an origin.
    #[error("--allow-origin {0:?} is not an origin such as https://shop.example")]
    Origin(String),
    /// The base URL is not one a key may be sent to.
    #[error(
        "MOVERIS_BASE_URL has to be an https URL (http only on this machine) without credentials, query or fragment"
    )]
    BaseUrl,
    /// The signing secret is too short.
    #[error("LIVENESS_SECRET needs at least {MIN_SECRET_BYTES} bytes")]
    ShortSecret,
    /// The server key is too short.
    #[error("LIVENESS_SERVER_KEY needs at least {MIN_SERVER_KEY} characters")]
    ShortServerKey,
    /// The API key cannot be sent.
    #[error("MOVERIS_API_KEY has to be visible ASCII characters")]
    ApiKey,
    /// The static folder does not exist.
    #[error("--static-dir {0:?} is not a folder")]
    StaticDir(PathBuf),
    /// The machine has no source of random numbers.
    #[error("no random secret could be made: {0}")]
    Random(String),
}

/// A checked configuration. Its `Debug` form shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Files to serve.
    pub static_dir: Option<PathBuf>,
    /// The local verifier's detector.
    pub model_file: Option<PathBuf>,
    /// The upstream, when a key is set.
    pub upstream: Option<UpstreamConfig>,
    /// The model for sessions that do not name one.
    pub default_model: String,
    /// A session's life.
    pub session_ttl: Duration,
    /// What the store may hold.
    pub memory: MemoryLimits,
    /// Origins besides our own.
    pub allow_origin: Vec<String>,
    /// Signs tokens.
    pub token_secret: SecretSlice<u8>,
    /// Whether that secret outlives this process.
    pub lasting_secret: bool,
    /// Reads any session.
    pub server_key: Option<SecretString>,
    /// What the endpoints take.
    pub limits: EndpointLimits,
    /// The longest a check may take, in either mode.
    pub check_deadline: Duration,
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

    /// Checks the flags and takes the secrets from `env` (a look-up of environment variables; an
    /// empty variable counts as absent).
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn settings(self, env: impl Fn(&str) -> Option<String>) -> Result<Settings, ConfigError> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        if Model::find(&self.default_model).is_none() {
            return Err(ConfigError::DefaultModel(self.default_model));
        }
        let session_ttl = in_range("--session-ttl", self.session_ttl, 24 * 3600)?;
        let verdict_ttl = in_range("--verdict-ttl", self.verdict_ttl, 7 * 24 * 3600)?;
        let max_sessions = in_range("--max-sessions", self.max_sessions as u64, 1_000_000)?;
        let megabytes = in_range("--max-crop-megabytes", self.max_crop_megabytes as u64, 1 << 20)?;
        let timeout = in_range("--upstream-timeout", self.upstream_timeout, 45)?;
        for origin in &self.allow_origin {
            check_origin(origin)?;
        }
        if let Some(dir) = self.static_dir.as_ref().filter(|dir| !dir.is_dir()) {
            return Err(ConfigError::StaticDir(dir.clone()));
        }
        let upstream = match env("MOVERIS_API_KEY") {
            Some(key) => Some(upstream(key, self.base_url, Duration::from_secs(timeout))?),
            None => None,
        };
        let secret = env("LIVENESS_SECRET");
        let lasting_secret = secret.is_some();
        let token_secret = match secret {
            Some(secret) if secret.len() < MIN_SECRET_BYTES => {
                return Err(ConfigError::ShortSecret);
            }
            Some(secret) => secret.into_bytes(),
            None => random_secret()?,
        };
        let server_key = env("LIVENESS_SERVER_KEY");
        if server_key.as_ref().is_some_and(|key| key.chars().count() < MIN_SERVER_KEY) {
            return Err(ConfigError::ShortServerKey);
        }
        Ok(Settings {
            listen: self.listen,
            static_dir: self.static_dir,
            model_file: self.model_file,
            upstream,
            default_model: self.default_model,
            session_ttl: Duration::from_secs(session_ttl),
            memory: MemoryLimits::new(
                max_sessions as usize,
                (megabytes as usize).saturating_mul(1 << 20),
                verdict_ttl * 1000,
            ),
            allow_origin: self.allow_origin,
            token_secret: token_secret.into(),
            lasting_secret,
            server_key: server_key.map(SecretString::from),
            limits: EndpointLimits::default(),
            // The browser waits 60 s for a verdict.
            check_deadline: Duration::from_secs(55),
        })
    }
}

fn in_range(flag: &'static str, value: u64, max: u64) -> Result<u64, ConfigError> {
    if (1..=max).contains(&value) { Ok(value) } else { Err(ConfigError::OutOfRange { flag, max }) }
}

/// An origin as browsers send it: scheme, host, port, and nothing else.
fn check_origin(text: &str) -> Result<(), ConfigError> {
    let web = |url: &Url| matches!(url.scheme(), "http" | "https");
    match Url::parse(text) {
        Ok(url) if web(&url) && url.origin().ascii_serialization() == text => Ok(()),
        _ => Err(ConfigError::Origin(text.to_owned())),
    }
}

fn upstream(
    key: String,
    base_url: Url,
    attempt_timeout: Duration,
) -> Result<UpstreamConfig, ConfigError> {
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::ApiKey);
    }
    let safe = base_url.scheme() == "https"
        || (base_url.scheme() == "http" && crate::backend::upstream::is_loopback(&base_url));
    let plain = base_url.username().is_empty()
        && base_url.password().is_none()
        && base_url.query().is_none()
        && base_url.fragment().is_none();
    if !safe || !plain {
        return Err(ConfigError::BaseUrl);
    }
    Ok(UpstreamConfig {
        base_url,
        api_key: key.into(),
        attempt_timeout,
        deadline: UPSTREAM_DEADLINE,
        retry: RetryPolicy {
            max_attempts: 3,
            base_ms: 500.0,
            cap_ms: 8_000.0,
            // Any wait that still fits into the check's own time.
            max_retry_after_ms: UPSTREAM_DEADLINE.as_millis() as f64,
        },
    })
}

fn random_secret() -> Result<Vec<u8>, ConfigError> {
    let mut secret = vec![0; MIN_SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|error| ConfigError::Random(error.to_string()))?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn settings(flags: &[&str], env: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let lookup = |name: &str| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Config::from_flags(flags.iter().copied()).unwrap().settings(lookup)
    }

    #[test]
    fn the_environment_counts_only_where_it_is_asked_for() {
        let in_environment =
            |command: clap::Command| command.get_arguments().any(|arg| arg.get_env().is_some());
        assert!(in_environment(Config::command()));
        assert!(!in_environment(Config::command_without_environment()));
    }

    #[test]
    fn defaults_are_local_and_on_loopback() {
        let settings = settings(&[], &[("MOVERIS_API_KEY", "")]).unwrap();
        assert!(settings.listen.ip().is_loopback());
        assert!(settings.upstream.is_none());
        assert!(!settings.lasting_secret);
        assert_eq!(settings.default_model, "mixed-30-v2");
    }

    #[test]
    fn every_error_can_happen() {
        let range = |flag, max| ConfigError::OutOfRange { flag, max };
        let key = ("MOVERIS_API_KEY", "sk-1");
        type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], ConfigError);
        let cases: [Case<'_>; 16] = [
            (&["--default-model", "x"], &[], ConfigError::DefaultModel("x".into())),
            (&["--session-ttl", "0"], &[], range("--session-ttl", 86_400)),
            (&["--verdict-ttl", "0"], &[], range("--verdict-ttl", 604_800)),
            (&["--max-sessions", "0"], &[], range("--max-sessions", 1_000_000)),
            (&["--max-crop-megabytes", "0"], &[], range("--max-crop-megabytes", 1 << 20)),
            (&["--upstream-timeout", "46"], &[], range("--upstream-timeout", 45)),
            (&["--allow-origin", "*"], &[], ConfigError::Origin("*".into())),
            (&["--allow-origin", "https://a.b/"], &[], ConfigError::Origin("https://a.b/".into())),
            (&["--static-dir", "/nowhere"], &[], ConfigError::StaticDir("/nowhere".into())),
            (&["--base-url", "http://api.example"], &[key], ConfigError::BaseUrl),
            (&["--base-url", "https://u:p@api.example"], &[key], ConfigError::BaseUrl),
            (&["--base-url", "https://api.example/?a"], &[key], ConfigError::BaseUrl),
            (&["--base-url", "ftp://127.0.0.1"], &[key], ConfigError::BaseUrl),
            (&[], &[("MOVERIS_API_KEY", "sk 1")], ConfigError::ApiKey),
            (&[], &[("LIVENESS_SECRET", &SECRET[1..])], ConfigError::ShortSecret),
            (&[], &[("LIVENESS_SERVER_KEY", "short")], ConfigError::ShortServerKey),
        ];
        for (flags, env, expected) in cases {
            assert_eq!(settings(flags, env).unwrap_err(), expected, "{flags:?} {env:?}");
        }
    }

    #[test]
    fn origins_are_taken_as_browsers_send_them() {
        let flags = ["--allow-origin", "https://a.example,http://localhost:3000"];
        let settings = settings(&flags, &[]).unwrap();
        assert_eq!(settings.allow_origin, ["https://a.example", "http://localhost:3000"]);
    }

    #[test]
    fn secrets_are_not_in_the_debug_form_nor_in_errors() {
        let env = [
            ("MOVERIS_API_KEY", "sk-very-secret"),
            ("LIVENESS_SECRET", SECRET),
            ("LIVENESS_SERVER_KEY", "server-key-very-secret"),
        ];
        let shown = format!("{:?}", settings(&[], &env).unwrap());
        assert!(
            !shown.contains("secret\"")
                && !shown.contains("very-secret")
                && !shown.contains(SECRET)
        );
        let error = settings(&[], &[("LIVENESS_SERVER_KEY", "tiny-secret")]).unwrap_err();
        assert!(!error.to_string().contains("tiny-secret"));
    }

    #[test]
    fn random_secrets_differ() {
        assert_ne!(random_secret().unwrap(), random_secret().unwrap());
    }
}
