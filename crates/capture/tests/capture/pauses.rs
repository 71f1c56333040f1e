//! A camera that sends nothing for a while: muted by the browser or the system, or shown only after a tap.

use crate::common::{HEIGHT, Sim, WIDTH, good_face};
use liveness_capture_core::{
    Effect, Event, FailureCode, Guidance, SessionConfig, SourceKind, SourcePause, State,
};
use liveness_protocol::{CaptureWarning, ErrorCode};

const PAUSES: [(SourcePause, Guidance); 2] = [
    (SourcePause::Muted, Guidance::CameraPaused),
    (SourcePause::PlayRefused, Guidance::TapToStart),
];

fn config() -> SessionConfig {
    SessionConfig::default()
}

fn started() -> Sim {
    let mut sim = Sim::new(config());
    sim.send(Event::Start);
    sim
}

fn camera_ready() -> Event {
    Event::CameraReady { width: WIDTH, height: HEIGHT }
}

#[test]
fn a_pause_breaks_the_run_is_said_and_is_resumed_from() {
    for (pause, guidance) in PAUSES {
        let mut sim = Sim::ready(config(), 9);
        while sim.count(|e| matches!(e, Effect::TakeCrop { .. })) < 2 {
            sim.frame(33.4, vec![good_face()]);
        }
        let effects = sim.send(Event::SourcePaused(pause));
        assert!(effects.contains(&Effect::AbortTransport { run: 0 }));
        assert!(effects.contains(&Effect::GuidanceChanged(guidance)), "{effects:?}");
        sim.open(1, 9);
        // Some browsers send black frames meanwhile.
        assert_eq!(sim.frame(33.0, vec![]), [], "a frame was judged");
        // Longer than the limits for stalling and positioning.
        sim.pass(100_000.0);
        assert_eq!(
            (sim.session.told_state(), sim.session.guidance()),
            (State::Positioning, guidance)
        );
        assert_eq!(
            sim.send(Event::SourceResumed(pause)),
            [Effect::GuidanceChanged(Guidance::Wait), Effect::AnalyseNext { not_before_ms: None }]
        );
        assert_eq!(sim.send(Event::SourceResumed(pause)), []);
        sim.pass(7_999.0);
        assert_eq!(sim.failure(), None, "the pause counted as a stall");
        assert_eq!(sim.capture_all()[0], (1, 0));
    }
}

#[test]
fn a_pause_has_a_bound_of_its_own() {
    for (pause, _) in PAUSES {
        let paused_after = |events: &[Event]| {
            let mut sim = started();
            for event in events {
                sim.send(event.clone());
            }
            sim.send(Event::SourcePaused(pause));
            // As long as the prompt, for the same reason: nobody is warned, and there is nothing to extend.
            sim.pass(599_999.0);
            assert_eq!(sim.failure(), None);
            sim.pass(2.0);
            sim.failure()
        };
        // Only a muted camera is the camera's fault.
        let (unopened, stalled) = match pause {
            SourcePause::Muted => (FailureCode::CameraTimeout, FailureCode::FramesStalled),
            SourcePause::PlayRefused => {
                (ErrorCode::SessionExpired.into(), ErrorCode::SessionExpired.into())
            }
        };
        assert_eq!(paused_after(&[]), Some(unopened));
        assert_eq!(paused_after(&[camera_ready()]), Some(stalled));
        assert_eq!(paused_after(&[camera_ready(), Event::DetectorReady]), Some(stalled));
    }
}

#[test]
fn several_pauses_at_once_end_with_the_last() {
    let mut sim = Sim::ready(config(), 9);
    let guidance_after = |sim: &mut Sim, event| {
        sim.send(event);
        sim.session.guidance()
    };
    let muted = SourcePause::Muted;
    let refused = SourcePause::PlayRefused;
    for (event, guidance) in [
        (Event::SourcePaused(refused), Guidance::TapToStart),
        (Event::SourcePaused(muted), Guidance::CameraPaused),
        (Event::PageHidden, Guidance::PageHidden),
        (Event::SourceResumed(refused), Guidance::PageHidden),
        (Event::PageVisible, Guidance::CameraPaused),
        (Event::SourceResumed(muted), Guidance::Wait),
    ] {
        assert_eq!(guidance_after(&mut sim, event), guidance);
    }
    // The frame that was under way when it began is the answer to the only request.
    assert!(sim.frame(33.0, vec![]).contains(&Effect::AnalyseNext { not_before_ms: None }));
}

#[test]
fn a_hidden_page_does_not_use_up_the_cameras_pause_nor_the_other_way_round() {
    let mut sim = Sim::ready(config(), 9);
    sim.send(Event::SourcePaused(SourcePause::Muted));
    sim.pass(580_000.0);
    sim.send(Event::PageHidden);
    sim.pass(100_000.0);
    sim.send(Event::PageVisible);
    sim.pass(19_999.0);
    assert_eq!(sim.failure(), None);
    sim.pass(2.0);
    assert_eq!(sim.failure(), Some(FailureCode::FramesStalled));
}

#[test]
fn a_camera_muted_before_it_is_used_is_waited_for() {
    let mut sim = started();
    sim.send(Event::SourcePaused(SourcePause::Muted));
    assert_eq!(sim.session.guidance(), Guidance::CameraPaused);
    sim.send(camera_ready());
    sim.send(Event::DetectorReady);
    sim.open(0, 9);
    assert_eq!(sim.session.told_state(), State::Positioning);
    assert_eq!(sim.session.guidance(), Guidance::CameraPaused);
    assert_eq!(sim.count(|e| matches!(e, Effect::AnalyseNext { .. })), 0);
    sim.send(Event::SourceResumed(SourcePause::Muted));
    assert_eq!(sim.capture_all()[0], (0, 0));
}

#[test]
fn a_pause_after_the_last_frame_changes_nothing() {
    let mut sim = Sim::ready(config(), 3);
    let crops = sim.capture_all();
    assert_eq!(sim.send(Event::SourcePaused(SourcePause::Muted)), []);
    sim.cut(&crops);
    assert_eq!(sim.session.told_state(), State::Uploading);
    assert_eq!(sim.session.guidance(), Guidance::Uploading);
}

#[test]
fn a_camera_that_is_too_small_is_refused_however_it_is_held() {
    let outcome = |width, height, source| {
        let mut sim = Sim::new(SessionConfig { source, ..config() });
        sim.send(Event::Start);
        sim.send(Event::CameraReady { width, height });
        sim.failure()
    };
    let too_low = Some(FailureCode::CameraResolutionTooLow);
    for (width, height, expected) in [
        (480, 360, None),
        (360, 480, None),
        (1280, 720, None),
        (479, 360, too_low),
        (480, 359, too_low),
        (359, 480, too_low),
        (320, 240, too_low),
        (1280, 240, too_low),
    ] {
        assert_eq!(outcome(width, height, SourceKind::Camera), expected, "{width} x {height}");
        // A file cannot be chosen again with more pixels; the size of the face decides.
        assert_eq!(outcome(width, height, SourceKind::Media), None);
    }
}

#[test]
fn what_is_known_of_the_camera_is_reported_once() {
    for (event, warning) in [
        (Event::PicturesNoised, CaptureWarning::PictureNoised),
        (Event::CameraIsVirtual, CaptureWarning::VirtualCamera),
    ] {
        let mut sim = Sim::ready(config(), 3);
        assert_eq!(sim.send(event.clone()), []);
        sim.send(event);
        let crops = sim.capture_all();
        sim.cut(&crops);
        sim.acknowledge(&crops);
        let reported = sim.log.iter().filter_map(|effect| match effect {
            Effect::Complete { report, .. } => Some(report.warnings.clone()),
            _ => None,
        });
        assert_eq!(reported.collect::<Vec<_>>(), [vec![warning]]);
    }
}
