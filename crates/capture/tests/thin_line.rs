//! Slow lines and uneven cameras: nothing is sent for nothing, what moves may go on, what cannot end is
//! said.

mod common;

use common::{HEIGHT, Sim, WIDTH, good_face};
use liveness_capture_core::{Effect, Event, FailureCode, Guidance, SessionConfig, State};

fn uploads(sim: &Sim) -> Vec<(u32, u32)> {
    let upload = |effect: &Effect| match effect {
        Effect::UploadCrop { run, index } => Some((*run, *index)),
        _ => None,
    };
    sim.log.iter().filter_map(upload).collect()
}

/// Frames of a camera at 30, with a pause of `pause_ms` every `every`-th frame.
fn stutter(sim: &mut Sim, frames: u32, every: u32, pause_ms: f64) {
    for step in 1..=frames {
        sim.pass(if step % every == 0 { pause_ms } else { 1000.0 / 30.0 });
        if sim.session.state().is_terminal() {
            return;
        }
        for effect in sim.frame(0.0, vec![good_face()]) {
            if let Effect::OpenTransport { run } = effect {
                sim.open(run, 30);
            }
        }
    }
}

#[test]
fn the_first_run_sends_at_once() {
    let mut sim = Sim::ready(SessionConfig::default(), 30);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 3 {
        sim.frame(33.4, vec![good_face()]);
    }
    assert_eq!(uploads(&sim), [(0, 0), (0, 1), (0, 2)]);
}

#[test]
fn after_a_broken_run_crops_wait_until_the_next_has_got_farther() {
    let mut sim = Sim::ready(SessionConfig::default(), 9);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 4 {
        sim.frame(33.4, vec![good_face()]);
    }
    sim.frame(33.4, vec![]);
    sim.open(1, 9);
    let taken = |sim: &Sim| sim.count(|e| matches!(e, Effect::TakeCrop { run: 1, .. }));
    while taken(&sim) < 4 {
        sim.frame(33.4, vec![good_face()]);
    }
    assert!(uploads(&sim).iter().all(|(run, _)| *run == 0), "{:?}", uploads(&sim));
    while taken(&sim) < 5 {
        sim.frame(33.4, vec![good_face()]);
    }
    let of_the_second: Vec<_> = uploads(&sim).into_iter().filter(|(run, _)| *run == 1).collect();
    assert_eq!(of_the_second, (0..5).map(|index| (1, index)).collect::<Vec<_>>());
    let crops: Vec<_> = (0..9).map(|index| (1, index)).collect();
    while taken(&sim) < 9 {
        sim.frame(33.4, vec![good_face()]);
    }
    sim.cut(&crops);
    sim.acknowledge(&crops);
    assert_eq!(sim.session.state(), State::Verifying);
}

#[test]
fn a_run_that_breaks_as_early_as_the_one_before_sends_everything_once_it_is_whole() {
    // The whole run is no longer than the broken one was: held back to its very end.
    let mut sim = Sim::ready(SessionConfig::default(), 9);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 8 {
        sim.frame(33.4, vec![good_face()]);
    }
    sim.frame(33.4, vec![]);
    sim.open(1, 5);
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.acknowledge(&crops);
    assert_eq!(sim.session.state(), State::Verifying);
}

#[test]
fn a_camera_that_pauses_costs_little_and_is_named() {
    let mut sim = Sim::ready(SessionConfig::default(), 30);
    // 600 ms of nothing every two seconds: no run of three seconds is ever whole.
    stutter(&mut sim, 1_200, 60, 600.0);
    assert!(
        sim.log.contains(&Effect::GuidanceChanged(Guidance::UnevenFrames)),
        "the person is told while it lasts"
    );
    stutter(&mut sim, 2_000, 60, 600.0);
    assert_eq!(sim.failure(), Some(FailureCode::FramesUneven));
    // One run that got a little farther than the first is all that is sent besides it.
    assert!(uploads(&sim).len() <= 45, "{}", uploads(&sim).len());
}

#[test]
fn a_camera_that_is_too_slow_is_named() {
    for fps in [0.5, 1.0, 1.5] {
        let mut sim = Sim::ready(SessionConfig::default(), 30);
        while sim.failure().is_none() {
            sim.pass(1000.0 / fps);
            if sim.failure().is_none() {
                sim.frame(0.0, vec![good_face()]);
            }
        }
        assert_eq!(sim.failure(), Some(FailureCode::FramesUneven), "{fps} fps");
        assert!(sim.log.contains(&Effect::GuidanceChanged(Guidance::UnevenFrames)), "{fps} fps");
        assert_eq!(uploads(&sim), []);
    }
}

#[test]
fn a_page_that_was_hidden_is_no_pause_of_the_camera() {
    let mut sim = Sim::ready(SessionConfig::default(), 30);
    for _ in 0..10 {
        sim.frame(33.4, vec![]);
        sim.send(Event::PageHidden);
        sim.pass(5_000.0);
        sim.send(Event::PageVisible);
    }
    while sim.failure().is_none() {
        sim.pass(100.0);
        sim.frame(0.0, vec![]);
    }
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
}

/// A session whose 30 crops are all cut, and arrive `each_ms` apart; the server waits for `expires_ms`.
fn upload(each_ms: f64, expires_ms: f64) -> Sim {
    let mut sim = Sim::new(SessionConfig::default());
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    sim.rules.frames_required = Some(30);
    sim.send(Event::TransportOpened { run: 0, frames_required: 30, expires_in_ms: expires_ms });
    let crops = sim.capture_all();
    sim.cut(&crops);
    for crop in crops {
        sim.pass(each_ms);
        if sim.session.state().is_terminal() {
            break;
        }
        sim.acknowledge(&[crop]);
    }
    sim
}

#[test]
fn what_moves_may_take_its_time() {
    // 93 s in all, more than the limit of a minute; each crop well below it.
    let sim = upload(3_100.0, 300_000.0);
    assert_eq!(sim.session.state(), State::Verifying);
    assert!(sim.log.contains(&Effect::GuidanceChanged(Guidance::UploadingSlowly)));
    // On a line that is fast enough nothing is said.
    let sim = upload(100.0, 300_000.0);
    assert_eq!(sim.session.state(), State::Verifying);
    assert!(!sim.log.contains(&Effect::GuidanceChanged(Guidance::UploadingSlowly)));
}

#[test]
fn what_cannot_arrive_in_time_is_said_as_soon_as_it_is_known() {
    let sim = upload(12_000.0, 300_000.0);
    assert_eq!(sim.failure(), Some(FailureCode::ConnectionTooSlow));
    let waited = sim.now - 1_000.0;
    assert!(waited < 70_000.0, "{waited} ms before it was said");
    // The same pace is fine where the server waits without an end.
    assert_eq!(upload(12_000.0, f64::INFINITY).session.state(), State::Verifying);
}

#[test]
fn a_line_that_stops_is_named_by_whether_anything_got_through() {
    let mut sim = Sim::ready(SessionConfig::default(), 3);
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.acknowledge(&crops[..1]);
    sim.pass(59_999.0);
    assert_eq!(sim.failure(), None);
    sim.pass(1.0);
    assert_eq!(sim.failure(), Some(FailureCode::ConnectionTooSlow));

    let mut sim = Sim::ready(SessionConfig::default(), 3);
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.pass(60_000.0);
    assert_eq!(sim.failure(), Some(FailureCode::RequestTimeout));
}
