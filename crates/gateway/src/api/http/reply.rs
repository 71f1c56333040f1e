//! Successful answers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use liveness_protocol::Envelope;
use serde::Serialize;

use crate::backend::model_headers;
use crate::domain::check::{CheckReply, ModelNotices};

/// `data` in the envelope.
pub fn ok<T: Serialize>(status: StatusCode, data: T) -> Response {
    (status, Json(Envelope::ok(data))).into_response()
}

/// The same with the model headers.
pub fn ok_with_notices<T: Serialize>(
    status: StatusCode,
    data: T,
    notices: &ModelNotices,
) -> Response {
    (status, model_headers::to_headers(notices), Json(Envelope::ok(data))).into_response()
}

/// A verdict with its model headers.
pub fn verdict(reply: CheckReply) -> Response {
    ok_with_notices(StatusCode::OK, reply.verdict, &reply.notices)
}
