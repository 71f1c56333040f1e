//! Slow lines and uneven cameras: no upload is wasted, a slow upload may go on, a hopeless one fails
//! early.

use crate::common::{HEIGHT, Sim, WIDTH, good_face};
use liveness_capture_core::{
    Effect, Event, FailureCode, Guidance, SessionConfig, SourceKind, State,
};

fn uploads(sim: &Sim) -> Vec<(u32, u32)> {
    let upload = |effect: &Effect| match effect {
        Effect::UploadCrop { run, index } => Some((*run, *index)),
        _ => None,
    };
    sim.log.iter().filter_map(upload).collect()
}

#[test]
fn the_first_run_uploads_at_once() {
    let mut sim = Sim::ready(SessionConfig::default(), 30);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 3 {
        sim.frame(33.4, vec![good_face()]);
    }
    assert_eq!(uploads(&sim), [(0, 0), (0, 1), (0, 2)]);
}

#[test]
fn after_a_broken_run_crops_wait_until_the_next_run_gets_farther() {
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
    assert_eq!(sim.session.told_state(), State::Verifying);
}

#[test]
fn a_run_shorter_than_the_broken_one_uploads_everything_once_complete() {
    // The complete run is shorter than the broken one, so its crops are held back until its end.
    let mut sim = Sim::ready(SessionConfig::default(), 9);
    while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 8 {
        sim.frame(33.4, vec![good_face()]);
    }
    sim.frame(33.4, vec![]);
    sim.open(1, 5);
    let crops = sim.capture_all();
    sim.cut(&crops);
    sim.acknowledge(&crops);
    assert_eq!(sim.session.told_state(), State::Verifying);
}

#[test]
fn a_slow_file_is_not_called_a_slow_camera() {
    let config = SessionConfig { source: SourceKind::Media, ..SessionConfig::default() };
    let mut sim = Sim::ready(config, 30);
    while sim.failure().is_none() {
        sim.pass(1_000.0);
        if sim.failure().is_none() {
            sim.frame(0.0, vec![good_face()]);
        }
    }
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
    assert!(!sim.log.contains(&Effect::GuidanceChanged(Guidance::UnevenFrames)));
}

#[test]
fn a_hidden_page_does_not_count_as_a_pause_of_the_camera() {
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

#[test]
fn a_busy_device_is_not_blamed_for_a_face_that_is_never_there() {
    // A long gap every now and then, without a face, or with a person who keeps moving away.
    let mut sim = Sim::ready(SessionConfig::default(), 30);
    for step in 0_u32.. {
        sim.pass(if step % 40 == 0 { 700.0 } else { 33.0 });
        if sim.failure().is_some() {
            break;
        }
        let faces = if step % 20 < 4 { vec![good_face()] } else { vec![] };
        sim.frame(0.0, faces);
    }
    assert_eq!(sim.failure(), Some(FailureCode::PositioningTimeout));
    assert!(!sim.log.contains(&Effect::GuidanceChanged(Guidance::UnevenFrames)));
}

/// A session whose 30 crops are all cut and arrive `each_ms` apart; the server waits for `expires_ms`.
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
        if sim.session.told_state().is_terminal() {
            break;
        }
        sim.acknowledge(&[crop]);
    }
    sim
}

#[test]
fn an_upload_that_makes_progress_may_take_its_time() {
    // 93 s in all, more than the limit of a minute, but each crop takes far less.
    let sim = upload(3_100.0, 300_000.0);
    assert_eq!(sim.session.told_state(), State::Verifying);
    assert!(sim.log.contains(&Effect::GuidanceChanged(Guidance::UploadingSlowly)));
    // On a fast line nothing is shown about it.
    let sim = upload(100.0, 300_000.0);
    assert_eq!(sim.session.told_state(), State::Verifying);
    assert!(!sim.log.contains(&Effect::GuidanceChanged(Guidance::UploadingSlowly)));
}

#[test]
fn an_upload_that_cannot_finish_in_time_fails_early() {
    let sim = upload(12_000.0, 300_000.0);
    assert_eq!(sim.failure(), Some(FailureCode::ConnectionTooSlow));
    let waited = sim.now - 1_000.0;
    assert!(waited < 70_000.0, "failed only after {waited} ms");
    // The same pace is fine if the server waits for ever.
    assert_eq!(upload(12_000.0, f64::INFINITY).session.told_state(), State::Verifying);
}

/// Pages that were frozen, and an outage that the requests have survived, say nothing of the line.
#[test]
fn long_gaps_are_not_the_lines_pace() {
    for (hidden, outage) in [(vec![0], 1), (vec![3, 4], 5), (vec![], 0), (vec![], 4), (vec![12], 5)]
    {
        let mut sim = Sim::new(SessionConfig::default());
        sim.send(Event::Start);
        sim.send(Event::DetectorReady);
        sim.send(Event::CameraReady { width: WIDTH, height: HEIGHT });
        sim.rules.frames_required = Some(30);
        sim.send(Event::TransportOpened { run: 0, frames_required: 30, expires_in_ms: 300_000.0 });
        let crops = sim.capture_all();
        sim.cut(&crops);
        for (arrived, crop) in crops.into_iter().enumerate() {
            if hidden.contains(&arrived) {
                sim.send(Event::PageHidden);
                sim.pass(57_000.0);
                sim.send(Event::PageVisible);
            }
            sim.pass(if arrived == outage { 40_000.0 } else { 1_000.0 });
            sim.acknowledge(&[crop]);
        }
        assert_eq!(sim.session.told_state(), State::Verifying, "{hidden:?} {outage}");
    }
}

#[test]
fn the_code_for_a_dead_line_depends_on_whether_anything_got_through() {
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
