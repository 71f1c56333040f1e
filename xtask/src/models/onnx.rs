//! Writes the graph as ONNX, opset 13, operator by operator.
//!
//! Activations become NCHW (one transposition after the input, one before each reshape), so that
//! shapes and channel order seen from outside are the source's: `input` `[1][128][128][3]`,
//! `regressors` `[1][896][16]`, `classificators` `[1][896][1]`. Weights stay f16 in the file, each
//! behind a `Cast` to f32 that a runtime folds when it loads the model.

use super::onnx_proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, attribute_type,
    data_type,
};
use super::tflite::{Graph, Node, Op, TensorId, TfliteError};
use half::f16;
use prost::Message;

const OPSET: i64 = 13;
/// The IR version that came with opset 13.
const IR_VERSION: i64 = 7;

/// Encodes the graph; `origin` goes into the file's documentation string.
pub fn write(graph: &Graph, origin: &str) -> Result<Vec<u8>, TfliteError> {
    let mut writer = Writer {
        graph,
        out: GraphProto { name: "blazeface_short_range".into(), ..Default::default() },
    };
    for input in &graph.inputs {
        writer
            .out
            .input
            .push(value_info(&graph.tensor(*input)?.name, &graph.tensor(*input)?.shape));
        writer.transpose(&graph.tensor(*input)?.name, &writer.name(*input)?, &[0, 3, 1, 2]);
    }
    for node in &graph.nodes {
        writer.node(node)?;
    }
    for output in &graph.outputs {
        writer.out.output.push(value_info(&writer.name(*output)?, &graph.tensor(*output)?.shape));
    }
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "liveness-capture xtask".into(),
        doc_string: origin.to_owned(),
        graph: Some(writer.out),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
    };
    Ok(model.encode_to_vec())
}

struct Writer<'g> {
    graph: &'g Graph,
    out: GraphProto,
}

impl Writer<'_> {
    /// Outputs keep their names; names inside the source file are not unique, indices are.
    fn name(&self, id: TensorId) -> Result<String, TfliteError> {
        let name = &self.graph.tensor(id)?.name;
        Ok(if self.graph.outputs.contains(&id) { name.clone() } else { format!("{name}:{id}") })
    }

    fn node(&mut self, node: &Node) -> Result<(), TfliteError> {
        let output = self.name(node.output)?;
        match node.op {
            Op::Conv { stride } => self.conv(node, stride, false),
            Op::DepthwiseConv { stride } => self.conv(node, stride, true),
            Op::MaxPool2x2 => {
                let attributes = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
                let input = self.name(node.inputs[0])?;
                self.push("MaxPool", &[&input], &output, attributes);
                Ok(())
            }
            Op::Add => {
                let (a, b) = (self.name(node.inputs[0])?, self.name(node.inputs[1])?);
                self.push("Add", &[&a, &b], &output, vec![]);
                Ok(())
            }
            Op::Relu => {
                let input = self.name(node.inputs[0])?;
                self.push("Relu", &[&input], &output, vec![]);
                Ok(())
            }
            Op::Pad => self.pad(node, &output),
            Op::Reshape => {
                let input = self.name(node.inputs[0])?;
                let (nhwc, shape) = (format!("{output}/nhwc"), format!("{output}/shape"));
                self.transpose(&input, &nhwc, &[0, 2, 3, 1]);
                let sides: Vec<i64> =
                    self.graph.tensor(node.output)?.shape.iter().map(|side| *side as i64).collect();
                self.integers(&shape, &sides);
                self.push("Reshape", &[&nhwc, &shape], &output, vec![]);
                Ok(())
            }
            Op::Concat { axis } => {
                // Only reshaped tensors are concatenated; an NHWC one would need its axis mapped.
                if self.graph.tensor(node.output)?.shape.len() != 3 {
                    return Err(TfliteError::Unsupported("CONCATENATION of images".into()));
                }
                let inputs: Vec<String> =
                    node.inputs.iter().map(|id| self.name(*id)).collect::<Result<_, _>>()?;
                let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
                self.push("Concat", &inputs, &output, vec![int("axis", axis as i64)]);
                Ok(())
            }
        }
    }

    fn conv(&mut self, node: &Node, stride: usize, depthwise: bool) -> Result<(), TfliteError> {
        let (input, output) = (self.name(node.inputs[0])?, self.name(node.output)?);
        let (side, _) = self.graph.square(node.inputs[0])?;
        let kernel_shape = &self.graph.tensor(node.inputs[1])?.shape;
        let &[first, height, width, last] = &kernel_shape[..] else {
            return Err(TfliteError::Unsupported(format!("kernel of shape {kernel_shape:?}")));
        };
        if height != width || (depthwise && first != 1) {
            return Err(TfliteError::Unsupported(format!("kernel of shape {kernel_shape:?}")));
        }
        // Source: [out][ky][kx][in], or [1][ky][kx][channel]. Target: [out][in][ky][kx], [channel][1][ky][kx].
        let source = self.graph.weights(node.inputs[1])?;
        let taps = height * width;
        let (outer, inner) = if depthwise { (last, 1) } else { (first, last) };
        let mut kernel = Vec::with_capacity(source.len());
        for o in 0..outer {
            for i in 0..inner {
                kernel.extend((0..taps).map(|tap| {
                    if depthwise {
                        source[tap * last + o]
                    } else {
                        source[(o * taps + tap) * last + i]
                    }
                }));
            }
        }
        let kernel =
            self.half(&format!("{output}/kernel"), &[outer, inner, height, width], &kernel);
        let bias_values = self.graph.weights(node.inputs[2])?.to_vec();
        let bias = self.half(&format!("{output}/bias"), &[bias_values.len()], &bias_values);
        // TensorFlow's SAME: the output covers ceil(side / stride); an odd pixel of padding goes last.
        let total =
            (side.div_ceil(stride).saturating_sub(1) * stride + height).saturating_sub(side) as i64;
        let (before, after) = (total / 2, total - total / 2);
        let attributes = vec![
            int("group", if depthwise { last as i64 } else { 1 }),
            ints("kernel_shape", &[height as i64, width as i64]),
            ints("pads", &[before, before, after, after]),
            ints("strides", &[stride as i64, stride as i64]),
        ];
        self.push("Conv", &[&input, &kernel, &bias], &output, attributes);
        Ok(())
    }

    fn pad(&mut self, node: &Node, output: &str) -> Result<(), TfliteError> {
        let input = self.name(node.inputs[0])?;
        let &[n0, n1, h0, h1, w0, w1, c0, c1] = self.graph.integers(node.inputs[1])? else {
            return Err(TfliteError::Unsupported("PAD of other than four axes".into()));
        };
        let pads = format!("{output}/pads");
        self.integers(&pads, &[n0, c0, h0, w0, n1, c1, h1, w1].map(i64::from));
        self.push("Pad", &[&input, &pads], output, vec![]);
        Ok(())
    }

    /// Adds an f16 constant and its cast; returns the name of the f32 value.
    fn half(&mut self, name: &str, dims: &[usize], values: &[f16]) -> String {
        let stored = format!("{name}/f16");
        self.out.initializer.push(TensorProto {
            dims: dims.iter().map(|side| *side as i64).collect(),
            data_type: data_type::FLOAT16,
            name: stored.clone(),
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        });
        self.push("Cast", &[&stored], name, vec![int("to", data_type::FLOAT.into())]);
        name.to_owned()
    }

    fn integers(&mut self, name: &str, values: &[i64]) {
        self.out.initializer.push(TensorProto {
            dims: vec![values.len() as i64],
            data_type: data_type::INT64,
            name: name.to_owned(),
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        });
    }

    fn transpose(&mut self, input: &str, output: &str, permutation: &[i64]) {
        self.push("Transpose", &[input], output, vec![ints("perm", permutation)]);
    }

    fn push(
        &mut self,
        op_type: &str,
        inputs: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) {
        self.out.node.push(NodeProto {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("{op_type}:{output}"),
            op_type: op_type.to_owned(),
            attribute,
        });
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        i: value,
        kind: attribute_type::INT,
        ..Default::default()
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        ints: values.to_vec(),
        kind: attribute_type::INTS,
        ..Default::default()
    }
}

fn value_info(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dim = shape.iter().map(|side| DimensionProto { dim_value: *side as i64 }).collect();
    let tensor_type =
        TensorTypeProto { elem_type: data_type::FLOAT, shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto {
        name: name.to_owned(),
        value_type: Some(TypeProto { tensor_type: Some(tensor_type) }),
    }
}
