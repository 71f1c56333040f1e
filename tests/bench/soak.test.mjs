import assert from "node:assert/strict";
import { test } from "node:test";
import { grown, misled, table } from "./lib/soak.mjs";

const FLAT = { tracks: 0, workers: 0, listeners: 0, urls: 0, heap: 5_000, wasm: 1_152, nodes: 40, handlers: 12, process: 180 };
const rounds = (change = () => ({})) => Array.from({ length: 10 }, (_, i) => ({ ...FLAT, ...change(i) }));

test("what stays the same is flat, and so is what only fills caches or waits for the garbage collector", () => {
  assert.deepEqual(grown(rounds()), []);
  assert.deepEqual(grown(rounds((i) => ({ heap: 5_000 + Math.min(i, 1) * 3_000, process: 100 + Math.min(i, 1) * 90 }))), []);
  assert.deepEqual(grown(rounds((i) => ({ heap: i === 9 ? 9_000 : 5_000 }))), []);
});

test("each count that grows, or that must be nothing and is not, is named", () => {
  for (const key of Object.keys(FLAT)) {
    const found = grown(rounds((i) => ({ [key]: FLAT[key] + i * 100 })));
    assert.equal(found.length, 1, key);
    assert.match(found[0], /\d/);
  }
  // Even if it is gone again at the end.
  assert.equal(grown(rounds((i) => ({ workers: i === 4 ? 1 : 0 }))).length, 1);
});

test("what is not known is not judged, and a few rounds say nothing", () => {
  assert.deepEqual(grown(rounds(() => ({ process: null }))), []);
  assert.throws(() => grown(rounds().slice(0, 2)));
});

test("a count that is not a number is a problem, not a pass", () => {
  for (const count of [NaN, undefined, Infinity]) assert.equal(grown(rounds((i) => (i === 5 ? { heap: count } : {}))).length, 1, String(count));
});

test("checks end as their kind is meant to", () => {
  assert.deepEqual(misled([["canvas", "live"], ["file", "fake"], ["cancelled late", "cancelled"], ["element taken away", "taken away"]]), []);
  assert.deepEqual(misled([["canvas", "cancelled"], ["cancelled early", "live"]]), ["canvas ended with cancelled", "cancelled early ended with live"]);
});

test("the table has a line for each round", () => {
  const lines = table(rounds(), 10).split("\n");
  assert.equal(lines.length, 11);
  assert.match(lines.at(-1), /^ +100 /);
});
