//! The tables: error codes, models, score bands.

use std::collections::HashSet;

use liveness_protocol::{
    ErrorCode, Model, ModelEntry, ResolveError, RiskBand,
    model::{API_DEFAULT_MODEL, FRAME_COUNTS, MODELS, RECOMMENDED_MODEL},
    verdict::LIVE_THRESHOLD,
};

/// The documentation's table: code, status, and whether waiting can help.
const DOCUMENTED: &[(&str, u16, bool)] = &[
    ("insufficient_frames", 400, false),
    ("missing_field", 400, false),
    ("invalid_key", 401, false),
    ("insufficient_credits", 402, false),
    ("account_suspended", 402, false),
    ("insufficient_scope", 403, false),
    ("validation_error", 400, false),
    ("rate_limit_exceeded", 429, true),
    ("internal_error", 500, true),
];

/// What sessions and the gateway add.
const ADDED: &[(&str, u16, bool)] = &[
    ("origin_not_allowed", 403, false),
    ("unknown_model", 400, false),
    ("invalid_token", 401, false),
    ("session_not_found", 404, false),
    ("not_found", 404, false),
    ("method_not_allowed", 405, false),
    ("request_timeout", 408, true),
    ("crop_conflict", 409, false),
    ("session_closed", 409, false),
    ("missing_crops", 409, true),
    ("session_expired", 410, false),
    ("payload_too_large", 413, false),
    ("not_png", 415, false),
    ("wrong_dimensions", 422, false),
    ("index_out_of_range", 422, false),
    ("upstream_unavailable", 502, true),
    ("too_many_sessions", 503, true),
    ("upstream_timeout", 504, true),
];

#[test]
fn every_error_code_is_as_documented() {
    let known: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let listed: HashSet<_> = DOCUMENTED.iter().chain(ADDED).map(|(code, ..)| *code).collect();
    assert_eq!(known, listed);
    assert_eq!(known.len(), ErrorCode::ALL.len(), "a code twice");
    for &(name, status, retriable) in DOCUMENTED.iter().chain(ADDED) {
        let code = ErrorCode::from_code(name).expect(name);
        assert_eq!(code.as_str(), name);
        assert_eq!(code.to_string(), name);
        assert_eq!(serde_json::to_value(code).expect("JSON"), name);
        assert_eq!(code.status(), status, "{name}");
        assert_eq!(code.retriable(), retriable, "{name}");
        let message = code.message();
        assert!(message.ends_with('.') && !message.contains('_'), "{message:?}");
    }
    assert_eq!(ErrorCode::from_code("no_such_code"), None);
    assert_eq!(ErrorCode::from_code("INVALID_KEY"), None);
}

#[test]
fn a_status_alone_means_something() {
    for (status, wanted) in [
        (400, ErrorCode::ValidationError),
        (401, ErrorCode::InvalidKey),
        (402, ErrorCode::InsufficientCredits),
        (403, ErrorCode::InsufficientScope),
        (404, ErrorCode::NotFound),
        (405, ErrorCode::MethodNotAllowed),
        (408, ErrorCode::RequestTimeout),
        (413, ErrorCode::PayloadTooLarge),
        (418, ErrorCode::ValidationError),
        (422, ErrorCode::ValidationError),
        (429, ErrorCode::RateLimitExceeded),
        (500, ErrorCode::InternalError),
        (502, ErrorCode::UpstreamUnavailable),
        (503, ErrorCode::UpstreamUnavailable),
        (504, ErrorCode::UpstreamTimeout),
        (599, ErrorCode::InternalError),
        (200, ErrorCode::InternalError),
        (302, ErrorCode::InternalError),
    ] {
        assert_eq!(ErrorCode::from_status(status), wanted, "{status}");
    }
    // Whatever the server sends, waiting is offered for 408, 429 and 5xx only.
    for status in 100..600 {
        let waiting = matches!(status, 408 | 429 | 500..);
        if status >= 400 {
            assert_eq!(ErrorCode::from_status(status).retriable(), waiting, "{status}");
        }
    }
}

#[test]
fn every_documented_model_with_its_frames() {
    let documented: &[(&str, u32)] = &[
        ("10", 10),
        ("50", 50),
        ("250", 250),
        ("mixed-10-v2", 10),
        ("mixed-30-v2", 30),
        ("mixed-60-v2", 60),
        ("mixed-90-v2", 90),
        ("mixed-120-v2", 120),
        ("mixed-10", 10),
        ("mixed-30", 30),
        ("mixed-60", 60),
        ("mixed-90", 90),
        ("mixed-120", 120),
        ("mixed-150", 150),
        ("mixed-250", 250),
        ("hybrid-v2-10", 10),
        ("hybrid-v2-30", 30),
        ("hybrid-v2-60", 60),
        ("hybrid-v2-90", 90),
        ("hybrid-v2-120", 120),
        ("mixed-30-v3_1_1", 30),
        ("mixed-60-v3_1_1", 60),
        ("mixed-120-v3_1_1", 120),
    ];
    let listed: HashSet<_> = MODELS.iter().map(|model| (model.id, model.min_frames)).collect();
    assert_eq!(listed, documented.iter().copied().collect());
    assert_eq!(listed.len(), MODELS.len(), "an id twice");
    assert_eq!(Model::find(API_DEFAULT_MODEL).map(|model| model.min_frames), Some(10));
    assert_eq!(Model::find(RECOMMENDED_MODEL).map(|model| model.min_frames), Some(30));
    assert_eq!(Model::find("mixed-31-v2"), None);
}

#[test]
fn deprecation_and_fps() {
    for model in MODELS {
        let legacy = model.id.starts_with("mixed-") && !model.id.contains("-v");
        assert_eq!(model.deprecated(), legacy, "{}", model.id);
        assert_eq!(model.needs_fps, model.id.starts_with("hybrid-"), "{}", model.id);
        if let Some(successor) = model.successor {
            let successor = Model::find(successor).expect("known");
            assert!(!successor.deprecated());
            assert_eq!(successor.min_frames, model.min_frames.min(120));
        }
        let entry = ModelEntry::from(model);
        assert_eq!((entry.id.as_str(), entry.min_frames), (model.id, model.min_frames));
        assert_eq!(entry.deprecated, legacy);
        assert!(!entry.label.is_empty() && !entry.description.is_empty());
    }
}

#[test]
fn resolution_by_id() {
    for model in MODELS {
        assert_eq!(Model::resolve(None, Some(model.id), None), Ok(model));
        // Without the header, frame_count decides nothing.
        assert_eq!(Model::resolve(None, Some(model.id), Some(7)), Ok(model));
    }
    let default = Model::resolve(None, None, None).map(|model| model.id);
    assert_eq!(default, Ok(API_DEFAULT_MODEL));
    let unknown = Model::resolve(None, Some("mixed-30-v9"), None);
    assert_eq!(unknown, Err(ResolveError::UnknownModel("mixed-30-v9".into())));
    // An alias is no id.
    let unknown = Model::resolve(None, Some("latest"), Some(30));
    assert_eq!(unknown, Err(ResolveError::UnknownModel("latest".into())));
}

#[test]
fn resolution_by_version() {
    let id = |version, frames| Model::resolve(Some(version), None, Some(frames)).map(|m| m.id);
    for &frames in FRAME_COUNTS {
        for version in ["latest", "v2", "fast"] {
            assert_eq!(id(version, frames), Ok(format!("mixed-{frames}-v2").as_str()));
        }
        assert_eq!(id("v1", frames), Ok(format!("mixed-{frames}").as_str()));
    }
    assert_eq!(id("v3_1_1", 60), Ok("mixed-60-v3_1_1"));
    for (version, frame_count) in
        [("latest", 31), ("latest", 0), ("v1", 150), ("v1", 250), ("v3_1_1", 10), ("v3_1_1", 90)]
    {
        let wanted = ResolveError::UnknownFrameCount { version: version.into(), frame_count };
        assert_eq!(id(version, frame_count), Err(wanted));
    }
    assert_eq!(id("v9", 30), Err(ResolveError::UnknownVersion("v9".into())));
    // The header wins over the body's model, be it known or not.
    let both = Model::resolve(Some("latest"), Some("nonsense"), Some(30)).map(|model| model.id);
    assert_eq!(both, Ok("mixed-30-v2"));
    let missing = Model::resolve(Some("latest"), Some("mixed-30-v2"), None);
    assert_eq!(missing, Err(ResolveError::MissingFrameCount));
}

#[test]
fn bands_and_threshold() {
    for (score, wanted) in [
        (0.0, RiskBand::VeryLow),
        (34.99, RiskBand::VeryLow),
        (35.0, RiskBand::Low),
        (49.99, RiskBand::Low),
        (50.0, RiskBand::Medium),
        (64.99, RiskBand::Medium),
        (65.0, RiskBand::High),
        (79.99, RiskBand::High),
        (80.0, RiskBand::VeryHigh),
        (100.0, RiskBand::VeryHigh),
        (-1.0, RiskBand::VeryLow),
        (f64::NAN, RiskBand::VeryLow),
    ] {
        assert_eq!(RiskBand::of_score(score), wanted, "{score}");
    }
    assert_eq!(LIVE_THRESHOLD, 65.0);
    for (band, word) in [
        (RiskBand::VeryLow, "VERY LOW"),
        (RiskBand::Low, "LOW"),
        (RiskBand::Medium, "MEDIUM"),
        (RiskBand::High, "HIGH"),
        (RiskBand::VeryHigh, "VERY HIGH"),
    ] {
        assert_eq!(serde_json::to_value(band).expect("JSON"), word);
        assert_eq!(serde_json::from_value::<RiskBand>(word.into()).expect("a band"), band);
    }
}
