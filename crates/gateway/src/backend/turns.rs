//! A limit on concurrent checks: sessions go before direct requests, each in order of arrival.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{BackendError, Load};
use crate::domain::check::Urgency;
use crate::tally::Tally;

/// When whoever gets no turn may ask again.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);

type Waiting = VecDeque<oneshot::Sender<Turn>>;

struct State {
    free: usize,
    sessions: Waiting,
    direct: Waiting,
}

/// How many there are, and who may wait for one.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Turns at once.
    pub at_once: usize,
    /// Sessions that may wait, and half as many checks without one; whoever comes then is told so at once.
    pub most_waiting: usize,
    /// How long each may wait. Without a turn a check was not made, and may be asked for again.
    pub patience: Duration,
}

/// A number of turns.
#[derive(Clone)]
pub struct Turns {
    bounds: Bounds,
    state: Arc<Mutex<State>>,
    waiting_sessions: Tally,
    waiting_direct: Tally,
}

/// One turn; the next in the queue gets it when it is dropped.
pub struct Turn {
    /// `None` once it has been passed on.
    turns: Option<Turns>,
}

impl Turns {
    /// All turns are free.
    pub fn new(bounds: Bounds) -> Self {
        let free = bounds.at_once;
        let state = State { free, sessions: Waiting::new(), direct: Waiting::new() };
        Self {
            bounds,
            state: Arc::new(Mutex::new(state)),
            waiting_sessions: Tally::default(),
            waiting_direct: Tally::default(),
        }
    }

    /// How many are taken, and who waits.
    pub fn load(&self) -> Load {
        let Bounds { at_once, .. } = self.bounds;
        Load {
            running: at_once.saturating_sub(self.lock().free),
            waiting: self.waiting_sessions.count() + self.waiting_direct.count(),
            at_once: Some(at_once),
        }
    }

    /// A turn within the bounds. Sessions are kept out by sessions alone.
    ///
    /// # Errors
    /// [`BackendError::Busy`] when too many of its kind wait, or when this has waited long enough.
    pub async fn wait(&self, urgency: Urgency) -> Result<Turn, BackendError> {
        let busy = BackendError::Busy { retry_after: Some(RETRY_AFTER) };
        let (waiting, most) = match urgency {
            Urgency::Session => (&self.waiting_sessions, self.bounds.most_waiting),
            Urgency::Direct => (&self.waiting_direct, self.bounds.most_waiting / 2),
        };
        if waiting.count() >= most {
            return Err(busy);
        }
        let _waiting = waiting.enter();
        tokio::time::timeout(self.bounds.patience, self.take(urgency)).await.map_err(|_| busy)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A turn, however long it takes. Whoever stops waiting loses its place, and nobody else theirs.
    pub async fn take(&self, urgency: Urgency) -> Turn {
        loop {
            let waits = {
                let mut state = self.lock();
                if state.free > 0 {
                    state.free -= 1;
                    return Turn { turns: Some(self.clone()) };
                }
                let (sender, waits) = oneshot::channel();
                match urgency {
                    Urgency::Session => state.sessions.push_back(sender),
                    Urgency::Direct => state.direct.push_back(sender),
                }
                waits
            };
            // An error cannot be: who waits is in the queue until they are answered.
            if let Ok(turn) = waits.await {
                return turn;
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(turns) = self.turns.take() else { return };
        loop {
            let next = {
                let mut state = turns.lock();
                let next = state.sessions.pop_front().or_else(|| state.direct.pop_front());
                if next.is_none() {
                    state.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Self { turns: Some(turns.clone()) }) {
                Ok(()) => return,
                // Nobody waits there any more: the next one gets it, and the turn that came back must not be returned a second time.
                Err(mut unsent) => unsent.turns = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(at_once: usize) -> Turns {
        Turns::new(Bounds { at_once, most_waiting: 100, patience: Duration::from_secs(100) })
    }

    #[tokio::test]
    async fn sessions_come_first_and_each_in_their_order() {
        let turns = of(1);
        let held = turns.take(Urgency::Direct).await;
        assert_eq!(turns.load(), Load { running: 1, waiting: 0, at_once: Some(1) });
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for (name, urgency) in [
            ("direct 1", Urgency::Direct),
            ("session 1", Urgency::Session),
            ("direct 2", Urgency::Direct),
            ("session 2", Urgency::Session),
        ] {
            let (turns, order) = (turns.clone(), Arc::clone(&order));
            waiting.push(tokio::spawn(async move {
                let _turn = turns.take(urgency).await;
                order.lock().unwrap().push(name);
            }));
            // Until it waits.
            tokio::task::yield_now().await;
        }
        drop(held);
        for waits in waiting {
            waits.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), ["session 1", "session 2", "direct 1", "direct 2"]);
        assert_eq!(turns.load().running, 0);
    }

    #[tokio::test]
    async fn who_stops_waiting_takes_no_turn_away() {
        let turns = of(2);
        let held = [turns.take(Urgency::Session).await, turns.take(Urgency::Direct).await];
        for _ in 0..20 {
            let waits = turns.take(Urgency::Session);
            assert!(tokio::time::timeout(Duration::from_millis(1), waits).await.is_err());
        }
        // One that has been given a turn, and goes before it has seen it.
        let mut given = Box::pin(turns.take(Urgency::Direct));
        assert!(poll_once(given.as_mut()).await.is_none());
        drop(held);
        drop(given);
        assert_eq!(turns.load().running, 0, "every turn has come back");
        let again = [turns.take(Urgency::Direct).await, turns.take(Urgency::Direct).await];
        assert_eq!(turns.load().running, 2);
        drop(again);
    }

    #[tokio::test]
    async fn a_session_is_refused_only_where_so_many_sessions_wait() {
        let bounds = Bounds { at_once: 1, most_waiting: 4, patience: Duration::from_secs(100) };
        let turns = &Turns::new(bounds);
        let _held = turns.take(Urgency::Session).await;
        let mut waiting = Vec::new();
        // Each kind waits up to its bound, whichever of them is there first.
        for (urgency, most) in [(Urgency::Direct, 2), (Urgency::Session, 4)] {
            for number in 0..=most {
                let mut wait = Box::pin(async move { turns.wait(urgency).await.err() });
                match poll_once(wait.as_mut()).await {
                    None => assert!(number < most, "{urgency:?} {number}"),
                    Some(error) => {
                        assert_eq!(number, most, "{urgency:?}");
                        let retry_after = Some(RETRY_AFTER);
                        assert_eq!(error, Some(BackendError::Busy { retry_after }));
                    }
                }
                waiting.push(wait);
            }
        }
        assert_eq!(turns.load().waiting, 6);
        drop(waiting);
        assert_eq!(turns.load().waiting, 0);
    }

    /// Polls once.
    async fn poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match std::pin::Pin::new(&mut future).poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
