//! Threads for work that computes, of a fixed number. The runtime's own blocking threads are for work that waits: it makes
//! another whenever none happens to be idle, up to 512, and each that has computed keeps the memory that it needed for that.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;

/// The work has panicked, which is on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it panicked")]
pub struct Panicked;

/// The threads. They end when it is dropped.
pub struct Pool(ThreadPool);

impl Pool {
    /// This many.
    ///
    /// # Errors
    /// If the system has no room for them.
    pub fn new(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let named = |index| format!("compute-{index}");
        Ok(Self(ThreadPoolBuilder::new().num_threads(threads).thread_name(named).build()?))
    }

    /// Runs `work` on one of them when it is its turn, in the order in which it comes. What has begun is run to its end; if
    /// nobody waits any more when its turn comes, it is dropped.
    ///
    /// # Errors
    /// [`Panicked`].
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (done, result) = oneshot::channel();
        self.0.spawn_fifo(move || {
            if done.is_closed() {
                return;
            }
            // What has panicked is not looked at again.
            if let Ok(result) = catch_unwind(AssertUnwindSafe(work)) {
                done.send(result).ok();
            }
        });
        result.await.map_err(|_| Panicked)
    }
}

/// Threads that are made when they are first needed. Where the system has no room for them then, whoever needs them next
/// tries again.
pub struct LazyPool<E = ThreadPoolBuildError> {
    made: OnceLock<Pool>,
    make: fn() -> Result<Pool, E>,
}

impl<E> LazyPool<E> {
    /// Those that `make` makes.
    pub const fn new(make: fn() -> Result<Pool, E>) -> Self {
        Self { made: OnceLock::new(), make }
    }

    /// The threads.
    ///
    /// # Errors
    /// If there are none, nor can be made now.
    pub fn get(&self) -> Result<&Pool, E> {
        if let Some(pool) = self.made.get() {
            return Ok(pool);
        }
        let pool = (self.make)()?;
        // Of two that are made at once one stays.
        Ok(self.made.get_or_init(|| pool))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn a_rush_is_worked_off_by_the_same_few_threads() {
        let pool = Arc::new(Pool::new(2).unwrap());
        let mut rush = JoinSet::new();
        for number in 0..200 {
            let pool = Arc::clone(&pool);
            rush.spawn(async move {
                let work = move || {
                    assert!(number % 50 != 7, "some of them panic");
                    thread::sleep(Duration::from_millis(1));
                    thread::current().id()
                };
                pool.run(work).await
            });
        }
        let ended = rush.join_all().await;
        let threads: HashSet<ThreadId> = ended.iter().flatten().copied().collect();
        assert_eq!(threads.len(), 2);
        assert_eq!(ended.iter().filter(|ended| **ended == Err(Panicked)).count(), 4);
    }

    #[tokio::test]
    async fn what_has_begun_goes_on_and_what_waits_for_nobody_is_dropped() {
        let (pool, (told, hears), (go_on, goes_on)) =
            (Pool::new(1).unwrap(), channel(), channel::<()>());
        let (begins, has_begun) = channel();
        let mut begun = Box::pin(pool.run(move || {
            begins.send(()).unwrap();
            told.send(goes_on.recv().is_ok())
        }));
        assert!(tokio::time::timeout(Duration::ZERO, &mut begun).await.is_err());
        has_begun.recv_timeout(Duration::from_secs(10)).unwrap();
        drop(begun);
        let held = Arc::new(());
        let waiting = Arc::clone(&held);
        let left = pool.run(move || panic!("must not run, holds {waiting:?}"));
        assert!(tokio::time::timeout(Duration::ZERO, left).await.is_err());
        let last = pool.run(|| ());
        go_on.send(()).unwrap();
        assert_eq!(last.await, Ok(()));
        assert_eq!(hears.recv_timeout(Duration::from_secs(10)), Ok(true));
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test]
    async fn threads_for_which_there_was_no_room_are_made_by_the_next_who_needs_them() {
        static HAS_ROOM: AtomicBool = AtomicBool::new(false);
        let threads = LazyPool::new(|| match HAS_ROOM.load(Ordering::Relaxed) {
            true => Pool::new(1).map_err(|_| "no room"),
            false => Err("no room"),
        });
        assert_eq!(threads.get().err(), Some("no room"));
        HAS_ROOM.store(true, Ordering::Relaxed);
        assert_eq!(threads.get().unwrap().run(|| 7).await, Ok(7));
        // From then on they are there.
        HAS_ROOM.store(false, Ordering::Relaxed);
        assert!(threads.get().is_ok());
    }
}
