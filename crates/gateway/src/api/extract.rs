//! What handlers take as arguments: who asks, and which model version.

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use liveness_protocol::{ErrorCode, MODEL_VERSION_HEADER};
use uuid::Uuid;

use super::endpoint::{Credential, session_id};
use super::gateway::Gateway;
use super::http::auth;
use crate::domain::error::ApiError;

/// Who asks for the session in the path, as their credential says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// The page that the session's token was given to.
    Page(Uuid),
    /// The integrator's back end, with the server key.
    BackEnd(Uuid),
}

impl Principal {
    /// The session they may touch.
    pub const fn session(self) -> Uuid {
        match self {
            Self::Page(id) | Self::BackEnd(id) => id,
        }
    }

    /// Whether it is the integrator's back end.
    pub const fn is_back_end(self) -> bool {
        matches!(self, Self::BackEnd(_))
    }
}

/// Lets a request pass that shows what its endpoint asks for, and leaves the [`Principal`] for the handler.
///
/// # Errors
/// `session_not_found` for an id that is none, `invalid_token`, `session_expired`, `invalid_key`.
pub async fn authorize(
    State((gateway, credential)): State<(Gateway, Credential)>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    // What is not even text belongs to no session.
    let params = params.map_err(|_| ApiError::new(ErrorCode::SessionNotFound))?;
    let headers = request.headers();
    let of_back_end = || auth::has_server_key(headers, gateway.server_key.as_ref());
    let session = || {
        let text = params.iter().find_map(|(name, value)| (name == "id").then_some(value));
        session_id(text.unwrap_or_default())
    };
    let of_page = |id| {
        auth::require_token(headers, &gateway.tokens, id, gateway.clock.now())?;
        Ok::<_, ApiError>(Principal::Page(id))
    };
    let principal = match credential {
        Credential::None => return Ok(next.run(request).await),
        Credential::ServerKey if of_back_end() => return Ok(next.run(request).await),
        Credential::ServerKeyIfPaid if gateway.anybody_may_check() || of_back_end() => {
            return Ok(next.run(request).await);
        }
        Credential::ServerKey | Credential::ServerKeyIfPaid => {
            return Err(ErrorCode::InvalidKey.into());
        }
        Credential::SessionTokenOrServerKey if of_back_end() => Principal::BackEnd(session()?),
        Credential::SessionTokenOrServerKey | Credential::SessionToken => of_page(session()?)?,
    };
    request.extensions_mut().insert(principal);
    Ok(next.run(request).await)
}

impl FromRequestParts<Gateway> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Gateway) -> Result<Self, ApiError> {
        // Absent only if an endpoint's row asks for no credential and its handler wants to know whose it is.
        parts.extensions.get().copied().ok_or_else(|| {
            tracing::error!(path = parts.uri.path(), "the endpoint's row asks for no credential");
            ErrorCode::InternalError.into()
        })
    }
}

/// The value of `X-Model-Version`.
///
/// # Errors
/// `validation_error` for one that is not plain text.
pub fn model_version(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let version = headers.get(MODEL_VERSION_HEADER).map(|version| version.to_str());
    version.transpose().map_err(|_| {
        ApiError::with_message(ErrorCode::ValidationError, "X-Model-Version is not plain text")
    })
}
