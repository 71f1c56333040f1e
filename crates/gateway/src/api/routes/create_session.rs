//! `POST /api/v1/sessions`

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::post;
use liveness_protocol::{ErrorCode, OpenSessionRequest, SessionCreated};
use uuid::Uuid;

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::extract::{self, Caller};
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{
    Answer, Content, MODEL_VERSION, Operation, RequestBody, Tag, schema_of,
};
use crate::domain::audit::By;
use crate::domain::check::ModelNotices;
use crate::domain::clock::iso8601;
use crate::domain::error::ApiError;
use crate::domain::models;
use crate::domain::scopes::Scope;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::statements;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/sessions",
    credential: Credential::KeyIfAny,
    scope: Some(Scope::SessionWrite),
    errors: &[
        ErrorCode::MissingField,
        ErrorCode::ValidationError,
        ErrorCode::UnknownModel,
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientScope,
        ErrorCode::OriginNotAllowed,
        ErrorCode::RequestTimeout,
        ErrorCode::PayloadTooLarge,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::TooManySessions,
    ],
    operation: Operation {
        id: "createSession",
        tag: Tag::Sessions,
        summary: "Open a session",
        description: "A session takes one of the gateway's places (`--max-sessions`) only from its first crop on, so there is always room for it. Only a `reference` needs the server key or an API key; what is in `Authorization` besides is not looked at.",
        parameters: &[MODEL_VERSION],
        body: Some(RequestBody {
            required: false,
            description: "",
            content: Content::Json(schema_of::<OpenSessionRequest>),
            limit: |limits| limits.json,
        }),
        answers: &[Answer {
            status: 201,
            description: "Opened",
            content: Content::Json(schema_of::<SessionCreated>),
            of_model: true,
        }],
    },
    handler: || post(handle),
};

/// Opens a session. It counts towards the gateway's sessions only once it has a crop.
///
/// Anybody may, and what they send in `Authorization` is not looked at unless it is a key: then the session is its
/// tenant's. Only a reference needs one.
pub async fn handle(
    State(gateway): State<Gateway>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers().clone();
    let OpenSessionRequest { session: body, reference } =
        gateway.limits.json.read_json(request, &gateway.bodies).await?;
    if let Some(reference) = &reference {
        if caller.holder.is_none() {
            return Err(ApiError::with_message(
                ErrorCode::InvalidKey,
                "A reference is only taken with a key.",
            ));
        }
        statements::check_reference(reference)?;
    }
    let choice = models::read_choice(
        extract::model_version(&headers)?,
        body.model,
        body.frame_count,
        &gateway.default_model,
    )?;
    let asked = models::resolve(&choice)?;
    let runs = gateway.backend.runs(&asked).ok_or_else(|| models::cannot_run(&asked))?;
    let now = gateway.clock.now();
    let terms = SessionTerms {
        id: Uuid::new_v4(),
        tenant: caller.tenant(),
        kind: PictureKind::Crops,
        model: runs,
        choice,
        frames_required: asked.min_frames,
        needs_fps: asked.needs_fps,
        source: body.source.unwrap_or_default(),
        reference,
        expires_at: now + gateway.ttl_ms,
    };
    let created = SessionCreated {
        session_id: terms.id.to_string(),
        token: gateway.tokens.issue(terms.id, terms.expires_at + gateway.token_grace_ms),
        model: terms.model.clone(),
        frames_required: terms.frames_required,
        ttl_seconds: gateway.ttl_ms / 1000,
        expires_at: iso8601(terms.expires_at),
    };
    let by = caller.holder.as_ref().map(|holder| By::holder(holder, now));
    gateway.store.create(terms, by, now).await?;
    let notices = ModelNotices::of_model(&asked, &created.model);
    Ok(reply::ok_with_notices(StatusCode::CREATED, created, &notices))
}
