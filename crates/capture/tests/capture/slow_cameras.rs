//! Cameras that are slow, that pause, or never show anything: as many as can get a verdict do, the others end with a
//! sentence about the camera, the light or a busy device.

use crate::common::{Sim, frame, good_face};
use liveness_capture_core::{
    Effect, Event, FailureCode, Guidance, SessionConfig, SourcePause, State,
};

/// Pictures of the quickest model and of the recommended one.
const MODELS: [u32; 2] = [10, 30];
/// Rates a page may ask for.
const TARGETS: [f64; 5] = [1.0, 5.0, 10.0, 15.0, 30.0];
/// After so many frames, or pauses, that come too late the person is told that it is the camera.
const TOLD_AFTER: f64 = 5.0;

/// How a check with such a camera went.
struct Course {
    sim: Sim,
    took_ms: f64,
    /// When each instruction came.
    told: Vec<(f64, Guidance)>,
}

impl Course {
    /// For how long, in milliseconds, the person was told this.
    fn shown_ms(&self, guidance: Guidance) -> f64 {
        let ends = self.told.iter().skip(1).map(|(at, _)| *at).chain([self.took_ms]);
        let of = self.told.iter().zip(ends).filter(|((_, told), _)| *told == guidance);
        of.map(|((at, _), end)| end - at).sum()
    }

    fn uploads(&self) -> usize {
        self.sim.count(|effect| matches!(effect, Effect::UploadCrop { .. }))
    }
}

/// Runs a check with a camera whose frames have these distances, in turn, in milliseconds, each up to `jitter` of it
/// early or late; the server answers at once. Ends with the last picture or the failure.
fn check(target_fps: f64, pictures: u32, distances_ms: &[f64], jitter: f64) -> Course {
    let config = SessionConfig { target_fps, ..SessionConfig::default() };
    let mut sim = Sim::ready(config, pictures);
    let began = sim.now;
    let (mut regular, mut told) = (began, Vec::new());
    for step in 0.. {
        let distance_ms = distances_ms[step % distances_ms.len()];
        regular += distance_ms;
        let off = ((step * 7919 % 101) as f64 / 50.0 - 1.0) * jitter * distance_ms / 2.0;
        let known = sim.log.len();
        sim.pass((regular + off - sim.now).max(0.1));
        if !sim.session.told_state().is_terminal() {
            let analysis = frame(sim.now, vec![good_face()]);
            for effect in sim.send(Event::FrameAnalysed(analysis)) {
                if let Effect::OpenTransport { run } = effect {
                    sim.open(run, pictures);
                }
            }
        }
        told.extend(sim.log[known..].iter().filter_map(|effect| match effect {
            Effect::GuidanceChanged(guidance) => Some((sim.now - began, *guidance)),
            _ => None,
        }));
        let taken = sim.log.iter().rev().find_map(|effect| match effect {
            Effect::TakeCrop { index, .. } => Some(index + 1),
            Effect::AbortTransport { .. } => Some(0),
            _ => None,
        });
        if sim.session.told_state().is_terminal() || taken == Some(pictures) {
            break;
        }
    }
    Course { took_ms: sim.now - began, sim, told }
}

#[test]
fn two_frames_a_second_are_enough_for_a_verdict() {
    for (pictures, target_fps, jitter) in MODELS.into_iter().flat_map(|pictures| {
        TARGETS
            .into_iter()
            .flat_map(move |target| [0.0, 0.08].map(|jitter| (pictures, target, jitter)))
    }) {
        for fps in [30.0, 15.0, 7.5, 5.0, 2.0] {
            let course = check(target_fps, pictures, &[1000.0 / fps], jitter);
            let what = format!("{pictures} at {target_fps} from {fps} fps, jitter {jitter}");
            assert_eq!(course.sim.failure(), None, "{what}");
            assert_eq!(course.sim.session.told_state(), State::Capturing, "{what}");
            let broken = course.sim.count(|effect| matches!(effect, Effect::AbortTransport { .. }));
            assert_eq!(broken, 0, "{what}");
            assert_eq!(course.shown_ms(Guidance::UnevenFrames), 0.0, "{what}: {:?}", course.told);
            // No slower than the camera or the rate asks for, and settling.
            let expected = (f64::from(pictures) + 6.0) * 1000.0 / fps.min(target_fps);
            assert!(course.took_ms < 1.35 * expected, "{what}: {} ms", course.took_ms);
        }
    }
}

#[test]
fn a_slower_camera_is_told_apart_within_seconds() {
    for (pictures, target_fps) in MODELS
        .into_iter()
        .flat_map(|pictures| [5.0, 10.0, 15.0, 30.0].map(|target| (pictures, target)))
    {
        // Three intervals of five a second are allowed, as the person has asked for few.
        let slow: &[f64] = if target_fps == 5.0 { &[1.0, 0.5] } else { &[1.5, 1.0, 0.5] };
        for &fps in slow {
            let course = check(target_fps, pictures, &[1000.0 / fps], 0.08);
            let what = format!("{pictures} at {target_fps} from {fps} fps: {:?}", course.told);
            assert_eq!(course.sim.failure(), Some(FailureCode::FramesUneven), "{what}");
            let first = course.told.iter().find(|(_, told)| *told == Guidance::UnevenFrames);
            let limit_ms = 1.05 * TOLD_AFTER * 1000.0 / fps;
            assert!(first.is_some_and(|(at, _)| *at <= limit_ms), "{what}");
            assert!(course.shown_ms(Guidance::HoldStill) <= limit_ms, "{what}");
            assert_eq!(course.uploads(), 0, "{what}");
        }
    }
}

/// 30 frames a second, with a pause of 600 ms every two seconds.
#[test]
fn a_camera_that_pauses_is_told_apart_unless_a_run_fits_between() {
    let distances: Vec<f64> = [600.0].into_iter().chain([1000.0 / 30.0; 60]).collect();
    for (pictures, target_fps) in [(10, 10.0), (10, 15.0), (10, 30.0), (30, 30.0)] {
        let course = check(target_fps, pictures, &distances, 0.05);
        assert_eq!(course.sim.failure(), None, "{pictures} at {target_fps}: {:?}", course.told);
    }
    for (pictures, target_fps) in [(30, 10.0), (60, 10.0), (60, 15.0), (90, 30.0)] {
        let course = check(target_fps, pictures, &distances, 0.05);
        let what = format!("{pictures} at {target_fps}: {:?}", course.told);
        assert_eq!(course.sim.failure(), Some(FailureCode::FramesUneven), "{what}");
        let first = course.told.iter().find(|(_, told)| *told == Guidance::UnevenFrames);
        assert!(first.is_some_and(|(at, _)| *at <= TOLD_AFTER * 2_600.0), "{what}");
        // Only the first run and one that got a little farther.
        assert!(
            course.uploads() as f64 <= 1.5 * f64::from(pictures),
            "{what}: {}",
            course.uploads()
        );
    }
}

#[test]
fn a_camera_that_is_on_has_a_minute_for_its_first_picture() {
    for (timeout_ms, allowed_after_ms, minute_ms) in
        [(600_000.0, 0.0, 60_000.0), (600_000.0, 599_000.0, 60_000.0), (5_000.0, 4_000.0, 5_000.0)]
    {
        let mut sim =
            Sim::new(SessionConfig { camera_timeout_ms: timeout_ms, ..SessionConfig::default() });
        sim.send(Event::Start);
        sim.pass(allowed_after_ms);
        sim.send(Event::CameraOpened);
        sim.pass(minute_ms - 1.0);
        assert_eq!(sim.session.told_state(), State::RequestingCamera);
        sim.pass(1.0);
        assert_eq!(sim.failure(), Some(FailureCode::CameraTimeout));
    }
}

#[test]
fn nobody_is_told_to_allow_a_camera_that_is_on_already() {
    let mut sim = Sim::new(SessionConfig::default());
    let before = sim.send(Event::Start);
    assert!(before.contains(&Effect::GuidanceChanged(Guidance::AllowCamera)));
    let opened = sim.send(Event::CameraOpened);
    assert!(opened.contains(&Effect::GuidanceChanged(Guidance::Wait)));
    // Nor after a pause.
    sim.send(Event::SourcePaused(SourcePause::Muted));
    let resumed = sim.send(Event::SourceResumed(SourcePause::Muted));
    assert!(resumed.contains(&Effect::GuidanceChanged(Guidance::Wait)));
    // While the person thinks, a pause does not answer the prompt.
    let mut sim = Sim::new(SessionConfig::default());
    sim.send(Event::Start);
    sim.send(Event::PageHidden);
    assert!(sim.send(Event::PageVisible).contains(&Effect::GuidanceChanged(Guidance::AllowCamera)));
}
