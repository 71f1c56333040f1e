//! Much that is done in parts, each a transaction of its own, as large as the disk has room for.

use std::time::{Duration, Instant};

use super::StoreError;

/// By how much a part shrinks for which there is no room.
const SHRINKS: usize = 8;

/// How long a part may take to fail. What has failed later had waited, for somebody else's lock or for an answer, and so would
/// all that comes after it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How large a part may be, and what has failed so far. What fails keeps nothing else from being done (what is forgotten makes
/// room), unless there is nobody to do it.
pub struct Groups {
    size: usize,
    patience: Duration,
    failure: Option<StoreError>,
    given_up: bool,
}

impl Groups {
    /// Begins with parts of this size: so few that others are not kept waiting.
    pub const fn new(size: usize) -> Self {
        Self { size, patience: PATIENCE, failure: None, given_up: false }
    }

    /// Does parts until there is less than a whole one left, and counts what was done.
    pub async fn all<F>(&mut self, part: impl Fn(usize) -> F) -> usize
    where
        F: Future<Output = Result<usize, StoreError>>,
    {
        self.up_to(usize::MAX, part).await
    }

    /// The same, until about so many are done. A transaction needs room for all that it changes, also where it deletes, so on a
    /// disk that is nearly full a part that does not fit is followed by smaller ones.
    pub async fn up_to<F>(&mut self, most: usize, part: impl Fn(usize) -> F) -> usize
    where
        F: Future<Output = Result<usize, StoreError>>,
    {
        let mut done = 0;
        while done < most && !self.given_up {
            let (size, begun) = (self.size, Instant::now());
            match part(size).await {
                Ok(count) => {
                    done += count;
                    if count < size {
                        break;
                    }
                }
                Err(StoreError::Full) if size > 1 => self.size = (size / SHRINKS).max(1),
                Err(error) => {
                    self.fail(error, begun);
                    break;
                }
            }
        }
        done
    }

    /// Does what is done as a whole.
    pub async fn whole(&mut self, work: impl Future<Output = Result<(), StoreError>>) {
        let begun = Instant::now();
        if !self.given_up
            && let Err(error) = work.await
        {
            self.fail(error, begun);
        }
    }

    fn fail(&mut self, error: StoreError, begun: Instant) {
        self.given_up = begun.elapsed() >= self.patience;
        self.failure.get_or_insert(error);
    }

    /// What was done, unless something has failed. If the disk has no room for the least, it is the store that does not work.
    pub fn end<T>(self, done: T) -> Result<T, StoreError> {
        match self.failure {
            None => Ok(done),
            Some(StoreError::Full) => Err(StoreError::Unavailable),
            Some(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const LARGEST: usize = 500;

    /// Does them where there is room for so many at a time; what is left then, and the outcome.
    async fn done(many: usize, room: usize) -> (usize, Result<usize, StoreError>) {
        let left = Cell::new(many);
        let mut groups = Groups::new(LARGEST);
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
        assert_eq!(done(5, 0).await, (5, Err(StoreError::Unavailable)));
        assert_eq!(done(0, 0).await, (0, Ok(0)));
    }

    /// A smaller part fails as a large one does, unless it was too large.
    #[tokio::test]
    async fn what_fails_for_another_reason_is_not_tried_in_smaller_parts_and_keeps_nothing_from_being_done()
     {
        let (tries, mut groups) = (Cell::new(0), Groups::new(LARGEST));
        let fails = async |_| {
            tries.set(tries.get() + 1);
            Err(StoreError::Unavailable)
        };
        assert_eq!(groups.all(fails).await, 0);
        assert_eq!(tries.get(), 1);
        groups.whole(async { Err(StoreError::Unavailable) }).await;
        assert_eq!(groups.all(async |size| Ok(size - 1)).await, LARGEST - 1);
        assert_eq!(groups.end(()), Err(StoreError::Unavailable));
    }

    #[tokio::test]
    async fn where_a_failure_was_waited_for_nothing_else_is_tried() {
        let mut groups = Groups { patience: Duration::from_millis(20), ..Groups::new(LARGEST) };
        let waits = async |_| {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Err(StoreError::Unavailable)
        };
        assert_eq!(groups.all(waits).await, 0);
        let tries = Cell::new(0);
        let done = async |_| {
            tries.set(tries.get() + 1);
            Ok(0)
        };
        groups.all(done).await;
        groups
            .whole(async {
                tries.set(tries.get() + 1);
                Ok(())
            })
            .await;
        assert_eq!((tries.get(), groups.end(())), (0, Err(StoreError::Unavailable)));
    }

    #[tokio::test]
    async fn what_may_be_done_in_part_ends_with_the_part_in_which_it_may() {
        assert_eq!(Groups::new(10).up_to(25, async |size| Ok(size)).await, 30);
        assert_eq!(Groups::new(10).up_to(25, async |_| Ok(3)).await, 3);
    }
}
