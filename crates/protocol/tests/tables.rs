//! The tables: error codes, models, score bands.

use std::collections::HashSet;

use liveness_protocol::{
    CaptureWarning, ErrorCode, Model, ModelChoice, ModelEntry, ResolveError, RiskBand,
    SessionWarning,
    model::{API_DEFAULT_MODEL, FIRST_MODEL, FRAME_COUNTS, MODELS, RECOMMENDED_MODEL, StepsError},
    status_allows_retry, status_turns_away,
    verdict::{LIVE_THRESHOLD, Verdict},
};
use serde_json::json;

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

#[test]
fn every_documented_code_is_as_documented() {
    for &(name, status, again) in DOCUMENTED {
        let code = ErrorCode::from_code(name).expect(name);
        assert_eq!((code.status(), code.again()), (status, again), "{name}");
    }
}

/// What is read knows of each.
#[test]
fn all_verdicts_are_listed() {
    let error = serde_json::from_value::<Verdict>(json!("?")).unwrap_err().to_string();
    let read: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    assert_eq!(Verdict::ALL.map(Verdict::as_str).to_vec(), read, "{error}");
}

#[test]
fn every_code_is_complete() {
    let names: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), ErrorCode::ALL.len(), "a code occurs twice");
    for &code in ErrorCode::ALL {
        let name = code.as_str();
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert_eq!(ErrorCode::from_code(name), Some(code));
        assert_eq!(code.to_string(), name);
        assert_eq!(serde_json::to_value(code).expect("JSON"), name);
        assert!((400..600).contains(&code.status()), "{name}");
        // If the same request may succeed later, so may a new check, and the status must allow a retry.
        assert!(!code.again() || code.retriable(), "{name}");
        assert!(!code.again() || status_allows_retry(code.status()), "{name}");
        let message = code.message();
        assert!(message.ends_with('.') && !message.contains('_'), "{message:?}");
        let description = code.description();
        assert!(
            description.ends_with(['.', ')']) && !description.contains("  "),
            "{description:?}"
        );
    }
    assert_eq!(ErrorCode::from_code("no_such_code"), None);
    assert_eq!(ErrorCode::from_code("INVALID_KEY"), None);
}

#[test]
fn a_check_that_may_have_been_paid_for_is_not_repeated() {
    for code in [ErrorCode::UpstreamTimeout, ErrorCode::VerdictLost] {
        assert!(!code.again() && code.retriable(), "{code}");
    }
}

#[test]
fn a_status_without_a_code_maps_to_one() {
    for (status, wanted) in [
        (400, ErrorCode::ValidationError),
        (401, ErrorCode::InvalidKey),
        (402, ErrorCode::InsufficientCredits),
        (403, ErrorCode::InsufficientScope),
        (404, ErrorCode::NotFound),
        (405, ErrorCode::MethodNotAllowed),
        (408, ErrorCode::RequestTimeout),
        (413, ErrorCode::PayloadTooLarge),
        (422, ErrorCode::ValidationError),
        (429, ErrorCode::RateLimitExceeded),
        (500, ErrorCode::InternalError),
        (502, ErrorCode::UpstreamUnavailable),
        (503, ErrorCode::UpstreamUnavailable),
        (504, ErrorCode::UpstreamTimeout),
        (599, ErrorCode::InternalError),
    ] {
        assert_eq!(ErrorCode::from_status(status), Some(wanted), "{status}");
    }
    for status in [0, 200, 201, 302, 406, 409, 410, 418, 451, 600] {
        assert_eq!(ErrorCode::from_status(status), None, "{status}");
    }
    for status in 0..700 {
        let waiting = matches!(status, 408 | 429 | 500..600);
        assert_eq!(status_allows_retry(status), waiting, "{status}");
        assert!(waiting || !status_turns_away(status), "{status}");
    }
}

#[test]
fn a_model_is_chosen_by_id_or_by_version() {
    let choice = |version: Option<&str>, model: Option<&str>, frames| {
        ModelChoice::new(version.map(Into::into), model.map(Into::into), frames, "mixed-10-v2")
    };
    let id = choice(None, Some("mixed-30-v2"), Some(7)).expect("an id");
    assert_eq!((id.model(), id.version(), id.frame_count()), (Some("mixed-30-v2"), None, None));
    assert_eq!(id.resolve().map(|model| model.min_frames), Ok(30));
    let default = choice(None, None, None).expect("the default");
    assert_eq!(default.model(), Some("mixed-10-v2"));
    let version = choice(Some("latest"), Some("ignored"), Some(60)).expect("a version");
    let words = (version.model(), version.version(), version.frame_count());
    assert_eq!(words, (None, Some("latest"), Some(60)));
    assert_eq!(version.resolve().map(|model| model.id), Ok("mixed-60-v2"));
    assert_eq!(choice(Some("latest"), None, None), Err(ResolveError::MissingFrameCount));
    let unknown = choice(None, Some("x"), None).expect("any id").resolve();
    assert_eq!(unknown, Err(ResolveError::UnknownModel("x".into())));
}

#[test]
fn every_warning_has_a_code_for_us_and_a_text_for_the_api() {
    // The first two are the documentation's words (Fast Check, `warnings`), the third the official packages'.
    let plain = [
        (CaptureWarning::LowLight, "low_light", "Low light detected"),
        (CaptureWarning::FaceNotCentered, "face_not_centered", "Face not centered"),
        (CaptureWarning::Glasses, "glasses", "User was wearing glasses"),
        (CaptureWarning::Overexposed, "overexposed", "Face too bright"),
        (CaptureWarning::Backlight, "backlight", "Light from behind"),
        (CaptureWarning::Blurred, "blurred", "Face not sharp"),
        (CaptureWarning::NoColor, "no_color", "Picture without color"),
        (CaptureWarning::PictureFrozen, "picture_frozen", "Picture did not change"),
        (CaptureWarning::PictureNoised, "picture_noised", "Picture altered by the browser"),
        (CaptureWarning::VirtualCamera, "virtual_camera", "Virtual camera, by its label"),
    ];
    let plain = plain.map(|(warning, code, text)| (warning, json!({ "code": code }), text));
    let with_parameters = [
        (
            CaptureWarning::LowFrameRate { fps: 7.26, target_fps: 10.0 },
            json!({ "code": "low_frame_rate", "fps": 7.26, "target_fps": 10.0 }),
            "Frame rate was 7.3 FPS instead of 10.0 FPS",
        ),
        (
            CaptureWarning::UnevenFrames { jitter_ms: 61.4 },
            json!({ "code": "uneven_frames", "jitter_ms": 61.4 }),
            "Frame intervals varied by 61 ms",
        ),
        (
            CaptureWarning::Interrupted { times: 1 },
            json!({ "code": "interrupted", "times": 1 }),
            "The capture was interrupted once",
        ),
        (
            CaptureWarning::Interrupted { times: 5 },
            json!({ "code": "interrupted", "times": 5 }),
            "The capture was interrupted several times",
        ),
    ];
    // What reads a code that there is not names all that there are.
    let unknown = serde_json::from_value::<CaptureWarning>(json!({ "code": "moustache" }));
    let all = unknown.expect_err("no such code").to_string();
    let all = all.split_once("expected one of").expect("a list").1;
    let mut untried: Vec<_> = all.split('`').skip(1).step_by(2).collect();
    for (warning, json, text) in plain.into_iter().chain(with_parameters) {
        untried.retain(|code| json["code"] != *code);
        let sent = SessionWarning::from(warning);
        assert_eq!(serde_json::to_value(&sent).expect("JSON"), json);
        assert_eq!(serde_json::from_value::<SessionWarning>(json).expect("a warning"), sent);
        assert_eq!(sent.text().as_deref(), Some(text));
    }
    assert!(untried.is_empty(), "{untried:?}");
    let read = |json| serde_json::from_value::<SessionWarning>(json).expect("any JSON").text();
    assert_eq!(read(json!("Low light detected")).as_deref(), Some("Low light detected"));
    for newer in
        [json!({ "code": "moustache" }), json!({ "code": "uneven_frames" }), json!(7), json!(null)]
    {
        assert_eq!(read(newer), None);
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
    assert_eq!(listed.len(), MODELS.len(), "an id occurs twice");
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
        assert_eq!((entry.deprecated, entry.credits), (legacy, model.credits()));
        assert!(!entry.label.is_empty() && !entry.description.is_empty());
    }
}

#[test]
fn resolution_by_id() {
    for model in MODELS {
        assert_eq!(Model::resolve(None, Some(model.id), None), Ok(model));
        // Without the header, frame_count is ignored.
        assert_eq!(Model::resolve(None, Some(model.id), Some(7)), Ok(model));
    }
    let default = Model::resolve(None, None, None).map(|model| model.id);
    assert_eq!(default, Ok(API_DEFAULT_MODEL));
    let unknown = Model::resolve(None, Some("mixed-30-v9"), None);
    assert_eq!(unknown, Err(ResolveError::UnknownModel("mixed-30-v9".into())));
    // An alias is not an id.
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
    // The header overrides the body's model, known or not.
    let both = Model::resolve(Some("latest"), Some("nonsense"), Some(30)).map(|model| model.id);
    assert_eq!(both, Ok("mixed-30-v2"));
    let missing = Model::resolve(Some("latest"), Some("mixed-30-v2"), None);
    assert_eq!(missing, Err(ResolveError::MissingFrameCount));
}

#[test]
fn the_steps_of_an_escalation_see_more_each_time() {
    fn steps(frames: u32, ids: Option<&[&str]>) -> Result<Vec<&'static str>, StepsError> {
        let ids = ids.map(|ids| ids.join(" "));
        let found = Model::steps(frames, ids.as_deref())?;
        Ok(found.into_iter().map(|model| model.id).collect())
    }
    assert_eq!(Model::find(FIRST_MODEL).map(|model| model.min_frames), Some(10));
    // By default those of the documented ones that see more than the first.
    assert_eq!(steps(10, None), Ok(vec!["mixed-30-v2", "mixed-60-v2"]));
    assert_eq!(steps(30, None), Ok(vec!["mixed-60-v2"]));
    assert_eq!(steps(60, None), Err(StepsError::None));
    assert_eq!(steps(10, Some(&[])), Err(StepsError::None));
    let all = ["mixed-30-v2", "mixed-60-v2", "mixed-90-v2", "mixed-120-v2"];
    assert_eq!(steps(10, Some(&all)), Ok(all.to_vec()));
    assert_eq!(steps(10, Some(&["hybrid-v2-30"])), Ok(vec!["hybrid-v2-30"]));
    for (frames, ids, wrong) in [
        (30, &["mixed-30-v2"][..], "mixed-30-v2"),
        (60, &["mixed-30-v2"], "mixed-30-v2"),
        (10, &["mixed-60-v2", "mixed-30-v2"], "mixed-30-v2"),
        (10, &["mixed-30-v2", "mixed-30"], "mixed-30"),
    ] {
        assert_eq!(steps(frames, Some(ids)), Err(StepsError::NotMore(wrong)));
    }
    let unknown = steps(10, Some(&["mixed-30-v2", "mixed-31-v2"]));
    assert_eq!(unknown, Err(StepsError::UnknownModel("mixed-31-v2".into())));
    for error in [StepsError::None, StepsError::NotMore("x"), StepsError::UnknownModel("x".into())]
    {
        assert!(error.to_string().contains("model"), "{error}");
    }
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
