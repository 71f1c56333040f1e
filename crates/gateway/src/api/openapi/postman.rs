//! A collection for Postman (format 2.1), and for what else reads its format, made of the OpenAPI document.

use serde_json::{Value, json};

use super::sample;

const FORMAT: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// Keeps the session that has been opened for the requests that follow.
const KEEP_SESSION: [&str; 3] = [
    "const { data } = pm.response.json();",
    "pm.collectionVariables.set(\"sessionId\", data.session_id);",
    "pm.collectionVariables.set(\"sessionToken\", data.token);",
];

/// The collection: a folder for each tag, a request for each operation.
pub fn collection(document: &Value) -> Value {
    let mut folders: Vec<(String, Vec<Value>)> = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            let item = item(path, method, operation, document);
            match folders.iter_mut().find(|(name, _)| name == tag) {
                Some((_, items)) => items.push(item),
                None => folders.push((tag.to_owned(), vec![item])),
            }
        }
    }
    let folders: Vec<Value> =
        folders.into_iter().map(|(name, item)| json!({ "name": name, "item": item })).collect();
    let variable = |key: &str, value: &str| json!({ "key": key, "value": value, "type": "string" });
    json!({
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "version": document["info"]["version"],
            "schema": FORMAT,
        },
        "item": folders,
        "variable": [
            variable("baseUrl", "http://127.0.0.1:8080"),
            variable("serverKey", ""),
            variable("sessionId", ""),
            variable("sessionToken", ""),
        ],
    })
}

fn item(path: &str, method: &str, operation: &Value, document: &Value) -> Value {
    let mut headers = Vec::new();
    let mut request = json!({
        "method": method.to_ascii_uppercase(),
        "description": operation["description"].as_str().or(operation["summary"].as_str()),
        "url": url(path, operation),
    });
    let content = operation["requestBody"]["content"].as_object().and_then(|c| c.iter().next());
    if let Some((media, content)) = content {
        headers.push(json!({ "key": "Content-Type", "value": media }));
        request["body"] = match media.as_str() {
            "application/json" => json!({
                "mode": "raw",
                "raw": format!("{:#}", sample::of(&content["schema"], document)),
                "options": { "raw": { "language": "json" } },
            }),
            _ => json!({ "mode": "file", "file": { "src": "" } }),
        };
    }
    for parameter in parameters(operation, "header") {
        headers.push(json!({
            "key": parameter["name"],
            "value": "",
            "description": parameter["description"],
            "disabled": true,
        }));
    }
    let (credential, others) = credentials(operation);
    headers.extend(credential.map(|(key, value)| json!({ "key": key, "value": value })));
    headers
        .extend(others.map(|(key, value)| json!({ "key": key, "value": value, "disabled": true })));
    // Only the headers say who asks.
    request["auth"] = json!({ "type": "noauth" });
    request["header"] = headers.into();
    let mut item = json!({ "name": operation["summary"], "request": request, "response": [] });
    if operation["operationId"] == "createSession" {
        let script = json!({ "type": "text/javascript", "exec": KEEP_SESSION });
        item["event"] = json!([{ "listen": "test", "script": script }]);
    }
    item
}

/// A header's name and value.
type Header = (&'static str, &'static str);

/// The header that lets a request in, and one that may be switched on.
fn credentials(operation: &Value) -> (Option<Header>, Option<Header>) {
    const SESSION: Header = ("X-Liveness-Token", "{{sessionToken}}");
    const SERVER_KEY: Header = ("Authorization", "Bearer {{serverKey}}");
    let ways: Vec<&Value> = operation["security"].as_array().into_iter().flatten().collect();
    let by = |name: &str| ways.iter().any(|way| way.get(name).is_some());
    let needless = ways.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty));
    match (by("sessionToken"), by("serverKey")) {
        (true, true) => (Some(SESSION), Some(SERVER_KEY)),
        (true, false) => (Some(SESSION), None),
        (false, true) if needless => (None, Some(SERVER_KEY)),
        (false, true) => (Some(SERVER_KEY), None),
        (false, false) => (None, None),
    }
}

fn parameters<'a>(operation: &'a Value, place: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter(move |parameter| parameter["in"] == place)
}

fn url(path: &str, operation: &Value) -> Value {
    let segments: Vec<String> = path
        .split('/')
        .skip(1)
        .map(|segment| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            Some(name) => format!(":{name}"),
            None => segment.to_owned(),
        })
        .collect();
    let mut url = json!({
        "raw": format!("{{{{baseUrl}}}}/{}", segments.join("/")),
        "host": ["{{baseUrl}}"],
        "path": segments,
    });
    let variables: Vec<Value> = parameters(operation, "path")
        .map(|parameter| {
            let value = if parameter["name"] == "id" { "{{sessionId}}" } else { "0" };
            json!({ "key": parameter["name"], "value": value, "description": parameter["description"] })
        })
        .collect();
    if !variables.is_empty() {
        url["variable"] = variables.into();
    }
    let query: Vec<Value> = parameters(operation, "query")
        .map(|parameter| {
            json!({
                "key": parameter["name"],
                "value": parameter["schema"]["default"].to_string(),
                "description": parameter["description"],
                "disabled": true,
            })
        })
        .collect();
    if !query.is_empty() {
        url["query"] = query.into();
    }
    url
}
