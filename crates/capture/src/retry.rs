//! When to send a failed request again.

/// Exponential backoff with jitter that obeys `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub max_attempts: u32,
    /// Backoff before the second attempt, in milliseconds; doubled for each further one.
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
    /// How long to wait in milliseconds after failed attempt number `attempt` (from 1); `None`:
    /// give up.
    ///
    /// `retry_after_ms` is what the server asked for; never less than that is waited. `jitter01`
    /// is a random number from 0 to 1: the backoff lies between its half and its whole.
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
            // Jitter on top: everyone who was turned away was told the same time.
            Some(asked) if asked.is_finite() && asked > 0.0 => Some(asked + backoff * jitter / 2.0),
            _ => Some(delay),
        }
    }
}

/// Whether a request is sent again after a response with this status: 429 and 5xx, no other 4xx.
pub const fn retriable_status(status: u16) -> bool {
    matches!(status, 429 | 500..=599)
}

/// `Retry-After` in milliseconds from now: seconds, or an HTTP date against `now_unix_ms`, which
/// `parse_date` turns into milliseconds since 1970. A date in the past is 0; `None`: neither of the two.
pub fn parse_retry_after(
    value: &str,
    now_unix_ms: f64,
    parse_date: impl FnOnce(&str) -> Option<f64>,
) -> Option<f64> {
    let value = value.trim_ascii();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let digit = |byte: u8| f64::from(byte - b'0');
        return Some(
            value.bytes().fold(0.0, |seconds, byte| seconds * 10.0 + digit(byte)) * 1000.0,
        );
    }
    // Dates begin with the name of a day. A lenient parser makes one of nearly anything else.
    let date =
        Some(value).filter(|value| value.starts_with(|first: char| first.is_ascii_uppercase()))?;
    Some((parse_date(date)? - now_unix_ms).max(0.0))
}
