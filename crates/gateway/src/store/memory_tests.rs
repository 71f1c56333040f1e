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
