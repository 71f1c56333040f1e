//! Values that fit a schema, to start from.

use serde_json::{Map, Value, json};

/// What Postman puts a new UUID in the place of.
const NEW_UUID: &str = "{{$guid}}";

/// The smallest value that fits: of an object what has to be there, of a list one entry.
pub fn of(schema: &Value, document: &Value) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        let target = document.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
        return of(target, document);
    }
    for stated in ["const", "default"] {
        if let Some(value) = schema.get(stated) {
            return value.clone();
        }
    }
    for list in ["examples", "enum"] {
        if let Some(value) = schema[list].get(0) {
            return value.clone();
        }
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(first) = schema[choice].get(0) {
            return of(first, document);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("object") => {
            let names = schema["required"].as_array().into_iter().flatten();
            names
                .filter_map(Value::as_str)
                .map(|name| (name.to_owned(), of(&schema["properties"][name], document)))
                .collect::<Map<_, _>>()
                .into()
        }
        Some("array") => json!([of(&schema["items"], document)]),
        Some("string") if schema["format"] == "uuid" => NEW_UUID.into(),
        Some("string") => "".into(),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(0)),
        Some("boolean") => false.into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_there_is_there() {
        let document = json!({ "defs": { "Id": { "type": "string", "format": "uuid" } } });
        let schema = json!({
            "type": "object",
            "required": ["id", "list", "source", "maybe", "count"],
            "properties": {
                "id": { "$ref": "#/defs/Id" },
                "list": { "type": "array", "items": { "type": "integer", "minimum": 3 } },
                "source": { "enum": ["media", "live"] },
                "maybe": { "type": ["boolean", "null"] },
                "count": { "type": "integer", "default": 7 },
                "left_out": { "type": "string" },
            },
        });
        let expected = json!({
            "id": "{{$guid}}", "list": [3], "source": "media", "maybe": false, "count": 7
        });
        assert_eq!(of(&schema, &document), expected);
    }
}
