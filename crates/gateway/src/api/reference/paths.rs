//! Where the reference is served.

/// The page.
pub const PAGE: &str = "/docs/http-api";
/// Its style.
pub const STYLE: &str = "/docs/http-api.css";
/// The document it is made of.
pub const DOCUMENT: &str = "/api/v1/openapi.json";
