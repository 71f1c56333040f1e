//! Medians and quantiles of measured values.

/// The median; 0 without values. NaN is left out.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which the given share (0 to 1) of the values lies; 0 without values.
pub fn quantile(values: impl IntoIterator<Item = f64>, share: f64) -> f64 {
    // Their bits as integers in the same order: those are quicker to compare.
    let key = |bits: i64| bits ^ ((bits >> 63) as u64 >> 1) as i64;
    let numbers = values.into_iter().filter(|v| !v.is_nan());
    let mut keys: Vec<i64> = numbers.map(|v| key(v.to_bits() as i64)).collect();
    select(&mut keys, share).map_or(0.0, |found| f64::from_bits(key(found) as u64))
}

/// Many values of less precision, such as grey levels, of which medians and quantiles are asked for.
#[derive(Debug, Clone, Default)]
pub struct Levels(Vec<i32>);

impl Levels {
    /// Of all values in these rows; NaN is left out.
    pub fn of_rows<'a>(rows: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut keys = Vec::new();
        for row in rows {
            keys.extend(row.iter().map(|level| Self::key(level.to_bits() as i32)));
        }
        Self::without_nan(keys)
    }

    fn without_nan(mut keys: Vec<i32>) -> Self {
        let [low, high] =
            [f32::NEG_INFINITY, f32::INFINITY].map(|end| Self::key(end.to_bits() as i32));
        // Usually there is none.
        if keys.iter().fold(false, |any, key| any | (*key < low) | (*key > high)) {
            keys.retain(|key| (low..=high).contains(key));
        }
        Self(keys)
    }

    /// As [`median`].
    pub fn median(&mut self) -> f64 {
        self.quantile(0.5)
    }

    /// As [`quantile`].
    pub fn quantile(&mut self, share: f64) -> f64 {
        let found = select(&mut self.0, share);
        found.map_or(0.0, |found| f32::from_bits(Self::key(found) as u32).into())
    }

    /// Bits as an integer in the values' order, and back.
    fn key(bits: i32) -> i32 {
        bits ^ ((bits >> 31) as u32 >> 1) as i32
    }
}

impl FromIterator<f32> for Levels {
    fn from_iter<I: IntoIterator<Item = f32>>(levels: I) -> Self {
        Self::without_nan(
            levels.into_iter().map(|level| Self::key(level.to_bits() as i32)).collect(),
        )
    }
}

/// The one below which this share lies; None without any.
fn select<K: Ord + Copy>(keys: &mut [K], share: f64) -> Option<K> {
    if keys.is_empty() {
        return None;
    }
    let at = index(keys.len(), share);
    Some(*keys.select_nth_unstable(at).1)
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
        assert_eq!(Levels::default().median(), 0.0);
        assert_eq!(Levels::from_iter([f32::NAN, -f32::NAN]).quantile(1.0), 0.0);
        assert_eq!(Levels::from_iter([3.0, f32::NAN, 1.0, -f32::NAN, 2.0]).median(), 2.0);
    }

    #[test]
    fn every_quantile_is_the_sorted_values_own() {
        let infinite = f32::INFINITY;
        let values = [0.5, -0.0, -3.25, 1e-40, infinite, -1e-40, 255.0, -infinite, 0.0, -7.0, 2.0];
        let mut sorted = values.map(f64::from);
        sorted.sort_by(f64::total_cmp);
        let mut levels = Levels::from_iter(values);
        for (at, expected) in sorted.iter().enumerate() {
            let share = at as f64 / (values.len() - 1) as f64;
            let found = [quantile(values.map(f64::from), share), levels.quantile(share)];
            assert_eq!(found.map(f64::to_bits), [expected.to_bits(); 2], "{share}");
        }
    }
}
