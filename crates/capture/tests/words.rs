//! Names, messages and settings: every one of them.

use std::collections::HashSet;

use liveness_capture_core::{
    ConfigError, FailureCode, Guidance, Limit, Session, SessionConfig, SourceKind, State,
};
use liveness_protocol::{ErrorCode, Source};

/// Code and whether the person can try again, for every code of ours.
const OWN: &[(FailureCode, &str, bool)] = &[
    (FailureCode::CameraDenied, "camera_denied", true),
    (FailureCode::CameraDismissed, "camera_dismissed", true),
    (FailureCode::CameraNotFound, "camera_not_found", true),
    (FailureCode::CameraInUse, "camera_in_use", true),
    (FailureCode::CameraOverconstrained, "camera_overconstrained", true),
    (FailureCode::CameraInsecureContext, "camera_insecure_context", false),
    (FailureCode::CameraBlockedByPolicy, "camera_blocked_by_policy", false),
    (FailureCode::CameraUnsupported, "camera_unsupported", false),
    (FailureCode::CameraFailed, "camera_failed", true),
    (FailureCode::CameraTimeout, "camera_timeout", true),
    (FailureCode::CameraEnded, "camera_ended", true),
    (FailureCode::SimdUnsupported, "simd_unsupported", false),
    (FailureCode::EngineLoadFailed, "engine_load_failed", true),
    (FailureCode::EngineWrongMimeType, "engine_wrong_mime_type", false),
    (FailureCode::EngineBlockedByCsp, "engine_blocked_by_csp", false),
    (FailureCode::EngineInvalid, "engine_invalid", false),
    (FailureCode::EngineLoadTimeout, "engine_load_timeout", true),
    (FailureCode::EngineCrashed, "engine_crashed", true),
    (FailureCode::DetectorLoadFailed, "detector_load_failed", true),
    (FailureCode::DetectorInvalid, "detector_invalid", false),
    (FailureCode::DetectorUnsupported, "detector_unsupported", false),
    (FailureCode::DetectorMismatch, "detector_mismatch", false),
    (FailureCode::OutOfMemory, "out_of_memory", true),
    (FailureCode::MediaUnsupported, "media_unsupported", true),
    (FailureCode::MediaTooShort, "media_too_short", true),
    (FailureCode::PositioningTimeout, "positioning_timeout", true),
    (FailureCode::FramesStalled, "frames_stalled", true),
    (FailureCode::NetworkError, "network_error", true),
    (FailureCode::RequestTimeout, "request_timeout", true),
    (FailureCode::UnexpectedResponse, "unexpected_response", true),
    (FailureCode::InvalidOptions, "invalid_options", false),
    (FailureCode::Internal, "internal", true),
];

/// What only the site's owner can mend.
const NOT_FOR_THE_PERSON: &[ErrorCode] = &[
    ErrorCode::MissingField,
    ErrorCode::ValidationError,
    ErrorCode::InvalidKey,
    ErrorCode::InsufficientCredits,
    ErrorCode::AccountSuspended,
    ErrorCode::InsufficientScope,
    ErrorCode::OriginNotAllowed,
    ErrorCode::UnknownModel,
    ErrorCode::NotFound,
    ErrorCode::MethodNotAllowed,
];

fn assert_sentence(text: &str) {
    assert!(text.ends_with('.') && text.chars().next().is_some_and(char::is_uppercase), "{text:?}");
    assert!(!text.contains('_'), "{text:?} is not for a person");
}

#[test]
fn every_failure_of_ours() {
    assert_eq!(OWN.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), FailureCode::OWN);
    for &(code, name, retriable) in OWN {
        assert_eq!(code.as_str(), name);
        assert_eq!(code.to_string(), name);
        assert_eq!(code.retriable(), retriable, "{name}");
        assert_eq!(FailureCode::from_code(name), Some(code));
        assert_sentence(code.message());
    }
    let names: HashSet<_> = FailureCode::OWN.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), FailureCode::OWN.len());
    assert_eq!(FailureCode::from_code("no_such_code"), None);
}

#[test]
fn every_failure_of_the_api() {
    for &code in ErrorCode::ALL {
        let failure = FailureCode::from(code);
        assert_eq!(failure, FailureCode::Api(code));
        assert_eq!(failure.as_str(), code.as_str());
        assert_eq!(failure.message(), code.message());
        assert_eq!(failure.retriable(), !NOT_FOR_THE_PERSON.contains(&code), "{code}");
        let found = FailureCode::from_code(code.as_str()).expect("known");
        assert_eq!(found.as_str(), code.as_str());
        // A timeout is a timeout, whoever noticed it first.
        let expected = match code {
            ErrorCode::RequestTimeout => FailureCode::RequestTimeout,
            _ => failure,
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn every_guidance_and_state() {
    let mut names = HashSet::new();
    for &guidance in Guidance::ALL {
        assert!(names.insert(guidance.as_str()));
        assert_eq!(guidance.to_string(), guidance.as_str());
        assert!(guidance.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        if guidance == Guidance::None {
            assert_eq!(guidance.message(), "");
        } else {
            assert_sentence(guidance.message());
        }
    }
    let states: Vec<_> = State::ALL.iter().map(|state| state.as_str()).collect();
    assert_eq!(
        states,
        [
            "idle",
            "requesting-camera",
            "loading",
            "positioning",
            "capturing",
            "uploading",
            "verifying",
            "done",
            "failed",
            "cancelled"
        ]
    );
    let terminal: Vec<_> = State::ALL.iter().filter(|state| state.is_terminal()).collect();
    assert_eq!(terminal, [&State::Done, &State::Failed, &State::Cancelled]);
    assert_eq!(State::RequestingCamera.to_string(), "requesting-camera");
}

#[test]
fn sources_have_their_word_on_the_wire() {
    assert_eq!(Source::from(SourceKind::Camera), Source::Live);
    assert_eq!(Source::from(SourceKind::Media), Source::Media);
}

#[test]
fn the_default_settings_are_valid() {
    let config = SessionConfig::default();
    assert_eq!(config.validate(), Ok(()));
    assert_eq!(config.interval_ms(), 100.0);
    assert_eq!(config.effective_max_gap_ms(), 550.0);
}

#[test]
fn every_setting_is_checked() {
    type Change = fn(&mut SessionConfig);
    let refused = |change: Change| {
        let mut config = SessionConfig::default();
        change(&mut config);
        let error = config.validate().expect_err("nonsense");
        let same = Session::new(config).expect_err("nonsense");
        assert_eq!(same.to_string(), error.to_string());
        error
    };
    for fps in [0.0, 0.99, 30.01, -1.0] {
        let config = SessionConfig { target_fps: fps, ..SessionConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::TargetFps(fps)));
    }
    assert!(matches!(refused(|c| c.target_fps = f64::NAN), ConfigError::TargetFps(_)));
    let durations: [(&str, Change); 8] = [
        ("camera_timeout_ms", |c| c.camera_timeout_ms = 0.0),
        ("loading_timeout_ms", |c| c.loading_timeout_ms = -1.0),
        ("positioning_timeout_ms", |c| c.positioning_timeout_ms = f64::INFINITY),
        ("stall_timeout_ms", |c| c.stall_timeout_ms = f64::NAN),
        ("upload_timeout_ms", |c| c.upload_timeout_ms = 0.0),
        ("verify_timeout_ms", |c| c.verify_timeout_ms = 0.0),
        ("hidden_timeout_ms", |c| c.hidden_timeout_ms = 0.0),
        ("max_gap_ms", |c| c.max_gap_ms = Some(f64::NAN)),
    ];
    for (wanted, change) in durations {
        let ConfigError::Duration { name, .. } = refused(change) else { panic!("{wanted}") };
        assert_eq!(name, wanted);
    }
    assert_eq!(
        refused(|c| c.max_gap_ms = Some(100.0)),
        ConfigError::MaxGap { value: 100.0, interval_ms: 100.0 }
    );
    assert_eq!(refused(|c| c.settle_frames = 0), ConfigError::SettleFrames);
    let framing: [(&str, Change); 10] = [
        ("min_score", |c| c.framing.min_score = Limit::new(0.5, 0.6)),
        ("min_area", |c| c.framing.min_area = Limit::new(0.02, 0.03)),
        ("min_margin", |c| c.framing.min_margin = Limit::new(f64::NAN, 0.0)),
        ("max_area", |c| c.framing.max_area = Limit::new(0.3, 0.2)),
        ("max_area", |c| c.framing.max_area = Limit::new(0.01, 0.2)),
        ("max_offset_x", |c| c.framing.max_offset_x = Limit::new(0.3, 0.2)),
        ("max_offset_y", |c| c.framing.max_offset_y = Limit::new(0.3, 0.2)),
        ("max_offset_y", |c| c.framing.max_offset_y = Limit::new(0.3, f64::INFINITY)),
        ("other_face_score", |c| c.framing.other_face_score = f64::NAN),
        ("other_face_area", |c| c.framing.other_face_area = f64::INFINITY),
    ];
    for (wanted, change) in framing {
        assert_eq!(refused(change), ConfigError::Framing(wanted));
    }
}
