//! The OpenAPI document of the endpoints there are, and what is served of it.

use std::sync::LazyLock;

use serde_json::Value;

use super::openapi;
use super::reference::Reference;
use super::routes::ENDPOINTS;

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| openapi::document(&ENDPOINTS));
    &DOCUMENT
}

/// It and its page, as they are served.
pub fn reference() -> &'static Reference {
    static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::of(document()));
    &REFERENCE
}
