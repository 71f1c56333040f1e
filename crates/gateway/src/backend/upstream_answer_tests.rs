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

/// The documented form has no code in it, and names the field.
#[test]
fn what_is_said_of_fields_is_passed_on_within_bounds() {
    let rejected = |errors: Value| {
        let body = json!({"data": null, "success": false, "message": "m sk-key", "errors": errors});
        let (headers, body) = (HeaderMap::new(), body.to_string());
        let answer = UpstreamAnswer { status: 400, headers: &headers, body: body.as_bytes() };
        match answer.read(ID, UNIX_EPOCH, |text| text.replace("sk-key", "[key]")) {
            Attempt::Failed(BackendError::Rejected { code, message, fields }) => {
                assert_eq!((code, &*message), (ErrorCode::ValidationError, "m [key]"));
                fields
            }
            other => panic!("{other:?}"),
        }
    };
    let of = |field: &str, why: &str| (field.to_owned(), why.to_owned());
    assert_eq!(
        rejected(json!([{"session_id": ["session_id is required"]}])),
        [of("session_id", "session_id is required")]
    );
    assert_eq!(
        rejected(json!([{"validation_error": ["m"]}, {"fps": "\u{1b}sk-key", "a\nb": ["c", 5]}])),
        [of("a b", "c"), of("a b", "5"), of("fps", " [key]")]
    );
    let many = rejected(json!(vec![json!({"x".repeat(9999): ["y".repeat(9999)]}); 9999]));
    assert_eq!(many.len(), MAX_FIELDS);
    assert!(many.iter().all(|(field, why)| field.len() == MAX_WORDS && why.len() == MAX_WORDS));
    for none in [json!([]), json!(null), json!([{"validation_error": ["m"]}]), json!([5])] {
        assert_eq!(rejected(none), []);
    }
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
    for (status, body) in
        (200..600).flat_map(|status| [(status, failure("who_knows")), (status, nameless.clone())])
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
    assert_eq!((warnings.len(), long(Some(&warnings[59 - 10]))), (MAX_WARNINGS, Some(MAX_TEXT)));
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
