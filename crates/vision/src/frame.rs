//! A borrowed frame, as the camera or a decoder delivered it.

use crate::color::{ColorSpace, Converter};
use thiserror::Error;

/// Longest side a frame may have, in pixels.
pub const MAX_FRAME_SIDE: u32 = 16_384;

/// How a frame's bytes are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    /// Three bytes per pixel.
    Rgb,
    /// Four bytes per pixel, the last one ignored.
    Rgba,
    /// Planes Y, U, V; U and V at half resolution, rounded up.
    I420,
    /// Plane Y, then one plane of interleaved U and V at half resolution, rounded up.
    Nv12,
}

/// Where a plane lies in a frame's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaneLayout {
    /// First byte of the plane.
    pub offset: usize,
    /// Bytes from one row to the next.
    pub stride: usize,
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    /// A side is zero or beyond [`MAX_FRAME_SIDE`].
    #[error("a frame of {width} x {height} pixels; each side has to be 1 to {MAX_FRAME_SIDE}")]
    Size {
        /// Width asked for.
        width: u32,
        /// Height asked for.
        height: u32,
    },
    /// A row does not fit into its stride.
    #[error("plane {plane}: a stride of {stride} bytes for rows of {row}")]
    Stride {
        /// The plane's number.
        plane: usize,
        /// The stride given.
        stride: usize,
        /// Bytes a row takes.
        row: usize,
    },
    /// The bytes end before the plane does.
    #[error("plane {plane}: needs {needed} bytes, there are {present}")]
    TooShort {
        /// The plane's number.
        plane: usize,
        /// Bytes needed from the start of the frame; `usize::MAX` if that number overflows.
        needed: usize,
        /// Bytes there are.
        present: usize,
    },
}

/// A frame's planes, for code that samples between pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Samples<'a> {
    /// Rows of `step` bytes per pixel, the first three R, G, B.
    Packed { plane: Plane<'a>, step: usize },
    /// U and V at half resolution with `step` bytes from one sample to the next.
    Planar { y: Plane<'a>, u: Plane<'a>, v: Plane<'a>, step: usize, converter: Converter },
}

/// A plane's bytes from its first sample on; constructed only after every row was found to fit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane<'a> {
    bytes: &'a [u8],
    stride: usize,
    row: usize,
}

impl<'a> Plane<'a> {
    fn new(
        bytes: &'a [u8],
        plane: usize,
        layout: PlaneLayout,
        row: usize,
        rows: usize,
    ) -> Result<Self, FrameError> {
        let PlaneLayout { offset, stride } = layout;
        if stride < row {
            return Err(FrameError::Stride { plane, stride, row });
        }
        let needed = stride
            .checked_mul(rows - 1)
            .and_then(|n| n.checked_add(row))
            .and_then(|n| n.checked_add(offset));
        match needed {
            Some(needed) if needed <= bytes.len() => {
                Ok(Self { bytes: &bytes[offset..needed], stride, row })
            }
            needed => {
                let needed = needed.unwrap_or(usize::MAX);
                Err(FrameError::TooShort { plane, needed, present: bytes.len() })
            }
        }
    }

    /// The bytes of row `y`.
    #[inline]
    pub(crate) fn row(&self, y: usize) -> &'a [u8] {
        &self.bytes[y * self.stride..][..self.row]
    }
}

/// A frame's pixels, checked to lie within the bytes given.
#[derive(Debug, Clone, Copy)]
pub struct FrameView<'a> {
    width: u32,
    height: u32,
    format: PixelFormat,
    samples: Samples<'a>,
}

impl<'a> FrameView<'a> {
    /// `height` rows of `width` RGB pixels, `stride` bytes apart.
    ///
    /// # Errors
    /// A [`FrameError`] when size, stride and number of bytes do not fit together; likewise below.
    pub fn rgb(
        bytes: &'a [u8],
        width: u32,
        height: u32,
        stride: usize,
    ) -> Result<Self, FrameError> {
        Self::packed(bytes, width, height, stride, 3, PixelFormat::Rgb)
    }

    /// `height` rows of `width` RGBA (or RGBX) pixels, `stride` bytes apart; alpha is ignored.
    ///
    /// # Errors
    /// As [`FrameView::rgb`].
    pub fn rgba(
        bytes: &'a [u8],
        width: u32,
        height: u32,
        stride: usize,
    ) -> Result<Self, FrameError> {
        Self::packed(bytes, width, height, stride, 4, PixelFormat::Rgba)
    }

    fn packed(
        bytes: &'a [u8],
        width: u32,
        height: u32,
        stride: usize,
        step: usize,
        format: PixelFormat,
    ) -> Result<Self, FrameError> {
        let (columns, rows) = sides(width, height)?;
        let plane = Plane::new(bytes, 0, PlaneLayout { offset: 0, stride }, columns * step, rows)?;
        Ok(Self { width, height, format, samples: Samples::Packed { plane, step } })
    }

    /// Planes Y, U and V, the latter two of `(width + 1) / 2` by `(height + 1) / 2` samples.
    ///
    /// # Errors
    /// As [`FrameView::rgb`].
    pub fn i420(
        bytes: &'a [u8],
        width: u32,
        height: u32,
        planes: [PlaneLayout; 3],
        color: ColorSpace,
    ) -> Result<Self, FrameError> {
        let (columns, rows) = sides(width, height)?;
        let (half_columns, half_rows) = (columns.div_ceil(2), rows.div_ceil(2));
        let samples = Samples::Planar {
            y: Plane::new(bytes, 0, planes[0], columns, rows)?,
            u: Plane::new(bytes, 1, planes[1], half_columns, half_rows)?,
            v: Plane::new(bytes, 2, planes[2], half_columns, half_rows)?,
            step: 1,
            converter: Converter::new(color),
        };
        Ok(Self { width, height, format: PixelFormat::I420, samples })
    }

    /// Plane Y, and a plane of U V pairs, `(width + 1) / 2` by `(height + 1) / 2` of them.
    ///
    /// # Errors
    /// As [`FrameView::rgb`].
    pub fn nv12(
        bytes: &'a [u8],
        width: u32,
        height: u32,
        planes: [PlaneLayout; 2],
        color: ColorSpace,
    ) -> Result<Self, FrameError> {
        let (columns, rows) = sides(width, height)?;
        let (half_columns, half_rows) = (columns.div_ceil(2), rows.div_ceil(2));
        let u = Plane::new(bytes, 1, planes[1], 2 * half_columns, half_rows)?;
        // V starts one byte later; each of its rows is that byte shorter.
        let v = Plane { bytes: &u.bytes[1..], row: u.row - 1, ..u };
        let samples = Samples::Planar {
            y: Plane::new(bytes, 0, planes[0], columns, rows)?,
            u,
            v,
            step: 2,
            converter: Converter::new(color),
        };
        Ok(Self { width, height, format: PixelFormat::Nv12, samples })
    }

    /// Columns.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// How the bytes are arranged.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// The planes.
    pub(crate) fn samples(&self) -> &Samples<'a> {
        &self.samples
    }
}

fn sides(width: u32, height: u32) -> Result<(usize, usize), FrameError> {
    let valid = 1..=MAX_FRAME_SIDE;
    if valid.contains(&width) && valid.contains(&height) {
        Ok((width as usize, height as usize))
    } else {
        Err(FrameError::Size { width, height })
    }
}

/// The whole frame as RGB, `width * height * 3` bytes without padding. Chroma is that of the 2 x 2 block
/// a pixel lies in.
pub fn frame_to_rgb(frame: &FrameView<'_>) -> Vec<u8> {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut pixels = vec![[0; 3]; width * height];
    match &frame.samples {
        Samples::Packed { plane, step } => {
            for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
                for (pixel, source) in row.iter_mut().zip(plane.row(y).chunks_exact(*step)) {
                    pixel.copy_from_slice(&source[..3]);
                }
            }
        }
        Samples::Planar { y: luma, u, v, step, converter } => {
            for (pair, rows) in pixels.chunks_mut(2 * width).enumerate() {
                let [u, v] = [u, v].map(|plane| -> Vec<u8> {
                    let samples = plane.row(pair).iter().step_by(*step);
                    samples.flat_map(|sample| [*sample; 2]).collect()
                });
                for (y, row) in (2 * pair..).zip(rows.chunks_exact_mut(width)) {
                    converter.rgb_row(luma.row(y), &u, &v, row);
                }
            }
        }
    }
    pixels.into_flattened()
}
