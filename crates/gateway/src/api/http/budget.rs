//! The memory that request bodies may take, over all requests together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of bytes that all bodies share.
#[derive(Debug, Clone)]
pub struct BodyBudget(Arc<Semaphore>);

/// What one body has taken of it; given back on drop.
#[derive(Debug)]
pub struct Share {
    budget: BodyBudget,
    taken: Option<OwnedSemaphorePermit>,
}

impl BodyBudget {
    /// A budget of this many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// How many bytes are free now.
    pub fn free(&self) -> usize {
        self.0.available_permits()
    }

    /// A share of nothing as yet. It grows with what has arrived: to state a length costs others nothing.
    pub fn share(&self) -> Share {
        Share { budget: self.clone(), taken: None }
    }
}

impl Share {
    /// Takes more, if there is as much. Nobody waits for it: everybody might wait for each other.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let permits = u32::try_from(bytes).ok();
        let more = permits
            .and_then(|permits| Arc::clone(&self.budget.0).try_acquire_many_owned(permits).ok());
        let Some(more) = more else { return false };
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_given_back() {
        let budget = BodyBudget::new(100);
        let (mut one, mut two) = (budget.share(), budget.share());
        assert!(one.grow(40) && one.grow(20) && two.grow(40));
        assert_eq!(budget.free(), 0);
        assert!(!two.grow(1) && two.grow(0));
        drop(one);
        assert_eq!(budget.free(), 60);
        assert!(!two.grow(61), "all or nothing");
        assert!(two.grow(60));
        drop(two);
        assert_eq!(budget.free(), 100);
        assert!(!budget.share().grow(usize::MAX));
    }
}
