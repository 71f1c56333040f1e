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

use super::{BackendError, model_headers};
use crate::domain::check::CheckReply;
use crate::domain::visible::is_visible;

/// The longest `Retry-After` that is passed on.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The most characters of a message that are passed on.
const MAX_WORDS: usize = 300;

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
                return Attempt::Verdict(Box::new(CheckReply { verdict, notices, used_at: None }));
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
            EnvelopeError::Failed { code, message, .. } => refused(status, code, &redact(&message)),
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

/// A failure that another attempt would not change, or must not follow.
fn refused(status: u16, code: ErrorCode, message: &str) -> Attempt {
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
            BackendError::Rejected { code, message: message.to_owned() }
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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

    fn read(status: u16, body: &[u8]) -> Attempt {
        let headers = HeaderMap::new();
        UpstreamAnswer { status, headers: &headers, body }.read(ID, UNIX_EPOCH, str::to_owned)
    }

    fn read_json(status: u16, body: &Value) -> Attempt {
        read(status, body.to_string().as_bytes())
    }

    fn failure(code: &str) -> Value {
        json!({"data": null, "success": false, "message": "m", "errors": [{code: ["m"]}]})
    }

    /// Whether the outcome lets anybody, the gateway or its client, make the check again.
    fn may_be_made_again(attempt: &Attempt) -> bool {
        match attempt {
            Attempt::Verdict(_) => panic!("a verdict"),
            Attempt::NotMade { .. } => true,
            Attempt::Failed(error) => !error.is_final(),
        }
    }

    #[test]
    fn no_foreign_answer_lets_a_check_that_may_have_been_made_be_made_again() {
        let bodies = ["", "<html>Bad gateway</html>", "{}", "[]", "null", r#"{"error": "oops"}"#];
        for (status, body) in (200..600).flat_map(|status| bodies.map(|body| (status, body))) {
            let attempt = read(status, body.as_bytes());
            let made = matches!(status, 200..=299 | 500..=502 | 504..=599);
            assert_eq!(may_be_made_again(&attempt), !made, "{status} {body}");
            let retried = matches!(attempt, Attempt::NotMade { .. });
            assert_eq!(retried, matches!(status, 408 | 429 | 503), "{status} {body}");
            let of_account = matches!(attempt, Attempt::Failed(BackendError::Account(_)));
            assert!(!of_account, "{status} {body}");
        }
    }

    #[test]
    fn a_failure_of_the_api_is_repeated_if_and_only_if_its_code_says_so() {
        for &code in ErrorCode::ALL {
            for status in [200, code.status()] {
                let attempt = read_json(status, &failure(code.as_str()));
                let retried = matches!(attempt, Attempt::NotMade { .. });
                assert_eq!(retried, code.again(), "{code} with {status}");
                let lost = matches!(code, ErrorCode::VerdictLost | ErrorCode::UpstreamTimeout);
                assert_eq!(may_be_made_again(&attempt), !lost, "{code} with {status}");
            }
        }
    }

    #[test]
    fn a_code_that_nobody_knows_is_never_a_reason_to_pay_twice() {
        let nameless = json!({"success": false, "message": "Oops"});
        for (status, body) in (200..600)
            .flat_map(|status| [(status, failure("who_knows")), (status, nameless.clone())])
        {
            let attempt = read_json(status, &body);
            let made = matches!(status, 200..=299 | 500..=502 | 504..=599);
            assert_eq!(may_be_made_again(&attempt), !made, "{status} {body}");
            let retried = matches!(attempt, Attempt::NotMade { .. });
            assert_eq!(retried, matches!(status, 408 | 429 | 503), "{status} {body}");
        }
    }

    #[test]
    fn only_this_sessions_whole_verdict_is_one() {
        let verdict =
            |id: &str| json!({"verdict": "live", "real_score": 1, "score": 100, "session_id": id});
        let whole = |data: Value| json!({"success": true, "message": "OK", "data": data});
        let upper = ID.to_ascii_uppercase();
        for id in [ID, &upper] {
            assert!(matches!(read_json(200, &whole(verdict(id))), Attempt::Verdict(_)));
        }
        for body in [
            whole(verdict("550e8400-e29b-41d4-a716-446655440001")),
            whole(json!({"verdict": "perhaps"})),
            whole(Value::Null),
            verdict(ID),
        ] {
            let attempt = read_json(200, &body);
            assert!(matches!(attempt, Attempt::Failed(BackendError::Lost)), "{body}");
        }
    }

    #[test]
    fn a_verdicts_numbers_are_in_range_and_its_texts_have_an_end() {
        let read = |data: Value| {
            let whole = json!({"success": true, "message": "OK", "data": data});
            let Attempt::Verdict(reply) = read_json(200, &whole) else { panic!("no verdict") };
            reply.verdict
        };
        let verdict = |score: f64, real_score: f64, warning: &str| {
            json!({"verdict": "live", "real_score": real_score, "score": score, "confidence": real_score,
                "session_id": ID, "warning": warning, "warnings": vec![warning; 60], "model": warning})
        };
        let usual = read(verdict(92.5, 0.925, "dark"));
        assert_eq!((usual.score, usual.real_score, usual.confidence), (92.5, 0.925, Some(0.925)));
        assert_eq!(usual.warning.as_deref(), Some("dark"));
        let odd = read(verdict(1e308, -5.0, &"\u{e9}".repeat(100_000)));
        assert_eq!((odd.score, odd.real_score, odd.confidence), (100.0, 0.0, Some(0.0)));
        let long = |text: Option<&str>| text.map(|text| text.chars().count());
        assert_eq!(long(odd.warning.as_deref()), Some(MAX_TEXT));
        assert_eq!(long(odd.model.as_deref()), Some(MAX_TEXT));
        let warnings = odd.warnings.unwrap();
        assert_eq!(
            (warnings.len(), long(Some(&warnings[59 - 10]))),
            (MAX_WARNINGS, Some(MAX_TEXT))
        );
    }

    #[test]
    fn a_retry_after_date_is_measured_against_the_answers_own_clock() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        let ms = |retry_after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, retry_after.parse().unwrap());
            if let Some(date) = date {
                headers.insert(header::DATE, date.parse().unwrap());
            }
            retry_after_ms(&headers, now)
        };
        let until = "Wed, 21 Oct 2015 09:00:10 GMT";
        assert_eq!(ms(until, Some("Wed, 21 Oct 2015 09:00:00 GMT")), Some(10_000.0));
        assert_eq!(ms(until, Some("Wed, 21 Oct 2015 09:01:00 GMT")), Some(0.0));
        assert_eq!(ms("Wed, 21 Oct 2015 07:28:30 GMT", None), Some(30_000.0));
        assert_eq!(ms("12", None), Some(12_000.0));
        assert_eq!(ms("soon", None), None);
    }

    #[test]
    fn waits_become_durations_of_any_length() {
        assert_eq!(duration_of_ms(1500.0), Duration::from_millis(1500));
        for long in [f64::MAX, f64::INFINITY, 1e30, 1e9] {
            assert_eq!(duration_of_ms(long), LONGEST_WAIT);
        }
    }
}
