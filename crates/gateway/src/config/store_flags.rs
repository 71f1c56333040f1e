//! How much is kept, and for how long.

use clap::Args;

use super::error::{ConfigError, in_range};
use crate::store::{PRINTS_IN_MEMORY, StoreLimits};

/// Megabytes of verdicts in this process's memory.
const IN_MEMORY: u64 = 256;

/// The same in a database, whose disk is larger: six million of the usual size, more than 10,000 checks a minute make in nine
/// hours. A disk with less to spare is full before that: crops are refused then, and a verdict that cannot be written is
/// tried again for 20 seconds.
const IN_DATABASE: u64 = 8192;

/// Prints in a database: about 7.5 GB of PostgreSQL, those of three million checks, which are 300 a minute for seven days.
const PRINTS_IN_DATABASE: u64 = 50_000_000;

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct StoreFlags {
    /// How long a verdict can be read, in seconds.
    #[arg(long, env = "LIVENESS_VERDICT_TTL", default_value_t = 3600, value_name = "SECONDS")]
    pub verdict_ttl: u64,

    /// How many megabytes of verdicts are kept; then the oldest is forgotten before its time. 256 without --database, 8192 with one.
    #[arg(long, env = "LIVENESS_MAX_VERDICT_MEGABYTES", value_name = "MB")]
    pub max_verdict_megabytes: Option<u64>,

    /// How many sessions may hold crops at once; of these one tenant, or one client without a key, has at most as many as are left.
    #[arg(long, env = "LIVENESS_MAX_SESSIONS", default_value_t = 1000)]
    pub max_sessions: u64,

    /// How many megabytes of crops may be held at once, shared in the same way.
    #[arg(long, env = "LIVENESS_MAX_CROP_MEGABYTES", default_value_t = 2048, value_name = "MB")]
    pub max_crop_megabytes: u64,

    /// How many prints of pictures are kept, 16 of each check, by which recordings are known again; then the oldest are forgotten
    /// before seven days are over. 500000 without --database, 50000000 with one.
    #[arg(long, env = "LIVENESS_MAX_PRINTS", value_name = "COUNT")]
    pub max_prints: Option<u64>,
}

impl StoreFlags {
    /// The store's limits: in a database, or in memory.
    ///
    /// # Errors
    /// [`ConfigError::OutOfRange`].
    pub(super) fn check(&self, in_database: bool) -> Result<StoreLimits, ConfigError> {
        let verdict_ttl = in_range("--verdict-ttl", self.verdict_ttl, 7 * 24 * 3600)?;
        let sessions = in_range("--max-sessions", self.max_sessions, 1_000_000)?;
        let crops = in_range("--max-crop-megabytes", self.max_crop_megabytes, 1 << 20)?;
        let verdicts = self.max_verdict_megabytes;
        let verdicts = verdicts.unwrap_or(if in_database { IN_DATABASE } else { IN_MEMORY });
        let verdicts = in_range("--max-verdict-megabytes", verdicts, 1 << 20)?;
        let prints = if in_database { PRINTS_IN_DATABASE } else { PRINTS_IN_MEMORY as u64 };
        let prints = self.max_prints.unwrap_or(prints);
        let prints = in_range("--max-prints", prints, 100_000_000_000)?;
        Ok(StoreLimits {
            max_result_bytes: bytes(verdicts),
            max_prints: prints as usize,
            ..StoreLimits::new(sessions as usize, bytes(crops), verdict_ttl * 1000)
        })
    }
}

/// Of so many megabytes.
const fn bytes(megabytes: u64) -> usize {
    (megabytes as usize).saturating_mul(1 << 20)
}
