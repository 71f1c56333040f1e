//! The flag and the commands of the audit log.

use clap::{Args, Subcommand};

use crate::domain::audit::Head;
use crate::domain::clock::DAY_MS;

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct AuditFlags {
    /// How long entries of the audit log are kept, in days.
    #[arg(long, env = "LIVENESS_AUDIT_RETENTION", default_value_t = 90, value_name = "DAYS",
        value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub audit_retention: u32,
}

impl AuditFlags {
    /// The same in milliseconds.
    pub fn retention_ms(&self) -> u64 {
        u64::from(self.audit_retention) * DAY_MS
    }
}

/// What to do with the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum AuditCommand {
    /// List entries, the oldest first, each as a line of JSON.
    List {
        /// Only those after this number.
        #[arg(long, value_name = "NUMBER", conflicts_with = "last")]
        after: Option<u64>,
        /// Only so many, of the last ones.
        #[arg(long, value_name = "NUMBER")]
        last: Option<u64>,
    },
    /// Go through the whole log and see whether each entry is what was written and follows on the one before it. Prints
    /// the last entry's number and hash: kept elsewhere, they show later whether the end is still there.
    Verify {
        /// What an earlier `verify` has printed: has to be there. The exit code is 3 if it has been forgotten since.
        #[arg(long, value_name = "NUMBER:HASH")]
        noted: Option<Head>,
    },
}
