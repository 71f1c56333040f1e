//! What an answer of the Moveris API means for a check that may have been paid for.
//!
//! One rule decides: a check is made again only if it certainly was not made before. Whoever answers 408,
//! 429 or 503 did not make it, and neither did the API when its envelope names a code that may be sent
//! again. After any other 5xx, or a success that cannot be read, nobody can tell.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, header};
use liveness_protocol::check::MAX_WARNINGS;
use liveness_protocol::{
    Envelope, EnvelopeError, ErrorCode, VerdictData, parse_retry_after, status_turns_away,
};

use serde::de::IgnoredAny;

use super::{BackendError, model_headers};
use crate::domain::check::CheckReply;
use crate::domain::visible::is_visible;

/// The longest `Retry-After` that is passed on.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The most characters of a message that are passed on.
const MAX_WORDS: usize = 300;

/// The most of what is said of fields that is passed on.
const MAX_FIELDS: usize = 20;

/// The most characters that are kept of one of a verdict's texts.
const MAX_TEXT: usize = 1000;

/// What one request came to.
#[derive(Debug)]
pub enum Attempt {
    /// The verdict.
    Verdict(Box<CheckReply>),
    /// Another attempt is of no use, or not allowed.
    Failed(BackendError),
    /// The check was not made; another attempt may succeed. If none is left, this is the error.
    NotMade {
        /// What the caller is told then.
        error: BackendError,
        /// What the upstream's `Retry-After` says, in milliseconds.
        retry_after_ms: Option<f64>,
        /// For the log.
        why: String,
    },
}

/// An answer whose body has arrived whole and decoded.
#[derive(Debug, Clone, Copy)]
pub struct UpstreamAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
}

impl UpstreamAnswer<'_> {
    /// Reads the answer to the check of `session_id`. `conceal` takes secrets out of the upstream's words;
    /// `now` counts only for a `Retry-After` date that comes without a `Date`.
    pub fn read(
        self,
        session_id: &str,
        now: SystemTime,
        conceal: impl Fn(&str) -> String,
    ) -> Attempt {
        let status = self.status;
        let redact = |message: &str| one_line(&conceal(message));
        let failure = match Envelope::<VerdictData>::payload(status, self.body) {
            Ok(verdict) if verdict.session_id.eq_ignore_ascii_case(session_id) => {
                let notices = model_headers::from_headers(self.headers, &conceal);
                let verdict = bounded(verdict, &conceal);
                return Attempt::Verdict(Box::new(CheckReply::new(verdict, notices)));
            }
            Ok(_) => {
                tracing::error!("the upstream answered for another session");
                return Attempt::Failed(BackendError::Lost);
            }
            Err(failure) => failure,
        };
        match failure {
            // The JSON error may quote the answer, so it is kept out of the log.
            EnvelopeError::Malformed(_) => {
                tracing::error!(status, "the upstream's answer is not the documented JSON");
                Attempt::Failed(BackendError::Lost)
            }
            EnvelopeError::Foreign { status: 429 } => {
                self.not_made(ErrorCode::RateLimitExceeded, now)
            }
            EnvelopeError::Foreign { status: 408 | 503 } => {
                self.not_made(ErrorCode::UpstreamUnavailable, now)
            }
            EnvelopeError::Foreign { status: 500..=599 } => {
                tracing::error!(status, "something between here and the upstream has answered");
                Attempt::Failed(BackendError::Lost)
            }
            // Whatever a proxy or a firewall means by its 401 or 403, it says nothing about the account.
            EnvelopeError::Foreign { .. } => {
                tracing::error!(status, "something between here and the upstream has refused");
                Attempt::Failed(BackendError::Unavailable)
            }
            EnvelopeError::Unlisted { key, message, .. } => {
                let message = redact(&message);
                tracing::error!(
                    status,
                    code = redact(&key),
                    message,
                    "the upstream's code is not documented"
                );
                // A success with a failure in it may have cost something.
                let made = (200..300).contains(&status);
                Attempt::Failed(if made { BackendError::Lost } else { BackendError::Unavailable })
            }
            EnvelopeError::Failed { code, named: false, message }
                if status >= 500 && !status_turns_away(status) =>
            {
                let message = redact(&message);
                tracing::error!(status, meaning = %code, message, "the upstream has failed without a known code");
                Attempt::Failed(BackendError::Lost)
            }
            EnvelopeError::Failed { code, .. } if code.again() => self.not_made(code, now),
            EnvelopeError::Failed { code, message, .. } => {
                refused(status, code, &redact(&message), || fields(self.body, redact))
            }
        }
    }

    fn not_made(self, code: ErrorCode, now: SystemTime) -> Attempt {
        let retry_after_ms = retry_after_ms(self.headers, now);
        let error = match code {
            ErrorCode::RateLimitExceeded => {
                BackendError::Busy { retry_after: retry_after_ms.map(duration_of_ms) }
            }
            _ => BackendError::Unavailable,
        };
        Attempt::NotMade { error, retry_after_ms, why: format!("status {}, {code}", self.status) }
    }
}

/// The verdict with its numbers in the documented ranges, and its texts as long as somebody may want to read.
fn bounded(verdict: VerdictData, conceal: impl Fn(&str) -> String) -> VerdictData {
    let short = |text: &str| conceal(text).chars().take(MAX_TEXT).collect::<String>();
    let bounded = VerdictData {
        confidence: verdict.confidence.map(|confidence| confidence.clamp(0.0, 1.0)),
        real_score: verdict.real_score.clamp(0.0, 1.0),
        score: verdict.score.clamp(0.0, 100.0),
        model: verdict.model.as_deref().map(&short),
        input_source: verdict.input_source.as_deref().map(&short),
        warning: verdict.warning.as_deref().map(&short),
        warnings: verdict.warnings.as_ref().map(|warnings| {
            warnings.iter().take(MAX_WARNINGS).map(|warning| short(warning)).collect()
        }),
        created_at: verdict.created_at.as_deref().map(&short),
        // It is told none: what a back end has attached is added here.
        tenant_metadata: None,
        ..verdict.clone()
    };
    if bounded != verdict {
        tracing::warn!(
            "the upstream's verdict has a number out of its range, a text without end, or our key in it"
        );
    }
    bounded
}

/// Words for a line of the log, and of an answer.
fn one_line(words: &str) -> String {
    let plain = |letter: char| if is_visible(letter) { letter } else { ' ' };
    words.chars().map(plain).take(MAX_WORDS).collect()
}

/// What a failure says of the request's fields: those entries of `errors` that are named after no code.
fn fields(body: &[u8], redact: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let envelope = serde_json::from_slice::<Envelope<IgnoredAny>>(body);
    let entries = envelope.map(|envelope| envelope.errors).unwrap_or_default();
    let said = entries.iter().flatten().filter(|(field, _)| ErrorCode::from_code(field).is_none());
    said.flat_map(|(field, said)| said.iter().map(|why| (redact(field), redact(why))))
        .take(MAX_FIELDS)
        .collect()
}

/// A failure that another attempt would not change, or must not follow.
fn refused(
    status: u16,
    code: ErrorCode,
    message: &str,
    fields: impl FnOnce() -> Vec<(String, String)>,
) -> Attempt {
    Attempt::Failed(match code {
        ErrorCode::InvalidKey
        | ErrorCode::InsufficientScope
        | ErrorCode::InsufficientCredits
        | ErrorCode::AccountSuspended => {
            tracing::error!(status, %code, message, "the upstream refuses this gateway's account");
            BackendError::Account(code)
        }
        // What concerns the request itself is for whoever made it.
        ErrorCode::InsufficientFrames | ErrorCode::MissingField | ErrorCode::ValidationError
            if status == 400 =>
        {
            BackendError::Rejected { code, message: message.to_owned(), fields: fields() }
        }
        ErrorCode::UpstreamTimeout => {
            tracing::error!(status, message, "the upstream had no verdict in time");
            BackendError::Timeout
        }
        ErrorCode::VerdictLost => {
            tracing::error!(status, message, "the upstream has lost the verdict");
            BackendError::Lost
        }
        _ => {
            tracing::error!(status, %code, message, "the upstream gives an answer that is not documented");
            BackendError::Unavailable
        }
    })
}

/// Milliseconds as a duration; what is too long for one counts as very long.
pub fn duration_of_ms(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

/// `Retry-After` in milliseconds from now. A date is measured against the answer's own `Date`.
fn retry_after_ms(headers: &HeaderMap, now: SystemTime) -> Option<f64> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let unix_ms = |at: SystemTime| {
        at.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64() * 1000.0)
    };
    let parse_date = |date: &str| httpdate::parse_http_date(date).ok().map(unix_ms);
    parse_retry_after(text(header::RETRY_AFTER)?, text(header::DATE), unix_ms(now), parse_date)
}

#[cfg(test)]
#[path = "upstream_answer_tests.rs"]
mod tests;
