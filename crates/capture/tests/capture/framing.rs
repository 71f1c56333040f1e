//! Whether a face is good enough, and what to do if not: on made-up boxes and on those of the test footage.

use crate::common::{HEIGHT, Sim, WIDTH, bounds, face_at, frame, good_face};
use liveness_capture_core::{
    FaceBox, FaceObservation, FrameAnalysis, Guidance, SessionConfig, SourceKind,
    quality::{Cause, GATES, Gate, Judge, Judgement},
};
use proptest::prelude::*;

fn guidance(faces: Vec<FaceObservation>) -> Guidance {
    guidance_for(faces, false)
}

fn guidance_for(faces: Vec<FaceObservation>, capturing: bool) -> Guidance {
    judged(GATES, &frame(0.0, faces), capturing)
}

fn judged(gates: &'static [Gate], analysis: &FrameAnalysis, capturing: bool) -> Guidance {
    match Judge::new(gates, true).judge(analysis, capturing) {
        Judgement::Good(_) => Guidance::HoldStill,
        Judgement::Problem { guidance, .. } => guidance,
    }
}

#[test]
fn a_well_placed_face_is_good_and_passed_on_unchanged() {
    let face = good_face();
    let judgement = Judge::new(GATES, true).judge(&frame(0.0, vec![face]), false);
    assert_eq!(judgement, Judgement::Good(face.bbox));
}

/// A record says why an instruction was given: several gates may share one.
#[test]
fn a_session_knows_what_the_last_frame_lacked() {
    let mut sim = Sim::ready(SessionConfig::default(), 10);
    assert_eq!(sim.session.cause(), None);
    for (faces, cause) in [
        (vec![face_at(320.0, 240.0, 20.0)], Some(Cause::TooFar)),
        (vec![], Some(Cause::NoFace)),
        (vec![good_face()], None),
    ] {
        sim.frame(33.4, faces);
        assert_eq!(sim.session.cause(), cause);
    }
}

#[test]
fn directions_are_the_persons_own() {
    // Large x in the unmirrored frame: the person is too far to their own left, which the mirrored
    // preview shows at its left.
    assert_eq!(guidance(vec![face_at(480.0, 240.0, 150.0)]), Guidance::MoveRight);
    assert_eq!(guidance(vec![face_at(160.0, 240.0, 150.0)]), Guidance::MoveLeft);
    assert_eq!(guidance(vec![face_at(320.0, 100.0, 120.0)]), Guidance::MoveDown);
    assert_eq!(guidance(vec![face_at(320.0, 380.0, 120.0)]), Guidance::MoveUp);
}

/// A file's picture is shown as the camera saw it, but the words name the person's own left and right there too.
#[test]
fn directions_are_the_persons_own_in_a_file_as_well() {
    for source in [SourceKind::Camera, SourceKind::Media] {
        for (x, told) in [(480.0, Guidance::MoveRight), (160.0, Guidance::MoveLeft)] {
            let mut sim = Sim::ready(SessionConfig { source, ..SessionConfig::default() }, 9);
            for _ in 0..10 {
                sim.frame(100.0, vec![face_at(x, 240.0, 150.0)]);
            }
            assert_eq!(sim.session.guidance(), told, "{source:?}");
        }
    }
}

/// Following the instructions leads to a good position. On the mirrored preview a step to the
/// person's right is a step to the right.
#[test]
fn following_the_instructions_leads_to_a_good_position() {
    for (start_x, start_y, start_side) in [
        (100.0, 240.0, 150.0),
        (560.0, 240.0, 150.0),
        (320.0, 90.0, 150.0),
        (320.0, 400.0, 150.0),
        (90.0, 90.0, 130.0),
        (520.0, 400.0, 60.0),
        (320.0, 240.0, 400.0),
        (320.0, 240.0, 30.0),
    ] {
        // The person's position: their own right is positive, as on the mirrored preview.
        let (mut right, mut y, mut side) = (f64::from(WIDTH) - start_x, start_y, start_side);
        let mut steps = 0;
        loop {
            let in_frame = f64::from(WIDTH) - right;
            match guidance(vec![face_at(in_frame, y, side)]) {
                Guidance::HoldStill => break,
                Guidance::MoveLeft => right -= 5.0,
                Guidance::MoveRight => right += 5.0,
                Guidance::MoveUp => y -= 5.0,
                Guidance::MoveDown => y += 5.0,
                Guidance::MoveCloser => side *= 1.03,
                Guidance::MoveBack => side /= 1.03,
                other => panic!("{other}"),
            }
            steps += 1;
            assert!(steps < 300, "never arrives from {start_x}, {start_y}, {start_side}");
        }
    }
}

#[test]
fn number_of_faces() {
    assert_eq!(guidance(vec![]), Guidance::NoFace);
    let other = |side, score| FaceObservation { score, ..face_at(520.0, 240.0, side) };
    assert_eq!(guidance(vec![good_face(), other(120.0, 0.9)]), Guidance::MultipleFaces);
    assert_eq!(guidance(vec![other(120.0, 0.9), good_face()]), Guidance::MultipleFaces);
    // A speck in the background or an unsure detection is not a second person.
    assert_eq!(guidance(vec![good_face(), other(30.0, 0.9)]), Guidance::HoldStill);
    assert_eq!(guidance(vec![good_face(), other(120.0, 0.45)]), Guidance::HoldStill);
    // The same holds during a run.
    let two = vec![good_face(), other(120.0, 0.9)];
    assert_eq!(guidance_for(two, true), Guidance::MultipleFaces);
}

#[test]
fn size() {
    let side = |fraction: f64| (fraction * f64::from(WIDTH * HEIGHT)).sqrt();
    let at = |fraction| guidance(vec![face_at(320.0, 240.0, side(fraction))]);
    let (min_area, max_area) = (bounds(Cause::TooFar), bounds(Cause::TooClose));
    assert_eq!(at(min_area.0 - 1e-4), Guidance::MoveCloser);
    assert_eq!(at(min_area.0 + 1e-4), Guidance::HoldStill);
    assert_eq!(at(max_area.0 - 1e-4), Guidance::HoldStill);
    assert_eq!(at(max_area.0 + 1e-4), Guidance::MoveBack);
    let during = |fraction| guidance_for(vec![face_at(320.0, 240.0, side(fraction))], true);
    assert_eq!(during(min_area.1 + 1e-4), Guidance::HoldStill);
    assert_eq!(during(min_area.1 - 1e-4), Guidance::MoveCloser);
    assert_eq!(during(max_area.1 - 1e-4), Guidance::HoldStill);
    assert_eq!(during(max_area.1 + 1e-4), Guidance::MoveBack);
    // Size comes before position: from far away it is hard to aim.
    assert_eq!(guidance(vec![face_at(60.0, 60.0, 40.0)]), Guidance::MoveCloser);
}

#[test]
fn an_unsure_detector() {
    let at = |score| guidance(vec![FaceObservation { score, ..good_face() }]);
    let min_score = bounds(Cause::UnsureFace);
    assert_eq!(at(min_score.0), Guidance::HoldStill);
    assert_eq!(at(min_score.0 - 0.01), Guidance::LookAtCamera);
    assert_eq!(at(0.1), Guidance::LookAtCamera);
    assert_eq!(at(f64::NAN), Guidance::NoFace);
    let face = FaceObservation { score: min_score.1, ..good_face() };
    assert_eq!(guidance_for(vec![face], true), Guidance::HoldStill);
}

#[test]
fn a_face_partly_outside_the_frame() {
    // Off the centre, it is told that first.
    let margins: Vec<Gate> = GATES.iter().copied().filter(|gate| gate.rank >= 11).collect();
    let margins: &'static [Gate] = margins.leak();
    let at = |x: f64, y: f64, width: f64, height: f64| {
        let bbox = FaceBox { x, y, width, height };
        let faces = vec![FaceObservation { bbox, score: 0.9 }];
        judged(margins, &frame(0.0, faces), false)
    };
    assert_eq!(at(-5.0, 100.0, 150.0, 150.0), Guidance::MoveLeft);
    assert_eq!(at(495.0, 100.0, 150.0, 150.0), Guidance::MoveRight);
    assert_eq!(at(200.0, 2.0, 150.0, 150.0), Guidance::MoveDown);
    assert_eq!(at(200.0, 329.0, 150.0, 150.0), Guidance::MoveUp);
    assert_eq!(at(5.0, 200.0, 630.0, 40.0), Guidance::MoveBack);
    assert_eq!(at(200.0, 1.0, 30.0, 478.0), Guidance::MoveBack);
}

#[test]
fn a_nonsensical_box_is_not_a_face() {
    let at = |x, y, width, height| {
        guidance(vec![FaceObservation { bbox: FaceBox { x, y, width, height }, score: 0.9 }])
    };
    assert_eq!(at(f64::NAN, 100.0, 150.0, 150.0), Guidance::NoFace);
    assert_eq!(at(100.0, 100.0, 0.0, 150.0), Guidance::NoFace);
    assert_eq!(at(100.0, 100.0, 150.0, f64::INFINITY), Guidance::NoFace);
    let empty = FrameAnalysis { width: 0, ..frame(0.0, vec![good_face()]) };
    assert_eq!(judged(GATES, &empty, false), Guidance::NoFace);
}

proptest! {
    /// Any face that is good enough to start with is good enough to go on.
    #[test]
    fn what_may_start_may_go_on(
        cx in -100.0..740.0_f64, cy in -100.0..580.0_f64, side in 1.0..600.0_f64,
        score in 0.0..1.0_f64,
    ) {
        let face = FaceObservation { score, ..face_at(cx, cy, side) };
        if guidance_for(vec![face], false) == Guidance::HoldStill {
            prop_assert_eq!(guidance_for(vec![face], true), Guidance::HoldStill);
        }
    }

    /// A mirrored face gets the mirrored instruction.
    #[test]
    fn mirroring_swaps_left_and_right(
        cx in 0.0..640.0_f64, cy in 0.0..480.0_f64, side in 60.0..300.0_f64,
    ) {
        let here = guidance(vec![face_at(cx, cy, side)]);
        let there = guidance(vec![face_at(640.0 - cx, cy, side)]);
        let swapped = match here {
            Guidance::MoveLeft => Guidance::MoveRight,
            Guidance::MoveRight => Guidance::MoveLeft,
            other => other,
        };
        prop_assert_eq!(there, swapped);
    }

    #[test]
    fn the_same_scene_at_any_resolution_is_judged_alike(
        cx in 0.0..1.0_f64, cy in 0.0..1.0_f64, side in 0.1..0.8_f64, scale in 0.3..4.0_f64,
    ) {
        let scaled = |s: f64| {
            let (width, height) = ((640.0 * s).round(), (480.0 * s).round());
            let face = face_at(cx * width, cy * height, side * (width * height).sqrt());
            let analysis = FrameAnalysis {
                width: width as u32, height: height as u32, ..frame(0.0, vec![face])
            };
            judged(GATES, &analysis, false)
        };
        // Rounding the frame's size may tip a face that is exactly at a limit, so stay away from limits.
        prop_assume!(scaled(0.99) == scaled(1.01) && scaled(1.0) == scaled(1.01));
        prop_assert_eq!(scaled(16.0), scaled(16.0 * scale.round().max(1.0)));
    }
}
