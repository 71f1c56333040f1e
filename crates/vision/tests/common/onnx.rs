//! Small ONNX files, and changes to given ones.

// Not every test uses all of it.
#![allow(dead_code)]

use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType,
    tensor_proto::DataType, tensor_shape_proto::Dimension, tensor_shape_proto::dimension::Value,
    type_proto,
};

/// A dimension of an input: fixed or open.
#[derive(Debug, Clone, Copy)]
pub enum Dim {
    Fixed(i64),
    Open(&'static str),
}

pub const FLOAT: i32 = DataType::Float as i32;

/// A graph under construction.
#[derive(Default)]
pub struct Builder {
    pub graph: GraphProto,
}

impl Builder {
    pub fn input(&mut self, name: &str, element: i32, dims: &[Dim]) -> &mut Self {
        let dim = dims
            .iter()
            .map(|dim| Dimension {
                value: Some(match dim {
                    Dim::Fixed(side) => Value::DimValue(*side),
                    Dim::Open(name) => Value::DimParam((*name).to_owned()),
                }),
                ..Default::default()
            })
            .collect();
        let tensor =
            type_proto::Tensor { elem_type: element, shape: Some(TensorShapeProto { dim }) };
        self.graph.input.push(ValueInfoProto {
            name: name.to_owned(),
            r#type: Some(TypeProto {
                value: Some(type_proto::Value::TensorType(tensor)),
                ..Default::default()
            }),
            ..Default::default()
        });
        self
    }

    pub fn output(&mut self, name: &str) -> &mut Self {
        // Shapes of outputs are optional and rarely right for another side.
        self.graph.output.push(ValueInfoProto { name: name.to_owned(), ..Default::default() });
        self
    }

    pub fn floats(&mut self, name: &str, dims: &[i64], values: &[f32]) -> &mut Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, DataType::Float, dims, raw)
    }

    pub fn integers(&mut self, name: &str, values: &[i64]) -> &mut Self {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, DataType::Int64, &[values.len() as i64], raw)
    }

    fn constant(&mut self, name: &str, kind: DataType, dims: &[i64], raw: Vec<u8>) -> &mut Self {
        self.graph.initializer.push(TensorProto {
            dims: dims.to_vec(),
            data_type: kind as i32,
            name: name.to_owned(),
            raw_data: raw,
            ..Default::default()
        });
        self
    }

    pub fn node(
        &mut self,
        op: &str,
        inputs: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) -> &mut Self {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("{op}_{output}"),
            op_type: op.to_owned(),
            attribute,
            ..Default::default()
        });
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let version = OperatorSetIdProto { domain: String::new(), version: 13 };
        ModelProto {
            ir_version: 7,
            graph: Some(self.graph.clone()),
            opset_import: vec![version],
            ..Default::default()
        }
        .encode_to_vec()
    }
}

pub fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Ints as i32,
        ints: values.to_vec(),
        ..Default::default()
    }
}

pub fn subgraph(name: &str, graph: GraphProto) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Graph as i32,
        g: Some(graph),
        ..Default::default()
    }
}

/// The same file after a change to its graph.
pub fn changed(bytes: &[u8], change: impl FnOnce(&mut GraphProto)) -> Vec<u8> {
    let mut model = ModelProto::decode(bytes).expect("an ONNX file");
    change(model.graph.as_mut().expect("it has a graph"));
    model.encode_to_vec()
}

/// The fixed sides of a graph's first input.
pub fn set_input_dims(graph: &mut GraphProto, sides: &[i64]) {
    let tensor = graph.input[0].r#type.as_mut().and_then(|kind| kind.value.as_mut());
    let Some(type_proto::Value::TensorType(tensor)) = tensor else { panic!("no tensor") };
    let dim = |side: &i64| Dimension { value: Some(Value::DimValue(*side)), ..Default::default() };
    tensor.shape = Some(TensorShapeProto { dim: sides.iter().map(dim).collect() });
}
