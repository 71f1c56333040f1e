//! Whether the store answers, for everybody who asks: nobody has it asked more often by asking more often, and nobody waits long
//! for one that hangs.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

/// For how long an answer holds.
const HOLDS: Duration = Duration::from_secs(1);

/// How long whoever has other things to say waits, too: those who watch a gateway often give up after a second.
pub const WAIT: Duration = Duration::from_millis(500);

/// How long whoever wants to know nothing else waits: a store that is slow answers.
pub const LONG_WAIT: Duration = Duration::from_secs(2);

/// How long the store may take, before it is asked again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the store was found to be last.
#[derive(Debug, Default, Clone)]
pub struct Pulse(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    last: Option<(Instant, bool)>,
    /// What the store is being asked.
    asked: Option<watch::Receiver<Option<bool>>>,
}

impl Pulse {
    /// Whether it answers within `wait`, by `ask` if that has not been found out just now. Asking goes on when the caller leaves.
    pub async fn beats(
        &self,
        wait: Duration,
        ask: impl Future<Output = bool> + Send + 'static,
    ) -> bool {
        let mut answer = {
            let mut state = self.state();
            if let Some((at, beats)) = state.last
                && at.elapsed() < HOLDS
            {
                return beats;
            }
            // One that has ended without an answer has panicked.
            let under_way = state.asked.take().filter(|asked| asked.has_changed().is_ok());
            let answer = under_way.unwrap_or_else(|| self.begin(ask));
            state.asked = Some(answer.clone());
            answer
        };
        let answered = timeout(wait, answer.wait_for(Option::is_some)).await;
        answered.is_ok_and(|answer| answer.is_ok_and(|answer| *answer == Some(true)))
    }

    fn begin(
        &self,
        ask: impl Future<Output = bool> + Send + 'static,
    ) -> watch::Receiver<Option<bool>> {
        let (answered, answer) = watch::channel(None);
        let (pulse, begun) = (self.clone(), Instant::now());
        tokio::spawn(async move {
            let answers = timeout(PATIENCE, ask).await.unwrap_or(false);
            // Nobody has waited for one that came later, and whoever asks next is told the same.
            let beats = answers && begun.elapsed() <= LONG_WAIT;
            let mut state = pulse.state();
            (state.last, state.asked) = (Some((Instant::now(), beats)), None);
            answered.send_replace(Some(beats));
        });
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[tokio::test]
    async fn however_often_it_is_wanted_the_store_is_asked_once_a_second() {
        let (pulse, asked, begun) = (Pulse::default(), Arc::new(AtomicU64::new(0)), Instant::now());
        let ask = || {
            let asked = Arc::clone(&asked);
            async move { asked.fetch_add(1, Ordering::SeqCst) > 0 }
        };
        while begun.elapsed() < HOLDS / 5 {
            assert!(
                !pulse.beats(WAIT, ask()).await || begun.elapsed() >= HOLDS,
                "the first answer holds"
            );
        }
        assert!(asked.load(Ordering::SeqCst) <= 1 + begun.elapsed().as_secs());
        tokio::time::sleep(HOLDS).await;
        assert!(pulse.beats(WAIT, ask()).await, "and not for good");
    }

    #[tokio::test]
    async fn a_store_that_says_nothing_is_not_waited_for_and_asked_once_by_all_who_leave() {
        let (pulse, asked, begun) = (Pulse::default(), Arc::new(AtomicU64::new(0)), Instant::now());
        for patience in [WAIT / 5, WAIT / 5, WAIT * 9] {
            let asked = Arc::clone(&asked);
            let ask = async move {
                asked.fetch_add(1, Ordering::SeqCst);
                std::future::pending().await
            };
            // The first two leave, as a probe does that waits for less.
            let answer = timeout(patience, pulse.beats(WAIT, ask)).await;
            assert_eq!(answer.ok(), (patience > WAIT).then_some(false));
        }
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_slow_store_beats_for_whoever_waits_for_it() {
        let (pulse, (slow, answers)) = (Pulse::default(), watch::channel(false));
        let mut answers = answers.clone();
        let ask = async move { answers.wait_for(|answer| *answer).await.is_ok() };
        assert!(!pulse.beats(WAIT, ask).await);
        let long = pulse.beats(LONG_WAIT, async { unreachable!("it is being asked") });
        let answered = async {
            tokio::time::sleep(2 * WAIT).await;
            slow.send_replace(true);
        };
        assert!(tokio::join!(long, answered).0);
    }

    #[tokio::test]
    async fn one_that_answers_too_late_for_everybody_does_not_beat() {
        let pulse = Pulse::default();
        let late = async {
            tokio::time::sleep(LONG_WAIT + WAIT).await;
            true
        };
        assert!(!pulse.beats(LONG_WAIT, late).await);
        let next = async { unreachable!("it is being asked, and its answer holds") };
        assert!(!pulse.beats(LONG_WAIT, next).await);
    }

    #[tokio::test]
    async fn one_that_panics_while_it_is_asked_is_asked_again() {
        let pulse = Pulse::default();
        assert!(!pulse.beats(WAIT, async { panic!("as a store may") }).await);
        assert!(pulse.beats(WAIT, async { true }).await);
    }
}
