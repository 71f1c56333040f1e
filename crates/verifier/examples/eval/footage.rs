//! The footage: what there is, whom it shows, its frames.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Width of all frames.
pub const WIDTH: usize = 640;
/// Height of all frames.
pub const HEIGHT: usize = 480;

/// What a clip is, according to its manifest entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A person in front of a camera.
    Live,
    /// An attack.
    Attack,
    /// Counts as neither: bad framing, darkness, several faces.
    Other,
}

/// One clip, or a picture from which an attack is made.
#[derive(Debug, Clone)]
pub struct Footage {
    /// File name without its extension.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub class: Class,
    /// Who or what it was made from.
    pub source: String,
    /// Whether the weights may be fitted to it.
    pub fitted: bool,
    /// Played in a loop with a camera's uneven times, as the browser's fake camera does.
    pub camera: bool,
    /// A single picture.
    pub still: bool,
    /// Shows exactly one face, so that no crop jumps from one to another.
    pub alone: bool,
}

/// Who is in the pictures: files of one person are one source. What is not listed stands alone.
const SOURCES: &[(&str, &str)] = &[
    ("live_man_hoodie", "hoodie"),
    ("attack_print_simulated", "hoodie"),
    ("offcentre_tilted", "hoodie"),
    ("far_small_face", "hoodie"),
    ("dark", "hoodie"),
    ("live_man_glasses", "glasses"),
    ("too_close_man_glasses", "glasses"),
    ("attack_replay_simulated_soft", "glasses"),
    // Pictures and clips of the same series with the same two people.
    ("head_turn_woman_12fps", "turn"),
    ("two_faces", "turn"),
    ("face_19_woman_profile", "turn"),
    ("face_21_man_smile", "turn"),
    ("face_25_two_tilted", "turn"),
    ("face_03_obama_portrait", "obama"),
    ("face_04_obama_320x240", "obama"),
    ("face_11_live_T1_tilted", "selfie"),
    ("face_12_print_F1", "selfie"),
    ("face_13_replay_F2", "selfie"),
];

impl Footage {
    /// Which frames a capture at ten a second takes of footage at thirty, from up to `starts` places.
    pub fn sampling(&self, frames: usize, crops: usize, starts: usize) -> Vec<Vec<usize>> {
        let span = 3 * (crops - 1) + 1;
        if self.camera {
            // A camera's frames come up to one thirtieth early or late.
            let late = |i: usize, start: usize| [0, 1, 0, 0, 1, 0, 0][(i * 5 + start) % 7];
            return (0..starts)
                .map(|k| k * frames / starts)
                .map(|start| {
                    (0..crops).map(|i| (start + 3 * i + late(i, start)) % frames).collect()
                })
                .collect();
        }
        if frames < span {
            return Vec::new();
        }
        let mut places: Vec<usize> =
            (0..starts).map(|k| k * (frames - span) / (starts - 1)).collect();
        places.dedup();
        places.into_iter().map(|start| (0..crops).map(|i| start + 3 * i).collect()).collect()
    }
}

/// Everything in the manifest that shows a face.
pub fn list(testdata: &Path) -> Result<Vec<Footage>, String> {
    let path = testdata.join("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!("no footage: {}: {error}; --testdata names another folder", path.display())
    })?;
    let manifest: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let entries = manifest["entries"].as_array().ok_or("the manifest has no entries")?;
    let mut footage: Vec<Footage> =
        entries.iter().filter_map(|entry| one(testdata, entry)).collect();
    let cameras = ["live_man_hoodie", "live_man_glasses"].map(|name| {
        let path = testdata.join("fakecam").join(name).with_extension("mjpeg");
        Footage { name: format!("{name} (camera)"), path, camera: true, ..blank(name, Class::Live) }
    });
    footage.extend(cameras);
    Ok(footage)
}

fn one(testdata: &Path, entry: &serde_json::Value) -> Option<Footage> {
    let file = entry["file"].as_str()?;
    let class = entry["cls"].as_str().unwrap_or("");
    let still = file.starts_with("images/");
    if !(still || file.starts_with("clips/")) || entry["expected_faces"].as_u64()? == 0 {
        return None;
    }
    let name = Path::new(file).file_stem()?.to_str()?;
    let class = match class {
        class if !still && class.starts_with("live") => Class::Live,
        class if class.starts_with("attack_") => Class::Attack,
        _ => Class::Other,
    };
    let alone = entry["expected_faces"].as_u64() == Some(1);
    Some(Footage { path: testdata.join(file), still, alone, ..blank(name, class) })
}

fn blank(name: &str, class: Class) -> Footage {
    let source = SOURCES.iter().find(|(file, _)| *file == name).map_or(name, |(_, source)| source);
    Footage {
        name: name.to_owned(),
        path: PathBuf::new(),
        class,
        source: source.to_owned(),
        fitted: class != Class::Other,
        camera: false,
        still: false,
        alone: true,
    }
}

/// The frames of a file, RGB, scaled to fill 640x480.
pub fn decode(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let filter = format!(
        "scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase,crop={WIDTH}:{HEIGHT}"
    );
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-vf", &filter, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .output()
        .map_err(|error| {
            format!("ffmpeg does not start: {error}; on Debian: apt-get install ffmpeg")
        })?;
    if !output.status.success() {
        return Err(format!(
            "ffmpeg cannot read {}: {}",
            path.display(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(output.stdout.chunks_exact(WIDTH * HEIGHT * 3).map(<[u8]>::to_vec).collect())
}
