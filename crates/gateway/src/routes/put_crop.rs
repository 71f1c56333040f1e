//! `PUT /api/v1/sessions/{id}/crops/{index}`

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use liveness_protocol::{CropAccepted, ErrorCode};
use liveness_verifier::decode_crop;
use uuid::Uuid;

use super::{Endpoint, session_id};
use crate::error::ApiError;
use crate::gateway::Gateway;
use crate::http::{auth, body, reply};

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::PUT,
    path: "/api/v1/sessions/{id}/crops/{index}",
    success: &[200, 201],
    errors: &[
        ErrorCode::ValidationError,
        ErrorCode::InvalidToken,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::RequestTimeout,
        ErrorCode::CropConflict,
        ErrorCode::SessionClosed,
        ErrorCode::SessionExpired,
        ErrorCode::PayloadTooLarge,
        ErrorCode::NotPng,
        ErrorCode::WrongDimensions,
        ErrorCode::IndexOutOfRange,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
};

/// What can be said before the picture has arrived.
async fn admit(
    gateway: &Gateway,
    id: &str,
    index: &str,
    headers: &HeaderMap,
) -> Result<(Uuid, u32), ApiError> {
    let id = session_id(id)?;
    let now = gateway.clock.now();
    auth::require_token(headers, &gateway.tokens, id, now)?;
    let index = index.parse().map_err(|_| {
        ApiError::with_message(
            ErrorCode::IndexOutOfRange,
            "A crop's index is a whole number from 0.",
        )
    })?;
    gateway.store.admits(id, index, now).await?;
    Ok((id, index))
}

/// Takes one crop.
pub async fn handle(
    State(gateway): State<Gateway>,
    Path((id, index)): Path<(String, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let (id, index) = match admit(&gateway, &id, &index, request.headers()).await {
        Ok(place) => place,
        Err(error) => return Err(body::refuse(request, error).await),
    };
    let png = gateway.limits.crop.read(request).await?;
    // Looked at before it is kept: what stands in the store can be verified.
    let checked = png.clone();
    match tokio::task::spawn_blocking(move || decode_crop(&checked)).await {
        Ok(Ok(_pixels)) => {}
        Ok(Err(error)) => return Err(ApiError::with_message(error.code(), error.to_string())),
        Err(error) => {
            tracing::error!(%error, "the decoder failed");
            return Err(ErrorCode::InternalError.into());
        }
    }
    let stored = gateway.store.put_crop(id, index, png, gateway.clock.now()).await?;
    let status = if stored.new { StatusCode::CREATED } else { StatusCode::OK };
    let accepted = CropAccepted {
        index,
        frames_received: stored.frames_received,
        frames_required: stored.frames_required,
    };
    Ok(reply::ok(status, accepted))
}
