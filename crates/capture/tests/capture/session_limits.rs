//! What interrupts and limits a session: hidden pages, waiting times, sources that end.

use crate::common::{HEIGHT, Sim, WIDTH, face_at, frame, good_face};
use liveness_capture_core::{
    Effect, Event, FailureCode, Guidance, Session, SessionConfig, SourcePause, State,
};
use liveness_protocol::{ErrorCode, Verdict};

fn config() -> SessionConfig {
    SessionConfig::default()
}

#[test]
fn hiding_pauses_and_breaks_the_run() {
    let mut sim = Sim::ready(config(), 9);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 2 {
        sim.frame(33.4, vec![good_face()]);
    }
    let effects = sim.send(Event::PageHidden);
    assert!(effects.contains(&Effect::AbortTransport { run: 0 }));
    assert!(effects.contains(&Effect::OpenTransport { run: 1 }));
    assert!(effects.contains(&Effect::GuidanceChanged(Guidance::PageHidden)));
    sim.open(1, 9);
    assert_eq!(sim.frame(33.0, vec![good_face()]), [], "a frame was judged in the background");
    // Longer than the stall and positioning limits, shorter than the limit for hiding.
    sim.pass(100_000.0);
    assert_eq!(sim.session.told_state(), State::Positioning);
    let effects = sim.send(Event::PageVisible);
    assert_eq!(
        effects,
        [Effect::GuidanceChanged(Guidance::Wait), Effect::AnalyseNext { not_before_ms: None }]
    );
    let crops = sim.capture_all();
    assert_eq!(crops[0], (1, 0));
}

#[test]
fn hiding_while_a_frame_is_under_way_does_not_request_another() {
    let mut sim = Sim::ready(config(), 9);
    sim.send(Event::PageHidden);
    assert_eq!(sim.send(Event::PageHidden), []);
    assert_eq!(sim.send(Event::PageVisible), [Effect::GuidanceChanged(Guidance::Wait)]);
    assert_eq!(sim.send(Event::PageVisible), []);
    assert!(sim.frame(33.0, vec![]).contains(&Effect::AnalyseNext { not_before_ms: None }));
}

#[test]
fn hiding_after_the_last_frame_changes_nothing() {
    let mut sim = Sim::ready(config(), 3);
    let crops = sim.capture_all();
    assert_eq!(sim.send(Event::PageHidden), []);
    sim.cut(&crops);
    assert_eq!(sim.session.told_state(), State::Uploading);
    assert_eq!(sim.session.guidance(), Guidance::Uploading);
    sim.acknowledge(&crops);
    sim.send(Event::VerdictReceived { run: 0, verdict: Verdict::Fake, score: 50.0 });
    assert_eq!(sim.session.told_state(), State::Done);
}

#[test]
fn a_hidden_page_does_not_wait_for_ever() {
    let hidden_from = |events: &[Event]| {
        let mut sim = Sim::new(config());
        for event in events {
            sim.send(event.clone());
        }
        sim.send(Event::PageHidden);
        sim.pass(119_999.0);
        assert_eq!(sim.failure(), None);
        sim.pass(2.0);
        sim.failure()
    };
    let camera_ready = Event::CameraReady { width: WIDTH, height: HEIGHT };
    // Neither the camera, the engine nor the face is to blame.
    let expired = Some(FailureCode::Api(ErrorCode::SessionExpired));
    assert_eq!(hidden_from(&[Event::Start]), expired);
    assert_eq!(hidden_from(&[Event::Start, camera_ready.clone()]), expired);
    assert_eq!(hidden_from(&[Event::Start, camera_ready, Event::DetectorReady]), expired);
}

#[test]
fn the_camera_prompt_may_stay_open_for_ten_minutes() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    assert_eq!(sim.session.next_deadline_ms(), Some(sim.now + 600_000.0));
    sim.pass(599_999.0);
    assert_eq!(sim.session.told_state(), State::RequestingCamera);
    sim.pass(1.0);
    assert_eq!(sim.failure(), Some(FailureCode::CameraTimeout));
}

#[test]
fn loading_may_take_half_a_minute_in_all() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.pass(20_000.0);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    sim.pass(9_999.0);
    assert_eq!(sim.session.told_state(), State::Loading);
    sim.pass(1.0);
    assert_eq!(sim.failure(), Some(FailureCode::EngineLoadTimeout));

    // Reading the prompt may take longer than loading the detector may.
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.pass(50_000.0);
    assert_eq!(sim.session.told_state(), State::RequestingCamera);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    assert_eq!(sim.session.told_state(), State::Positioning);
}

#[test]
fn positioning_ends_after_a_minute_without_a_usable_face() {
    let mut sim = Sim::ready(config(), 30);
    let begin = sim.now;
    while sim.failure().is_none() {
        sim.pass(100.0);
        sim.frame(0.0, vec![]);
    }
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
    assert!((sim.now - begin - 60_000.0).abs() <= 100.0);
    assert_eq!(sim.count(|e| matches!(e, Effect::TakeCrop { .. })), 0);
}

#[test]
fn runs_that_keep_breaking_end_in_the_positioning_timeout() {
    let mut sim = Sim::ready(config(), 30);
    let mut run = 0;
    for step in 0_u32.. {
        sim.pass(33.0);
        let faces = if step % 40 == 39 { vec![] } else { vec![good_face()] };
        for effect in sim.frame(0.0, faces) {
            if let Effect::OpenTransport { run: next } = effect {
                run = next;
            }
        }
        if sim.failure().is_some() {
            break;
        }
        sim.open(run, 30);
    }
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
    assert!(run > 10, "{run}");
}

#[test]
fn a_run_under_way_may_outlast_the_positioning_timeout() {
    let mut sim = Sim::ready(config(), 30);
    for _ in 0..598 {
        sim.pass(100.0);
        sim.frame(0.0, vec![]);
    }
    let mut crops = 0;
    while crops < 30 {
        sim.pass(33.4);
        let effects = sim.frame(0.0, vec![good_face()]);
        crops += effects.iter().filter(|e| matches!(e, Effect::TakeCrop { .. })).count();
        assert_eq!(sim.failure(), None);
    }
    assert_eq!(sim.session.told_state(), State::Capturing);
    assert!(sim.now > 61_000.0 + 1_000.0);
}

#[test]
fn a_transport_that_never_opens_is_reported_as_such() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    while sim.failure().is_none() {
        sim.pass(100.0);
        sim.frame(0.0, vec![good_face()]);
    }
    assert_eq!(sim.failure(), Some(FailureCode::RequestTimeout));
}

#[test]
fn frames_that_stop_coming_are_noticed() {
    let mut sim = Sim::ready(config(), 30);
    sim.frame(33.0, vec![good_face()]);
    sim.pass(7_999.0);
    assert_eq!(sim.session.told_state(), State::Positioning);
    sim.pass(1.0);
    assert_eq!(sim.failure(), Some(FailureCode::FramesStalled));
}

#[test]
fn a_worker_that_stops_cutting_is_noticed() {
    let mut sim = Sim::ready(config(), 5);
    let crops = sim.capture_all();
    sim.cut(&crops[..4]);
    sim.pass(8_000.0);
    assert_eq!(sim.failure(), Some(FailureCode::EngineCrashed));
}

#[test]
fn a_worker_that_cuts_slowly_is_not_taken_for_dead() {
    let mut sim = Sim::ready(config(), 5);
    for crop in sim.capture_all() {
        sim.pass(7_000.0);
        sim.cut(&[crop]);
    }
    assert_eq!(sim.session.told_state(), State::Uploading);
}

#[test]
fn the_wait_for_a_frame_restarts_when_the_page_comes_back() {
    let mut sim = Sim::ready(config(), 5);
    sim.pass(7_000.0);
    sim.send(Event::PageHidden);
    sim.pass(7_000.0);
    sim.send(Event::PageVisible);
    sim.pass(7_999.0);
    assert_eq!(sim.failure(), None);
    sim.pass(1.0);
    assert_eq!(sim.failure(), Some(FailureCode::FramesStalled));
}

#[test]
fn a_creeping_clock_cannot_keep_a_run_open() {
    let mut sim = Sim::ready(config(), 30);
    while sim.session.told_state() == State::Positioning {
        sim.frame(33.0, vec![good_face()]);
    }
    let mut clock = sim.now;
    while sim.failure().is_none() {
        sim.pass(100.0);
        clock += 1e-3;
        sim.send(Event::FrameAnalysed(frame(clock, vec![good_face()])));
    }
    assert_eq!(sim.failure(), Some(FailureCode::FramesStalled));
}

#[test]
fn uploads_and_verdicts_have_a_minute_each() {
    let mut sim = Sim::ready(config(), 3);
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.pass(59_999.0);
    assert_eq!(sim.session.told_state(), State::Uploading);
    let mut late = Sim { session: sim.session.clone(), log: Vec::new(), ..Sim::new(config()) };
    late.now = sim.now;
    sim.acknowledge(&crops);
    sim.pass(59_999.0);
    assert_eq!(sim.session.told_state(), State::Verifying);
    sim.pass(1.0);
    assert_eq!(sim.failure(), Some(FailureCode::RequestTimeout));
    let effects = late.session.handle(late.now + 1.0, Event::Tick);
    assert_eq!(effects.last(), Some(&Effect::Fail(FailureCode::RequestTimeout)));
}

#[test]
fn an_unplugged_camera_ends_the_capture_but_not_the_upload() {
    let mut sim = Sim::ready(config(), 3);
    sim.frame(33.0, vec![good_face()]);
    sim.send(Event::SourceEnded);
    assert_eq!(sim.failure(), Some(FailureCode::CameraEnded));

    for late in [Event::SourceEnded, Event::CameraFailed(FailureCode::CameraFailed)] {
        let mut sim = Sim::ready(config(), 3);
        let crops = sim.capture_all();
        sim.cut(&crops);
        assert_eq!(sim.send(late.clone()), []);
        sim.acknowledge(&crops);
        assert_eq!(sim.send(late), []);
        assert_eq!(sim.session.told_state(), State::Verifying);
    }

    // The worker sends the crops, so it is needed until all have arrived.
    for late in [FailureCode::EngineCrashed, FailureCode::OutOfMemory] {
        let mut sim = Sim::ready(config(), 3);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.acknowledge(&crops);
        assert_eq!(sim.send(Event::EngineFailed(late)), []);
        assert_eq!(sim.session.told_state(), State::Verifying);

        let mut sim = Sim::ready(config(), 3);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.acknowledge(&crops[..2]);
        sim.send(Event::EngineFailed(late));
        assert_eq!(sim.failure(), Some(late));
    }

    // All frames are taken but the worker is still cutting: only the camera is not needed any more.
    let mut sim = Sim::ready(config(), 3);
    sim.capture_all();
    assert_eq!(sim.send(Event::SourceEnded), []);
    sim.send(Event::EngineFailed(FailureCode::OutOfMemory));
    assert_eq!(sim.failure(), Some(FailureCode::OutOfMemory));
}

fn media() -> SessionConfig {
    config().of_a_file()
}

#[test]
fn a_file_asks_for_no_permission() {
    let mut sim = Sim::new(media());
    assert!(sim.send(Event::Start).contains(&Effect::GuidanceChanged(Guidance::Wait)));
}

#[test]
fn a_file_that_neither_opens_nor_plays_is_not_blamed_on_a_camera() {
    let mut sim = Sim::new(media());
    sim.send(Event::Start);
    sim.pass(59_999.0);
    assert_eq!(sim.failure(), None);
    sim.pass(1.0);
    assert_eq!(sim.failure(), Some(FailureCode::MediaUnsupported));

    let mut sim = Sim::ready(media(), 30);
    sim.frame(33.0, vec![good_face()]);
    sim.pass(8_000.0);
    assert_eq!(sim.failure(), Some(FailureCode::MediaUnsupported));

    // It could be played, had anybody touched the page.
    let mut sim = Sim::ready(media(), 30);
    sim.send(Event::SourcePaused(SourcePause::PlayRefused));
    sim.pass(600_001.0);
    assert_eq!(sim.failure(), Some(FailureCode::Api(ErrorCode::SessionExpired)));
}

#[test]
fn a_file_that_ends_early_is_too_short() {
    let mut sim = Sim::ready(media(), 30);
    for _ in 0..20 {
        sim.frame(33.4, vec![good_face()]);
    }
    sim.send(Event::SourceEnded);
    assert_eq!(sim.failure(), Some(FailureCode::MediaTooShort));

    let mut sim = Sim::new(media());
    sim.send(Event::Start);
    sim.send(Event::SourceEnded);
    assert_eq!(sim.failure(), Some(FailureCode::MediaTooShort));
}

#[test]
fn a_file_may_end_with_its_last_usable_frame() {
    let mut sim = Sim::ready(media(), 2);
    sim.capture_all();
    assert_eq!(sim.send(Event::SourceEnded), []);
    sim.cut(&[(0, 0), (0, 1)]);
    assert_eq!(sim.session.told_state(), State::Uploading);
}

#[test]
fn guidance_does_not_flicker() {
    let mut sim = Sim::ready(config(), 30);
    sim.frame(33.0, vec![]);
    assert_eq!(
        sim.session.guidance(),
        Guidance::NoFace,
        "the first judgement must be shown at once"
    );
    sim.frame(33.0, vec![face_at(320.0, 240.0, 40.0)]);
    sim.frame(33.0, vec![]);
    assert_eq!(sim.session.guidance(), Guidance::NoFace);
    for frames in 1..=14 {
        sim.frame(33.0, vec![face_at(320.0, 240.0, 40.0)]);
        // Not until the first could be read, for 400 ms.
        let shown = if frames < 11 { Guidance::NoFace } else { Guidance::MoveCloser };
        assert_eq!(sim.session.guidance(), shown, "frame {frames}");
    }
    assert_eq!(sim.session.guidance(), Guidance::MoveCloser);
    sim.frame(500.0, vec![]);
    assert_eq!(sim.session.guidance(), Guidance::MoveCloser, "one frame must not be enough");
    sim.frame(33.0, vec![]);
    assert_eq!(sim.session.guidance(), Guidance::NoFace);
}

#[test]
fn the_clock_may_be_wrong() {
    let mut session = Session::new(config()).expect("valid");
    session.handle(5_000.0, Event::Start);
    assert_eq!(session.next_deadline_ms(), Some(605_000.0));
    for now in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0] {
        assert_eq!(session.handle(now, Event::Tick), []);
    }
    // The clock steps back: no time has passed.
    session.handle(1_000.0, Event::DetectorReady);
    session.handle(1_000.0, Event::CameraReady { width: WIDTH, height: HEIGHT });
    assert_eq!(session.next_deadline_ms(), Some(13_000.0));

    let mut session = Session::new(config()).expect("valid");
    session.handle(5_000.0, Event::Start);
    assert_eq!(session.handle(604_999.0, Event::Tick), []);
    assert_eq!(session.handle(605_000.0, Event::Tick).len(), 4);
}
