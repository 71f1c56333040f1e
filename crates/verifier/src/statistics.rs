//! Medians and quantiles of measured values.

/// The median; 0 without values. NaN is left out.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which the given share (0 to 1) of the values lies; 0 without values.
pub fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().filter(|v| !v.is_nan()).collect();
    if sorted.is_empty() {
        return 0.0;
    }
    let at = index(sorted.len(), share);
    *sorted.select_nth_unstable_by(at, f64::total_cmp).1
}

/// The index of that value among `count` sorted ones, of which there is at least one.
fn index(count: usize, share: f64) -> usize {
    ((count - 1) as f64 * share).round() as usize
}

/// The median's index among `count` sorted values, of which there is at least one.
pub(crate) fn middle(count: usize) -> usize {
    index(count, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_left_out_and_nothing_gives_zero() {
        assert_eq!(median([]), 0.0);
        assert_eq!(quantile([f64::NAN], 0.5), 0.0);
        assert_eq!(quantile([3.0, f64::NAN, 1.0, 2.0], 1.0), 3.0);
        assert_eq!(median([3.0, f64::NAN, 1.0, 2.0]), 2.0);
    }
}
