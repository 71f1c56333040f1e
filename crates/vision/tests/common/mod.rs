//! Where the tests find models and pictures, and how they turn RGB into what cameras give.

// Each test binary uses its own part of this.
#![allow(dead_code, unused_imports)]

mod drawn;
mod yuv;

pub use drawn::{Frame, LEFT_HALF, Pose, ROOM, SKIN, WHOLE};
use face_vision::BlazeFace;
use std::path::{Path, PathBuf};
pub use yuv::{Picture, Yuv, to_i420};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Under CI nothing may be missing; elsewhere the test says that it skips.
fn or_skip(path: PathBuf, what: &str) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    let missing = format!("{what}: {} does not exist", path.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing}");
    eprintln!("skipped, {missing}");
    None
}

fn models() -> PathBuf {
    std::env::var_os("LIVENESS_MODELS_DIR").map_or(root().join("target/models"), PathBuf::from)
}

/// A converted model; `cargo xtask models` makes them.
pub fn model(extension: &str) -> Option<Vec<u8>> {
    let path = or_skip(
        models().join(format!("blazeface_short_range.{extension}")),
        "model (cargo xtask models)",
    )?;
    Some(std::fs::read(path).expect("the model is readable"))
}

/// A model that no build makes; a test that has none says that it skips, also under CI.
pub fn optional_model(file: &str) -> Option<Vec<u8>> {
    let path = models().join(file);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("skipped: {} does not exist (see models/README.md)", path.display());
    }
    bytes
}

pub fn detector() -> Option<BlazeFace> {
    Some(BlazeFace::from_weights(&model("bin")?).expect("the converted weights load"))
}

/// The folder of test pictures, which lies beside the repository.
pub fn pictures() -> Option<PathBuf> {
    or_skip(root().join("../shared/testdata/images"), "test pictures")
}

pub fn decode(path: &Path) -> Picture {
    let picture = image::open(path).expect("a test picture decodes").into_rgb8();
    let (width, height) = picture.dimensions();
    Picture { rgb: picture.into_raw(), width, height }
}

/// A picture that any machine draws alike: gradients, edges and noise.
pub fn pattern(width: u32, height: u32) -> Picture {
    let mut state = 0x2545_f491u32;
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = state >> 27;
            let edge = if (x / 7 + y / 5) % 2 == 0 { 96 } else { 0 };
            rgb.extend(
                [x * 200 / width + noise, y * 120 / height + edge + noise, edge + 3 * noise]
                    .map(|v| v as u8),
            );
        }
    }
    Picture { rgb, width, height }
}
