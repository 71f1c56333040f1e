import assert from "node:assert/strict";
import { test } from "node:test";
import { covered, median, overlap, ratio, round, summary } from "./lib/stats.mjs";

test("medians of odd and even numbers of values, and of no values", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 100, 2]), 3);
  assert.throws(() => median([]), /no values/);
});

test("numbers are sorted as numbers, and the list is not changed", () => {
  const values = [10, 9, 100];
  assert.equal(median(values), 10);
  assert.deepEqual(values, [10, 9, 100]);
});

test("a summary has minimum, median and count", () => {
  assert.deepEqual(summary([2.00049, 1.5, 3]), { min: 1.5, median: 2, n: 3 });
  assert.throws(() => summary([]), /no values/);
});

test("ratios are of medians", () => {
  assert.equal(ratio({ min: 9, median: 1 }, { min: 9, median: 3 }), 0.333);
  assert.equal(round(1.005, 1), 1);
});

test("nested and overlapping intervals count once", () => {
  assert.equal(covered([[10, 20], [0, 5], [12, 15], [18, 25]]), 20);
  assert.equal(covered([]), 0);
});

test("overlap of boxes", () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  assert.equal(overlap(box, box), 1);
  assert.equal(overlap(box, { x: 5, y: 0, width: 10, height: 10 }), 50 / 150);
  assert.equal(overlap(box, { x: 20, y: 20, width: 5, height: 5 }), 0);
});
