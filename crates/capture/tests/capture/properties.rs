//! Properties that hold for any session, whatever happens to it.

use crate::common::{Rules, Sim, face_at, frame, good_face, opened};
use liveness_capture_core::{
    Effect, Escalation, Event, FaceObservation, FailureCode, Session, SessionConfig, SourceKind,
    SourcePause, State,
};
use liveness_protocol::Verdict;
use proptest::prelude::*;

/// What a driver (good, bad or mad) does next.
#[derive(Debug, Clone)]
enum Step {
    /// Answers the oldest thing the session is waiting for, as a working driver would.
    Answer,
    /// Delivers a frame, requested or not, this much later on the frames' clock.
    Frame(f64, Vec<FaceObservation>),
    /// Anything at all.
    Any(Event),
    /// Time passes, with a Tick at each deadline.
    Pass(f64),
    /// Time jumps, forward or back, without a Tick.
    Jump(f64),
}

fn faces() -> impl Strategy<Value = Vec<FaceObservation>> {
    prop_oneof![
        6 => Just(vec![good_face()]),
        1 => Just(vec![]),
        1 => Just(vec![good_face(), face_at(520.0, 200.0, 120.0)]),
        1 => (0.0..640.0_f64, 0.0..480.0_f64, 1.0..500.0_f64)
            .prop_map(|(x, y, side)| vec![face_at(x, y, side)]),
        1 => Just(vec![face_at(f64::NAN, 0.0, 10.0)]),
    ]
}

fn pause() -> impl Strategy<Value = SourcePause> {
    prop::sample::select(vec![SourcePause::Muted, SourcePause::PlayRefused])
}

fn event() -> impl Strategy<Value = Event> {
    let run = 0_u32..3;
    let index = 0_u32..6;
    let code = prop::sample::select(FailureCode::OWN);
    prop_oneof![
        1 => Just(Event::Start),
        1 => Just(Event::CameraOpened),
        1 => Just(Event::CameraReady { width: 640, height: 480 }),
        1 => Just(Event::DetectorReady),
        3 => (run.clone(), 0_u32..7, 1_000.0..1e6_f64).prop_map(
            |(run, frames_required, expires_in_ms)| Event::TransportOpened {
                run, frames_required, expires_in_ms
            }
        ),
        3 => (run.clone(), index.clone()).prop_map(|(run, index)| Event::CropCut { run, index }),
        3 => (run.clone(), index).prop_map(|(run, index)| Event::UploadAcknowledged { run, index }),
        1 => run.clone().prop_map(|run| Event::VerdictReceived { run, verdict: Verdict::Live, score: 50.0 }),
        2 => Just(Event::PageHidden),
        2 => Just(Event::PageVisible),
        2 => pause().prop_map(Event::SourcePaused),
        2 => pause().prop_map(Event::SourceResumed),
        2 => Just(Event::Tick),
        1 => Just(Event::Extend),
        1 => prop_oneof![
            code.clone().prop_map(Event::CameraFailed),
            code.clone().prop_map(Event::DetectorFailed),
            code.clone().prop_map(Event::EngineFailed),
            (run.clone(), code.clone()).prop_map(|(run, code)| Event::RequestDelayed { run, code }),
            (run, code).prop_map(|(run, code)| Event::TransportFailed { run, code }),
            Just(Event::SourceEnded),
            Just(Event::Cancel),
        ],
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => Just(Step::Answer),
        14 => (5.0..150.0_f64, faces()).prop_map(|(ms, faces)| Step::Frame(ms, faces)),
        1 => (-100.0..2_000.0_f64, faces()).prop_map(|(ms, faces)| Step::Frame(ms, faces)),
        1 => (prop::num::f64::ANY, faces()).prop_map(|(ms, faces)| Step::Frame(ms, faces)),
        2 => event().prop_map(Step::Any),
        1 => (0.0..3_000.0_f64).prop_map(Step::Pass),
        1 => prop::num::f64::ANY.prop_map(Step::Jump),
    ];
    prop::collection::vec(step, 0..200)
}

fn config() -> impl Strategy<Value = SessionConfig> {
    let further = prop::collection::vec(1_u32..6, 0..3);
    let config = (1.0..=30.0_f64, any::<bool>(), 1_u32..4, further, any::<bool>());
    config.prop_map(|(target_fps, media, settle_frames, frames, background)| {
        let source = if media { SourceKind::Media } else { SourceKind::Camera };
        let escalation = Escalation { frames, band: (0.0, 100.0) };
        SessionConfig {
            target_fps,
            source,
            settle_frames,
            background,
            escalation,
            ..SessionConfig::default()
        }
    })
}

/// What a working driver would answer to an effect; the server asks for `frames` crops.
fn answer(effect: &Effect, frames: u32) -> Option<Event> {
    Some(match *effect {
        Effect::RequestCamera => Event::CameraReady { width: 640, height: 480 },
        Effect::LoadDetector => Event::DetectorReady,
        Effect::OpenTransport { run } => opened(run, frames),
        Effect::TakeCrop { run, index, .. } => Event::CropCut { run, index },
        Effect::UploadCrop { run, index } => Event::UploadAcknowledged { run, index },
        Effect::Complete { run, .. } => {
            Event::VerdictReceived { run, verdict: Verdict::Fake, score: 50.0 }
        }
        _ => return None,
    })
}

/// Plays the steps, checking the [`Rules`] on every effect.
fn play(config: SessionConfig, frames: u32, steps: Vec<Step>) -> Sim {
    let mut sim = Sim::new(config);
    sim.send(Event::Start);
    let (mut answered, mut clock) = (0, 0.0_f64);
    for step in steps {
        match step {
            Step::Answer => {
                while answered < sim.log.len() {
                    let event = answer(&sim.log[answered], frames);
                    answered += 1;
                    if let Some(event) = event {
                        sim.send(event);
                        break;
                    }
                }
            }
            Step::Frame(ms, faces) => {
                let timestamp = clock + ms;
                if timestamp.is_finite() && timestamp.abs() < 1e12 {
                    clock = timestamp;
                }
                sim.now += if ms.is_finite() { ms.clamp(0.0, 200.0) } else { 0.0 };
                sim.send(Event::FrameAnalysed(frame(timestamp, faces)));
            }
            Step::Any(event) => {
                sim.send(event);
            }
            Step::Pass(ms) => sim.pass(ms),
            Step::Jump(now) => {
                // Straight into the session, whose own notion of time must stay sane.
                let event = Event::PageVisible;
                let bounded = if now.is_finite() { now % 1e6 } else { now };
                sim.rules.before(&event);
                let effects = sim.session.handle(bounded, event);
                sim.rules.after(&effects);
                sim.log.extend(effects);
                if bounded.is_finite() {
                    sim.now = sim.now.max(bounded);
                }
            }
        }
    }
    sim
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// No session panics or breaks a rule, and with nothing but Ticks every session ends.
    #[test]
    fn every_session_keeps_the_rules_and_ends(
        config in config(), frames in 1_u32..6, steps in steps(),
    ) {
        let mut sim = play(config, frames, steps);
        let mut ticks = 0;
        while let Some(deadline) = sim.session.next_deadline_ms() {
            sim.now = sim.now.max(deadline);
            sim.send(Event::Tick);
            ticks += 1;
            prop_assert!(ticks < 20, "stuck in {:?}", sim.session.told_state());
        }
        prop_assert!(sim.session.told_state().is_terminal());
        prop_assert!(sim.rules.terminal.is_some());
        prop_assert!(matches!(sim.log.last(), Some(end) if end.is_terminal()));
    }

    /// Cancelling works at any time, at once.
    #[test]
    fn cancel_ends_every_session(config in config(), frames in 1_u32..6, steps in steps()) {
        let mut sim = play(config, frames, steps);
        let ended = sim.session.told_state().is_terminal();
        let effects = sim.send(Event::Cancel);
        prop_assert_eq!(effects.is_empty(), ended);
        if !ended {
            prop_assert_eq!(effects.last(), Some(&Effect::Cancelled));
            prop_assert_eq!(sim.session.told_state(), State::Cancelled);
        }
    }

    /// With a working driver and a patient person, every session ends with a verdict, after
    /// exactly N crops, 0 to N-1, at no more than the target rate.
    #[test]
    fn a_patient_person_gets_a_verdict(
        target_fps in 1.0..=30.0_f64,
        frames in 1_u32..40,
        camera_fps in 8.0..60.0_f64,
        jitter in prop::collection::vec(0.0..0.3_f64, 1..50),
        bad_at in prop::option::of(0_usize..30),
    ) {
        let config = SessionConfig { target_fps, ..SessionConfig::default() };
        let mut sim = Sim::new(config);
        sim.rules.frames_required = Some(frames);
        sim.send(Event::Start);
        let (mut answered, mut count) = (0, 0_usize);
        while !sim.session.told_state().is_terminal() {
            if answered < sim.log.len() {
                let event = answer(&sim.log[answered], frames);
                answered += 1;
                if let Some(event) = event {
                    sim.send(event);
                }
                continue;
            }
            let ms = (1.0 + jitter[count % jitter.len()]) * 1000.0 / camera_fps;
            sim.pass(ms);
            let faces = if bad_at == Some(count) { vec![] } else { vec![good_face()] };
            sim.frame(0.0, faces);
            count += 1;
            prop_assert!(count < 10_000);
        }
        let verdict = Verdict::Fake;
        prop_assert_eq!(&sim.rules.terminal, &Some(Effect::Finish { verdict }));
        let report = sim.log.iter().find_map(|effect| match effect {
            Effect::Complete { report, .. } => Some(report),
            _ => None,
        });
        let report = report.expect("completed");
        prop_assert_eq!(report.timestamps_ms.len(), frames as usize);
        let span = report.timestamps_ms[frames as usize - 1];
        prop_assert!(span + 0.06 >= f64::from(frames - 1) * 1000.0 / target_fps);
    }
}

/// The random sessions reach every state, or the properties above would prove little.
#[test]
fn random_sessions_reach_every_state_and_end() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let strategy = (config(), 1_u32..6, steps());
    let (mut reached, mut broken, mut ends) = (Vec::new(), 0, std::collections::BTreeSet::new());
    let mut escalated = 0;
    for _ in 0..2_000 {
        let tree = strategy.new_tree(&mut runner).expect("no filters");
        let (config, frames, steps) = tree.current();
        let sim = play(config, frames, steps);
        escalated += sim.session.step();
        for effect in &sim.log {
            match effect {
                Effect::StateChanged(state) if !reached.contains(state) => reached.push(*state),
                Effect::OpenTransport { run } if *run > 0 => broken += 1,
                Effect::Fail(code) => {
                    ends.insert(code.as_str());
                }
                _ => {}
            }
        }
    }
    assert_eq!(reached.len(), State::ALL.len() - 1, "all but idle: {reached:?}");
    assert!(broken > 100, "only {broken} broken runs");
    assert!(ends.len() > 10, "only {ends:?}");
    assert!(escalated > 100, "only {escalated} further steps");
}

/// The rules do notice violations.
#[test]
fn the_rules_catch_violations() {
    let crop =
        |index| Effect::TakeCrop { run: 0, index, timestamp_ms: 0.0, face: good_face().bbox };
    let analyse = || Effect::AnalyseNext { not_before_ms: None };
    let begun = || vec![Effect::RequestCamera, Effect::OpenTransport { run: 0 }];
    let broken: Vec<Vec<Effect>> = vec![
        vec![Effect::RequestCamera, Effect::Cancelled],
        [begun(), vec![crop(1)]].concat(),
        [begun(), vec![crop(0), crop(0)]].concat(),
        [begun(), vec![crop(0), Effect::UploadCrop { run: 0, index: 1 }]].concat(),
        [begun(), vec![Effect::OpenTransport { run: 1 }]].concat(),
        [begun(), vec![analyse(), analyse()]].concat(),
        [begun(), vec![Effect::ReleaseCamera, Effect::Fail(FailureCode::Internal)]].concat(),
        vec![Effect::Cancelled, analyse()],
    ];
    for effects in broken {
        let caught = std::panic::catch_unwind(|| Rules::default().after(&effects));
        assert!(caught.is_err(), "{effects:?} went unnoticed");
    }
}

#[test]
fn sessions_can_be_sent_between_threads() {
    fn assert_send<T: Send + Sync>() {}
    assert_send::<Session>();
}
