//! Clips as the worker would see them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use face_vision::{BlazeFace, FaceDetector, FrameView, QualityMeter};
use liveness_capture_core::{
    FaceBox, FaceObservation, FrameAnalysis,
    quality::{Measure, Measures},
};

/// Width of all clips.
pub const WIDTH: usize = 640;
/// Height of all clips.
pub const HEIGHT: usize = 480;
/// Frames per second of all clips.
pub const FPS: f64 = 30.0;

/// RGB, row by row.
pub type Picture = Vec<u8>;

/// A clip of the test footage.
pub struct Clip {
    /// File name without its extension.
    pub name: String,
    path: PathBuf,
    model: PathBuf,
}

/// Every clip; `None` where something is absent that may be.
pub fn clips() -> Option<Vec<Clip>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let models =
        std::env::var_os("LIVENESS_MODELS_DIR").map_or(root.join("target/models"), PathBuf::from);
    let model = models.join("blazeface_short_range.bin");
    let folder = root.join("../shared/testdata/clips");
    let ffmpeg = Command::new("ffmpeg").arg("-version").output().is_ok();
    if !(model.exists() && folder.exists() && ffmpeg) {
        let missing = "the model (cargo xtask models), ../shared/testdata or ffmpeg";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "missing: {missing}");
        eprintln!("skipped, for lack of {missing}");
        return None;
    }
    let files = std::fs::read_dir(folder).expect("the folder is readable");
    let mut paths: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "mp4"));
    paths.sort();
    let clip = |path: PathBuf| Clip {
        name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
        path,
        model: model.clone(),
    };
    Some(paths.into_iter().map(clip).collect())
}

/// One clip.
pub fn clip(name: &str) -> Option<Clip> {
    clips()?.into_iter().find(|clip| clip.name == name)
}

impl Clip {
    /// What the worker finds in every frame, each changed by `edit` before.
    pub fn analyses(&self, edit: impl FnMut(Picture) -> Picture) -> Vec<FrameAnalysis> {
        self.look("null", edit)
    }

    /// What the worker finds in every frame, each changed by a filter of ffmpeg's before.
    pub fn filtered(&self, filter: &str) -> Vec<FrameAnalysis> {
        self.look(filter, |picture| picture)
    }

    fn look(&self, filter: &str, mut edit: impl FnMut(Picture) -> Picture) -> Vec<FrameAnalysis> {
        let weights = std::fs::read(&self.model).expect("the model is readable");
        let mut detector = BlazeFace::from_weights(&weights).expect("the model loads");
        let mut meter = QualityMeter::default();
        let mut decoder = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(&self.path)
            .args(["-vf", filter])
            .args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("ffmpeg starts");
        let mut pixels = decoder.stdout.take().expect("a pipe");
        let mut frame = vec![0; 3 * WIDTH * HEIGHT];
        let mut analyses = Vec::new();
        while pixels.read_exact(&mut frame).is_ok() {
            let picture = edit(frame.clone());
            let timestamp_ms = analyses.len() as f64 * 1000.0 / FPS;
            analyses.push(analyse(&mut detector, &mut meter, timestamp_ms, &picture));
        }
        assert!(decoder.wait().expect("ffmpeg ends").success());
        assert!(!analyses.is_empty());
        analyses
    }
}

fn analyse(
    detector: &mut BlazeFace,
    meter: &mut QualityMeter,
    timestamp_ms: f64,
    rgb: &[u8],
) -> FrameAnalysis {
    let (width, height) = (WIDTH as u32, HEIGHT as u32);
    let view = FrameView::rgb(rgb, width, height, 3 * WIDTH).expect("a frame");
    let found = detector.detect(&view).expect("detection works");
    let quality = meter.measure(&view, timestamp_ms, &found);
    let value = |measure: &Measure| {
        let value = quality.get(measure.as_str());
        f64::from(value.expect("the measure has a field of its name"))
    };
    let faces = found.iter().map(|face| FaceObservation {
        bbox: FaceBox {
            x: face.bbox.x.into(),
            y: face.bbox.y.into(),
            width: face.bbox.width.into(),
            height: face.bbox.height.into(),
        },
        score: face.score.into(),
    });
    FrameAnalysis {
        timestamp_ms,
        width,
        height,
        faces: faces.collect(),
        measures: Measures::of_pixels(Measure::OF_PIXELS.iter().map(value)),
    }
}
