//! When nothing improves: advice that goes further, how far there is to go, a warning before the end, more time.

use crate::common::{self, HEIGHT, Sim, WIDTH, face_at, good_face};
use liveness_capture_core::{
    Aid, Effect, Event, FaceObservation, FailureCode, FrameAnalysis, Guidance, Help, SessionConfig,
    SourceKind, SourcePause, State,
};

fn config() -> SessionConfig {
    SessionConfig::default()
}

/// Frames at ten per second, with a Tick at each deadline.
fn watch(sim: &mut Sim, ms: f64, faces: &[FaceObservation]) {
    for _ in 0..(ms / 100.0) as u32 {
        sim.pass(100.0);
        if sim.session.told_state().is_terminal() {
            return;
        }
        sim.frame(0.0, faces.to_vec());
    }
}

fn help(sim: &Sim) -> Option<Help> {
    sim.session.aid().help
}

fn aids(effects: &[Effect]) -> Vec<Aid> {
    let aid = |effect: &Effect| match effect {
        Effect::AidChanged(aid) => Some(*aid),
        _ => None,
    };
    effects.iter().filter_map(aid).collect()
}

#[test]
fn every_instruction_that_blocks_has_advice_beyond_it() {
    use liveness_capture_core::quality::{Force, GATES};
    for gate in GATES.iter().filter(|gate| gate.force != Force::Notes) {
        assert!(gate.guidance.help().is_some(), "{:?}", gate.cause);
    }
    for &help in Help::ALL {
        assert!(Guidance::ALL.iter().any(|&guidance| guidance.help() == Some(help)));
        assert_eq!(serde_json::to_value(help).expect("JSON"), help.as_str());
        assert!(help.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    }
}

#[test]
fn advice_goes_further_once_nothing_has_improved_and_follows_the_instruction() {
    let mut sim = Sim::ready(config(), 9);
    watch(&mut sim, 9_900.0, &[]);
    assert_eq!(help(&sim), None);
    watch(&mut sim, 100.0, &[]);
    assert_eq!(help(&sim), Some(Help::CameraAtEyeLevel));
    assert_eq!(aids(&sim.log).len(), 1, "told once");
    watch(&mut sim, 3_000.0, &[face_at(200.0, 240.0, 150.0), face_at(450.0, 240.0, 150.0)]);
    assert_eq!(sim.session.guidance(), Guidance::MultipleFaces);
    assert_eq!(help(&sim), Some(Help::PlainBackground));
    // A run that gets somewhere ends it.
    watch(&mut sim, 600.0, &[good_face()]);
    assert_eq!((sim.session.told_state(), help(&sim)), (State::Capturing, None));
    watch(&mut sim, 9_000.0, &[]);
    assert_eq!((sim.session.told_state(), help(&sim)), (State::Positioning, None));
    watch(&mut sim, 1_100.0, &[]);
    assert_eq!(help(&sim), Some(Help::CameraAtEyeLevel));
}

#[test]
fn a_face_that_the_detector_is_not_sure_of_is_to_be_bared() {
    let mut sim = Sim::ready(config(), 9);
    let masked = FaceObservation { score: 0.55, ..good_face() };
    watch(&mut sim, 10_000.0, &[masked]);
    let told = (sim.session.guidance(), help(&sim));
    assert_eq!(told, (Guidance::LookAtCamera, Some(Help::BareTheFace)));
}

#[test]
fn runs_that_keep_breaking_early_are_no_headway() {
    let mut sim = Sim::ready(config(), 30);
    let mut run = 0;
    let helped = (0..40).find(|_| {
        watch(&mut sim, 500.0, &[good_face()]);
        watch(&mut sim, 500.0, &[]);
        if sim.log.contains(&Effect::OpenTransport { run: run + 1 }) {
            run += 1;
            sim.open(run, 30);
        }
        help(&sim).is_some()
    });
    assert!(run >= 5 && helped.is_some_and(|seconds| seconds < 20), "{run} runs, {helped:?}");
}

#[test]
fn advice_waits_as_long_as_the_settings_say() {
    let mut sim = Sim::ready(SessionConfig { help_after_ms: 2_000.0, ..config() }, 9);
    watch(&mut sim, 1_900.0, &[]);
    assert_eq!(help(&sim), None);
    watch(&mut sim, 100.0, &[]);
    assert_eq!(help(&sim), Some(Help::CameraAtEyeLevel));
}

#[test]
fn waiting_for_the_server_or_for_the_camera_is_not_the_persons_doing() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    watch(&mut sim, 50_000.0, &[good_face()]);
    assert_eq!(sim.session.told_state(), State::Positioning);
    assert_eq!(aids(&sim.log), [], "the server has not answered");

    let mut sim = Sim::ready(config(), 9);
    watch(&mut sim, 5_000.0, &[]);
    sim.send(Event::SourcePaused(SourcePause::Muted));
    sim.pass(60_000.0);
    assert_eq!((sim.session.told_state(), aids(&sim.log)), (State::Positioning, vec![]));
}

#[test]
fn in_a_file_nobody_can_follow_advice_or_ask_for_time() {
    let file = SessionConfig { source: SourceKind::Media, ..config() };
    let mut sim = Sim::ready(file, 9);
    watch(&mut sim, 30_000.0, &[]);
    sim.send(Event::Extend);
    watch(&mut sim, 40_000.0, &[]);
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
    assert_eq!(aids(&sim.log), []);
}

#[test]
fn twenty_seconds_before_the_end_the_person_is_warned() {
    let mut sim = Sim::ready(config(), 9);
    watch(&mut sim, 39_900.0, &[]);
    assert!(!sim.session.aid().time_runs_out);
    assert_eq!(sim.session.time_left_ms(), None);
    // Even without a frame: the limit of the stall is longer.
    sim.pass(200.0);
    assert!(sim.session.aid().time_runs_out);
    let left = sim.session.time_left_ms().expect("warned");
    assert!((19_800.0..=20_000.0).contains(&left), "{left}");
    watch(&mut sim, 19_000.0, &[]);
    assert_eq!(sim.failure(), None, "warned for less than 20 seconds");
    watch(&mut sim, 2_000.0, &[]);
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
}

/// Begins a run at `at_ms`, and lets it go on until `until_ms`.
fn capture_from(sim: &mut Sim, at_ms: f64, until_ms: f64) {
    watch(sim, at_ms, &[]);
    watch(sim, until_ms - at_ms, &[good_face()]);
    assert_eq!(sim.session.told_state(), State::Capturing);
}

#[test]
fn a_run_that_breaks_when_the_time_is_up_leaves_the_warning_its_time_but_only_once() {
    let config = SessionConfig { target_fps: 1.0, ..config() };
    for until_ms in [45_000.0, 59_000.0, 63_000.0] {
        let mut sim = Sim::ready(config.clone(), 60);
        capture_from(&mut sim, 39_000.0, until_ms);
        sim.frame(100.0, vec![]);
        assert_eq!(sim.session.told_state(), State::Positioning);
        sim.open(1, 60);
        let left = sim.session.time_left_ms().expect("warned");
        assert!(left > 19_800.0, "{left} at {until_ms}");
        // A second break gets no more.
        watch(&mut sim, 10_000.0, &[good_face()]);
        sim.frame(100.0, vec![]);
        sim.open(2, 60);
        watch(&mut sim, 9_000.0, &[]);
        assert_eq!(sim.failure(), None);
        watch(&mut sim, 1_000.0, &[]);
        assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
    }
    // More time begins anew.
    let mut sim = Sim::ready(config, 60);
    for run in [1, 3] {
        capture_from(&mut sim, 39_000.0, 63_000.0);
        sim.frame(100.0, vec![]);
        sim.open(run, 60);
        assert!(sim.session.time_left_ms().is_some_and(|left| left > 19_800.0), "{run}");
        sim.send(Event::Extend);
        sim.open(run + 1, 60);
    }
}

/// Whoever looks away just when a slow server answers.
#[test]
fn a_server_that_takes_long_leaves_the_warning_its_time_and_a_broken_run_the_same() {
    let mut sim = Sim::new(SessionConfig { target_fps: 1.0, ..config() });
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    watch(&mut sim, 57_000.0, &[good_face()]);
    watch(&mut sim, 1_000.0, &[]);
    sim.open(0, 60);
    let left = |sim: &Sim| sim.session.time_left_ms().expect("warned");
    assert!(left(&sim) > 19_800.0, "{}", left(&sim));
    watch(&mut sim, 25_000.0, &[good_face()]);
    assert_eq!(sim.session.told_state(), State::Capturing);
    for run in 1..4 {
        watch(&mut sim, 1_000.0, &[]);
        let before = left(&sim);
        assert!(run > 1 || before > 18_000.0, "{before}");
        // However often it opens anew.
        sim.open(run, 60);
        assert_eq!(left(&sim), before);
        watch(&mut sim, 1_000.0, &[good_face()]);
        assert_eq!(sim.session.told_state(), State::Capturing);
    }
}

#[test]
fn nothing_of_the_advice_outlives_its_instruction_or_the_check() {
    for end in [Event::Cancel, Event::DetectorFailed(FailureCode::EngineCrashed)] {
        let mut sim = Sim::ready(config(), 9);
        watch(&mut sim, 45_000.0, &[face_at(320.0, 240.0, 60.0)]);
        let aid = sim.session.aid();
        assert!(aid.help.is_some() && aid.far && aid.time_runs_out, "{aid:?}");
        sim.send(Event::PageHidden);
        assert!(!sim.session.aid().far, "hidden");
        sim.send(Event::PageVisible);
        watch(&mut sim, 3_000.0, &[face_at(320.0, 240.0, 60.0)]);
        assert!(sim.session.aid().far, "told again");
        sim.send(end);
        assert!(sim.session.told_state().is_terminal());
        assert_eq!(sim.session.aid(), Aid::default());
        assert_eq!(aids(&sim.log).last(), Some(&Aid::default()));
    }
}

#[test]
fn a_limit_below_the_warning_warns_from_the_start() {
    let mut sim = Sim::ready(SessionConfig { positioning_timeout_ms: 15_000.0, ..config() }, 9);
    watch(&mut sim, 100.0, &[]);
    assert!(sim.session.time_left_ms().is_some_and(|left| left > 14_000.0));
}

#[test]
fn more_time_can_be_had_again_and_again() {
    let mut sim = Sim::ready(config(), 9);
    for run in 1..=12 {
        watch(&mut sim, 45_000.0, &[]);
        assert!(sim.session.aid().time_runs_out, "{run}");
        let effects = sim.send(Event::Extend);
        assert!(!sim.session.aid().time_runs_out && sim.session.time_left_ms().is_none());
        assert_eq!(aids(&effects).len(), 1, "{effects:?}");
        // The server's session is renewed with it, if need be.
        assert!(effects.contains(&Effect::OpenTransport { run }), "{effects:?}");
        sim.open(run, 9);
    }
    let crops = sim.capture_all();
    assert_eq!(crops[0], (12, 0));
    let report = {
        sim.cut(&crops);
        sim.acknowledge(&crops);
        sim.log.iter().find_map(|effect| match effect {
            Effect::Complete { report, .. } => Some(report.clone()),
            _ => None,
        })
    };
    // Asking for time interrupts nothing.
    assert_eq!(report.expect("complete").warnings, []);
}

#[test]
fn asking_for_more_time_where_there_is_no_limit_does_nothing() {
    let mut sim = Sim::new(config());
    assert_eq!(sim.send(Event::Extend), []);
    sim.send(Event::Start);
    assert_eq!(sim.send(Event::Extend), []);
    let mut sim = Sim::ready(config(), 9);
    while sim.session.told_state() != State::Capturing {
        sim.frame(33.0, vec![good_face()]);
    }
    assert_eq!(sim.send(Event::Extend), [], "a run goes on");
    while sim.count(|e| matches!(e, Effect::TakeCrop { run: 0, .. })) < 9 {
        sim.frame(33.0, vec![good_face()]);
    }
    sim.cut(&(0..9).map(|index| (0, index)).collect::<Vec<_>>());
    assert_eq!(sim.session.told_state(), State::Uploading);
    assert_eq!(sim.send(Event::Extend), []);
}

/// Each with a place of the face from which there is a little to go, and one from which there is much.
#[test]
fn how_far_there_is_to_go_in_each_direction() {
    let cases = [
        (Guidance::MoveCloser, face_at(320.0, 240.0, 90.0), face_at(320.0, 240.0, 60.0)),
        (Guidance::MoveBack, face_at(320.0, 240.0, 290.0), face_at(320.0, 240.0, 345.0)),
        (Guidance::MoveRight, face_at(420.0, 240.0, 140.0), face_at(470.0, 240.0, 140.0)),
        (Guidance::MoveLeft, face_at(220.0, 240.0, 140.0), face_at(170.0, 240.0, 140.0)),
        (Guidance::MoveUp, face_at(320.0, 325.0, 140.0), face_at(320.0, 360.0, 140.0)),
        (Guidance::MoveDown, face_at(320.0, 155.0, 140.0), face_at(320.0, 120.0, 140.0)),
    ];
    for (told, near, far) in cases {
        let mut sim = Sim::ready(config(), 9);
        for (face, is_far) in [(far, true), (near, false), (far, true)] {
            watch(&mut sim, 1_000.0, &[face]);
            assert_eq!((sim.session.guidance(), sim.session.aid().far), (told, is_far));
        }
        watch(&mut sim, 600.0, &[good_face()]);
        assert!(!sim.session.aid().far);
    }
}

/// While pictures are taken the bounds are looser, that of the face's margins is even 0; where the face should be is the same.
#[test]
fn how_far_there_is_to_go_is_the_same_for_whoever_breaks_a_run() {
    for (cy, is_far) in [(223.0, false), (180.0, true)] {
        let mut sim = Sim::ready(config(), 60);
        let mut frame = |cy| {
            sim.pass(100.0);
            let faces = vec![face_at(640.0, cy, 450.0)];
            let analysis =
                FrameAnalysis { width: 1280, height: 720, ..common::frame(sim.now, faces) };
            sim.send(Event::FrameAnalysed(analysis));
            (sim.session.told_state(), sim.session.guidance(), sim.session.aid().far)
        };
        let started = (0..10).map(|_| frame(360.0)).last();
        assert_eq!(started, Some((State::Capturing, Guidance::HoldStill, false)));
        assert_eq!(frame(cy), (State::Positioning, Guidance::MoveDown, is_far));
    }
}

#[test]
fn a_face_at_the_border_between_far_and_near_is_not_told_of_at_every_frame() {
    let mut sim = Sim::ready(config(), 9);
    let before = aids(&sim.log).len();
    for _ in 0..50 {
        watch(&mut sim, 100.0, &[face_at(320.0, 240.0, 60.0)]);
        watch(&mut sim, 100.0, &[face_at(320.0, 240.0, 90.0)]);
    }
    let changes = aids(&sim.log).len() - before;
    // Ten seconds, 400 ms each, and the advice at the end.
    assert!(changes <= 27, "{changes}");
}

#[test]
fn the_documentation_says_what_helps_for_which_instruction() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guidance.md");
    let document = std::fs::read_to_string(path).expect("docs/guidance.md");
    for &help in Help::ALL {
        let start = format!("| `{}` |", help.as_str());
        let row = document.lines().find(|line| line.starts_with(&start)).expect(&start);
        for &guidance in Guidance::ALL {
            let short = guidance.as_str().starts_with("move-").then_some("move-…");
            let named = row.contains(&format!("`{}`", short.unwrap_or(guidance.as_str())));
            assert_eq!(named, guidance.help() == Some(help), "{row}: {guidance}");
        }
    }
}
