//! No worse than MediaPipe on real pictures and clips. Needs ../shared/testdata, ffmpeg and the
//! converted model; says that it skips where they are absent, and fails where `CI=true` expects them.
//! `cargo xtask accuracy` prints the same figures.

#[path = "../examples/accuracy/figures.rs"]
#[allow(dead_code)]
mod figures;
#[path = "../examples/accuracy/footage.rs"]
#[allow(dead_code)]
mod footage;
#[path = "../examples/accuracy/sampling.rs"]
mod sampling;
#[path = "../examples/accuracy/smoothing.rs"]
#[allow(dead_code)]
mod smoothing;

use face_vision::{BlazeFace, Smoothing};
use figures::{Agreement, Counts, Following, Jitter, Track, main_track};
use footage::{Faces, Footage};
use smoothing::{FPS, Motion, smooth};
use std::path::Path;
use std::sync::OnceLock;

/// Each file with what is found in its frames.
type Seen = Vec<(Footage, Vec<Faces>)>;

/// Every file with what is found in it, computed once.
fn seen() -> Option<&'static [(Footage, Vec<Faces>)]> {
    static SEEN: OnceLock<Result<Seen, String>> = OnceLock::new();
    match SEEN.get_or_init(look) {
        Ok(seen) => Some(seen),
        Err(why) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("missing: {why}"),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

fn detector() -> Result<BlazeFace, String> {
    let models = std::env::var_os("LIVENESS_MODELS_DIR").map_or(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models"),
        std::path::PathBuf::from,
    );
    let model = models.join("blazeface_short_range.bin");
    let blob = std::fs::read(&model)
        .map_err(|e| format!("{}: {e}; `cargo xtask models` makes it", model.display()))?;
    Ok(BlazeFace::from_weights(&blob).expect("the converted weights load"))
}

/// Fails only for what may be missing.
fn look() -> Result<Seen, String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut detector = detector()?;
    let ffmpeg = std::process::Command::new("ffmpeg").arg("-version").output();
    ffmpeg.map_err(|e| format!("ffmpeg: {e}"))?;
    let testdata = package.join("../../../shared/testdata");
    if !testdata.exists() {
        return Err(format!("{} does not exist", testdata.display()));
    }
    let all = footage::list(&testdata, &package.join("tests/mediapipe")).expect("all recorded");
    let seen = all.into_iter().map(|footage| {
        let ours = footage.detect(&mut detector).expect("decoder and detector run");
        (footage, ours)
    });
    Ok(seen.collect())
}

/// The clips with one face: name, our track, MediaPipe's.
fn tracks() -> Option<Vec<(&'static str, Track, Track)>> {
    let one_face = seen()?.iter().filter(|(footage, _)| footage.clip && footage.expected == 1);
    let tracks = one_face.map(|(footage, ours)| {
        let theirs = main_track(footage, &footage.mediapipe);
        (footage.name.as_str(), main_track(footage, ours), theirs)
    });
    let tracks: Vec<_> = tracks.collect();
    assert!(tracks.len() >= 10, "only {} clips with one face", tracks.len());
    Some(tracks)
}

#[test]
fn as_many_right_and_no_more_wrong_than_mediapipe() {
    let Some(seen) = seen() else { return };
    let (mut ours, mut theirs) = (Counts::default(), Counts::default());
    for (footage, found) in seen {
        let (our, their) = (Counts::of(footage, found), Counts::of(footage, &footage.mediapipe));
        // A score close to the threshold may fall on either side of it.
        let few = found.len() / 100;
        assert!(our.right + few >= their.right, "{}: {our:?}, MediaPipe {their:?}", footage.name);
        assert!(our.wrong <= their.wrong + few, "{}: {our:?}, MediaPipe {their:?}", footage.name);
        (ours, theirs) = (ours.plus(our), theirs.plus(their));
    }
    println!("ours {ours:?}, MediaPipe {theirs:?}");
    assert!(ours.right >= 1900, "{ours:?}");
    assert!(ours.precision() >= theirs.precision() - 0.0005, "{ours:?}, MediaPipe {theirs:?}");
    assert!(ours.recall() >= theirs.recall() - 0.0005, "{ours:?}, MediaPipe {theirs:?}");
}

#[test]
fn nothing_is_found_where_nobody_is() {
    let Some(seen) = seen() else { return };
    let empty: Vec<_> = seen.iter().filter(|(footage, _)| footage.expected == 0).collect();
    assert!(empty.len() >= 9, "only {} files without a face", empty.len());
    for (footage, found) in empty {
        assert!(found.iter().all(Vec::is_empty), "{}: {found:?}", footage.name);
    }
}

#[test]
fn mediapipes_boxes_are_found_where_it_finds_them() {
    let Some(seen) = seen() else { return };
    let mut all = Agreement::of(&[], &[]);
    for (footage, found) in seen {
        all = all.plus(Agreement::of(found, &footage.mediapipe));
    }
    println!("{all:?}, mean {:.4}", all.mean_overlap());
    // MediaPipe samples its input elsewhere (examples/accuracy/sampling.rs), which moves its boxes.
    assert!(all.boxes >= 2100 && all.mean_overlap() >= 0.91, "{all:?}");
    assert!(all.alone[1] <= all.boxes / 80 && all.alone[0] <= all.alone[1], "{all:?}");
}

#[test]
fn with_mediapipes_input_the_boxes_are_mediapipes() {
    let Some(seen) = seen() else { return };
    let mut detector = detector().expect("it was there a moment ago");
    let mut all = Agreement::of(&[], &[]);
    for (footage, _) in seen {
        let (ours, theirs) = sampling::pairs(footage, &mut detector).expect("decodes and runs");
        all = all.plus(Agreement::of(&ours, &theirs));
    }
    println!("{all:?}, mean {:.4}", all.mean_overlap());
    assert!(all.boxes >= 200 && all.alone == [0, 0], "{all:?}");
    assert!(all.mean_overlap() >= 0.999 && all.least >= 0.99, "{all:?}");
    assert!(all.score_difference <= 0.005, "{all:?}");
}

#[test]
fn the_boxes_tremble_no_more_than_mediapipes() {
    let Some(tracks) = tracks() else { return };
    let figures: [fn(&Jitter) -> f64; 3] = [|j| j.step, |j| j.shake, |j| j.size_shake];
    let mut relative = [0.0; 3];
    for (name, ours, theirs) in &tracks {
        let smoothed = Jitter::of(&smooth(ours, Smoothing::default(), FPS));
        let (our, their) = (Jitter::of(ours), Jitter::of(theirs));
        assert!(our.frames >= 100, "{name}: {our:?}");
        for (sum, figure) in relative.iter_mut().zip(figures) {
            *sum += figure(&our) / figure(&their) / tracks.len() as f64;
            // As detected: another sampling of the input, so more on one clip and less on another.
            assert!(figure(&our) <= 1.4 * figure(&their), "{name}: {our:?}, MediaPipe {their:?}");
            // As cropped: less on every clip.
            assert!(
                figure(&smoothed) < figure(&their),
                "{name}: {smoothed:?}, MediaPipe {their:?}"
            );
        }
    }
    println!("step, shake and size against MediaPipe: {relative:.3?}");
    assert!(relative.iter().all(|figure| *figure <= 1.03), "{relative:?}");
}

#[test]
fn smoothing_steadies_without_lag() {
    let Some(tracks) = tracks() else { return };
    let (mut shake, mut size) = (0.0, 0.0);
    for (name, raw, _) in &tracks {
        let smoothed = smooth(raw, Smoothing::default(), FPS);
        let (before, after) = (Jitter::of(raw), Jitter::of(&smoothed));
        let following = Following::of(&smoothed, raw);
        println!(
            "{name}: {:.2} {:.2} {following:?}",
            after.shake / before.shake,
            after.size_shake / before.size_shake
        );
        assert!(after.shake <= 0.65 * before.shake, "{name}: {before:?} {after:?}");
        assert!(after.size_shake <= 0.6 * before.size_shake, "{name}: {before:?} {after:?}");
        assert!(following.lag <= 1.0, "{name}: {following:?}");
        // The crop's face stays well within 1/3 +- 15 % of the side.
        assert!(
            following.largest <= 7.0 && following.largest_size <= 10.0,
            "{name}: {following:?}"
        );
        shake += after.shake / before.shake / tracks.len() as f64;
        size += after.size_shake / before.size_shake / tracks.len() as f64;
    }
    assert!(shake <= 0.55 && size <= 0.5, "shake x {shake}, size x {size}");
}

#[test]
fn smoothing_follows_known_motion_within_a_frame() {
    let motions = [
        Motion::Even(0.1),
        Motion::Even(1.0),
        Motion::Sway(0.1, 0.5),
        Motion::Sway(0.3, 1.0),
        Motion::Sway(0.3, 2.0),
    ];
    for motion in motions {
        for fps in [10.0, 30.0, 60.0] {
            let (truth, raw) = motion.tracks(fps);
            let lag = Following::of(&smooth(&raw, Smoothing::default(), fps), &truth).lag;
            assert!(lag <= 1.0, "{motion:?} at {fps}: {lag} frames");
        }
    }
    // At rest the box comes nearer to the truth than it was detected.
    let (truth, raw) = Motion::Rest.tracks(FPS);
    let smoothed = smooth(&raw, Smoothing::default(), FPS);
    assert!(Following::of(&smoothed, &truth).mean < 0.7 * Following::of(&raw, &truth).mean);
}
