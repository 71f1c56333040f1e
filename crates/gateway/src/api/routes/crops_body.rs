//! The body of `fast-check-crops` as it has arrived: pictures are slices of it, found without copying or decoding them, and
//! no list keeps more than a check may hold.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use liveness_protocol::check::each_warning_once;
use liveness_protocol::{RawMetadata, Source};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The most crops that are kept: at least as many as any backend takes.
pub const MOST_CROPS: usize = 512;

/// What [`liveness_protocol::FastCheckCropsRequest`] is made of.
#[derive(Deserialize)]
pub struct CropsBody<'a> {
    /// A UUID made by the client.
    pub session_id: String,
    /// Model id.
    #[serde(default)]
    pub model: Option<String>,
    /// For resolution with `X-Model-Version`.
    #[serde(default)]
    pub frame_count: Option<u32>,
    /// Camera or file.
    #[serde(default)]
    pub source: Source,
    /// The crops.
    #[serde(borrow)]
    pub crops: FirstOf<CropText<'a>, MOST_CROPS>,
    /// Frames per second.
    #[serde(default)]
    pub fps: Option<f64>,
    /// Whether the background was removed.
    #[serde(default)]
    pub bg_segmentation: Option<bool>,
    /// What the client knows of the device.
    #[serde(default)]
    pub device_intelligence: Option<RawMetadata>,
    /// What the tenant attaches.
    #[serde(default)]
    pub metadata: Option<RawMetadata>,
    /// What the capture noticed.
    #[serde(default, deserialize_with = "each_warning_once")]
    pub warnings: Option<Vec<String>>,
}

/// A list: all its entries are counted, the first `MOST` are kept, and the others not read.
pub struct FirstOf<T, const MOST: usize> {
    /// The first.
    pub kept: Vec<T>,
    /// How many there are.
    pub count: usize,
}

impl<T, const MOST: usize> Default for FirstOf<T, MOST> {
    fn default() -> Self {
        Self { kept: Vec::new(), count: 0 }
    }
}

/// One crop. Its text is not UTF-8 as yet, nor base64.
pub struct CropText<'a> {
    /// From 0.
    pub index: u32,
    /// A slice of the body, or a copy where the body has escapes in it.
    pub pixels: Cow<'a, [u8]>,
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for FirstOf<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T, const MOST: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Entries<T, MOST> {
            type Value = FirstOf<T, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut kept = Vec::new();
                while kept.len() < MOST {
                    match list.next_element()? {
                        Some(entry) => kept.push(entry),
                        None => return Ok(FirstOf { count: kept.len(), kept }),
                    }
                }
                let mut count = kept.len();
                while list.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(FirstOf { kept, count })
            }
        }

        deserializer.deserialize_seq(Entries(PhantomData))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for CropText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "lowercase")]
        enum Field {
            Index,
            Pixels,
            #[serde(other)]
            Other,
        }

        struct Fields;

        // By hand, because a derived one takes lists as well, and reads an object's fields from them in their order.
        impl<'de> Visitor<'de> for Fields {
            type Value = CropText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                let (mut index, mut pixels) = (None, None);
                while let Some(field) = fields.next_key()? {
                    match field {
                        Field::Index if index.is_some() => {
                            return Err(A::Error::duplicate_field("index"));
                        }
                        Field::Pixels if pixels.is_some() => {
                            return Err(A::Error::duplicate_field("pixels"));
                        }
                        Field::Index => index = Some(fields.next_value()?),
                        Field::Pixels => pixels = Some(fields.next_value::<Text<'de>>()?.0),
                        Field::Other => {
                            fields.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(CropText {
                    index: index.ok_or_else(|| A::Error::missing_field("index"))?,
                    pixels: pixels.ok_or_else(|| A::Error::missing_field("pixels"))?,
                })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// A string as bytes: `serde_json` looks for its end only, at the speed of memory.
struct Text<'a>(Cow<'a, [u8]>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, text: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_bytes<E>(self, text: &[u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_vec())))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(crops: &str, more: &str) -> String {
        format!(r#"{{"session_id": "a", "crops": {crops}{more}}}"#)
    }

    fn read(json: &str) -> Result<CropsBody<'_>, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn pictures_are_slices_of_the_body() {
        let json = body(
            r#"[{"index": 1, "pixels": "iVBO", "of": {"tomorrow": []}}, {"pixels": "a\/b", "index": 0}]"#,
            "",
        );
        let CropsBody { crops, .. } = read(&json).unwrap();
        let [first, second] = &crops.kept[..] else { panic!("two crops") };
        assert_eq!((first.index, second.index, crops.count), (1, 0, 2));
        assert!(matches!(first.pixels, Cow::Borrowed(b"iVBO")));
        assert_eq!(&second.pixels[..], b"a/b");
    }

    #[test]
    fn lists_are_counted_and_only_what_may_be_needed_is_kept() {
        let crop = r#"{"index": 0, "pixels": "x"}"#;
        for crops in [0, MOST_CROPS, 20_000] {
            let json = body(&format!("[{}]", vec![crop; crops].join(",")), "");
            let read = read(&json).unwrap();
            assert_eq!(read.crops.count, crops);
            assert_eq!(read.crops.kept.len(), crops.min(MOST_CROPS));
        }
        for (different, kept) in [(0, 0), (50, 50), (51, 51), (30_000, 51)] {
            // Each of them twice.
            let warnings: Vec<String> = (0..2 * different).map(|n| (n / 2).to_string()).collect();
            let json = body("[]", &format!(r#", "warnings": {warnings:?}"#));
            assert_eq!(read(&json).unwrap().warnings.unwrap().len(), kept);
        }
        assert!(read(&body("[]", r#", "warnings": null"#)).unwrap().warnings.is_none());
    }

    #[test]
    fn a_crop_is_an_object_with_its_two_fields_once() {
        for wrong in [
            r#"[[0, "x"]]"#,
            r#"[5]"#,
            r#"[null]"#,
            r#"{}"#,
            r#""all""#,
            "null",
            r#"[{"index": 0}]"#,
            r#"[{"pixels": "x"}]"#,
            r#"[{"index": 0, "pixels": [120]}]"#,
            r#"[{"index": 0, "pixels": 5}]"#,
            r#"[{"index": 0, "pixels": null}]"#,
            r#"[{"index": -1, "pixels": "x"}]"#,
            r#"[{"index": 0, "index": 0, "pixels": "x"}]"#,
            r#"[{"index": 0, "pixels": "x", "pixels": "x"}]"#,
            r#"[{"index": 0, "pixels": "x"}"#,
            r#"[{"index": 0, "pixels": "x"#,
        ] {
            assert!(read(&body(wrong, "")).is_err(), "{wrong}");
        }
    }
}
