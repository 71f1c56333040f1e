// The developers' panel says of faces what the check says of them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { loadFile } from "./load.mjs";

const { DARK_FRAME, OTHER_AREA, OTHER_SCORE, PLAIN, draw, facesOf, ofBoxes } = await loadFile("www/src/detections.ts");
const FRAME = { width: 640, height: 480, luma: null, detail: null };
/** A face of this score and side, whose box begins here. */
const face = (score, side, x = 200, y = 100) => [score, x, y, side, side];

const CASES = [
  // [what, faces, the frame's own, what is measured of them]
  ["nobody", [], {}, { faces: 0, face_score: null, face_area: null, margin_left: null, wider_margin: null }],
  ["one", [face(0.9, 160)], {}, { faces: 1, face_score: 0.9, face_area: 25_600 / 307_200, margin_left: 200 / 640, margin_right: 280 / 640, margin_top: 100 / 480, margin_bottom: 220 / 480, wider_margin: 280 / 640 }],
  ["the largest, not the surest, is the main one", [face(0.95, 80), face(0.7, 160)], {}, { faces: 2, face_score: 0.7, face_area: 25_600 / 307_200 }],
  ["a picture on the wall does not count", [face(0.9, 160), face(0.9, 50)], {}, { faces: 1, face_score: 0.9 }],
  ["what has a tenth of the area does", [face(0.9, 100), [0.9, 0, 0, 100, 10]], {}, { faces: 2 }],
  ["nor does one that may be none", [face(0.9, 160), face(0.49, 160)], {}, { faces: 1 }],
  ["one that may be none is there, and no main one", [face(0.3, 160), face(0.4, 80)], {}, { faces: 1, face_score: 0.4, face_area: null, offset_x: null }],
  ["in a frame that shows nothing there is none", [face(0.9, 160)], { detail: 2.9 }, { faces: 0, face_score: null }],
  ["in one that shows something there is", [face(0.9, 160)], { detail: 3 }, { faces: 1 }],
  ["a lit frame without a face has its luma and detail", [], { luma: 28, detail: 5 }, { empty_frame_luma: 28, empty_frame_detail: 5 }],
  ["what a dark one shows says nothing", [], { luma: 27.9, detail: 3 }, { empty_frame_luma: 27.9, empty_frame_detail: null }],
  ["but that it shows nothing", [face(0.9, 160)], { luma: 27.9, detail: 2.9 }, { empty_frame_luma: 27.9, empty_frame_detail: 2.9 }],
  ["one with a face, sure or not, is not empty", [face(0.3, 160)], { luma: 90, detail: 30 }, { empty_frame_luma: null, empty_frame_detail: null }],
  ["what is no box is no face", [face(0.9, 0), [Number.NaN, 1, 1, 9, 9]], {}, { faces: 0 }],
  ["right of the middle, and cut at the top", [[0.9, 400, -20, 200, 200]], {}, { offset_x: 0.5625, margin_top: -20 / 480, margin_right: 40 / 640 }],
];

test("faces are counted and measured as the session does it", () => {
  for (const [what, faces, frame, wanted] of CASES) {
    const measured = ofBoxes(facesOf(faces), { ...FRAME, ...frame });
    for (const [name, value] of Object.entries(wanted)) {
      const same = value === null ? measured[name] === null : Math.abs(measured[name] - value) < 1e-9;
      assert.ok(same, `${what}: ${name} is ${measured[name]}, not ${value}`);
    }
  }
});

test("by the same bounds, and of the same names", async () => {
  const read = (name) => readFile(new URL(`../../crates/capture/src/quality/${name}.rs`, import.meta.url), "utf8");
  const framing = await read("framing");
  const bound = (name) => Number(new RegExp(`const ${name}: f64 = ([\\d.]+);`).exec(framing)?.[1]);
  assert.deepEqual([OTHER_SCORE, OTHER_AREA, PLAIN], ["OTHER_SCORE", "OTHER_AREA", "PLAIN"].map(bound));
  assert.equal(DARK_FRAME, Number(/const DARK_FRAME: f64 = ([\d.]+);/.exec(await read("table"))?.[1]));
  const set = [...framing.matchAll(/Measure::(\w+)/g)].map(([, name]) => name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase());
  // What the worker measures the panel has from the record.
  const own = [...new Set(set)].filter((name) => !["frame_luma", "frame_detail"].includes(name)).sort();
  assert.deepEqual(Object.keys(ofBoxes([], FRAME)).sort(), own);
});

test("the square that is cut is drawn around the main face alone, and all of it as the preview is", () => {
  globalThis.getComputedStyle = () => ({ color: "black" });
  for (const mirrored of [true, false]) {
    const rects = [];
    let dashed = false;
    let turn = 0;
    const pen = { setTransform: (a) => (turn = a), clearRect: () => undefined, setLineDash: ({ length }) => (dashed = length > 0), strokeRect: (x, y, w, h) => rects.push([dashed, pen.lineWidth, w, h]) };
    draw({ width: 640, getContext: () => pen }, facesOf([face(0.9, 80), face(0.7, 160), face(0.9, 40)]), FRAME, mirrored);
    assert.deepEqual(rects, [[false, 2, 80, 80], [false, 2, 160, 160], [true, 2, 480, 480], [false, 0.5, 40, 40]]);
    assert.equal(Math.sign(turn), mirrored ? -1 : 1);
  }
});
