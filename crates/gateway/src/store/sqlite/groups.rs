//! Much that is done in parts, each a transaction of its own, as large as the disk has room for.

use crate::store::StoreError;

/// How many are done in one transaction, so that others are not kept waiting.
pub const LARGEST: usize = 500;

/// By how much a part shrinks that fails.
const SHRINKS: usize = 8;

/// How large a part may be, and what has failed so far.
pub struct Groups {
    size: usize,
    failure: Option<StoreError>,
}

impl Groups {
    /// Begins with the largest parts.
    pub const fn new() -> Self {
        Self { size: LARGEST, failure: None }
    }

    /// Does parts until there is less than a whole one left, and counts what was done. A transaction needs room for all that it
    /// changes, also where it deletes, so on a disk that is nearly full a part that fails is followed by smaller ones.
    pub async fn all<F>(&mut self, part: impl Fn(usize) -> F) -> usize
    where
        F: Future<Output = Result<usize, StoreError>>,
    {
        let mut done = 0;
        loop {
            match part(self.size).await {
                Ok(count) => {
                    done += count;
                    if count < self.size {
                        return done;
                    }
                }
                Err(_) if self.size > 1 => self.size = (self.size / SHRINKS).max(1),
                Err(error) => {
                    self.note(Err(error));
                    return done;
                }
            }
        }
    }

    /// Notes what else has been done.
    pub fn note(&mut self, result: Result<(), StoreError>) {
        self.failure = self.failure.take().or(result.err());
    }

    /// What was done, unless something has failed.
    pub fn end<T>(self, done: T) -> Result<T, StoreError> {
        self.failure.map_or(Ok(done), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Does them where there is room for so many at a time; what is left then, and the outcome.
    async fn done(many: usize, room: usize) -> (usize, Result<usize, StoreError>) {
        let left = Cell::new(many);
        let mut groups = Groups::new();
        let part = async |size: usize| {
            let now = left.get().min(size);
            if now > room {
                return Err(StoreError::Full);
            }
            left.set(left.get() - now);
            Ok(now)
        };
        let count = groups.all(part).await;
        (left.get(), groups.end(count))
    }

    #[tokio::test]
    async fn a_disk_that_has_room_for_few_has_all_done_in_the_end() {
        for many in [0, 1, 499, 500, 501, 2000] {
            for room in [1, 2, 10, 100, 499, 500] {
                assert_eq!(done(many, room).await, (0, Ok(many)), "{many}, {room}");
            }
        }
        assert_eq!(done(5, 0).await, (5, Err(StoreError::Full)));
        assert_eq!(done(0, 0).await, (0, Ok(0)));
    }
}
