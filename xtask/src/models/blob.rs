//! Writes the weights alone, grouped as the detector's fused layers want them.
//!
//! The format is described in `models/README.md`; `face_vision` reads it. The graph is matched
//! against the shape of BlazeFace and every operator must be accounted for, so a blob can only
//! come from a network that the reader wires up identically.

use super::tflite::{Graph, Node, Op, TensorId, TfliteError};
use half::f16;
use thiserror::Error;

/// First bytes of a blob.
pub const MAGIC: [u8; 4] = *b"BZFW";
/// Version of the layout.
pub const VERSION: u16 = 1;

/// Why a graph could not be written as BlazeFace weights.
#[derive(Debug, Error)]
pub enum BlobError {
    /// The graph itself is not readable in the expected way.
    #[error(transparent)]
    Graph(#[from] TfliteError),
    /// The operators do not form a BlazeFace.
    #[error("not a BlazeFace graph: {0}")]
    Pattern(String),
}

/// What a layer is; the number is the one in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 5x5 convolution, stride 2, ReLU.
    Stem = 0,
    /// Depthwise 3x3, pointwise, shortcut (2x2 max pooling when the stride is 2, zero channels
    /// appended), sum, ReLU.
    Block = 1,
    /// 1x1 convolution to scores.
    ScoreHead = 2,
    /// 1x1 convolution to boxes.
    BoxHead = 3,
}

/// One layer with its weights.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What it is.
    pub kind: Kind,
    /// 1 or 2.
    pub stride: u8,
    /// Height and width of its input.
    pub side: u16,
    /// Channels in.
    pub inputs: u16,
    /// Channels out.
    pub outputs: u16,
    /// Weights in the order `models/README.md` gives for the kind.
    pub weights: Vec<f16>,
}

/// Encodes the graph.
pub fn write(graph: &Graph) -> Result<Vec<u8>, BlobError> {
    encode(&layers(graph)?)
}

/// Encodes header, layer table, weights and checksum.
pub fn encode(layers: &[Layer]) -> Result<Vec<u8>, BlobError> {
    let count =
        u16::try_from(layers.len()).map_err(|_| BlobError::Pattern("too many layers".into()))?;
    let mut out = Vec::new();
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.extend(count.to_le_bytes());
    let mut offset = 0u32;
    for layer in layers {
        let length = layer.weights.len() as u32;
        out.extend([layer.kind as u8, layer.stride]);
        for number in [layer.side, layer.inputs, layer.outputs] {
            out.extend(number.to_le_bytes());
        }
        out.extend(offset.to_le_bytes());
        out.extend(length.to_le_bytes());
        offset += length;
    }
    out.extend(
        layers.iter().flat_map(|layer| &layer.weights).flat_map(|weight| weight.to_le_bytes()),
    );
    let checksum = crc32fast::hash(&out);
    out.extend(checksum.to_le_bytes());
    Ok(out)
}

/// Matches the graph against BlazeFace: stem, a chain of blocks, two heads per output.
pub fn layers(graph: &Graph) -> Result<Vec<Layer>, BlobError> {
    let mut walk = Walk { graph, seen: 0 };
    let &[input] = &graph.inputs[..] else {
        return Err(BlobError::Pattern(format!("{} inputs", graph.inputs.len())));
    };
    let stem = walk.consumer(input, |op| matches!(op, Op::Conv { .. }))?;
    let mut layers = vec![walk.convolution(stem, Kind::Stem, 5)?];
    let mut x = walk.consumer(stem.output, |op| *op == Op::Relu)?.output;
    while let Some(depthwise) = walk.find(x, |op| matches!(op, Op::DepthwiseConv { .. })) {
        walk.seen += 1;
        let (layer, output) = walk.block(x, depthwise)?;
        layers.push(layer);
        x = output;
    }
    let mut heads = Vec::new();
    for output in &graph.outputs {
        heads.extend(walk.heads(*output)?);
    }
    heads.sort_by_key(|layer| layer.kind as u8);
    layers.extend(heads);
    if walk.seen != graph.nodes.len() {
        return Err(BlobError::Pattern(format!(
            "{} of {} operators belong to it",
            walk.seen,
            graph.nodes.len()
        )));
    }
    Ok(layers)
}

struct Walk<'g> {
    graph: &'g Graph,
    /// Operators accounted for so far.
    seen: usize,
}

impl<'g> Walk<'g> {
    fn find(&self, input: TensorId, wanted: impl Fn(&Op) -> bool) -> Option<&'g Node> {
        self.graph.nodes.iter().find(|node| node.inputs.contains(&input) && wanted(&node.op))
    }

    fn consumer(
        &mut self,
        input: TensorId,
        wanted: impl Fn(&Op) -> bool,
    ) -> Result<&'g Node, BlobError> {
        self.seen += 1;
        self.find(input, wanted).ok_or_else(|| {
            BlobError::Pattern(format!("no operator of the expected kind reads tensor {input}"))
        })
    }

    fn producer(
        &mut self,
        output: TensorId,
        wanted: impl Fn(&Op) -> bool,
    ) -> Result<&'g Node, BlobError> {
        self.seen += 1;
        self.graph.nodes.iter().find(|node| node.output == output && wanted(&node.op)).ok_or_else(
            || {
                BlobError::Pattern(format!(
                    "no operator of the expected kind makes tensor {output}"
                ))
            },
        )
    }

    /// Kernel `[out][ky][kx][in]`, then bias `[out]`: the source's own order.
    fn convolution(&self, node: &Node, kind: Kind, kernel_side: usize) -> Result<Layer, BlobError> {
        let Op::Conv { stride } = node.op else {
            return Err(BlobError::Pattern(format!("{:?} where a convolution belongs", node.op)));
        };
        let (side, inputs) = self.graph.square(node.inputs[0])?;
        let (_, outputs) = self.graph.square(node.output)?;
        let shape = &self.graph.tensor(node.inputs[1])?.shape;
        if shape[..] != [outputs, kernel_side, kernel_side, inputs] {
            return Err(BlobError::Pattern(format!("kernel of shape {shape:?}")));
        }
        if stride != if kind == Kind::Stem { 2 } else { 1 } {
            return Err(BlobError::Pattern(format!("{kind:?} with stride {stride}")));
        }
        let mut weights = self.graph.weights(node.inputs[1])?.to_vec();
        weights.extend(self.graph.weights(node.inputs[2])?);
        layer(kind, stride, side, inputs, outputs, weights)
    }

    /// Depthwise `[ky][kx][channel]` and bias, then pointwise `[out][in]` and bias.
    fn block(&mut self, x: TensorId, depthwise: &Node) -> Result<(Layer, TensorId), BlobError> {
        let Op::DepthwiseConv { stride } = depthwise.op else {
            return Err(BlobError::Pattern("a block without a depthwise convolution".into()));
        };
        let (side, inputs) = self.graph.square(x)?;
        let shape = &self.graph.tensor(depthwise.inputs[1])?.shape;
        if shape[..] != [1, 3, 3, inputs] {
            return Err(BlobError::Pattern(format!("depthwise kernel of shape {shape:?}")));
        }
        let pointwise = self.consumer(depthwise.output, |op| matches!(op, Op::Conv { .. }))?;
        let pointwise_layer = self.convolution(pointwise, Kind::Block, 1)?;
        let outputs = usize::from(pointwise_layer.outputs);

        let mut shortcut = x;
        if stride == 2 {
            shortcut = self.consumer(shortcut, |op| *op == Op::MaxPool2x2)?.output;
        }
        if outputs != inputs {
            let pad = self.consumer(shortcut, |op| *op == Op::Pad)?;
            let appended = outputs.checked_sub(inputs).and_then(|n| i32::try_from(n).ok());
            if Some(self.graph.integers(pad.inputs[1])?)
                != appended.map(|n| [0, 0, 0, 0, 0, 0, 0, n]).as_ref().map(|p| &p[..])
            {
                return Err(BlobError::Pattern(
                    "a shortcut that does not append zero channels".into(),
                ));
            }
            shortcut = pad.output;
        }
        let sum = self.consumer(pointwise.output, |op| *op == Op::Add)?;
        if !sum.inputs.contains(&shortcut) {
            return Err(BlobError::Pattern("a sum that does not read the shortcut".into()));
        }
        let output = self.consumer(sum.output, |op| *op == Op::Relu)?.output;

        let mut weights = self.graph.weights(depthwise.inputs[1])?.to_vec();
        weights.extend(self.graph.weights(depthwise.inputs[2])?);
        weights.extend(pointwise_layer.weights);
        Ok((layer(Kind::Block, stride, side, inputs, outputs, weights)?, output))
    }

    /// The heads behind one output, in the order in which their rows are concatenated.
    fn heads(&mut self, output: TensorId) -> Result<Vec<Layer>, BlobError> {
        let kind = match self.graph.tensor(output)?.shape[..] {
            [1, _, 1] => Kind::ScoreHead,
            [1, _, 16] => Kind::BoxHead,
            ref other => return Err(BlobError::Pattern(format!("an output of shape {other:?}"))),
        };
        let concat = self.producer(output, |op| *op == Op::Concat { axis: 1 })?;
        concat
            .inputs
            .iter()
            .map(|part| {
                let reshape = self.producer(*part, |op| *op == Op::Reshape)?;
                let head = self.producer(reshape.inputs[0], |op| matches!(op, Op::Conv { .. }))?;
                self.convolution(head, kind, 1)
            })
            .collect()
    }
}

fn layer(
    kind: Kind,
    stride: usize,
    side: usize,
    inputs: usize,
    outputs: usize,
    weights: Vec<f16>,
) -> Result<Layer, BlobError> {
    let small = |number: usize| {
        u16::try_from(number).map_err(|_| BlobError::Pattern(format!("a size of {number}")))
    };
    let stride =
        u8::try_from(stride).map_err(|_| BlobError::Pattern(format!("stride {stride}")))?;
    Ok(Layer {
        kind,
        stride,
        side: small(side)?,
        inputs: small(inputs)?,
        outputs: small(outputs)?,
        weights,
    })
}
