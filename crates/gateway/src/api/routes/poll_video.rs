//! `GET /api/v1/{tenant}/video/detect/{submission_id}`

use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use liveness_protocol::{ErrorCode, SessionState, SubmissionStatus, SubmissionView};
use serde_json::json;
use uuid::Uuid;

use super::submit_video::{TENANT, own_tenant};
use crate::api::endpoint::{Credential, Endpoint, documented};
use crate::api::extract::Caller;
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{Answer, Content, Operation, Parameter, Tag, schema_of};
use crate::domain::clock::iso8601;
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::scopes::Scope;
use crate::domain::session::PictureKind;
use crate::store::StoreError;

const ERRORS: &[ErrorCode] = &[
    ErrorCode::InvalidKey,
    ErrorCode::InsufficientScope,
    ErrorCode::TenantMismatch,
    ErrorCode::TenantNotFound,
    ErrorCode::SubmissionNotFound,
    ErrorCode::RateLimitExceeded,
    ErrorCode::InternalError,
    ErrorCode::ServiceUnavailable,
];

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::GET,
    path: "/api/v1/{tenant}/video/detect/{submission_id}",
    credential: Credential::ServerKey,
    scope: Some(Scope::DetectionRead),
    errors: ERRORS,
    operation: Operation {
        id: "pollVideo",
        tag: Tag::Checks,
        summary: "Where a submitted video stands, and its result",
        description: "Ask every second or two. A result can be read for `--verdict-ttl`.",
        parameters: &[
            TENANT,
            Parameter {
                name: "submission_id",
                place: "path",
                description: "The submission",
                schema: || json!({ "type": "string", "format": "uuid" }),
            },
        ],
        body: None,
        answers: &[Answer {
            status: 200,
            description: "The submission",
            content: Content::Json(schema_of::<SubmissionView>),
            of_model: true,
        }],
    },
    handler: || get(handle),
};

/// Says where it stands.
pub async fn handle(
    State(gateway): State<Gateway>,
    Path((slug, id)): Path<(String, String)>,
    caller: Caller,
) -> Result<Response, ApiError> {
    look(&gateway, slug, id, &caller).await.map_err(|error| documented(ERRORS, error))
}

async fn look(
    gateway: &Gateway,
    slug: String,
    id: String,
    caller: &Caller,
) -> Result<Response, ApiError> {
    let tenant = own_tenant(gateway, caller, &slug).await?;
    let unknown = || ApiError::new(ErrorCode::SubmissionNotFound);
    let id = Uuid::try_parse(&id).map_err(|_| unknown())?;
    let submission =
        gateway.store.get(id, gateway.clock.now()).await.map_err(|error| match error {
            StoreError::NotFound => unknown(),
            error => error.into(),
        })?;
    let terms = submission.terms;
    if terms.tenant != tenant || !matches!(terms.kind, PictureKind::Video(_)) {
        return Err(unknown());
    }
    let (status, failure) = match submission.state {
        SessionState::Open => (SubmissionStatus::Pending, None),
        SessionState::Verifying => (SubmissionStatus::Processing, None),
        SessionState::Complete => (SubmissionStatus::Completed, None),
        SessionState::Failed => (SubmissionStatus::Failed, submission.failure),
        SessionState::Expired => (SubmissionStatus::Failed, Some(ErrorCode::SessionExpired)),
    };
    let message = match (status, failure) {
        (SubmissionStatus::Pending, _) => "Waiting to be processed.".to_owned(),
        (SubmissionStatus::Processing, _) => "Being processed.".to_owned(),
        (SubmissionStatus::Completed, _) => "Processing complete.".to_owned(),
        (SubmissionStatus::Failed, code) => {
            let why = code.map_or("", ErrorCode::description);
            format!("Processing failed. {why}")
        }
    };
    let metadata = terms.metadata.as_ref().map(Metadata::to_value);
    let (result, notices) = match submission.reply {
        Some(mut reply) => {
            reply.verdict.tenant_metadata = metadata.clone();
            (Some(reply.verdict), reply.notices)
        }
        None => (None, terms.notices()),
    };
    let view = SubmissionView {
        submission_id: id.to_string(),
        tenant: slug,
        status,
        result,
        tenant_metadata: metadata,
        message: Some(message),
        error: failure.map(|code| code.to_string()),
        created_at: iso8601(terms.created_at),
        completed_at: submission.ended_at.map(iso8601),
    };
    Ok(reply::ok_with_notices(StatusCode::OK, view, &notices))
}
