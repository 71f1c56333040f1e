//! How busy a backend is.

/// The checks of a backend at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Those that are being made.
    pub running: usize,
    /// Those that wait for their turn.
    pub waiting: usize,
    /// How many are made at once at most; `None` where nothing here bounds that.
    pub at_once: Option<usize>,
}

impl Load {
    /// That of two backends together.
    pub fn with(self, other: Self) -> Self {
        Self {
            running: self.running + other.running,
            waiting: self.waiting + other.waiting,
            at_once: self.at_once.zip(other.at_once).map(|(one, other)| one + other),
        }
    }
}
