//! Whose turn it is: so many at once, sessions before checks that somebody asks for at once, each in their order.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::domain::check::Urgency;

type Waiting = VecDeque<oneshot::Sender<Turn>>;

struct State {
    free: usize,
    sessions: Waiting,
    direct: Waiting,
}

/// A number of turns.
#[derive(Clone)]
pub struct Turns {
    state: Arc<Mutex<State>>,
    at_once: usize,
}

/// One turn; the next in the queue gets it when it is dropped.
pub struct Turn {
    /// `None` once it has been passed on.
    turns: Option<Turns>,
}

impl Turns {
    /// As many turns at once as this.
    pub fn new(at_once: usize) -> Self {
        let state = State { free: at_once, sessions: Waiting::new(), direct: Waiting::new() };
        Self { state: Arc::new(Mutex::new(state)), at_once }
    }

    /// How many there are.
    pub const fn at_once(&self) -> usize {
        self.at_once
    }

    /// How many are taken now.
    pub fn taken(&self) -> usize {
        self.at_once.saturating_sub(self.lock().free)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. Whoever stops waiting loses its place, and nobody else theirs.
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
                // Nobody waits there any more: the next one gets it, and what came back is none.
                Err(mut unsent) => unsent.turns = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn sessions_come_first_and_each_in_their_order() {
        let turns = Turns::new(1);
        let held = turns.take(Urgency::Direct).await;
        assert_eq!((turns.taken(), turns.at_once()), (1, 1));
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
        assert_eq!(turns.taken(), 0);
    }

    #[tokio::test]
    async fn who_stops_waiting_takes_no_turn_away() {
        let turns = Turns::new(2);
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
        assert_eq!(turns.taken(), 0, "every turn has come back");
        let again = [turns.take(Urgency::Direct).await, turns.take(Urgency::Direct).await];
        assert_eq!(turns.taken(), 2);
        drop(again);
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
