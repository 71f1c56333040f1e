//! The network as a tract plan, and running it.

use crate::anchors::{ANCHORS, INPUT_SIDE};
use crate::decode::ROW;
use std::sync::Arc;
use tract_core::internal::*;

/// Shape of the input: batch, rows, columns, channels.
pub(crate) const INPUT_SHAPE: [usize; 4] = [1, INPUT_SIDE, INPUT_SIDE, 3];

/// What the network puts out, before any of it is decoded into a face.
#[derive(Debug, Clone, PartialEq)]
pub struct RawOutputs {
    /// 896 rows of 16 numbers: centre x, y, width, height and six keypoints' x, y, in input pixels
    /// relative to the row's anchor.
    pub boxes: Vec<f32>,
    /// 896 logits.
    pub scores: Vec<f32>,
}

/// A network ready to run; its working memory is kept from run to run.
#[derive(Debug)]
pub(crate) struct Network {
    state: TypedSimpleState,
    /// Refilled in place: the plan drops its handle at the end of a run.
    input: Arc<Tensor>,
    /// Which output holds the boxes; the other one holds the scores.
    boxes: usize,
}

impl Network {
    /// From a model that needs no further optimisation, whichever operators it is made of.
    pub(crate) fn new(model: TypedModel) -> TractResult<Self> {
        let input = model.input_fact(0)?.shape.as_concrete();
        ensure!(input == Some(&INPUT_SHAPE[..]), "input of shape {input:?}");
        ensure!(model.outputs.len() == 2, "{} outputs", model.outputs.len());
        let position = |shape: [usize; 3]| {
            (0..2)
                .find(|slot| {
                    let fact = model.output_fact(*slot);
                    fact.is_ok_and(|fact| fact.shape.as_concrete() == Some(&shape[..]))
                })
                .with_context(|| format!("no output of shape {shape:?}"))
        };
        let boxes = position([1, ANCHORS, ROW])?;
        position([1, ANCHORS, 1])?;
        let plan = TypedSimplePlan::new(model)?;
        Ok(Self {
            state: plan.spawn()?,
            input: Arc::new(Tensor::zero::<f32>(&INPUT_SHAPE)?),
            boxes,
        })
    }

    /// Runs once over the input that `fill` writes, `[y][x][r, g, b]` in -1..=1, and hands boxes and
    /// scores to `read`, as [`RawOutputs`] has them.
    pub(crate) fn run<T>(
        &mut self,
        fill: impl FnOnce(&mut [f32]),
        read: impl FnOnce(&[f32], &[f32]) -> T,
    ) -> TractResult<T> {
        if Arc::get_mut(&mut self.input).is_none() {
            // Only after a run that failed halfway.
            self.input = Arc::new(Tensor::zero::<f32>(&INPUT_SHAPE)?);
        }
        let input = Arc::get_mut(&mut self.input).context("the input is still shared")?;
        fill(input.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
        let outputs = self.state.run(tvec!(self.input.clone().into_tvalue()))?;
        let (boxes, scores) =
            (outputs[self.boxes].try_as_plain_ram()?, outputs[1 - self.boxes].try_as_plain_ram()?);
        Ok(read(boxes.as_slice::<f32>()?, scores.as_slice::<f32>()?))
    }
}
