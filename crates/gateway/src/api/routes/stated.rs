//! What the endpoints of the documented API share: how much a check may hold, and what is said about it.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use liveness_protocol::{ErrorCode, ModelChoice};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::api::extract::{self, Caller};
use crate::api::gateway::{Gateway, require_schema};
use crate::api::http::blocking::{self, Lane};
use crate::api::http::body::{BodyLimit, Received};
use crate::api::http::budget::Share;
use crate::api::http::reply;
use crate::api::refusal::Refusal;
use crate::domain::check::{CheckRequest, ModelNotices};
use crate::domain::direct_checks::Found;
use crate::domain::error::ApiError;
use crate::domain::metadata::Metadata;
use crate::domain::models::{self, DOCUMENTED_DEFAULT, ResolvedModel};
use crate::domain::pictures::base64_text;
use crate::domain::route::{Route, Routing};
use crate::domain::runner::{CloserLook, Outcome, Step};
use crate::domain::tenants::TenantId;
use crate::domain::trace::{Trace, carry};

/// The most bytes that are read where they arrive, if nothing in them has to be inflated: that takes less time than to hand
/// them to another thread and wait for it.
const READ_AT_ONCE: usize = 1024 * 1024;

/// A `validation_error` in these words.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::with_message(ErrorCode::ValidationError, message)
}

/// The same of one of the request's fields.
pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> ApiError {
    ApiError::of_field(ErrorCode::ValidationError, field, message)
}

/// What a request says.
pub struct Stated {
    /// The check.
    pub check: CheckRequest,
    /// Where it goes.
    pub route: Route,
    /// What comes back with its verdict.
    pub metadata: Option<Metadata>,
    /// The id as the client writes it, which comes back as well.
    pub written_id: String,
    /// What is said of its model if it is refused.
    pub notices: ModelNotices,
}

/// Decides a check at once: reads the whole body within this limit, makes of it what `read` does, and runs that.
///
/// # Errors
/// Those of the body, of `read` and of the backend.
pub async fn decide(
    gateway: Gateway,
    request: Request,
    limit: BodyLimit,
    read: fn(&Routing, &HeaderMap, Bytes) -> Result<Stated, Refusal>,
) -> Result<Response, Refusal> {
    let tenant = Caller::of(&request).tenant();
    let routing = gateway.routing(&tenant).await?;
    routing.admit_new()?;
    let headers = request.headers().clone();
    let received = limit.read_json_bytes(request, &gateway.bodies).await?;
    let Received { bytes: json, share } = received;
    let quick = json.len() <= READ_AT_ONCE && !routing.may_decode();
    let read = move || read(&routing, &headers, json).map(|stated| (stated, routing));
    // The share is held to the end: the pictures take nearly as much as the text did.
    let (read, share) = if quick {
        (read(), share)
    } else {
        blocking::run(Lane::Check, "reading a check", share, || Ok(read())).await?
    };
    let (Stated { check, route, metadata, written_id, notices }, routing) = read?;
    let refused = |error: ApiError| Refusal::of_model(error, notices.clone());
    // Whoever asks again for what has been paid for needs no more credits.
    if !gateway.direct_checks.has_any(&tenant, gateway.clock.now()) {
        route.admit().map_err(|refusal| refused(refusal.into()))?;
    }
    require_schema(&routing, metadata.as_ref()).await.map_err(refused)?;
    let outcome = run(&gateway, route, check, &tenant, share).await;
    let mut reply = outcome.map_err(|error| refused(error.into()))?;
    reply.verdict.session_id = written_id;
    if let Some(metadata) = metadata {
        reply.verdict.tenant_metadata = Some(metadata.to_value());
    }
    Ok(reply::verdict(reply))
}

/// What may be paid for.
enum Paid {
    Check,
    CloserLook(Box<CloserLook>),
}

/// Runs a check to its end and settles it. What costs nothing is given up with its client. What may be paid for goes on without
/// one, or whoever leaves early would have it for nothing; the same request again is the same check. The pictures' share is held
/// as long as they are.
async fn run(
    gateway: &Gateway,
    route: Route,
    check: CheckRequest,
    tenant: &TenantId,
    share: Share,
) -> Outcome {
    let asked = check.asked(tenant);
    let (route, admitted) = route.admitting();
    let share = Arc::new(share);
    let (check, paid) = if route.capabilities().paid {
        (check, Paid::Check)
    } else {
        match gateway.runner.begin(&route, check).await {
            Step::Ended(outcome) => {
                gateway.settle(&asked, &outcome).await;
                return *outcome;
            }
            Step::Borderline(look) => (look.request.clone(), Paid::CloserLook(look)),
        }
    };
    let (begun, awaited) =
        match gateway.direct_checks.find(tenant, check, &share, gateway.clock.now()).await {
            Found::Ended(outcome) => return *outcome,
            Found::Running(awaited) => {
                drop((paid, share));
                return awaited.outcome().await;
            }
            Found::New(begun, awaited) => (begun, awaited),
        };
    if let Err(refusal) = admitted {
        let outcome: Outcome = Err(refusal.into());
        gateway.settle(&asked, &outcome).await;
        begun.ended(outcome.clone(), gateway.clock.now()).await;
        return outcome;
    }
    let gateway = gateway.clone();
    let (trace, entered) = (Trace::current(), gateway.activity.enter());
    let to_its_end = async move {
        let outcome = match paid {
            Paid::Check => gateway.runner.run(&route, begun.check()).await,
            Paid::CloserLook(look) => gateway.runner.ask(*look).await,
        };
        gateway.settle(&asked, &outcome).await;
        begun.ended(outcome, gateway.clock.now()).await;
        drop((share, entered));
    };
    tokio::spawn(carry(trace, to_its_end).in_current_span());
    awaited.outcome().await
}

/// How many pictures a request has, before any of them is read: a body has room for many small
/// pictures, each of which may decode to a large one.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// The list's name in the request.
    pub list: &'static str,
    /// Pictures.
    pub pictures: usize,
}

impl Amount {
    /// Refuses more pictures than `most`.
    ///
    /// # Errors
    /// `validation_error`.
    pub fn check(self, most: u32) -> Result<(), ApiError> {
        let Self { list, pictures } = self;
        if pictures > most as usize {
            let message = format!("{list}: at most {most} are taken, received {pictures}");
            return Err(invalid_field(list, message));
        }
        Ok(())
    }
}

/// The session's id, which the client has made.
///
/// # Errors
/// `validation_error` unless it is a UUID.
pub fn client_id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::try_parse(text).map_err(|_| invalid_field("session_id", "session_id has to be a UUID"))
}

/// Which model is asked for.
pub struct StatedModel {
    /// As it was asked for, in either flow.
    pub choice: ModelChoice,
    /// What it stands for: nothing for one that only the upstream may know.
    pub known: Option<ResolvedModel>,
    /// Where its check goes.
    pub route: Route,
    /// What is said of it if its check is refused.
    pub notices: ModelNotices,
}

/// Which model is asked for, and where its check goes.
///
/// # Errors
/// `unknown_model`, `missing_field`, `validation_error`; `internal_error` where its engine is not there.
pub fn model(
    routing: &Routing,
    headers: &HeaderMap,
    id: Option<String>,
    frame_count: Option<u32>,
) -> Result<StatedModel, ApiError> {
    let choice =
        models::read_choice(extract::model_version(headers)?, id, frame_count, DOCUMENTED_DEFAULT)?;
    let known = models::resolve(&choice);
    let route = routing.route(known.as_ref().ok())?;
    let known = match known {
        // The upstream may know models that our registry does not.
        Err(_) if route.capabilities().knows_other_models => None,
        known => Some(known?),
    };
    let runs = known.as_ref().and_then(|known| Some((known, route.runs(known).ok()?)));
    let notices = runs.map(|(known, runs)| ModelNotices::of_model(known, &runs));
    Ok(StatedModel { choice, known, route, notices: notices.unwrap_or_default() })
}

/// Refuses fewer pictures than the model needs.
///
/// # Errors
/// `insufficient_frames`, in the documented words.
pub fn enough(known: &ResolvedModel, received: usize) -> Result<(), ApiError> {
    if received >= known.min_frames as usize {
        return Ok(());
    }
    let message = format!(
        "Insufficient frames. Model \"{}\" requires {} frames, received {received}.",
        known.id, known.min_frames
    );
    Err(ApiError::with_message(ErrorCode::InsufficientFrames, message))
}

/// A picture's bytes, from base64 with or without a `data:` prefix.
pub fn file(pixels: &str) -> Option<Vec<u8>> {
    base64_text::decode(liveness_protocol::check::strip_data_url(pixels.trim_ascii()))
}

/// Sorts pictures by index.
///
/// # Errors
/// `validation_error` if one is given twice.
pub fn in_order<T>(
    list: &'static str,
    pictures: &mut [T],
    index: impl Fn(&T) -> u32,
) -> Result<(), ApiError> {
    pictures.sort_by_key(&index);
    match pictures.windows(2).find(|pair| index(&pair[0]) == index(&pair[1])) {
        Some(pair) => {
            let message = format!("{list}: index {} is given twice", index(&pair[0]));
            Err(invalid_field(list, message))
        }
        None => Ok(()),
    }
}
