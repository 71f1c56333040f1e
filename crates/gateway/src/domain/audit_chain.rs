//! Whether the entries of the audit log are those that were written.

use super::audit::{AuditEntry, Head};

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

/// Goes through a chain from its first entry to its last.
#[derive(Debug, Default)]
pub struct Chain {
    /// What was noted elsewhere, until it is found.
    noted: Option<Head>,
    /// What the first entry follows on.
    begins_after: Option<Head>,
    /// What the last entry about it says was forgotten.
    forgotten: Head,
    last: Head,
    entries: u64,
}

impl Chain {
    /// A chain of which an entry was noted, or none.
    pub fn new(noted: Option<Head>) -> Self {
        Self { noted, ..Self::default() }
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
        if let Some(forgotten) = entry.forgotten() {
            self.forgotten = forgotten;
        }
        self.last = entry.head();
        self.entries += 1;
        Ok(())
    }

    /// After the last entry: that one, and how many there are.
    ///
    /// # Errors
    /// For a chain whose beginning is gone without a word, or which lacks what was noted. What was noted and has been
    /// forgotten since cannot be told from the rest, and is no break.
    pub fn end(self) -> Result<(Head, u64), Break> {
        let begins_after = self.begins_after.unwrap_or_default();
        if begins_after != self.forgotten && begins_after != Head::default() {
            return Err(Break::Beginning(begins_after.number + 1));
        }
        match self.noted {
            Some(noted) if noted.number > begins_after.number => Err(Break::Noted(noted.number)),
            _ => Ok((self.last, self.entries)),
        }
    }
}
