//! Every name, message and setting.

use std::collections::HashSet;

use liveness_capture_core::{
    ConfigError, FailureCode, Guidance, Session, SessionConfig, SourceKind, State,
    quality::{Bound, Cause, GATES, Measure},
};
use liveness_protocol::{ErrorCode, Source, status_allows_retry};

#[test]
fn every_failure_is_complete() {
    let api = ErrorCode::ALL.iter().copied().map(FailureCode::from);
    for code in FailureCode::OWN.iter().copied().chain(api) {
        let name = code.as_str();
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
        assert_eq!(code.to_string(), name);
        assert_eq!(serde_json::to_value(code).expect("JSON"), name);
        let description = code.description();
        assert!(
            description.ends_with(['.', ')']) && !description.contains("  "),
            "{description:?}"
        );
        // Our own code and the API's may share a name, but then must agree.
        let found = FailureCode::from_code(name).expect("known");
        assert_eq!(found.as_str(), name);
        assert_eq!(found.retriable(), code.retriable(), "{name}: one name, two meanings");
    }
    let names: HashSet<_> = FailureCode::OWN.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), FailureCode::OWN.len(), "a code occurs twice");
    assert_eq!(FailureCode::from_code("no_such_code"), None);
}

#[test]
fn failures_only_the_sites_owner_can_fix_are_not_retriable() {
    for &code in ErrorCode::ALL {
        let failure = FailureCode::from(code);
        assert_eq!(failure, FailureCode::Api(code));
        assert_eq!(failure.retriable(), code.retriable());
        // A refusal for lack of credit or permission would only be repeated.
        if matches!(code.status(), 402 | 403) {
            assert!(!code.retriable(), "{code}");
        }
    }
    for code in [
        FailureCode::InvalidOptions,
        FailureCode::EngineBlockedByPolicy,
        FailureCode::EngineCrossOrigin,
        FailureCode::EngineFileMissing,
        FailureCode::ProxyRefused,
        FailureCode::ProxyTooLarge,
    ] {
        assert!(!code.retriable(), "{code}");
    }
}

#[test]
fn an_answer_that_is_not_the_services_is_attributed_to_a_proxy() {
    for (status, wanted) in [
        (301, FailureCode::ProxyRefused),
        (401, FailureCode::ProxyRefused),
        (403, FailureCode::ProxyRefused),
        (404, FailureCode::Api(ErrorCode::NotFound)),
        (405, FailureCode::ProxyRefused),
        (408, FailureCode::RequestTimeout),
        (413, FailureCode::ProxyTooLarge),
        (429, FailureCode::Api(ErrorCode::RateLimitExceeded)),
        (500, FailureCode::ProxyUnavailable),
        (502, FailureCode::ProxyUnavailable),
        (504, FailureCode::ProxyUnavailable),
    ] {
        assert_eq!(FailureCode::of_foreign_status(status), wanted, "{status}");
        // If the request may be sent again, a new check may help too.
        assert!(!status_allows_retry(status) || wanted.retriable(), "{status}");
    }
}

#[test]
fn every_guidance_and_state() {
    let mut names = HashSet::new();
    for &guidance in Guidance::ALL {
        assert!(names.insert(guidance.as_str()));
        assert_eq!(guidance.to_string(), guidance.as_str());
        assert!(guidance.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        assert_eq!(serde_json::to_value(guidance).expect("JSON"), guidance.as_str());
    }
    for &state in State::ALL {
        assert!(state.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        assert_eq!(serde_json::to_value(state).expect("JSON"), state.as_str());
    }
    let terminal: Vec<_> = State::ALL.iter().filter(|state| state.is_terminal()).collect();
    assert_eq!(terminal, [&State::Done, &State::Failed, &State::Cancelled]);
    assert_eq!(State::RequestingCamera.to_string(), "requesting-camera");
}

#[test]
fn every_measure_and_cause() {
    let names: HashSet<_> = Measure::ALL.iter().map(|measure| measure.as_str()).collect();
    assert_eq!(names.len(), Measure::ALL.len());
    for measure in Measure::ALL {
        assert!(measure.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert!(measure.description().ends_with('.'), "{measure:?}");
    }
    // A row for every cause, and a name for every row.
    let names: HashSet<_> = GATES.iter().map(|gate| gate.cause.as_str()).collect();
    assert_eq!(names.len(), GATES.len());
    for gate in GATES {
        assert!(gate.cause.description().ends_with('.'), "{:?}", gate.cause);
        assert!(gate.cause.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    }
    assert!(GATES.iter().any(|gate| gate.cause == Cause::NoFace));
}

#[test]
fn sources_map_to_the_apis_words() {
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
    let durations: [(&str, Change); 11] = [
        ("camera_timeout_ms", |c| c.camera_timeout_ms = 0.0),
        ("loading_timeout_ms", |c| c.loading_timeout_ms = -1.0),
        ("positioning_timeout_ms", |c| c.positioning_timeout_ms = f64::INFINITY),
        ("help_after_ms", |c| c.help_after_ms = 0.0),
        ("stall_timeout_ms", |c| c.stall_timeout_ms = f64::NAN),
        // A browser's timer set for longer than this fires at once.
        ("camera_timeout_ms", |c| c.camera_timeout_ms = 2_147_483_648.0),
        ("upload_timeout_ms", |c| c.upload_timeout_ms = 0.0),
        ("verify_timeout_ms", |c| c.verify_timeout_ms = 0.0),
        ("hidden_timeout_ms", |c| c.hidden_timeout_ms = 0.0),
        ("source_pause_timeout_ms", |c| c.source_pause_timeout_ms = 0.0),
        ("max_gap_ms", |c| c.max_gap_ms = Some(f64::NAN)),
    ];
    // Whatever setting is a duration is among them.
    let shown = format!("{:?}", SessionConfig::default());
    for name in shown.split([' ', '{', ':']).filter(|word| word.ends_with("_ms")) {
        assert!(durations.iter().any(|(tried, _)| *tried == name), "{name}");
    }
    for (wanted, change) in durations {
        let ConfigError::Duration { name, .. } = refused(change) else { panic!("{wanted}") };
        assert_eq!(name, wanted);
    }
    assert_eq!(
        refused(|c| c.max_gap_ms = Some(100.0)),
        ConfigError::MaxGap { value: 100.0, interval_ms: 100.0 }
    );
    assert_eq!(refused(|c| c.settle_frames = 0), ConfigError::SettleFrames);
    assert_eq!(refused(|c| c.escalation.frames = vec![30, 0]), ConfigError::Escalation);
    let bands: [Change; 5] = [
        |c| c.escalation.band = (80.0, 35.0),
        |c| c.escalation.band = (-1.0, 50.0),
        |c| c.escalation.band = (50.0, 101.0),
        |c| c.escalation.band = (f64::NAN, 80.0),
        |c| c.escalation.band = (35.0, f64::NAN),
    ];
    for change in bands {
        assert_eq!(refused(change), ConfigError::Escalation);
    }
    // Every gate, with every bound that makes no sense for it.
    for (row, gate) in GATES.iter().enumerate() {
        let nonsense = match gate.bound {
            Bound::AtLeast { enter, .. } => [
                Bound::AtLeast { enter, leave: enter + 1.0 },
                Bound::AtLeast { enter: f64::NAN, leave: enter },
                Bound::AtLeast { enter, leave: f64::NEG_INFINITY },
            ],
            Bound::AtMost { enter, .. } => [
                Bound::AtMost { enter, leave: enter - 1.0 },
                Bound::AtMost { enter: f64::NAN, leave: enter },
                Bound::AtMost { enter, leave: f64::INFINITY },
            ],
        };
        for bound in nonsense {
            let mut gates = GATES.to_vec();
            gates[row].bound = bound;
            let config = SessionConfig { gates: gates.leak(), ..SessionConfig::default() };
            assert_eq!(config.validate(), Err(ConfigError::Gate(gate.cause)));
        }
    }
    // No face is both larger than the smallest and smaller than the largest.
    let mut gates = GATES.to_vec();
    let row = gates.iter().position(|gate| gate.cause == Cause::TooFar).expect("its row");
    gates[row].bound = Bound::AtLeast { enter: 0.3, leave: 0.2 };
    let config = SessionConfig { gates: gates.leak(), ..SessionConfig::default() };
    assert_eq!(config.validate(), Err(ConfigError::Gate(Cause::TooFar)));
}
