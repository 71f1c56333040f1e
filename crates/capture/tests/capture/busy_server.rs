//! What the person is told while a server is waited for, for how long, and what of it when the time is up.

use crate::common::{HEIGHT, Sim, WIDTH, face_at, good_face};
use liveness_capture_core::{Event, FailureCode, Guidance, SessionConfig, State};
use liveness_protocol::ErrorCode;

fn config() -> SessionConfig {
    SessionConfig::default()
}

#[test]
fn a_person_is_not_told_to_hold_still_for_as_long_as_the_server_takes() {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim.send(Event::DetectorReady);
    sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
    while sim.now < 1_900.0 {
        sim.frame(33.0, vec![good_face()]);
    }
    assert_eq!(sim.session.guidance(), Guidance::HoldStill);
    while sim.now < 3_000.0 {
        sim.frame(33.0, vec![good_face()]);
    }
    assert_eq!(sim.session.guidance(), Guidance::Wait);
    // Whoever gets out of place meanwhile hears of that, and holds still again once back.
    sim.frame(33.0, vec![face_at(320.0, 240.0, 60.0)]);
    assert_eq!(sim.session.guidance(), Guidance::Wait, "one frame says nothing yet");
    sim.frame(33.0, vec![face_at(320.0, 240.0, 60.0)]);
    assert_eq!(sim.session.guidance(), Guidance::MoveCloser);
    for _ in 0..20 {
        sim.frame(33.0, vec![good_face()]);
    }
    assert_eq!(sim.session.guidance(), Guidance::HoldStill);
    sim.open(0, 3);
    sim.capture_all();
    assert_eq!(sim.session.guidance(), Guidance::HoldStill);
}

#[test]
fn a_busy_server_is_not_reported_as_a_bad_connection() {
    let busy = FailureCode::Api(ErrorCode::RateLimitExceeded);
    let delay = |run| Event::RequestDelayed { run, code: busy };
    // While it opens, whether or not somebody holds still at the end.
    for away_from_ms in [f64::INFINITY, 55_000.0] {
        let mut sim = Sim::new(config());
        sim.send(Event::Start);
        sim.send(Event::DetectorReady);
        sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
        sim.send(delay(0));
        while sim.failure().is_none() {
            sim.pass(100.0);
            let is_away = sim.now >= away_from_ms;
            sim.frame(0.0, if is_away { vec![] } else { vec![good_face()] });
        }
        assert_eq!(sim.failure(), Some(busy), "away from {away_from_ms}");
    }

    // While it takes crops, whether or not it has taken some.
    for (acknowledged, run, failure) in [
        (0, 0, busy),
        (1, 0, busy),
        (0, 1, FailureCode::RequestTimeout),
        (1, 1, FailureCode::ConnectionTooSlow),
    ] {
        let mut sim = Sim::ready(config(), 5);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.acknowledge(&crops[..acknowledged]);
        sim.send(delay(run));
        sim.pass(120_000.0);
        assert_eq!(sim.failure(), Some(failure), "{acknowledged} acknowledged, run {run}");
    }

    // While it verifies; that it was busy before no longer counts.
    for (again, failure) in [(true, busy), (false, FailureCode::RequestTimeout)] {
        let mut sim = Sim::ready(config(), 3);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.send(delay(0));
        sim.acknowledge(&crops);
        if again {
            sim.send(delay(0));
        }
        sim.pass(200_000.0);
        assert_eq!(sim.failure(), Some(failure));
    }
}

#[test]
fn a_page_that_was_away_has_time_for_the_server_once_it_is_back() {
    for verifying in [false, true] {
        let waiting = || {
            let mut sim = Sim::ready(config(), 3);
            let crops = sim.capture_all();
            sim.cut(&crops);
            if verifying {
                sim.acknowledge(&crops);
            }
            sim.pass(50_000.0);
            sim.send(Event::PageHidden);
            sim
        };
        let state = if verifying { State::Verifying } else { State::Uploading };
        // As long as a phone sleeps; no tick comes meanwhile.
        let mut sim = waiting();
        sim.now += 119_000.0;
        sim.send(Event::PageVisible);
        sim.pass(19_999.0);
        assert_eq!(sim.session.told_state(), state);
        sim.pass(1.0);
        assert_eq!(sim.failure(), Some(FailureCode::RequestTimeout));
        // Time that is left is not taken away.
        let mut sim = Sim::ready(config(), 3);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.send(Event::PageHidden);
        sim.send(Event::PageVisible);
        sim.pass(59_999.0);
        assert_eq!(sim.session.told_state(), State::Uploading);
        // Nor does it wait for ever.
        let mut sim = waiting();
        sim.pass(119_999.0);
        assert_eq!(sim.session.told_state(), state);
        sim.pass(1.0);
        assert_eq!(sim.failure(), Some(FailureCode::Api(ErrorCode::SessionExpired)));
    }
}

/// Whoever looks at another tab meanwhile: with one large request nothing arrives before the verdict.
#[test]
fn a_hidden_page_waits_for_the_verdict_as_long_as_one_that_is_looked_at() {
    for (verify_timeout_ms, waits_ms) in [(300_000.0, 300_000.0), (30_000.0, 120_000.0)] {
        let mut sim = Sim::ready(SessionConfig { verify_timeout_ms, ..config() }, 5);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.send(Event::PageHidden);
        sim.pass(100_000.0);
        sim.acknowledge(&crops);
        sim.pass(waits_ms - 1.0);
        assert_eq!(sim.session.told_state(), State::Verifying);
        sim.pass(2.0);
        assert_eq!(sim.failure(), Some(FailureCode::Api(ErrorCode::SessionExpired)));
    }
}

/// Whoever looks at another tab while a slow line sends: what arrives shows that the page goes on.
#[test]
fn a_hidden_page_whose_pictures_arrive_is_not_gone() {
    let mut sim = Sim::ready(config(), 5);
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.send(Event::PageHidden);
    for crop in &crops[..4] {
        sim.pass(50_000.0);
        sim.acknowledge(std::slice::from_ref(crop));
        assert_eq!(sim.session.told_state(), State::Uploading);
    }
    sim.pass(120_000.0);
    assert_eq!(sim.failure(), Some(FailureCode::Api(ErrorCode::SessionExpired)));
}
