//! `POST /api/v1/fast-check-crops`, as the Moveris API documents it.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use bytes::Bytes;
use liveness_protocol::check::strip_data_url;
use liveness_protocol::{Crop, ErrorCode, FastCheckCropsRequest};
use uuid::Uuid;

use super::counted::Counted;
use super::{Endpoint, statements};
use crate::backend::{CheckBackend, CheckRequest, Mode};
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::http::body::Received;
use crate::http::{base64_text, body, reply};
use crate::models::{self, DOCUMENTED_DEFAULT, LOCAL_MAX_FRAMES};
use crate::png_input;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/fast-check-crops",
    success: &[200],
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
};

/// The most crops that are passed on. No model of the API takes more than half of it.
const UPSTREAM_MAX_FRAMES: u32 = 500;

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::with_message(ErrorCode::ValidationError, message)
}

/// Decides one check at once.
pub async fn handle(
    State(gateway): State<Gateway>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    let received = gateway.limits.check.read_json_bytes(request, &gateway.bodies).await?;
    // Held to the end: the crops take nearly as much as the text did.
    let Received { bytes: json, share: _share } = received;
    let reader = gateway.clone();
    let read = move || read(reader.backend.as_ref(), &headers, json);
    let check = tokio::task::spawn_blocking(read).await.map_err(|error| {
        tracing::error!(%error, "the reader of a check failed");
        ApiError::new(ErrorCode::InternalError)
    })??;
    Ok(reply::verdict(gateway.runner.run(check).await?))
}

/// Reads a request. Its lists are counted before any entry is read: a body has room for many
/// small crops, each of which may decode to a large one.
fn read(
    backend: &dyn CheckBackend,
    headers: &HeaderMap,
    json: Bytes,
) -> Result<CheckRequest, ApiError> {
    let mode = backend.mode();
    let Counted { crops: received, warnings } = body::parse_json(&json)?;
    let most = match mode {
        Mode::Local => LOCAL_MAX_FRAMES,
        Mode::Upstream => UPSTREAM_MAX_FRAMES,
    };
    if received > most as usize {
        return Err(invalid(format!("crops: at most {most} are taken, received {received}")));
    }
    if warnings > statements::MAX_WARNINGS {
        return Err(statements::too_many_warnings());
    }

    let request: FastCheckCropsRequest = body::parse_json(&json)?;
    drop(json);
    let session_id =
        Uuid::try_parse(&request.session_id).map_err(|_| invalid("session_id has to be a UUID"))?;
    let model =
        models::read_choice(headers, request.model, request.frame_count, DOCUMENTED_DEFAULT)?;
    let known = match models::resolve(&model) {
        Ok(known) => Some(known),
        // The upstream may know models that our registry does not.
        Err(_) if mode == Mode::Upstream => None,
        Err(error) => return Err(error),
    };
    if let Some(known) = &known {
        backend.runs(known).ok_or_else(|| models::cannot_run(known))?;
        if received < known.min_frames as usize {
            let message = format!(
                "Insufficient frames. Model \"{}\" requires {} frames, received {received}.",
                known.id, known.min_frames
            );
            return Err(ApiError::with_message(ErrorCode::InsufficientFrames, message));
        }
    }
    statements::check_fps(request.fps, known.is_some_and(|known| known.needs_fps))?;
    let warnings = request.warnings.unwrap_or_default();
    statements::check_warnings(&warnings)?;
    Ok(CheckRequest {
        session_id,
        model,
        crops: read_crops(request.crops, mode)?,
        timestamps_ms: Vec::new(),
        fps: request.fps,
        states_fps: true,
        source: request.source,
        warnings,
        bg_segmentation: request.bg_segmentation,
    })
}

/// The crops' bytes by index. For the local verifier they are brought to the form it reads.
fn read_crops(mut crops: Vec<Crop>, mode: Mode) -> Result<Vec<Bytes>, ApiError> {
    crops.sort_by_key(|crop| crop.index);
    if let Some(pair) = crops.windows(2).find(|pair| pair[0].index == pair[1].index) {
        return Err(invalid(format!("crops: index {} is given twice", pair[0].index)));
    }
    // Each text goes as soon as its bytes are there.
    let read = |crop: Crop| {
        let wrong = |why: String| invalid(format!("crops[{}].pixels: {why}", crop.index));
        let png = base64_text::decode(strip_data_url(crop.pixels.trim_ascii()))
            .ok_or_else(|| wrong("not base64".into()))?;
        match mode {
            Mode::Local => png_input::to_rgb_png(&png).map_err(|error| wrong(error.to_string())),
            Mode::Upstream if !png_input::is_png(&png) => Err(wrong("not a PNG".into())),
            Mode::Upstream => Ok(png.into()),
        }
    };
    crops.into_iter().map(read).collect()
}
