//! When a request is sent again, for the back end's script.

use std::fmt::Write as _;

use liveness_protocol::{ErrorCode, RetryPolicy, status_allows_retry, status_turns_away};

use super::head::HEAD;

/// The statuses that allow another attempt, as ranges.
fn statuses() -> Vec<[u16; 2]> {
    let mut ranges: Vec<[u16; 2]> = Vec::new();
    for status in (100..600).filter(|&status| status_allows_retry(status)) {
        match ranges.last_mut() {
            Some([_, last]) if *last + 1 == status => *last = status,
            _ => ranges.push([status, status]),
        }
    }
    ranges
}

pub(super) fn retry() -> String {
    let mut text = HEAD.to_owned();
    let again = ErrorCode::ALL.iter().filter(|code| code.again()).map(|code| code.as_str());
    let again: Vec<_> = again.collect();
    let turned_away: Vec<_> = (100..600).filter(|&status| status_turns_away(status)).collect();
    let RetryPolicy { max_attempts, base_ms, cap_ms, max_retry_after_ms } = RetryPolicy::default();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n/** The service's codes after which the same request may be sent again. */\n\
         export const AGAIN: readonly string[] = {again:?};\n\
         \n/** The same for statuses of answers without one of its codes: from the first to the second. */\n\
         export const STATUSES_AGAIN: readonly (readonly [number, number])[] = {:?};\n\
         \n/** Statuses that say that the request has been turned away: nothing was done. */\n\
         export const STATUSES_TURNED_AWAY: readonly number[] = {turned_away:?};\n\
         \n/** Attempts in all; the backoff before the second, doubled for each further one, and its limit; the longest \
         `Retry-After`. */\n\
         export const RETRY_POLICY = {{ maxAttempts: {max_attempts}, baseMs: {base_ms}, capMs: {cap_ms}, \
         maxRetryAfterMs: {max_retry_after_ms} }};\n",
        statuses()
    );
    text
}
