//! Notes which test has reached what, for `coverage.txt`, if `LIVENESS_COVERED` names a file.

use std::io::Write as _;

use liveness_gateway::api::document;
use liveness_gateway::api::routes::Endpoint;
use liveness_protocol::ErrorCode;
use reqwest::Request;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// What a request and its answer show of an endpoint, or of none.
pub fn note(
    endpoint: Option<&Endpoint>,
    request: &Seen,
    headers: &HeaderMap,
    code: Option<ErrorCode>,
) {
    let mut all = Vec::new();
    all.extend(endpoint.map(|endpoint| format!("endpoint {} {}", endpoint.method, endpoint.path)));
    let operation = endpoint.map(|endpoint| endpoint.operation);
    for parameter in operation.map_or(&[][..], |operation| operation.parameters) {
        let sent = match parameter.place {
            "query" => request.query.contains(&format!("{}=", parameter.name)),
            "header" => request.headers.contains_key(parameter.name),
            _ => true,
        };
        if sent {
            let operation = operation.map_or("", |operation| operation.id);
            all.push(format!("parameter {operation} {} {}", parameter.place, parameter.name));
        }
    }
    for name in endpoint.map(fields).unwrap_or_default() {
        if request.fields.contains(&name) {
            all.push(format!("field {} {name}", operation.map_or("", |operation| operation.id)));
        }
    }
    for name in document::document()["components"]["headers"].as_object().unwrap().keys() {
        if headers.contains_key(name.as_str()) {
            all.push(format!("header {name}"));
        }
    }
    all.extend(code.map(|code| format!("error {code}")));
    reached(&all);
}

/// Notes what this test has reached, as `coverage.txt` calls it: for those that ask without [`super::send`].
pub fn reached(all: &[impl AsRef<str>]) {
    let Some(file) = std::env::var_os("LIVENESS_COVERED") else { return };
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    let lines: String = all.iter().map(|what| format!("{}: {test}\n", what.as_ref())).collect();
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

/// The names of what the document lets a request's body have in it.
pub fn fields(endpoint: &Endpoint) -> Vec<String> {
    let document = document::document();
    let method = endpoint.method.as_str().to_ascii_lowercase();
    let content = &document["paths"][endpoint.path][&method]["requestBody"]["content"];
    let schemas = content.as_object().into_iter().flat_map(|content| content.values());
    let of_schema = |content: &Value| {
        let mut schema = &content["schema"];
        while let Some(name) = schema["$ref"].as_str() {
            schema = document.pointer(name.trim_start_matches('#')).unwrap();
        }
        let names = schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys());
        names.cloned().collect::<Vec<_>>()
    };
    schemas.flat_map(of_schema).collect()
}

/// What is kept of a request that is sent.
#[derive(Debug)]
pub struct Seen {
    query: String,
    headers: HeaderMap,
    /// What its body has in it by a name.
    fields: Vec<String>,
}

impl Seen {
    /// Of a request.
    pub fn of(request: &Request) -> Self {
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let fields = match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
            _ => form_names(body),
        };
        Self {
            query: request.url().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            fields,
        }
    }
}

/// The names of a form's fields; none of what is no form.
fn form_names(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let parts = text.split("Content-Disposition: form-data; name=\"").skip(1);
    parts.filter_map(|part| Some(part.split_once('"')?.0.to_owned())).collect()
}
