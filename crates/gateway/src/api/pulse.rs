//! Whether the store answers, for everybody who asks: nobody has it asked more often by asking more often.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::timeout;

/// For how long an answer holds.
const HOLDS: Duration = Duration::from_secs(1);

/// How long the store may take. Whoever watches a gateway waits no longer for what has to be said at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the store was found to be last.
#[derive(Debug, Default)]
pub struct Pulse(Mutex<Option<(Instant, bool)>>);

impl Pulse {
    /// Whether it answers, by `ask` if that has not been found out just now.
    pub async fn beats(&self, ask: impl Future<Output = bool>) -> bool {
        let mut last = self.0.lock().await;
        if let Some((at, beats)) = *last
            && at.elapsed() < HOLDS
        {
            return beats;
        }
        let beats = timeout(PATIENCE, ask).await.unwrap_or(false);
        *last = Some((Instant::now(), beats));
        beats
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[tokio::test]
    async fn however_often_it_is_wanted_the_store_is_asked_once_a_second() {
        let (pulse, asked, begun) = (Pulse::default(), AtomicU64::new(0), Instant::now());
        let ask = async || asked.fetch_add(1, Ordering::SeqCst) > 0;
        while begun.elapsed() < HOLDS / 5 {
            assert!(
                !pulse.beats(ask()).await || begun.elapsed() >= HOLDS,
                "the first answer holds"
            );
        }
        assert!(asked.load(Ordering::SeqCst) <= 1 + begun.elapsed().as_secs());
        tokio::time::sleep(HOLDS).await;
        assert!(pulse.beats(ask()).await, "and not for good");
    }

    #[tokio::test]
    async fn a_store_that_says_nothing_is_not_waited_for() {
        let (pulse, begun) = (Pulse::default(), Instant::now());
        assert!(!pulse.beats(std::future::pending()).await);
        assert!(begun.elapsed() < PATIENCE * 3, "{:?}", begun.elapsed());
    }
}
