//! `POST /api/v1/{tenant}/video/detect`, as the Moveris API documents it: a video is taken now and checked later.

use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::post;
use bytes::{Bytes, BytesMut};
use liveness_protocol::{
    ErrorCode, ModelChoice, Source, SubmissionAccepted, SubmissionForm, SubmissionStatus,
};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;

use crate::api::endpoint::{Credential, Endpoint, documented};
use crate::api::extract::Caller;
use crate::api::gateway::{Gateway, require_schema};
use crate::api::http::form::{VideoForm, invalid};
use crate::api::http::reply;
use crate::api::openapi::operation::{
    Answer, Content, Operation, Parameter, RequestBody, Tag, schema_of,
};
use crate::api::refusal::Refusal;
use crate::domain::audit::By;
use crate::domain::check::ModelNotices;
use crate::domain::clock::iso8601;
use crate::domain::completion::until_kept;
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::models;
use crate::domain::route::{RouteError, Routing};
use crate::domain::scopes::Scope;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::tenants::{TenantId, TenantRefusal};
use crate::domain::video::format::{HEAD, VideoFormat};
use crate::domain::video::queue::WAIT_MS;
use crate::domain::video::sent_file::SentFile;
use crate::store::{CropKey, Picture};

/// The model of a submission that names none.
const DEFAULT_MODEL: &str = "mixed-10-v2";

/// How much of a video is kept, and read, at once.
const PART: usize = 1024 * 1024;

/// When to come back to a queue that is full.
const BACK_LATER: Duration = Duration::from_secs(10);

/// The tenant in a path.
pub const TENANT: Parameter = Parameter {
    name: "tenant",
    place: "path",
    description: "The key's tenant",
    schema: || json!({ "type": "string" }),
};

const ERRORS: &[ErrorCode] = &[
    ErrorCode::InvalidVideoInput,
    ErrorCode::InvalidMetadata,
    ErrorCode::InvalidKey,
    ErrorCode::InsufficientCredits,
    ErrorCode::AccountSuspended,
    ErrorCode::InsufficientScope,
    ErrorCode::TenantMismatch,
    ErrorCode::OriginNotAllowed,
    ErrorCode::TenantNotFound,
    ErrorCode::RequestTimeout,
    ErrorCode::PayloadTooLarge,
    ErrorCode::RateLimitExceeded,
    ErrorCode::InternalError,
    ErrorCode::ServiceUnavailable,
];

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/{tenant}/video/detect",
    credential: Credential::ServerKey,
    scope: Some(Scope::DetectionWrite),
    errors: ERRORS,
    operation: Operation {
        id: "submitVideo",
        tag: Tag::Checks,
        summary: "Submit a video, to be checked later",
        description: "The video is kept until it has a verdict, also when the gateway ends meanwhile. Its frames are checked as those of `fast-check` are.",
        parameters: &[TENANT],
        body: Some(RequestBody {
            required: true,
            description: "`--max-video-megabytes` for the file.",
            content: Content::Form(schema_of::<SubmissionForm>),
            limit: |limits| limits.video,
        }),
        answers: &[Answer {
            status: 201,
            description: "Taken",
            content: Content::Json(schema_of::<SubmissionAccepted>),
            of_model: true,
        }],
    },
    handler: || post(handle),
};

/// The tenant in the path, if it is the caller's.
///
/// # Errors
/// `tenant_mismatch` for any other, whether there is one or not: only the holder of the server key is told which there are.
pub async fn own_tenant(
    gateway: &Gateway,
    caller: &Caller,
    slug: &str,
) -> Result<TenantId, ApiError> {
    let own = caller.tenant();
    if own.as_str() == slug {
        return Ok(own);
    }
    let is_operator = caller.holder.as_ref().is_some_and(|holder| holder.key.is_none());
    if is_operator {
        let known = match slug.parse::<TenantId>() {
            Ok(id) => gateway.tenants.tenant(&id).await?.is_some(),
            Err(_) => false,
        };
        if !known {
            return Err(ErrorCode::TenantNotFound.into());
        }
    }
    Err(ErrorCode::TenantMismatch.into())
}

/// Takes a video.
pub async fn handle(
    State(gateway): State<Gateway>,
    Path(slug): Path<String>,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    submit(gateway, slug, caller, request).await.map_err(|refusal| Refusal {
        error: documented(ERRORS, refusal.error),
        notices: refusal.notices,
    })
}

async fn submit(
    gateway: Gateway,
    slug: String,
    caller: Caller,
    request: Request,
) -> Result<Response, Refusal> {
    let tenant = own_tenant(&gateway, &caller, &slug).await?;
    if !gateway.videos.are_taken() {
        let message = "Videos are not taken here: the gateway has no ffmpeg (--ffmpeg).";
        let refused = ApiError::with_message(ErrorCode::ServiceUnavailable, message);
        return Err(ApiError { lasting: true, ..refused }.into());
    }
    let routing = gateway.routing(&tenant).await?;
    routing.admit_new()?;
    let most = gateway.max_waiting_videos;
    let waiting = gateway.store.videos(most).await?;
    let own = waiting.iter().filter(|video| video.tenant == tenant).count();
    // Until it is in the store an upload takes a place as well.
    let place = gateway.uploads.take_of(most, &tenant, (own, waiting.len()));
    let _place = place.ok_or_else(full)?;
    // A part of it, as it is passed on.
    let mut share = gateway.bodies.share(caller.sharer(&gateway.tokens));
    if !share.grow(2 * PART) {
        return Err(full().into());
    }
    let mut form = VideoForm::read(request, gateway.limits.video).await?;
    let model = model(&routing, form.model.take())?;
    let notices = model.notices.clone();
    let taken = take(&gateway, &routing, (slug, tenant), &caller, form, model).await;
    let accepted = taken.map_err(|error| Refusal::of_model(error, notices.clone()))?;
    Ok(reply::ok_with_notices(StatusCode::CREATED, accepted, &notices))
}

/// Takes a video that is to be checked by this model, of this tenant.
async fn take(
    gateway: &Gateway,
    routing: &Routing,
    (slug, tenant): (String, TenantId),
    caller: &Caller,
    form: VideoForm,
    model: Asked,
) -> Result<SubmissionAccepted, ApiError> {
    model.admitted?;
    let metadata = form.metadata.as_deref().map(Metadata::read).transpose()?;
    require_schema(routing, metadata.as_ref()).await?;
    let sent = match (form.file, form.url) {
        (Some(_), Some(_)) => {
            return Err(invalid("either video_file or video_url has to be given, not both"));
        }
        (None, Some(url)) => gateway.fetcher.fetch(&url).await?,
        (None, None) => return Err(invalid("video_file is missing")),
        (Some(sent), None) => sent,
    };
    let (mut sent, format, first) = video(sent).await?;
    let now = gateway.clock.now();
    let terms = SessionTerms {
        id: Uuid::new_v4(),
        tenant,
        sharer: caller.sharer(&gateway.tokens),
        kind: PictureKind::Video(format),
        choice: model.choice,
        model: model.runs,
        frames_required: sent.bytes.div_ceil(PART) as u32,
        needs_fps: model.needs_fps,
        source: Source::Media,
        reference: None,
        metadata,
        created_at: now,
        expires_at: now + WAIT_MS,
        extendable_to: now + WAIT_MS,
    };
    let accepted = SubmissionAccepted {
        submission_id: terms.id.to_string(),
        tenant: slug,
        status: SubmissionStatus::Pending,
        model: terms.model.clone(),
        message: "Video submitted for processing. Poll the status endpoint for results.".to_owned(),
        tenant_metadata: terms.metadata.as_ref().map(Metadata::to_value),
        created_at: iso8601(now),
    };
    let id = terms.id;
    let by = caller.holder.as_ref().map(|holder| By::holder(holder, now));
    let half = Half(Some((gateway.clone(), id)));
    gateway.store.create(terms, by, now).await?;
    keep(gateway, id, &mut sent, first).await?;
    half.completed();
    gateway.videos.ring();
    Ok(accepted)
}

/// A video of which not all is kept: what is kept of it is given back on drop, so also when the client leaves and the request's
/// future with it.
struct Half(Option<(Gateway, Uuid)>);

impl Half {
    fn completed(mut self) {
        self.0 = None;
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        let Some((gateway, id)) = self.0.take() else { return };
        // The gateway does not stop before.
        let under_way = gateway.activity.enter();
        tokio::spawn(async move {
            // Whose client has been refused might be checked all the same, and paid for.
            until_kept(|| gateway.store.discard(id, gateway.clock.now())).await.ok();
            drop(under_way);
        });
    }
}

/// The video that was sent, what it is, and its first bytes.
async fn video(mut sent: SentFile) -> Result<(SentFile, VideoFormat, Bytes), ApiError> {
    let named = VideoFormat::of_name(&sent.name)
        .ok_or_else(|| invalid("the file's name has to end in mp4, avi, mov, webm or mkv"))?;
    let first = part(&mut sent).await?;
    if VideoFormat::of_content(&first[..HEAD.min(first.len())]) != Some(named) {
        return Err(invalid("the file is not the video that its name says it is"));
    }
    Ok((sent, named, first))
}

/// The model that is asked for.
struct Asked {
    choice: ModelChoice,
    /// The id of what runs.
    runs: String,
    needs_fps: bool,
    notices: ModelNotices,
    /// Whether the tenant may have a check by it.
    admitted: Result<(), TenantRefusal>,
}

fn model(routing: &Routing, asked: Option<String>) -> Result<Asked, ApiError> {
    let choice = ModelChoice::Id(asked.unwrap_or_else(|| DEFAULT_MODEL.to_owned()));
    let asked = models::resolve(&choice).map_err(|error| invalid(error.message))?;
    let route = routing.route(Some(&asked)).map_err(|error| match error {
        RouteError::CannotRun(_) => invalid(error.to_string()),
        error => error.into(),
    })?;
    let runs = route.runs(&asked)?;
    let (needs_fps, notices) = (asked.needs_fps, ModelNotices::of_model(&asked, &runs));
    Ok(Asked { choice, runs, needs_fps, notices, admitted: route.admit() })
}

/// The next part of the file; empty at its end.
async fn part(sent: &mut SentFile) -> Result<Bytes, ApiError> {
    let mut part = BytesMut::with_capacity(PART);
    while part.len() < PART {
        let mut rest = (&mut sent.file).take((PART - part.len()) as u64);
        let read = rest.read_buf(&mut part).await.map_err(|error| {
            tracing::error!(%error, "a video cannot be read from its temporary file");
            ApiError::new(ErrorCode::ServiceUnavailable)
        })?;
        if read == 0 {
            break;
        }
    }
    Ok(part.freeze())
}

async fn keep(
    gateway: &Gateway,
    id: Uuid,
    sent: &mut SentFile,
    mut next: Bytes,
) -> Result<(), ApiError> {
    let mut index = 0;
    while !next.is_empty() {
        let (key, now) = (CropKey { run: 0, index }, gateway.clock.now());
        gateway.store.put_crop(id, key, Picture::from(next), now).await?;
        index += 1;
        next = part(sent).await?;
    }
    Ok(())
}

fn full() -> ApiError {
    let message =
        "As many videos wait as may, of all tenants or of this one. Try again in a moment.";
    ApiError::with_message(ErrorCode::ServiceUnavailable, message).retry_after(Some(BACK_LATER))
}
