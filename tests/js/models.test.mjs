// The gateway's list of models, as the hooks and the demo page read it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadFile } from "./load.mjs";

const { modelsIn } = await load("adapters/react/models");
const { entriesOf } = await loadFile("www/src/models.ts");
const MODEL = { id: "mixed-10-v2", label: "Mixed 10", description: "", min_frames: 10, deprecated: false };

test("the list is taken with its envelope and without, and with what is sure of each model alone", () => {
  const lists = [[MODEL], [MODEL, { id: "own" }], [{ id: 7 }, null, "mixed-10-v2", { min_frames: 10 }, MODEL], []];
  for (const list of lists) {
    for (const body of [list, { data: list }, { models: list }, { data: { models: list }, success: true }]) {
      const wanted = list.filter((entry) => typeof entry?.id === "string").map(({ id }) => id);
      for (const read of [modelsIn, entriesOf]) assert.deepEqual(read(body).map(({ id }) => id), wanted, JSON.stringify(body));
    }
  }
  for (const read of [modelsIn, entriesOf]) {
    const [{ min_frames, deprecated }] = read([{ id: "odd", min_frames: { toString: 1 }, deprecated: "no" }]);
    assert.deepEqual([min_frames, deprecated], [0, false], "what is shown is a number");
  }
  const priced = [{ id: "dear", credits: 2 }, { id: "old" }, { id: "odd", credits: "2" }];
  assert.deepEqual(modelsIn(priced).map(({ credits }) => credits), [2, 0, 0]);
  for (const body of [null, "", {}, { data: null }, { data: {} }, { models: {} }]) {
    for (const read of [modelsIn, entriesOf]) assert.throws(() => read(body), Error, JSON.stringify(body));
  }
});
