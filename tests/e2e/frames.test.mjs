// Every path of frames to the worker leads to a verdict: the crops are right, and every frame is closed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { drawnCamera, drawnFile } from "./lib/camera.mjs";
import { startDetector } from "./lib/detector.mjs";
import { assertClean, assertCrops, assertFaceScale, assertVerdict } from "./lib/expect.mjs";
import { frameRecords, recordFrames, workerRecordRule } from "./lib/frame_record.mjs";
import { isComplete, newestRun } from "./lib/proxy.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

const FRAMES = 10;
/** The message by which each path's frames reach the worker. */
const KIND = { "track-processor": "stream", "video-frame": "frame", "image-bitmap": "bitmap", canvas: "rgba" };
const KINDS = Object.values(KIND);

describe("frame paths", () => {
  const world = suite();
  let detector;
  before(async () => (detector = await startDetector()));
  after(() => detector?.stop());

  async function open({ camera = drawnCamera(), query = {}, browser = {} }) {
    world.proxy.rules.push(workerRecordRule);
    return world.visit({ camera, query: { ...QUICK, ...query }, init: [[recordFrames, browser]] });
  }

  /** Asserts the verdict, its crops, and that frames came by `path`. */
  async function assertPath(t, visit, path, timeout = 30_000) {
    const app = await visit.ended(timeout);
    assertVerdict(app);
    const own = newestRun(world.proxy.crops().filter((crop) => crop.path.includes(app.session)));
    const sizes = await assertFaceScale(detector, assertCrops(own, FRAMES));
    const complete = world.proxy.exchanges.find((exchange) => isComplete(exchange) && exchange.status === 200);
    const { timestamps_ms: stamps, fps } = JSON.parse(complete.body);
    assert.equal(stamps.length, FRAMES);
    assert.ok(stamps.every((at, i) => i === 0 || at > stamps[i - 1]), `timestamps ${stamps}`);

    const { workers, made, stillOpen } = await frameRecords(visit);
    assert.equal(workers.length, 1, "workers");
    const [record] = workers;
    t.diagnostic(`${fps.toFixed(1)} frames per second; faces ${Math.min(...sizes).toFixed(3)} to ${Math.max(...sizes).toFixed(3)}; ${JSON.stringify(record)}`);
    assert.deepEqual(KINDS.filter((kind) => record[kind] > 0), [KIND[path]], "the path of the frames");
    assert.ok(record.analysed >= FRAMES, `${record.analysed} frames analysed`);
    // The page transfers what it makes for the worker; the worker closes what it gets.
    assert.equal(made > 0, path === "video-frame" || path === "image-bitmap");
    assert.equal(stillOpen, 0, `of ${made} pictures that the page made, ${stillOpen} are still open`);
    if (path === "track-processor") {
      assert.ok(record.read >= record.analysed);
      // The one being analysed and the newest one waiting.
      assert.ok(record.mostOpen <= 2, `${record.mostOpen} frames were open at once`);
    } else {
      assert.equal(record.mostUnanswered, 1, "only one frame may be in flight");
      assert.ok(record.mostOpen <= 1, `${record.mostOpen} frames were open at once`);
    }
    assert.ok(record.open <= 1, `${record.open} frames were open at the worker's end`);
    await assertClean(visit);
    assert.ok(!visit.consoleErrors.some((text) => /garbage collected/.test(text)));
  }

  for (const path of Object.keys(KIND)) {
    test(`${path}, by option`, async (t) => {
      const visit = await open({ query: { framePath: path } });
      await visit.start();
      await assertPath(t, visit, path);
    });
  }

  const MSTP = "MediaStreamTrackProcessor";
  const browsers = [
    ["with everything", {}, "track-processor"],
    ["without MediaStreamTrackProcessor", { missing: [MSTP] }, "video-frame"],
    ["without VideoFrame", { missing: [MSTP, "VideoFrame"] }, "image-bitmap"],
    ["without requestVideoFrameCallback", { missing: [MSTP], frameCallback: false }, "image-bitmap"],
    ["whose requestVideoFrameCallback never calls", { missing: [MSTP], frameCallback: "silent" }, "video-frame"],
    ["without ImageBitmap from a video", { missing: [MSTP, "VideoFrame", "createImageBitmap"] }, "canvas"],
    ["with nothing but a canvas", { missing: [MSTP, "VideoFrame", "createImageBitmap"], frameCallback: false }, "canvas"],
  ];
  for (const [what, browser, path] of browsers) {
    test(`a browser ${what} takes ${path}`, async (t) => {
      const visit = await open({ browser });
      await visit.start();
      await assertPath(t, visit, path);
    });
  }

  for (const path of ["video-frame", "image-bitmap", "canvas"]) {
    test(`a video file by ${path}`, async (t) => {
      const visit = await open({ camera: null, query: { framePath: path } });
      await visit.page.setInputFiles("#file", await drawnFile());
      await assertPath(t, visit, path);
    });
  }

  test("an ImageBitmap that is ready only after Cancel is closed as well", async () => {
    const visit = await open({ query: { framePath: "image-bitmap" }, browser: { bitmapDelayMs: 400 } });
    await visit.start();
    await visit.until(["positioning", "capturing"]);
    await visit.page.waitForFunction(() => globalThis.__frames.made.length > 0, null, { polling: 10 });
    await visit.cancel();
    await visit.until("cancelled");
    await visit.page.waitForTimeout(800);
    const { made, stillOpen } = await frameRecords(visit);
    assert.ok(made > 0);
    assert.equal(stillOpen, 0, `${stillOpen} of ${made} are still open`);
    await assertClean(visit);
  });
});
