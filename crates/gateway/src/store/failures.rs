//! What the log says of a database that fails: the first of a row of failures, and the row's end.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// How long nothing may fail until failures are over: while a disk is full, what needs little room succeeds now and then.
const CALM: Duration = Duration::from_secs(60);

/// How it has gone.
#[derive(Debug, Default)]
pub struct Failures {
    /// When the database has failed last.
    failed: Option<Instant>,
    /// When a row could not be read last, which hides no failure of the database.
    unreadable: Option<Instant>,
}

impl Failures {
    /// Notes that it works.
    pub fn works(&mut self) {
        if is_over(self.failed) && self.failed.take().is_some() {
            tracing::info!("the database works again");
        }
    }

    /// Notes that it fails.
    pub fn fails(&mut self, why: &impl Display) {
        if is_over(self.failed.replace(Instant::now())) {
            tracing::error!(%why, "the database does not work");
        }
    }

    /// Notes that a row cannot be read.
    pub fn cannot_read(&mut self, what: &str) {
        if is_over(self.unreadable.replace(Instant::now())) {
            tracing::error!(what, "the database has a row that cannot be read");
        }
    }

    /// Whether it has failed.
    #[cfg(test)]
    pub const fn has_failed(&self) -> bool {
        self.failed.is_some()
    }
}

fn is_over(last: Option<Instant>) -> bool {
    last.is_none_or(|last| last.elapsed() >= CALM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_cannot_be_read_hides_no_failure() {
        let mut failures = Failures::default();
        failures.cannot_read("a tenant");
        assert!(!failures.has_failed() && failures.unreadable.is_some(), "the next one is logged");
        failures.fails(&"so");
        failures.works();
        assert!(failures.has_failed(), "not over yet");
    }
}
