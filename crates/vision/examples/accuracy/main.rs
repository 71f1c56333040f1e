//! How accurate the detector is, and what smoothing and less work between frames do:
//! `cargo xtask accuracy`, or with the model's file in `LIVENESS_MODEL_FILE`
//! `cargo run --release -p face-vision --example accuracy [TESTDATA]`.

mod between;
mod figures;
mod footage;
mod sampling;
mod smoothing;

use between::{Cost, Tracker, Variant};
use face_vision::{BlazeFace, Smoothing};
use figures::{Agreement, Counts, Following, Jitter, Track, main_track};
use footage::{Faces, Footage};
use smoothing::{Effect, FPS, Motion, smooth};
use std::path::{Path, PathBuf};

/// One file with what was found in it.
type Seen = (Footage, Vec<Faces>);

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.join("../..");
    let testdata = std::env::args().nth(1).map_or(root.join("../shared/testdata"), PathBuf::from);
    let model = std::env::var_os("LIVENESS_MODEL_FILE")
        .map_or(root.join("target/models/blazeface_short_range.bin"), PathBuf::from);
    let blob = std::fs::read(&model)
        .map_err(|e| format!("{}: {e}; `cargo xtask models` makes it", model.display()))?;
    let mut detector = BlazeFace::from_weights(&blob).map_err(|e| e.to_string())?;
    let mut seen = Vec::new();
    for footage in footage::list(&testdata, &package.join("tests/mediapipe"))? {
        let ours = footage.detect(&mut detector)?;
        seen.push((footage, ours));
    }
    detection(&seen);
    same_input(&seen, &mut detector)?;
    jitter(&seen);
    smoothings(&seen);
    motions();
    between_frames(&seen, &mut detector)
}

fn detection(seen: &[Seen]) {
    println!("### Detection\n");
    println!(
        "| footage | frames | precision, ours | MediaPipe | recall, ours | MediaPipe | mean IoU \
         | least IoU | only ours | only MediaPipe's |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let row = |name: &str, group: &[&Seen]| {
        let (mut frames, mut ours, mut theirs) = (0, Counts::default(), Counts::default());
        let mut agreement = Agreement::of(&[], &[]);
        for (footage, found) in group {
            frames += found.len();
            ours = ours.plus(Counts::of(footage, found));
            theirs = theirs.plus(Counts::of(footage, &footage.mediapipe));
            agreement = agreement.plus(Agreement::of(found, &footage.mediapipe));
        }
        let overlap = match agreement.boxes {
            0 => "- | -".to_owned(),
            _ => format!("{:.4} | {:.3}", agreement.mean_overlap(), agreement.least),
        };
        println!(
            "| {name} | {frames} | {:.4} | {:.4} | {:.4} | {:.4} | {overlap} | {} | {} |",
            ours.precision(),
            theirs.precision(),
            ours.recall(),
            theirs.recall(),
            agreement.alone[0],
            agreement.alone[1],
        );
    };
    let group =
        |of: &dyn Fn(&Footage) -> bool| seen.iter().filter(|s| of(&s.0)).collect::<Vec<_>>();
    row("pictures with faces", &group(&|f| !f.clip && f.expected > 0));
    row("pictures without", &group(&|f| !f.clip && f.expected == 0));
    for one in seen.iter().filter(|(footage, _)| footage.clip) {
        row(&one.0.name, &[one]);
    }
    row("**all**", &group(&|_| true));
}

/// The network, decoding and suppression alone: with MediaPipe's own sampling of the input.
fn same_input(seen: &[Seen], detector: &mut BlazeFace) -> Result<(), String> {
    println!("\n### The same with MediaPipe's sampling, every tenth frame\n");
    println!(
        "| footage | boxes | mean IoU | least IoU | only ours | only MediaPipe's | scores differ by |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut kinds = [("pictures", false), ("clips", true)]
        .map(|(name, clip)| (name, clip, Agreement::of(&[], &[])));
    for (footage, _) in seen {
        let (ours, theirs) = sampling::pairs(footage, detector)?;
        for (_, _, all) in kinds.iter_mut().filter(|kind| kind.1 == footage.clip) {
            *all = all.plus(Agreement::of(&ours, &theirs));
        }
    }
    for (name, _, all) in kinds {
        println!(
            "| {name} | {} | {:.4} | {:.4} | {} | {} | {:.4} |",
            all.boxes,
            all.mean_overlap(),
            all.least,
            all.alone[0],
            all.alone[1],
            all.score_difference,
        );
    }
    Ok(())
}

/// The clips with one face, each with our track.
fn tracks(seen: &[Seen]) -> Vec<(&Footage, Track)> {
    let one_face = seen.iter().filter(|(footage, _)| footage.clip && footage.expected == 1);
    one_face.map(|(footage, ours)| (footage, main_track(footage, ours))).collect()
}

fn jitter(seen: &[Seen]) {
    println!("\n### Jitter, % of the face's size\n");
    println!(
        "| clip | step, MediaPipe | ours | smoothed | shake, MediaPipe | ours | smoothed \
         | size, MediaPipe | ours | smoothed | lag, frames | off, mean | off, largest |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (footage, raw) in tracks(seen) {
        let smoothed = smooth(&raw, Smoothing::default(), FPS);
        let three = [main_track(footage, &footage.mediapipe), raw.clone(), smoothed.clone()]
            .map(|track| Jitter::of(&track));
        let cells = |of: fn(&Jitter) -> f64| {
            three.iter().map(|jitter| format!("{:.2}", of(jitter))).collect::<Vec<_>>().join(" | ")
        };
        let following = Following::of(&smoothed, &raw);
        println!(
            "| {} | {} | {} | {} | {:.2} | {:.2} | {:.2} |",
            footage.name,
            cells(|j| j.step),
            cells(|j| j.shake),
            cells(|j| j.size_shake),
            following.lag,
            following.mean,
            following.largest,
        );
    }
}

fn smoothings(seen: &[Seen]) {
    println!("\n### Smoothing, against the raw track\n");
    println!(
        "| cut-off at rest, Hz | gain, Hz | least share | leash | step | shake | size | longest lag, \
         frames | largest off, % | |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let tracks: Vec<Track> = tracks(seen).into_iter().map(|(_, track)| track).collect();
    let no_leash = f64::INFINITY;
    for (rest_cutoff_hz, speed_gain_hz, least_share, leash) in [
        (1.0, 0.5, 0.0, no_leash),
        (1.0, 5.0, 0.0, no_leash),
        (1.0, 5.0, 0.0, 0.01),
        (3.0, 5.0, 0.0, no_leash),
        (3.0, 5.0, 0.0, 0.01),
        (3.0, 5.0, 0.55, no_leash),
        (3.0, 5.0, 0.55, 0.02),
        (3.0, 5.0, 0.55, 0.01),
        (3.0, 5.0, 0.55, 0.005),
        (3.0, 0.0, 0.55, 0.01),
        (3.0, 10.0, 0.55, 0.01),
        (3.0, 20.0, 0.55, 0.01),
        (8.0, 5.0, 0.55, 0.01),
    ] {
        let smoothing = Smoothing { rest_cutoff_hz, speed_gain_hz, least_share, leash };
        let effect = Effect::of(smoothing, &tracks);
        println!(
            "| {rest_cutoff_hz} | {speed_gain_hz} | {least_share} | {} | {:.2} | {:.2} | {:.2} | {:.2} \
             | {:.2} | {} |",
            if leash.is_finite() { format!("{} %", 100.0 * leash) } else { "none".to_owned() },
            effect.step,
            effect.shake,
            effect.size_shake,
            effect.lag,
            effect.largest,
            if smoothing == Smoothing::default() { "in use" } else { "" },
        );
    }
}

fn motions() {
    println!("\n### Known motion with noise of 0.4 %, % of the face's size\n");
    println!(
        "| motion | frames a second | shake, raw | smoothed | lag, frames | off the truth, raw | smoothed | largest, raw | smoothed |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (name, motion) in [
        ("at rest", Motion::Rest),
        ("evenly, 0.1 face a second", Motion::Even(0.1)),
        ("evenly, 1 face a second", Motion::Even(1.0)),
        ("sway 0.1 face, 0.5 a second", Motion::Sway(0.1, 0.5)),
        ("sway 0.3 face, 1 a second", Motion::Sway(0.3, 1.0)),
        ("sway 0.3 face, 2 a second", Motion::Sway(0.3, 2.0)),
    ] {
        for fps in [30.0, 10.0] {
            let (truth, seen) = motion.tracks(fps);
            let smoothed = smooth(&seen, Smoothing::default(), fps);
            let (raw, smooth) = (Following::of(&seen, &truth), Following::of(&smoothed, &truth));
            println!(
                "| {name} | {fps} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
                Jitter::of(&seen).shake,
                Jitter::of(&smoothed).shake,
                smooth.lag,
                raw.mean,
                smooth.mean,
                raw.largest,
                smooth.largest,
            );
        }
    }
}

/// Frames of a clip that make a piece of the sequence with losses: even, so that a cut falls on a
/// frame not looked at where only every second one is.
const PIECE: usize = 16;

fn between_frames(seen: &[Seen], detector: &mut BlazeFace) -> Result<(), String> {
    println!("\n### Less work between frames, against every frame as a whole\n");
    println!(
        "| variant | footage | runs of the network a frame | short frames | with another number of faces \
         | mean IoU of the rest | off, mean % | off, largest % | shake, % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let clips: Vec<&Seen> = seen.iter().filter(|(footage, _)| footage.clip).collect();
    for variant in [Variant::Hold, Variant::Predict, Variant::Region(2.0), Variant::Region(3.0)] {
        let mut all = Cost::default();
        let mut joined = Tracker::new(variant);
        for (footage, whole) in &clips {
            let mut tracker = Tracker::new(variant);
            footage.each_frame(|index, rgb| {
                if index < PIECE {
                    joined.next(footage, rgb, &whole[index], detector)?;
                }
                tracker.next(footage, rgb, &whole[index], detector)
            })?;
            let shake = Some(Jitter::of(&tracker.track).shake).filter(|_| footage.expected == 1);
            row(variant, &footage.name, &tracker.cost, shake);
            all = all.plus(tracker.cost);
        }
        row(variant, "**all clips**", &all, None);
        row(variant, "**a cut every 16 frames**", &joined.cost, None);
    }
    Ok(())
}

fn row(variant: Variant, name: &str, cost: &Cost, shake: Option<f64>) {
    let compared = cost.one as f64;
    println!(
        "| {variant:?} | {name} | {:.2} | {} | {} | {:.4} | {:.2} | {:.2} | {} |",
        cost.runs as f64 / cost.frames as f64,
        cost.short,
        cost.wrong,
        cost.overlap / compared,
        cost.off / compared,
        cost.largest,
        shake.map_or("-".to_owned(), |shake| format!("{shake:.2}")),
    );
}
