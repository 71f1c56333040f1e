//! The memory store by the rules for all of them.

use super::*;
use crate::store::conformance::conformance;
use crate::store::conformance::harness::{Audited, Made, Totals};

#[async_trait]
impl Audited for MemoryStore {
    const STEPS: usize = 20_000;

    fn forgotten(&self) -> &Forgotten {
        &self.forgotten
    }

    async fn totals(&self) -> Totals {
        let sessions = self.lock();
        Totals(std::array::from_fn(|class| {
            let (queue, bytes) = &sessions.classes[class];
            (queue.len(), *bytes)
        }))
    }

    async fn recounted(&self) -> Totals {
        let mut totals = Totals::default();
        self.lock().kept.values().for_each(|kept| totals.add(kept.entry.cost()));
        totals
    }
}

fn make(limits: StoreLimits) -> Made<MemoryStore> {
    Made { store: MemoryStore::new(limits), _dir: None }
}

conformance!(make);

/// Whoever has a session's token can ask for a check that nobody is there to make as often as they like.
#[test]
fn prints_that_are_taken_back_push_no_others_out() {
    let mut seen = Seen::new(100);
    let [real, tried, later] = [1, 2, 3].map(Uuid::from_u128);
    let prints =
        |of: u8| -> Vec<Print> { (0..8).map(|index| Print([16 * of + index; 16])).collect() };
    assert_eq!(seen.remember(real, &prints(1), 0, 1).len(), 0);
    for of in 2..15 {
        assert_eq!(seen.remember(tried, &prints(of), 0, of.into()).len(), 0);
        seen.take_back(tried, &prints(of), 0);
    }
    assert_eq!(seen.remember(later, &prints(1), 0, 1_000_000).len(), 8, "they are known");
    assert_eq!(seen.remember(later, &prints(2), 0, 1_000_000).len(), 0, "they are not");
    seen.forget(1);
    assert_eq!(
        seen.remember(tried, &prints(1), 2_000_000, 2_000_000).len(),
        0,
        "their time is over"
    );
}
