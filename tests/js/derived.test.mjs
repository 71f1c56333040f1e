// The developers' panel shows what the check derives from what it measures.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { load, loadFile } from "./load.mjs";

const { BLURRED_PACE, Derived, SHARPER_PACE, TOO_DARK, TOO_DARK_MEANWHILE } = await loadFile("www/src/derived.ts");
const { ofBoxes } = await loadFile("www/src/detections.ts");
const { GATES } = await loadFile("www/src/generated/gates.ts");
const { MEASURES } = await load("generated/codes");
const crates = (path) => readFile(new URL(`../../crates/${path}`, import.meta.url), "utf8");

/** What is derived of frames with these measures, a tenth of a second apart, while pictures are taken or not. */
function followed(capturing, ...frames) {
  const all = new Derived();
  return frames.map((measures, at) => all.follow((name) => measures[name] ?? null, 1_000 + 100 * at, capturing));
}
const derived = (...frames) => followed(false, ...frames);

test("of every gate's measure something is plotted", () => {
  const plotted = [...MEASURES, ...Object.keys(ofBoxes([], { width: 640, height: 480, luma: null, detail: null })), ...Object.keys(derived({})[0])];
  assert.deepEqual(GATES.map(({ measure }) => measure).filter((measure) => !plotted.includes(measure)), []);
  assert.equal(new Set(plotted).size, plotted.length, "and one");
});

test("by the same bounds, and of the same names", async () => {
  const policy = await crates("capture/src/quality/policy.rs");
  const bound = (text, name) => Number(new RegExp(`const ${name}: f64 = ([\\d.]+);`).exec(text)?.[1]);
  assert.deepEqual([SHARPER_PACE, BLURRED_PACE], [bound(policy, "SHARPER_PACE"), bound(policy, "BLURRED_PACE")]);
  assert.equal(TOO_DARK, bound(await crates("capture/src/quality/table.rs"), "LEAST_FACE_LUMA_BEFORE"));
  assert.equal(TOO_DARK_MEANWHILE, bound(await crates("protocol/src/lib.rs"), "LEAST_FACE_LUMA"));
  const set = [...policy.matchAll(/measures\.set\(\s*Measure::(\w+)/g)].map(([, name]) => name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase());
  assert.deepEqual(Object.keys(derived({})[0]).sort(), set.sort());
});

test("what was not measured is not derived", () => {
  for (const value of Object.values(derived({})[0])) assert.equal(value, null);
});

test("both eyes are compared, or the one that could be measured counts", () => {
  const [both, one] = derived({ right_eye_luma: 60, left_eye_luma: 40, right_eye_contrast: 5, left_eye_contrast: 9 }, { left_eye_luma: 40, left_eye_contrast: 9 });
  assert.deepEqual([both.eye_asymmetry, both.brighter_eye_luma, both.darker_eye_luma, both.better_eye_contrast], [0.4, 60, 40, 9]);
  assert.deepEqual([one.eye_asymmetry, one.brighter_eye_luma, one.darker_eye_luma, one.better_eye_contrast], [null, 40, 40, 9]);
});

test("light from behind counts against a dark face alone", () => {
  const lumas = [27.9, 28, 29.9, 30].map((face_luma) => ({ face_luma, backlight: 120 }));
  const light = (frames) => frames.map(({ dark_face_backlight: light }) => light);
  assert.deepEqual(light(followed(false, ...lumas)), [120, 120, 120, null]);
  assert.deepEqual(light(followed(true, ...lumas)), [120, null, null, null], "while pictures are taken");
});

test("sharpness is held against what the camera has shown, and a picture is frozen since its last change", () => {
  const frames = derived({ sharpness: 10, frame_change: 0 }, { sharpness: 20, frame_change: 0 }, { frame_change: 0 }, { sharpness: 6, frame_change: 1 }, { frame_change: 0 });
  const near = (value) => value && Number(value.toFixed(4));
  assert.deepEqual(frames.map(({ relative_sharpness: sharpness }) => near(sharpness)), [1, near(20 / 12), null, near(6 / (12 + 0.005 * (6 - 12))), null]);
  assert.deepEqual(frames.map(({ frozen_for: ms }) => ms), [null, 100, 200, null, 100]);
});
