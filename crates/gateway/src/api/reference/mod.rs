//! The API's reference as a page: the OpenAPI document for people, without scripts.

mod page;
pub mod paths;
mod schema;

use serde_json::Value;

use super::openapi;

/// The page's style.
pub const STYLE: &str = concat!(include_str!("../look.css"), include_str!("reference.css"));

/// What is served.
#[derive(Debug)]
pub struct Reference {
    /// The document as a file.
    pub document: String,
    /// The page.
    pub page: String,
}

impl Reference {
    /// That of a document.
    pub fn of(document: &Value) -> Self {
        Self { document: openapi::to_file(document), page: page::render(document).into_string() }
    }
}
