//! What breaks a run, and what does not, with simulated time.

use crate::common::{HEIGHT, Sim, WIDTH, bounds, face_at, frame, good_face, opened};
use liveness_capture_core::{
    Effect, Event, FailureCode, Guidance, SessionConfig, State, quality::Cause,
};
use liveness_protocol::{CaptureWarning, Verdict};

fn config() -> SessionConfig {
    SessionConfig::default()
}

#[test]
fn an_unusable_frame_breaks_the_run_and_the_next_run_is_complete() {
    let mut sim = Sim::ready(config(), 5);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 3 {
        sim.frame(33.4, vec![good_face()]);
    }
    sim.cut(&[(0, 0), (0, 1)]);
    sim.acknowledge(&[(0, 0)]);
    let effects = sim.frame(33.4, vec![good_face(), face_at(500.0, 240.0, 140.0)]);
    assert_eq!(
        effects,
        [
            Effect::AbortTransport { run: 0 },
            Effect::OpenTransport { run: 1 },
            Effect::ProgressChanged(0.0),
            Effect::StateChanged(State::Positioning),
            Effect::GuidanceChanged(Guidance::MultipleFaces),
            Effect::AnalyseNext { not_before_ms: None },
        ]
    );
    // Late events of the old run no longer count.
    for event in [
        Event::CropCut { run: 0, index: 2 },
        Event::UploadAcknowledged { run: 0, index: 1 },
        Event::TransportFailed { run: 0, code: FailureCode::NetworkError },
        opened(0, 7),
        Event::VerdictReceived { run: 0, verdict: Verdict::Live, score: 50.0 },
    ] {
        assert_eq!(sim.send(event), []);
    }
    sim.open(1, 5);
    let crops = sim.capture_all();
    assert_eq!(crops, (0..5).map(|index| (1, index)).collect::<Vec<_>>());
    sim.cut(&crops);
    sim.acknowledge(&crops);
    let Some(Effect::Complete { run: 1, report }) = sim.log.last() else { panic!("no Complete") };
    assert_eq!(report.warnings, [CaptureWarning::Interrupted { times: 1 }]);
}

#[test]
fn hysteresis_keeps_a_run_that_could_not_have_started() {
    let (enter, exit) = bounds(Cause::TooFar);
    let between = (0.5 * (enter + exit) * f64::from(WIDTH * HEIGHT)).sqrt();
    let small = || vec![face_at(320.0, 240.0, between)];

    let mut sim = Sim::ready(config(), 5);
    for _ in 0..10 {
        sim.frame(33.0, small());
    }
    assert_eq!(sim.session.told_state(), State::Positioning);
    assert_eq!(sim.session.guidance(), Guidance::MoveCloser);

    let mut sim = Sim::ready(config(), 5);
    while sim.session.told_state() == State::Positioning {
        sim.frame(33.0, vec![good_face()]);
    }
    for _ in 0..5 {
        sim.frame(33.0, small());
    }
    assert_eq!(sim.session.told_state(), State::Capturing);
}

#[test]
fn a_gap_breaks_the_run() {
    let max_gap = config().effective_max_gap_ms();
    for (gap, breaks) in [(max_gap - 1.0, false), (max_gap + 1.0, true)] {
        let mut sim = Sim::ready(config(), 9);
        while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 2 {
            sim.frame(33.4, vec![good_face()]);
        }
        sim.frame(gap, vec![good_face()]);
        assert_eq!(sim.session.told_state() == State::Positioning, breaks, "gap {gap}");
        assert_eq!(sim.count(|e| *e == Effect::OpenTransport { run: 1 }) == 1, breaks);
    }
}

#[test]
fn a_step_back_in_time_breaks_the_run() {
    let mut sim = Sim::ready(config(), 9);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 2 {
        sim.frame(33.4, vec![good_face()]);
    }
    sim.send(Event::FrameAnalysed(frame(5.0, vec![good_face()])));
    assert_eq!(sim.session.told_state(), State::Positioning);
    // The file looped, and its clock goes on from there.
    sim.open(1, 9);
    let mut clock = 5.0;
    while sim.session.told_state() == State::Positioning {
        clock += 33.4;
        sim.now += 33.4;
        sim.send(Event::FrameAnalysed(frame(clock, vec![good_face()])));
    }
    assert_eq!(sim.session.told_state(), State::Capturing);
}

#[test]
fn the_same_frame_again_is_not_a_new_one() {
    let mut sim = Sim::ready(config(), 9);
    for _ in 0..20 {
        sim.now += 10.0;
        let effects = sim.send(Event::FrameAnalysed(frame(77.0, vec![good_face()])));
        assert!(effects.contains(&Effect::AnalyseNext { not_before_ms: None }));
    }
    assert_eq!(
        sim.session.told_state(),
        State::Positioning,
        "one frame must not be enough to settle"
    );
    sim.send(Event::FrameAnalysed(frame(f64::NAN, vec![good_face()])));
    sim.send(Event::FrameAnalysed(frame(f64::INFINITY, vec![good_face()])));
    assert_eq!(sim.session.told_state(), State::Positioning);
    // A frozen source counts as stalled, however often it repeats its frame.
    for _ in 0..900 {
        sim.pass(10.0);
        sim.send(Event::FrameAnalysed(frame(77.0, vec![good_face()])));
    }
    assert_eq!(sim.failure(), Some(FailureCode::FramesStalled));
}
