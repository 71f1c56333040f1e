//! `POST /api/v1/sessions/{id}/complete`

use axum::extract::{Request, State};
use axum::http::Method;
use axum::response::Response;
use axum::routing::post;
use liveness_protocol::{CompleteRequest, ErrorCode, SessionState, SessionWarning, VerdictData};

use crate::api::endpoint::{Credential, Endpoint};
use crate::api::extract::Principal;
use crate::api::gateway::Gateway;
use crate::api::http::reply;
use crate::api::openapi::operation::{
    Answer, Content, Operation, RequestBody, SESSION_ID, Tag, schema_of,
};
use crate::api::refusal::Refusal;
use crate::domain::completion::Report;
use crate::domain::error::ApiError;
use crate::domain::statements;
use crate::store::Snapshot;

/// The endpoint.
pub const ENDPOINT: Endpoint = Endpoint {
    method: Method::POST,
    path: "/api/v1/sessions/{id}/complete",
    credential: Credential::SessionToken,
    scope: None,
    errors: &[
        ErrorCode::InsufficientFrames,
        ErrorCode::MissingField,
        ErrorCode::ValidationError,
        ErrorCode::InvalidToken,
        ErrorCode::InvalidKey,
        ErrorCode::InsufficientCredits,
        ErrorCode::AccountSuspended,
        ErrorCode::InsufficientScope,
        ErrorCode::OriginNotAllowed,
        ErrorCode::SessionNotFound,
        ErrorCode::RequestTimeout,
        ErrorCode::MissingCrops,
        ErrorCode::SessionClosed,
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
        id: "completeSession",
        tag: Tag::Sessions,
        summary: "Ask for the verdict",
        description: "Idempotent: the check runs once, every call gets the same verdict. A check that was not made may be asked for again; one that may have been made and paid for is not: `verdict_lost` and `upstream_timeout` are the answer from then on.",
        parameters: &[SESSION_ID],
        body: Some(RequestBody {
            required: false,
            description: "",
            content: Content::Json(schema_of::<CompleteRequest>),
            limit: |limits| limits.json,
        }),
        answers: &[Answer {
            status: 200,
            description: "The verdict",
            content: Content::Json(schema_of::<VerdictData>),
            of_model: true,
        }],
    },
    handler: || post(handle),
};

/// Decides a session, once; from then on the answer is the same.
pub async fn handle(
    State(gateway): State<Gateway>,
    principal: Principal,
    request: Request,
) -> Result<Response, Refusal> {
    let id = principal.session();
    let report: CompleteRequest = gateway.limits.json.read_json(request, &gateway.bodies).await?;
    let session = gateway.store.get(id, gateway.clock.now()).await?;
    // A check that has ended gives the same answer whatever the report says: nothing can change it.
    if let Some(decided) = session.reply {
        return Ok(reply::verdict(*decided));
    }
    let completion = decide(&gateway, &session, report).await;
    completion.map_err(|error| Refusal::of_model(error, session.terms.notices()))
}

async fn decide(
    gateway: &Gateway,
    session: &Snapshot,
    report: CompleteRequest,
) -> Result<Response, ApiError> {
    if let Some(code) = session.failure {
        return Err(code.into());
    }
    let terms = &session.terms;
    let route = gateway.route_of(session).await?;
    let mut report = checked(report, terms.frames_required, terms.needs_fps)?;
    if session.state == SessionState::Verifying {
        // There is one verdict, whichever run is asked for: whoever waits for it waits with the others.
        report.run = session.run;
    }
    gateway.completions.complete(terms.id, report, route).await.map(reply::verdict)
}

fn checked(report: CompleteRequest, frames: u32, needs_fps: bool) -> Result<Report, ApiError> {
    let invalid = |message: &str| {
        Err(ApiError::of_field(ErrorCode::ValidationError, "timestamps_ms", message))
    };
    statements::check_fps(report.fps, needs_fps)?;
    let times = &report.timestamps_ms;
    if !times.is_empty() && times.len() != frames as usize {
        return invalid("timestamps_ms has to have one entry for each crop, or none");
    }
    if !times.iter().all(|time| time.is_finite()) || times.windows(2).any(|pair| pair[1] <= pair[0])
    {
        return invalid("timestamps_ms has to rise");
    }
    statements::check_times(times, "timestamps_ms")?;
    let warnings = statements::each_once(report.warnings.iter().filter_map(SessionWarning::text));
    statements::check_warnings(&warnings)?;
    let (run, fps) = (report.run, report.fps);
    Ok(Report { run, fps, timestamps_ms: report.timestamps_ms, warnings, ..Report::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(report: CompleteRequest, needs_fps: bool) -> Option<ErrorCode> {
        checked(report, 3, needs_fps).err().map(|error| error.code)
    }

    #[test]
    fn reports_are_checked() {
        let invalid = Some(ErrorCode::ValidationError);
        let fps = |fps| CompleteRequest { fps: Some(fps), ..Default::default() };
        for wrong in [0.0, -1.0, 120.1, f64::NAN, f64::INFINITY] {
            assert_eq!(code(fps(wrong), false), invalid, "{wrong}");
        }
        assert_eq!(code(fps(120.0), true), None);
        assert_eq!(code(CompleteRequest::default(), false), None);
        assert_eq!(code(CompleteRequest::default(), true), Some(ErrorCode::MissingField));
        let times =
            |times: &[f64]| CompleteRequest { timestamps_ms: times.to_vec(), ..Default::default() };
        assert_eq!(code(times(&[0.0, 100.0, 200.0]), false), None);
        for wrong in [
            &[0.0, 100.0][..],
            &[0.0, 100.0, 100.0],
            &[0.0, 200.0, 100.0],
            &[0.0, 1.0, f64::NAN],
            // The span is no number, or the rate.
            &[-1.7e308, 0.0, 1.7e308],
            &[0.0, 1e-310, 2e-310],
        ] {
            assert_eq!(code(times(wrong), false), invalid, "{wrong:?}");
        }
        let warnings = |different: usize, times: usize, text: &str| CompleteRequest {
            warnings: (0..different * times)
                .map(|n| SessionWarning::Text(format!("{text}{}", n % different)))
                .collect(),
            ..Default::default()
        };
        assert_eq!(code(warnings(50, 3, "w"), false), None);
        assert_eq!(code(warnings(51, 1, "w"), false), invalid);
        assert_eq!(code(warnings(1, 1, &"w".repeat(500)), false), invalid);
        let each_once = checked(warnings(2, 2, "w"), 3, false).unwrap().warnings;
        assert_eq!(each_once, ["w0", "w1"]);
    }
}
