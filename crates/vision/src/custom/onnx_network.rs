//! The graph of an ONNX file, ready to run.

use super::kind::{CustomError, DetectorKind};
use super::onnx_file::{Layout, OnnxFile};
use crate::frame::FrameView;
use crate::letterbox::Letterbox;
use std::sync::Arc;
use tract_core::internal::*;
use tract_onnx::prelude::InferenceModelExt;

/// An output that a kind reads: a matrix behind any number of leading axes of 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Its name; `None` to go by the shape alone.
    pub(super) name: Option<(&'static str, usize)>,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Wanted {
    fn fits(&self, output: &Found<'_>) -> bool {
        let named = self.name.is_none_or(|(stem, stride)| {
            output.name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('_'))
                == Some(&stride.to_string())
        });
        named
            && match output.shape.as_deref() {
                Some([leading @ .., rows, columns]) => {
                    leading.iter().all(|side| *side == 1)
                        && (*rows, *columns) == (self.rows, self.columns)
                }
                _ => false,
            }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some((stem, stride)) = self.name {
            write!(f, "{stem}_{stride} ")?;
        }
        write!(f, "[1, {}, {}]", self.rows, self.columns)
    }
}

/// An output that the file has.
struct Found<'a> {
    name: &'a str,
    /// `None` if it depends on the picture.
    shape: Option<Vec<usize>>,
}

impl std::fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.shape {
            Some(shape) => write!(f, "{} {shape:?}", self.name),
            None => write!(f, "{} of no fixed shape", self.name),
        }
    }
}

/// A network ready to run; its working memory is kept from run to run.
#[derive(Debug)]
pub(super) struct OnnxNetwork {
    state: TypedSimpleState,
    layout: Layout,
    side: usize,
    /// The letterboxed frame, `[y][x][r, g, b]` in -1..=1.
    pixels: Vec<f32>,
    /// Refilled in place: the plan drops its handle at the end of a run.
    input: Arc<Tensor>,
}

impl OnnxNetwork {
    pub(super) fn build(
        file: &OnnxFile,
        kind: DetectorKind,
        side: usize,
        wanted: &[Wanted],
    ) -> Result<Self, CustomError> {
        let graph = |error: TractError| CustomError::Graph(format!("{error:#}"));
        let mut model = file.model(side).and_then(|model| model.into_typed()).map_err(graph)?;
        let outlets = model.outputs.clone();
        let mut found = Vec::new();
        for (name, outlet) in file.output_names().into_iter().zip(&outlets) {
            let fact = model.outlet_fact(*outlet).map_err(graph)?;
            found.push(Found { name, shape: fact.shape.as_concrete().map(<[usize]>::to_vec) });
        }
        let chosen: Option<Vec<OutletId>> = wanted
            .iter()
            .map(|wanted| {
                found.iter().position(|output| wanted.fits(output)).map(|index| outlets[index])
            })
            .collect();
        let outlets = chosen.ok_or_else(|| mismatch(kind, side, wanted, &found))?;
        model.select_output_outlets(&outlets).map_err(graph)?;
        let ready = || -> TractResult<Self> {
            let plan = TypedSimplePlan::new(model.into_optimized()?)?;
            Ok(Self {
                state: plan.spawn()?,
                layout: file.layout,
                side,
                pixels: vec![0.0; side * side * 3],
                input: Arc::new(Tensor::zero::<f32>(&file.layout.shape(side))?),
            })
        };
        ready().map_err(graph)
    }

    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// Runs once over the frame; the outputs are in the order in which they were wanted.
    pub(super) fn run(
        &mut self,
        frame: &FrameView<'_>,
        kind: DetectorKind,
    ) -> TractResult<(Letterbox, Vec<Vec<f32>>)> {
        let letterbox = Letterbox::new(frame, self.side);
        letterbox.fill(frame, &mut self.pixels);
        if Arc::get_mut(&mut self.input).is_none() {
            // Only after a run that failed halfway.
            self.input = Arc::new(Tensor::zero::<f32>(&self.layout.shape(self.side))?);
        }
        let input = Arc::get_mut(&mut self.input).context("the input is still shared")?;
        write(
            &self.pixels,
            self.layout,
            kind,
            input.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?,
        );
        let outputs = self.state.run(tvec!(self.input.clone().into_tvalue()))?;
        let values = outputs
            .iter()
            .map(|output| Ok(output.try_as_plain_ram()?.as_slice::<f32>()?.to_vec()))
            .collect::<TractResult<_>>()?;
        Ok((letterbox, values))
    }
}

fn mismatch(
    kind: DetectorKind,
    side: usize,
    wanted: &[Wanted],
    found: &[Found<'_>],
) -> CustomError {
    let missing: Vec<String> = wanted
        .iter()
        .filter(|wanted| !found.iter().any(|output| wanted.fits(output)))
        .map(Wanted::to_string)
        .collect();
    let found: Vec<String> = found.iter().map(Found::to_string).collect();
    let found = format!(
        "its outputs at an input side of {side} are {}; missing: {}",
        found.join(", "),
        missing.join(", ")
    );
    CustomError::Mismatch { kind, found }
}

/// From the sampled pixels to the network's own order, range and layout.
fn write(pixels: &[f32], layout: Layout, kind: DetectorKind, out: &mut [f32]) {
    let pixels = pixels.as_chunks::<3>().0;
    let converted = |pixel: &[f32; 3]| match kind {
        DetectorKind::BlazeFace => *pixel,
        DetectorKind::YuNet => {
            let [r, g, b] = pixel.map(|value| (value + 1.0) * 127.5);
            [b, g, r]
        }
    };
    match layout {
        Layout::Nhwc => {
            for (target, pixel) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
                *target = converted(pixel);
            }
        }
        Layout::Nchw => {
            let (first, rest) = out.split_at_mut(pixels.len());
            let (second, third) = rest.split_at_mut(pixels.len());
            let planes = first.iter_mut().zip(second).zip(third);
            for (((a, b), c), pixel) in planes.zip(pixels) {
                [*a, *b, *c] = converted(pixel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels: white with half the green, black.
    const PIXELS: [f32; 6] = [1.0, 0.0, 1.0, -1.0, -1.0, -1.0];

    #[test]
    fn each_kind_gets_its_own_range_and_order() {
        let written = |layout, kind, pixels: &[f32]| {
            let mut out = vec![f32::NAN; pixels.len()];
            write(pixels, layout, kind, &mut out);
            out
        };
        assert_eq!(written(Layout::Nhwc, DetectorKind::BlazeFace, &PIXELS), PIXELS);
        assert_eq!(
            written(Layout::Nchw, DetectorKind::BlazeFace, &PIXELS),
            [1.0, -1.0, 0.0, -1.0, 1.0, -1.0]
        );
        // Red alone is the last plane of BGR.
        let red = [1.0, -1.0, -1.0, 0.0, -1.0, -1.0];
        assert_eq!(
            written(Layout::Nchw, DetectorKind::YuNet, &red),
            [0.0, 0.0, 0.0, 0.0, 255.0, 127.5]
        );
        assert_eq!(
            written(Layout::Nhwc, DetectorKind::YuNet, &red),
            [0.0, 0.0, 255.0, 0.0, 0.0, 127.5]
        );
    }

    #[test]
    fn an_output_is_known_by_its_whole_name_and_shape() {
        let wanted = Wanted { name: Some(("cls", 8)), rows: 1600, columns: 1 };
        let fits = |name, shape: Option<&[usize]>| {
            wanted.fits(&Found { name, shape: shape.map(<[usize]>::to_vec) })
        };
        assert!(fits("cls_8", Some(&[1, 1600, 1])) && fits("cls_8", Some(&[1600, 1])));
        assert!(!fits("cls_80", Some(&[1, 1600, 1])) && !fits("cls8", Some(&[1, 1600, 1])));
        assert!(!fits("cls_8", Some(&[2, 1600, 1])) && !fits("cls_8", Some(&[1, 1, 1600])));
        assert!(!fits("cls_8", None) && !fits("cls_8", Some(&[])));
    }
}
