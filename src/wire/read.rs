//! Reads values that JavaScript has made: options, messages of the worker, payloads of the server.
//!
//! serde-wasm-bindgen could, but its errors quote the numbers they do not like, and what formats a float is 6 KB, a
//! sixteenth of all that the page loads. It is still what writes.

use std::{cell::RefCell, fmt::Display};

use js_sys::{Array, Reflect};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, Unexpected,
    Visitor,
    value::{BorrowedStrDeserializer, SeqDeserializer},
};
use wasm_bindgen::{JsCast, JsValue};

/// The largest integer that a float holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
/// The name under which [`as_is`] asks for a value.
const AS_IS: &str = "liveness_capture::as_is";

/// A value that is not what was expected. Its text never has a number of the value in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl de::Error for Unreadable {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Float(_) | Unexpected::Signed(_) | Unexpected::Unsigned(_) => {
                "another number"
            }
            Unexpected::Str(_) => "a string",
            Unexpected::Seq => "a list",
            Unexpected::Unit | Unexpected::Option => "nothing",
            _ => "something else",
        };
        Self(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

/// Reads a value: fields of an object by their names, whatever else it has; `null` and `undefined` are nothing.
///
/// # Errors
/// When a field is missing or of another type.
pub fn read<T: DeserializeOwned>(value: JsValue) -> Result<T, Unreadable> {
    T::deserialize(Reader(value))
}

/// For fields that stay JavaScript's: `#[serde(with = "as_is")]`.
pub mod as_is {
    use super::*;

    thread_local! {
        /// The value on its way past serde, which has no type for it.
        pub(super) static PASSED: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    }

    struct Passed;

    impl Visitor<'_> for Passed {
        type Value = JsValue;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a value of JavaScript")
        }

        fn visit_unit<E: de::Error>(self) -> Result<JsValue, E> {
            PASSED.take().ok_or_else(|| E::custom("no value of JavaScript"))
        }
    }

    /// Takes the value as it is.
    ///
    /// # Errors
    /// When it is of another class, or another reader's.
    pub fn deserialize<'de, D: de::Deserializer<'de>, T: JsCast>(reader: D) -> Result<T, D::Error> {
        let value = reader.deserialize_newtype_struct(AS_IS, Passed)?;
        value.dyn_into().map_err(|_| de::Error::custom("a value of another class"))
    }
}

struct Reader(JsValue);

impl Reader {
    fn unexpected<T>(&self, expected: &dyn Expected) -> Result<T, Unreadable> {
        let found = if self.is_nothing() {
            Unexpected::Unit
        } else if self.0.as_bool().is_some() {
            Unexpected::Bool(true)
        } else if self.0.as_f64().is_some() {
            Unexpected::Float(0.0)
        } else if self.0.is_string() {
            Unexpected::Str("")
        } else if Array::is_array(&self.0) {
            Unexpected::Seq
        } else {
            Unexpected::Map
        };
        Err(de::Error::invalid_type(found, expected))
    }

    fn is_nothing(&self) -> bool {
        self.0.is_null() || self.0.is_undefined()
    }
}

impl IntoDeserializer<'_, Unreadable> for Reader {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Reader {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.unexpected(&visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0.as_bool() {
            Some(value) => visitor.visit_bool(value),
            None => self.unexpected(&visitor),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0.as_f64() {
            Some(value) => visitor.visit_f64(value),
            None => self.unexpected(&visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0.as_f64() {
            Some(value) if value.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER).contains(&value) => {
                visitor.visit_u64(value as u64)
            }
            _ => self.unexpected(&visitor),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0.as_string() {
            Some(value) => visitor.visit_string(value),
            None => self.unexpected(&visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.is_nothing() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if name != AS_IS {
            return visitor.visit_newtype_struct(self);
        }
        as_is::PASSED.set(Some(self.0));
        visitor.visit_unit()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0.dyn_ref::<Array>() {
            Some(list) => visitor.visit_seq(SeqDeserializer::new(list.iter().map(Reader))),
            None => self.unexpected(&visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        // Not by its class: it may come from another frame, or have no prototype.
        if !self.0.is_object() {
            return self.unexpected(&visitor);
        }
        let fields = Fields { object: self.0, names: fields.iter(), value: JsValue::UNDEFINED };
        visitor.visit_map(fields)
    }

    /// Only enums of words.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        match self.0.as_string() {
            Some(word) => visitor.visit_enum(word.into_deserializer()),
            None => self.unexpected(&visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 char bytes byte_buf unit unit_struct tuple_struct map
    }
}

/// An object's fields. One that is `undefined` is missing.
struct Fields {
    object: JsValue,
    names: std::slice::Iter<'static, &'static str>,
    value: JsValue,
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        for name in self.names.by_ref() {
            // A getter may throw: then there is no value either.
            self.value = Reflect::get(&self.object, &(*name).into()).unwrap_or_default();
            if !self.value.is_undefined() {
                return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        seed.deserialize(Reader(std::mem::take(&mut self.value)))
    }
}
