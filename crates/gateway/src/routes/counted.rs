//! The lengths of a check's lists, found without keeping any of their entries.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// What is known of a `fast-check-crops` body before its entries are read.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Counted {
    /// How many crops.
    #[serde(deserialize_with = "length")]
    pub crops: usize,
    /// How many warnings.
    #[serde(deserialize_with = "length")]
    pub warnings: usize,
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    struct Length;

    impl<'de> Visitor<'de> for Length {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<usize, E> {
            Ok(0)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
            let mut count = 0;
            while list.next_element::<IgnoredAny>()?.is_some() {
                count += 1;
            }
            Ok(count)
        }
    }

    deserializer.deserialize_any(Length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_counted_whatever_is_in_them() {
        let counted = |json: &str| serde_json::from_str::<Counted>(json);
        assert_eq!(counted("{}").unwrap(), Counted::default());
        let body =
            r#"{"crops": [{"index": 0, "pixels": "x"}, 5, [[]]], "warnings": null, "a": {}}"#;
        assert_eq!(counted(body).unwrap(), Counted { crops: 3, warnings: 0 });
        let many = format!(r#"{{"crops": [{}1]}}"#, "1,".repeat(1_000_000));
        assert_eq!(counted(&many).unwrap().crops, 1_000_001);
        for wrong in [r#"{"crops": "all"}"#, r#"{"crops": {}}"#, r#"{"crops": [1"#] {
            assert!(counted(wrong).is_err(), "{wrong}");
        }
    }
}
