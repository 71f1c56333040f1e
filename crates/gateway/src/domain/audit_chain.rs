//! Whether the entries of the audit log are those that were written.

use std::fmt;

use super::audit::{AuditEntry, Head};
use super::clock::{UnixMillis, iso8601};

/// Where a chain breaks, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// An entry does not say what was hashed.
    #[error("entry {0} has been changed: its hash is not that of what it says")]
    Changed(u64),
    /// An entry follows on another than the one before it.
    #[error("entry {0} does not follow on the one before it: that one has been exchanged")]
    Apart(u64),
    /// Entries are gone.
    #[error("entry {missing} is missing before entry {found}")]
    Missing {
        /// The first that is gone.
        missing: u64,
        /// The next that is there.
        found: u64,
    },
    /// The chain begins later than it should, and no entry says why.
    #[error(
        "the log begins with entry {0}, and no entry says that the ones before it were forgotten"
    )]
    Beginning(u64),
    /// An entry that was noted elsewhere is not there, or is another.
    #[error("entry {0} is not the one that was noted")]
    Noted(u64),
}

/// What stands of a chain that nowhere breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The last entry.
    pub head: Head,
    /// How many there are.
    pub entries: u64,
    /// What is no longer there, if anything.
    pub forgotten: Option<Forgotten>,
    /// The entry that was noted elsewhere, where it shows nothing: it was forgotten before the last that was.
    pub gone: Option<u64>,
}

/// That the oldest entries are gone, as another says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// The last of them.
    pub until: u64,
    /// The entry that says so.
    pub by: u64,
    /// When that was written.
    pub at: UnixMillis,
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { until, by, at } = self;
        write!(f, "entry {by} of {} says that all up to entry {until} were forgotten", iso8601(*at))
    }
}

/// Goes through a chain from its first entry to its last.
#[derive(Debug, Default)]
pub struct Chain {
    /// What was noted elsewhere, until it is found.
    noted: Option<Head>,
    /// What the first entry follows on.
    begins_after: Option<Head>,
    /// The entry that says that what came before the first was forgotten: its number, its time, and what it says.
    forgotten: (u64, UnixMillis, Head),
    last: Head,
    entries: u64,
}

impl Chain {
    /// A chain of which an entry was noted, or none. The head of an empty log is no entry, and cannot be forgotten.
    pub fn new(noted: Option<Head>) -> Self {
        Self { noted: noted.filter(|noted| *noted != Head::default()), ..Self::default() }
    }

    /// Looks at the next entry.
    ///
    /// # Errors
    /// The first [`Break`].
    pub fn check(&mut self, entry: &AuditEntry) -> Result<(), Break> {
        let number = entry.number;
        if self.begins_after.is_none() {
            let before = Head { number: number.saturating_sub(1), hash: entry.previous };
            self.begins_after = Some(before);
            self.last = before;
        }
        if number != self.last.number + 1 {
            return Err(Break::Missing { missing: self.last.number + 1, found: number });
        }
        if entry.previous != self.last.hash {
            return Err(Break::Apart(number));
        }
        if entry.computed() != entry.hash {
            return Err(Break::Changed(number));
        }
        if self.noted.is_some_and(|noted| noted.number == number) {
            let noted = self.noted.take();
            if noted != Some(entry.head()) {
                return Err(Break::Noted(number));
            }
        }
        // Others are about what had gone before, or goes while this is read.
        if let Some(forgotten) = entry.forgotten()
            && self.begins_after == Some(forgotten)
        {
            self.forgotten = (number, entry.at, forgotten);
        }
        self.last = entry.head();
        self.entries += 1;
        Ok(())
    }

    /// What stands, after the last entry.
    ///
    /// # Errors
    /// For a chain whose beginning is gone without a word, or which lacks what was noted. The last entry that was forgotten is
    /// still known by its hash; one before it is not, which is no break, but is said.
    pub fn end(self) -> Result<Held, Break> {
        let begins_after = self.begins_after.unwrap_or_default();
        let (by, at, forgotten) = self.forgotten;
        if begins_after != forgotten && begins_after != Head::default() {
            return Err(Break::Beginning(begins_after.number + 1));
        }
        let until = begins_after.number;
        let gone = match self.noted.filter(|noted| *noted != begins_after) {
            Some(Head { number, .. }) if number >= until => return Err(Break::Noted(number)),
            noted => noted.map(|noted| noted.number),
        };
        let forgotten = (until > 0).then_some(Forgotten { until, by, at });
        Ok(Held { head: self.last, entries: self.entries, forgotten, gone })
    }
}
