//! How much a store may hold, and for how long.

use crate::domain::clock::DAY_MS;

/// How many sessions without a crop are kept for each one that may hold crops.
const EMPTY_FOR_EACH_PLACE: usize = 20;

/// For verdicts: room for more than a hundred thousand of the usual size.
const RESULT_BYTES: usize = 256 << 20;

/// How long the prints of pictures are remembered: a week, in milliseconds.
const PRINTS_MS: u64 = 7 * DAY_MS;

/// How long entries of the audit log are kept, unless it is configured: 90 days, in milliseconds.
const AUDIT_MS: u64 = 90 * DAY_MS;

/// What the store may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLimits {
    /// Undecided sessions with crops.
    pub max_sessions: usize,
    /// Open sessions without a crop, and as many that expired; beyond it the oldest goes.
    pub max_empty: usize,
    /// Bytes of crops over all sessions.
    pub max_crop_bytes: usize,
    /// Bytes of verdicts over all sessions; beyond it the oldest goes.
    pub max_result_bytes: usize,
    /// How long a verdict, or the fact that a session expired, can be read, in milliseconds.
    pub retention_ms: u64,
    /// How long the prints of pictures are remembered, in milliseconds.
    pub prints_ms: u64,
    /// How long entries of the audit log are kept, in milliseconds.
    pub audit_ms: u64,
}

impl StoreLimits {
    /// The limits that follow from the three which are configured.
    pub fn new(max_sessions: usize, max_crop_bytes: usize, retention_ms: u64) -> Self {
        Self {
            max_sessions,
            max_empty: max_sessions.saturating_mul(EMPTY_FOR_EACH_PLACE),
            max_crop_bytes,
            max_result_bytes: RESULT_BYTES,
            retention_ms,
            prints_ms: PRINTS_MS,
            audit_ms: AUDIT_MS,
        }
    }
}
