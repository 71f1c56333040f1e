//! From RGB to what cameras give. The verifier's footage is cut from such frames, too.

use face_vision::{ColorMatrix, ColorSpace, FrameView, PlaneLayout};

/// An RGB picture without row padding.
#[derive(Clone)]
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
    let pixels: Vec<[f64; 3]> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| ycc(x, y)).collect();
    let mut bytes = Vec::new();
    let mut planes = [PlaneLayout { offset: 0, stride: 0 }; 3];
    for (plane, layout) in planes.iter_mut().enumerate() {
        let block = if plane == 0 { 1 } else { 2 };
        let (columns, rows) = (width.div_ceil(block), height.div_ceil(block));
        *layout = PlaneLayout { offset: bytes.len(), stride: columns + padding };
        for y in 0..rows {
            let lines = block * y..(block * (y + 1)).min(height);
            for x in 0..columns {
                let cells = block * x..(block * (x + 1)).min(width);
                let sum: f64 = lines
                    .clone()
                    .flat_map(|y| &pixels[y * width..][cells.clone()])
                    .map(|pixel| pixel[plane])
                    .sum();
                let mean = sum / (lines.len() * cells.len()) as f64;
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
