import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { readModel, withNormalization } from "./lib/metadata.mjs";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("@mediapipe/face_detection/package.json"));
const model = new Uint8Array(readFileSync(join(PACKAGE, "face_detection_short_range.tflite")));
const changed = withNormalization(model, { mean: 127.5, std: 127.5 });

test("every constant keeps its bytes and alignment", () => {
  const [before, after] = [readModel(model), readModel(changed)];
  assert.equal(after.buffers.length, before.buffers.length + 1);
  assert.equal(after.version, before.version);
  before.buffers.forEach((at, i) => {
    const [was, is] = [before.constant(at), after.constant(after.buffers[i])];
    assert.deepEqual(is, was, `buffer ${i}`);
    if (is.length > 0) assert.equal((is.byteOffset - changed.byteOffset) % 16, was.byteOffset % 16, `alignment of buffer ${i}`);
  });
});

test("the metadata tells how pixels are normalised", () => {
  const after = readModel(changed);
  assert.equal(after.metadata.length, readModel(model).metadata.length + 1);
  const content = Buffer.from(after.constant(after.buffers.at(-1)));
  assert.equal(content.toString("latin1", 4, 8), "M001");
  const number = Buffer.alloc(4);
  number.writeFloatLE(127.5);
  assert.equal(content.indexOf(number) >= 0 && content.lastIndexOf(number) > content.indexOf(number), true, "mean and std");
  assert.ok(Buffer.from(changed).includes("TFLITE_METADATA"));
});

test("anything but a model is refused", () => {
  assert.throws(() => readModel(new Uint8Array(64)), /not a TensorFlow Lite model/);
});
