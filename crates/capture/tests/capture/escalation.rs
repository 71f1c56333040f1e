//! Several steps in one check, with simulated time: what leads to the next, and what it looks like from outside.

use crate::common::{Sim, frame, good_face};
use liveness_capture_core::{
    Effect, Escalation, Event, FailureCode, Guidance, SessionConfig, SourceKind, SourcePause,
    State, session::Frames,
};
use liveness_protocol::{BORDERLINE, CaptureWarning, RiskBand, Verdict};

/// Further steps of 5 and 8 frames, after one of 3.
fn config() -> SessionConfig {
    let escalation = Escalation { frames: vec![5, 8], ..Escalation::default() };
    SessionConfig { escalation, ..SessionConfig::default() }
}

/// Captures what the open run needs, and has it cut and acknowledged.
fn to_verdict(sim: &mut Sim) {
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.acknowledge(&crops);
    assert!(matches!(sim.log.last(), Some(Effect::Complete { .. })), "{:?}", sim.log.last());
}

fn verdict(sim: &mut Sim, run: u32, verdict: Verdict, score: f64) -> Vec<Effect> {
    sim.send(Event::VerdictReceived { run, verdict, score })
}

#[test]
fn borderline_is_what_lies_between_the_outermost_bands() {
    let (lowest, highest) = BORDERLINE;
    assert_eq!(RiskBand::of_score(lowest.next_down()), RiskBand::VeryLow);
    assert_eq!(RiskBand::of_score(lowest), RiskBand::Low);
    assert_eq!(RiskBand::of_score(highest.next_down()), RiskBand::High);
    assert_eq!(RiskBand::of_score(highest), RiskBand::VeryHigh);
}

#[test]
fn a_verdict_outside_the_band_ends_the_check_at_once() {
    for (decided, score, goes_on) in [
        (Verdict::Live, 80.1, false),
        (Verdict::Live, 80.0, true),
        (Verdict::Live, 65.0, true),
        (Verdict::Fake, 64.9, true),
        (Verdict::Fake, 35.0, true),
        (Verdict::Fake, 34.9, false),
        (Verdict::Fake, f64::NAN, false),
        // No decision, whatever its score.
        (Verdict::Inconclusive, 3.0, true),
        (Verdict::Inconclusive, f64::NAN, true),
    ] {
        let mut sim = Sim::ready(config(), 3);
        to_verdict(&mut sim);
        let effects = verdict(&mut sim, 0, decided, score);
        assert_eq!(sim.rules.terminal.is_none(), goes_on, "{decided:?} {score}");
        if !goes_on {
            assert_eq!(
                effects,
                [
                    Effect::ProgressChanged(1.0),
                    Effect::ReleaseCamera,
                    Effect::StateChanged(State::Done),
                    Effect::GuidanceChanged(Guidance::None),
                    Effect::Finish { verdict: decided },
                ]
            );
            assert_eq!(
                sim.session.frames(),
                Frames { before: 0, all: 3 },
                "the frames of no other step"
            );
        }
    }
}

#[test]
fn without_further_steps_every_verdict_is_the_last() {
    let mut sim = Sim::ready(SessionConfig::default(), 3);
    to_verdict(&mut sim);
    verdict(&mut sim, 0, Verdict::Inconclusive, 50.0);
    let verdict = Verdict::Inconclusive;
    assert_eq!(sim.rules.terminal, Some(Effect::Finish { verdict }));
}

#[test]
fn three_steps_look_like_one_capture() {
    let mut sim = Sim::ready(config(), 3);
    to_verdict(&mut sim);
    assert_eq!(sim.count(|e| *e == Effect::ReleaseCamera), 0);
    assert_eq!(
        verdict(&mut sim, 0, Verdict::Live, 70.0),
        [Effect::OpenTransport { run: 1 }, Effect::AnalyseNext { not_before_ms: None }]
    );
    assert_eq!((sim.session.step(), sim.session.frames()), (1, Frames { before: 3, all: 16 }));
    sim.open(1, 5);
    to_verdict(&mut sim);
    assert_eq!(sim.count(|e| *e == Effect::ReleaseCamera), 0);
    verdict(&mut sim, 1, Verdict::Fake, 50.0);
    assert_eq!((sim.session.step(), sim.session.frames()), (2, Frames { before: 8, all: 16 }));
    sim.open(2, 8);
    to_verdict(&mut sim);
    assert_eq!(sim.count(|e| *e == Effect::ReleaseCamera), 1, "before the last verdict");
    // As borderline as the others, but the last.
    verdict(&mut sim, 2, Verdict::Live, 66.0);
    assert_eq!(sim.rules.terminal, Some(Effect::Finish { verdict: Verdict::Live }));

    let mut states = Vec::new();
    let mut guidance = Vec::new();
    let mut progress = vec![0.0];
    for effect in &sim.log {
        match effect {
            Effect::StateChanged(state) => states.push(*state),
            Effect::GuidanceChanged(shown) => guidance.push(*shown),
            Effect::ProgressChanged(part) => progress.push(*part),
            _ => {}
        }
    }
    let told = [
        State::RequestingCamera,
        State::Positioning,
        State::Capturing,
        State::Uploading,
        State::Verifying,
        State::Done,
    ];
    assert_eq!(states, told);
    let told = [
        Guidance::AllowCamera,
        Guidance::Wait,
        Guidance::HoldStill,
        Guidance::Uploading,
        Guidance::Verifying,
        Guidance::None,
    ];
    assert_eq!(guidance, told);
    assert!(progress.is_sorted(), "{progress:?}");
    assert_eq!(progress.last(), Some(&1.0));
}

#[test]
fn each_step_has_time_limits_and_warnings_of_its_own() {
    let mut sim = Sim::ready(config(), 3);
    // Most of the time for positioning, a broken run, and most of the time for the verdict.
    let limit = config().positioning_timeout_ms - 2_000.0;
    for _ in 0..(limit / 500.0) as u32 {
        sim.frame(500.0, vec![]);
    }
    while sim.session.told_state() == State::Positioning {
        sim.frame(33.0, vec![good_face()]);
    }
    sim.frame(33.0, vec![]);
    sim.open(1, 3);
    to_verdict(&mut sim);
    let Some(Effect::Complete { report, .. }) = sim.log.last() else { panic!("not complete") };
    assert_eq!(report.warnings, [CaptureWarning::Interrupted { times: 1 }]);
    sim.pass(config().verify_timeout_ms - 1_000.0);
    verdict(&mut sim, 1, Verdict::Live, 70.0);
    sim.open(2, 5);
    for _ in 0..10 {
        sim.frame(500.0, vec![]);
    }
    assert_eq!(sim.session.guidance(), Guidance::NoFace, "it is said if the person has gone");
    to_verdict(&mut sim);
    let Some(Effect::Complete { run: 2, report }) = sim.log.last() else { panic!("not complete") };
    assert_eq!(report.warnings, []);
    sim.pass(config().verify_timeout_ms - 1_000.0);
    verdict(&mut sim, 2, Verdict::Live, 90.0);
    assert_eq!(sim.rules.terminal, Some(Effect::Finish { verdict: Verdict::Live }));
}

#[test]
fn a_run_that_breaks_in_a_later_step_falls_back_to_where_it_began() {
    let mut sim = Sim::ready(config(), 3);
    to_verdict(&mut sim);
    let before = sim.session.progress();
    assert_eq!(before, 3.0 / 16.0);
    verdict(&mut sim, 0, Verdict::Live, 70.0);
    assert_eq!(sim.session.progress(), before);
    sim.open(1, 5);
    while sim.session.progress() == before {
        sim.frame(33.0, vec![good_face()]);
    }
    let effects = sim.frame(33.0, vec![]);
    assert!(effects.contains(&Effect::ProgressChanged(before)), "{effects:?}");
    assert!(effects.contains(&Effect::GuidanceChanged(Guidance::NoFace)), "{effects:?}");
    assert_eq!(sim.session.told_state(), State::Capturing, "one capture");
    // The earlier step's verdict cannot end it.
    assert_eq!(verdict(&mut sim, 0, Verdict::Live, 99.0), []);
}

#[test]
fn whatever_fails_later_fails_the_check() {
    let next = |sim: &mut Sim| {
        verdict(sim, 0, Verdict::Live, 79.0);
    };
    type Failing = fn(&mut Sim);
    let failures: [(Failing, FailureCode); 4] = [
        (
            |sim| {
                let code = FailureCode::NetworkError;
                sim.send(Event::TransportFailed { run: 1, code });
            },
            FailureCode::NetworkError,
        ),
        (
            |sim| {
                sim.send(Event::SourceEnded);
            },
            FailureCode::CameraEnded,
        ),
        (
            |sim| {
                sim.send(Event::EngineFailed(FailureCode::EngineCrashed));
            },
            FailureCode::EngineCrashed,
        ),
        (|sim| sim.pass(600_000.0), FailureCode::FramesStalled),
    ];
    for (fails, code) in failures {
        let mut sim = Sim::ready(config(), 3);
        to_verdict(&mut sim);
        next(&mut sim);
        fails(&mut sim);
        assert_eq!(sim.failure(), Some(code));
    }
}

#[test]
fn what_is_lost_while_the_verdict_is_awaited_matters_only_if_it_is_borderline() {
    for event in [
        Event::SourceEnded,
        Event::CameraFailed(FailureCode::CameraEnded),
        Event::EngineFailed(FailureCode::CameraEnded),
    ] {
        for (score, code) in [(90.0, None), (70.0, Some(FailureCode::CameraEnded))] {
            let mut sim = Sim::ready(config(), 3);
            to_verdict(&mut sim);
            // There is no further step for which the camera would have to stay on, or the person would have to sit still.
            assert_eq!(
                sim.send(event.clone()),
                [
                    Effect::ReleaseCamera,
                    Effect::StateChanged(State::Verifying),
                    Effect::GuidanceChanged(Guidance::Verifying),
                    Effect::ProgressChanged(1.0),
                ]
            );
            assert_eq!(sim.session.frames(), Frames { before: 0, all: 3 });
            verdict(&mut sim, 0, Verdict::Live, score);
            assert_eq!(sim.failure(), code, "{event:?}");
            assert!(sim.session.told_state().is_terminal());
        }
    }
}

#[test]
fn a_file_that_is_too_short_for_the_next_step_fails_the_check() {
    let source = SourceKind::Media;
    let mut sim = Sim::ready(SessionConfig { source, ..config() }, 3);
    to_verdict(&mut sim);
    verdict(&mut sim, 0, Verdict::Live, 70.0);
    sim.open(1, 5);
    sim.frame(33.0, vec![good_face()]);
    sim.send(Event::SourceEnded);
    assert_eq!(sim.failure(), Some(FailureCode::MediaTooShort));
}

#[test]
fn a_pause_while_the_verdict_is_awaited_is_told_and_lasts_into_the_next_step() {
    let mut sim = Sim::ready(config(), 3);
    to_verdict(&mut sim);
    sim.send(Event::SourcePaused(SourcePause::Muted));
    assert_eq!(sim.session.guidance(), Guidance::CameraPaused);
    assert_eq!(
        verdict(&mut sim, 0, Verdict::Live, 70.0),
        [Effect::OpenTransport { run: 1 }],
        "no frame is asked for"
    );
    sim.open(1, 5);
    sim.pass(1_000.0);
    let effects = sim.send(Event::SourceResumed(SourcePause::Muted));
    let asked = Effect::AnalyseNext { not_before_ms: None };
    assert_eq!(effects, [Effect::GuidanceChanged(Guidance::HoldStill), asked]);
    to_verdict(&mut sim);
}

#[test]
fn a_cancel_while_the_verdict_is_awaited_releases_the_camera() {
    let mut sim = Sim::ready(config(), 3);
    to_verdict(&mut sim);
    let effects = sim.send(Event::Cancel);
    assert!(effects.contains(&Effect::AbortTransport { run: 0 }));
    assert!(effects.contains(&Effect::ReleaseCamera));
    assert_eq!(sim.send(Event::FrameAnalysed(frame(9e9, vec![good_face()]))), []);
}
