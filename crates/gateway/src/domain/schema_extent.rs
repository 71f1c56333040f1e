//! How much work a JSON schema can make. References to its own parts are followed: a few of them, each to a part with two of
//! the next, make a schema of a few lines take longer than anybody waits.

use std::collections::HashMap;

use serde_json::Value;

/// The most values in a schema, with what is referred to counted wherever it is.
pub const MAX_VALUES: usize = 2000;

/// The most patterns in its text: each is compiled before every use.
pub const MAX_PATTERNS: usize = 50;

/// Words that say where else a part is than by its place, so that nobody can tell from here what is meant.
const UNFOLLOWED: [&str; 5] =
    ["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$recursiveAnchor"];

/// Why a schema may be too much work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtentError {
    /// Too many values.
    #[error("it may have at most {MAX_VALUES} values, with what it refers to counted each time")]
    TooManyValues,
    /// Too many patterns.
    #[error("it may have at most {MAX_PATTERNS} patterns")]
    TooManyPatterns,
    /// A part that refers to itself.
    #[error("a part of it refers to itself")]
    Endless,
    /// A reference that does not lead to a place in the schema.
    #[error("it may refer to its own parts by their place alone, as in \"#/$defs/order\"")]
    Reference,
}

/// Checks that a schema is bounded work.
///
/// # Errors
/// See [`ExtentError`].
pub fn check(schema: &Value) -> Result<(), ExtentError> {
    if patterns(schema) > MAX_PATTERNS {
        return Err(ExtentError::TooManyPatterns);
    }
    let mut parts = SchemaParts { schema, known: HashMap::new() };
    if parts.values(schema, true)? > MAX_VALUES {
        return Err(ExtentError::TooManyValues);
    }
    Ok(())
}

fn patterns(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let here = match (name.as_str(), value) {
                    ("pattern", Value::String(_)) => 1,
                    ("patternProperties", Value::Object(patterns)) => patterns.len(),
                    _ => 0,
                };
                here + patterns(value)
            })
            .sum(),
        Value::Array(entries) => entries.iter().map(patterns).sum(),
        _ => 0,
    }
}

struct SchemaParts<'a> {
    schema: &'a Value,
    /// How many values each part has that is referred to; none while that is being counted.
    known: HashMap<&'a str, Option<usize>>,
}

impl<'a> SchemaParts<'a> {
    fn values(&mut self, value: &'a Value, is_whole: bool) -> Result<usize, ExtentError> {
        let mut count = 1usize;
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let named = match (name.as_str(), value) {
                        ("$ref", Value::String(to)) => self.referred(to)?,
                        ("$id", Value::String(_)) if !is_whole => {
                            return Err(ExtentError::Reference);
                        }
                        (word, Value::String(_) | Value::Bool(_)) if UNFOLLOWED.contains(&word) => {
                            return Err(ExtentError::Reference);
                        }
                        _ => self.values(value, false)?,
                    };
                    count = count.saturating_add(named);
                }
            }
            Value::Array(entries) => {
                for entry in entries {
                    count = count.saturating_add(self.values(entry, false)?);
                }
            }
            _ => {}
        }
        Ok(count)
    }

    fn referred(&mut self, to: &'a str) -> Result<usize, ExtentError> {
        match self.known.get(to) {
            Some(Some(count)) => return Ok(*count),
            Some(None) => return Err(ExtentError::Endless),
            None => {}
        }
        let pointer = to.strip_prefix('#').ok_or(ExtentError::Reference)?;
        // What is escaped in the way of addresses is another spelling of a place.
        let part = Some(pointer).filter(|pointer| !pointer.contains('%'));
        let part = part.and_then(|pointer| self.schema.pointer(pointer));
        let part = part.ok_or(ExtentError::Reference)?;
        self.known.insert(to, None);
        let count = self.values(part, false)?;
        self.known.insert(to, Some(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn usual_schemas_pass_with_their_references() {
        let order = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://shop.example/order",
            "$defs": {
                "money": { "type": "number", "minimum": 0 },
                "line": { "type": "object", "properties": { "price": { "$ref": "#/$defs/money" }, "$ref": { "type": "string" } } },
            },
            "properties": {
                "total": { "$ref": "#/$defs/money" },
                "lines": { "type": "array", "items": { "$ref": "#/$defs/line" } },
                "code": { "type": "string", "pattern": "^[a-z]+$" },
            },
        });
        assert_eq!(check(&order), Ok(()));
        assert_eq!(check(&json!({})), Ok(()));
        let values = |count: usize| json!({ "enum": vec![0; count - 2] });
        assert_eq!(check(&values(MAX_VALUES)), Ok(()));
        assert_eq!(check(&values(MAX_VALUES + 1)), Err(ExtentError::TooManyValues));
    }

    #[test]
    fn what_a_few_lines_can_make_of_themselves_is_refused() {
        let doubled = |levels: usize| {
            let mut parts = serde_json::Map::new();
            parts.insert("d0".into(), json!({ "type": "object" }));
            for level in 1..levels {
                let below = json!({ "$ref": format!("#/$defs/d{}", level - 1) });
                parts.insert(format!("d{level}"), json!({ "allOf": [below, below] }));
            }
            json!({ "$defs": parts, "$ref": format!("#/$defs/d{}", levels - 1) })
        };
        assert_eq!(check(&doubled(7)), Ok(()));
        for levels in [12, 40, 400] {
            assert_eq!(check(&doubled(levels)), Err(ExtentError::TooManyValues), "{levels}");
        }
        let tree = json!({ "properties": { "child": { "$ref": "#" } } });
        let pair = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "not": { "$ref": "#/$defs/a" } } } });
        for endless in [tree, pair] {
            assert_eq!(check(&endless), Err(ExtentError::Endless), "{endless}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for schema in [
            json!({ "$ref": "other.json" }),
            json!({ "$ref": "#/nowhere" }),
            json!({ "$ref": "#name", "$defs": { "a": {} } }),
            json!({ "$ref": "#/%24defs/a", "$defs": { "a": {} } }),
            json!({ "$dynamicRef": "#node" }),
            json!({ "items": { "$anchor": "node" } }),
            json!({ "items": { "$id": "https://shop.example/part" } }),
            json!({ "$recursiveAnchor": true }),
        ] {
            assert_eq!(check(&schema), Err(ExtentError::Reference), "{schema}");
        }
        let many = |count: usize| {
            let fields = (0..count - 1).map(|k| (format!("p{k}"), json!({ "pattern": "x" })));
            let fields: serde_json::Map<_, _> = fields.collect();
            json!({ "properties": fields, "patternProperties": { "^x": {} } })
        };
        assert_eq!(check(&many(MAX_PATTERNS)), Ok(()));
        assert_eq!(check(&many(MAX_PATTERNS + 1)), Err(ExtentError::TooManyPatterns));
    }
}
