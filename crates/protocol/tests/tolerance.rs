//! What deviations in an answer are tolerated, and which are not.

use liveness_protocol::{
    CompleteRequest, CreateSessionRequest, Crop, CropAccepted, Envelope, EnvelopeError,
    EnvelopeHead, ErrorCode, FastCheckCropsRequest, Frame, ModelEntry, RiskBand, SessionCreated,
    SessionState, SessionView, Source, StreamReply, StreamStatus, Verdict, VerdictData,
    check::strip_data_url,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn verdict() -> Value {
    json!({ "verdict": "live", "real_score": 0.9, "score": 90.0, "session_id": "s" })
}

fn payload(status: u16, body: &Value) -> Result<VerdictData, EnvelopeError> {
    Envelope::payload(status, body.to_string().as_bytes())
}

fn failure(status: u16, body: &Value) -> (ErrorCode, String) {
    match payload(status, body) {
        Err(EnvelopeError::Failed { code, message, .. }) => (code, message),
        other => panic!("{other:?}"),
    }
}

fn assert_malformed(status: u16, body: &Value) {
    let outcome = payload(status, body);
    assert!(matches!(outcome, Err(EnvelopeError::Malformed(_))), "{outcome:?}");
}

#[test]
fn unknown_fields_are_dropped_everywhere() {
    let mut data = verdict();
    data["brand_new"] = json!({ "deep": [1, 2] });
    let body = json!({ "data": data, "success": true, "message": "OK", "trace_id": 7 });
    assert_eq!(payload(200, &body).map(|data| data.verdict), Ok(Verdict::Live));

    let request: FastCheckCropsRequest = serde_json::from_value(json!({
        "session_id": "s",
        "crops": [{ "index": 0, "pixels": "AA==", "blur": 3 }],
        "device_intelligence": { "ip_address": "::1", "camera": { "resolution": "1x1" } },
        "metadata": { "anything": [] },
        "fps_source": "measured",
    }))
    .expect("the official package's request");
    assert_eq!((request.source, request.model, request.warnings), (Source::Media, None, None));

    let entry: ModelEntry =
        serde_json::from_value(json!({ "id": "x", "min_frames": 3, "price": 1 })).expect("entry");
    assert_eq!((entry.min_frames, entry.deprecated, entry.label.as_str()), (3, false, ""));
    let created: CreateSessionRequest = serde_json::from_value(json!({ "x": 1 })).expect("empty");
    assert_eq!(created, CreateSessionRequest::default());
    let complete: CompleteRequest = serde_json::from_value(json!({ "x": 1 })).expect("empty");
    assert_eq!(complete, CompleteRequest::default());
}

#[test]
fn every_verdict_word_and_no_other() {
    for (word, wanted) in
        [("live", Verdict::Live), ("fake", Verdict::Fake), ("inconclusive", Verdict::Inconclusive)]
    {
        let mut data = verdict();
        data["verdict"] = word.into();
        let body = json!({ "data": data, "success": true, "message": "OK" });
        assert_eq!(payload(200, &body).map(|data| data.verdict), Ok(wanted));
        assert_eq!(wanted.as_str(), word);
        assert_eq!(serde_json::to_value(wanted).expect("JSON"), word);
    }
    for word in [json!("Live"), json!("real"), json!(""), json!(null), json!(true), json!(1)] {
        let mut data = verdict();
        data["verdict"] = word.clone();
        assert_malformed(200, &json!({ "data": data, "success": true, "message": "OK" }));
        data["status"] = "complete".into();
        let body = json!({ "data": data, "success": true, "message": "OK" }).to_string();
        let outcome = Envelope::<StreamReply>::payload(200, body.as_bytes());
        assert!(matches!(outcome, Err(EnvelopeError::Malformed(_))), "{word}: {outcome:?}");
    }
}

#[test]
fn what_a_success_must_hold() {
    for field in ["verdict", "real_score", "score", "session_id"] {
        let mut data = verdict();
        data.as_object_mut().expect("an object").remove(field);
        assert_malformed(200, &json!({ "data": data, "success": true, "message": "OK" }));
    }
    assert_malformed(200, &json!({ "data": null, "success": true, "message": "OK" }));
    assert_malformed(200, &json!({ "success": true }));
    assert_malformed(200, &verdict());
    assert_malformed(200, &json!([1]));
    for body in [&b""[..], b"<html>", b"{\"data\":", b"\xff\xfe"] {
        let outcome = Envelope::<VerdictData>::payload(200, body);
        assert!(matches!(outcome, Err(EnvelopeError::Malformed(_))), "{outcome:?}");
    }
    let stream = json!({ "data": { "status": "dreaming" }, "success": true }).to_string();
    let outcome = Envelope::<StreamReply>::payload(200, stream.as_bytes());
    assert!(matches!(outcome, Err(EnvelopeError::Malformed(_))), "{outcome:?}");
    // Fields that do not matter may be missing.
    assert!(payload(201, &json!({ "data": verdict(), "success": true })).is_ok());
    let nulls = json!({ "data": verdict(), "success": true, "message": null, "errors": null });
    assert!(payload(200, &nulls).is_ok());
    assert!(serde_json::from_value::<Envelope<VerdictData>>(nulls).is_ok());
}

#[test]
fn an_unknown_band_is_dropped_and_the_verdict_kept() {
    for (band, wanted) in
        [(json!("HIGH"), Some(RiskBand::High)), (json!("EXTREME"), None), (json!(null), None)]
    {
        let mut data = verdict();
        data["type"] = band;
        let body = json!({ "data": data, "success": true, "message": "OK" });
        assert_eq!(payload(200, &body).map(|data| data.risk_band), Ok(wanted));
    }
}

#[test]
fn head_and_envelope_agree_on_every_answer() {
    let errors = json!([{ "session_expired": ["late"] }]);
    let said = json!({ "data": null, "success": false, "message": "Too late", "errors": errors });
    for (status, body) in [
        (200, json!({ "data": verdict(), "success": true, "message": "OK" })),
        (200, json!({ "data": verdict(), "success": "yes" })),
        (409, json!({ "success": false, "errors": [{ "who_knows": ["oh"] }] })),
        (410, said.clone()),
        (200, said),
        (503, json!({})),
    ] {
        let whole = payload(status, &body).map(drop);
        assert_eq!(EnvelopeHead::of(&body).check(status), whole);
    }
}

#[test]
fn a_stream_reply_has_one_of_two_statuses() {
    let word = |status: &str| serde_json::from_value::<StreamStatus>(json!(status)).ok();
    assert_eq!(word("buffering"), Some(StreamStatus::Buffering));
    assert_eq!(word("complete"), Some(StreamStatus::Complete));
    assert_eq!(word("dreaming"), None);
}

#[test]
fn undocumented_forms_of_failure() {
    let said = |code: &str| json!({ "data": null, "success": false, "errors": [{ code: "oh" }] });
    let message = ErrorCode::AccountSuspended.message().to_owned();
    assert_eq!(failure(402, &said("account_suspended")), (ErrorCode::AccountSuspended, message));
    // A page does without the code's own words.
    let code = ErrorCode::AccountSuspended;
    let unsaid = EnvelopeError::Failed { code, named: true, message: String::new() };
    assert_eq!(EnvelopeHead::of(&said("account_suspended")).check(402), Err(unsaid));
    // A failure counts as one whatever its status,
    assert_eq!(failure(200, &said("insufficient_frames")).0, ErrorCode::InsufficientFrames);
    assert_eq!(failure(503, &said("who_knows")).0, ErrorCode::UpstreamUnavailable);
    let named = |key| match payload(503, &said(key)) {
        Err(EnvelopeError::Failed { named, .. }) => named,
        other => panic!("{other:?}"),
    };
    assert!(named("upstream_unavailable") && !named("who_knows"));
    // and whatever its flag.
    let odd = json!({ "data": verdict(), "success": true, "message": "OK" });
    assert_eq!(failure(500, &odd).0, ErrorCode::InternalError);
    // A code that nobody knows, where the status says no more: neither known nor passed off as another.
    for status in [200, 202, 302, 409, 410, 418, 451] {
        let unlisted = |key: &str, message: &str| EnvelopeError::Unlisted {
            status,
            key: key.into(),
            message: message.into(),
        };
        assert_eq!(payload(status, &said("who_knows")), Err(unlisted("who_knows", "")));
        let silent = json!({ "success": false, "message": "hm" });
        assert_eq!(payload(status, &silent), Err(unlisted("", "hm")));
        assert_eq!(failure(status, &said("crop_conflict")).0, ErrorCode::CropConflict);
    }
    // A field that failed validation stands in the code's place.
    assert_eq!(failure(422, &said("who_knows")).0, ErrorCode::ValidationError);
    // The flat form used before 2.1.0.
    let flat = json!({ "error": "insufficient_scope", "message": "no", "required_scope": "x" });
    assert_eq!(failure(403, &flat), (ErrorCode::InsufficientScope, "no".into()));
    // A known code among unknown keys.
    let mixed = json!({ "success": false, "errors": [{ "a": ["x"] }, { "missing_field": [] }] });
    assert_eq!(failure(400, &mixed).0, ErrorCode::MissingField);
    for errors in [json!(null), json!("x"), json!([1, "x", null]), json!({}), json!([[]])] {
        let body = json!({ "success": false, "message": "", "errors": errors });
        assert_eq!(failure(429, &body).0, ErrorCode::RateLimitExceeded);
        let envelope = serde_json::from_value::<Envelope<VerdictData>>(body).expect("read");
        assert_eq!(envelope.first_error_key(), None);
    }
}

#[test]
fn an_answer_from_something_in_between_is_not_the_apis() {
    let foreign = |status, body: &[u8]| {
        assert_eq!(
            Envelope::<VerdictData>::payload(status, body),
            Err(EnvelopeError::Foreign { status }),
            "{status} {}",
            String::from_utf8_lossy(body)
        );
    };
    for status in [302, 401, 403, 405, 413, 429, 500, 502, 504] {
        foreign(status, b"<html>Blocked</html>");
        foreign(status, b"");
        // As cloud providers' own front ends answer.
        foreign(status, br#"{"message":"Forbidden"}"#);
        foreign(status, br#"{"error":"Bad Gateway","errors":[{"x":[]}]}"#);
        foreign(status, b"[1]");
    }
    // Our own answers have a success flag or name one of our codes.
    assert_eq!(failure(502, &json!({ "success": false })).0, ErrorCode::UpstreamUnavailable);
    assert_eq!(failure(403, &json!({ "error": "invalid_key" })).0, ErrorCode::InvalidKey);
}

#[test]
fn data_urls_are_stripped() {
    assert_eq!(strip_data_url("data:image/png;base64,iVBOR"), "iVBOR");
    assert_eq!(strip_data_url("iVBOR"), "iVBOR");
    assert_eq!(strip_data_url("data:nothing"), "data:nothing");
    assert_eq!(strip_data_url(""), "");
}

#[test]
fn debug_output_holds_no_secret_or_picture() {
    let pixels = "iVBORw0KGgoAAAANSUhEUg".to_owned();
    let crop = Crop { index: 3, pixels: pixels.clone() };
    let frame = Frame { index: 4, timestamp_ms: 1.0, pixels: pixels.clone() };
    let created = SessionCreated {
        session_id: "id".into(),
        token: "sesame".into(),
        model: "m".into(),
        frames_required: 1,
        ttl_seconds: 1,
        expires_at: "then".into(),
    };
    let printed = format!("{crop:?} {frame:?} {created:?}");
    assert!(printed.contains("index: 3") && printed.contains("index: 4"));
    assert!(!printed.contains(&pixels) && !printed.contains("sesame"), "{printed}");
}

#[test]
fn the_session_protocol_is_as_documented() {
    let view = json!({
        "session_id": "s", "state": "verifying", "model": "m", "source": "live", "run": 4,
        "frames_received": 2, "frames_required": 3, "missing": [1], "expires_at": "then", "ttl_seconds": 0,
        "verdict": null, "error": null,
    });
    let read: SessionView = serde_json::from_value(view.clone()).expect("a session");
    assert_eq!(read.state, SessionState::Verifying);
    assert_eq!(serde_json::to_value(&read).expect("JSON"), view);
    // An older gateway does not say where the pictures are from: that is not to be taken for a camera.
    let mut older = view;
    older.as_object_mut().expect("an object").remove("source");
    let read: SessionView = serde_json::from_value(older).expect("a session");
    assert_eq!(read.source, Source::Media);
    let accepted = json!({ "index": 1, "frames_received": 2, "frames_required": 3 });
    let read: CropAccepted = serde_json::from_value(accepted.clone()).expect("accepted");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), accepted);
    for (state, word) in [
        (SessionState::Open, "open"),
        (SessionState::Verifying, "verifying"),
        (SessionState::Complete, "complete"),
        (SessionState::Failed, "failed"),
        (SessionState::Expired, "expired"),
    ] {
        assert_eq!(serde_json::to_value(state).expect("JSON"), word);
    }
    assert_eq!(serde_json::to_value(CompleteRequest::default()).expect("JSON"), json!({}));
    assert_eq!(serde_json::to_value(CreateSessionRequest::default()).expect("JSON"), json!({}));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z_]{0,12}".prop_map(Value::from),
        prop::sample::select(ErrorCode::ALL).prop_map(|code| code.as_str().into()),
    ];
    let key = prop::sample::select(vec![
        "data",
        "success",
        "message",
        "errors",
        "error",
        "status",
        "verdict",
        "score",
        "type",
        "insufficient_frames",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    /// No answer causes a panic, and no failure is taken for a success.
    #[test]
    fn any_answer_is_read(status in 100_u16..600, body in any_json()) {
        let outcome = payload(status, &body);
        let fine = (200..300).contains(&status) && body.get("success") == Some(&Value::Bool(true));
        prop_assert!(fine || outcome.is_err());
        let _ = Envelope::<StreamReply>::payload(status, body.to_string().as_bytes());
    }

    #[test]
    fn any_bytes_are_read(status in 0_u16..600, body: Vec<u8>) {
        prop_assert!(Envelope::<VerdictData>::payload(status, &body).is_err());
    }
}
