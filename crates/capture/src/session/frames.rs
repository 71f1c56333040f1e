//! How many frames a check takes.

/// How many frames the steps of a check take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frames {
    /// Those before this one.
    pub before: u32,
    /// All of them; 0 until the server has said.
    pub all: u32,
}
