//! JSON objects as they are written: `serde_json` by itself takes fields of certain names for instructions of its own. Of
//! several fields of one name the last is kept, as everywhere.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How the names begin that `serde_json` keeps for itself.
const RESERVED: &str = "$serde_json::";

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlainJsonError {
    /// Not JSON, or not an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A field has a name that would not be read back as it is.
    #[error("a field whose name begins with {RESERVED:?}")]
    Reserved,
}

/// Reads an object.
///
/// # Errors
/// See [`PlainJsonError`].
pub fn object(text: &str) -> Result<Map<String, Value>, PlainJsonError> {
    let fault = Cell::new(PlainJsonError::NotAnObject);
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Plain(&fault).deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    match value {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(fault.get()),
    }
}

/// Reads any value; what is wrong with it besides its grammar is left here.
#[derive(Clone, Copy)]
struct Plain<'a>(&'a Cell<PlainJsonError>);

impl<'de> DeserializeSeed<'de> for Plain<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element_seed(self)? {
            list.push(entry);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if name.starts_with(RESERVED) {
                self.0.set(PlainJsonError::Reserved);
                return Err(A::Error::custom(PlainJsonError::Reserved));
            }
            let value = fields.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_plain_is_read_as_serde_json_reads_it() {
        for text in [
            "{}",
            r#" {"a": [null, true, -1, 18446744073709551615, 1.5e3, "\u00e9\ud83d\ude42", {}, []], "": {"a": {"a": 1}}} "#,
            r#"{"$serde_json": 1, "__proto__": {"x": "y"}, "a": 1, "a": {"b": 2, "b": 3}}"#,
        ] {
            let read = object(text).map(Value::Object);
            assert_eq!(read, Ok(serde_json::from_str(text).unwrap()), "{text}");
        }
        assert_eq!(object(r#"{"a": 1}"#).map(Value::Object), Ok(json!({ "a": 1 })));
    }

    #[test]
    fn what_would_not_be_kept_as_it_is_written_is_refused() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        for text in [
            "",
            "[]",
            "null",
            "1",
            "\"a\"",
            "{",
            "{} {}",
            r#"{"a": 1e400}"#,
            r#"{"a": "\ud800"}"#,
            &deep,
        ] {
            assert_eq!(object(text), Err(PlainJsonError::NotAnObject), "{text}");
        }
        for name in ["$serde_json::private::RawValue", r"\u0024serde_json::private::Number"] {
            for text in
                [format!(r#"{{"{name}": "{{}}"}}"#), format!(r#"{{"a": {{"{name}": "1"}}}}"#)]
            {
                assert_eq!(object(&text), Err(PlainJsonError::Reserved), "{text}");
            }
        }
    }
}
