//! Reads the weights blob; `models/README.md` describes the format.

use crate::anchors::{ANCHORS, INPUT_SIDE};
use crate::decode::ROW;
use half::f16;
use thiserror::Error;

const MAGIC: &[u8] = b"BZFW";
const VERSION: u16 = 1;
const HEADER: usize = 8;
const RECORD: usize = 16;
const CHECKSUM: usize = 4;

/// Why bytes are not weights this build can use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeightsError {
    /// Something else entirely, such as an error page.
    #[error("not a weights file")]
    NotWeights,
    /// Made by another version of the converter.
    #[error("weights of version {0}, this build reads version {VERSION}")]
    Version(u16),
    /// The file is cut short or has bytes left over.
    #[error("{found} bytes of weights, expected {expected}")]
    Length {
        /// Bytes the header announces.
        expected: u64,
        /// Bytes there are.
        found: usize,
    },
    /// A byte changed on the way.
    #[error("the weights are damaged: wrong checksum")]
    Checksum,
    /// Layers that do not form the network.
    #[error("layer {index}: {reason}")]
    Layer {
        /// Position in the layer table.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// What a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 5 x 5 convolution, stride 2, ReLU. Weights `[out][ky][kx][in]`, bias.
    Stem,
    /// Depthwise 3 x 3 and pointwise beside a shortcut, ReLU. Weights `[ky][kx][in]`, bias,
    /// `[out][in]`, bias.
    Block,
    /// 1 x 1 convolution to scores. Weights `[out][in]`, bias.
    ScoreHead,
    /// 1 x 1 convolution to rows of boxes. Weights `[out][in]`, bias.
    BoxHead,
}

/// One layer, in f32; shapes and number of weights fit its kind.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) kind: Kind,
    pub(crate) stride: usize,
    /// Height and width of the input.
    pub(crate) side: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) weights: Vec<f32>,
}

impl Layer {
    pub(crate) fn output_side(&self) -> usize {
        self.side / self.stride
    }

    fn expected_weights(&self) -> u64 {
        let (inputs, outputs) = (self.inputs as u64, self.outputs as u64);
        let pointwise = outputs * inputs + outputs;
        match self.kind {
            Kind::Stem => outputs * 25 * inputs + outputs,
            Kind::Block => 10 * inputs + pointwise,
            Kind::ScoreHead | Kind::BoxHead => pointwise,
        }
    }

    /// Rows a head contributes to its output.
    pub(crate) fn rows(&self) -> u64 {
        let (side, outputs) = (self.side as u64, self.outputs as u64);
        side * side * outputs / self.row() as u64
    }

    /// Numbers in each of a head's rows.
    pub(crate) fn row(&self) -> usize {
        if self.kind == Kind::BoxHead { ROW } else { 1 }
    }
}

/// Parses and checks a blob: stem and blocks form a chain, heads find the block they read.
pub(crate) fn parse(blob: &[u8]) -> Result<Vec<Layer>, WeightsError> {
    if blob.len() < HEADER + CHECKSUM || !blob.starts_with(MAGIC) {
        return Err(WeightsError::NotWeights);
    }
    let version = u16_at(blob, 4);
    if version != VERSION {
        return Err(WeightsError::Version(version));
    }
    let count = usize::from(u16_at(blob, 6));
    let table = blob.get(HEADER..HEADER + count * RECORD).unwrap_or_default();
    let total: u64 = table.chunks_exact(RECORD).map(|record| u64::from(u32_at(record, 12))).sum();
    let expected = (HEADER + count * RECORD + CHECKSUM) as u64 + 2 * total;
    if blob.len() as u64 != expected {
        return Err(WeightsError::Length { expected, found: blob.len() });
    }
    let (body, checksum) = blob.split_at(blob.len() - CHECKSUM);
    if crc32fast::hash(body) != u32_at(checksum, 0) {
        return Err(WeightsError::Checksum);
    }
    let mut weights = &body[HEADER + count * RECORD..];
    let mut offset = 0;
    let mut layers: Vec<Layer> = Vec::with_capacity(count);
    for (index, record) in table.chunks_exact(RECORD).enumerate() {
        let refuse = |reason| WeightsError::Layer { index, reason };
        let kind = match record[0] {
            0 => Kind::Stem,
            1 => Kind::Block,
            2 => Kind::ScoreHead,
            3 => Kind::BoxHead,
            _ => return Err(refuse("unknown kind")),
        };
        if u32_at(record, 8) != offset {
            return Err(refuse("its weights do not follow those before"));
        }
        let length = u32_at(record, 12);
        offset += length;
        let (own, rest) = weights.split_at(2 * length as usize);
        weights = rest;
        let [side, inputs, outputs] = [2, 4, 6].map(|at| usize::from(u16_at(record, at)));
        let weights = widen(own);
        let layer = Layer { kind, stride: record[1].into(), side, inputs, outputs, weights };
        check(&layer, &layers).map_err(refuse)?;
        layers.push(layer);
    }
    for kind in [Kind::ScoreHead, Kind::BoxHead] {
        let rows: u64 = layers.iter().filter(|layer| layer.kind == kind).map(Layer::rows).sum();
        if rows != ANCHORS as u64 {
            return Err(WeightsError::Layer {
                index: count,
                reason: "the heads do not cover the anchors",
            });
        }
    }
    Ok(layers)
}

/// Numbers of half precision as f32. Not part of another function, nor is the next: a browser compiles what has a loop of this
/// length anew, for speed, and there the first frame would wait for the whole of it.
#[inline(never)]
fn widen(halves: &[u8]) -> Vec<f32> {
    halves.as_chunks::<2>().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
}

#[inline(never)]
fn are_finite(weights: &[f32]) -> bool {
    weights.iter().all(|weight| weight.is_finite())
}

fn check(layer: &Layer, before: &[Layer]) -> Result<(), &'static str> {
    if layer.weights.len() as u64 != layer.expected_weights() {
        return Err("wrong number of weights");
    }
    if !are_finite(&layer.weights) {
        return Err("a weight is not a finite number");
    }
    let body = |layer: &&Layer| matches!(layer.kind, Kind::Stem | Kind::Block);
    match layer.kind {
        Kind::Stem => {
            let fits = before.is_empty()
                && layer.side == INPUT_SIDE
                && layer.inputs == 3
                && layer.stride == 2;
            fits.then_some(()).ok_or("a stem that does not fit the input")
        }
        Kind::Block => {
            let last =
                before.last().filter(body).ok_or("a block that follows neither stem nor block")?;
            let halves = layer.stride == 1 || (layer.stride == 2 && layer.side.is_multiple_of(2));
            let fits = layer.side == last.output_side() && layer.inputs == last.outputs;
            let grows = layer.outputs >= layer.inputs;
            (halves && fits && grows)
                .then_some(())
                .ok_or("a block that does not fit the layer before")
        }
        Kind::ScoreHead | Kind::BoxHead => {
            let source = source(layer, before).ok_or("a head without a layer to read")?;
            let whole = layer.outputs.is_multiple_of(layer.row());
            let fits = layer.stride == 1 && before[source].outputs == layer.inputs && whole;
            fits.then_some(()).ok_or("a head that does not fit the layer it reads")
        }
    }
}

/// The layer a head reads: the last one of the chain whose output has the head's side.
pub(crate) fn source(head: &Layer, layers: &[Layer]) -> Option<usize> {
    layers.iter().rposition(|layer| {
        matches!(layer.kind, Kind::Stem | Kind::Block) && layer.output_side() == head.side
    })
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob with these records and `weights` zeros, with a valid checksum.
    fn blob(records: &[[u8; RECORD]], weights: usize) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend((records.len() as u16).to_le_bytes());
        bytes.extend(records.as_flattened());
        bytes.extend(vec![0; 2 * weights]);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    fn record(
        kind: u8,
        stride: u8,
        [side, inputs, outputs]: [u16; 3],
        offset: u32,
        length: u32,
    ) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        record[0] = kind;
        record[1] = stride;
        for (index, value) in [side, inputs, outputs].into_iter().enumerate() {
            record[2 + 2 * index..][..2].copy_from_slice(&value.to_le_bytes());
        }
        record[8..12].copy_from_slice(&offset.to_le_bytes());
        record[12..].copy_from_slice(&length.to_le_bytes());
        record
    }

    #[test]
    fn other_files_are_named_as_such() {
        assert_eq!(parse(b"").unwrap_err(), WeightsError::NotWeights);
        assert_eq!(
            parse(b"<!doctype html><title>404</title>").unwrap_err(),
            WeightsError::NotWeights
        );
        let mut newer = blob(&[], 0);
        newer[4] = 2;
        assert_eq!(parse(&newer).unwrap_err(), WeightsError::Version(2));
    }

    #[test]
    fn cut_or_damaged_files_are_refused() {
        let whole = blob(&[record(0, 2, [128, 3, 1], 0, 76)], 76);
        let found = whole.len() - 1;
        let expected = whole.len() as u64;
        assert_eq!(parse(&whole[..found]).unwrap_err(), WeightsError::Length { expected, found });
        let mut damaged = whole.clone();
        damaged[40] ^= 1;
        assert_eq!(parse(&damaged).unwrap_err(), WeightsError::Checksum);
        let mut announced = whole;
        announced[6..8].copy_from_slice(&u16::MAX.to_le_bytes());
        assert!(matches!(parse(&announced).unwrap_err(), WeightsError::Length { .. }));
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        let stem = record(0, 2, [128, 3, 1], 0, 76);
        let reason = |records: &[[u8; RECORD]], weights| match parse(&blob(records, weights)) {
            Err(WeightsError::Layer { index, reason }) => (index, reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(&[record(9, 2, [128, 3, 1], 0, 76)], 76), (0, "unknown kind"));
        assert_eq!(reason(&[record(0, 2, [128, 3, 1], 0, 75)], 75), (0, "wrong number of weights"));
        assert_eq!(
            reason(&[record(0, 2, [64, 3, 1], 0, 76)], 76).1,
            "a stem that does not fit the input"
        );
        let block = |stride, shape| [stem, record(1, stride, shape, 76, 10 + 2)];
        assert_eq!(
            reason(&block(1, [32, 1, 1]), 88),
            (1, "a block that does not fit the layer before")
        );
        assert_eq!(reason(&block(3, [64, 1, 1]), 88).0, 1);
        assert_eq!(
            reason(&[stem, record(1, 1, [64, 1, 1], 75, 12)], 88).1,
            "its weights do not follow those before"
        );
        assert_eq!(
            reason(&[stem, record(2, 1, [16, 1, 1], 76, 2)], 78).1,
            "a head without a layer to read"
        );
        assert_eq!(reason(&[stem], 76), (1, "the heads do not cover the anchors"));
    }
}
