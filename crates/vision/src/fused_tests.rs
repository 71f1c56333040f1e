//! Each fused operator against tract's own operators of the same layer, on random tensors.

use crate::fused::{FusedBlock, FusedHeads, FusedStem};
use crate::kernels::pad;
use crate::stock::Wire;
use crate::weights::{Kind, Layer};
use proptest::prelude::*;
use tract_core::internal::*;

/// Largest difference allowed, relative to values above one.
const TOLERANCE: f32 = 1e-3;

/// Numbers in -1..1.
fn noise(seed: u64, length: usize) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn layer(kind: Kind, stride: usize, shape: [usize; 3], seed: u64) -> Layer {
    let [side, inputs, outputs] = shape;
    let pointwise = outputs * inputs + outputs;
    let count = match kind {
        Kind::Stem => outputs * 25 * inputs + outputs,
        Kind::Block => 10 * inputs + pointwise,
        Kind::ScoreHead | Kind::BoxHead => pointwise,
    };
    Layer { kind, stride, side, inputs, outputs, weights: noise(seed, count) }
}

fn run(model: TypedModel, inputs: &[(&[usize], &[f32])]) -> TractResult<Vec<f32>> {
    let inputs = inputs
        .iter()
        .map(|(shape, values)| Ok(Tensor::from_shape(shape, values)?.into_tvalue()))
        .collect::<TractResult<TVec<_>>>()?;
    let outputs = TypedSimplePlan::new(model)?.spawn()?.run(inputs)?;
    Ok(outputs[0].try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
}

/// The layer by tract's own operators.
fn stock(layer: &Layer, input: &[f32]) -> TractResult<Vec<f32>> {
    let shape = [1, layer.side, layer.side, layer.inputs];
    let mut model = TypedModel::default();
    let x = model.add_source("input", f32::fact(shape))?;
    let mut wire = Wire { model: &mut model, layer, index: 0 };
    let y = match layer.kind {
        Kind::Stem => wire.stem(x)?,
        Kind::Block => wire.block(x)?,
        Kind::ScoreHead | Kind::BoxHead => wire.head(x)?,
    };
    model.select_output_outlets(&[y])?;
    run(model.into_optimized()?, &[(&shape, input)])
}

fn fused(
    op: impl Into<Box<dyn TypedOp>>,
    shape: [usize; 4],
    input: &[f32],
) -> TractResult<Vec<f32>> {
    let mut model = TypedModel::default();
    let x = model.add_source("input", f32::fact(shape))?;
    let y = model.wire_node("op", op, &[x])?;
    model.select_output_outlets(&y)?;
    run(model, &[(&shape, input)])
}

/// Pixels of `channels` with zeros appended to each.
fn padded(values: &[f32], channels: usize) -> Vec<f32> {
    let pixels = values.chunks_exact(channels);
    pixels
        .flat_map(|pixel| (0..pad(channels)).map(|c| pixel.get(c).copied().unwrap_or(0.0)))
        .collect()
}

fn assert_close(found: &[f32], expected: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (index, (a, b)) in found.iter().zip(expected).enumerate() {
        prop_assert!((a - b).abs() <= TOLERANCE * b.abs().max(1.0), "value {}: {} {}", index, a, b);
    }
    // Not all rectified away: the comparison means something.
    prop_assert!(expected.iter().any(|value| *value != 0.0));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_block_computes_what_its_operators_compute(
        stride in 1usize..=2,
        tiles in 1usize..=4,
        inputs in 1usize..=40,
        more in 0usize..=20,
        seed: u64,
    ) {
        let side = 4 * tiles * stride;
        let layer = layer(Kind::Block, stride, [side, inputs, inputs + more], seed);
        let input = noise(!seed, side * side * inputs);
        let expected = stock(&layer, &input).expect("tract's own operators run");
        let op = FusedBlock::new(&layer).expect("the layer fits");
        let found = fused(op, [1, side, side, pad(inputs)], &padded(&input, inputs));
        assert_close(&found.expect("it runs"), &padded(&expected, layer.outputs))?;
    }

    #[test]
    fn a_head_computes_what_its_operators_compute(
        tiles in 1usize..=3,
        inputs in 1usize..=24,
        outputs in 1usize..=24,
        seed: u64,
    ) {
        let (side, inputs) = (4 * tiles, pad(inputs));
        let layer = layer(Kind::ScoreHead, 1, [side, inputs, outputs], seed);
        let input = noise(!seed, side * side * inputs);
        let expected = stock(&layer, &input).expect("tract's own operators run");
        let op = FusedHeads::new(&[&layer]).expect("the layer fits");
        let found = fused(op, [1, side, side, inputs], &input);
        assert_close(&found.expect("it runs"), &expected)?;
    }

    #[test]
    fn the_stem_computes_what_its_operators_compute(outputs in 1usize..=28, seed: u64) {
        let layer = layer(Kind::Stem, 2, [128, 3, outputs], seed);
        let input = noise(!seed, 128 * 128 * 3);
        let expected = stock(&layer, &input).expect("tract's own operators run");
        let op = FusedStem::new(&layer).expect("the layer fits");
        let found = fused(op, [1, 128, 128, 3], &input);
        assert_close(&found.expect("it runs"), &padded(&expected, outputs))?;
    }
}

#[test]
fn layers_that_no_tile_fits_are_refused() {
    assert!(FusedBlock::new(&layer(Kind::Block, 1, [6, 4, 4], 1)).is_err());
    assert!(FusedBlock::new(&layer(Kind::Block, 2, [12, 4, 4], 1)).is_err());
    assert!(FusedStem::new(&layer(Kind::Stem, 2, [20, 3, 4], 1)).is_err());
    assert!(FusedHeads::new(&[&layer(Kind::ScoreHead, 1, [3, 4, 4], 1)]).is_err());
    assert!(FusedHeads::new(&[]).is_err());
}

#[test]
fn inputs_of_another_shape_are_refused() {
    let op = FusedBlock::new(&layer(Kind::Block, 1, [8, 4, 4], 1)).expect("the layer fits");
    assert!(fused(op, [1, 8, 8, 8], &[0.0; 512]).is_err());
    let op = FusedHeads::new(&[&layer(Kind::ScoreHead, 1, [4, 4, 4], 1)]).expect("it fits");
    assert!(fused(op, [1, 4, 4, 8], &[0.0; 128]).is_err());
}
