//! `POST /api/v1/fast-check`, as the Moveris API documents it: whole frames, in which the server finds the face.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use liveness_protocol::{ErrorCode, FastCheckRequest, Frame};
use uuid::Uuid;

use super::counted::CountedFrames;
use super::stated::{Amount, Stated, StatedModel, invalid_field};
use super::{Endpoint, fast_check_crops, stated};
use crate::api::gateway::Gateway;
use crate::api::http::body;
use crate::api::openapi::operation::{Content, Operation, RequestBody, schema_of};
use crate::api::refusal::Refusal;
use crate::domain::check::{CheckRequest, Pictures, Urgency};
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::pictures::frame_input;
use crate::domain::route::Routing;
use crate::domain::statements;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/fast-check",
    operation: Operation {
        id: "fastCheck",
        summary: "One check in one request, of whole frames: the server finds the face",
        body: Some(RequestBody {
            required: true,
            description: "Unknown fields are tolerated and dropped. At most 120 frames where the local verifier looks at them, 500 in upstream mode.",
            content: Content::Json(schema_of::<FastCheckRequest>),
            limit: |limits| limits.frames,
        }),
        ..fast_check_crops::ENDPOINT.operation
    },
    handler: || post(handle),
    ..fast_check_crops::ENDPOINT
};

/// Decides one check at once.
pub async fn handle(State(gateway): State<Gateway>, request: Request) -> Result<Response, Refusal> {
    let limit = gateway.limits.frames;
    stated::decide(gateway, request, limit, read).await.map_err(|mut refusal| {
        if refusal.error.code == ErrorCode::PayloadTooLarge {
            let advice = " Send the frames as JPEG, or one by one to fast-check-stream.";
            refusal.error.message.push_str(advice);
        }
        refusal
    })
}

/// Reads a request. Of its frames only the heads are looked at: decoded they are when the check has its turn.
fn read(routing: &Routing, headers: &HeaderMap, json: Bytes) -> Result<Stated, Refusal> {
    let CountedFrames { frames: received } = body::parse_json(&json)?;
    Amount { list: "frames", pictures: received }.check(routing.most_pictures())?;

    let mut request: FastCheckRequest = body::parse_json(&json)?;
    drop(json);
    let session_id = stated::client_id(&request.session_id)?;
    let model = stated::model(routing, headers, request.model.take(), request.frame_count)?;
    let notices = model.notices.clone();
    of_model(request, model, session_id, received)
        .map_err(|error| Refusal::of_model(error, notices))
}

/// What a request says of a check by this model.
fn of_model(
    request: FastCheckRequest,
    model: StatedModel,
    session_id: Uuid,
    received: usize,
) -> Result<Stated, ApiError> {
    let StatedModel { choice, known, route, notices } = model;
    Amount { list: "frames", pictures: received }.check(route.capabilities().max_pictures)?;
    known.as_ref().map_or(Ok(()), |known| stated::enough(known, received))?;
    statements::check_fps(request.fps, known.as_ref().is_some_and(|known| known.needs_fps))?;
    let warnings = request.warnings.unwrap_or_default();
    statements::check_warnings(&warnings)?;
    let least = known.as_ref().map_or(received, |known| known.min_frames as usize);
    let (files, timestamps_ms) = read_frames(request.frames, least)?;
    statements::check_times(&timestamps_ms, "frames")?;
    let metadata = Metadata::of_request(request.metadata.as_ref())?;
    let check = CheckRequest {
        session_id,
        urgency: Urgency::Direct,
        model: choice,
        pictures: Pictures::Frames(files),
        timestamps_ms,
        fps: request.fps,
        states_fps: true,
        source: request.source,
        warnings,
        bg_segmentation: None,
        device_intelligence: Metadata::of_device(request.device_intelligence.as_ref()),
        session_age_ms: None,
    };
    Ok(Stated { check, route, metadata, written_id: request.session_id, notices })
}

/// The frames' files and times by index. Those that are no pictures are left out, as is documented, where `least` others are left.
fn read_frames(mut frames: Vec<Frame>, least: usize) -> Result<(Vec<Bytes>, Vec<f64>), ApiError> {
    stated::in_order("frames", &mut frames, |frame| frame.index)?;
    let (mut files, mut times, mut wrong) = (Vec::new(), Vec::new(), None);
    // Each text goes as soon as its bytes are there.
    for frame in frames {
        match read_file(&frame, &format!("frames[{}].pixels", frame.index)) {
            Ok(file) => {
                files.push(file);
                times.push(frame.timestamp_ms);
            }
            Err(error) => {
                wrong.get_or_insert(error);
            }
        }
    }
    wrong.filter(|_| files.len() < least).map_or(Ok((files, times)), Err)
}

/// A frame's file, if its head is that of a picture of a size that is taken. `field` is where it stands in the request.
pub(super) fn read_file(frame: &Frame, field: &str) -> Result<Bytes, ApiError> {
    let wrong = |why: String| invalid_field(field, format!("{field}: {why}"));
    let file = stated::file(&frame.pixels).ok_or_else(|| wrong("not base64".into()))?;
    frame_input::size(&file).map_err(|error| wrong(error.to_string()))?;
    Ok(file.into())
}
