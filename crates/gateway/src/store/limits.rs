//! How much a store may hold, and for how long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::clock::DAY_MS;
use crate::domain::video::shares::left_for;

/// How many sessions without a crop are kept for each one that may hold crops.
const EMPTY_FOR_EACH_PLACE: usize = 20;

/// Which part of the sessions without a crop goes at once where there are too many, at least: to choose them takes a look at all,
/// which nearly everybody who opens a session is spared then.
const EMPTY_AT_ONCE: usize = 100;
/// And no more than this: others wait for it.
const MOST_AT_ONCE: usize = 500;

/// How long the prints of pictures are remembered: a week, in milliseconds.
const PRINTS_MS: u64 = 7 * DAY_MS;

/// How many are, at most, in memory: about 60 MB, those of 30,000 checks.
pub const PRINTS_IN_MEMORY: usize = 500_000;

/// How long entries of the audit log are kept, unless it is configured: 90 days, in milliseconds.
const AUDIT_MS: u64 = 90 * DAY_MS;

/// How often the log says that verdicts are forgotten before their time, at most: where there are too many, each new one has an
/// old one forgotten.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// How many ended sessions beyond their bounds are forgotten together with what is written: more than one verdict of the largest
/// size takes the place of. Where a bound has been lowered there are far more, which nobody waits for.
pub const TRIM_WITH: usize = 16;

/// About how many a sweep forgets, so that the next one is not late.
pub const TRIM_A_SWEEP: usize = 10_000;

/// What the store may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLimits {
    /// Undecided sessions with crops. Of these and of their bytes each [`Sharer`](crate::domain::session::Sharer) has at most as
    /// much as is left for the others.
    pub max_sessions: usize,
    /// Open sessions without a crop, and as many that expired; beyond it some of the oldest go.
    pub max_empty: usize,
    /// Bytes of crops over all sessions.
    pub max_crop_bytes: usize,
    /// Bytes of verdicts over all sessions; beyond it the oldest goes.
    pub max_result_bytes: usize,
    /// How long a verdict, or the fact that a session expired, can be read, in milliseconds.
    pub retention_ms: u64,
    /// Prints of pictures; beyond it the oldest go.
    pub max_prints: usize,
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

    /// How many sessions without a crop are to go where there are `count` with the one that is being opened.
    pub fn empty_to_go(&self, count: usize) -> usize {
        match count.saturating_sub(self.max_empty) {
            0 => 0,
            excess => (self.max_empty / EMPTY_AT_ONCE).min(MOST_AT_ONCE).max(excess.min(TRIM_WITH)),
        }
    }

    /// The limits that follow from these three; of verdicts there are as many as come.
    pub fn new(max_sessions: usize, max_crop_bytes: usize, retention_ms: u64) -> Self {
        Self {
            max_sessions,
            max_empty: max_sessions.saturating_mul(EMPTY_FOR_EACH_PLACE),
            max_crop_bytes,
            max_result_bytes: usize::MAX,
            retention_ms,
            max_prints: PRINTS_IN_MEMORY,
            prints_ms: PRINTS_MS,
            audit_ms: AUDIT_MS,
        }
    }
}

/// Verdicts that have been forgotten before their time.
#[derive(Debug, Default)]
pub struct Forgotten(Mutex<Unsaid>);

#[derive(Debug, Default)]
struct Unsaid {
    count: usize,
    said: Option<Instant>,
}

impl Forgotten {
    /// So many more, which the log says now and then.
    pub fn note(&self, count: usize) {
        if count > 0 {
            self.unsaid().count += count;
            self.say();
        }
    }

    /// Says those of which nothing has been said yet, if it is time for that. Whoever forgets none calls this now and then.
    pub fn say(&self) {
        if let Some(count) = self.due(Instant::now()) {
            tracing::warn!(
                count,
                "verdicts are forgotten before their time: there is no room for more (--max-verdict-megabytes)"
            );
        }
    }

    /// Those of which nothing has been said yet.
    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.unsaid().count
    }

    /// Verdicts that were forgotten just after the log had said so, a while ago.
    #[cfg(test)]
    pub fn left_unsaid(&self, count: usize) {
        *self.unsaid() = Unsaid { count, said: None };
    }

    fn unsaid(&self) -> MutexGuard<'_, Unsaid> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many there have been since the log said so last, if it is to say so again.
    fn due(&self, now: Instant) -> Option<usize> {
        let mut unsaid = self.unsaid();
        if unsaid.count == 0
            || unsaid.said.is_some_and(|said| now.duration_since(said) < SAID_EVERY)
        {
            return None;
        }
        unsaid.said = Some(now);
        Some(std::mem::take(&mut unsaid.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_early_is_said_once_a_minute_and_all_of_it() {
        let (forgotten, start) = (Forgotten::default(), Instant::now());
        // A hundred a second for ten minutes, and then none: by then it is the sweep that has it said.
        let said = (0..80_000u64).filter_map(|index| {
            forgotten.unsaid().count += usize::from(index < 60_000);
            forgotten.due(start + Duration::from_millis(10 * index))
        });
        let said: Vec<usize> = said.collect();
        assert_eq!(said.len(), 11, "{said:?}");
        assert_eq!(said.iter().sum::<usize>(), 60_000, "each is counted once");
    }
}
