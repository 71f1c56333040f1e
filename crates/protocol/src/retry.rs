//! When to send a failed request again: one policy for page and gateway.

/// Exponential backoff with jitter that honours `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub max_attempts: u32,
    /// Backoff before the second attempt, in milliseconds; doubled for each further attempt.
    pub base_ms: f64,
    /// Longest backoff of our own, in milliseconds.
    pub cap_ms: f64,
    /// Longest `Retry-After` we wait for, in milliseconds; a longer one means giving up.
    pub max_retry_after_ms: f64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 5, base_ms: 300.0, cap_ms: 5_000.0, max_retry_after_ms: 30_000.0 }
    }
}

impl RetryPolicy {
    /// How long to wait, in milliseconds, after failed attempt number `attempt` (from 1); `None`:
    /// give up.
    ///
    /// `retry_after_ms` is what the server asked for; the wait is never shorter. `jitter01` is a
    /// random number from 0 to 1, which puts the backoff between its half and its whole.
    pub fn delay_ms(
        &self,
        attempt: u32,
        retry_after_ms: Option<f64>,
        jitter01: f64,
    ) -> Option<f64> {
        if attempt >= self.max_attempts {
            return None;
        }
        let jitter = if jitter01.is_finite() { jitter01.clamp(0.0, 1.0) } else { 0.5 };
        let doublings = attempt.saturating_sub(1).min(52) as i32;
        let backoff = (self.base_ms * 2f64.powi(doublings)).min(self.cap_ms);
        let delay = backoff * (0.5 + jitter / 2.0);
        match retry_after_ms {
            Some(asked) if asked > self.max_retry_after_ms => None,
            // Jitter on top, since everyone who was turned away was told the same time.
            Some(asked) if asked.is_finite() && asked > 0.0 => Some(asked + backoff * jitter / 2.0),
            _ => Some(delay),
        }
    }
}

/// Whether a request may be sent again after an answer with this status but no code: 408, 429
/// and 5xx. If there is a code, [`crate::ErrorCode::again`] decides.
pub const fn status_allows_retry(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// Whether an answer with this status says that the request has been turned away, whoever it is that answers: 408, 429 and
/// 503, by what they mean (RFC 9110; a proxy that answers 503 when a connection has broken off says so all the same). Other
/// statuses of a server's failure may come after a check has been made, and paid for.
pub const fn status_turns_away(status: u16) -> bool {
    matches!(status, 408 | 429 | 503)
}

/// `Retry-After` in milliseconds from now: seconds, or an HTTP date, which `parse_date` turns into
/// milliseconds since 1970. A date in the past gives 0, anything else `None`.
///
/// A date is measured against `server_date`, the `Date` header of the same answer, since the device's
/// clock may be wrong; against `now_unix_ms` only if that header is missing or unreadable.
pub fn parse_retry_after(
    value: &str,
    server_date: Option<&str>,
    now_unix_ms: f64,
    parse_date: impl Fn(&str) -> Option<f64>,
) -> Option<f64> {
    let value = value.trim_ascii();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let digit = |byte: u8| f64::from(byte - b'0');
        return Some(
            value.bytes().fold(0.0, |seconds, byte| seconds * 10.0 + digit(byte)) * 1000.0,
        );
    }
    // Dates begin with the name of a day. A lenient parser makes a date of almost anything.
    let date = |text: &str| {
        let text = text.trim_ascii();
        if text.starts_with(|first: char| first.is_ascii_uppercase()) {
            parse_date(text)
        } else {
            None
        }
    };
    let until = date(value)?;
    let now = server_date.and_then(date).unwrap_or(now_unix_ms);
    Some((until - now).max(0.0))
}
