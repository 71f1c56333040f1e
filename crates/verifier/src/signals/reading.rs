//! What a signal measured.

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The signal's name.
    pub name: &'static str,
    /// What was measured, in the signal's own unit; None where the clip does not allow it.
    pub value: Option<f64>,
    /// How the value came about, for a person to read.
    pub evidence: String,
}

impl Reading {
    pub(super) fn of(name: &'static str, value: f64, evidence: String) -> Self {
        // NaN and infinity say nothing.
        Self { name, value: value.is_finite().then_some(value), evidence }
    }

    pub(super) fn none(name: &'static str, why: &str) -> Self {
        Self { name, value: None, evidence: why.to_owned() }
    }
}
