//! `PUT /api/v1/sessions/{id}/crops/{index}`, and `POST`, which does the same: some firewalls block `PUT`.

use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{post, put};
use liveness_protocol::session::RUN_PARAMETER;
use liveness_protocol::{CropAccepted, ErrorCode};
use liveness_verifier::png_crop::SIDE;
use serde_json::json;
use url::form_urlencoded;
use uuid::Uuid;

use super::{Credential, Endpoint, whole_number};
use crate::api::extract::Principal;
use crate::api::gateway::Gateway;
use crate::api::http::blocking::{self, Lane};
use crate::api::http::body::Received;
use crate::api::http::reply;
use crate::api::openapi::operation::{
    Answer, Content, Operation, Parameter, RequestBody, SESSION_ID, Tag, schema_of,
};
use crate::domain::error::ApiError;
use crate::domain::pictures::png_input;
use crate::domain::pictures::print::Print;
use crate::store::{CropKey, Picture};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::PUT,
    path: "/api/v1/sessions/{id}/crops/{index}",
    credential: Credential::SessionToken,
    scope: None,
    errors: &[
        ErrorCode::ValidationError,
        ErrorCode::InvalidToken,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::RequestTimeout,
        ErrorCode::CropConflict,
        ErrorCode::RunSuperseded,
        ErrorCode::SessionClosed,
        ErrorCode::SessionExpired,
        ErrorCode::PayloadTooLarge,
        ErrorCode::NotPng,
        ErrorCode::WrongDimensions,
        ErrorCode::IndexOutOfRange,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    operation: Operation {
        id: "putCrop",
        tag: Tag::Sessions,
        summary: "Send one crop",
        description: "Idempotent: the same bytes again are answered with 200. The first crop of a higher run drops those of all lower ones.",
        parameters: &[SESSION_ID, INDEX, RUN],
        body: Some(RequestBody {
            required: true,
            description: "224x224 PNG, 8-bit RGB.",
            content: Content::Media("image/png"),
            limit: |limits| limits.crop,
        }),
        answers: &[
            Answer {
                status: 201,
                description: "Taken",
                content: Content::Json(schema_of::<CropAccepted>),
                of_model: false,
            },
            Answer {
                status: 200,
                description: "Known already",
                content: Content::Json(schema_of::<CropAccepted>),
                of_model: false,
            },
        ],
    },
    handler: || put(handle),
};

/// The same endpoint for clients that cannot send `PUT`.
pub const POST_ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    operation: Operation {
        id: "postCrop",
        summary: "Send one crop, where a firewall blocks PUT",
        description: "The same as `PUT`.",
        ..ENDPOINT.operation
    },
    handler: || post(handle),
    ..ENDPOINT
};

const INDEX: Parameter = Parameter {
    name: "index",
    place: "path",
    description: "From 0 to frames_required - 1",
    schema: || json!({ "type": "integer", "minimum": 0 }),
};

const RUN: Parameter = Parameter {
    name: RUN_PARAMETER,
    place: "query",
    description: "The number of the crop's run. A capture that was interrupted goes on in its session with the next number.",
    schema: || json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX, "default": 0 }),
};

/// The run that a request's query names; 0 if it names none.
fn run_of(query: Option<&str>) -> Result<u32, ApiError> {
    let mut runs = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == RUN_PARAMETER)
        .map(|(_, value)| whole_number(&value));
    match (runs.next(), runs.next()) {
        (None, _) => Ok(0),
        (Some(Some(run)), None) => Ok(run),
        _ => Err(ApiError::with_message(
            ErrorCode::ValidationError,
            "run has to be one whole number from 0",
        )),
    }
}

/// Everything that can be refused before the picture has arrived.
async fn admit(
    gateway: &Gateway,
    id: Uuid,
    index: &str,
    query: Option<&str>,
) -> Result<CropKey, ApiError> {
    let index = whole_number(index).ok_or_else(|| {
        ApiError::with_message(
            ErrorCode::IndexOutOfRange,
            "A crop's index is a whole number from 0.",
        )
    })?;
    let key = CropKey { run: run_of(query)?, index };
    gateway.store.admits(id, key, gateway.clock.now()).await?;
    Ok(key)
}

/// Takes one crop.
pub async fn handle(
    State(gateway): State<Gateway>,
    principal: Principal,
    Path((_, index)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let id = principal.session();
    let key = admit(&gateway, id, &index, request.uri().query()).await?;
    // Its share is held until the store counts the crop.
    let Received { bytes: png, share } = gateway.limits.crop.read(request, &gateway.bodies).await?;
    // Decoded before it is kept, so that whatever is in the store can be verified.
    let checked = png.clone();
    let decode = move || {
        png_input::read_crop(&checked)
            .map(|crop| (Print::of(crop.pixels()), Print::near(crop.pixels(), SIDE)))
            .map_err(|error| ApiError::with_message(error.code(), error.to_string()))
    };
    let ((print, near), _share) =
        blocking::run(Lane::Picture, "decoding a crop", share, decode).await?;
    let picture = Picture { print: Some(print), near, ..Picture::from(png) };
    let stored = gateway.store.put_crop(id, key, picture, gateway.clock.now()).await?;
    let status = if stored.new { StatusCode::CREATED } else { StatusCode::OK };
    let accepted = CropAccepted {
        index: key.index,
        frames_received: stored.frames_received,
        frames_required: stored.frames_required,
    };
    Ok(reply::ok(status, accepted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_one_run_or_none() {
        for (query, run) in [
            (None, 0),
            (Some(""), 0),
            (Some("other=1"), 0),
            (Some("run=0"), 0),
            (Some("run=7"), 7),
            (Some("a=b&run=%37&c"), 7),
            (Some("run=4294967295"), u32::MAX),
        ] {
            assert_eq!(run_of(query), Ok(run), "{query:?}");
        }
        for query in [
            "run",
            "run=",
            "run=-1",
            "run=%2B1",
            "run=1.5",
            "run=x",
            "run=4294967296",
            "run=1&run=1",
        ] {
            let code = run_of(Some(query)).map_err(|error| error.code);
            assert_eq!(code, Err(ErrorCode::ValidationError), "{query}");
        }
    }
}
