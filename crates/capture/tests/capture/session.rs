//! Every path through a session, with simulated time.

use crate::common::{HEIGHT, Sim, WIDTH, frame, good_face, opened};
use liveness_capture_core::{Effect, Event, FailureCode, Guidance, SessionConfig, State};
use liveness_protocol::{ErrorCode, Verdict};

fn config() -> SessionConfig {
    SessionConfig::default()
}

fn states(sim: &Sim) -> Vec<State> {
    let changed = |effect: &Effect| match effect {
        Effect::StateChanged(state) => Some(*state),
        _ => None,
    };
    sim.log.iter().filter_map(changed).collect()
}

#[test]
fn from_start_to_verdict() {
    let mut sim = Sim::new(config());
    assert_eq!(sim.session.told_state(), State::Idle);
    assert_eq!(sim.session.next_deadline_ms(), None);
    assert_eq!(
        sim.send(Event::Start),
        [
            Effect::StateChanged(State::RequestingCamera),
            Effect::GuidanceChanged(Guidance::AllowCamera),
            Effect::RequestCamera,
            Effect::LoadDetector,
        ]
    );
    assert_eq!(
        sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT }),
        [
            Effect::OpenTransport { run: 0 },
            Effect::StateChanged(State::Loading),
            Effect::GuidanceChanged(Guidance::Wait),
        ]
    );
    assert_eq!(
        sim.send(Event::DetectorReady),
        [Effect::StateChanged(State::Positioning), Effect::AnalyseNext { not_before_ms: None }]
    );
    sim.open(0, 10);
    let crops = sim.capture_all();
    assert_eq!(crops, (0..10).map(|index| (0, index)).collect::<Vec<_>>());
    assert_eq!(sim.session.progress(), 0.5);
    // As in practice, the first crops are acknowledged before the last is cut.
    sim.cut(&crops[..9]);
    sim.acknowledge(&crops[..4]);
    assert_eq!(sim.session.told_state(), State::Capturing);
    assert_eq!(
        sim.send(Event::CropCut { run: 0, index: 9 }),
        [
            Effect::ReleaseCamera,
            Effect::StateChanged(State::Uploading),
            Effect::GuidanceChanged(Guidance::Uploading),
        ]
    );
    sim.acknowledge(&crops[4..]);
    assert_eq!(sim.session.told_state(), State::Verifying);
    assert_eq!(sim.session.guidance(), Guidance::Verifying);
    assert_eq!(sim.session.progress(), 1.0);
    let Some(Effect::Complete { run: 0, report }) = sim.log.last() else {
        panic!("no Complete: {:?}", sim.log.last())
    };
    assert!((report.fps - 10.0).abs() < 0.01, "{report:?}");
    assert_eq!(report.timestamps_ms[0], 0.0);
    assert_eq!(report.warnings, []);
    assert_eq!(
        sim.send(Event::VerdictReceived { run: 0, verdict: Verdict::Live, score: 50.0 }),
        [
            Effect::ReleaseCamera,
            Effect::StateChanged(State::Done),
            Effect::GuidanceChanged(Guidance::None),
            Effect::Finish { verdict: Verdict::Live },
        ]
    );
    assert_eq!(sim.session.next_deadline_ms(), None);
    assert_eq!(sim.count(|e| matches!(e, Effect::AbortTransport { .. })), 0);
}

#[test]
fn every_verdict_is_passed_on() {
    for verdict in [Verdict::Live, Verdict::Fake, Verdict::Inconclusive] {
        let mut sim = Sim::ready(config(), 2);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.acknowledge(&crops);
        sim.send(Event::VerdictReceived { run: 0, verdict, score: 50.0 });
        assert_eq!(sim.rules.terminal, Some(Effect::Finish { verdict }));
    }
}

#[test]
fn an_ended_session_has_no_further_effects() {
    let mut sim = Sim::ready(config(), 3);
    sim.capture_all();
    let effects = sim.send(Event::Cancel);
    assert_eq!(
        effects,
        [
            Effect::AbortTransport { run: 0 },
            Effect::ReleaseCamera,
            Effect::StateChanged(State::Cancelled),
            Effect::GuidanceChanged(Guidance::None),
            Effect::Cancelled,
        ]
    );
    for event in [
        Event::Start,
        Event::CameraReady { width: 1, height: 1 },
        Event::CropCut { run: 0, index: 0 },
        Event::UploadAcknowledged { run: 0, index: 0 },
        Event::VerdictReceived { run: 0, verdict: Verdict::Live, score: 50.0 },
        Event::FrameAnalysed(frame(9e9, vec![good_face()])),
        Event::EngineFailed(FailureCode::EngineCrashed),
        Event::Tick,
        Event::Cancel,
    ] {
        assert_eq!(sim.send(event), []);
    }
}

#[test]
fn cancel_before_start_only_ends_the_session() {
    let mut sim = Sim::new(config());
    assert_eq!(
        sim.send(Event::Cancel),
        [Effect::StateChanged(State::Cancelled), Effect::Cancelled]
    );
}

#[test]
fn events_before_start_do_nothing() {
    let mut sim = Sim::new(config());
    for event in [
        Event::CameraReady { width: 1, height: 1 },
        Event::CameraFailed(FailureCode::CameraDenied),
        Event::DetectorReady,
        Event::FrameAnalysed(frame(0.0, vec![good_face()])),
        Event::SourceEnded,
        Event::PageHidden,
        Event::PageVisible,
        Event::Tick,
    ] {
        assert_eq!(sim.send(event), []);
    }
    assert_eq!(sim.session.told_state(), State::Idle);
    sim.send(Event::Start);
    assert_eq!(sim.session.told_state(), State::RequestingCamera);
    assert_eq!(sim.send(Event::Start), [], "Start must count once");
}

#[test]
fn a_detector_that_is_ready_first_skips_loading() {
    let sim = Sim::ready(config(), 1);
    assert_eq!(states(&sim), [State::RequestingCamera, State::Positioning]);
}

#[test]
fn every_failure_is_passed_on_wherever_it_happens() {
    for &code in FailureCode::OWN {
        let mut sim = Sim::new(config());
        sim.send(Event::Start);
        sim.send(Event::CameraFailed(code));
        assert_eq!(sim.failure(), Some(code));
        assert_eq!(sim.count(|e| *e == Effect::ReleaseCamera), 1);

        let mut sim = Sim::new(config());
        sim.send(Event::Start);
        sim.send(Event::DetectorFailed(code));
        assert_eq!(sim.failure(), Some(code));

        let mut sim = Sim::ready(config(), 4);
        sim.frame(33.0, vec![good_face()]);
        sim.send(Event::EngineFailed(code));
        assert_eq!(sim.failure(), Some(code));
    }
    for &code in ErrorCode::ALL {
        let mut sim = Sim::ready(config(), 4);
        sim.send(Event::TransportFailed { run: 0, code: code.into() });
        assert_eq!(sim.failure(), Some(FailureCode::Api(code)));
        assert_eq!(sim.count(|e| *e == Effect::AbortTransport { run: 0 }), 1);
    }
}

#[test]
fn capture_waits_for_the_transport() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    for _ in 0..30 {
        sim.frame(33.0, vec![good_face()]);
    }
    assert_eq!(sim.session.told_state(), State::Positioning);
    assert_eq!(sim.session.guidance(), Guidance::HoldStill);
    sim.open(0, 5);
    sim.frame(33.0, vec![good_face()]);
    assert_eq!(sim.session.told_state(), State::Capturing);
}

#[test]
fn capture_starts_after_a_few_good_frames_in_a_row() {
    let mut sim = Sim::ready(config(), 5);
    sim.frame(33.0, vec![good_face()]);
    sim.frame(33.0, vec![good_face()]);
    sim.frame(33.0, vec![]);
    sim.frame(33.0, vec![good_face()]);
    sim.frame(33.0, vec![good_face()]);
    assert_eq!(sim.session.told_state(), State::Positioning);
    let effects = sim.frame(33.0, vec![good_face()]);
    assert_eq!(sim.session.told_state(), State::Capturing);
    let at = |wanted: &dyn Fn(&Effect) -> bool| effects.iter().position(wanted).expect("present");
    let take = at(&|e| matches!(e, Effect::TakeCrop { run: 0, index: 0, .. }));
    assert!(take < at(&|e| matches!(e, Effect::AnalyseNext { .. })));
}

#[test]
fn an_unrequested_analysis_is_ignored() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    assert_eq!(sim.send(Event::FrameAnalysed(frame(1.0, vec![good_face()]))), []);
}

#[test]
fn crops_and_acknowledgements_count_once_and_only_for_crops_taken() {
    let mut sim = Sim::ready(config(), 3);
    let crops = sim.capture_all();
    assert_eq!(sim.send(Event::UploadAcknowledged { run: 0, index: 3 }), [], "never taken");
    assert_eq!(sim.send(Event::CropCut { run: 0, index: 3 }), [], "never taken");
    sim.cut(&crops);
    assert_eq!(sim.send(Event::CropCut { run: 0, index: 0 }), [], "known");
    assert_eq!(
        sim.send(Event::VerdictReceived { run: 0, verdict: Verdict::Live, score: 50.0 }),
        [],
        "early"
    );
    sim.acknowledge(&[(0, 2), (0, 0)]);
    assert_eq!(sim.send(Event::UploadAcknowledged { run: 0, index: 0 }), [], "known");
    assert_eq!(sim.send(Event::UploadAcknowledged { run: 0, index: 9 }), [], "no such crop");
    assert_eq!(sim.session.told_state(), State::Uploading);
    sim.acknowledge(&[(0, 1)]);
    assert_eq!(sim.session.told_state(), State::Verifying);
    assert_eq!(
        sim.send(Event::VerdictReceived { run: 1, verdict: Verdict::Live, score: 50.0 }),
        [],
        "another run"
    );
    assert_eq!(sim.session.told_state(), State::Verifying);
}

#[test]
fn a_transport_may_have_every_crop_before_it_is_cut() {
    // A transport that only collects crops acknowledges them at once.
    let mut sim = Sim::ready(config(), 3);
    let crops = sim.capture_all();
    sim.acknowledge(&crops);
    assert_eq!(sim.session.told_state(), State::Capturing);
    sim.cut(&crops);
    assert_eq!(sim.session.told_state(), State::Verifying);
    assert_eq!(states(&sim)[3..], [State::Uploading, State::Verifying]);
}

#[test]
fn a_server_that_asks_for_no_crops_or_far_too_many_is_broken() {
    for frames_required in [0, 1_001, u32::MAX] {
        let mut sim = Sim::new(config());
        sim.send(Event::Start);
        sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
        sim.send(opened(0, frames_required));
        assert_eq!(sim.failure(), Some(FailureCode::UnexpectedResponse));
    }
    let mut sim = Sim::ready(config(), 2);
    assert_eq!(sim.send(opened(0, 0)), [], "open already");
}

/// Analyses a camera's frames as the session requests; returns the timestamps analysed and those taken while
/// capturing.
fn capture_as_asked(fps: f64, camera_ms: f64) -> (Vec<f64>, Vec<f64>) {
    let mut sim = Sim::ready(SessionConfig { target_fps: fps, ..config() }, 6);
    let (mut analysed, mut taken) = (Vec::new(), Vec::new());
    let mut not_before = None;
    while taken.len() < 6 {
        sim.now += camera_ms;
        if not_before.is_some_and(|from| sim.now < from) {
            continue;
        }
        let capturing = sim.session.told_state() == State::Capturing;
        let effects = sim.send(Event::FrameAnalysed(frame(sim.now, vec![good_face()])));
        if capturing {
            analysed.push(sim.now);
        }
        for effect in effects {
            match effect {
                Effect::AnalyseNext { not_before_ms } => not_before = not_before_ms,
                Effect::TakeCrop { timestamp_ms, .. } => taken.push(timestamp_ms),
                _ => {}
            }
        }
    }
    (analysed, taken)
}

#[test]
fn frames_between_two_pictures_are_not_analysed() {
    // Camera at 30 FPS, pictures at 10: one analysis per picture, 100 ms apart.
    let (analysed, taken) = capture_as_asked(10.0, 1000.0 / 30.0);
    assert_eq!(analysed, taken[1..]);
    assert!(taken.windows(2).all(|pair| (pair[1] - pair[0] - 100.0).abs() < 1e-6), "{taken:?}");
    // Every frame becomes a picture.
    let (analysed, taken) = capture_as_asked(30.0, 1000.0 / 30.0);
    assert_eq!(analysed, taken[1..]);
    // At one picture per second, a face that disappears is still noticed.
    let (analysed, taken) = capture_as_asked(1.0, 1000.0 / 30.0);
    assert!(analysed.windows(2).all(|pair| pair[1] - pair[0] < 100.0 + 34.0), "{analysed:?}");
    assert!(analysed.len() < 11 * taken.len(), "{}", analysed.len());
}
