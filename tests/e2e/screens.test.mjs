// Screenshots of the demo page in every state, for people to look at: tests/e2e/results/<state>-<size>-<scheme>.png. Taken
// with LIVENESS_SCREENS alone; what the element looks like is compared with committed pictures in gallery.test.mjs.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { answerWith } from "./lib/answers.mjs";
import { drawnCamera } from "./lib/camera.mjs";
import { RESULTS } from "./lib/paths.mjs";
import { isComplete, isCrop } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
const QUERY = { model: "mixed-10-v2", fps: "4" };

function holdCamera() {
  globalThis.__record.cameraHold = new Promise(() => undefined);
}

const skip = process.env.LIVENESS_SCREENS ? false : "for people to look at: set LIVENESS_SCREENS";

describe("screens", { skip }, () => {
  const world = suite();
  mkdirSync(RESULTS, { recursive: true });
  const nobody = { faces: [], frames: 20 };
  const never = new Promise(() => undefined);
  const hold = (matches) => (exchange) => (matches(exchange) ? { release: never } : undefined);
  const verdict = (word, score) => (exchange) => (isComplete(exchange) ? { rewrite: (answer) => answerWith(answer, word, score) } : undefined);

  /** [name, the state, what leads to it] */
  const screens = [
    ["idle", "idle", {}],
    ["requesting-camera", "requesting-camera", { init: [[holdCamera]] }],
    ["loading", "loading", { rule: hold(({ path }) => path.endsWith("/vision_bg.wasm")) }],
    ["positioning", "positioning", { faces: nobody }],
    ["positioning-move-left", "positioning", { faces: { faces: [{ cx: 180, sway: 0 }], frames: 20 } }],
    // Long enough for every screenshot of it, even on a busy machine.
    ["capturing", "capturing", { query: { model: "mixed-60-v2" } }],
    ["uploading", "uploading", { rule: hold(isCrop) }],
    ["verifying", "verifying", { rule: hold(isComplete) }],
    ["done-live", "done", { rule: verdict("live", 87.4) }],
    ["done-fake", "done", { rule: verdict("fake", 21.8) }],
    ["done-inconclusive", "done", { rule: verdict("inconclusive", 52) }],
    ["failed", "failed", { browser: { prompt: true } }],
    ["cancelled", "cancelled", { then: (visit) => visit.cancel() }],
  ];

  for (const [name, state, { faces = {}, query = {}, rule, init = [], browser = {}, then }] of screens) {
    test(name, async () => {
      for (const [size, viewport] of Object.entries(SIZES)) {
        if (rule) world.proxy.rules.push(rule);
        const visit = await world.visit({ camera: drawnCamera(faces), query: { ...QUERY, ...query }, init, browser, context: { viewport, colorScheme: "light" } });
        if (state !== "idle") await visit.start();
        await then?.(visit);
        await visit.until(state, 30_000);
        // Let waiting texts appear and the ring make progress.
        await visit.page.waitForTimeout(state === "capturing" ? 1_200 : 900);
        for (const colorScheme of ["light", "dark"]) {
          await visit.page.emulateMedia({ colorScheme });
          // Colours take a moment to change.
          await visit.page.waitForTimeout(250);
          await visit.page.screenshot({ path: join(RESULTS, `${name}-${size}-${colorScheme}.png`) });
        }
        assert.equal((await visit.app()).state, state);
        await visit.close();
        world.proxy.reset();
      }
    });
  }
});
