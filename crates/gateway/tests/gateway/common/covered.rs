//! Notes which test has reached what, for `coverage.txt`, if `LIVENESS_COVERED` names a file.

use std::io::Write as _;

use liveness_gateway::api::document;
use liveness_gateway::api::routes::Endpoint;
use liveness_protocol::ErrorCode;
use reqwest::Request;
use reqwest::header::HeaderMap;

/// What a request and its answer show of an endpoint, or of none.
pub fn note(
    endpoint: Option<&Endpoint>,
    request: &Seen,
    headers: &HeaderMap,
    code: Option<ErrorCode>,
) {
    let Some(file) = std::env::var_os("LIVENESS_COVERED") else { return };
    let test = std::thread::current().name().unwrap_or("?").to_owned();
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
    for name in document::document()["components"]["headers"].as_object().unwrap().keys() {
        if headers.contains_key(name.as_str()) {
            all.push(format!("header {name}"));
        }
    }
    all.extend(code.map(|code| format!("error {code}")));
    let lines: String = all.iter().map(|what| format!("{what}: {test}\n")).collect();
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

/// What is kept of a request that is sent.
#[derive(Debug)]
pub struct Seen {
    query: String,
    headers: HeaderMap,
}

impl Seen {
    /// Of a request.
    pub fn of(request: &Request) -> Self {
        Self {
            query: request.url().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
        }
    }
}
