//! What all operations share: headers, credentials, and the form of failures.

use liveness_protocol::ErrorCode;
use serde_json::{Map, Value, json};

use crate::api::endpoint::Credential;

/// Headers of an answer about a model.
pub const MODEL_HEADERS: [(&str, &str); 6] = [
    ("X-Moveris-Model-Resolved", "The model that runs or ran"),
    ("Deprecation", "`true` when the model asked for is deprecated"),
    ("Sunset", "When it ends"),
    ("X-Moveris-Deprecated-Model", "The deprecated id"),
    ("X-Moveris-Suggested-Model", "The id to move to"),
    (
        "X-Liveness-Engine",
        "With a verdict: who has decided, `local`, `upstream`, or `gateway` for pictures of an earlier check",
    ),
];

/// The header of answers that say when to come back.
const RETRY_AFTER: (&str, &str) = ("Retry-After", "Seconds to wait, where known");

/// All headers of answers that the document describes.
pub fn headers() -> Value {
    let all = MODEL_HEADERS.into_iter().chain([RETRY_AFTER]);
    all.map(|(name, description)| {
        let header = json!({ "description": description, "schema": { "type": "string" } });
        (name.to_owned(), header)
    })
    .collect::<Map<_, _>>()
    .into()
}

/// References to these headers.
pub fn header_references(names: impl IntoIterator<Item = &'static str>) -> Value {
    names
        .into_iter()
        .map(|name| (name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })))
        .collect::<Map<_, _>>()
        .into()
}

/// What a request may show to be let in: one of these, alone.
pub fn security(credential: Credential) -> Value {
    match credential {
        Credential::None => json!([]),
        Credential::SessionToken => json!([{ "sessionToken": [] }, { "sessionBearer": [] }]),
        Credential::SessionTokenOrServerKey => json!([
            { "sessionToken": [] }, { "sessionBearer": [] }, { "serverKey": [] }, { "apiKey": [] }
        ]),
        Credential::ServerKey => json!([{ "serverKey": [] }, { "apiKey": [] }]),
        Credential::ServerKeyIfPaid | Credential::KeyIfAny => {
            json!([{}, { "serverKey": [] }, { "apiKey": [] }])
        }
    }
}

/// The credentials.
pub fn security_schemes() -> Value {
    json!({
        "sessionToken": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Liveness-Token",
            "description": "The session's token. This header counts before `Authorization`, which is free for HTTP Basic or whatever else stands in front of the gateway",
        },
        "sessionBearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The session's token, without X-Liveness-Token",
        },
        "serverKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "LIVENESS_SERVER_KEY, or an API key (`lvk_...`) with the endpoint's scope (`x-scope`); opens sessions with a reference, reads those of its tenant, and gives back an undecided one",
        },
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The same as the API's clients send their key. In upstream mode checks without a session need it in one form or the other, unless `--paid-checks anyone` is set",
        },
    })
}

/// The envelope of a success around `data`, as `reply::ok` writes it.
pub fn envelope(data: Value) -> Value {
    json!({
        "type": "object",
        "required": ["data", "success", "message"],
        "properties": { "data": data, "success": { "const": true }, "message": { "const": "OK" } },
    })
}

/// The envelope of a failure.
pub fn failure() -> Value {
    json!({
        "type": "object",
        "required": ["data", "success", "message", "errors"],
        "properties": {
            "data": { "type": "null" },
            "success": { "const": false },
            "message": { "type": "string" },
            "errors": {
                "type": "array",
                "minItems": 1,
                "description": "The first entry's key is the error's code; a further entry for each field at fault has the field's name (`session_id`, `crops[2].index`); `missing_crops` has an entry `missing` with the indices",
                "items": {
                    "type": "object",
                    "additionalProperties": { "type": "array", "items": { "type": "string" } },
                },
            },
            "error": {
                "type": "string",
                "description": "With `insufficient_scope` alone: the code, as earlier versions of the API have it",
            },
            "required_scope": {
                "type": "string",
                "description": "With `insufficient_scope` alone: the scope that the key lacks",
            },
        },
    })
}

/// The answer with a status that these codes share.
pub fn failure_answer(status: u16, codes: &[ErrorCode]) -> Value {
    let lines: Vec<String> =
        codes.iter().map(|code| format!("`{code}`: {}", code.description())).collect();
    let mut answer = json!({
        "description": lines.join("\n\n"),
        "x-error-codes": codes,
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Failure" } } },
    });
    if matches!(status, 429 | 503) {
        answer["headers"] = header_references([RETRY_AFTER.0]);
    }
    answer
}
