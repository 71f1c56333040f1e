//! Prints of pictures that have been seen, in memory.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;

/// The most that are remembered, about 40 MB: those of 60,000 checks. Beyond it the oldest goes.
const MAX_PRINTS: usize = 500_000;

/// Which session showed a print first.
#[derive(Default)]
pub struct Seen {
    first: HashMap<Print, (Uuid, UnixMillis)>,
    /// Oldest first; also those that have been taken back since.
    order: VecDeque<(UnixMillis, Print)>,
}

impl Seen {
    /// Remembers what is new, and counts what other sessions than this one, opened at `since`, have shown.
    pub fn remember(
        &mut self,
        id: Uuid,
        prints: &[Print],
        since: UnixMillis,
        now: UnixMillis,
    ) -> usize {
        let now = now.max(since);
        let mut known = 0;
        for print in prints {
            let (first, at) = *self.first.entry(*print).or_insert_with(|| {
                self.order.push_back((now, *print));
                (id, now)
            });
            known += usize::from(first != id || at < since);
        }
        while self.order.len() > MAX_PRINTS {
            self.forget_oldest();
        }
        known
    }

    /// Forgets what no session has shown before this one did, at this time or later.
    pub fn take_back(&mut self, id: Uuid, prints: &[Print], since: UnixMillis) {
        for print in prints {
            if self.first.get(print).is_some_and(|(first, at)| *first == id && *at >= since) {
                self.first.remove(print);
            }
        }
    }

    /// Forgets what was seen at this time or before.
    pub fn forget(&mut self, until: UnixMillis) {
        while self.order.front().is_some_and(|(at, _)| *at <= until) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((at, print)) = self.order.pop_front()
            && self.first.get(&print).is_some_and(|(_, seen)| *seen == at)
        {
            self.first.remove(&print);
        }
    }
}
