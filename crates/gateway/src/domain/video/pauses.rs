//! Which videos have to wait before they are tried again, and how often they were.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

/// The first pause, doubled each time up to half a minute.
const FIRST: Duration = Duration::from_secs(2);
const DOUBLINGS: u32 = 4;

/// Why a video waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was tried without success.
    Tried,
    /// Whoever decides is not to be asked now, but may be after this time.
    NotAsked(Option<Duration>),
    /// The same was found out when it had been decoded already, which is not to be done again and again.
    TurnedAway(Option<Duration>),
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    number: u32,
    tries: u32,
}

/// Those that have to wait, or had to.
#[derive(Debug)]
pub struct Pauses {
    kept: Mutex<HashMap<Uuid, Pause>>,
    /// How long nothing waits any more once its pause is over.
    memory: Duration,
}

impl Pauses {
    /// Remembers tries for so long.
    pub fn new(memory: Duration) -> Self {
        Self { kept: Mutex::default(), memory }
    }

    /// Whether it has to wait now.
    pub fn hold(&self, id: Uuid, now: Instant) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, pause| now < pause.until + self.memory);
        kept.get(&id).is_some_and(|pause| now < pause.until)
    }

    /// Has it wait; returns how often it has been tried.
    pub fn begin(&self, id: Uuid, cause: Cause, now: Instant) -> u32 {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = kept.entry(id).or_insert(Pause { until: now, number: 0, tries: 0 });
        let growing = FIRST * 2_u32.pow(pause.number.min(DOUBLINGS));
        pause.number += 1;
        let length = match cause {
            Cause::Tried => {
                pause.tries += 1;
                growing
            }
            Cause::NotAsked(after) => after.unwrap_or(growing),
            Cause::TurnedAway(after) => after.map_or(growing, |after| after.max(growing)),
        };
        pause.until = now + length.min(self.memory);
        pause.tries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_only_what_was_tried_counts() {
        let (pauses, mut now) = (Pauses::new(Duration::from_secs(3600)), Instant::now());
        let id = Uuid::from_u128(1);
        let soon = Some(Duration::from_millis(5));
        for (cause, seconds, tries) in [
            (Cause::Tried, 2.0, 1),
            (Cause::NotAsked(soon), 0.005, 1),
            (Cause::NotAsked(None), 8.0, 1),
            (Cause::Tried, 16.0, 2),
            (Cause::NotAsked(None), 32.0, 2),
            (Cause::TurnedAway(None), 32.0, 2),
            (Cause::TurnedAway(soon), 32.0, 2),
            (Cause::TurnedAway(Some(Duration::from_secs(40))), 40.0, 2),
            (Cause::NotAsked(Some(Duration::MAX)), 3600.0, 2),
        ] {
            assert!(!pauses.hold(id, now));
            assert_eq!(pauses.begin(id, cause, now), tries, "{cause:?}");
            let length = Duration::from_secs_f64(seconds);
            assert!(pauses.hold(id, now + length - Duration::from_millis(1)), "{cause:?}");
            assert!(!pauses.hold(Uuid::nil(), now));
            now += length;
        }
        assert!(!pauses.hold(id, now + Duration::from_secs(3600)));
        assert!(pauses.kept.lock().unwrap().is_empty(), "nothing is kept of what has gone");
    }
}
