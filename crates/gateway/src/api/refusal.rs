//! What a request is refused with whose model is known: the model headers are beside it, as beside any other answer.

use axum::response::{IntoResponse, Response};

use crate::backend::model_headers;
use crate::domain::check::ModelNotices;
use crate::domain::error::ApiError;

/// A failure, and what is said of the model.
#[derive(Debug)]
pub struct Refusal {
    /// The failure.
    pub error: ApiError,
    /// Of the model; nothing where it is not known.
    pub notices: Box<ModelNotices>,
}

impl<E: Into<ApiError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self { error: error.into(), notices: Box::default() }
    }
}

impl Refusal {
    /// Of a check by this model.
    pub fn of_model(error: impl Into<ApiError>, notices: ModelNotices) -> Self {
        Self { error: error.into(), notices: Box::new(notices) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.error.into_response();
        response.headers_mut().extend(model_headers::to_headers(&self.notices));
        response
    }
}
