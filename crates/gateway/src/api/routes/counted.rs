//! The length of a check's list of pictures, found without keeping any of its entries.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What is known of a `fast-check-crops` body before its entries are read.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Counted {
    /// How many crops.
    #[serde(deserialize_with = "length")]
    pub crops: usize,
}

/// The same of a `fast-check` body.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct CountedFrames {
    /// How many frames.
    #[serde(deserialize_with = "length")]
    pub frames: usize,
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
            while list.next_element::<Object>()?.is_some() {
                count += 1;
            }
            Ok(count)
        }
    }

    deserializer.deserialize_any(Length)
}

/// Any object, and nothing else: a list would be read as an object's fields in their order.
struct Object;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Object, A::Error> {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Object)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_counted_and_nothing_of_them_is_kept() {
        let counted = |json: &str| serde_json::from_str::<Counted>(json);
        assert_eq!(counted("{}").unwrap(), Counted::default());
        let body = r#"{"crops": [{"index": 0, "pixels": "x"}, {}, {"a": []}], "a": {}}"#;
        assert_eq!(counted(body).unwrap(), Counted { crops: 3 });
        assert_eq!(counted(r#"{"crops": null}"#).unwrap(), Counted { crops: 0 });
        let many = format!(r#"{{"crops": [{}{{}}]}}"#, "{},".repeat(1_000_000));
        assert_eq!(counted(&many).unwrap().crops, 1_000_001);
        for wrong in [
            r#"{"crops": "all"}"#,
            r#"{"crops": {}}"#,
            r#"{"crops": [{}"#,
            r#"{"crops": [5]}"#,
            r#"{"crops": [[0, "x"]]}"#,
            r#"{"crops": [null]}"#,
        ] {
            assert!(counted(wrong).is_err(), "{wrong}");
        }
    }
}
