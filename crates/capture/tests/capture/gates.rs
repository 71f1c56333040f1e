//! The policy that reads the table: which gate speaks, for how long, and what the verdict's readers learn.

use crate::common::{HEIGHT, Sim, WIDTH, bounds, face_at, frame, good_face};
use liveness_capture_core::{
    Effect, Event, FrameAnalysis, Guidance, SessionConfig, SourceKind, State,
    quality::{Bound, Cause, Force, GATES, Gate, Judge, Judgement, Measure},
};
use liveness_protocol::{CaptureWarning, LEAST_FACE_LUMA};

/// A value just within the stricter bound, one just beyond it, and one just beyond the looser one.
fn sides(gate: &Gate) -> [f64; 3] {
    match gate.bound {
        Bound::AtLeast { enter, leave } => [enter + 1e-6, enter - 1e-6, leave - 1e-6],
        Bound::AtMost { enter, leave } => [enter - 1e-6, enter + 1e-6, leave + 1e-6],
    }
}

fn with(at_ms: f64, measures: &[(Measure, f64)]) -> FrameAnalysis {
    let mut analysis = frame(at_ms, vec![good_face()]);
    analysis.measures = measures.iter().copied().collect();
    analysis
}

/// Gates whose measure is taken from pixels and used as it is.
fn of_pixels() -> impl Iterator<Item = &'static Gate> {
    GATES.iter().filter(|gate| Measure::OF_PIXELS.contains(&gate.measure))
}

#[test]
fn every_gate_of_a_pixel_measure_opens_and_closes_at_its_bound() {
    for gate in of_pixels() {
        let [within, between, beyond] = sides(gate);
        // Alone, since a dark face, say, is judged by two gates.
        let gates: &'static [Gate] = vec![*gate].leak();
        let judge = |value, capturing| {
            Judge::new(gates, true).judge(&with(0.0, &[(gate.measure, value)]), capturing)
        };
        assert!(matches!(judge(within, false), Judgement::Good(_)), "{:?}", gate.cause);
        assert!(matches!(judge(f64::NAN, false), Judgement::Good(_)), "{:?}", gate.cause);
        let told = Judgement::Problem { cause: gate.cause, guidance: gate.guidance };
        let speaks = |value| [false, true].map(|capturing| judge(value, capturing) == told);
        let (always, begun) = match gate.force {
            Force::Blocks | Force::Yields | Force::Insists => ([true, true], [true, false]),
            Force::Advises => ([true, false], [true, false]),
            Force::Notes => ([false, false], [false, false]),
        };
        assert_eq!(speaks(beyond), always, "{:?}", gate.cause);
        // A looser bound lets go on what would not have begun.
        assert_eq!(speaks(between), begun, "{:?}", gate.cause);
    }
}

#[test]
fn a_gate_that_no_run_breaks_by_has_one_bound() {
    for gate in GATES.iter().filter(|gate| matches!(gate.force, Force::Advises | Force::Notes)) {
        let (enter, leave) = bounds(gate.cause);
        assert_eq!(enter, leave, "{:?}: the looser one would be read by nobody", gate.cause);
    }
}

#[test]
fn one_gate_speaks_the_one_of_the_lowest_rank() {
    let judge = |measures: &[(Measure, f64)]| match Judge::new(GATES, true)
        .judge(&with(0.0, measures), false)
    {
        Judgement::Good(_) => None,
        Judgement::Problem { cause, .. } => Some(cause),
    };
    let (dark, turned) = ((Measure::FaceLuma, 10.0), (Measure::Yaw, 60.0));
    assert_eq!(judge(&[dark, turned]), Some(Cause::TooDark));
    assert_eq!(judge(&[turned]), Some(Cause::TurnedRight));
    // Within a rank the one furthest beyond its bound.
    assert_eq!(judge(&[(Measure::Yaw, -26.0), (Measure::Pitch, 40.0)]), Some(Cause::TurnedDown));
    assert_eq!(judge(&[(Measure::Yaw, -60.0), (Measure::Pitch, 40.0)]), Some(Cause::TurnedLeft));
    assert_eq!(judge(&[]), None);
}

#[test]
fn a_frame_without_a_face_says_why_if_it_can() {
    let told = |luma: f64, detail: f64| {
        let mut analysis = with(0.0, &[(Measure::FrameLuma, luma), (Measure::FrameDetail, detail)]);
        analysis.faces.clear();
        let Judgement::Problem { guidance, .. } = Judge::new(GATES, true).judge(&analysis, false)
        else {
            panic!("there is no face");
        };
        guidance
    };
    assert_eq!(told(120.0, 40.0), Guidance::NoFace);
    assert_eq!(told(0.0, 0.5), Guidance::UncoverLens);
    assert_eq!(told(120.0, 2.0), Guidance::UncoverLens);
    assert_eq!(told(255.0, 0.0), Guidance::LessLight);
    // A dark room has little detail as well. Only what shows nothing at all is covered.
    assert_eq!(told(12.0, 9.0), Guidance::MoreLight);
    assert_eq!(told(12.0, 4.0), Guidance::MoreLight);
    assert_eq!(told(12.0, 2.0), Guidance::UncoverLens);
    assert_eq!(told(30.0, 4.0), Guidance::UncoverLens);
}

#[test]
fn a_dark_face_is_told_of_the_light_behind_it() {
    use Measure::{Backlight, FaceLuma};
    for luma in [10.0, 27.0, 29.0, 40.0] {
        for (behind, guidance) in [
            (f64::NAN, Guidance::MoreLight),
            (60.0, Guidance::MoreLight),
            (150.0, Guidance::FaceTheLight),
        ] {
            let measures = [(FaceLuma, luma), (Backlight, behind)];
            let judgement = Judge::new(GATES, true).judge(&with(0.0, &measures), false);
            let Judgement::Problem { guidance: told, .. } = judgement else { panic!("{luma}") };
            assert_eq!(told, guidance, "{luma} {behind}");
            // What keeps a frame from being taken is how dark the face is, and not the light behind it.
            let taken = good_from(&measures).is_some();
            assert_eq!(taken, luma >= 30.0, "{luma} {behind}");
        }
    }
}

#[test]
fn advice_does_not_keep_what_blocks_from_being_told() {
    let mut judge = Judge::new(GATES, true);
    let both =
        [(Measure::FaceLuma, 40.0), (Measure::RightEyeLuma, 15.0), (Measure::LeftEyeLuma, 15.0)];
    for i in 0..40 {
        let judgement = judge.judge(&with(f64::from(i) * 100.0, &both), false);
        assert!(matches!(judgement, Judgement::Problem { cause: Cause::EyesDark, .. }));
    }
    // Only what insists goes before: a picture that does not change, in which nobody can mend what else is wrong.
    for gate in GATES.iter().filter(|gate| gate.force == Force::Advises) {
        for other in GATES.iter().filter(|other| other.force == Force::Blocks) {
            assert!(other.rank < gate.rank, "{:?} before {:?}", gate.cause, other.cause);
        }
    }
}

#[test]
fn advice_is_given_for_a_while_then_frames_are_taken_all_the_same() {
    let dim = [(Measure::FaceLuma, 30.0)];
    let mut judge = Judge::new(GATES, true);
    let mut good_from = None;
    for i in 0..60 {
        let at = f64::from(i) * 100.0;
        match judge.judge(&with(at, &dim), false) {
            Judgement::Good(_) => good_from = good_from.or(Some(at)),
            Judgement::Problem { guidance, .. } => {
                assert_eq!((guidance, good_from), (Guidance::MoreLight, None));
            }
        }
    }
    // Three seconds have passed with the frame at 3,000 ms.
    assert_eq!(good_from, Some(3_100.0));
    // Patience is over for this check, but while something else keeps frames from being taken, advice is still given.
    let mut nobody = with(6_100.0, &[(Measure::FrameLuma, 120.0), (Measure::FrameDetail, 40.0)]);
    nobody.faces.clear();
    assert!(matches!(judge.judge(&nobody, false), Judgement::Problem { cause: Cause::NoFace, .. }));
    // Nobody in a file can follow advice.
    let mut file = Judge::new(GATES, false);
    assert!(matches!(file.judge(&with(0.0, &dim), false), Judgement::Good(_)));
}

#[test]
fn no_face_is_taken_that_is_too_dark_for_a_verdict() {
    let dark = with(0.0, &[(Measure::FaceLuma, LEAST_FACE_LUMA - 0.1)]);
    for (advises, capturing) in [(true, false), (false, false), (true, true), (false, true)] {
        let judgement = Judge::new(GATES, advises).judge(&dark, capturing);
        assert!(matches!(judgement, Judgement::Problem { cause: Cause::TooDark, .. }));
    }
}

/// When the first frame is good, of a minute of frames that all have these measures.
fn good_from(measures: &[(Measure, f64)]) -> Option<f64> {
    let mut judge = Judge::new(GATES, true);
    let mut times = (0..600).map(|i| f64::from(i) * 100.0);
    times.find(|&at| matches!(judge.judge(&with(at, measures), false), Judgement::Good(_)))
}

#[test]
fn a_head_that_cannot_be_held_upright_is_let_in_after_a_while() {
    assert_eq!(good_from(&[(Measure::Roll, 19.0)]), Some(0.0));
    for tilt in [-34.0, -21.0, 21.0, 34.0] {
        assert_eq!(good_from(&[(Measure::Roll, tilt)]), Some(3_100.0), "{tilt}");
    }
    for tilt in [-36.0, 36.0] {
        assert_eq!(good_from(&[(Measure::Roll, tilt)]), None, "{tilt}");
    }
    // Who is let in does not fall out of the run by a small movement.
    let mut judge = Judge::new(GATES, true);
    assert!(matches!(judge.judge(&with(0.0, &[(Measure::Roll, 37.5)]), true), Judgement::Good(_)));
    // What is too far is no time in which advice could have been enough.
    let mut judge = Judge::new(GATES, true);
    for i in 0..100 {
        judge.judge(&with(f64::from(i) * 100.0, &[(Measure::Roll, 60.0)]), false);
    }
    let judgement = judge.judge(&with(10_000.0, &[(Measure::Roll, 25.0)]), false);
    assert!(matches!(judgement, Judgement::Problem { cause: Cause::TiltedRight, .. }));
    // Nor is it told of where something else blocks, which would then never be said.
    let flat = [(Measure::LeftEyeContrast, 0.5), (Measure::RightEyeContrast, 0.5)];
    let both = [&flat[..], &[(Measure::Roll, 25.0)]].concat();
    let mut judge = Judge::new(GATES, true);
    for i in 0..100 {
        let judgement = judge.judge(&with(f64::from(i) * 100.0, &both), false);
        assert!(matches!(judgement, Judgement::Problem { guidance: Guidance::ShowEyes, .. }));
    }
    // In a run the looser bound holds from the beginning.
    let judgement = Judge::new(GATES, true).judge(&with(0.0, &[(Measure::Roll, 34.0)]), true);
    assert!(matches!(judgement, Judgement::Good(_)));
}

#[test]
fn one_eye_that_cannot_be_shown_keeps_nobody_out_and_two_do() {
    use Measure::{LeftEyeContrast, LeftEyeLuma, RightEyeContrast, RightEyeLuma};
    let others = [
        (LeftEyeLuma, 90.0),
        (LeftEyeContrast, 10.0),
        (RightEyeLuma, 90.0),
        (RightEyeContrast, 10.0),
    ];
    for (right, left, value) in [
        (RightEyeLuma, LeftEyeLuma, 5.0),
        (RightEyeLuma, LeftEyeLuma, 250.0),
        (RightEyeContrast, LeftEyeContrast, 0.5),
    ] {
        for (eyes, from) in
            [(&[right][..], Some(3_100.0)), (&[left], Some(3_100.0)), (&[right, left], None)]
        {
            let measures = others.map(|(measure, usual)| {
                (measure, if eyes.contains(&measure) { value } else { usual })
            });
            assert_eq!(good_from(&measures), from, "{eyes:?} {value}");
        }
        // Where one eye is not found, the other speaks for both.
        let alone = others.map(|(measure, usual)| match measure {
            LeftEyeLuma | LeftEyeContrast => (measure, f64::NAN),
            _ => (measure, if measure == right { value } else { usual }),
        });
        assert_eq!(good_from(&alone), None);
    }
}

#[test]
fn a_picture_that_stays_the_same_is_frozen_and_one_that_is_not_measured_is_not() {
    let frozen_at = |change: f64| {
        let mut judge = Judge::new(GATES, true);
        (0..40).map(|i| f64::from(i) * 100.0).find(|&at| {
            let judgement = judge.judge(&with(at, &[(Measure::FrameChange, change)]), false);
            matches!(judgement, Judgement::Problem { cause: Cause::PictureFrozen, .. })
        })
    };
    // The first frame has none before it.
    assert_eq!(frozen_at(0.0), Some(700.0));
    assert_eq!(frozen_at(0.01), None);
    assert_eq!(frozen_at(f64::NAN), None);
}

#[test]
fn a_picture_that_turns_out_to_be_frozen_breaks_the_run_within_the_time_for_advice() {
    let good_from = |advises: bool| {
        let mut judge = Judge::new(GATES, advises);
        let good = (0..60).map(|i| {
            let analysis = with(f64::from(i) * 100.0, &[(Measure::FrameChange, 0.0)]);
            matches!(judge.judge(&analysis, true), Judgement::Good(_))
        });
        good.collect::<Vec<_>>()
    };
    let camera = good_from(true);
    // Once it has been so for more than 600 ms; each of those frames counts as a tenth of a second of advice.
    assert_eq!(camera.iter().position(|good| !good), Some(7));
    assert_eq!(camera.iter().filter(|good| !**good).count(), 30);
    assert!(camera.ends_with(&[true; 20]));
    assert!(good_from(false).iter().all(|good| *good), "nobody can follow advice in a file");
}

#[test]
fn sharpness_is_compared_with_what_this_camera_shows() {
    let (enter, _) = bounds(Cause::Blurred);
    for usual in [30.0, 1_000.0] {
        let mut judge = Judge::new(GATES, true);
        for i in 0..20 {
            judge.judge(&with(f64::from(i) * 33.0, &[(Measure::Sharpness, usual)]), false);
        }
        let mut after = |share: f64, at: f64| {
            let judgement = judge.judge(&with(at, &[(Measure::Sharpness, usual * share)]), false);
            matches!(judgement, Judgement::Problem { guidance: Guidance::HoldSteady, .. })
        };
        assert!(after(0.5 * enter, 700.0));
        assert!(!after(1.5 * enter, 733.0));
        // One frame of something else, taken for a face, sets no measure for what follows.
        assert!(!after(20.0, 766.0));
        assert!(!after(1.0, 800.0));
    }
}

/// The warnings of a check whose frames, counted from 0, are these.
fn warnings_of(
    config: SessionConfig,
    analysed: impl Fn(u32, f64) -> FrameAnalysis,
) -> Vec<CaptureWarning> {
    const PICTURES: u32 = 10;
    let mut sim = Sim::ready(config, PICTURES);
    for count in 0.. {
        if sim.session.told_state() == State::Verifying {
            break;
        }
        sim.now += 33.0;
        for effect in sim.send(Event::FrameAnalysed(analysed(count, sim.now))) {
            match effect {
                Effect::TakeCrop { run, index, .. } => {
                    sim.cut(&[(run, index)]);
                    sim.acknowledge(&[(run, index)]);
                }
                Effect::OpenTransport { run } => sim.open(run, PICTURES),
                _ => {}
            }
        }
        assert_eq!(sim.failure(), None);
    }
    let Some(Effect::Complete { report, .. }) = sim.log.last() else { panic!("not completed") };
    report.warnings.clone()
}

/// The warnings of a check whose frames all have these measures.
fn warnings(config: SessionConfig, measures: &[(Measure, f64)]) -> Vec<CaptureWarning> {
    warnings_of(config, |_, now| with(now, measures))
}

/// A frame in which a gate's measure has this value.
fn showing(gate: &Gate, value: f64, now: f64) -> FrameAnalysis {
    let (x, y) = (f64::from(WIDTH) / 2.0, f64::from(HEIGHT) / 2.0);
    match gate.measure {
        Measure::OffsetX => frame(now, vec![face_at(x * (1.0 + value), y, 150.0)]),
        Measure::OffsetY => frame(now, vec![face_at(x, y * (1.0 + value), 150.0)]),
        // Sharper frames came before.
        Measure::RelativeSharpness => with(now, &[(Measure::Sharpness, 100.0 * value)]),
        Measure::FrozenFor => with(now, &[(Measure::FrameChange, 0.0)]),
        of_pixels => with(now, &[(of_pixels, value)]),
    }
}

#[test]
fn every_row_with_a_warning_gives_it_with_the_verdict_of_a_run_that_goes_on() {
    let rows = GATES.iter().filter_map(|gate| Some((gate, gate.warning?)));
    let mut told = Vec::new();
    for (gate, warning) in rows {
        // Alone: the same value may fail others, some of the same warning.
        let config = SessionConfig { gates: vec![*gate].leak(), ..SessionConfig::default() };
        // Between its bounds what blocks would not begin, but goes on.
        let value = match gate.bound {
            Bound::AtLeast { enter, leave } if enter == leave => 0.8 * enter,
            Bound::AtMost { enter, leave } if enter == leave => 1.05 * enter,
            Bound::AtLeast { enter, leave } | Bound::AtMost { enter, leave } => {
                (enter + leave) / 2.0
            }
        };
        let begins = config.settle_frames;
        let met = warnings_of(config, |count, now| match count < begins {
            true => with(now, &[(Measure::Sharpness, 100.0)]),
            false => showing(gate, value, now),
        });
        assert!(met.contains(&warning), "{:?}: {met:?}", gate.cause);
        // What breaks a run besides has it interrupted.
        let others = met.iter().filter(|other| **other != warning);
        let expected = if gate.force == Force::Insists { 1 } else { 0 };
        assert_eq!(others.count(), expected, "{:?}: {met:?}", gate.cause);
        told.push(warning);
    }
    for warning in [CaptureWarning::FaceNotCentered, CaptureWarning::Glasses] {
        assert!(told.contains(&warning), "{warning:?}");
    }
}

#[test]
fn what_most_frames_of_a_run_lack_is_a_warning_said_once() {
    let file = || SessionConfig { source: SourceKind::Media, ..SessionConfig::default() };
    assert_eq!(warnings(file(), &[]), []);
    assert_eq!(warnings(file(), &[(Measure::FaceLuma, 30.0)]), [CaptureWarning::LowLight]);
    assert_eq!(warnings(file(), &[(Measure::Saturation, 0.4)]), [CaptureWarning::NoColor]);
    assert_eq!(warnings(file(), &[(Measure::Glare, 0.3)]), [CaptureWarning::Glasses]);
    // A camera waits for the light, then takes the frames with the same warning.
    let camera = warnings(SessionConfig::default(), &[(Measure::FaceLuma, 30.0)]);
    assert_eq!(camera, [CaptureWarning::LowLight]);
}
