// Whole checks: camera in, verdict out.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { cameraFromClip, drawnCamera, drawnFile } from "./lib/camera.mjs";
import { startDetector } from "./lib/detector.mjs";
import { assertClean, assertCropPng, assertCrops, assertFaceScale, assertVerdict } from "./lib/expect.mjs";
import { FOOTAGE, footageMissing } from "./lib/paths.mjs";
import { decodePng } from "./lib/png.mjs";
import { cropIndex, isComplete, newestRun } from "./lib/proxy.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

const FRAMES = 30;
const VERDICT_WITHIN_MS = 15_000;
const LIVE = "fakecam/live_man_hoodie.mjpeg";
const LIVE_FILE = "clips/live_man_glasses.mp4";

describe("a whole check", () => {
  const world = suite();
  let detector;
  before(async () => (detector = await startDetector()));
  after(() => detector?.stop());

  /** Runs a check with the camera; asserts everything that holds for every check. */
  async function run(t, camera) {
    const visit = await world.visit({ camera });
    const clicked = performance.now();
    await visit.start();
    const app = await visit.ended(VERDICT_WITHIN_MS);
    const took = performance.now() - clicked;
    assertVerdict(app);
    assert.ok(took <= VERDICT_WITHIN_MS, `took ${took.toFixed(0)} ms`);

    const { proxy } = world;
    const pngs = assertCrops(newestRun(proxy.crops()), FRAMES);
    const timeline = await visit.timeline();
    printOverlap(t, visit, timeline, proxy, clicked);
    // The page leaves "capturing" when the last picture is cut; by then most of the others must have arrived.
    const lastTaken = visit.clockOffset + timeline.findLast(({ state }) => state === "capturing").at;
    const early = proxy.crops().filter(({ at }) => at < lastTaken).length;
    assert.ok(early >= FRAMES / 2, `${early} crops arrived before the last was captured`);
    assert.ok(proxy.exchanges.filter(isComplete).length >= 1);
    assert.ok(pngs.every((png, i) => i === 0 || !png.equals(pngs[i - 1])), "two crops in a row are the same");
    const sizes = await assertFaceScale(detector, pngs);
    t.diagnostic(`verdict ${app.verdict} ${app.score}, ${took.toFixed(0)} ms; faces ${Math.min(...sizes).toFixed(3)} to ${Math.max(...sizes).toFixed(3)} of the side`);
    await assertClean(visit);
    assert.equal(await visit.allTracks(), 1);
    return { visit, app };
  }

  test("the live clip is live within 15 s", { skip: footageMissing(LIVE) }, async (t) => {
    const { app } = await run(t, cameraFromClip(LIVE));
    assert.equal(app.verdict, "live");
    assert.ok(Number(app.score) >= 65);
  });

  test("a drawn face gets a verdict, and again on Try again", async (t) => {
    const { visit, app } = await run(t, drawnCamera());
    assert.equal(await visit.page.textContent("#start"), "Try again");
    world.proxy.reset();
    await visit.start();
    const again = await visit.ended();
    assertVerdict(again);
    assert.notEqual(again.session, app.session);
    assertCrops(newestRun(world.proxy.crops()), FRAMES);
    await assertClean(visit);
  });

  test("the crops transport sends one documented request", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: { ...QUICK, transport: "crops" } });
    await visit.start();
    assertVerdict(await visit.ended());
    const api = world.proxy.api();
    assert.deepEqual(api.map(({ method, path }) => `${method} ${path}`), ["POST /api/v1/fast-check-crops"]);
    const body = JSON.parse(api[0].body);
    assert.equal(body.source, "live");
    assert.equal(body.model, QUICK.model);
    assert.deepEqual(body.crops.map(({ index }) => index), Array.from({ length: 10 }, (_, i) => i));
    for (const { pixels } of body.crops) assertCropPng(Buffer.from(pixels, "base64"));
    assert.equal(api[0].headers["x-api-key"], undefined, "there must be no key in the browser");
    await assertClean(visit);
  });

  test("the stream transport sends whole frames while it captures", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: { ...QUICK, transport: "stream" } });
    await visit.page.evaluate(() => Object.defineProperty(MediaStreamTrack.prototype, "label", { get: () => "OBS Virtual Camera" }));
    await visit.start();
    const app = await visit.ended();
    assertVerdict(app);
    const sent = world.proxy.api().map(({ body }) => JSON.parse(body));
    assert.deepEqual([...new Set(sent.map(({ session_id: id }) => id))], [app.session]);
    const frames = sent.map(({ frame }) => frame).sort((one, other) => one.index - other.index);
    assert.deepEqual(frames.map(({ index }) => index), Array.from({ length: 10 }, (_, i) => i));
    // What is known of the capture once all frames are taken goes with the last.
    const warned = sent.filter(({ warnings }) => warnings?.includes("Virtual camera, by its label"));
    assert.deepEqual(warned.map(({ frame }) => frame.index), [9]);
    assert.equal(sent.at(-1).frame.index, 9, "the last frame starts the check");
    const stamps = frames.map(({ timestamp_ms: at }) => at);
    assert.ok(stamps.every((at, i) => i === 0 || at > stamps[i - 1]), `timestamps ${stamps}`);
    for (const { pixels } of frames) {
      const { width, height } = decodePng(Buffer.from(pixels, "base64"));
      assert.deepEqual([width, height], [640, 480], "frames must have the source's resolution");
    }
    assert.deepEqual(new Set(world.proxy.api().map(({ path }) => path)), new Set(["/api/v1/fast-check-stream"]));
    await assertClean(visit);
  });

  /** Runs a check of a video file, chosen as a person would. */
  async function runFile(file) {
    const visit = await world.visit();
    const [chooser] = await Promise.all([visit.page.waitForEvent("filechooser"), visit.page.click("#use-file")]);
    await chooser.setFiles(await file);
    const app = await visit.ended(30_000);
    assertVerdict(app);
    assertCrops(newestRun(world.proxy.crops()), FRAMES);
    assert.equal(await visit.page.evaluate(() => globalThis.__record.cameraCalls), 0, "the camera must not be requested");
    await assertClean(visit);
    return { visit, app };
  }

  test("a drawn video file gets a verdict, and again on Try again", async () => {
    const { visit } = await runFile(drawnFile());
    world.proxy.reset();
    await visit.start();
    assertVerdict(await visit.ended(30_000));
    assert.equal(await visit.page.evaluate(() => globalThis.__record.cameraCalls), 0);
  });

  test("a live video file gets a verdict", { skip: footageMissing(LIVE_FILE) }, async (t) => {
    const { app } = await runFile(join(FOOTAGE, LIVE_FILE));
    t.diagnostic(`verdict ${app.verdict} ${app.score}`);
  });

  test("a video that is too short, and a file that is not a video", async () => {
    const visit = await world.visit();
    await visit.page.setInputFiles("#file", await drawnFile({ frames: 30 }));
    assert.equal((await visit.until("failed", 30_000)).error, "media_too_short");
    await visit.page.setInputFiles("#file", { name: "note.mp4", mimeType: "video/mp4", buffer: Buffer.from("not a video") });
    assert.equal((await visit.until("failed")).error, "media_unsupported");
    assert.equal(world.proxy.exchanges.filter(isComplete).length, 0);
  });
});

/** Prints the uploads against the page's states, from the click on. */
function printOverlap(t, visit, timeline, proxy, clicked) {
  const states = timeline.filter(({ state }, i) => state !== timeline[i - 1]?.state);
  const lines = [
    ...states.map(({ at, state }) => ({ at: visit.clockOffset + at, text: state })),
    ...proxy.crops().map((crop) => ({ at: crop.at, text: `  crop ${cropIndex(crop)} arrives, ${crop.body.length} bytes` })),
  ];
  for (const { at, text } of lines.sort((a, b) => a.at - b.at)) t.diagnostic(`${(at - clicked).toFixed(0).padStart(6)} ms ${text}`);
}
