//! How much a store may hold, and for how long.

use crate::domain::clock::DAY_MS;
use crate::domain::video::shares::left_for;

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
    /// Undecided sessions with crops. Of these and of their bytes each [`Sharer`](crate::domain::session::Sharer) has at most as
    /// much as is left for the others.
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

/// Sessions with crops, and bytes of these.
pub type Held = (usize, usize);

impl StoreLimits {
    /// Whether so much is taken that anybody can have taken more than a share.
    pub const fn are_near(&self, (sessions, bytes): Held) -> bool {
        sessions >= self.max_sessions.div_ceil(2) || bytes >= self.max_crop_bytes.div_ceil(2)
    }

    /// What there is left, where `all` is taken, for whoever has taken `own` of it.
    pub const fn left(&self, own: Held, all: Held) -> Held {
        (left_for(own.0, all.0, self.max_sessions), left_for(own.1, all.1, self.max_crop_bytes))
    }

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
