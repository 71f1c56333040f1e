//! `POST /api/v1/fast-check-stream`, as the Moveris API documents it: whole frames, one per request. They are kept until
//! all are there, in any order; the answer to the last one carries the verdict.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use liveness_protocol::{ErrorCode, FastCheckStreamRequest, ModelChoice, Source, VerdictData};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::stated::{StatedModel, invalid, invalid_field};
use super::{Credential, Endpoint, fast_check, stated};
use crate::api::extract::Caller;
use crate::api::gateway::{Gateway, require_schema};
use crate::api::http::blocking::{self, Lane};
use crate::api::http::body::Received;
use crate::api::http::budget::Share;
use crate::api::http::{body, reply};
use crate::api::openapi::operation::{
    Answer, Content, MODEL_VERSION, Operation, RequestBody, Tag, schema_of,
};
use crate::api::refusal::Refusal;
use crate::domain::audit::By;
use crate::domain::check::{CheckReply, ModelNotices};
use crate::domain::completion::Report;
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::models::{self, ResolvedModel};
use crate::domain::pictures::frame_input;
use crate::domain::pictures::print::Print;
use crate::domain::route::Routing;
use crate::domain::scopes::Scope;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::statements;
use crate::domain::tenants::TenantId;
use crate::store::{CropKey, Picture, Snapshot, StoreError};

/// Where a frame's picture stands in the request.
const PIXELS: &str = "frame.pixels";

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/fast-check-stream",
    credential: Credential::ServerKeyIfPaid,
    scope: Some(Scope::DetectionWrite),
    errors: &[
        ErrorCode::InsufficientFrames,
        ErrorCode::MissingField,
        ErrorCode::ValidationError,
        ErrorCode::InvalidMetadata,
        ErrorCode::UnknownModel,
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientCredits,
        ErrorCode::AccountSuspended,
        ErrorCode::InsufficientScope,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::RequestTimeout,
        ErrorCode::CropConflict,
        ErrorCode::SessionExpired,
        ErrorCode::PayloadTooLarge,
        ErrorCode::RateLimitExceeded,
        ErrorCode::InternalError,
        ErrorCode::UpstreamUnavailable,
        ErrorCode::VerdictLost,
        ErrorCode::TooManySessions,
        ErrorCode::UpstreamTimeout,
    ],
    operation: Operation {
        id: "fastCheckStream",
        tag: Tag::Checks,
        summary: "One whole frame per request, in any order; the answer to the last one carries the verdict",
        description: "",
        parameters: &[MODEL_VERSION],
        body: Some(RequestBody {
            required: true,
            description: "Unknown fields are tolerated and dropped.",
            content: Content::Json(schema_of::<FastCheckStreamRequest>),
            limit: |limits| limits.frame,
        }),
        answers: &[Answer {
            status: 200,
            description: "Buffering, or the verdict",
            content: Content::Json(schema_of::<Reply>),
            of_model: true,
        }],
    },
    handler: || post(handle),
};

/// A frame that has been read, and what every frame of its session has to say alike.
struct Streamed {
    id: Uuid,
    /// The same as the client writes it.
    written_id: String,
    tenant: TenantId,
    choice: ModelChoice,
    model: ResolvedModel,
    /// The model that decides first.
    runs: String,
    source: Source,
    metadata: Option<Metadata>,
    /// The rate of all frames.
    fps: Option<f64>,
    device_intelligence: Option<Metadata>,
    index: u32,
    picture: Picture,
}

/// The answer to a frame.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "StreamReply")]
enum Reply {
    Buffering(Buffering),
    Complete(Box<Complete>),
}

/// More frames are needed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StreamBuffering")]
struct Buffering {
    #[schemars(extend("const" = BUFFERING))]
    status: &'static str,
    #[schemars(extend("format" = "uuid"))]
    session_id: String,
    /// How many frames are held.
    #[schemars(range(min = 1))]
    frames_received: u32,
    /// How many the model needs.
    #[schemars(range(min = 1))]
    frames_required: u32,
    /// How long the frames are still kept, in seconds.
    ttl_seconds: u64,
    /// Those of this frame.
    #[schemars(length(max = 50), inner(length(max = 500)))]
    warnings: Option<Vec<String>>,
}

/// The verdict, and where the session stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StreamComplete")]
struct Complete {
    #[schemars(extend("const" = COMPLETE))]
    status: &'static str,
    #[serde(flatten)]
    verdict: VerdictData,
    frames_received: u32,
    frames_required: u32,
    /// Nothing is kept of the frames: 0.
    #[schemars(extend("const" = 0))]
    ttl_seconds: u64,
    /// True.
    #[schemars(extend("const" = true))]
    available: bool,
    /// Null.
    #[schemars(extend("type" = "null"))]
    error: Option<&'static str>,
}

const BUFFERING: &str = "buffering";
const COMPLETE: &str = "complete";

/// Takes one frame, and decides with the last.
pub async fn handle(
    State(gateway): State<Gateway>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let tenant = caller.tenant();
    let routing = gateway.routing(&tenant).await?;
    let headers = request.headers().clone();
    // Its share is held until the store counts the frame.
    let Received { bytes: json, share } =
        gateway.limits.frame.read_json_bytes(request, &gateway.bodies).await?;
    let turns = Arc::clone(&gateway.frame_decoding);
    let turn = turns.acquire_owned().await.map_err(|_| ErrorCode::InternalError)?;
    let read = move || read(&routing, tenant, &headers, &json).map(|streamed| (streamed, routing));
    let (read, (share, turn)) =
        blocking::run(Lane::Picture, "reading a frame", (share, turn), || Ok(read())).await?;
    drop(turn);
    let (streamed, routing) = read?;
    let notices = ModelNotices::of_model(&streamed.model, &streamed.runs);
    let answer = take(&gateway, &routing, &caller, streamed, share).await;
    answer.map_err(|error| Refusal::of_model(error, notices))
}

/// Keeps a frame, and has its session decided if it is the last one. `share` is what its body takes of the memory for bodies.
async fn take(
    gateway: &Gateway,
    routing: &Routing,
    caller: &Caller,
    streamed: Streamed,
    share: Share,
) -> Result<Response, ApiError> {
    let Streamed { id, index, picture, .. } = &streamed;
    let (id, index) = (*id, *index);
    let key = CropKey { run: 0, index };
    let warnings = Some(picture.warnings.clone()).filter(|warnings| !warnings.is_empty());
    let session = open(gateway, routing, &streamed, caller).await?;
    let required = session.terms.frames_required;
    let route = gateway.route_of(&session).await?;
    let print = streamed.picture.print;
    let received =
        match gateway.store.put_crop(id, key, streamed.picture, gateway.clock.now()).await {
            Ok(stored) => stored.frames_received,
            // All frames are there: this is one of them again.
            Err(StoreError::Closed) => required,
            Err(error) => return Err(error.into()),
        };
    // What waits for the verdict waits without its body.
    drop(share);
    if received < required {
        let left_ms = session.terms.expires_at.saturating_sub(gateway.clock.now());
        let buffering = Reply::Buffering(Buffering {
            status: BUFFERING,
            session_id: streamed.written_id,
            frames_received: received,
            frames_required: required,
            ttl_seconds: left_ms / 1000,
            warnings,
        });
        let notices = ModelNotices::of_model(&streamed.model, &session.terms.model);
        return Ok(reply::ok_with_notices(StatusCode::OK, buffering, &notices));
    }
    let (fps, device_intelligence) = (streamed.fps, streamed.device_intelligence);
    let report = Report { fps, device_intelligence, ..Report::default() };
    let reply = gateway.completions.complete(id, report, route).await?;
    if print.is_some_and(|print| reply.had_another(index, print)) {
        return Err(StoreError::Conflict(index).into());
    }
    let CheckReply { mut verdict, notices, .. } = reply;
    verdict.session_id = streamed.written_id;
    if let Some(metadata) = &session.terms.metadata {
        verdict.tenant_metadata = Some(metadata.to_value());
    }
    let complete = Reply::Complete(Box::new(Complete {
        status: COMPLETE,
        verdict,
        frames_received: received,
        frames_required: required,
        ttl_seconds: 0,
        available: true,
        error: None,
    }));
    Ok(reply::ok_with_notices(StatusCode::OK, complete, &notices))
}

/// Reads a frame.
fn read(
    routing: &Routing,
    tenant: TenantId,
    headers: &HeaderMap,
    json: &Bytes,
) -> Result<Streamed, Refusal> {
    let request: FastCheckStreamRequest = body::parse_json(json)?;
    let id = stated::client_id(&request.session_id)?;
    let asked = stated::model(routing, headers, request.model.clone(), request.frame_count)?;
    let notices = asked.notices.clone();
    of_model(request, asked, id, tenant).map_err(|error| Refusal::of_model(error, notices))
}

/// Reads a frame of a check by this model. It is decoded before it is kept, so that whatever is in the store can be verified.
fn of_model(
    request: FastCheckStreamRequest,
    asked: StatedModel,
    id: Uuid,
    tenant: TenantId,
) -> Result<Streamed, ApiError> {
    let warnings = request.warnings.unwrap_or_default();
    statements::check_warnings(&warnings)?;
    // Their times may say it.
    statements::check_fps(request.fps, false)?;
    let StatedModel { choice, known, route, .. } = asked;
    // Nobody could say which frame is the last of an unknown model.
    let model = known.map_or_else(|| models::resolve(&choice), Ok)?;
    let runs = route.runs(&model)?;
    let frame = request.frame;
    if !frame.timestamp_ms.is_finite() {
        return Err(invalid_field("frame.timestamp_ms", "frame.timestamp_ms has to be a number"));
    }
    if frame.index >= model.min_frames {
        // In the documented words.
        let message = format!(
            "frame.index: {} exceeds maximum {} for model \"{}\"",
            frame.index,
            model.min_frames - 1,
            model.id
        );
        return Err(invalid_field("frame.index", message));
    }
    let file = fast_check::read_file(&frame, PIXELS)?;
    let decoded = frame_input::decode(&file)
        .map_err(|error| ApiError::of_field(error.code(), PIXELS, format!("{PIXELS}: {error}")))?;
    let print = Some(Print::of(decoded.pixels()));
    let near = Print::near(decoded.pixels(), decoded.width());
    let picture = Picture { file, timestamp_ms: Some(frame.timestamp_ms), warnings, print, near };
    Ok(Streamed {
        id,
        written_id: request.session_id,
        tenant,
        choice,
        model,
        runs,
        source: request.source,
        metadata: Metadata::of_request(request.metadata.as_ref())?,
        fps: request.fps,
        device_intelligence: Metadata::of_device(request.device_intelligence.as_ref()),
        index: frame.index,
        picture,
    })
}

/// The session that the frame belongs to; the first frame opens it.
async fn open(
    gateway: &Gateway,
    routing: &Routing,
    frame: &Streamed,
    caller: &Caller,
) -> Result<Snapshot, ApiError> {
    let now = gateway.clock.now();
    let known = match gateway.store.get(frame.id, now).await {
        // Not before: what has been decided, and paid for, can be asked for whatever has become of the tenant.
        Err(StoreError::NotFound) => {
            routing.route(Some(&frame.model))?.admit()?;
            require_schema(routing, frame.metadata.as_ref()).await?;
            let by = caller.holder.as_ref().map(|holder| By::holder(holder, now));
            let terms =
                SessionTerms { sharer: caller.sharer(&gateway.tokens), ..terms(gateway, frame) };
            let created = gateway.store.create(terms, by, now).await;
            // Two first frames may come at once.
            created
                .or_else(|error| if error == StoreError::Exists { Ok(()) } else { Err(error) })?;
            gateway.store.get(frame.id, now).await?
        }
        known => known?,
    };
    let terms = &known.terms;
    // A back end's streams, as its sessions, are there for whoever has a key of its tenant.
    if terms.tenant != frame.tenant || terms.is_of_key() && caller.holder.is_none() {
        return Err(ErrorCode::SessionNotFound.into());
    }
    if terms.kind != PictureKind::Frames {
        return Err(invalid_field("session_id", "session_id belongs to a session of another kind"));
    }
    if terms.choice != frame.choice || terms.source != frame.source {
        return Err(invalid(
            "model, X-Model-Version, frame_count and source have to be the same for every frame of a session",
        ));
    }
    if frame.metadata.is_some() && terms.metadata != frame.metadata {
        return Err(ApiError::with_message(
            ErrorCode::InvalidMetadata,
            "metadata has to be the same with every frame of a session that comes with it",
        ));
    }
    Ok(known)
}

fn terms(gateway: &Gateway, frame: &Streamed) -> SessionTerms {
    let (model, now) = (&frame.model, gateway.clock.now());
    SessionTerms {
        id: frame.id,
        tenant: frame.tenant.clone(),
        sharer: None,
        kind: PictureKind::Frames,
        choice: frame.choice.clone(),
        model: frame.runs.clone(),
        frames_required: model.min_frames,
        needs_fps: model.needs_fps,
        source: frame.source,
        reference: None,
        metadata: frame.metadata.clone(),
        created_at: now,
        expires_at: now + gateway.ttl_ms,
        extendable_to: now + gateway.ttl_ms + gateway.token_grace_ms,
    }
}
