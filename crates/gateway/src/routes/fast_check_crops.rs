//! `POST /api/v1/fast-check-crops`, as the Moveris API documents it.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use liveness_protocol::check::strip_data_url;
use liveness_protocol::{Crop, ErrorCode, FastCheckCropsRequest};
use uuid::Uuid;

use super::Endpoint;
use crate::backend::{CheckRequest, Mode};
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::http::reply;
use crate::models::{self, DOCUMENTED_DEFAULT};
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
        ErrorCode::UpstreamTimeout,
    ],
};

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::with_message(ErrorCode::ValidationError, message)
}

/// Decides one check at once.
pub async fn handle(
    State(gateway): State<Gateway>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    let body: FastCheckCropsRequest = gateway.limits.check.read_json(request).await?;
    let session_id =
        Uuid::try_parse(&body.session_id).map_err(|_| invalid("session_id has to be a UUID"))?;
    let model = models::read_choice(&headers, body.model, body.frame_count, DOCUMENTED_DEFAULT)?;
    let mode = gateway.backend.mode();
    let known = match models::resolve(&model) {
        Ok(known) => Some(known),
        // The upstream may know models that our registry does not.
        Err(_) if mode == Mode::Upstream => None,
        Err(error) => return Err(error),
    };
    if let Some(known) = &known {
        gateway.backend.runs(known).ok_or_else(|| models::cannot_run(known))?;
    }
    let received = body.crops.len();
    if let Some(known) = &known
        && received < known.min_frames as usize
    {
        let message = format!(
            "Insufficient frames. Model \"{}\" requires {} frames, received {received}.",
            known.id, known.min_frames
        );
        return Err(ApiError::with_message(ErrorCode::InsufficientFrames, message));
    }
    let crops = body.crops;
    let crops =
        tokio::task::spawn_blocking(move || read_crops(crops, mode)).await.map_err(|error| {
            tracing::error!(%error, "the crops' reader failed");
            ApiError::new(ErrorCode::InternalError)
        })??;
    let check = CheckRequest {
        session_id,
        model,
        crops,
        timestamps_ms: Vec::new(),
        fps: None,
        needs_fps: false,
        source: body.source,
        warnings: body.warnings.unwrap_or_default(),
        bg_segmentation: body.bg_segmentation,
    };
    let reply = gateway.backend.check(check).await?;
    Ok(reply::verdict(reply))
}

/// The crops' bytes by index. For the local verifier they are brought to the form it reads.
fn read_crops(mut crops: Vec<Crop>, mode: Mode) -> Result<Vec<Bytes>, ApiError> {
    crops.sort_by_key(|crop| crop.index);
    if let Some(pair) = crops.windows(2).find(|pair| pair[0].index == pair[1].index) {
        return Err(invalid(format!("crops: index {} is given twice", pair[0].index)));
    }
    let read = |crop: &Crop| {
        let wrong = |why: String| invalid(format!("crops[{}].pixels: {why}", crop.index));
        let png = STANDARD
            .decode(strip_data_url(&crop.pixels).trim())
            .map_err(|_| wrong("not base64".into()))?;
        match mode {
            Mode::Local => png_input::to_rgb_png(&png).map_err(|error| wrong(error.to_string())),
            Mode::Upstream if !png_input::is_png(&png) => Err(wrong("not a PNG".into())),
            Mode::Upstream => Ok(png.into()),
        }
    };
    crops.iter().map(read).collect()
}
