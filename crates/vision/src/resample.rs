//! A region of a frame, resized to a crop's pixels.
//!
//! In wasm the library is by far fastest with four-byte pixels. So four rows of a plane, side by side,
//! are resized across as one row of such pixels, and all rows are resized down as if every four bytes
//! were one pixel. In planes a frame has half as many samples as in RGB, and a crop has fewer pixels to
//! convert than its region.

use crate::crop_axis::CropAxis;
use crate::frame::{FrameView, Plane, Samples};
use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// What the library takes for a pixel.
type FourBytes = [u8; 4];

/// Fills `out`, the visible part of the crop's rows from the first visible one on.
///
/// # Errors
/// What the library refused; not known to happen.
pub(crate) fn resample<'o>(
    frame: &FrameView<'_>,
    columns: &CropAxis,
    rows: &CropAxis,
    out: impl Iterator<Item = &'o mut [[u8; 3]]>,
) -> Result<(), &'static str> {
    let mut resizer = Resizer::new();
    match frame.samples() {
        Samples::Packed { plane, step } => {
            let size = (columns.source_length(), rows.source_length());
            let mut patch = vec![[0; 4]; size.0 * size.1];
            let visible = patch.chunks_exact_mut(size.0).skip(rows.filled().start);
            for (y, patch) in rows.inside.clone().zip(visible) {
                let row = &plane.row(y as usize)[step * columns.inside.start as usize..];
                for (to, from) in patch[columns.filled()].iter_mut().zip(row.chunks_exact(*step)) {
                    to[..3].copy_from_slice(&from[..3]);
                }
            }
            let region = [extent(columns), extent(rows)];
            let target = (columns.target.len(), rows.target.len());
            let resized = resize(&mut resizer, &mut patch, size, region, target)?;
            for (out, row) in out.zip(resized.chunks_exact(target.0)) {
                for (out, [r, g, b, _]) in out.iter_mut().zip(row) {
                    *out = [*r, *g, *b];
                }
            }
        }
        Samples::Planar { y, u, v, step, converter } => {
            let (half_columns, half_rows) =
                (columns.halved(frame.width()), rows.halved(frame.height()));
            let y = resize_plane(&mut resizer, y, 1, converter.black(), columns, rows)?;
            let mut chroma =
                |plane| resize_plane(&mut resizer, plane, *step, 128, &half_columns, &half_rows);
            let (u, v) = (chroma(u)?, chroma(v)?);
            for (((out, y), u), v) in out.zip(y.rows()).zip(u.rows()).zip(v.rows()) {
                converter.rgb_row(y, u, v, out);
            }
        }
    }
    Ok(())
}

/// Rows of samples, filled up to whole quads.
struct Rows {
    quads: Vec<FourBytes>,
    /// Quads of a row.
    stride: usize,
}

impl Rows {
    fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.quads.chunks_exact(self.stride).map(|row| row.as_flattened())
    }
}

/// Resizes a plane with `step` bytes from one sample to the next; `black` stands for what lies outside.
#[inline(never)]
fn resize_plane(
    resizer: &mut Resizer,
    plane: &Plane<'_>,
    step: usize,
    black: u8,
    columns: &CropAxis,
    rows: &CropAxis,
) -> Result<Rows, &'static str> {
    let (width, height) = (columns.source_length(), rows.source_length());
    let groups = height.div_ceil(4);
    let mut lanes = vec![black; 4 * width];
    let mut quads = vec![[0; 4]; width * groups];
    let mut positions = rows.source.start..;
    for quads in quads.chunks_exact_mut(width) {
        for (lane, y) in lanes.chunks_exact_mut(width).zip(&mut positions) {
            if rows.inside.contains(&y) {
                let row = &plane.row(y as usize)[step * columns.inside.start as usize..];
                read(row, step, &mut lane[columns.filled()]);
            } else {
                lane.fill(black);
            }
        }
        interleave(&lanes, quads);
    }

    let whole = (0.0, groups as f64);
    let across = (columns.target.len(), groups);
    let quads = resize(resizer, &mut quads, (width, groups), [extent(columns), whole], across)?;
    let stride = columns.target.len().div_ceil(4);
    let mut bytes = vec![[0; 4]; stride * groups * 4];
    let grouped = bytes.chunks_exact_mut(stride * 4);
    for (quads, group) in quads.chunks_exact(columns.target.len()).zip(grouped) {
        for (i, row) in group.chunks_exact_mut(stride).enumerate() {
            for (sample, quad) in row.as_flattened_mut().iter_mut().zip(quads) {
                *sample = quad[i];
            }
        }
    }

    let whole = (0.0, stride as f64);
    let down = (stride, rows.target.len());
    let source = &mut bytes[..stride * height];
    let quads = resize(resizer, source, (stride, height), [whole, extent(rows)], down)?;
    Ok(Rows { quads, stride })
}

/// Every `step`th byte.
fn read(row: &[u8], step: usize, out: &mut [u8]) {
    if step == 1 {
        return out.copy_from_slice(&row[..out.len()]);
    }
    for (sample, byte) in out.iter_mut().zip(row.iter().step_by(step)) {
        *sample = *byte;
    }
}

/// From four rows, one after the other, to one of four samples each.
fn interleave(rows: &[u8], quads: &mut [FourBytes]) {
    let (a, rest) = rows.split_at(quads.len());
    let (b, rest) = rest.split_at(quads.len());
    let (c, d) = rest.split_at(quads.len());
    for ((((quad, a), b), c), d) in quads.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *quad = [*a, *b, *c, *d];
    }
}

/// First sample and number of samples that the target covers.
fn extent(axis: &CropAxis) -> (f64, f64) {
    (axis.crop_start(), axis.crop_length())
}

/// Part of a picture of quads, resized. Not inlined: the library's code for it is large.
#[inline(never)]
fn resize(
    resizer: &mut Resizer,
    source: &mut [FourBytes],
    (width, height): (usize, usize),
    [(left, across), (top, down)]: [(f64, f64); 2],
    (target_width, target_height): (usize, usize),
) -> Result<Vec<FourBytes>, &'static str> {
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .use_alpha(false)
        .crop(left, top, across, down);
    let mut out = vec![[0; 4]; target_width * target_height];
    // The type of the library's own intermediate pictures, so that its code is compiled for one type only.
    let (width, height) = (width as u32, height as u32);
    let source = TypedImage::<U8x4>::from_buffer(width, height, source.as_flattened_mut())
        .map_err(|_| "source")?;
    let (target_width, target_height) = (target_width as u32, target_height as u32);
    let mut target =
        TypedImage::<U8x4>::from_buffer(target_width, target_height, out.as_flattened_mut())
            .map_err(|_| "target")?;
    resizer.resize_typed(&source, &mut target, &options).map_err(|_| "region")?;
    Ok(out)
}
