//! The memory that request bodies may take, over all requests together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::session::Sharer;
use crate::domain::video::shares::left_for;

/// A number of bytes that all bodies share.
#[derive(Debug, Clone)]
pub struct BodyBudget {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Nothing is kept of those that have none.
    by_sharer: HashMap<Sharer, usize>,
}

/// What one body has taken of it; given back on drop.
#[derive(Debug)]
pub struct Share {
    budget: BodyBudget,
    sharer: Option<Sharer>,
    bytes: usize,
}

impl BodyBudget {
    /// A budget of this many bytes.
    pub fn new(bytes: usize) -> Self {
        Self { most: bytes, taken: Arc::default() }
    }

    /// How many bytes are free now.
    pub fn free(&self) -> usize {
        self.most - self.lock().all
    }

    /// A share of nothing as yet, for a body of this sharer, if sharers can be told apart. It grows with what has arrived: to
    /// state a length costs others nothing.
    pub fn share(&self, sharer: Option<Sharer>) -> Share {
        Share { budget: self.clone(), sharer, bytes: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Takes more, if there is as much. Nobody waits for it: everybody might wait for each other. A sharer's only body may be
    /// as large as there is room; with several, they have together at most as much as is left for the others.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let mut taken = self.budget.lock();
        let own = self.sharer.as_ref().and_then(|sharer| taken.by_sharer.get(sharer));
        let room = match own {
            Some(own) if *own > self.bytes => left_for(*own, taken.all, self.budget.most),
            _ => self.budget.most - taken.all,
        };
        if bytes > room {
            return false;
        }
        taken.all += bytes;
        if let Some(sharer) = &self.sharer {
            *taken.by_sharer.entry(sharer.clone()).or_default() += bytes;
        }
        self.bytes += bytes;
        true
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.budget.lock();
        taken.all -= self.bytes;
        let Some(sharer) = &self.sharer else { return };
        match taken.by_sharer.get_mut(sharer) {
            Some(own) if *own > self.bytes => *own -= self.bytes,
            _ => drop(taken.by_sharer.remove(sharer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_given_back() {
        let budget = BodyBudget::new(100);
        let (mut one, mut two) = (budget.share(None), budget.share(None));
        assert!(one.grow(40) && one.grow(20) && two.grow(40));
        assert_eq!(budget.free(), 0);
        assert!(!two.grow(1) && two.grow(0));
        drop(one);
        assert_eq!(budget.free(), 60);
        assert!(!two.grow(61), "all or nothing");
        assert!(two.grow(60));
        drop(two);
        assert_eq!(budget.free(), 100);
        assert!(!budget.share(None).grow(usize::MAX));
    }

    #[test]
    fn a_sharer_leaves_the_others_as_much_as_its_bodies_take() {
        let budget = BodyBudget::new(100);
        let of = |name| budget.share(Some(Sharer::of_client(name)));
        let mut one: Vec<_> = (0..6).map(|_| of("one")).collect();
        let taken = one.iter_mut().map(|share| share.grow(10)).collect::<Vec<_>>();
        assert_eq!(taken, [true, true, true, true, true, false]);
        assert!(!one[0].grow(1), "what has begun to come counts as what begins");
        let (mut first, mut second) = (of("two"), of("two"));
        assert!(first.grow(25) && !second.grow(1) && !first.grow(26) && first.grow(25));
        assert_eq!(budget.free(), 0);
        drop((one, second, first));
        assert_eq!(budget.free(), 100);
        assert!(budget.lock().by_sharer.is_empty());
        assert!(of("one").grow(100), "the only body of its sharer");
        let (mut large, mut small) = (of("one"), of("one"));
        assert!(large.grow(60) && !small.grow(1) && of("two").grow(40));
        assert!(small.grow(0) && large.grow(40), "nothing is no other body");
    }
}
