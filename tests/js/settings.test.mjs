// What the addresses of the demo page and of the page for frames may set.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadFile } from "./load.mjs";

test("the demo's address and the frame's take the same values, which are the package's", async () => {
  const { readAddress } = await loadFile("www/src/commands.ts");
  const { parseParameters } = await loadFile("www/src/params.ts");
  const { CHECK_OPTIONS } = await load("generated/options");
  const { ATTRIBUTES } = await load("element/attributes");
  const inDemo = (name, value) => parseParameters(new URL(`https://site.example/?${new URLSearchParams({ [name]: value })}`)).ignored.length === 0;
  const inFrame = (name, value) => readAddress(new URLSearchParams({ [name]: value })).ignored.length === 0;
  const both = (name, value, demo = name) => [inDemo(demo, value), inFrame(name, value)];
  for (const [option, demo] of [["frameCount", "frames"], ["fps", "fps"]]) {
    const [least, most] = CHECK_OPTIONS[option];
    for (const [value, taken] of [[least, true], [most, true], [least - 1, false], [most + 1, false], ["", false], [" ", false]]) assert.deepEqual(both(option, value, demo), [taken, taken], `${option} ${value}`);
  }
  for (const name of ["theme", "mirrored", "result"]) for (const word of ATTRIBUTES[name].kind) assert.deepEqual(both(name, word), [true, true], `${name} ${word}`);
  for (const option of ["transport", "framePath"]) for (const word of CHECK_OPTIONS[option]) assert.ok(inDemo(option, word), word);
  for (const cues of ["sound", "vibration", "sound vibration", "vibration sound"]) assert.deepEqual(both("cues", cues), [true, true], cues);
  for (const [name, value] of [["theme", "blue"], ["cues", "light"], ["locale", "1"], ["model", "a model"], ["mirrored", ""]]) assert.deepEqual(both(name, value), [false, false], name);
});
