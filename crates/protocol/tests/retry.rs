//! When to send a failed request again.

use liveness_protocol::{RetryPolicy, parse_retry_after};
use proptest::prelude::*;

const POLICY: RetryPolicy =
    RetryPolicy { max_attempts: 4, base_ms: 200.0, cap_ms: 500.0, max_retry_after_ms: 10_000.0 };

#[test]
fn backoff_doubles_up_to_the_cap_and_then_gives_up() {
    let whole: Vec<_> = (1..=5).map(|attempt| POLICY.delay_ms(attempt, None, 1.0)).collect();
    assert_eq!(whole, [Some(200.0), Some(400.0), Some(500.0), None, None]);
    assert_eq!(POLICY.delay_ms(1, None, 0.0), Some(100.0));
    assert_eq!(POLICY.delay_ms(u32::MAX, None, 0.0), None);
    let endless = RetryPolicy { max_attempts: u32::MAX, ..POLICY };
    assert_eq!(endless.delay_ms(u32::MAX - 1, None, 1.0), Some(500.0));
    let once = RetryPolicy { max_attempts: 1, ..POLICY };
    assert_eq!(once.delay_ms(1, Some(1.0), 0.5), None);
}

#[test]
fn the_servers_wait_is_honoured() {
    assert_eq!(POLICY.delay_ms(1, Some(3_000.0), 0.0), Some(3_000.0));
    assert_eq!(POLICY.delay_ms(1, Some(3_000.0), 1.0), Some(3_100.0));
    assert_eq!(POLICY.delay_ms(1, Some(10_000.0), 0.0), Some(10_000.0));
    assert_eq!(POLICY.delay_ms(1, Some(10_001.0), 0.0), None);
    assert_eq!(POLICY.delay_ms(1, Some(f64::INFINITY), 0.0), None);
    // No wait was asked for, so our own backoff applies.
    for nothing in [Some(0.0), Some(-5.0), Some(f64::NAN)] {
        assert_eq!(POLICY.delay_ms(1, nothing, 1.0), Some(200.0));
    }
}

/// Milliseconds since 1970.
fn http_date(text: &str) -> Option<f64> {
    let date = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(date.as_secs_f64() * 1000.0)
}

/// 2015-10-21T07:28:00Z, the time of the table.
const NOW: f64 = 1_445_412_480_000.0;

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    retry_after: String,
    date: Option<String>,
    seconds: Option<f64>,
}

/// The back end's script reads the same table.
fn table() -> Vec<Case> {
    serde_json::from_str(include_str!("retry_after.json")).expect("a list of cases")
}

#[test]
fn retry_after_is_read_as_the_table_says() {
    for Case { retry_after, date, seconds } in table() {
        let ms = parse_retry_after(&retry_after, date.as_deref(), NOW, http_date);
        assert_eq!(ms, seconds.map(|seconds| seconds * 1000.0), "{retry_after:?} {date:?}");
    }
}

#[test]
fn a_parser_that_makes_a_date_of_almost_anything_is_shown_nothing_else() {
    let nonsense = |case: &Case| case.seconds.is_none() && !case.retry_after.starts_with("Wed");
    for Case { retry_after, .. } in table().into_iter().filter(nonsense) {
        let ms = parse_retry_after(&retry_after, None, NOW, |_| Some(NOW + 1.0));
        assert_eq!(ms, None, "{retry_after:?}");
    }
}

#[test]
fn retry_after_in_odd_but_valid_forms() {
    assert_eq!(parse_retry_after(" 0 ", None, NOW, http_date), Some(0.0));
    assert_eq!(parse_retry_after("Wed Oct 21 07:28:30 2015", None, NOW, http_date), Some(30_000.0));
    // A number beyond 64 bits is a long time, not nonsense.
    let ms = parse_retry_after("99999999999999999999", None, NOW, http_date);
    assert!(ms.is_some_and(|ms| ms > 9e22));
}

#[test]
fn a_date_is_measured_against_the_servers_own() {
    let until = "Wed, 21 Oct 2015 07:28:30 GMT";
    let told = Some("Wed, 21 Oct 2015 07:28:28 GMT");
    // Regardless of how wrong the device's clock is.
    for now in [0.0, 1_445_412_480_000.0, 1_445_412_480_000.0 - 3_600_000.0, 4e12, f64::NAN] {
        assert_eq!(parse_retry_after(until, told, now, http_date), Some(2_000.0));
        assert_eq!(parse_retry_after("7", told, now, http_date), Some(7_000.0));
    }
    // An unreadable date is ignored.
    let now = 1_445_412_480_000.0;
    for told in ["", "yesterday", "Wed, 99 Oct 2015 07:28:28 GMT"] {
        assert_eq!(parse_retry_after(until, Some(told), now, http_date), Some(30_000.0), "{told}");
    }
}

proptest! {
    #[test]
    fn delays_are_bounded_and_never_shorter_than_asked(
        attempt in 0_u32..10,
        asked in prop::option::of(0.0..20_000.0_f64),
        jitter in prop::num::f64::ANY,
    ) {
        match POLICY.delay_ms(attempt, asked, jitter) {
            Some(delay) => {
                prop_assert!(delay.is_finite() && delay >= asked.unwrap_or(0.0));
                prop_assert!(delay <= asked.unwrap_or(0.0) + POLICY.cap_ms);
                prop_assert!(attempt < POLICY.max_attempts);
            }
            None => prop_assert!(
                attempt >= POLICY.max_attempts
                    || asked.is_some_and(|asked| asked > POLICY.max_retry_after_ms)
            ),
        }
    }

    #[test]
    fn no_header_causes_a_panic(value in ".*", now in prop::num::f64::ANY) {
        if let Some(delay) = parse_retry_after(&value, None, now, http_date) {
            prop_assert!(delay >= 0.0);
        }
    }
}
