//! The measures of one frame.

use super::Measure;

/// A value for every [`Measure`]; NaN for what could not be measured.
#[derive(Debug, Clone)]
pub struct Measures(Box<[f64; Measure::ALL.len()]>);

impl Default for Measures {
    fn default() -> Self {
        Self(Box::new([f64::NAN; Measure::ALL.len()]))
    }
}

/// What could not be measured is equal to itself.
impl PartialEq for Measures {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0.iter()).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
    }
}

impl Measures {
    /// Those the worker took, in the order of [`Measure::OF_PIXELS`]; missing ones were not measured.
    pub fn of_pixels(values: impl IntoIterator<Item = f64>) -> Self {
        Measure::OF_PIXELS.iter().copied().zip(values).collect()
    }

    /// One measure.
    pub fn get(&self, measure: Measure) -> f64 {
        self.0[measure as usize]
    }

    /// Sets one measure.
    pub fn set(&mut self, measure: Measure, value: f64) {
        self.0[measure as usize] = value;
    }
}

impl FromIterator<(Measure, f64)> for Measures {
    fn from_iter<T: IntoIterator<Item = (Measure, f64)>>(values: T) -> Self {
        let mut measures = Self::default();
        for (measure, value) in values {
            measures.set(measure, value);
        }
        measures
    }
}
