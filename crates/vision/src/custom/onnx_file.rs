//! Reading an ONNX file, and what can be said about it before tract builds a graph from it.

use super::kind::{CustomError, DetectorKind};
use std::collections::{BTreeSet, HashSet};
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, ValueInfoProto, type_proto};
use tract_onnx::prelude::*;

/// Domains whose operators tract registers, all by their bare names.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];
const RGB: usize = 3;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: i32 = 1;

/// Order of the input's axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Nhwc,
    Nchw,
}

impl Layout {
    /// The input's shape.
    pub(super) const fn shape(self, side: usize) -> [usize; 4] {
        match self {
            Self::Nhwc => [1, side, side, RGB],
            Self::Nchw => [1, RGB, side, side],
        }
    }
}

/// A parsed file whose operators are known and whose input is an image.
pub(super) struct OnnxFile {
    framework: tract_onnx::Onnx,
    proto: ModelProto,
    pub(super) layout: Layout,
    /// Rows and columns as declared; `None` where the file leaves them open.
    sides: [Option<usize>; 2],
}

impl OnnxFile {
    pub(super) fn parse(mut bytes: &[u8], kind: DetectorKind) -> Result<Self, CustomError> {
        // Shapes inside the file are those of the side it was made at.
        let framework = tract_onnx::onnx().with_ignore_value_info(true);
        let not_onnx = |reason: String| CustomError::NotOnnx(reason);
        let proto = framework
            .proto_model_for_read(&mut bytes)
            .map_err(|error| not_onnx(format!("{error:#}")))?;
        let graph = proto
            .graph
            .as_ref()
            .filter(|graph| !graph.node.is_empty())
            .ok_or_else(|| not_onnx("there is no graph in it".into()))?;
        let mut missing = BTreeSet::new();
        missing_operators(graph, &framework, &mut missing);
        if !missing.is_empty() {
            return Err(CustomError::Operators(missing.into_iter().collect()));
        }
        // tract takes these for granted.
        if let Some(output) = dangling_output(graph) {
            return Err(not_onnx(format!("nothing computes its output {output:?}")));
        }
        let (layout, sides) =
            image_input(graph).map_err(|found| CustomError::Mismatch { kind, found })?;
        Ok(Self { framework, proto, layout, sides })
    }

    /// The side of a square input of fixed size.
    pub(super) fn declared_side(&self) -> Option<usize> {
        match self.sides {
            [Some(rows), Some(columns)] if rows == columns => Some(rows),
            _ => None,
        }
    }

    /// The graph with the input at the given side; nothing is inferred yet.
    pub(super) fn model(&self, side: usize) -> TractResult<InferenceModel> {
        let model = self.framework.model_for_proto_model(&self.proto)?;
        model.with_input_fact(0, f32::fact(self.layout.shape(side)).into())
    }

    /// Names of the graph's outputs, in the model's order.
    pub(super) fn output_names(&self) -> Vec<&str> {
        let outputs = self.proto.graph.iter().flat_map(|graph| &graph.output);
        outputs.map(|output| output.name.as_str()).collect()
    }
}

fn missing_operators(
    graph: &GraphProto,
    framework: &tract_onnx::Onnx,
    missing: &mut BTreeSet<String>,
) {
    for node in &graph.node {
        let known = DOMAINS.contains(&node.domain.as_str())
            && framework.op_register.0.contains_key(&node.op_type);
        if !known {
            missing.insert(operator(node));
        }
        for attribute in &node.attribute {
            for graph in attribute.g.iter().chain(&attribute.graphs) {
                missing_operators(graph, framework, missing);
            }
        }
    }
}

fn operator(node: &NodeProto) -> String {
    match node.domain.as_str() {
        "" | "ai.onnx" => node.op_type.clone(),
        domain => format!("{domain}.{}", node.op_type),
    }
}

fn dangling_output(graph: &GraphProto) -> Option<&str> {
    let computed: HashSet<&str> = graph
        .node
        .iter()
        .flat_map(|node| node.output.iter().map(String::as_str))
        .chain(graph.input.iter().map(|input| input.name.as_str()))
        .chain(graph.initializer.iter().map(|tensor| tensor.name.as_str()))
        .collect();
    graph.output.iter().map(|output| output.name.as_str()).find(|name| !computed.contains(name))
}

/// Layout and sides of the one input; else what was found instead.
fn image_input(graph: &GraphProto) -> Result<(Layout, [Option<usize>; 2]), String> {
    let constants: HashSet<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    // Old files list their constants among the inputs.
    let inputs: Vec<&ValueInfoProto> =
        graph.input.iter().filter(|input| !constants.contains(input.name.as_str())).collect();
    let [input] = inputs[..] else {
        return Err(format!("it has {} inputs, not one", inputs.len()));
    };
    let name = &input.name;
    let Some(type_proto::Value::TensorType(tensor)) =
        input.r#type.as_ref().and_then(|kind| kind.value.as_ref())
    else {
        return Err(format!("its input {name:?} is not a tensor"));
    };
    if tensor.elem_type != FLOAT {
        return Err(format!(
            "its input {name:?} has element type {}, not 1 (float)",
            tensor.elem_type
        ));
    }
    let shape = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim);
    let dims: Vec<Option<usize>> = shape.iter().map(fixed).collect();
    let batch = |dim: Option<usize>| dim.is_none_or(|dim| dim == 1);
    match dims[..] {
        [n, Some(RGB), rows, columns] if batch(n) => Ok((Layout::Nchw, [rows, columns])),
        [n, rows, columns, Some(RGB)] if batch(n) => Ok((Layout::Nhwc, [rows, columns])),
        _ => {
            let dims: Vec<String> =
                dims.iter().map(|dim| dim.map_or("?".to_owned(), |dim| dim.to_string())).collect();
            Err(format!(
                "its input {name:?} has shape [{}], not that of one image",
                dims.join(", ")
            ))
        }
    }
}

fn fixed(dim: &tract_onnx::pb::tensor_shape_proto::Dimension) -> Option<usize> {
    use tract_onnx::pb::tensor_shape_proto::dimension::Value;
    match dim.value {
        // Exporters write 0 or -1 for "any".
        Some(Value::DimValue(value)) => usize::try_from(value).ok().filter(|value| *value > 0),
        _ => None,
    }
}
