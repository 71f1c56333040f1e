//! What the log says again and again says it once a minute.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often.
const PAUSE: Duration = Duration::from_secs(60);

/// When something has been said last.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// Not yet.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether it is to be said again.
    pub fn is_due(&self, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        if due {
            *last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_a_minute() {
        let (said, now) = (Seldom::new(), Instant::now());
        let due = [0, 1, 59, 60, 61, 119, 120].map(|s| said.is_due(now + Duration::from_secs(s)));
        assert_eq!(due, [true, false, false, true, false, false, true]);
    }
}
