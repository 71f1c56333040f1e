//! What an endpoint's row says for the OpenAPI document: words, parameters, and the types that its handler reads and
//! writes.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::api::http::body::BodyLimit;
use crate::api::http::limits::EndpointLimits;

/// Makes a type's schema, or a reference to it.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// That of `T`.
pub fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Which part of the API an endpoint belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// The session protocol.
    Sessions,
    /// The documented API, and what is asked about this gateway.
    Checks,
    /// The API about itself.
    Reference,
}

impl Tag {
    /// As the document has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Checks => "checks",
            Self::Reference => "reference",
        }
    }
}

/// One endpoint in words and types.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// `operationId`.
    pub id: &'static str,
    /// Its part of the API.
    pub tag: Tag,
    /// One line.
    pub summary: &'static str,
    /// What there is to know besides; may be empty.
    pub description: &'static str,
    /// In path, query and headers.
    pub parameters: &'static [Parameter],
    /// The body that is read, if one is.
    pub body: Option<RequestBody>,
    /// Answers of success, by status.
    pub answers: &'static [Answer],
}

/// A parameter in path, query or headers.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// One line; may be empty.
    pub description: &'static str,
    /// Its values.
    pub schema: fn() -> Value,
}

/// The session in a path.
pub const SESSION_ID: Parameter = Parameter {
    name: "id",
    place: "path",
    description: "The session",
    schema: || json!({ "type": "string", "format": "uuid" }),
};

/// Which model version is asked for.
pub const MODEL_VERSION: Parameter = Parameter {
    name: "X-Model-Version",
    place: "header",
    description: "Version alias (latest, v1, v2, fast, v3_1_1); `frame_count` is then required and `model` ignored",
    schema: || json!({ "type": "string" }),
};

/// By which a repeated request is known.
pub const IDEMPOTENCY_KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: "header",
    description: "With a key: a request that is repeated is answered with the session that it has opened. 1 to 255 characters of your own",
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
};

/// What a request's body holds.
#[derive(Debug, Clone, Copy)]
pub struct RequestBody {
    /// Whether there has to be one.
    pub required: bool,
    /// What there is to know besides its size; may be empty.
    pub description: &'static str,
    /// Its form.
    pub content: Content,
    /// How much is taken.
    pub limit: fn(EndpointLimits) -> BodyLimit,
}

/// An answer of success.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// A few words.
    pub description: &'static str,
    /// What it holds.
    pub content: Content,
    /// Whether it has the headers about the model.
    pub of_model: bool,
}

/// What a body holds.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// JSON of this type; in an answer it is the envelope's `data`.
    Json(SchemaOf),
    /// The fields of a form, as `multipart/form-data`.
    Form(SchemaOf),
    /// Another media type.
    Media(&'static str),
}
