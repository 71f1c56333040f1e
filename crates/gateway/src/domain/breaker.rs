//! When to stop asking somebody who keeps failing, and when to try again: a circuit breaker. It knows no clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// When a circuit opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row after which nobody asks any more; 0: never.
    pub failures: u32,
    /// How long nobody asks then. One request finds out whether to go on.
    pub rest: Duration,
}

/// What a circuit is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    /// Requests go through.
    Closed,
    /// One request is finding out whether others may go through again.
    Probing,
    /// None goes through.
    Open,
}

/// Nobody asks now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not asked for another {after:?}")]
pub struct Resting {
    /// When to come back.
    pub after: Duration,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// So many failures in a row.
    Closed(u32),
    Probing,
    /// Until then.
    Open(Duration),
}

/// Lets requests through, or not. Times count from any moment, and never go back.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: Mutex<State>,
}

/// One request that was let through. A probe that is dropped untold, as when its client leaves, makes room for the next.
#[derive(Debug)]
pub struct Passage<'a> {
    breaker: &'a Breaker,
    probe: bool,
    told: bool,
}

impl Breaker {
    /// A closed circuit.
    pub const fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: Mutex::new(State::Closed(0)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it is in.
    pub fn circuit(&self) -> Circuit {
        match *self.lock() {
            State::Closed(_) => Circuit::Closed,
            State::Probing => Circuit::Probing,
            State::Open(_) => Circuit::Open,
        }
    }

    /// How long nobody asks from now on: while the circuit is open, and while another request probes, for which it is a tenth of
    /// the rest.
    pub fn rests(&self, now: Duration) -> Option<Duration> {
        self.rest_of(*self.lock(), now)
    }

    fn rest_of(&self, state: State, now: Duration) -> Option<Duration> {
        match state {
            State::Probing => Some(self.settings.rest / 10),
            State::Open(until) => until.checked_sub(now).filter(|left| !left.is_zero()),
            State::Closed(_) => None,
        }
    }

    /// Lets a request through, if one may go now.
    ///
    /// # Errors
    /// [`Resting`] as long as it [`rests`](Self::rests).
    pub fn pass(&self, now: Duration) -> Result<Passage<'_>, Resting> {
        let mut state = self.lock();
        if let Some(after) = self.rest_of(*state, now) {
            return Err(Resting { after });
        }
        let probe = matches!(*state, State::Open(_));
        if probe {
            *state = State::Probing;
        }
        Ok(Passage { breaker: self, probe, told: false })
    }
}

impl Passage<'_> {
    /// Whoever was asked has answered, whatever the answer was.
    pub fn answered(mut self) {
        self.told = true;
        *self.breaker.lock() = State::Closed(0);
    }

    /// They could not be reached, or failed. Whether that has opened the circuit.
    pub fn failed(mut self, now: Duration) -> bool {
        self.told = true;
        let BreakerSettings { failures, rest } = self.breaker.settings;
        let mut state = self.breaker.lock();
        let opens = match *state {
            State::Closed(before) => {
                *state = State::Closed(before.saturating_add(1));
                failures > 0 && before + 1 >= failures
            }
            State::Probing => self.probe,
            // One that was let through earlier says nothing new.
            State::Open(_) => false,
        };
        if opens {
            *state = State::Open(now.saturating_add(rest));
        }
        opens
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            let mut state = self.breaker.lock();
            // Unless another has answered meanwhile.
            if matches!(*state, State::Probing) {
                *state = State::Open(Duration::ZERO);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// One that has just opened, at second 100.
    fn open() -> Breaker {
        let breaker = Breaker::new(BreakerSettings { failures: 3, rest: REST });
        let opened = [(); 3].map(|()| breaker.pass(at(100)).unwrap().failed(at(100)));
        assert_eq!(opened, [false, false, true]);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let breaker = Breaker::new(BreakerSettings { failures: 3, rest: REST });
        for _ in 0..5 {
            assert!(!breaker.pass(at(1)).unwrap().failed(at(1)));
            assert!(!breaker.pass(at(1)).unwrap().failed(at(1)));
            breaker.pass(at(1)).unwrap().answered();
        }
        assert_eq!(breaker.circuit(), Circuit::Closed);
        let breaker = open();
        assert_eq!(breaker.circuit(), Circuit::Open);
        assert_eq!(breaker.pass(at(103)).unwrap_err(), Resting { after: at(7) });
    }

    #[test]
    fn one_request_probes_and_closes_it_or_opens_it_anew() {
        let breaker = open();
        let probe = breaker.pass(at(110)).unwrap();
        assert_eq!(breaker.circuit(), Circuit::Probing);
        assert_eq!(breaker.pass(at(110)).unwrap_err(), Resting { after: at(1) });
        assert!(probe.failed(at(112)));
        assert_eq!(breaker.pass(at(112)).unwrap_err(), Resting { after: REST });
        breaker.pass(at(122)).unwrap().answered();
        assert_eq!(breaker.circuit(), Circuit::Closed);
        // It has forgotten the failures before.
        assert!(!breaker.pass(at(123)).unwrap().failed(at(123)));
        assert!(breaker.pass(at(123)).is_ok());
    }

    #[test]
    fn a_probe_that_is_given_up_leaves_its_place_to_the_next() {
        let breaker = open();
        drop(breaker.pass(at(110)).unwrap());
        let probe = breaker.pass(at(110)).unwrap();
        assert!(breaker.pass(at(110)).is_err(), "there is one again");
        probe.answered();
        assert_eq!(breaker.circuit(), Circuit::Closed);
    }

    #[test]
    fn what_was_let_through_before_it_opened_counts_once() {
        let breaker = Breaker::new(BreakerSettings { failures: 1, rest: REST });
        let [first, late, later] = [(); 3].map(|()| breaker.pass(at(1)).unwrap());
        assert!(first.failed(at(1)));
        assert!(!late.failed(at(9)), "the rest is not made longer");
        let probe = breaker.pass(at(11)).unwrap();
        later.answered();
        assert_eq!(breaker.circuit(), Circuit::Closed, "an answer is an answer");
        drop(probe);
        assert_eq!(breaker.circuit(), Circuit::Closed);
    }

    #[test]
    fn without_a_number_it_never_opens() {
        let breaker = Breaker::new(BreakerSettings { failures: 0, rest: REST });
        for second in 0..1000 {
            assert!(!breaker.pass(at(second)).unwrap().failed(at(second)));
        }
        assert_eq!(breaker.circuit(), Circuit::Closed);
    }
}
