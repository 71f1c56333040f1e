// Unsuitable pictures are not taken, and the guidance says why.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cameraFromClip, drawnCamera } from "./lib/camera.mjs";
import { assertClean, assertVerdict } from "./lib/expect.mjs";
import { assertFails, integrator } from "./lib/integrator.mjs";
import { footageMissing } from "./lib/paths.mjs";
import { cropRun, isComplete, isOpen, newestRun } from "./lib/proxy.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

/** How long to watch a camera that shows the wrong thing. */
const WATCH_MS = 2_500;
const STILL = { sway: 0 };

describe("framing", () => {
  const world = suite();
  const { check } = integrator(world);

  /** Watches a camera from which nothing may be taken; returns how often each guidance was shown. */
  async function refused(t, camera, watchMs = WATCH_MS) {
    const visit = await world.visit({ camera });
    await visit.start();
    await visit.until("positioning");
    const seen = {};
    for (const end = performance.now() + watchMs; performance.now() < end; await sleep(50)) {
      const { guidance, state } = await visit.app();
      seen[guidance] = (seen[guidance] ?? 0) + 1;
      assert.equal(state, "positioning");
    }
    assert.deepEqual(world.proxy.crops(), [], "crops uploaded");
    assert.deepEqual(world.proxy.exchanges.filter(isComplete), []);
    t.diagnostic(`guidance seen: ${JSON.stringify(seen)}`);
    const shown = await visit.page.textContent("#instruction");
    assert.ok(shown.length > 0, "an instruction must be shown");
    await visit.cancel();
    await visit.until("cancelled");
    await assertClean(visit);
    return seen;
  }

  /** Asserts that this guidance was shown most of the time: more than the fraction `least`. */
  function assertMostly(seen, guidance, least = 0.7) {
    const all = Object.values(seen).reduce((sum, count) => sum + count, 0);
    assert.ok((seen[guidance] ?? 0) > least * all, `expected mostly ${guidance}: ${JSON.stringify(seen)}`);
  }

  const clips = [
    ["clips/no_face_room.mp4", "no-face"],
    ["clips/two_faces.mp4", "multiple-faces"],
    ["clips/too_close_man_glasses.mp4", "move-back"],
    // In an eighth of its frames the network, as in MediaPipe, takes a hand for a second face, mostly in the first seconds:
    // watched once to its end.
    ["clips/far_small_face.mp4", "move-closer", 0.6, 7_000],
  ];
  for (const [clip, guidance, least, watchMs] of clips) {
    test(`${clip}: nothing is uploaded, and the guidance is ${guidance}`, { skip: footageMissing(clip) }, async (t) => {
      assertMostly(await refused(t, cameraFromClip(clip), watchMs), guidance, least);
    });
  }

  // The preview is mirrored, the camera's picture is not: a face on the left of the picture is on the person's own
  // right, and on the right of the preview.
  const drawn = [
    ["nobody", [], "no-face"],
    ["two people", [{ radius: 70, cx: 190, cy: 230 }, { radius: 70, cx: 450, cy: 230 }], "multiple-faces"],
    ["a face on the left of the picture", [{ cx: 180, ...STILL }], "move-left"],
    ["a face on the right of the picture", [{ cx: 460, ...STILL }], "move-right"],
    ["a face high up", [{ radius: 80, cy: 105, ...STILL }], "move-down"],
    ["a face low down", [{ radius: 80, cy: 345, ...STILL }], "move-up"],
    ["a face too far away", [{ radius: 52, ...STILL }], "move-closer"],
    ["a face too near", [{ radius: 205, cy: 190, ...STILL }], "move-back"],
  ];
  for (const [what, faces, guidance] of drawn) {
    test(`${what}: nothing is uploaded, and the guidance is ${guidance}`, async (t) => {
      assertMostly(await refused(t, drawnCamera({ faces, frames: 20 })), guidance);
    });
  }

  test("a second person who comes in later breaks the run, and only a complete run counts", async () => {
    // One face for 1.5 s, two for 1 s, then one again, in a loop.
    const camera = drawnCamera({ faces: [{ cx: 275 }, { radius: 75, cx: 540, from: 45, to: 75 }], frames: 150 });
    const visit = await world.visit({ camera, query: { model: "mixed-10-v2", fps: "5" } });
    await visit.start();
    const app = await visit.ended(40_000);
    assertVerdict(app);
    const mine = newestRun(world.proxy.crops().filter(({ path }) => path.includes(app.session)));
    assert.equal(mine.length, 10);
    await assertClean(visit, { consoleErrors: [/Failed to load resource/] });
  });

  test("a page hidden during the capture waits, and only a later run counts", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.page.evaluate(() => {
      globalThis.__show = (state) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => state === "hidden" });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      // Hide it from within, as soon as the first picture is taken: this test could be too slow.
      const app = document.getElementById("app");
      const observer = new MutationObserver(() => {
        if (app.dataset.state !== "capturing") return;
        observer.disconnect();
        globalThis.__show("hidden");
      });
      observer.observe(app, { attributes: true });
    });
    await visit.start();
    await visit.page.waitForSelector('#app[data-guidance="page-hidden"]');
    assert.deepEqual((({ state, progress }) => [state, progress])(await visit.app()), ["positioning", "0"]);
    await sleep(300);
    const uploaded = world.proxy.crops().length;
    await sleep(700);
    assert.equal(world.proxy.crops().length, uploaded, "nothing may be taken from a hidden page");
    await visit.page.evaluate(() => globalThis.__show("visible"));
    const app = await visit.ended(30_000);
    assertVerdict(app);
    const mine = newestRun(world.proxy.crops().filter(({ path }) => path.includes(app.session)));
    assert.equal(mine.length, 10);
    assert.ok(cropRun(mine[0]) >= 1, "the broken run does not count");
    assert.equal(world.proxy.exchanges.filter(isOpen).length, 1, "the next run goes on in its session");
    await assertClean(visit, { consoleErrors: [/Failed to load resource/] });
  });

  test("a check that never finds a face ends by itself", async () => {
    const done = await check({ timeouts: { positioning: 4_000 } }, { camera: drawnCamera({ faces: [], frames: 20 }) });
    await assertFails(done, "positioning_timeout");
    assert.deepEqual(world.proxy.crops(), [], "crops uploaded");
  });
});
