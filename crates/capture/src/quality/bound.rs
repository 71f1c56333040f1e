//! How far a measure may go, and what happens beyond.

/// How far a measure may go, with hysteresis: `enter` must be met before a run starts, `leave` throughout it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// No less than this.
    AtLeast {
        /// The stricter value, while positioning.
        enter: f64,
        /// The looser value, while capturing.
        leave: f64,
    },
    /// No more than this.
    AtMost {
        /// The stricter value, while positioning.
        enter: f64,
        /// The looser value, while capturing.
        leave: f64,
    },
}

/// The bound that holds before pictures are taken, and the one while they are.
pub(super) const STRICTER: f64 = 0.0;
pub(super) const LOOSER: f64 = 1.0;

impl Bound {
    /// How far beyond the bound a value is, as a share of the bound: above 0 it fails. What could not be measured
    /// passes. `ease` says which bound that is, from the [stricter](STRICTER) to the [looser](LOOSER) one.
    pub(super) fn excess(self, value: f64, ease: f64) -> f64 {
        let (Self::AtLeast { enter, leave } | Self::AtMost { enter, leave }) = self;
        let bound = (1.0 - ease) * enter + ease * leave;
        let beyond =
            if matches!(self, Self::AtLeast { .. }) { bound - value } else { value - bound };
        if beyond > 0.0 { beyond / bound.abs().max(f64::MIN_POSITIVE) } else { 0.0 }
    }

    /// Whether no value is within both, before a run starts.
    pub(crate) fn contradicts(self, other: Self) -> bool {
        match (self, other) {
            (Self::AtLeast { enter: least, .. }, Self::AtMost { enter: most, .. })
            | (Self::AtMost { enter: most, .. }, Self::AtLeast { enter: least, .. }) => {
                least > most
            }
            _ => false,
        }
    }

    /// Whether it is finite, and no stricter while capturing than before.
    pub(crate) fn makes_sense(self) -> bool {
        match self {
            Self::AtLeast { enter, leave } => {
                enter.is_finite() && leave.is_finite() && leave <= enter
            }
            Self::AtMost { enter, leave } => {
                enter.is_finite() && leave.is_finite() && leave >= enter
            }
        }
    }
}

/// What a failing gate does, from the strongest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Force {
    /// No frame is taken.
    Blocks,
    /// No frame is taken, but once the person has been given some time, only near the looser bound or beyond it.
    Yields,
    /// As advice, and within that time it breaks a run too: it cannot be noticed before one has begun.
    Insists,
    /// The person is told, and given some time, before frames are taken all the same. What has once begun goes on.
    Advises,
    /// Nobody is told; there is a warning with the verdict.
    Notes,
}
