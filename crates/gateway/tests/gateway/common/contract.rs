//! Answers held against the OpenAPI document, whichever test they are for.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use liveness_gateway::api::document;
use liveness_gateway::api::routes::Endpoint;
use serde_json::{Value, json};

/// Whether the body of an answer is what the document promises for this endpoint and status, and holds no more than that.
pub fn check(endpoint: &Endpoint, status: u16, body: &Value) {
    let Some(validator) = validator(endpoint, status) else {
        assert!(body.is_null(), "{endpoint:?} {status}: {body}");
        return;
    };
    let faults: Vec<String> =
        validator.iter_errors(body).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(faults.is_empty(), "{endpoint:?} {status}: {faults:#?}");
}

/// For each operation and status one, or none where nothing is promised to be there.
fn validator(endpoint: &Endpoint, status: u16) -> Option<Arc<Validator>> {
    type Known = HashMap<(String, u16), Option<Arc<Validator>>>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let make = || {
        let document = document::document();
        let method = endpoint.method.as_str().to_lowercase();
        let response = &document["paths"][endpoint.path][method]["responses"][status.to_string()];
        let schema = response.get("content")?["application/json"]["schema"].clone();
        // A field that no schema has is one that the document has forgotten.
        let data = match schema.pointer("/properties/data") {
            Some(data) => json!({ "allOf": [data], "unevaluatedProperties": false }),
            None => json!(true),
        };
        let whole = json!({
            "components": document["components"],
            "allOf": [schema],
            "properties": { "data": data },
        });
        let validator = jsonschema::validator_for(&whole);
        Some(Arc::new(validator.unwrap_or_else(|error| panic!("{endpoint:?} {status}: {error}"))))
    };
    let mut known = KNOWN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    known.entry((endpoint.operation.id.to_owned(), status)).or_insert_with(make).clone()
}
