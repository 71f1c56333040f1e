//! Counts what is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what has been entered and not yet left. All clones count together.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<AtomicUsize>);

/// Counts until it is dropped, whatever ends it.
#[derive(Debug)]
pub struct Entered(Tally);

impl Tally {
    /// How many there are now.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// One more.
    pub fn enter(&self) -> Entered {
        self.0.fetch_add(1, Ordering::SeqCst);
        Entered(self.clone())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_does_not_count() {
        let tally = Tally::default();
        let first = tally.enter();
        let second = tally.clone().enter();
        assert_eq!(tally.count(), 2);
        drop(first);
        assert_eq!(tally.count(), 1);
        let panicked = std::panic::catch_unwind(move || {
            let _second = second;
            panic!("the test was told to");
        });
        assert!(panicked.is_err());
        assert_eq!(tally.count(), 0);
    }
}
