//! Work spread over threads; what comes of it does not depend on how many there are.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// The most threads one check uses: with more, steps that cannot be divided would decide how long it takes.
const MAX_THREADS: usize = 4;

/// How many threads one check uses on this machine.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS)
}

/// What `work` makes of `0..count`, in this order; begun in this order, too, by up to `threads` threads, this one
/// included. A panic in any of them goes on in this one.
///
/// # Errors
/// The error of the lowest index that has one. After an error nothing new is begun.
pub fn map<T: Send, E: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    // Whatever comes before an index has been begun before it, and what is begun is completed: so the lowest
    // error is always found.
    let share = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            let result = work(index);
            if result.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            done.push((index, result));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        // A thread that the system refuses is one less: the work is done all the same.
        let others: Vec<_> = (1..threads.min(count))
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, share).ok())
            .collect();
        let mut done = share();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Both of two things, at the same time if there are threads for it.
///
/// # Errors
/// The first one's error, or else the second one's.
pub fn both<A: Send + Sync, B: Send + Sync, E: Send>(
    threads: usize,
    first: impl Fn() -> Result<A, E> + Sync,
    second: impl Fn() -> Result<B, E> + Sync,
) -> Result<(A, B), E> {
    let (a, b) = (OnceLock::new(), OnceLock::new());
    map(threads, 2, |which| {
        if which == 0 {
            drop(a.set(first()?));
        } else {
            drop(b.set(second()?));
        }
        Ok(())
    })?;
    Ok(a.into_inner().zip(b.into_inner()).expect("without an error, both are there"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::time::Duration;

    #[test]
    fn the_order_is_kept_by_any_number_of_threads() {
        for threads in [0, 1, 2, 3, 8] {
            for count in [0, 1, 2, 7, 100] {
                let squares = map(threads, count, |i| {
                    // The first ones take longest.
                    thread::sleep(Duration::from_micros(50 * (count - i) as u64 % 300));
                    Ok::<_, ()>(i * i)
                });
                assert_eq!(squares, Ok((0..count).map(|i| i * i).collect()), "{threads}, {count}");
            }
        }
    }

    #[test]
    fn the_lowest_error_is_given_and_ends_the_work() {
        for threads in [1, 2, 4] {
            let begun = AtomicUsize::new(0);
            let result: Result<Vec<usize>, usize> = map(threads, 1000, |i| {
                begun.fetch_add(1, Ordering::Relaxed);
                // The lower of two errors comes later.
                thread::sleep(Duration::from_millis(if i == 5 { 20 } else { 1 }));
                if i == 5 || i == 6 || i > 500 { Err(i) } else { Ok(i) }
            });
            assert_eq!(result, Err(5), "{threads}");
            assert!(begun.load(Ordering::Relaxed) < 200, "{threads}: {begun:?}");
        }
    }

    #[test]
    fn a_panic_is_not_lost() {
        for (threads, at) in [(1, 0), (4, 0), (4, 3), (4, 40)] {
            let panic = std::panic::catch_unwind(|| {
                map(threads, 50, |i| {
                    thread::sleep(Duration::from_micros(200));
                    assert_ne!(i, at, "here");
                    Ok::<_, ()>(i)
                })
            });
            assert!(panic.is_err(), "{threads}, {at}");
        }
    }

    #[test]
    fn as_many_threads_work_as_are_asked_for() {
        for threads in [1, 2, 3] {
            let seen = Mutex::new(std::collections::HashSet::new());
            let work = |_| {
                seen.lock().unwrap().insert(thread::current().id());
                thread::sleep(Duration::from_millis(5));
                Ok::<_, ()>(())
            };
            map(threads, 60, work).unwrap();
            assert_eq!(seen.lock().unwrap().len(), threads);
        }
    }

    #[test]
    fn both_give_both_or_the_first_ones_error() {
        for threads in [1, 2] {
            let (one, two) = (|| Ok::<_, u8>("one"), || Ok(2));
            assert_eq!(both(threads, one, two), Ok(("one", 2)));
            let fails = |code: u8| move || Err::<(), u8>(code);
            assert_eq!(both(threads, fails(1), two), Err(1));
            assert_eq!(both(threads, one, fails(2)), Err(2));
            assert_eq!(both(1, fails(1), fails(2)), Err(1));
        }
    }
}
