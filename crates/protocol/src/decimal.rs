//! Numbers in texts.

use std::fmt;

/// The number of decimal places shown at most.
const PLACES: usize = 3;

/// A number in a text, rounded to at most three decimal places, or to as many as the format's precision says.
///
/// What formats a float exactly would be 6 KB of the 100 that a page loads, for a sentence that nobody reads to the
/// fourth place.
#[derive(Debug, Clone, Copy)]
pub struct Decimal(pub f64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_finite() {
            return f.write_str(match self.0 {
                f64::INFINITY => "infinity",
                f64::NEG_INFINITY => "-infinity",
                _ => "NaN",
            });
        }
        let places = f.precision().map_or(PLACES, |places| places.min(PLACES));
        let scale = 10_u64.pow(places as u32);
        let scaled = (self.0.abs() * scale as f64).round();
        let sign = if self.0 < 0.0 && scaled > 0.0 { "-" } else { "" };
        // A larger one saturates; nobody reads its places.
        let scaled = scaled as u64;
        let (whole, rest) = (scaled / scale, scaled % scale);
        let rest = format!(".{rest:0places$}");
        let rest = if f.precision().is_none() { rest.trim_end_matches('0') } else { &rest };
        write!(f, "{sign}{whole}{}", if rest == "." || places == 0 { "" } else { rest })
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn three_places_at_most_and_no_needless_ones() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (30.0, "30"),
            (0.5, "0.5"),
            (-1.25, "-1.25"),
            (1.0 / 3.0, "0.333"),
            (99.9996, "100"),
            (0.06, "0.06"),
            (-0.0001, "0"),
            (2_147_483_648.0, "2147483648"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "infinity"),
            (f64::NEG_INFINITY, "-infinity"),
        ] {
            assert_eq!(Decimal(number).to_string(), text);
        }
    }

    #[test]
    fn as_many_places_as_the_format_says() {
        let seen = [7.25, 10.0, 0.04].map(|number| format!("{:.1}", Decimal(number)));
        assert_eq!(seen, ["7.3", "10.0", "0.0"]);
        assert_eq!(format!("{:.0} ms", Decimal(60.6)), "61 ms");
    }
}
