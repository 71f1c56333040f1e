//! What the person is told about real clips, and about black, covered, white, grey and frozen ones made from them.
//! Needs ../shared/testdata, ffmpeg and the converted model; says that it skips where they are absent, and fails
//! where `CI=true` expects them.
//!
//! `cargo test -p liveness-capture-core --test capture footage -- --nocapture` prints the measures of every clip.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::Sim;
use crate::footage_clips::{Picture, clip, clips};
use liveness_capture_core::{
    Effect, Event, FrameAnalysis, Guidance, SessionConfig, State,
    quality::{Cause, GATES, Judge, Judgement, Measure},
};
use liveness_protocol::CaptureWarning;
use serde_json::{Value, json};

/// The least time between two changes of the instruction, in milliseconds.
const DWELL_MS: f64 = 400.0;
/// From the first of the good frames to the first picture it takes at most so long, in milliseconds.
const START_MS: f64 = 500.0;
/// What is wrong from the first frame on is told within this time, in milliseconds.
const TOLD_MS: f64 = 2_000.0;
/// More pictures than any clip has: a run that goes on for as long as it is not broken.
const ENDLESS: u32 = 1_000;

/// How often each cause was met, by its name, or "good".
type Met = BTreeMap<&'static str, usize>;

fn met(frames: &[FrameAnalysis]) -> Met {
    let mut judge = Judge::new(GATES, true);
    let mut met = Met::new();
    for frame in frames {
        let word = match judge.judge(frame, false) {
            Judgement::Good(_) => "good",
            Judgement::Problem { cause, .. } => cause.as_str(),
        };
        *met.entry(word).or_default() += 1;
    }
    met
}

/// What a clip is expected to be about, by its manifest entry, and for how much of it at least.
const EXPECTED: &[(&str, &str, f64)] = &[
    ("attack_print_simulated", "good", 0.9),
    ("attack_replay_simulated_soft", "good", 1.0),
    ("dark", "too-dark", 1.0),
    ("far_small_face", "too-far", 0.75),
    ("head_turn_woman_12fps", "turned-left", 0.4),
    ("head_turn_woman_12fps", "turned-right", 0.15),
    ("live_man_glasses", "good", 1.0),
    ("live_man_hoodie", "good", 1.0),
    // A thumb across one eye. Advice is given for three of the clip's six seconds.
    ("live_woman_occluded", "one-eye-dark", 0.5),
    ("no_face_room", "no-face", 1.0),
    ("offcentre_tilted", "off-centre-left", 1.0),
    ("too_close_man_glasses", "too-close", 1.0),
    ("two_faces", "several-faces", 1.0),
];

/// Clips with one thing wrong from beginning to end.
const CONSTANT: &[(&str, Cause)] = &[
    ("dark", Cause::TooDark),
    ("no_face_room", Cause::NoFace),
    ("offcentre_tilted", Cause::OffCentreLeft),
    ("too_close_man_glasses", Cause::TooClose),
    ("two_faces", Cause::SeveralFaces),
];

/// A clip, as it was shown to a session.
struct Played {
    sim: Sim,
    began: f64,
    /// When the instruction changed, to what, and whether the state changed as well.
    told: Vec<(f64, Guidance, bool)>,
    /// From which frame's time to which a run went on, the last one to the end.
    runs: Vec<(f64, f64)>,
    /// What a page would have been told, as the rows of a record.
    rows: Vec<Value>,
}

impl Played {
    /// Leaves what was told for `tests/js/steady.test.mjs`, which reads how long each sentence stays on the page.
    fn keep(&self, name: &str) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("told");
        std::fs::create_dir_all(&folder).expect("a folder");
        let record = json!({ "file": false, "rows": self.rows });
        std::fs::write(folder.join(format!("{name}.json")), record.to_string()).expect("a file");
    }
}

/// Plays frames as a camera, in a session whose server answers at once and wants so many pictures. Ends with the last of
/// them, or the clip.
fn play(frames: &[FrameAnalysis], pictures: u32) -> Played {
    let mut sim = Sim::ready(SessionConfig::default(), pictures);
    let began = sim.now;
    let (mut told, mut runs) = (Vec::new(), Vec::<(f64, f64)>::new());
    let (mut rows, mut taken) = (Vec::new(), 0);
    for frame in frames {
        sim.pass((began + frame.timestamp_ms - sim.now).max(0.0));
        let effects = sim.send(Event::FrameAnalysed(frame.clone()));
        let entered = effects.iter().any(|effect| matches!(effect, Effect::StateChanged(_)));
        for effect in effects {
            match effect {
                Effect::TakeCrop { run, index, timestamp_ms, .. } => {
                    if index == 0 {
                        runs.push((timestamp_ms, f64::INFINITY));
                    }
                    taken = index + 1;
                    sim.cut(&[(run, index)]);
                    sim.acknowledge(&[(run, index)]);
                }
                Effect::OpenTransport { run } => {
                    let broken = runs.last_mut().expect("a run that broke");
                    broken.1 = frame.timestamp_ms;
                    taken = 0;
                    sim.open(run, pictures);
                }
                Effect::GuidanceChanged(to) => told.push((sim.now - began, to, entered)),
                _ => {}
            }
        }
        let (state, guidance) = (sim.session.told_state(), sim.session.guidance());
        let now = [state.to_string(), guidance.to_string()];
        rows.push(json!(["state", sim.now - began, now[0], now[1], taken, pictures, taken]));
        if state == State::Verifying {
            break;
        }
    }
    Played { sim, began, told, runs, rows }
}

/// The instruction changes no sooner than a person can read it, unless the state changes; the first comes at once. How
/// long a sentence stays on the page whatever changes, is tested there, with what is kept here.
fn assert_steady(name: &str, frames: &[FrameAnalysis]) {
    let played = play(frames, ENDLESS);
    played.keep(name);
    let Played { told, .. } = played;
    for pair in told.windows(2) {
        let [(shown, ..), (replaced, _, entered)] = pair else { unreachable!() };
        assert!(*entered || replaced - shown >= DWELL_MS, "{name}: {told:?}");
    }
}

/// Wherever a second of good frames begins, a run begins with it.
fn assert_starts_soon(name: &str, frames: &[FrameAnalysis]) {
    let mut judge = Judge::new(GATES, true);
    let mut judged = Vec::new();
    for frame in frames {
        judged.push(matches!(judge.judge(frame, false), Judgement::Good(_)));
    }
    let Played { runs, .. } = play(frames, ENDLESS);
    for (at, frame) in frames.iter().enumerate() {
        let begins = judged[at] && (at == 0 || !judged[at - 1]);
        let lasts =
            judged.iter().skip(at).take(crate::footage_clips::FPS as usize).all(|good| *good);
        let since_ms = frame.timestamp_ms;
        // What breaks no run may still be too little to begin one.
        let running = runs.iter().any(|(from, to)| *from < since_ms && since_ms < *to);
        if begins && lasts && !running {
            let in_time = |start: f64| (0.0..=START_MS).contains(&(start - since_ms));
            let soon = runs.iter().any(|(from, _)| in_time(*from));
            assert!(soon, "{name}: good from {since_ms} ms, runs {runs:?}");
        }
    }
}

/// When a run begins.
fn first_picture(effect: &Effect) -> Option<f64> {
    match effect {
        Effect::TakeCrop { index: 0, timestamp_ms, .. } => Some(*timestamp_ms),
        _ => None,
    }
}

/// What is wrong with every frame is told within seconds, and nothing else is from then on.
fn assert_told(name: &str, frames: &[FrameAnalysis], cause: Cause) {
    let gate = GATES.iter().find(|gate| gate.cause == cause).expect("a gate");
    let Played { told, sim, .. } = play(frames, ENDLESS);
    let by_then = told.iter().rposition(|(at, ..)| *at <= TOLD_MS).expect("something is told");
    let after = &told[by_then..];
    assert!(after.iter().all(|(_, to, _)| *to == gate.guidance), "{name}: {told:?}");
    assert_eq!(sim.log.iter().find_map(first_picture), None, "{name}");
}

#[test]
fn every_clip_is_judged_as_a_person_would() {
    let Some(clips) = clips() else { return };
    for clip in clips {
        let frames = clip.analyses(|picture| picture);
        let met = met(&frames);
        println!("\n{}: {met:?}", clip.name);
        print_measures(&frames);
        let expected: Vec<_> = EXPECTED.iter().filter(|(name, ..)| *name == clip.name).collect();
        assert!(!expected.is_empty(), "{} is not expected", clip.name);
        for (_, word, share) in expected {
            let times = met.get(word).copied().unwrap_or_default();
            assert!(times as f64 >= share * frames.len() as f64, "{}: {word} {met:?}", clip.name);
        }

        assert_steady(&clip.name, &frames);
        assert_starts_soon(&clip.name, &frames);
        if let Some(cause) = CONSTANT.iter().find(|(name, _)| *name == clip.name) {
            assert_told(&clip.name, &frames, cause.1);
        }
    }
}

#[test]
fn a_good_clip_is_captured_from_its_beginning_and_without_warnings() {
    for name in ["live_man_hoodie", "live_man_glasses"] {
        let Some(clip) = clip(name) else { return };
        let Played { sim, began, .. } = play(&clip.analyses(|picture| picture), 10);
        assert_eq!(sim.session.told_state(), State::Verifying, "{name}");
        assert!(sim.log.iter().find_map(first_picture).is_some_and(|ms| ms <= START_MS), "{name}");
        assert!(sim.now - began <= START_MS + 1_100.0, "{name}: {} ms", sim.now - began);
        let Some(Effect::Complete { report, .. }) = sim.log.last() else { panic!("{name}") };
        assert_eq!(report.warnings, [], "{name}");
    }
}

fn scaled(picture: &Picture, scale: impl Fn(u8) -> u8) -> Picture {
    picture.iter().map(|value| scale(*value)).collect()
}

/// What becomes of a good clip when the camera is at fault.
#[test]
fn a_camera_at_fault_is_told_apart() {
    let Some(hoodie) = clip("live_man_hoodie") else { return };
    let mut noise = 1_u32;
    let mut noisy = |level: u8| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        level.saturating_add((noise >> 30) as u8)
    };
    let share = |frames: &[FrameAnalysis], cause: Cause| {
        met(frames).get(cause.as_str()).map_or(0.0, |n| *n as f64 / frames.len() as f64)
    };
    let black = hoodie.analyses(|picture| scaled(&picture, |_| 0));
    assert!(share(&black, Cause::LensCovered) > 0.99, "{:?}", met(&black));
    assert_told("black", &black, Cause::LensCovered);
    let covered = hoodie.analyses(|mut picture| {
        picture.fill_with(|| noisy(18));
        picture
    });
    assert!(share(&covered, Cause::LensCovered) > 0.99, "{:?}", met(&covered));
    assert_told("covered", &covered, Cause::LensCovered);
    let white = hoodie.analyses(|picture| scaled(&picture, |_| 255));
    assert!(share(&white, Cause::Blinded) > 0.99, "{:?}", met(&white));
    assert_told("white", &white, Cause::Blinded);
    let dim = hoodie.analyses(|picture| scaled(&picture, |v| v / 4));
    assert!(share(&dim, Cause::Dark) > 0.5, "{:?}", met(&dim));

    let mut first: Option<Picture> = None;
    let frozen = hoodie.analyses(|picture| first.get_or_insert(picture).clone());
    assert!(share(&frozen, Cause::PictureFrozen) > 0.5, "{:?}", met(&frozen));
    // A good face in it begins a run, whose pictures are the same to the last bit.
    for pictures in [10, 30] {
        let Played { sim, told, .. } = play(&frozen, pictures);
        let first = told.iter().find(|(_, to, _)| *to == Guidance::PictureFrozen);
        assert!(first.is_some_and(|(at, ..)| *at <= 700.0), "{pictures}: {told:?}");
        // With 30 the clip is over before.
        if let Some(Effect::Complete { report, .. }) = sim.log.last() {
            let frozen = report.warnings.contains(&CaptureWarning::PictureFrozen);
            assert!(frozen, "{pictures}: {:?}", report.warnings);
        } else {
            assert_eq!(pictures, 30);
        }
    }

    // Told to nobody, noted for whoever reads the verdict.
    let grey = hoodie.analyses(|mut picture| {
        for pixel in picture.chunks_exact_mut(3) {
            pixel.fill(pixel[1]);
        }
        picture
    });
    assert!(share(&grey, Cause::NoColor) == 0.0);
    let Played { sim, .. } = play(&grey, 10);
    let Some(Effect::Complete { report, .. }) = sim.log.last() else { panic!("not captured") };
    assert_eq!(report.warnings, [CaptureWarning::NoColor]);

    // Out of focus after a second.
    let glasses = clip("live_man_glasses").expect("there, as the other is");
    let blurred = glasses.filtered("boxblur=12:enable='gt(n,30)'");
    for (name, frames) in [("dim", &dim), ("frozen", &frozen), ("blurred", &blurred)] {
        assert_steady(name, frames);
    }
    assert!(share(&blurred, Cause::Blurred) > 0.3, "{:?}", met(&blurred));
}

fn print_measures(frames: &[FrameAnalysis]) {
    let mut judge = Judge::new(GATES, true);
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for frame in frames {
        judge.judge(frame, false);
        for &measure in Measure::ALL {
            let value = judge.measures().get(measure);
            if !value.is_nan() {
                values.entry(measure.as_str()).or_default().push(value);
            }
        }
    }
    for (name, mut list) in values {
        list.sort_by(f64::total_cmp);
        let [least, low, median, high, most] =
            [0.0, 0.05, 0.5, 0.95, 1.0].map(|q| list[(q * (list.len() - 1) as f64) as usize]);
        println!("  {name:20} {least:10.3} {low:10.3} {median:10.3} {high:10.3} {most:10.3}");
    }
}
