//! Where the tests find models and pictures, and how they turn RGB into what cameras give.

// Each test binary uses its own part of this.
#![allow(dead_code)]

use face_vision::{BlazeFace, ColorMatrix, ColorSpace, FrameView, PlaneLayout};
use std::path::{Path, PathBuf};

/// An RGB picture without row padding.
pub struct Picture {
    pub rgb: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

impl Picture {
    pub fn view(&self) -> FrameView<'_> {
        FrameView::rgb(&self.rgb, self.width, self.height, 3 * self.width as usize)
            .expect("sizes fit")
    }
}

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

/// Planes Y, U and V with their layout, rows padded by `padding` bytes of 0xaa.
pub struct Yuv {
    pub bytes: Vec<u8>,
    pub planes: [PlaneLayout; 3],
    pub color: ColorSpace,
}

/// The usual equations, chroma as the mean over each 2 x 2 block.
pub fn to_i420(picture: &Picture, color: ColorSpace, padding: usize) -> Yuv {
    let (kr, kb) = match color.matrix {
        ColorMatrix::Bt601 => (0.299, 0.114),
        ColorMatrix::Bt709 => (0.2126, 0.0722),
    };
    let (width, height) = (picture.width as usize, picture.height as usize);
    let (y_offset, y_scale, c_scale) =
        if color.full_range { (0.0, 1.0, 1.0) } else { (16.0, 219.0 / 255.0, 224.0 / 255.0) };
    let ycc = |x: usize, y: usize| -> [f64; 3] {
        let [r, g, b] = [0, 1, 2].map(|c| f64::from(picture.rgb[(y * width + x) * 3 + c]));
        let luma = kr * r + (1.0 - kr - kb) * g + kb * b;
        [luma, (b - luma) / (2.0 - 2.0 * kb), (r - luma) / (2.0 - 2.0 * kr)]
    };
    let mut bytes = Vec::new();
    let mut planes = [PlaneLayout { offset: 0, stride: 0 }; 3];
    for (plane, layout) in planes.iter_mut().enumerate() {
        let block = if plane == 0 { 1 } else { 2 };
        let (columns, rows) = (width.div_ceil(block), height.div_ceil(block));
        *layout = PlaneLayout { offset: bytes.len(), stride: columns + padding };
        for y in 0..rows {
            for x in 0..columns {
                let xs = block * x..(block * (x + 1)).min(width);
                let cells: Vec<_> = xs
                    .flat_map(|x| (block * y..(block * (y + 1)).min(height)).map(move |y| (x, y)))
                    .collect();
                let mean =
                    cells.iter().map(|(x, y)| ycc(*x, *y)[plane]).sum::<f64>() / cells.len() as f64;
                let coded =
                    if plane == 0 { y_offset + mean * y_scale } else { 128.0 + mean * c_scale };
                bytes.push(coded.round().clamp(0.0, 255.0) as u8);
            }
            bytes.extend(std::iter::repeat_n(0xaa, padding));
        }
    }
    Yuv { bytes, planes, color }
}

impl Yuv {
    pub fn view(&self, width: u32, height: u32) -> FrameView<'_> {
        FrameView::i420(&self.bytes, width, height, self.planes, self.color).expect("sizes fit")
    }

    /// The same samples with U and V interleaved.
    pub fn to_nv12(&self, width: u32, height: u32) -> (Vec<u8>, [PlaneLayout; 2]) {
        let [y, u, v] = self.planes;
        let mut bytes = self.bytes[y.offset..u.offset].to_vec();
        let offset = bytes.len();
        let (columns, rows) = (width.div_ceil(2) as usize, height.div_ceil(2) as usize);
        for row in 0..rows {
            for column in 0..columns {
                bytes.push(self.bytes[u.offset + row * u.stride + column]);
                bytes.push(self.bytes[v.offset + row * v.stride + column]);
            }
        }
        (bytes, [y, PlaneLayout { offset, stride: 2 * columns }])
    }
}
