//! `POST /api/v1/fast-check-crops`, as the Moveris API documents it.

use std::borrow::Cow;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use liveness_protocol::{ErrorCode, FastCheckCropsRequest, VerdictData};
use uuid::Uuid;

use super::counted::Counted;
use super::crops_body::{CropText, CropsBody, MOST_CROPS};
use super::stated::{Amount, Stated, StatedModel, invalid_field};
use super::{Credential, Endpoint, stated};
use crate::api::gateway::Gateway;
use crate::api::http::body;
use crate::api::openapi::operation::{
    Answer, Content, MODEL_VERSION, Operation, RequestBody, Tag, schema_of,
};
use crate::api::refusal::Refusal;
use crate::backend::Capabilities;
use crate::backend::upstream::MAX_PICTURES;
use crate::domain::check::{CheckRequest, Pictures, Urgency};
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::models::LOCAL_MAX_FRAMES;
use crate::domain::pictures::base64_text::{self, Written};
use crate::domain::pictures::{png_input, png_structure};
use crate::domain::route::Routing;
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
        ErrorCode::InvalidMetadata,
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
            description: "Unknown fields are tolerated and dropped. At most 120 crops where the local verifier looks at them, 500 in upstream mode.",
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
pub async fn handle(State(gateway): State<Gateway>, request: Request) -> Result<Response, Refusal> {
    let limit = gateway.limits.check;
    stated::decide(gateway, request, limit, read).await
}

/// Reads a request.
fn read(routing: &Routing, headers: &HeaderMap, json: Bytes) -> Result<Stated, Refusal> {
    let mut request = read_body(&json, routing.most_pictures())?;
    let session_id = stated::client_id(&request.session_id)?;
    let model = stated::model(routing, headers, request.model.take(), request.frame_count)?;
    let notices = model.notices.clone();
    of_model(request, model, session_id, &json).map_err(|error| Refusal::of_model(error, notices))
}

/// What a request says of a check by this model.
fn of_model(
    request: CropsBody<'_>,
    model: StatedModel,
    session_id: Uuid,
    json: &Bytes,
) -> Result<Stated, ApiError> {
    let StatedModel { choice, known, route, notices } = model;
    let Capabilities { decodes, max_pictures, .. } = route.capabilities();
    let received = request.crops.count;
    Amount { list: "crops", pictures: received }.check(max_pictures)?;
    known.as_ref().map_or(Ok(()), |known| stated::enough(known, received))?;
    statements::check_fps(request.fps, known.is_some_and(|known| known.needs_fps))?;
    let warnings = request.warnings.unwrap_or_default();
    statements::check_warnings(&warnings)?;
    let metadata = Metadata::of_request(request.metadata.as_ref())?;
    let check = CheckRequest {
        session_id,
        urgency: Urgency::Direct,
        model: choice,
        pictures: read_crops(json, request.crops.kept, decodes)?,
        timestamps_ms: Vec::new(),
        fps: request.fps,
        states_fps: true,
        source: request.source,
        warnings,
        bg_segmentation: request.bg_segmentation,
        device_intelligence: Metadata::of_device(request.device_intelligence.as_ref()),
        session_age_ms: None,
    };
    Ok(Stated { check, route, metadata, written_id: request.session_id, notices })
}

/// The body, if it has no more in it than a check may hold: that is said first, whatever else is wrong with it.
fn read_body(json: &[u8], most: u32) -> Result<CropsBody<'_>, ApiError> {
    let amount = |pictures| Amount { list: "crops", pictures };
    match body::parse_json::<CropsBody<'_>>(json) {
        Ok(body) => {
            amount(body.crops.count).check(most)?;
            Ok(body)
        }
        Err(error) => {
            let Counted { crops } = body::parse_json(json)?;
            amount(crops).check(most)?;
            Err(error)
        }
    }
}

/// The crops by index. For the local verifier they are brought to the form it reads; those that are passed on are looked
/// through, and stay where they are in the body if the upstream takes them as they are written there.
fn read_crops(
    json: &Bytes,
    mut crops: Vec<CropText<'_>>,
    decode: bool,
) -> Result<Pictures, ApiError> {
    stated::in_order("crops", &mut crops, |crop| crop.index)?;
    // One buffer for all: it stays in the processor's cache.
    let mut png = Vec::new();
    let crops = crops.into_iter().map(|CropText { index, pixels }| {
        let wrong = |why: &str| {
            let field = format!("crops[{index}].pixels");
            invalid_field(&field, format!("{field}: {why}"))
        };
        let written = base64_text::read(&pixels, &mut png).ok_or_else(|| wrong("not base64"))?;
        // Base64 has none; around it nobody has looked for them as yet.
        let is_whole = written == Written::Plainly(0..pixels.len());
        let is_raw = matches!(pixels, Cow::Borrowed(_));
        if !is_whole && is_raw && pixels.iter().any(u8::is_ascii_control) {
            return Err(wrong("JSON has no control characters in a string but as escapes"));
        }
        if decode {
            return png_input::to_rgb_png(&png).map_err(|error| wrong(&error.to_string()));
        }
        png_structure::check(&png).map_err(|error| wrong(&error.to_string()))?;
        Ok(match (&pixels, written) {
            (Cow::Borrowed(pixels), Written::Plainly(text)) => json.slice_ref(&pixels[text]),
            (Cow::Owned(pixels), Written::Plainly(text)) => Bytes::copy_from_slice(&pixels[text]),
            (_, Written::Otherwise) => base64_text::encode(&png),
        })
    });
    let crops = crops.collect::<Result<_, _>>()?;
    Ok(if decode { Pictures::Crops(crops) } else { Pictures::CropTexts(crops) })
}

// The first of them are read before it is known that there are too many.
const _: () =
    assert!(MOST_CROPS >= MAX_PICTURES as usize && MOST_CROPS >= LOCAL_MAX_FRAMES as usize);
