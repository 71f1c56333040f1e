// Gives a TensorFlow Lite model the only metadata that MediaPipe Tasks insists on: how pixels become the network's
// input. The weights and every other byte of the model stay the same.
import { Builder, ByteBuffer } from "flatbuffers";

const NAME = "TFLITE_METADATA";
/** Field numbers in the TensorFlow Lite schema (`Model`) and the metadata schema (the rest). */
const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadataBuffer: 5, metadata: 6, signatures: 7 };
const BUFFER = { data: 0, offset: 1 };
const METADATA = { name: 0, buffer: 1, fields: 2 };
const MODEL_METADATA = { subgraphs: 3, fields: 8 };
const SUBGRAPH_METADATA = { inputs: 2, fields: 8 };
const TENSOR_METADATA = { processUnits: 4, fields: 7 };
const PROCESS_UNIT = { type: 0, options: 1, fields: 2 };
const NORMALIZATION = { mean: 0, std: 1, fields: 2 };
/** `ProcessUnitOptions.NormalizationOptions`. */
const IS_NORMALIZATION = 1;
/** Constants of a model are aligned to this many bytes. */
const ALIGNMENT = 16;

/**
 * The model with `NormalizationOptions`: input = (pixel - mean) / std, the same for every channel. The original
 * file is kept whole inside the new one, behind a new root table that points into it.
 */
export function withNormalization(model, { mean, std }) {
  const old = readModel(model);
  // With its length a multiple of the alignment, its constants keep theirs.
  const padded = new Uint8Array(Math.ceil(model.length / ALIGNMENT) * ALIGNMENT);
  padded.set(model);
  const builder = new Builder(padded.length + 4096);
  builder.prep(ALIGNMENT, padded.length);
  // A vector begins with its length, four bytes; offsets count from the end of the file under construction.
  const start = builder.createByteVector(padded) - 4;
  const moved = (position) => start - position;

  const content = builder.createByteVector(normalization(mean, std));
  builder.startObject(1);
  builder.addFieldOffset(BUFFER.data, content, 0);
  const buffer = builder.endObject();
  const buffers = offsets(builder, [...old.buffers.map(moved), buffer]);

  const name = builder.createString(NAME);
  builder.startObject(METADATA.fields);
  builder.addFieldOffset(METADATA.name, name, 0);
  builder.addFieldInt32(METADATA.buffer, old.buffers.length, 0);
  const entry = builder.endObject();
  const metadata = offsets(builder, [...old.metadata.map(moved), entry]);

  builder.startObject(8);
  builder.addFieldInt32(MODEL.version, old.version, 0);
  for (const field of [MODEL.operatorCodes, MODEL.subgraphs, MODEL.description, MODEL.metadataBuffer, MODEL.signatures]) {
    const position = old.position(field);
    if (position !== null) builder.addFieldOffset(field, moved(position), 0);
  }
  builder.addFieldOffset(MODEL.buffers, buffers, 0);
  builder.addFieldOffset(MODEL.metadata, metadata, 0);
  builder.finish(builder.endObject(), "TFL3");
  return builder.asUint8Array();
}

/** Where a model's parts are: {version, buffers, metadata, position(field)}, positions from its beginning. */
export function readModel(model) {
  const bytes = new ByteBuffer(model);
  if (!bytes.__has_identifier("TFL3")) throw new Error("not a TensorFlow Lite model");
  const root = bytes.readInt32(0);
  const position = (field) => {
    const at = bytes.__offset(root, 4 + 2 * field);
    return at === 0 ? null : bytes.__indirect(root + at);
  };
  const tables = (field) => {
    const vector = position(field);
    if (vector === null) return [];
    return Array.from({ length: bytes.readInt32(vector) }, (_, i) => bytes.__indirect(vector + 4 + 4 * i));
  };
  const buffers = tables(MODEL.buffers);
  // External constants lie outside the flatbuffer, at absolute positions.
  if (buffers.some((at) => bytes.__offset(at, 4 + 2 * BUFFER.offset) !== 0)) throw new Error("the model has external buffers");
  const version = bytes.readInt32(root + bytes.__offset(root, 4 + 2 * MODEL.version));
  /** The bytes of one constant. */
  const constant = (at) => {
    const field = bytes.__offset(at, 4 + 2 * BUFFER.data);
    if (field === 0) return new Uint8Array(0);
    const data = at + field;
    return model.subarray(bytes.__vector(data), bytes.__vector(data) + bytes.__vector_len(data));
  };
  return { version, buffers, metadata: tables(MODEL.metadata), position, constant };
}

/** A metadata file with nothing but the normalisation of the first input. */
function normalization(mean, std) {
  const builder = new Builder(256);
  const number = (value) => {
    builder.startVector(4, 1, 4);
    builder.addFloat32(value);
    return builder.endVector();
  };
  const [means, stds] = [number(mean), number(std)];
  builder.startObject(NORMALIZATION.fields);
  builder.addFieldOffset(NORMALIZATION.mean, means, 0);
  builder.addFieldOffset(NORMALIZATION.std, stds, 0);
  const options = builder.endObject();
  builder.startObject(PROCESS_UNIT.fields);
  builder.addFieldInt8(PROCESS_UNIT.type, IS_NORMALIZATION, 0);
  builder.addFieldOffset(PROCESS_UNIT.options, options, 0);
  const units = offsets(builder, [builder.endObject()]);
  builder.startObject(TENSOR_METADATA.fields);
  builder.addFieldOffset(TENSOR_METADATA.processUnits, units, 0);
  const inputs = offsets(builder, [builder.endObject()]);
  builder.startObject(SUBGRAPH_METADATA.fields);
  builder.addFieldOffset(SUBGRAPH_METADATA.inputs, inputs, 0);
  const subgraphs = offsets(builder, [builder.endObject()]);
  builder.startObject(MODEL_METADATA.fields);
  builder.addFieldOffset(MODEL_METADATA.subgraphs, subgraphs, 0);
  builder.finish(builder.endObject(), "M001");
  return builder.asUint8Array();
}

/** A vector of offsets. */
function offsets(builder, list) {
  builder.startVector(4, list.length, 4);
  for (const offset of [...list].reverse()) builder.addOffset(offset);
  return builder.endVector();
}
