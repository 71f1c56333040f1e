//! Everything a request handler needs, in one handle that is cheap to clone.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::backend::CheckBackend;
use crate::clock::Clock;
use crate::config::Settings;
use crate::http::body::BodyLimit;
use crate::session::completion::Completions;
use crate::session::store::SessionStore;
use crate::token::TokenSigner;

/// How long a token outlives its session, so that a verdict under way when the time ends is heard.
const TOKEN_GRACE: Duration = Duration::from_secs(60);

/// What the endpoints take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One crop.
    pub crop: BodyLimit,
    /// Small JSON bodies.
    pub json: BodyLimit,
    /// All crops of a check in base64.
    pub check: BodyLimit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // As much as the verifier's decoder takes.
            crop: BodyLimit {
                bytes: liveness_verifier::MAX_PNG_BYTES,
                time: Duration::from_secs(30),
            },
            json: BodyLimit { bytes: 64 * 1024, time: Duration::from_secs(10) },
            check: BodyLimit { bytes: 32 * 1024 * 1024, time: Duration::from_secs(60) },
        }
    }
}

/// The parts of a gateway.
pub struct Parts {
    /// Decides.
    pub backend: Arc<dyn CheckBackend>,
    /// Keeps sessions.
    pub store: Arc<dyn SessionStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Signs tokens.
    pub tokens: TokenSigner,
    /// Runs checks once.
    pub completions: Completions,
    /// Opens every session for reading.
    pub server_key: Option<SecretString>,
    /// For sessions that name no model.
    pub default_model: String,
    /// A session's life, in milliseconds.
    pub ttl_ms: u64,
    /// How much longer its token holds, in milliseconds.
    pub token_grace_ms: u64,
    /// What the endpoints take.
    pub limits: Limits,
    /// Whether a lasting secret was configured.
    pub production: bool,
}

/// A shared handle to the [`Parts`].
#[derive(Clone)]
pub struct Gateway(Arc<Parts>);

impl Gateway {
    /// Puts the parts together.
    pub fn new(
        settings: &Settings,
        backend: Arc<dyn CheckBackend>,
        store: Arc<dyn SessionStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let completions = Completions::new(
            Arc::clone(&store),
            Arc::clone(&backend),
            Arc::clone(&clock),
            settings.check_deadline,
        );
        Self(Arc::new(Parts {
            backend,
            store,
            clock,
            tokens: TokenSigner::new(settings.token_secret.clone()),
            completions,
            server_key: settings.server_key.clone(),
            default_model: settings.default_model.clone(),
            ttl_ms: settings.session_ttl.as_millis() as u64,
            token_grace_ms: TOKEN_GRACE.as_millis() as u64,
            limits: settings.limits,
            production: settings.lasting_secret,
        }))
    }
}

impl Deref for Gateway {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
