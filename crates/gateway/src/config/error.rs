//! Why settings are refused.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::api::http::hosts::HostError;
use crate::domain::origins::OriginError;
use crate::domain::token::MIN_SECRET_BYTES;
use crate::domain::video::source::VideoHostError;
use crate::store::postgres::UrlError;

/// The fewest characters of a server key.
pub const MIN_SERVER_KEY: usize = 16;

/// Why a configuration is refused. No secret is part of any message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `--default-model` is not in the registry.
    #[error("--default-model {0:?} is not a known model")]
    DefaultModel(String),
    /// `--model-mode` names a model that is not in the registry.
    #[error("--model-mode: {0:?} is not a known model")]
    ModelOfMode(String),
    /// `--model-mode` gives a model two modes.
    #[error("--model-mode gives {0} two modes: leave one of them out")]
    TwoModes(String),
    /// A mode needs the upstream.
    #[error("{flag} needs a key of the Moveris API: set MOVERIS_API_KEY")]
    ModeWithoutKey {
        /// What names it.
        flag: String,
    },
    /// A mode needs the local verifier.
    #[error("{flag} needs the face detector of the local verifier: add --model-file")]
    ModeWithoutVerifier {
        /// What names it.
        flag: String,
    },
    /// Videos could not be kept, ever.
    #[error(
        "--max-crop-megabytes has to be at least twice --max-video-megabytes: videos are kept there, and one tenant may have half of it"
    )]
    NoRoomForVideos,
    /// A number that has to be positive, or is too large.
    #[error("{flag} has to be between 1 and {max}")]
    OutOfRange {
        /// The flag.
        flag: &'static str,
        /// Its maximum.
        max: u64,
    },
    /// A flag names an origin that no browser sends.
    #[error("{flag} {error}")]
    Origin {
        /// The flag.
        flag: &'static str,
        /// What is wrong.
        error: OriginError,
    },
    /// `--allow-host` names no host.
    #[error("--allow-host {0}")]
    Host(HostError),
    /// Other machines reach the address, and nothing says that somebody ends TLS.
    #[error(
        "--listen {0} is reached by other machines, and without TLS everybody on the way reads pictures, tokens and keys: \
         give it --tls-cert and --tls-key, or, if a proxy in front ends TLS, --plain-http behind-proxy"
    )]
    PlainHttp(SocketAddr),
    /// A certificate without a key, or a key without one.
    #[error("--tls-cert and --tls-key belong together: give both")]
    HalfTls,
    /// Nothing is plain there.
    #[error("--plain-http behind-proxy has no meaning with --tls-cert: leave one of them out")]
    TlsBehindProxy,
    /// Other machines reach the address, and it is not known by which names.
    #[error(
        "--listen {0} is reached by other machines: add --allow-host with each name that people reach it by, \
         such as liveness.example"
    )]
    NoHosts(SocketAddr),
    /// `--allow-header` names no request header that a page may send.
    #[error("--allow-header {name:?}: {fault}")]
    Header {
        /// What was given.
        name: String,
        /// What is wrong with it.
        fault: HeaderFault,
    },
    /// The base URL is not one a key may be sent to.
    #[error(
        "MOVERIS_BASE_URL has to be an https URL (http only on this machine) without credentials, query or fragment"
    )]
    BaseUrl,
    /// A secret is given twice.
    #[error("set {name} or {name}_FILE, not both")]
    TwoSecrets {
        /// Its variable.
        name: String,
    },
    /// The file of a secret cannot be read as text.
    #[error("{name}_FILE cannot be read: {why}")]
    SecretFile {
        /// The secret's variable.
        name: String,
        /// Why.
        why: String,
    },
    /// The file of a secret has nothing in it.
    #[error("{name}_FILE is empty: leave it out, or put the secret into it")]
    EmptySecret {
        /// The secret's variable.
        name: String,
    },
    /// A secret is more than a line of text, which no client could send and nobody meant.
    #[error("{name} has a line break, or another control character, in it")]
    SecretText {
        /// Its variable.
        name: String,
    },
    /// A signing secret is too short.
    #[error("{name} needs at least {MIN_SECRET_BYTES} bytes")]
    ShortSecret {
        /// Its variable.
        name: &'static str,
    },
    /// A secret before the one that signs, and none that signs.
    #[error(
        "LIVENESS_PREVIOUS_SECRET is the one before LIVENESS_SECRET, which has to be set as well"
    )]
    PreviousSecretAlone,
    /// A storage key before the one that encrypts, and none that does.
    #[error(
        "LIVENESS_PREVIOUS_STORAGE_KEY is the one before LIVENESS_STORAGE_KEY, which has to be set as well"
    )]
    PreviousStorageKeyAlone,
    /// Sessions would outlive the process, but their tokens would not.
    #[error(
        "--database keeps sessions beyond this process: set LIVENESS_SECRET, which their tokens need for it"
    )]
    DatabaseWithoutSecret,
    /// `--database` is meant to be a URL, but cannot be used as one.
    #[error("--database: {0}")]
    DatabaseUrl(UrlError),
    /// Other users can read a command line.
    #[error(
        "--database has a password on the command line: set LIVENESS_DATABASE or LIVENESS_DATABASE_FILE instead"
    )]
    PasswordOnCommandLine,
    /// The server key is too short.
    #[error("LIVENESS_SERVER_KEY needs at least {MIN_SERVER_KEY} characters")]
    ShortServerKey,
    /// The API key cannot be sent.
    #[error("MOVERIS_API_KEY has to be visible ASCII characters")]
    ApiKey,
    /// `--video-url-host` names no host.
    #[error("--video-url-host {0}")]
    VideoHost(VideoHostError),
    /// What is to decode videos is not there.
    #[error("--ffmpeg {0:?} is not a file")]
    Ffmpeg(PathBuf),
    /// The static folder does not exist.
    #[error("--static-dir {0:?} is not a folder")]
    StaticDir(PathBuf),
    /// The machine has no source of random numbers.
    #[error("no random secret could be made: {0}")]
    Random(String),
}

/// Why a text is no header that pages may be allowed to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// Characters that no name has.
    #[error("not the name of a header, such as X-CSRF-Token")]
    Name,
    /// `*`.
    #[error("name each header: * is not taken")]
    Wildcard,
    /// The browser sets it itself, or never sends it across origins.
    #[error("no script can set this header")]
    Forbidden,
}

/// What a flag says, if it is from 1 to `max`.
///
/// # Errors
/// [`ConfigError::OutOfRange`].
pub(super) fn in_range(flag: &'static str, value: u64, max: u64) -> Result<u64, ConfigError> {
    if (1..=max).contains(&value) { Ok(value) } else { Err(ConfigError::OutOfRange { flag, max }) }
}
