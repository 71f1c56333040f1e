//! The documentation's own examples, read and written.

use liveness_protocol::{
    Envelope, EnvelopeError, ErrorCode, FastCheckCropsRequest, FastCheckRequest,
    FastCheckStreamRequest, Health, RiskBand, Source, StreamReply, Verdict, VerdictData,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("golden/", $name, ".json"))
    };
}

const SESSION: &str = "550e8400-e29b-41d4-a716-446655440000";

/// The same JSON with nulls left out, and 0 instead of 0.0.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, normal(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(normal).collect(),
        Value::Number(number) => Value::from(number.as_f64()),
        other => other,
    }
}

/// Reads a request and writes it again: nothing may be lost or added.
fn round_trip<T: Serialize + DeserializeOwned>(text: &str) -> T {
    let request: T = serde_json::from_str(text).expect("the documented request");
    let written = serde_json::to_value(&request).expect("JSON");
    let documented = serde_json::from_str(text).expect("JSON");
    assert_eq!(normal(written), normal(documented));
    request
}

#[test]
fn documented_errors() {
    let documented = [
        (400, golden!("error_insufficient_frames"), ErrorCode::InsufficientFrames),
        (401, golden!("error_invalid_key"), ErrorCode::InvalidKey),
        (402, golden!("error_insufficient_credits"), ErrorCode::InsufficientCredits),
        (402, golden!("error_account_suspended"), ErrorCode::AccountSuspended),
        // Its key is the field's name, not a code.
        (400, golden!("error_validation_error"), ErrorCode::ValidationError),
        (403, golden!("error_insufficient_scope"), ErrorCode::InsufficientScope),
        (429, golden!("error_rate_limit_exceeded"), ErrorCode::RateLimitExceeded),
        (429, golden!("rate_limit_page"), ErrorCode::RateLimitExceeded),
    ];
    for (status, text, wanted) in documented {
        let json: Value = serde_json::from_str(text).expect("JSON");
        let error = Envelope::<VerdictData>::payload(status, text.as_bytes()).expect_err("failed");
        let EnvelopeError::Failed { code, message, .. } = error else { panic!("{error:?}") };
        assert_eq!(code, wanted);
        assert_eq!(Some(message.as_str()), json["message"].as_str());
        assert_eq!(code.status(), status);

        // Reading and writing gives the same envelope.
        let envelope: Envelope<VerdictData> = serde_json::from_str(text).expect("an envelope");
        assert_eq!(serde_json::to_value(&envelope).expect("JSON"), json);
        // An envelope of our own looks just like it.
        if wanted != ErrorCode::ValidationError {
            assert_eq!(Envelope::<VerdictData>::failed(code, message), envelope);
        }
    }
}

#[test]
fn the_key_of_a_validation_error_is_the_field() {
    let envelope: Envelope<VerdictData> =
        serde_json::from_str(golden!("error_validation_error")).expect("an envelope");
    assert_eq!(envelope.first_error_key(), Some("session_id"));
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    Envelope::payload(200, text.as_bytes()).expect("the documented success")
}

/// Everything in the documentation's example is written again, except for the fields dropped.
fn assert_kept(text: &str, data: &VerdictData, dropped: &[&str]) {
    let mut documented: Value = serde_json::from_str(text).expect("JSON");
    let documented = documented["data"].take();
    let written = serde_json::to_value(data).expect("JSON");
    for (key, value) in documented.as_object().expect("an object") {
        if dropped.contains(&key.as_str()) {
            continue;
        }
        // What is documented as null is said, not left out.
        assert!(written.get(key).is_some(), "{key}");
        assert_eq!(normal(written[key].clone()), normal(value.clone()), "{key}");
    }
}

#[test]
fn fast_check_success() {
    let text = golden!("fast_check_success");
    let data: VerdictData = read(text);
    assert_eq!(data.verdict, Verdict::Live);
    assert_eq!((data.real_score, data.score, data.confidence), (0.95, 95.0, Some(0.95)));
    assert_eq!(data.risk_band, Some(RiskBand::VeryHigh));
    assert_eq!(data.session_id, SESSION);
    assert_eq!(data.model.as_deref(), Some("mixed-10-v2"));
    assert_eq!(data.input_source.as_deref(), Some("rest_frames"));
    assert_eq!((data.processing_ms, data.frames_processed), (Some(245), Some(10)));
    assert_eq!(data.created_at.as_deref(), Some("2026-03-27T14:00:00Z"));
    assert_eq!((data.warning.as_ref(), data.warnings.as_ref()), (None, None));
    assert_kept(text, &data, &[]);
    // And back in its envelope.
    let written = serde_json::to_value(Envelope::ok(data)).expect("JSON");
    let documented = serde_json::from_str(text).expect("JSON");
    assert_eq!(normal(written), normal(documented));
}

#[test]
fn crops_with_a_warning() {
    let text = golden!("crops_with_warning");
    let data: VerdictData = read(text);
    assert_eq!(data.verdict, Verdict::Fake);
    assert_eq!((data.real_score, data.score), (0.15, 15.0));
    assert_eq!(data.risk_band, Some(RiskBand::VeryLow));
    assert_eq!(data.input_source.as_deref(), Some("rest_crops"));
    assert!(data.warning.as_ref().is_some_and(|warning| warning.starts_with("Crop appears too")));
    assert_kept(text, &data, &[]);
}

#[test]
fn stream_replies() {
    let buffering: StreamReply = read(golden!("stream_buffering"));
    assert_eq!(
        buffering,
        StreamReply::Buffering {
            session_id: SESSION.into(),
            frames_received: 1,
            frames_required: 10,
            ttl_seconds: 60,
            warnings: None,
        }
    );
    let written = serde_json::to_value(Envelope::ok(buffering)).expect("JSON");
    let documented: Value = serde_json::from_str(golden!("stream_buffering")).expect("JSON");
    assert_eq!(normal(written), normal(documented));

    let text = golden!("stream_complete");
    let StreamReply::Complete(data) = read(text) else { panic!("not complete") };
    assert_eq!((data.verdict, data.score, data.risk_band), (Verdict::Live, 95.0, None));
    let buffer =
        ["status", "frames_received", "frames_required", "ttl_seconds", "available", "error"];
    assert_kept(text, &data, &buffer);
    let written = serde_json::to_value(StreamReply::Complete(data)).expect("JSON");
    assert_eq!(written["status"], "complete");
    assert_eq!(written["verdict"], "live");
}

#[test]
fn the_result_of_a_video_reads_as_the_same_verdict() {
    let json: Value = serde_json::from_str(golden!("video_detect_completed")).expect("JSON");
    let result = json["data"]["result"].clone();
    let data: VerdictData = serde_json::from_value(result.clone()).expect("a verdict");
    assert_eq!(data.tenant_metadata, Some(result["tenant_metadata"].clone()));
    assert_eq!(data.risk_band, Some(RiskBand::of_score(data.score)));
}

#[test]
fn health() {
    let health: Health = read(golden!("health"));
    assert_eq!(health.status, "healthy");
    assert!(health.models_loaded.contains(&"mixed-30-v2".to_owned()));
    assert_eq!(health.dependencies["redis"], "ok");
    let written = serde_json::to_value(Envelope::ok(health)).expect("JSON");
    let documented: Value = serde_json::from_str(golden!("health")).expect("JSON");
    assert_eq!(written, documented);
}

#[test]
fn requests_of_either_flow() {
    let v1: FastCheckCropsRequest = round_trip(golden!("request_crops_v1"));
    assert_eq!((v1.model.as_deref(), v1.frame_count), (Some("mixed-10-v2"), None));
    assert_eq!((v1.source, v1.bg_segmentation, v1.crops.len()), (Source::Live, Some(true), 2));
    let v2: FastCheckCropsRequest = round_trip(golden!("request_crops_v2"));
    assert_eq!((v2.model.as_deref(), v2.frame_count), (None, Some(10)));

    let v1: FastCheckStreamRequest = round_trip(golden!("request_stream_v1"));
    assert_eq!((v1.frame.index, v1.frame.timestamp_ms), (0, 0.0));
    let v2: FastCheckStreamRequest = round_trip(golden!("request_stream_v2"));
    assert_eq!((v2.model.as_deref(), v2.frame_count), (None, Some(10)));

    let v1: FastCheckRequest = round_trip(golden!("request_fast_check_v1"));
    assert_eq!((v1.frames[1].index, v1.frames[1].timestamp_ms), (1, 100.0));
    let v2: FastCheckRequest = round_trip(golden!("request_fast_check_v2"));
    assert_eq!((v2.frame_count, v2.fps, v2.warnings), (Some(10), None, None));
}
