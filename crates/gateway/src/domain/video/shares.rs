//! What tenants have of something that all of them share, so that none can take all of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::tenants::TenantId;

/// How many more whoever has `own` of the `all` that are taken may have of `most`: so many that as many are left for the others as
/// it had before.
pub const fn left_for(own: usize, all: usize, most: usize) -> usize {
    most.saturating_sub(all).saturating_sub(own)
}

/// Whether it may have one more.
pub const fn may_have_another(own: usize, all: usize, most: usize) -> bool {
    left_for(own, all, most) > 0
}

/// How many each tenant has. All clones count together.
#[derive(Debug, Clone, Default)]
pub struct Shares(Arc<Mutex<Counts>>);

type Counts = BTreeMap<TenantId, usize>;

/// One that a tenant has until this is dropped.
#[derive(Debug)]
pub struct Taken {
    shares: Shares,
    tenant: TenantId,
}

impl Shares {
    /// How many this tenant has.
    pub fn of(&self, tenant: &TenantId) -> usize {
        self.lock().get(tenant).copied().unwrap_or(0)
    }

    /// One more for this tenant.
    pub fn take(&self, tenant: &TenantId) -> Taken {
        self.count(&mut self.lock(), tenant)
    }

    /// One more for this tenant if it [`may_have_another`] of `most`, where others are taken `elsewhere`: its own, and all.
    pub fn take_of(
        &self,
        most: usize,
        tenant: &TenantId,
        (own_elsewhere, all_elsewhere): (usize, usize),
    ) -> Option<Taken> {
        let mut taken = self.lock();
        let own = own_elsewhere + taken.get(tenant).copied().unwrap_or(0);
        let all = all_elsewhere + taken.values().sum::<usize>();
        may_have_another(own, all, most).then(|| self.count(&mut taken, tenant))
    }

    fn count(&self, taken: &mut Counts, tenant: &TenantId) -> Taken {
        *taken.entry(tenant.clone()).or_default() += 1;
        Taken { shares: self.clone(), tenant: tenant.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        match taken.get_mut(&self.tenant) {
            Some(number) if *number > 1 => *number -= 1,
            // Nothing is kept of tenants that have none.
            _ => drop(taken.remove(&self.tenant)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        name.parse().unwrap()
    }

    /// How many this tenant gets.
    fn all_of(shares: &Shares, most: usize, name: &str) -> Vec<Taken> {
        std::iter::from_fn(|| shares.take_of(most, &tenant(name), (0, 0))).collect()
    }

    #[test]
    fn whoever_takes_all_it_can_leaves_as_many_and_everybody_gets_one() {
        for (most, gets) in [(0, 0), (1, 1), (2, 1), (3, 2), (16, 8), (17, 9)] {
            assert_eq!(all_of(&Shares::default(), most, "a").len(), gets, "{most}");
        }
        let shares = Shares::default();
        let taken = ["a", "b", "c", "d"].map(|name| all_of(&shares, 16, name));
        assert_eq!(taken.each_ref().map(Vec::len), [8, 4, 2, 1]);
        assert!(all_of(&shares, 15, "e").is_empty(), "there is no more");
    }

    #[test]
    fn what_is_taken_elsewhere_counts() {
        let (shares, a) = (Shares::default(), tenant("a"));
        let taken = shares.take_of(4, &a, (1, 1)).unwrap();
        assert!(shares.take_of(4, &a, (1, 1)).is_none(), "two of four");
        assert!(shares.take_of(4, &tenant("b"), (0, 1)).is_some());
        drop(taken);
        assert!(shares.take_of(4, &a, (2, 2)).is_none());
        assert!(shares.take_of(4, &tenant("b"), (0, 4)).is_none());
    }

    #[test]
    fn what_is_given_back_can_be_had_again_and_nothing_is_kept_of_it() {
        let shares = Shares::default();
        let (first, second) = (shares.take(&tenant("a")), shares.take(&tenant("a")));
        assert_eq!((shares.of(&tenant("a")), shares.of(&tenant("b"))), (2, 0));
        assert!(shares.take_of(4, &tenant("a"), (0, 0)).is_none());
        drop(second);
        assert_eq!(shares.of(&tenant("a")), 1);
        drop(shares.take_of(4, &tenant("a"), (0, 0)).unwrap());
        drop(first);
        assert!(shares.0.lock().unwrap().is_empty());
    }
}
