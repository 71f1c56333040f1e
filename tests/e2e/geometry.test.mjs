// Whatever a file's pixels are like, and whatever the browser knows, every way of reading frames gives the crop that the preview shows.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { drawnCamera, drawnFile, noteTurn } from "./lib/camera.mjs";
import { startDetector } from "./lib/detector.mjs";
import { assertClean, assertCrops, assertFaceScale } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { decodePng } from "./lib/png.mjs";
import { newestRun } from "./lib/proxy.mjs";
import { relayCamera, runCheck } from "./lib/relay.mjs";
import { suite } from "./lib/suite.mjs";

const FRAMES = 10;
const PATHS = ["canvas", "video-frame", "image-bitmap"];
const FULL_COLOURS = 3;
/** Mean difference of two crops of the same file, in levels: the frames may be a few hundredths of a second apart. */
const ALIKE = 6;

describe("frame geometry", () => {
  const world = suite();
  const { embed } = integrator(world);
  let detector;
  before(async () => (detector = await startDetector()));
  after(() => detector?.stop());

  /** In the page: a browser that does not know that frames may have to be turned, and hands them over as they lie. */
  const withoutRotation = () => {
    delete VideoFrame.prototype.rotation;
    for (const side of ["Width", "Height"]) {
      const get = function () {
        return this.visibleRect[side.toLowerCase()];
      };
      Object.defineProperty(VideoFrame.prototype, `display${side}`, { configurable: true, get });
    }
  };

  async function open(kind, init = []) {
    const visit = await embed(`<body><video id="preview" playsinline muted></video>`, { camera: null, init: init.map((script) => [script]) });
    const file = await readFile(await drawnFile({}, kind));
    const base64 = (kind === "turned" ? noteTurn(file) : file).toString("base64");
    await visit.page.evaluate((text) => (globalThis.__file = new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))])), base64);
    return visit;
  }

  /** The crops of a check of the page's file. */
  async function cropsOf(visit, framePath) {
    const before = world.proxy.crops().length;
    await visit.page.evaluate(runCheck, { source: "file", framePath });
    const outcome = await (await visit.page.waitForFunction(() => __run.outcome, null, { timeout: 30_000 })).jsonValue();
    assert.match(outcome, /^(live|fake|inconclusive)$/, framePath);
    return assertCrops(newestRun(world.proxy.crops().slice(before)), FRAMES);
  }

  /** The mean difference of two pictures' channels, the largest of three. */
  function difference(one, other) {
    const [left, right] = [one, other].map((png) => decodePng(png).pixels);
    const sums = [0, 0, 0];
    left.forEach((value, i) => (sums[i % FULL_COLOURS] += value - right[i]));
    const mean = left.reduce((sum, value, i) => sum + Math.abs(value - right[i]), 0) / left.length;
    return { mean, colour: Math.max(...sums.map((sum) => Math.abs(sum) / (left.length / FULL_COLOURS))) };
  }

  const KINDS = [
    ["pixels that are not square", "squeezed", []],
    ["BT.2020 in eight bits", "wide", []],
    ["a phone's note of how to turn it", "turned", []],
    ["the same in a browser that does not know of it", "turned", [withoutRotation]],
  ];
  for (const [what, kind, init] of KINDS) {
    test(`${what}: the same crop on every path`, async (t) => {
      const visit = await open(kind, init);
      const all = {};
      for (const path of PATHS) all[path] = await cropsOf(visit, path);
      for (const [path, crops] of Object.entries(all)) {
        // Upright, and neither wider nor taller than it is shown.
        await assertFaceScale(detector, crops.slice(0, 2));
        const found = difference(all.canvas[0], crops[0]);
        t.diagnostic(`${path}: ${found.mean.toFixed(2)} levels, colour ${found.colour.toFixed(2)}`);
        assert.ok(found.mean < ALIKE && found.colour < 3, `${path} differs by ${JSON.stringify(found)}`);
      }
      await assertClean(visit);
    });
  }

  for (const framePath of ["track-processor", "video-frame", "canvas"]) {
    test(`a camera that is turned in the middle, then one held upright, by ${framePath}`, async () => {
      const visit = await embed(`<body><video id="preview" playsinline muted></video>`, { camera: drawnCamera(), init: [[relayCamera]] });
      const crops = async () => {
        const before = world.proxy.crops().length;
        const outcome = await (await visit.page.waitForFunction(() => __run.outcome, null, { timeout: 30_000 })).jsonValue();
        assert.match(outcome, /^(live|fake|inconclusive)$/);
        const taken = assertCrops(newestRun(world.proxy.crops().slice(before)), FRAMES);
        await assertFaceScale(detector, taken.slice(-2));
      };
      await visit.page.evaluate(runCheck, { framePath });
      const turned = crops();
      await visit.page.waitForFunction(() => __run.check.snapshot.framesTaken >= 3, null, { polling: 10 });
      await visit.page.evaluate(() => Object.assign(__relay, { width: 480, height: 640 }));
      await turned;
      await visit.page.evaluate(runCheck, { framePath });
      await crops();
      await assertClean(visit);
    });
  }
});
