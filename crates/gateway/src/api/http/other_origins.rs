//! What pages of other origins may do with this gateway. Every default is the strictest.

use axum::http::HeaderName;
use clap::ValueEnum;

use crate::domain::origins::Origins;

/// Which pages may call, frame, open and embed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// Origins besides our own whose pages may use the API.
    pub callers: Origins,
    /// Origins besides our own whose pages may show ours in a frame.
    pub frames: Origins,
    /// What our pages and the windows that open them, or that they open, may do with each other.
    pub opener: OpenerPolicy,
    /// What our pages demand of everything they load.
    pub embedder: EmbedderPolicy,
    /// Whose pages may load our files.
    pub files: FilesTo,
    /// Request headers that pages of `callers` may send besides those that are always accepted.
    pub request_headers: Vec<HeaderName>,
}

/// The value of `Cross-Origin-Opener-Policy`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OpenerPolicy {
    /// Windows of other origins have no hold of ours, nor ours of theirs.
    #[default]
    SameOrigin,
    /// Our pages may open windows of other origins and hear from them.
    SameOriginAllowPopups,
    /// Pages of other origins may also open ours and hear from them.
    UnsafeNone,
}

impl OpenerPolicy {
    /// As the header says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameOrigin => "same-origin",
            Self::SameOriginAllowPopups => "same-origin-allow-popups",
            Self::UnsafeNone => "unsafe-none",
        }
    }
}

/// The value of our pages' `Cross-Origin-Embedder-Policy`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum EmbedderPolicy {
    /// No such header.
    #[default]
    UnsafeNone,
    /// What comes from other origins comes without credentials.
    Credentialless,
    /// What comes from other origins has to allow it.
    RequireCorp,
}

impl EmbedderPolicy {
    /// As the header says it; `None` where it is left out.
    pub const fn header(self) -> Option<&'static str> {
        match self {
            Self::UnsafeNone => None,
            Self::Credentialless => Some("credentialless"),
            Self::RequireCorp => Some("require-corp"),
        }
    }
}

/// Whose pages may load files from here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FilesTo {
    /// Those of the allowed origins, by CORS.
    #[default]
    Allowed,
    /// All, in any way.
    Everyone,
}

/// Who may ask for a check without a session where checks are paid for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum PaidChecks {
    /// Whoever has the server key.
    #[default]
    ServerKey,
    /// Anybody who may call the API.
    Anyone,
}

/// Whether a path is of the API; every other one is a file's.
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/health" | "/ready" | "/metrics")
}
