//! Reads a TensorFlow Lite file into a plain list of typed operators.
//!
//! Only what BlazeFace uses is understood; anything else is an error, so that a changed model cannot be
//! converted into something subtly different. `DEQUANTIZE` of a constant is folded away:
//! the file keeps its weights as f16, and every operator here sees f16 constants.

use super::schema;
use half::f16;
use thiserror::Error;

/// Why a file could not be read.
#[derive(Debug, Error)]
pub enum TfliteError {
    /// The bytes are not a valid flatbuffer of this schema.
    #[error("not a valid TensorFlow Lite file: {0}")]
    Malformed(String),
    /// A field the schema calls optional is missing here.
    #[error("the model lacks {0}")]
    Missing(&'static str),
    /// An index points outside its list.
    #[error("{what} {index} does not exist")]
    OutOfRange {
        /// What was looked up.
        what: &'static str,
        /// The index found in the file.
        index: i64,
    },
    /// The operator, option or type is not one this converter handles.
    #[error("unsupported: {0}")]
    Unsupported(String),
}

/// Index of a tensor in [`Graph::tensors`].
pub type TensorId = usize;

/// A value flowing through the network, or a constant.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// Its name in the file.
    pub name: String,
    /// Its shape; activations are NHWC.
    pub shape: Vec<usize>,
    /// The constant's values, if it is one.
    pub data: Option<Data>,
}

/// A constant's values, row-major.
#[derive(Debug, Clone)]
pub enum Data {
    /// Weights and biases.
    F16(Vec<f16>),
    /// Paddings and shapes.
    I32(Vec<i32>),
}

/// What an operator computes. Padding of convolutions is TensorFlow's SAME.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Inputs: x, kernel `[out][ky][kx][in]`, bias `[out]`.
    Conv {
        /// Vertical and horizontal stride.
        stride: usize,
    },
    /// Inputs: x, kernel `[1][ky][kx][channel]`, bias `[channel]`; multiplier 1.
    DepthwiseConv {
        /// Vertical and horizontal stride.
        stride: usize,
    },
    /// 2x2 window, stride 2, on even sides (so that the padding mode does not matter).
    MaxPool2x2,
    /// Elementwise sum of two inputs.
    Add,
    /// Inputs: x, paddings `[axis][before, after]`; pads with zero.
    Pad,
    /// max(x, 0).
    Relu,
    /// To the output tensor's shape.
    Reshape,
    /// Along this axis.
    Concat {
        /// Axis, not negative.
        axis: usize,
    },
}

/// One operator with its tensors.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// Inputs, constants already dequantised.
    pub inputs: Vec<TensorId>,
    /// The one output.
    pub output: TensorId,
}

/// The network in execution order.
#[derive(Debug, Clone)]
pub struct Graph {
    /// All tensors.
    pub tensors: Vec<Tensor>,
    /// All operators, in an order in which they can run.
    pub nodes: Vec<Node>,
    /// The network's inputs.
    pub inputs: Vec<TensorId>,
    /// The network's outputs.
    pub outputs: Vec<TensorId>,
}

impl Graph {
    /// The f16 constant behind a tensor.
    pub fn weights(&self, id: TensorId) -> Result<&[f16], TfliteError> {
        match self.tensor(id)?.data.as_ref() {
            Some(Data::F16(values)) => Ok(values),
            _ => Err(TfliteError::Unsupported(format!("tensor {id} is not an f16 constant"))),
        }
    }

    /// The i32 constant behind a tensor.
    pub fn integers(&self, id: TensorId) -> Result<&[i32], TfliteError> {
        match self.tensor(id)?.data.as_ref() {
            Some(Data::I32(values)) => Ok(values),
            _ => Err(TfliteError::Unsupported(format!("tensor {id} is not an i32 constant"))),
        }
    }

    /// A tensor by its index.
    pub fn tensor(&self, id: TensorId) -> Result<&Tensor, TfliteError> {
        self.tensors.get(id).ok_or(TfliteError::OutOfRange { what: "tensor", index: id as i64 })
    }

    /// The shape of an NHWC activation of batch 1 with a square image: side and channels.
    pub fn square(&self, id: TensorId) -> Result<(usize, usize), TfliteError> {
        match self.tensor(id)?.shape[..] {
            [1, height, width, channels] if height == width => Ok((height, channels)),
            ref other => Err(TfliteError::Unsupported(format!("activation of shape {other:?}"))),
        }
    }
}

/// Reads the file's only subgraph.
pub fn read(bytes: &[u8]) -> Result<Graph, TfliteError> {
    if bytes.get(4..8) != Some(b"TFL3") {
        return Err(TfliteError::Malformed("no TFL3 identifier".into()));
    }
    let model = flatbuffers::root::<schema::Model<'_>>(bytes)
        .map_err(|error| TfliteError::Malformed(error.to_string()))?;
    if model.version() != Some(3) {
        return Err(TfliteError::Unsupported(format!("schema version {:?}", model.version())));
    }
    let subgraphs = model.subgraphs().ok_or(TfliteError::Missing("subgraphs"))?;
    if subgraphs.len() != 1 {
        return Err(TfliteError::Unsupported(format!("{} subgraphs", subgraphs.len())));
    }
    let subgraph = subgraphs.get(0);
    let mut graph = Graph {
        tensors: tensors(&model, &subgraph)?,
        nodes: Vec::new(),
        inputs: indices(subgraph.inputs(), "subgraph inputs")?,
        outputs: indices(subgraph.outputs(), "subgraph outputs")?,
    };
    for operator in subgraph.operators().ok_or(TfliteError::Missing("operators"))? {
        add_operator(&mut graph, &model, &operator)?;
    }
    Ok(graph)
}

fn indices(
    list: Option<flatbuffers::Vector<'_, i32>>,
    what: &'static str,
) -> Result<Vec<TensorId>, TfliteError> {
    list.ok_or(TfliteError::Missing(what))?
        .iter()
        .map(|index| {
            usize::try_from(index)
                .map_err(|_| TfliteError::OutOfRange { what, index: index.into() })
        })
        .collect()
}

fn tensors(
    model: &schema::Model<'_>,
    subgraph: &schema::SubGraph<'_>,
) -> Result<Vec<Tensor>, TfliteError> {
    let buffers = model.buffers().ok_or(TfliteError::Missing("buffers"))?;
    let list = subgraph.tensors().ok_or(TfliteError::Missing("tensors"))?;
    list.iter()
        .map(|tensor| {
            let name = tensor.name().unwrap_or_default().to_owned();
            let shape = indices(tensor.shape(), "dimension")?;
            let index = tensor.buffer().unwrap_or(0) as usize;
            if index >= buffers.len() {
                return Err(TfliteError::OutOfRange { what: "buffer", index: index as i64 });
            }
            let bytes = buffers.get(index).data().map(|data| data.bytes()).unwrap_or_default();
            let data = if bytes.is_empty() {
                None
            } else {
                Some(constant(&name, &shape, &tensor, bytes)?)
            };
            Ok(Tensor { name, shape, data })
        })
        .collect()
}

fn constant(
    name: &str,
    shape: &[usize],
    tensor: &schema::Tensor<'_>,
    bytes: &[u8],
) -> Result<Data, TfliteError> {
    /// `TensorType` in the schema.
    const FLOAT16: i8 = 1;
    const INT32: i8 = 2;
    let data = match tensor.element_type().unwrap_or(0) {
        FLOAT16 => {
            Data::F16(bytes.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b)).collect())
        }
        INT32 => {
            Data::I32(bytes.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b)).collect())
        }
        other => {
            return Err(TfliteError::Unsupported(format!(
                "constant {name} of element type {other}"
            )));
        }
    };
    let width = if matches!(data, Data::F16(_)) { 2 } else { 4 };
    let expected = shape.iter().try_fold(width, |product: usize, side| product.checked_mul(*side));
    if expected != Some(bytes.len()) {
        return Err(TfliteError::Malformed(format!(
            "constant {name}: {} bytes for shape {shape:?}",
            bytes.len()
        )));
    }
    Ok(data)
}

/// `BuiltinOperator` in the schema.
mod code {
    pub const ADD: i32 = 0;
    pub const CONCATENATION: i32 = 2;
    pub const CONV_2D: i32 = 3;
    pub const DEPTHWISE_CONV_2D: i32 = 4;
    pub const DEQUANTIZE: i32 = 6;
    pub const MAX_POOL_2D: i32 = 17;
    pub const RELU: i32 = 19;
    pub const RESHAPE: i32 = 22;
    pub const PAD: i32 = 34;
}

fn add_operator(
    graph: &mut Graph,
    model: &schema::Model<'_>,
    operator: &schema::Operator<'_>,
) -> Result<(), TfliteError> {
    let codes = model.operator_codes().ok_or(TfliteError::Missing("operator codes"))?;
    let index = operator.opcode_index().unwrap_or(0) as usize;
    if index >= codes.len() {
        return Err(TfliteError::OutOfRange { what: "operator code", index: index as i64 });
    }
    let code = codes.get(index);
    // Codes below 127 used to live in the older field; the larger of the two is the valid one.
    let code =
        code.builtin_code().unwrap_or(0).max(code.deprecated_builtin_code().unwrap_or(0).into());
    let mut inputs = indices(operator.inputs(), "operator input")?;
    let outputs = indices(operator.outputs(), "operator output")?;
    let &[output] = &outputs[..] else {
        return Err(TfliteError::Unsupported(format!(
            "an operator with {} outputs",
            outputs.len()
        )));
    };
    for id in inputs.iter().chain([&output]) {
        graph.tensor(*id)?;
    }
    if code == code::DEQUANTIZE {
        let source = *inputs.first().ok_or(TfliteError::Missing("the input of DEQUANTIZE"))?;
        if graph.tensor(source)?.shape != graph.tensor(output)?.shape {
            return Err(TfliteError::Malformed(format!(
                "DEQUANTIZE of tensor {source} changes its shape"
            )));
        }
        let data = Data::F16(graph.weights(source)?.to_vec());
        graph.tensors[output].data = Some(data);
        return Ok(());
    }
    let op = op(graph, code, operator, &inputs, output)?;
    let arity = match op {
        Op::Conv { .. } | Op::DepthwiseConv { .. } => 3,
        Op::Add | Op::Pad => 2,
        Op::MaxPool2x2 | Op::Relu => 1,
        Op::Reshape => {
            // The target shape is the output's own.
            inputs.truncate(1);
            1
        }
        Op::Concat { .. } => inputs.len(),
    };
    if inputs.len() != arity {
        return Err(TfliteError::Unsupported(format!("{op:?} with {} inputs", inputs.len())));
    }
    graph.nodes.push(Node { op, inputs, output });
    Ok(())
}

fn op(
    graph: &Graph,
    code: i32,
    operator: &schema::Operator<'_>,
    inputs: &[TensorId],
    output: TensorId,
) -> Result<Op, TfliteError> {
    let refuse = |what: &str| Err(TfliteError::Unsupported(what.to_owned()));
    // Scalars equal to their default are not stored: strides and factors default to 1 in files
    // written by the converter, everything else to 0.
    match code {
        code::CONV_2D => {
            let (common, tail) = operator.conv_2d().ok_or(TfliteError::Missing("Conv2DOptions"))?;
            let dilated =
                tail.dilation_w().unwrap_or(1) != 1 || tail.dilation_h().unwrap_or(1) != 1;
            if dilated || tail.activation().unwrap_or(0) != 0 {
                return refuse("CONV_2D with dilation or a fused activation");
            }
            Ok(Op::Conv { stride: stride(graph, &common, inputs)? })
        }
        code::DEPTHWISE_CONV_2D => {
            let (common, tail) =
                operator.depthwise().ok_or(TfliteError::Missing("DepthwiseConv2DOptions"))?;
            let dilated =
                tail.dilation_w().unwrap_or(1) != 1 || tail.dilation_h().unwrap_or(1) != 1;
            if dilated || tail.activation().unwrap_or(0) != 0 {
                return refuse("DEPTHWISE_CONV_2D with dilation or a fused activation");
            }
            if tail.multiplier() != Some(1) {
                return refuse("DEPTHWISE_CONV_2D with a multiplier");
            }
            Ok(Op::DepthwiseConv { stride: stride(graph, &common, inputs)? })
        }
        code::MAX_POOL_2D => {
            let options = operator.pool().ok_or(TfliteError::Missing("Pool2DOptions"))?;
            let sizes =
                [options.filter_w(), options.filter_h(), options.stride_w(), options.stride_h()];
            let input = *inputs.first().ok_or(TfliteError::Missing("the input of MAX_POOL_2D"))?;
            let even = graph.square(input)?.0.is_multiple_of(2);
            if sizes != [Some(2); 4] || !even || options.activation().unwrap_or(0) != 0 {
                return refuse("MAX_POOL_2D other than 2x2, stride 2, on even sides");
            }
            Ok(Op::MaxPool2x2)
        }
        code::ADD => match operator.add().and_then(|options| options.activation()).unwrap_or(0) {
            0 => Ok(Op::Add),
            _ => refuse("ADD with a fused activation"),
        },
        code::CONCATENATION => {
            let options = operator.concat().ok_or(TfliteError::Missing("ConcatenationOptions"))?;
            if options.activation().unwrap_or(0) != 0 {
                return refuse("CONCATENATION with a fused activation");
            }
            let axis = options.axis().unwrap_or(0);
            let rank = graph.tensor(output)?.shape.len();
            let positive = if axis < 0 { axis + rank as i32 } else { axis };
            usize::try_from(positive)
                .ok()
                .filter(|axis| *axis < rank)
                .map(|axis| Op::Concat { axis })
                .ok_or(TfliteError::OutOfRange { what: "axis", index: axis.into() })
        }
        code::RELU => Ok(Op::Relu),
        code::RESHAPE => Ok(Op::Reshape),
        code::PAD => Ok(Op::Pad),
        other => refuse(&format!("builtin operator {other}")),
    }
}

/// The stride of a convolution whose padding is SAME, or VALID where that is the same.
fn stride(
    graph: &Graph,
    options: &schema::ConvOptions<'_>,
    inputs: &[TensorId],
) -> Result<usize, TfliteError> {
    /// `Padding` in the schema.
    const SAME: i8 = 0;
    let kernel = *inputs.get(1).ok_or(TfliteError::Missing("a convolution's kernel"))?;
    let pointwise = matches!(graph.tensor(kernel)?.shape[..], [_, 1, 1, _]);
    match (options.stride_w(), options.stride_h()) {
        (Some(a), Some(b)) if a == b && a > 0 => {
            if options.padding().unwrap_or(SAME) != SAME && !(pointwise && a == 1) {
                return Err(TfliteError::Unsupported("a convolution with VALID padding".into()));
            }
            Ok(a as usize)
        }
        other => Err(TfliteError::Unsupported(format!("strides {other:?}"))),
    }
}
