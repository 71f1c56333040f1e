//! Prints of pictures that have been seen, in memory.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;

/// Which session showed a print first.
pub struct Seen {
    /// The most that are remembered; beyond it the oldest goes.
    most: usize,
    first: HashMap<Print, (Uuid, Age)>,
    /// The same, oldest first.
    order: BTreeMap<Age, Print>,
    next: u64,
}

/// When a print was seen first, and its number, which tells apart what was seen at that time.
type Age = (UnixMillis, u64);

impl Seen {
    /// Nothing yet, and never more than so many.
    pub fn new(most: usize) -> Self {
        Self { most, first: HashMap::new(), order: BTreeMap::new(), next: 0 }
    }

    /// Remembers what is new, and says what other sessions than this one, opened at `since`, have shown.
    pub fn remember(
        &mut self,
        id: Uuid,
        prints: &[Print],
        since: UnixMillis,
        now: UnixMillis,
    ) -> Vec<Print> {
        let now = now.max(since);
        let mut known = Vec::new();
        for print in prints {
            let (first, (at, _)) = *self.first.entry(*print).or_insert_with(|| {
                let age = (now, self.next);
                self.next += 1;
                self.order.insert(age, *print);
                (id, age)
            });
            if first != id || at < since {
                known.push(*print);
            }
        }
        while self.first.len() > self.most {
            self.forget_oldest();
        }
        known
    }

    /// Forgets what no session has shown before this one did, at this time or later.
    pub fn take_back(&mut self, id: Uuid, prints: &[Print], since: UnixMillis) {
        for print in prints {
            if let Some((first, age)) = self.first.get(print)
                && *first == id
                && age.0 >= since
            {
                self.order.remove(age);
                self.first.remove(print);
            }
        }
    }

    /// Forgets what was seen at this time or before.
    pub fn forget(&mut self, until: UnixMillis) {
        while self.order.first_key_value().is_some_and(|((at, _), _)| *at <= until) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, print)) = self.order.pop_first() {
            self.first.remove(&print);
        }
    }
}
