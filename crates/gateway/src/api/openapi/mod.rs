//! The OpenAPI document, made of the table of endpoints and of the types that their handlers read and write.
//!
//! `docs/openapi.json` is what this writes: `liveness-gateway openapi` prints it, and a test fails where it is stale.

pub mod operation;
pub mod parts;
pub mod postman;
mod sample;

use std::collections::BTreeMap;

use liveness_protocol::ErrorCode;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::api::endpoint::Endpoint;
use crate::api::http::limits::EndpointLimits;

use operation::{Answer, Content, Operation, Parameter, RequestBody};

const INTRODUCTION: &str = "The session protocol (docs/sessions.md) and the endpoints of the Moveris Liveness API v2 which the gateway serves. Every answer, also of failures, is in the envelope. Requests that change something are refused from pages of other origins unless --allow-origin names them. Any path may be answered with 404 `not_found`, 405 `method_not_allowed` or 421 `host_not_allowed`. The model headers come with a refusal of `fast-check`, `fast-check-crops`, `fast-check-stream` and `complete` as well, once the model is known: they name the model that decides first, where the mode is local-first.";

/// The document of these endpoints.
pub fn document(endpoints: &[Endpoint]) -> Value {
    Writer::new().document(endpoints)
}

/// A JSON file of the repository: indented by two blanks, and a line break at the end.
pub fn to_file(document: &Value) -> String {
    format!("{document:#}\n")
}

/// What is read and what is written are not the same of one type: what may be absent in a request is always there in an
/// answer.
struct Writer {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Writer {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            read: settings.clone().for_deserialize().into_generator(),
            written: settings.for_serialize().into_generator(),
        }
    }

    fn document(mut self, endpoints: &[Endpoint]) -> Value {
        let mut paths = Map::new();
        for endpoint in endpoints {
            let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
            methods[endpoint.method.as_str().to_ascii_lowercase()] = self.operation(endpoint);
        }
        let mut schemas = Map::new();
        schemas.insert("Failure".into(), parts::failure());
        let mut written = self.written.take_definitions(true);
        // What is written is there: a default says something to whoever leaves a field out.
        written.values_mut().for_each(|schema| without(schema, "default"));
        let read = self.read.take_definitions(true);
        for (name, mut schema) in read.into_iter().chain(written) {
            in_one_line(&mut schema);
            // A type that is both read and written has to be the same in either.
            debug_assert!(schemas.get(&name).is_none_or(|known| *known == schema), "{name}");
            schemas.insert(name, schema);
        }
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Liveness gateway",
                "version": env!("CARGO_PKG_VERSION"),
                "description": INTRODUCTION,
                "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "paths": paths,
            "components": {
                "schemas": schemas,
                "headers": parts::headers(),
                "securitySchemes": parts::security_schemes(),
            },
        })
    }

    fn operation(&mut self, endpoint: &Endpoint) -> Value {
        let Operation { id, tag, summary, description, parameters, body, answers, .. } =
            endpoint.operation;
        let mut operation =
            json!({ "operationId": id, "tags": [tag.as_str()], "summary": summary });
        if !description.is_empty() {
            operation["description"] = description.into();
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.iter().map(parameter).collect();
        }
        operation["security"] = parts::security(endpoint.credential);
        if let Some(scope) = endpoint.scope {
            operation["x-scope"] = scope.as_str().into();
        }
        if let Some(body) = body {
            operation["requestBody"] = self.body(body);
        }
        let mut responses: BTreeMap<u16, Value> =
            answers.iter().map(|answer| (answer.status, self.answer(answer))).collect();
        let mut codes: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
        for code in endpoint.errors {
            codes.entry(code.status()).or_default().push(*code);
        }
        for (status, codes) in codes {
            responses.insert(status, parts::failure_answer(status, &codes));
        }
        let responses: Map<_, _> = responses
            .into_iter()
            .map(|(status, response)| (status.to_string(), response))
            .collect();
        operation["responses"] = responses.into();
        operation
    }

    fn body(&mut self, body: RequestBody) -> Value {
        let most = (body.limit)(EndpointLimits::default()).bytes;
        let size = format!("At most {most} bytes.");
        let description = match body.description {
            "" => size,
            words => format!("{words} {size}"),
        };
        let content = match body.content {
            Content::Nothing => json!({}),
            Content::Json(schema) => {
                json!({ "application/json": { "schema": schema(&mut self.read) } })
            }
            Content::Form(schema) => {
                json!({ "multipart/form-data": { "schema": schema(&mut self.read) } })
            }
            Content::Media(media) => {
                json!({ media: { "schema": { "type": "string", "contentMediaType": media } } })
            }
        };
        json!({ "required": body.required, "description": description, "content": content })
    }

    fn answer(&mut self, answer: &Answer) -> Value {
        let mut response = json!({ "description": answer.description });
        if answer.of_model {
            response["headers"] =
                parts::header_references(parts::MODEL_HEADERS.map(|(name, _)| name));
        }
        match answer.content {
            // No answer is a form.
            Content::Nothing | Content::Form(_) => {}
            Content::Json(schema) => {
                let data = schema(&mut self.written).to_value();
                response["content"] =
                    json!({ "application/json": { "schema": parts::envelope(data) } });
            }
            Content::Media(media) => {
                let kind = if media == "application/json" { "object" } else { "string" };
                response["content"] = json!({ media: { "schema": { "type": kind } } });
            }
        }
        response
    }
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": (parameter.schema)(),
    })
}

/// Takes a keyword from each of a schema's fields.
fn without(schema: &mut Value, keyword: &str) {
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    for field in fields.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        field.shift_remove(keyword);
    }
}

/// Comments in the code are broken into lines; paragraphs stay.
fn in_one_line(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(text)) = map.get_mut("description") {
                let paragraphs: Vec<String> =
                    text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect();
                *text = paragraphs.join("\n\n");
            }
            map.values_mut().for_each(in_one_line);
        }
        Value::Array(list) => list.iter_mut().for_each(in_one_line),
        _ => {}
    }
}
