//! The network from tract's own operators, in NHWC: the oracle of the fused ones.

use crate::network::INPUT_SHAPE;
use crate::weights::{Kind, Layer, source};
use tract_core::internal::*;
use tract_core::ops::array::{Pad, PadMode, TypedConcat};
use tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec};
use tract_core::ops::math;
use tract_core::ops::nn::DataFormat;

/// Wires the layers as `models/README.md` describes them. Outputs: boxes, scores.
pub(crate) fn wire(layers: &[Layer]) -> TractResult<TypedModel> {
    let mut model = TypedModel::default();
    let mut x = model.add_source("input", f32::fact(INPUT_SHAPE))?;
    // The output of each layer of the chain, and the heads' rows.
    let mut outputs = Vec::new();
    let (mut scores, mut boxes) = (tvec!(), tvec!());
    for (index, layer) in layers.iter().enumerate() {
        let mut wire = Wire { model: &mut model, layer, index };
        match layer.kind {
            Kind::Stem => x = wire.stem(x)?,
            Kind::Block => x = wire.block(x)?,
            Kind::ScoreHead | Kind::BoxHead => {
                let from = source(layer, layers).and_then(|index| outputs.get(index)).copied();
                let rows = wire.head(from.context("a head without a layer to read")?)?;
                if layer.kind == Kind::BoxHead { boxes.push(rows) } else { scores.push(rows) }
            }
        }
        outputs.push(x);
    }
    let boxes = model.wire_node("boxes", TypedConcat { axis: 1 }, &boxes)?[0];
    let scores = model.wire_node("scores", TypedConcat { axis: 1 }, &scores)?[0];
    model.select_output_outlets(&[boxes, scores])?;
    Ok(model)
}

/// Wires one layer.
pub(crate) struct Wire<'a> {
    pub(crate) model: &'a mut TypedModel,
    pub(crate) layer: &'a Layer,
    pub(crate) index: usize,
}

impl Wire<'_> {
    fn name(&self, part: &str) -> String {
        format!("{:?}{}.{part}", self.layer.kind, self.index)
    }

    pub(crate) fn stem(&mut self, x: OutletId) -> TractResult<OutletId> {
        let Layer { inputs, outputs, weights, .. } = self.layer;
        let (kernel, bias) = weights.split_at(weights.len() - outputs);
        // [out][ky][kx][in] to [out][in][ky][kx].
        let taps = kernel.len() / (inputs * outputs);
        let mut oihw = Vec::with_capacity(kernel.len());
        for filter in kernel.chunks_exact(taps * inputs) {
            for input in 0..*inputs {
                oihw.extend((0..taps).map(|tap| filter[tap * inputs + input]));
            }
        }
        let y = self.conv("conv", x, [*outputs, *inputs, 5, 5], &oihw, bias, 1)?;
        self.relu(y)
    }

    pub(crate) fn block(&mut self, x: OutletId) -> TractResult<OutletId> {
        let Layer { stride, inputs, outputs, weights, .. } = self.layer;
        let (depthwise, pointwise) = weights.split_at(10 * inputs);
        let (kernel, bias) = depthwise.split_at(9 * inputs);
        // [ky][kx][channel] to [channel][1][ky][kx].
        let kernel: Vec<f32> = (0..*inputs)
            .flat_map(|channel| (0..9).map(move |tap| kernel[tap * inputs + channel]))
            .collect();
        let y = self.conv("depthwise", x, [*inputs, 1, 3, 3], &kernel, bias, *inputs)?;
        let (kernel, bias) = pointwise.split_at(inputs * outputs);
        let y = self.pointwise(y, kernel, bias)?;
        let mut shortcut = x;
        if *stride == 2 {
            let pool_spec = PoolSpec {
                data_format: DataFormat::NHWC,
                kernel_shape: tvec![2, 2],
                padding: PaddingSpec::Valid,
                dilations: None,
                strides: Some(tvec![2, 2]),
                input_channels: *inputs,
                output_channels: *inputs,
            };
            let pool = MaxPool { pool_spec, with_index_outputs: None };
            shortcut = self.model.wire_node(self.name("pool"), pool, &[shortcut])?[0];
        }
        if outputs > inputs {
            let mode = PadMode::Constant(tensor0(0f32).into_arc_tensor());
            let pad = Pad { pads: vec![(0, 0), (0, 0), (0, 0), (0, outputs - inputs)], mode };
            shortcut = self.model.wire_node(self.name("pad"), pad, &[shortcut])?[0];
        }
        let sum = self.model.wire_node(self.name("add"), math::add(), &[shortcut, y])?[0];
        self.relu(sum)
    }

    /// One row per anchor.
    pub(crate) fn head(&mut self, x: OutletId) -> TractResult<OutletId> {
        let Layer { side, inputs, outputs, weights, .. } = self.layer;
        let (kernel, bias) = weights.split_at(inputs * outputs);
        let y = self.pointwise(x, kernel, bias)?;
        let row = self.layer.row();
        let from = [1, *side, *side, *outputs].map(|n| n.to_dim());
        let to = [1, side * side * outputs / row, row].map(|n| n.to_dim());
        let reshape = AxisOp::Reshape(0, from.into_iter().collect(), to.into_iter().collect());
        Ok(self.model.wire_node(self.name("rows"), reshape, &[y])?[0])
    }

    fn pointwise(&mut self, x: OutletId, kernel: &[f32], bias: &[f32]) -> TractResult<OutletId> {
        // [out][in] is [out][in][1][1] already.
        let inputs = kernel.len() / bias.len();
        let shape = [bias.len(), inputs, 1, 1];
        let strides = tvec![1, 1];
        self.conv_with("pointwise", x, shape, kernel, bias, 1, strides)
    }

    fn conv(
        &mut self,
        part: &str,
        x: OutletId,
        shape: [usize; 4],
        kernel: &[f32],
        bias: &[f32],
        group: usize,
    ) -> TractResult<OutletId> {
        let strides = tvec![self.layer.stride, self.layer.stride];
        self.conv_with(part, x, shape, kernel, bias, group, strides)
    }

    /// A convolution with a kernel in OIHW order: OHWI with groups fails in tract 0.23's code
    /// generation for depthwise kernels.
    #[allow(clippy::too_many_arguments, reason = "a convolution has that many")]
    fn conv_with(
        &mut self,
        part: &str,
        x: OutletId,
        shape: [usize; 4],
        kernel: &[f32],
        bias: &[f32],
        group: usize,
        strides: TVec<usize>,
    ) -> TractResult<OutletId> {
        let kernel = Tensor::from_shape(&shape, kernel)?;
        let kernel = self.model.add_const(self.name(&format!("{part}.kernel")), kernel)?;
        let bias = Tensor::from_shape(&[bias.len()], bias)?;
        let bias = self.model.add_const(self.name(&format!("{part}.bias")), bias)?;
        let pool_spec = PoolSpec {
            data_format: DataFormat::NHWC,
            kernel_shape: tvec![shape[2], shape[3]],
            padding: PaddingSpec::SameUpper,
            dilations: None,
            strides: Some(strides),
            input_channels: shape[1] * group,
            output_channels: shape[0],
        };
        let conv = Conv { pool_spec, kernel_fmt: KernelFormat::OIHW, group, q_params: None };
        Ok(self.model.wire_node(self.name(part), conv, &[x, kernel, bias])?[0])
    }

    fn relu(&mut self, x: OutletId) -> TractResult<OutletId> {
        let zero = Tensor::from_shape(&[1, 1, 1, 1], &[0f32])?;
        let zero = self.model.add_const(self.name("zero"), zero)?;
        Ok(self.model.wire_node(self.name("relu"), math::max(), &[x, zero])?[0])
    }
}
