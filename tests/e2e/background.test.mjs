// A check while the person does something else: no preview, no instructions, but a notice that the camera is on.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { suite } from "./lib/suite.mjs";

/** The face comes into the picture late. */
const LATE = { faces: [{ from: 60 }] };

describe("in the background", () => {
  const world = suite();
  const { embed } = integrator(world);

  for (const framePath of ["auto", "video-frame"]) {
    test(`a check without a preview takes its pictures and tells nobody what to do (${framePath})`, async () => {
      const visit = await embed("<body><p>An article.</p>", { camera: drawnCamera(LATE) });
      const told = await visit.page.evaluate(async (framePath) => {
        const { LivenessCheck } = await import("/liveness-capture/index.js");
        const check = new LivenessCheck({ mode: "background", framePath, model: "mixed-10-v2", fps: 15 });
        const [guidance, live] = [new Set(), []];
        check.addEventListener("change", ({ detail }) => {
          guidance.add(detail.guidance);
          live.push(`${detail.state} ${detail.cameraLive}`);
        });
        const { verdict } = await check.start();
        return { verdict, guidance: [...guidance], live: [...new Set(live)], videos: document.querySelectorAll("video").length };
      }, framePath);
      assert.match(told.verdict, /^(live|fake|inconclusive)$/);
      assert.deepEqual(told.guidance, ["wait", "allow-camera", "none", "uploading", "verifying"]);
      assert.ok(told.live.includes("capturing true") && told.live.includes("uploading false") && !told.live.includes("done true"), told.live);
      assert.equal(told.videos, 0);
      await assertClean(visit);
    });
  }
});
