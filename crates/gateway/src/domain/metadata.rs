//! What a caller attaches to a check for itself: kept and given back, and held against the tenant's schema if there is one.

use std::fmt;

use jsonschema::{PatternOptions, Validator};
use liveness_protocol::{ErrorCode, RawMetadata};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::plain_json::{self, PlainJsonError};
use super::schema_extent::{self, ExtentError};

/// The most bytes of a check's metadata: as it is sent, and as it is kept, which can be longer.
pub const MAX_METADATA_BYTES: usize = 8192;

/// The most levels of objects and lists in it, with the outermost.
pub const MAX_METADATA_DEPTH: usize = 8;

/// The most bytes of a schema.
pub const MAX_SCHEMA_BYTES: usize = 16 * 1024;

/// The most bytes that a compiled pattern takes.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;

/// How many of the fields that a schema refuses are named.
const MAX_FIELDS: usize = 10;

/// The most characters of what is said about one.
const MAX_REASON: usize = 200;

/// A JSON object, bounded in size and depth.
#[derive(Clone, PartialEq)]
pub struct Metadata(Map<String, Value>);

/// Keeps what it holds out of logs.
impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metadata(<{} fields>)", self.0.len())
    }
}

/// Why a text is no metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Too long.
    #[error("metadata may have at most {MAX_METADATA_BYTES} bytes")]
    TooLarge,
    /// Not JSON, or not an object.
    #[error("metadata has to be a JSON object")]
    NotAnObject,
    /// Too many levels.
    #[error("metadata may have at most {MAX_METADATA_DEPTH} levels")]
    TooDeep,
    /// One of its fields has a name that is not kept.
    #[error("metadata has a field of a reserved name")]
    Reserved,
}

impl From<PlainJsonError> for MetadataError {
    fn from(error: PlainJsonError) -> Self {
        match error {
            PlainJsonError::NotAnObject => Self::NotAnObject,
            PlainJsonError::Reserved => Self::Reserved,
        }
    }
}

impl From<MetadataError> for ApiError {
    fn from(error: MetadataError) -> Self {
        Self::with_message(ErrorCode::InvalidMetadata, error.to_string())
    }
}

impl Metadata {
    /// Reads an object.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn read(text: &str) -> Result<Self, MetadataError> {
        if text.len() > MAX_METADATA_BYTES {
            return Err(MetadataError::TooLarge);
        }
        // It gives up at 128 levels.
        let object = plain_json::object(text)?;
        if object.values().any(|value| depth(value) >= MAX_METADATA_DEPTH) {
            return Err(MetadataError::TooDeep);
        }
        let metadata = Self(object);
        // Numbers may be written out: 1e15 has 18 characters then.
        if metadata.to_json().len() > MAX_METADATA_BYTES {
            return Err(MetadataError::TooLarge);
        }
        Ok(metadata)
    }

    /// Reads what has been taken before, and kept.
    ///
    /// # Errors
    /// Of [`MetadataError`] those that are not about bounds.
    pub fn kept(json: &str) -> Result<Self, MetadataError> {
        Ok(Self(plain_json::object(json)?))
    }

    /// The same of a request, if it has any; `null` counts as absent.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn of_request(metadata: Option<&RawMetadata>) -> Result<Option<Self>, MetadataError> {
        metadata.map(|metadata| Self::read(metadata.as_str())).transpose()
    }

    /// What a client says of its device: no check is refused for it, and what is more than is kept, or no object, is dropped.
    pub fn of_device(said: Option<&RawMetadata>) -> Option<Self> {
        said.and_then(|said| Self::read(said.as_str()).ok())
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    /// As it is given back.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Array(entries) => 1 + entries.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What a tenant's metadata has to be like: the text of a JSON schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataSchema(String);

/// Why a text is no schema that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Too long.
    #[error("a schema may have at most {MAX_SCHEMA_BYTES} bytes")]
    TooLarge,
    /// Not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// Not a JSON schema, or one that refers to something outside of itself.
    #[error("not a JSON schema by itself: {0}")]
    NotASchema(String),
    /// More work than a check may wait for.
    #[error("not a schema that is quickly looked through: {0}")]
    TooMuch(#[from] ExtentError),
}

impl MetadataSchema {
    /// Reads a schema. It has to be whole: nothing that it refers to is fetched.
    ///
    /// # Errors
    /// See [`SchemaError`].
    pub fn read(text: &str) -> Result<Self, SchemaError> {
        if text.len() > MAX_SCHEMA_BYTES {
            return Err(SchemaError::TooLarge);
        }
        validator(text)?;
        Ok(Self(text.to_owned()))
    }

    /// One that has been read before, and kept.
    pub const fn kept(text: String) -> Self {
        Self(text)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses metadata that is not as the schema says.
    ///
    /// # Errors
    /// `invalid_metadata`, which names the fields and quotes none of their values; `internal_error` if the schema that was
    /// kept cannot be used.
    pub fn check(&self, metadata: &Metadata) -> Result<(), ApiError> {
        let validator = validator(&self.0).map_err(|error| {
            tracing::error!(%error, "a tenant's schema cannot be used");
            ApiError::new(ErrorCode::InternalError)
        })?;
        let value = metadata.to_value();
        let fields = validator.iter_errors(&value).take(MAX_FIELDS).map(|error| {
            let path = error.instance_path().as_str().replace('/', ".");
            let why: String = error.masked().to_string().chars().take(MAX_REASON).collect();
            (format!("metadata{}", path.chars().take(MAX_REASON).collect::<String>()), why)
        });
        let fields: Vec<_> = fields.collect();
        let Some((field, why)) = fields.first() else { return Ok(()) };
        let message = format!("The tenant's schema refuses {field}: {why}");
        Err(ApiError { fields, ..ApiError::with_message(ErrorCode::InvalidMetadata, message) })
    }
}

fn validator(text: &str) -> Result<Validator, SchemaError> {
    let schema: Value =
        serde_json::from_str(text).map_err(|error| SchemaError::NotJson(error.to_string()))?;
    let not_a_schema =
        |why: String| SchemaError::NotASchema(why.chars().take(MAX_REASON).collect());
    if !schema.is_object() {
        return Err(not_a_schema("it has to be an object".to_owned()));
    }
    schema_extent::check(&schema)?;
    jsonschema::options()
        .offline()
        // Patterns take time in proportion to the text, whoever has written them.
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN_BYTES))
        .build(&schema)
        .map_err(|error| not_a_schema(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_an_object_of_bounded_size_and_depth() {
        let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        let long = |letters: usize| json!({ "a": "x".repeat(letters) }).to_string();
        let room = MAX_METADATA_BYTES - long(0).len();
        let growing = format!("{{\"a\":[{}0]}}", "1e15,".repeat(500));
        for text in ["{}", " {\"a\": [null, 1.5, \"\u{e9}\"]} ", &nested(8), &long(room)] {
            let metadata = Metadata::read(text).unwrap();
            assert_eq!(Metadata::read(&metadata.to_json()), Ok(metadata), "{text}");
        }
        for (text, error) in [
            ("", MetadataError::NotAnObject),
            ("[]", MetadataError::NotAnObject),
            ("null", MetadataError::NotAnObject),
            ("\"{}\"", MetadataError::NotAnObject),
            (r#"{"a": {"$serde_json::private::RawValue": "1"}}"#, MetadataError::Reserved),
            ("{\"a\":1", MetadataError::NotAnObject),
            (&nested(9), MetadataError::TooDeep),
            ("{\"a\":[[[[[[[[]]]]]]]]}", MetadataError::TooDeep),
            (&nested(1000), MetadataError::NotAnObject),
            (&long(room + 1), MetadataError::TooLarge),
            (&growing, MetadataError::TooLarge),
        ] {
            assert_eq!(Metadata::read(text), Err(error), "{text}");
            assert_eq!(ApiError::from(error).code, ErrorCode::InvalidMetadata);
        }
        let secret = Metadata::read(r#"{"name": "Ada"}"#).unwrap();
        assert!(!format!("{secret:?}").contains("Ada"), "nothing of it in a log");
    }

    #[test]
    fn a_schema_names_the_fields_that_it_refuses_and_quotes_nothing() {
        let schema = json!({
            "type": "object",
            "required": ["channel"],
            "properties": {
                "channel": { "enum": ["mobile", "web"] },
                "order": { "type": "object", "properties": { "lines": { "type": "array", "items": { "type": "integer" } } } },
            },
            "additionalProperties": false,
        });
        let schema = MetadataSchema::read(&schema.to_string()).unwrap();
        let check = |metadata: Value| schema.check(&Metadata::read(&metadata.to_string()).unwrap());
        assert_eq!(check(json!({ "channel": "web", "order": { "lines": [1, 2] } })), Ok(()));
        let refused =
            check(json!({ "channel": "SECRET", "order": { "lines": [1, "SECRET"] } })).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidMetadata);
        let fields: Vec<&str> = refused.fields.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["metadata.channel", "metadata.order.lines.1"]);
        assert!(!format!("{refused:?}").contains("SECRET"), "{refused:?}");
        let missing = check(json!({})).unwrap_err();
        assert_eq!(missing.fields[0].0, "metadata");
        assert!(missing.message.contains("channel"), "{}", missing.message);
    }

    #[test]
    fn what_is_no_schema_by_itself_is_refused() {
        let long = format!("{{\"title\": \"{}\"}}", "x".repeat(MAX_SCHEMA_BYTES));
        assert_eq!(MetadataSchema::read(&long), Err(SchemaError::TooLarge));
        assert!(matches!(MetadataSchema::read("{"), Err(SchemaError::NotJson(_))));
        for text in [
            "true",
            "[]",
            r#"{"type": "text"}"#,
            // Larger than any pattern has to be.
            r#"{"properties": {"a": {"pattern": "(\\p{L}{50}){50}"}}}"#,
            // An engine that goes back can be kept busy with it.
            r#"{"properties": {"a": {"type": "string", "pattern": "(a)\\1"}}}"#,
        ] {
            let refused = MetadataSchema::read(text);
            assert!(matches!(refused, Err(SchemaError::NotASchema(_))), "{text}: {refused:?}");
        }
        for text in [
            r#"{"$ref": "http://schema.example/person.json"}"#,
            r#"{"$ref": "file:///etc/passwd"}"#,
            r##"{"$ref": "#/nowhere"}"##,
        ] {
            let refused = MetadataSchema::read(text);
            assert_eq!(refused, Err(SchemaError::TooMuch(ExtentError::Reference)), "{text}");
        }
    }
}
