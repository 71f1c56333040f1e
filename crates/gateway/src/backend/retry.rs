//! When to ask the upstream again.

use std::time::{Duration, SystemTime};

/// Exponential backoff with full jitter, bounded by attempts and by a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Requests in all, the first included.
    pub max_attempts: u32,
    /// The first pause is up to this long; each further one up to twice the one before.
    pub base: Duration,
    /// No pause of our own is longer.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, base: Duration::from_millis(500), cap: Duration::from_secs(8) }
    }
}

impl RetryPolicy {
    /// The pause after failed attempt number `attempt` (from 1), or `None` to give up.
    ///
    /// `retry_after` is what the server asked for and is never undercut; `jitter` is in 0..1;
    /// `left` is the time until the deadline, into which the pause has to fit.
    pub fn pause(
        &self,
        attempt: u32,
        retry_after: Option<Duration>,
        jitter: f64,
        left: Duration,
    ) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let ceiling = self.base.saturating_mul(1 << (attempt - 1).min(16)).min(self.cap);
        let own = ceiling.mul_f64(jitter.clamp(0.0, 1.0));
        let pause = match retry_after {
            // A little jitter on top: all who were told the same moment should not come back in it.
            Some(asked) => asked + own.min(asked / 10),
            None => own,
        };
        (pause < left).then_some(pause)
    }
}

/// Whether the same request may succeed later.
pub const fn retriable_status(status: u16) -> bool {
    status == 429 || (status >= 500 && status < 600)
}

/// Reads `Retry-After`: seconds, or an HTTP date.
pub fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number is still "very long".
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(1000);

    #[test]
    fn pauses_grow_to_the_cap_and_end() {
        let policy = RetryPolicy {
            max_attempts: 5,
            base: Duration::from_millis(100),
            cap: Duration::from_millis(300),
        };
        let pauses: Vec<_> = (1..=5).map(|n| policy.pause(n, None, 1.0, LONG)).collect();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(pauses, [ms(100), ms(200), ms(300), ms(300), None]);
        assert_eq!(policy.pause(2, None, 0.5, LONG), ms(100));
        assert_eq!(policy.pause(1, None, 0.0, LONG), ms(0));
    }

    #[test]
    fn what_the_server_asks_for_is_never_undercut() {
        let policy = RetryPolicy::default();
        let asked = Duration::from_secs(20);
        for jitter in [0.0, 0.3, 1.0] {
            assert!(policy.pause(1, Some(asked), jitter, LONG).unwrap() >= asked);
        }
    }

    #[test]
    fn no_pause_beyond_the_deadline() {
        let policy = RetryPolicy::default();
        assert_eq!(
            policy.pause(1, Some(Duration::from_secs(20)), 0.0, Duration::from_secs(20)),
            None
        );
        assert_eq!(policy.pause(1, None, 1.0, Duration::from_millis(10)), None);
    }

    #[test]
    fn only_429_and_5xx_are_worth_another_try() {
        let again: Vec<u16> = (100..=599).filter(|status| retriable_status(*status)).collect();
        let expected: Vec<u16> = std::iter::once(429).chain(500..=599).collect();
        assert_eq!(again, expected);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        let parse = |value| parse_retry_after(value, now);
        assert_eq!(parse("12"), Some(Duration::from_secs(12)));
        assert_eq!(parse(" 0 "), Some(Duration::ZERO));
        assert_eq!(parse("Wed, 21 Oct 2015 07:28:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(parse("Wed, 21 Oct 2015 07:27:00 GMT"), Some(Duration::ZERO));
        assert!(parse("99999999999999999999999").unwrap() > LONG);
        for nonsense in ["", "-1", "1.5", "soon"] {
            assert_eq!(parse(nonsense), None, "{nonsense:?}");
        }
    }
}
