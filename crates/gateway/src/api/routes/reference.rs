//! The OpenAPI document and the page made of it: `GET /api/v1/openapi.json`, `/docs/http-api` and its style.

use axum::Extension;
use axum::http::{Method, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use liveness_protocol::ErrorCode;

use super::{Credential, Endpoint};
use crate::api::gateway::Gateway;
use crate::api::http::embed::Exception;
use crate::api::openapi::operation::{Answer, Content, Operation, Tag};
use crate::api::reference::{Reference, STYLE as STYLE_SHEET, paths};

const fn row(
    path: &'static str,
    errors: &'static [ErrorCode],
    operation: Operation,
    handler: fn() -> MethodRouter<Gateway>,
) -> Endpoint {
    Endpoint {
        method: Method::GET,
        path,
        credential: Credential::None,
        scope: None,
        errors,
        operation,
        handler,
    }
}

const fn operation(
    id: &'static str,
    summary: &'static str,
    answers: &'static [Answer],
) -> Operation {
    Operation {
        id,
        tag: Tag::Reference,
        summary,
        description: "",
        parameters: &[],
        body: None,
        answers,
    }
}

const fn file(description: &'static str, media: &'static str) -> Answer {
    Answer { status: 200, description, content: Content::Media(media), of_model: false }
}

/// The document.
pub const DOCUMENT: Endpoint = row(
    paths::DOCUMENT,
    // Below `/api/`, where each address has its share of requests.
    &[ErrorCode::RateLimitExceeded, ErrorCode::InternalError],
    operation(
        "openapi",
        "The OpenAPI document of this version",
        &[file("The document, without the envelope", "application/json")],
    ),
    || get(document),
);

/// The page.
pub const PAGE: Endpoint = row(
    paths::PAGE,
    &[ErrorCode::InternalError],
    operation("reference", "The same as a page for people", &[file("The page", "text/html")]),
    || get(page),
);

/// The page's style.
pub const STYLE: Endpoint = row(
    paths::STYLE,
    &[ErrorCode::InternalError],
    operation("referenceStyle", "The page's style", &[file("The style", "text/css")]),
    || get(style),
);

async fn document(Extension(reference): Extension<&'static Reference>) -> Response {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, reference.document.as_str()).into_response()
}

async fn page(Extension(reference): Extension<&'static Reference>) -> Response {
    let mut response = Html(reference.page.as_str()).into_response();
    response.extensions_mut().insert(Exception::Scriptless);
    response
}

async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE_SHEET).into_response()
}
