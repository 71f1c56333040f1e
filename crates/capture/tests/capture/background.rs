//! A capture while the person does something else, with simulated time: nobody is told off, and it can wait.

use crate::common::{HEIGHT, Sim, WIDTH, face_at, good_face};
use liveness_capture_core::{
    Effect, Event, FaceObservation, FailureCode, Guidance, SessionConfig, SourceKind, SourcePause,
    State, config::BACKGROUND_TIMEOUT_MS,
};
use liveness_protocol::Verdict;

fn config() -> SessionConfig {
    SessionConfig::default().in_background()
}

/// Answers each request for a frame as a camera of 30 FPS does, for so long.
fn look(sim: &mut Sim, ms: f64, faces: impl Fn() -> Vec<FaceObservation>) -> Vec<f64> {
    let (end, mut analysed) = (sim.now + ms, Vec::new());
    let mut not_before = asked(&sim.log);
    while sim.now < end && !sim.session.told_state().is_terminal() {
        sim.pass(1000.0 / 30.0);
        if not_before.is_none_or(|from| sim.now >= from) && !sim.session.told_state().is_terminal()
        {
            analysed.push(sim.now);
            sim.frame(0.0, faces());
            not_before = asked(&sim.log);
        }
    }
    analysed
}

fn asked(log: &[Effect]) -> Option<f64> {
    log.iter().rev().find_map(|effect| match effect {
        Effect::AnalyseNext { not_before_ms } => Some(*not_before_ms),
        _ => None,
    })?
}

/// Sends good frames until this many pictures have been taken, all in one run.
fn take_all(sim: &mut Sim, pictures: usize) {
    let taken = |sim: &Sim| sim.count(|e| matches!(e, Effect::TakeCrop { run: 1, .. }));
    for _ in 0..100 {
        sim.frame(1000.0 / 30.0, vec![good_face()]);
    }
    assert_eq!(taken(sim), pictures, "{:?}", sim.session.told_state());
}

fn told(sim: &Sim) -> Vec<Guidance> {
    let told = sim.log.iter().filter_map(|effect| match effect {
        Effect::GuidanceChanged(guidance) => Some(*guidance),
        _ => None,
    });
    told.collect()
}

#[test]
fn pictures_are_taken_once_the_face_happens_to_be_right_and_nobody_is_told_how() {
    let mut sim = Sim::ready(config(), 5);
    look(&mut sim, 30_000.0, Vec::new);
    look(&mut sim, 30_000.0, || vec![face_at(100.0, 100.0, 40.0)]);
    look(&mut sim, 30_000.0, || vec![good_face(), face_at(500.0, 240.0, 140.0)]);
    // A run that breaks.
    while sim.session.told_state() == State::Positioning {
        sim.frame(33.0, vec![good_face()]);
    }
    look(&mut sim, 2_000.0, Vec::new);
    assert_eq!(sim.session.told_state(), State::Positioning);
    sim.open(1, 5);
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.acknowledge(&crops);
    sim.send(Event::VerdictReceived { run: 1, verdict: Verdict::Live, score: 90.0 });
    assert_eq!(sim.rules.terminal, Some(Effect::Finish { verdict: Verdict::Live }));
    let words = [
        Guidance::AllowCamera,
        Guidance::None,
        Guidance::Uploading,
        Guidance::Verifying,
        Guidance::None,
    ];
    assert_eq!(told(&sim), words);
    assert_eq!(sim.count(|e| matches!(e, Effect::AidChanged(_))), 0, "no hints either");
}

#[test]
fn few_frames_are_looked_at_until_there_is_a_face() {
    let mut sim = Sim::ready(config(), 100);
    // The first comes at once.
    look(&mut sim, 300.0, Vec::new);
    let idle = look(&mut sim, 10_000.0, Vec::new).len();
    assert!((40..=50).contains(&idle), "{idle} in ten seconds");
    let taking = look(&mut sim, 10_000.0, || vec![good_face()]);
    assert!(taking.len() > 95, "{} in ten seconds", taking.len());
    // The frames' own distance was learnt in spite of the glances: 10 pictures a second from 30.
    let taken: Vec<_> = sim
        .log
        .iter()
        .filter_map(|effect| match effect {
            Effect::TakeCrop { timestamp_ms, .. } => Some(*timestamp_ms),
            _ => None,
        })
        .collect();
    let gaps: Vec<_> = taken.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 80 && gaps.iter().all(|gap| (gap - 100.0).abs() < 1.0), "{gaps:?}");
    // With a person who is asked, every frame counts.
    let mut sim = Sim::ready(SessionConfig::default(), 100);
    assert!(look(&mut sim, 10_000.0, Vec::new).len() > 290);
}

#[test]
fn what_only_the_person_can_end_is_told() {
    let mut sim = Sim::ready(config(), 5);
    sim.frame(33.0, vec![]);
    for (pause, guidance) in [
        (SourcePause::Muted, Guidance::CameraPaused),
        (SourcePause::PlayRefused, Guidance::TapToStart),
    ] {
        sim.send(Event::SourcePaused(pause));
        assert_eq!(sim.session.guidance(), guidance);
        sim.send(Event::SourceResumed(pause));
        sim.frame(33.0, vec![]);
        assert_eq!(sim.session.guidance(), Guidance::None);
    }
}

#[test]
fn it_waits_for_ten_minutes() {
    assert!(config().validate().is_ok());
    let mut sim = Sim::ready(config(), 5);
    look(&mut sim, BACKGROUND_TIMEOUT_MS - 1_000.0, Vec::new);
    assert_eq!(sim.session.told_state(), State::Positioning);
    look(&mut sim, 2_000.0, Vec::new);
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
}

#[test]
fn a_session_that_has_grown_old_is_replaced_before_the_first_picture() {
    for source in [SourceKind::Camera, SourceKind::Media] {
        let mut sim = Sim::new(SessionConfig { source, ..config() });
        sim.send(Event::Start);
        sim.send(Event::DetectorReady);
        sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
        let open = |sim: &mut Sim, run| {
            let expires_in_ms = 300_000.0;
            sim.send(Event::TransportOpened { run, frames_required: 5, expires_in_ms });
        };
        sim.rules.frames_required = Some(5);
        open(&mut sim, 0);
        look(&mut sim, 250_000.0, Vec::new);
        while sim.count(|e| *e == Effect::OpenTransport { run: 1 }) == 0 {
            sim.frame(33.0, vec![good_face()]);
            assert_eq!(sim.count(|e| matches!(e, Effect::TakeCrop { .. })), 0);
        }
        assert_eq!(sim.count(|e| *e == Effect::AbortTransport { run: 0 }), 1);
        open(&mut sim, 1);
        take_all(&mut sim, 5);
    }
}

#[test]
fn a_session_that_cannot_be_replaced_is_used_as_long_as_it_lasts() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    sim.rules.frames_required = Some(5);
    // The back end's own, which is opened again as it is.
    let ends = sim.now + 100_000.0;
    let open = |sim: &mut Sim, run| {
        let expires_in_ms = ends - sim.now;
        sim.send(Event::TransportOpened { run, frames_required: 5, expires_in_ms });
    };
    open(&mut sim, 0);
    look(&mut sim, 80_000.0, Vec::new);
    for _ in 0..10 {
        let effects = sim.frame(33.0, vec![good_face()]);
        if effects.contains(&Effect::OpenTransport { run: 1 }) {
            open(&mut sim, 1);
        }
    }
    assert_eq!(sim.session.told_state(), State::Capturing);
    take_all(&mut sim, 5);
}
