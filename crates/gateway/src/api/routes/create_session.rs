//! `POST /api/v1/sessions`

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::post;
use liveness_protocol::{ErrorCode, ModelChoice, OpenSessionRequest, SessionCreated, Source};
use uuid::Uuid;

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::extract::{self, Caller};
use crate::api::gateway::{Gateway, require_schema};
use crate::api::http::reply;
use crate::api::openapi::operation::{
    Answer, Content, IDEMPOTENCY_KEY, MODEL_VERSION, Operation, RequestBody, Tag, schema_of,
};
use crate::api::refusal::Refusal;
use crate::domain::audience::Audience;
use crate::domain::audit::By;
use crate::domain::check::ModelNotices;
use crate::domain::clock::iso8601;
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::models::{self, ResolvedModel};
use crate::domain::origins::{OriginFault, OriginPattern};
use crate::domain::route::Routing;
use crate::domain::scopes::Scope;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::statements;
use crate::domain::tenants::TenantId;
use crate::store::StoreError;

/// The header that a back end repeats a request with.
const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";

/// The most characters in it.
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/sessions",
    credential: Credential::KeyIfAny,
    scope: Some(Scope::SessionWrite),
    errors: &[
        ErrorCode::MissingField,
        ErrorCode::ValidationError,
        ErrorCode::InvalidMetadata,
        ErrorCode::UnknownModel,
        ErrorCode::InvalidKey,
        ErrorCode::AccountSuspended,
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
        description: "A session takes one of the gateway's places (`--max-sessions`) only from its first crop on, so there is always room for it. Only `reference`, `allowed_origin` and `metadata` need a key; what is in `Authorization` besides is not looked at.",
        parameters: &[MODEL_VERSION, IDEMPOTENCY_KEY],
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
/// tenant's. Only what a back end says of it needs one. With an `Idempotency-Key` as well, a request that is repeated is
/// answered with the session that it has opened.
pub async fn handle(
    State(gateway): State<Gateway>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let headers = request.headers().clone();
    let mut body: OpenSessionRequest =
        gateway.limits.json.read_json(request, &gateway.bodies).await?;
    let routing = gateway.routing(&caller.tenant()).await?;
    let choice = models::read_choice(
        extract::model_version(&headers)?,
        body.session.model.take(),
        body.session.frame_count,
        &gateway.default_model,
    )?;
    let asked = models::resolve(&choice)?;
    let runs = routing.route(Some(&asked))?.runs(&asked)?;
    let notices = ModelNotices::of_model(&asked, &runs);
    let model = (choice, asked, runs);
    let opened = open(&gateway, &routing, &caller, &headers, body, model).await;
    let created = opened.map_err(|error| Refusal::of_model(error, notices.clone()))?;
    Ok(reply::ok_with_notices(StatusCode::CREATED, created, &notices))
}

/// Opens a session of a model: what was asked for, what that is, and what runs.
async fn open(
    gateway: &Gateway,
    routing: &Routing,
    caller: &Caller,
    headers: &HeaderMap,
    body: OpenSessionRequest,
    (choice, asked, runs): (ModelChoice, ResolvedModel, String),
) -> Result<SessionCreated, ApiError> {
    let OpenSessionRequest { session: body, reference, metadata, allowed_origin } = body;
    let with_key = |what: &str| match &caller.holder {
        Some(_) => Ok(()),
        None => {
            let message = format!("{what} is only taken with a key.");
            Err(ApiError::with_message(ErrorCode::InvalidKey, message))
        }
    };
    if let Some(reference) = &reference {
        with_key("A reference")?;
        statements::check_reference(reference)?;
    }
    let audience = match allowed_origin {
        Some(origin) => {
            with_key("An allowed_origin")?;
            Audience::Pages(admitted(gateway, &caller.tenant(), &origin).await?)
        }
        None => Audience::Tenant(caller.tenant()),
    };
    if metadata.is_some() {
        with_key("metadata")?;
    }
    let metadata = Metadata::of_request(metadata.as_ref())?;
    routing.admit_new()?;
    require_schema(routing, metadata.as_ref()).await?;
    let now = gateway.clock.now();
    let repeats = idempotency_key(headers)?.filter(|_| caller.holder.is_some());
    let terms = SessionTerms {
        id: match repeats {
            Some(key) => repeated_id(gateway, &caller.tenant(), &audience, key).await?,
            None => Uuid::new_v4(),
        },
        tenant: caller.tenant(),
        sharer: caller.sharer(&gateway.tokens),
        kind: PictureKind::Crops,
        model: runs,
        choice,
        frames_required: asked.min_frames,
        needs_fps: asked.needs_fps,
        // These are captures: a file is what says that it is one.
        source: body.source.unwrap_or(Source::Live),
        reference,
        metadata,
        created_at: now,
        expires_at: now + gateway.ttl_ms,
        extendable_to: now + gateway.ttl_ms + gateway.token_grace_ms,
    };
    let by = caller.holder.as_ref().map(|holder| By::holder(holder, now));
    let opened = match gateway.store.create(terms.clone(), by, now).await {
        Err(StoreError::Exists) if repeats.is_some() => {
            let opened = gateway.store.get(terms.id, now).await?.terms;
            if (SessionTerms {
                // One of an earlier version has none.
                sharer: opened.sharer.clone(),
                created_at: opened.created_at,
                expires_at: opened.expires_at,
                extendable_to: opened.extendable_to,
                ..terms
            }) != opened
            {
                return Err(ApiError::with_message(
                    ErrorCode::ValidationError,
                    "This Idempotency-Key has opened a session on other terms.",
                ));
            }
            opened
        }
        created => created.map(|()| terms)?,
    };
    Ok(SessionCreated {
        session_id: opened.id.to_string(),
        token: gateway.tokens.issue(opened.id, &audience, opened.extendable_to),
        model: opened.model,
        frames_required: opened.frames_required,
        ttl_seconds: opened.expires_at.saturating_sub(now) / 1000,
        expires_at: iso8601(opened.expires_at),
    })
}

/// The id of the session that belongs to an `Idempotency-Key`: that of one which it has opened under the secret before, for as
/// long as that is kept.
///
/// # Errors
/// `too_many_sessions` if the store does not work.
async fn repeated_id(
    gateway: &Gateway,
    tenant: &TenantId,
    audience: &Audience,
    key: &str,
) -> Result<Uuid, ApiError> {
    if let Some(previous) = gateway.tokens.previous_session_id(tenant, audience, key) {
        match gateway.store.get(previous, gateway.clock.now()).await {
            Err(StoreError::NotFound) => {}
            kept => return Ok(kept.map(|_| previous)?),
        }
    }
    Ok(gateway.tokens.session_id(tenant, audience, key))
}

/// The origin whose pages a session is for, if it is one that is let in.
///
/// # Errors
/// `validation_error` for what is no origin, or none that is let in.
async fn admitted(
    gateway: &Gateway,
    tenant: &TenantId,
    origin: &str,
) -> Result<OriginPattern, ApiError> {
    let wrong = |why: String| {
        ApiError::of_field(
            ErrorCode::ValidationError,
            "allowed_origin",
            format!("allowed_origin: {why}"),
        )
    };
    let pages: OriginPattern =
        origin.parse().map_err(|fault: OriginFault| wrong(fault.to_string()))?;
    if !gateway.callers.cover(tenant, &pages).await {
        return Err(wrong("the gateway lets no page of it in for this tenant".to_owned()));
    }
    Ok(pages)
}

/// The value of `Idempotency-Key`.
///
/// # Errors
/// `validation_error` for one that is empty, long, or no plain text.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY_HEADER) else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=MAX_IDEMPOTENCY_KEY).contains(&key.len()) => Ok(Some(key)),
        _ => Err(ApiError::with_message(
            ErrorCode::ValidationError,
            format!("Idempotency-Key has to be 1 to {MAX_IDEMPOTENCY_KEY} plain characters"),
        )),
    }
}
