//! Sessions of the server's that grow old before a run begins.

use crate::common::{HEIGHT, Sim, WIDTH, good_face};
use liveness_capture_core::session::first_run_of_attempt;
use liveness_capture_core::{Effect, Event, SessionConfig, State};

/// A session of the server's that ends so many milliseconds from now, and the check that waits with it.
fn opened(lasts_ms: f64) -> (Sim, f64) {
    opened_for(5, 10.0, lasts_ms)
}

fn opened_for(frames: u32, target_fps: f64, lasts_ms: f64) -> (Sim, f64) {
    let config =
        SessionConfig { positioning_timeout_ms: 600_000.0, target_fps, ..SessionConfig::default() };
    let mut sim = Sim::new(config);
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    sim.rules.frames_required = Some(frames);
    let ends_ms = sim.now + lasts_ms;
    open(&mut sim, 0, ends_ms);
    (sim, ends_ms)
}

fn open(sim: &mut Sim, run: u32, ends_ms: f64) {
    let expires_in_ms = ends_ms - sim.now;
    let frames_required = sim.rules.frames_required.expect("opened");
    sim.send(Event::TransportOpened { run, frames_required, expires_in_ms });
}

/// Nobody is in view for so long.
fn wait(sim: &mut Sim, ms: f64) {
    for _ in 0..(ms / 100.0) as u32 {
        sim.frame(100.0, vec![]);
    }
}

/// Good frames until the transport is to be opened anew, or the first picture is taken. Returns the run to open.
fn settle(sim: &mut Sim) -> Option<u32> {
    loop {
        for effect in sim.frame(33.0, vec![good_face()]) {
            match effect {
                Effect::OpenTransport { run } => return Some(run),
                Effect::TakeCrop { .. } => return None,
                _ => {}
            }
        }
    }
}

#[test]
fn a_session_that_lasts_less_than_a_run_needs_is_replaced_once_it_is_over() {
    let (mut sim, _) = opened(45_000.0);
    wait(&mut sim, 40_000.0);
    assert_eq!(settle(&mut sim), None, "it has not ended, and another would last no longer");

    let (mut sim, _) = opened(45_000.0);
    wait(&mut sim, 50_000.0);
    assert_eq!(settle(&mut sim), Some(1));
    let ends_ms = sim.now + 45_000.0;
    open(&mut sim, 1, ends_ms);
    assert_eq!(settle(&mut sim), None);
}

#[test]
fn a_given_session_that_is_over_is_asked_for_once() {
    let (mut sim, ends_ms) = opened(45_000.0);
    wait(&mut sim, 50_000.0);
    assert_eq!(settle(&mut sim), Some(1));
    open(&mut sim, 1, ends_ms);
    assert_eq!(settle(&mut sim), None, "the server says that it is over");
    assert_eq!(sim.session.told_state(), State::Capturing);
}

#[test]
fn a_session_that_a_later_run_takes_up_is_as_old_as_before() {
    let (mut sim, ends_ms) = opened(115_000.0);
    wait(&mut sim, 50_000.0);
    assert_eq!(settle(&mut sim), None);
    let effects = sim.frame(33.0, vec![]);
    assert!(effects.contains(&Effect::OpenTransport { run: 1 }));
    open(&mut sim, 1, ends_ms);
    wait(&mut sim, 50_000.0);
    assert_eq!(settle(&mut sim), Some(2));
}

/// 120 pictures at one a second take two minutes, besides what comes before and after them.
#[test]
fn a_session_in_which_a_long_run_would_not_end_is_replaced_before_it() {
    for (frames, fps, lasts_ms, waits_ms, run) in [
        (120, 1.0, 600_000.0, 250_000.0, None),
        (120, 1.0, 600_000.0, 310_000.0, Some(1)),
        (10, 10.0, 600_000.0, 310_000.0, None),
        (120, 1.0, 300_000.0, 140_000.0, None),
        (120, 1.0, 300_000.0, 160_000.0, Some(1)),
    ] {
        let (mut sim, _) = opened_for(frames, fps, lasts_ms);
        wait(&mut sim, waits_ms);
        assert_eq!(settle(&mut sim), run, "{frames} at {fps} after {waits_ms} of {lasts_ms} ms");
    }
}

#[test]
fn an_attempts_runs_are_above_those_of_every_earlier_one_whatever_the_server_knows_of_them() {
    for lasts_s in [60, 600, 86_400] {
        let first = |left_s| first_run_of_attempt(0, left_s);
        for left_s in (0..lasts_s).step_by(59) {
            assert!(
                first(left_s) >= first(left_s + 1) + 1_000,
                "{left_s} of {lasts_s} seconds left"
            );
        }
    }
    // One that lasts longer than a gateway allows, and one in which an attempt has just begun.
    for (known_run, left_s) in [(0, u64::MAX), (7, 86_400), (86_390_500, 10), (u32::MAX, 0)] {
        let first = first_run_of_attempt(known_run, left_s);
        assert!(
            first >= known_run.saturating_add(1_000),
            "{known_run} known, {left_s} seconds left"
        );
    }
}
