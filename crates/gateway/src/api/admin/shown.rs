//! What of the settings the page shows.

use crate::config::{Database, Settings};
use crate::domain::clock::DAY_MS;
use crate::domain::origins::Origins;

/// What of the settings is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Hosts that requests may name, besides loopback.
    pub hosts: Vec<String>,
    /// Origins that may call.
    pub callers: Vec<String>,
    /// Origins that may frame.
    pub frames: Vec<String>,
    /// Where it is kept, in a word.
    pub store: &'static str,
    /// Whether TLS is ours, so that the cookie is never sent without.
    pub tls: bool,
    /// How many days entries of the audit log are kept.
    pub audit_days: u64,
}

impl Shown {
    /// That of these settings.
    pub fn of(settings: &Settings) -> Self {
        let texts = |origins: &Origins| origins.iter().map(ToString::to_string).collect();
        Self {
            hosts: settings.hosts.iter().map(|host| host.to_string()).collect(),
            callers: texts(&settings.access.callers),
            frames: texts(&settings.access.frames),
            store: match settings.database {
                None => "memory",
                Some(Database::File(_)) => "a SQLite file",
                Some(Database::Postgres(_)) => "PostgreSQL",
            },
            tls: settings.tls.is_some(),
            audit_days: settings.store.audit_ms / DAY_MS,
        }
    }
}
