// The worker's module as shipped, in Node: the code written for wasm gives the same as the portable code.
// It is the module without relaxed SIMD, which every supported Node runs; both convert colours alike.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { before, describe, test } from "node:test";
import { decodePng } from "../e2e/lib/png.mjs";

const DIST = new URL("../../pkg/dist/", import.meta.url);
/** Four runs of 16 pixels, which are converted together, and a remainder, which is not. */
const [WIDTH, HEIGHT] = [66, 4];
const LUMA = WIDTH * HEIGHT;
const COLOURS = [
  ["", false],
  ["", true],
  ["bt709", false],
  ["bt709", true],
];
/** The planes of a frame that begins at an even column and row. */
const FORMATS = {
  I420: (x, y) => ({
    offsets: [y * WIDTH + x, LUMA + ((y * WIDTH) / 2 + x) / 2, LUMA * 1.25 + ((y * WIDTH) / 2 + x) / 2],
    strides: [WIDTH, WIDTH / 2, WIDTH / 2],
  }),
  NV12: (x, y) => ({ offsets: [y * WIDTH + x, LUMA + (y / 2) * WIDTH + x], strides: [WIDTH, WIDTH] }),
};

/** Samples half of which are at the ends of the range; the same on every run. */
function samples(length) {
  let state = 7;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return [0, 255, state >>> 16, state >>> 8][state >>> 30];
  });
}

async function load() {
  const weights = (await readdir(DIST)).find((file) => file.endsWith(".bin"));
  const { default: init, Vision } = await import(new URL("../../js/glue/vision.js", import.meta.url));
  await init({ module_or_path: await WebAssembly.compile(await readFile(new URL("vision_compat_bg.wasm", DIST))) });
  return new Vision(new Uint8Array(await readFile(new URL(weights, DIST))));
}

describe("colour conversion in wasm", () => {
  const bytes = samples(LUMA * 1.5);
  let vision;
  before(async () => (vision = await load()));

  /** A part of the frame, or all of it, as RGB. */
  function pixels(format, [matrix, fullRange], [x, y, width, height]) {
    const { offsets, strides } = FORMATS[format](x, y);
    vision.room(bytes.length).set(bytes);
    vision.analyse(format, width, height, Uint32Array.from(offsets), Uint32Array.from(strides), matrix, fullRange, 0);
    return decodePng(Buffer.from(vision.frame_png())).pixels;
  }

  for (const format of Object.keys(FORMATS)) {
    test(`${format}: a run of pixels converts like its pixels one by one`, () => {
      for (const colour of COLOURS) {
        const whole = pixels(format, colour, [0, 0, WIDTH, HEIGHT]);
        for (let y = 0; y < HEIGHT; y += 2) {
          for (let x = 0; x < WIDTH; x += 2) {
            const block = pixels(format, colour, [x, y, 2, 2]);
            const found = [y, y + 1].map((row) => whole.subarray(3 * (row * WIDTH + x), 3 * (row * WIDTH + x + 2)));
            assert.deepEqual(Buffer.concat(found), block, `${colour} at ${x}, ${y}`);
          }
        }
      }
    });
  }
});
