// The bench's own pages, which speak with the package's worker as the package's page does: as long as it takes to see that they can.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode } from "../bench/lib/frames.mjs";
import { inWorld } from "../bench/lib/world.mjs";
import { drawnCamera } from "./lib/camera.mjs";

const FPS = 30;
const FRAMES = 4;

describe("the bench's pages", () => {
  test("a camera, a start and frames in a row go through the worker as it is", async () => {
    const file = await drawnCamera();
    const frames = await decode(file, FRAMES);
    const files = { "/frames.i420": frames, "/frame.i420": frames.subarray(0, frames.length / FRAMES) };
    await inWorld({ video: { file, source: "drawn face" }, files }, async ({ run }) => {
      const { all, analysed, crops } = await run("camera", { seconds: 1, fps: FPS });
      assert.ok(all.length >= analysed.length && analysed.length > 1 && crops > 0, `${all.length} frames, ${analysed.length} analysed, ${crops} crops`);
      const { at, faces } = await run("startup_ours");
      assert.ok(at > 0 && faces === 1, `${faces} faces`);
      assert.ok(await run("endurance", { count: 2 * FRAMES, every: FRAMES }));
    });
  });
});
