//! The network from our own operators: tract's traits around the fused kernels.
//!
//! The graph is wired straight from the weights, so no pass recognises or rewrites anything at
//! start-up. Between operators, channels are padded to a multiple of four.

use crate::anchors::INPUT_SIDE;
use crate::kernels::{Block, Head, Stem, TILE};
use crate::network::INPUT_SHAPE;
use crate::weights::{Kind, Layer, source};
use std::sync::Arc;
use tract_core::internal::*;

/// A kernel shared by an operator's clones; two are equal if they are one and the same.
#[derive(Debug)]
struct Shared<K>(Arc<K>);

impl<K> Clone for Shared<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K> PartialEq for Shared<K> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<K> Eq for Shared<K> {}

/// Stem convolution and ReLU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FusedStem(Shared<Stem>);

/// A BlazeBlock with everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FusedBlock(Shared<Block>);

/// The heads of one output, their rows one after another. Each reads an input of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FusedHeads {
    heads: Shared<Vec<Head>>,
    /// Rows of the output, and numbers in each.
    rows: usize,
    row: usize,
}

impl FusedStem {
    pub(crate) fn new(layer: &Layer) -> TractResult<Self> {
        ensure!(layer.side.is_multiple_of(2 * TILE), "a stem of side {}", layer.side);
        let (kernel, bias) = layer.weights.split_at(layer.weights.len() - layer.outputs);
        Ok(Self(Shared(Arc::new(Stem::new(kernel, bias)))))
    }

    fn shape(&self) -> [usize; 4] {
        [1, INPUT_SIDE / 2, INPUT_SIDE / 2, self.0.0.outputs()]
    }
}

impl FusedBlock {
    pub(crate) fn new(layer: &Layer) -> TractResult<Self> {
        let Layer { stride, side, inputs, outputs, weights, .. } = layer;
        ensure!(side.is_multiple_of(stride * TILE), "a block of side {side}, stride {stride}");
        let (depthwise, pointwise) = weights.split_at(10 * inputs);
        let depthwise = depthwise.split_at(9 * inputs);
        let pointwise = pointwise.split_at(inputs * outputs);
        Ok(Self(Shared(Arc::new(Block::new(*stride, *side, depthwise, pointwise)))))
    }

    fn input_shape(&self) -> [usize; 4] {
        let block = &self.0.0;
        [1, block.side(), block.side(), block.inputs()]
    }

    fn shape(&self) -> [usize; 4] {
        let block = &self.0.0;
        [1, block.output_side(), block.output_side(), block.outputs()]
    }
}

impl FusedHeads {
    pub(crate) fn new(layers: &[&Layer]) -> TractResult<Self> {
        let row = layers.first().context("no heads")?.row();
        let heads = layers.iter().map(|layer| {
            ensure!(layer.side.is_multiple_of(TILE), "a head of side {}", layer.side);
            let (kernel, bias) = layer.weights.split_at(layer.inputs * layer.outputs);
            Ok(Head::new(layer.side, kernel, bias))
        });
        let heads = heads.collect::<TractResult<Vec<_>>>()?;
        let rows = heads.iter().map(Head::output_length).sum::<usize>() / row;
        Ok(Self { heads: Shared(Arc::new(heads)), rows, row })
    }

    fn shape(&self) -> [usize; 3] {
        [1, self.rows, self.row]
    }
}

/// Runs a kernel over one f32 input into a new tensor of `shape`.
fn compute(
    shape: &[usize],
    inputs: &[TValue],
    kernel: impl FnOnce(&[&[f32]], &mut [f32]),
) -> TractResult<TVec<TValue>> {
    // SAFETY: any bits are an f32, and each kernel writes every value of its output before anything
    // reads one; the layers' sides and channels, checked when they are made, give its length. Zeroing
    // it first would write two megabytes a frame for nothing.
    let mut output = unsafe { Tensor::uninitialized::<f32>(shape)? };
    let inputs =
        inputs.iter().map(|input| input.try_as_plain_ram()).collect::<TractResult<TVec<_>>>()?;
    let inputs =
        inputs.iter().map(|input| input.as_slice::<f32>()).collect::<TractResult<TVec<_>>>()?;
    kernel(&inputs, output.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?);
    Ok(tvec!(output.into_tvalue()))
}

fn check(found: &TypedFact, expected: &[usize]) -> TractResult<()> {
    ensure!(
        found.datum_type == f32::datum_type() && found.shape.as_concrete() == Some(expected),
        "the input is {found:?}, not f32 {expected:?}"
    );
    Ok(())
}

impl Op for FusedStem {
    fn name(&self) -> StaticName {
        "FusedStem".into()
    }
    op_as_typed_op!();
}

impl EvalOp for FusedStem {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        compute(&self.shape(), &inputs, |inputs, out| self.0.0.run(inputs[0], INPUT_SIDE, out))
    }
}

impl TypedOp for FusedStem {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        check(inputs[0], &INPUT_SHAPE)?;
        Ok(tvec!(f32::fact(self.shape())))
    }
    as_op!();
}

impl Op for FusedBlock {
    fn name(&self) -> StaticName {
        "FusedBlock".into()
    }
    op_as_typed_op!();
}

impl EvalOp for FusedBlock {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        compute(&self.shape(), &inputs, |inputs, out| self.0.0.run(inputs[0], out))
    }
}

impl TypedOp for FusedBlock {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        check(inputs[0], &self.input_shape())?;
        Ok(tvec!(f32::fact(self.shape())))
    }
    as_op!();
}

impl Op for FusedHeads {
    fn name(&self) -> StaticName {
        "FusedHeads".into()
    }
    op_as_typed_op!();
}

impl EvalOp for FusedHeads {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        compute(&self.shape(), &inputs, |inputs, mut out| {
            for (head, input) in self.heads.0.iter().zip(inputs) {
                let (own, rest) = out.split_at_mut(head.output_length());
                head.run(input, own);
                out = rest;
            }
        })
    }
}

impl TypedOp for FusedHeads {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        ensure!(
            inputs.len() == self.heads.0.len(),
            "{} inputs for {} heads",
            inputs.len(),
            self.heads.0.len()
        );
        for (input, head) in inputs.iter().zip(self.heads.0.iter()) {
            let values = input.shape.as_concrete().map(|shape| shape.iter().product::<usize>());
            ensure!(values == Some(head.input_length()), "a head cannot read {input:?}");
        }
        Ok(tvec!(f32::fact(self.shape())))
    }
    as_op!();
}

/// Wires the layers as `models/README.md` describes them. Outputs: boxes, scores.
pub(crate) fn wire(layers: &[Layer]) -> TractResult<TypedModel> {
    let mut model = TypedModel::default();
    let mut x = model.add_source("input", f32::fact(INPUT_SHAPE))?;
    // The output of each layer of the chain.
    let mut outputs = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let name = format!("{:?}{index}", layer.kind);
        match layer.kind {
            Kind::Stem => x = node(&mut model, name, Box::new(FusedStem::new(layer)?), &[x])?,
            Kind::Block => x = node(&mut model, name, Box::new(FusedBlock::new(layer)?), &[x])?,
            Kind::ScoreHead | Kind::BoxHead => {}
        }
        outputs.push(x);
    }
    let mut heads = |kind: Kind| {
        let own: TVec<&Layer> = layers.iter().filter(|layer| layer.kind == kind).collect();
        let read = own.iter().map(|head| {
            let from = source(head, layers).and_then(|index| outputs.get(index)).copied();
            from.context("a head without a layer to read")
        });
        let read = read.collect::<TractResult<TVec<_>>>()?;
        node(&mut model, format!("{kind:?}s"), Box::new(FusedHeads::new(&own)?), &read)
    };
    let ends: TractResult<Vec<OutletId>> =
        [Kind::BoxHead, Kind::ScoreHead].into_iter().map(&mut heads).collect();
    model.select_output_outlets(&ends?)?;
    Ok(model)
}

/// One function for all operators: tract's own is compiled again for each type.
fn node(
    model: &mut TypedModel,
    name: String,
    op: Box<dyn TypedOp>,
    inputs: &[OutletId],
) -> TractResult<OutletId> {
    Ok(model.wire_node(name, op, inputs)?[0])
}
