//! `POST /api/v1/fast-check-crops`, as the Moveris API documents it.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use liveness_protocol::{Crop, ErrorCode, FastCheckCropsRequest, VerdictData};

use super::counted::Counted;
use super::stated::{Amount, invalid};
use super::{Credential, Endpoint, stated};
use crate::api::gateway::Gateway;
use crate::api::http::body;
use crate::api::openapi::operation::{
    Answer, Content, MODEL_VERSION, Operation, RequestBody, Tag, schema_of,
};
use crate::backend::CheckBackend;
use crate::domain::check::{CheckRequest, Pictures, Urgency};
use crate::domain::error::ApiError;
use crate::domain::pictures::{png_input, png_structure};
use crate::domain::scopes::Scope;
use crate::domain::statements;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/fast-check-crops",
    credential: Credential::ServerKeyIfPaid,
    scope: Some(Scope::DetectionWrite),
    errors: &[
        ErrorCode::InsufficientFrames,
        ErrorCode::MissingField,
        ErrorCode::ValidationError,
        ErrorCode::UnknownModel,
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientCredits,
        ErrorCode::AccountSuspended,
        ErrorCode::InsufficientScope,
        ErrorCode::OriginNotAllowed,
        ErrorCode::RequestTimeout,
        ErrorCode::PayloadTooLarge,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::UpstreamUnavailable,
        ErrorCode::VerdictLost,
        ErrorCode::TooManySessions,
        ErrorCode::UpstreamTimeout,
    ],
    operation: Operation {
        id: "fastCheckCrops",
        tag: Tag::Checks,
        summary: "One check in one request, as the Moveris API documents it",
        description: "",
        parameters: &[MODEL_VERSION],
        body: Some(RequestBody {
            required: true,
            description: "Unknown fields are tolerated and dropped. At most 120 crops in local mode, 500 in upstream mode.",
            content: Content::Json(schema_of::<FastCheckCropsRequest>),
            limit: |limits| limits.check,
        }),
        answers: &[Answer {
            status: 200,
            description: "The verdict",
            content: Content::Json(schema_of::<VerdictData>),
            of_model: true,
        }],
    },
    handler: || post(handle),
};

/// Decides one check at once.
pub async fn handle(
    State(gateway): State<Gateway>,
    request: Request,
) -> Result<Response, ApiError> {
    stated::decide(gateway, request, read).await
}

/// Reads a request.
fn read(
    backend: &dyn CheckBackend,
    headers: &HeaderMap,
    json: Bytes,
) -> Result<CheckRequest, ApiError> {
    let capabilities = backend.capabilities();
    let Counted { crops: received, warnings } = body::parse_json(&json)?;
    Amount { list: "crops", pictures: received, warnings }.check(capabilities)?;

    let request: FastCheckCropsRequest = body::parse_json(&json)?;
    drop(json);
    let session_id = stated::client_id(&request.session_id)?;
    let (model, known) = stated::model(backend, headers, request.model, request.frame_count)?;
    known.as_ref().map_or(Ok(()), |known| stated::enough(known, received))?;
    statements::check_fps(request.fps, known.is_some_and(|known| known.needs_fps))?;
    let warnings = request.warnings.unwrap_or_default();
    statements::check_warnings(&warnings)?;
    Ok(CheckRequest {
        session_id,
        urgency: Urgency::Direct,
        model,
        pictures: Pictures::Crops(read_crops(request.crops, capabilities.decodes)?),
        timestamps_ms: Vec::new(),
        fps: request.fps,
        states_fps: true,
        source: request.source,
        warnings,
        bg_segmentation: request.bg_segmentation,
    })
}

/// The crops' bytes by index. For the local verifier they are brought to the form it reads; those
/// that are passed on are looked through.
fn read_crops(mut crops: Vec<Crop>, decode: bool) -> Result<Vec<Bytes>, ApiError> {
    stated::in_order("crops", &mut crops, |crop| crop.index)?;
    // Each text goes as soon as its bytes are there.
    let read = |crop: Crop| {
        let wrong = |why: String| invalid(format!("crops[{}].pixels: {why}", crop.index));
        let png = stated::file(&crop.pixels).ok_or_else(|| wrong("not base64".into()))?;
        match decode {
            true => png_input::to_rgb_png(&png).map_err(|error| wrong(error.to_string())),
            false => png_structure::check(&png)
                .map(|()| png.into())
                .map_err(|error| wrong(error.to_string())),
        }
    };
    crops.into_iter().map(read).collect()
}
