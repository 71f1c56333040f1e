// Cancelling and leaving in every state: the camera is off, nothing more is sent, and a new check works.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean, assertVerdict } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { isComplete, isCrop, isOpen } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const QUERY = { model: "mixed-10-v2", fps: "5" };
const HELD = /Failed to load resource|aborted/;

/** In the page: getUserMedia answers only when `__letCamera()` is called. */
function holdCamera() {
  globalThis.__record.cameraHold = new Promise((resolve) => (globalThis.__letCamera = resolve));
}

describe("cancel", () => {
  const world = suite();

  /** Brings a page to a state and keeps it there. `letGo()` releases what is held back. */
  async function hold(state) {
    let letGo = () => undefined;
    const release = new Promise((resolve) => (letGo = resolve));
    const holds = {
      loading: ({ path }) => path.endsWith("/vision_bg.wasm"),
      // Without a session no picture is taken, however good the face.
      positioning: isOpen,
      uploading: isCrop,
      verifying: isComplete,
    };
    if (holds[state]) world.proxy.rules.push((exchange) => (holds[state](exchange) ? { release } : undefined));
    const init = state === "requesting-camera" ? [[holdCamera]] : [];
    const visit = await world.visit({ camera: drawnCamera(), query: QUERY, init });
    if (state === "requesting-camera") letGo = () => visit.page.evaluate(() => globalThis.__letCamera());
    await visit.start();
    await visit.until(state);
    return { visit, letGo };
  }

  async function assertNothingMore(visit) {
    await sleep(300);
    const before = world.proxy.api().length;
    const changes = (await visit.timeline()).length;
    await sleep(700);
    assert.equal(world.proxy.api().length, before, "requests after the end");
    assert.equal((await visit.timeline()).length, changes, "changes after the end");
    assert.equal((await visit.app()).state, "cancelled");
    assert.equal(await visit.liveTracks(), 0, "live camera tracks");
  }

  for (const state of ["requesting-camera", "loading", "positioning", "capturing", "uploading", "verifying"]) {
    test(`while ${state}`, async () => {
      const { visit, letGo } = await hold(state);
      await visit.cancel();
      const app = await visit.until("cancelled", 2_000);
      assert.equal(app.verdict, "");
      assert.equal(await visit.liveTracks(), 0, "live camera tracks");
      assert.equal(await visit.focused(), "start", "the focus must return to Start");
      // What was held back arrives late and no longer counts.
      await letGo();
      await assertNothingMore(visit);
      if (state === "requesting-camera") assert.equal(await visit.allTracks(), 1, "the camera must have arrived, late");
      await assertClean(visit, { consoleErrors: [HELD] });

      world.proxy.reset();
      await visit.start();
      assertVerdict(await visit.ended(30_000));
      await assertClean(visit, { consoleErrors: [HELD] });
    });
  }

  test("Escape cancels", async () => {
    const { visit } = await hold("capturing");
    await visit.page.keyboard.press("Escape");
    await visit.until("cancelled", 2_000);
    await assertNothingMore(visit);
  });

  test("Escape does nothing before and after", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: QUERY });
    await visit.page.keyboard.press("Escape");
    assert.equal((await visit.app()).state, "idle");
    await visit.start();
    assertVerdict(await visit.ended(30_000));
    await visit.page.keyboard.press("Escape");
    assert.equal((await visit.app()).state, "done");
  });

  test("starting and cancelling again and again leaves nothing behind", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: QUERY });
    for (let round = 0; round < 6; round++) {
      await visit.start();
      await sleep(40 * round);
      await visit.cancel();
      await visit.until("cancelled", 2_000);
    }
    await sleep(1_000);
    await assertClean(visit, { consoleErrors: [HELD] });
    await visit.start();
    assertVerdict(await visit.ended(30_000));
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  for (const state of ["positioning", "capturing"]) {
    test(`leaving the page while ${state} turns the camera off`, async () => {
      const { visit } = await hold(state);
      assert.equal(await visit.liveTracks(), 1);
      await visit.page.goto(`${world.proxy.origin}/health`);
      const left = JSON.parse(await visit.page.evaluate(() => sessionStorage.getItem("tracksAtUnload")));
      assert.deepEqual(left, { live: 0, all: 1 });
    });
  }

  test("checks that are left early, with frames on their way, leave the next one all of its own", async () => {
    const { page } = await integrator(world).embed('<video id="preview" playsinline muted></video>', { camera: drawnCamera() });
    const { frames, reached } = await page.evaluate(async () => {
      const reached = [];
      const { LivenessCheck } = await import(new URL("/liveness-capture/index.js", location.href).href);
      const wait = (ms) => new Promise((done) => setTimeout(done, ms));
      const options = { video: document.getElementById("preview"), model: "mixed-10-v2", fps: 15 };
      for (let round = 0; round < 8; round += 1) {
        const check = new LivenessCheck(options);
        check.start().catch(() => undefined);
        for (let tries = 0; tries < 200 && check.snapshot.state !== "positioning"; tries += 1) await wait(10);
        reached.push(check.snapshot.state);
        await wait((round * 37) % 150);
        check.cancel();
      }
      const last = new LivenessCheck(options);
      const { rows } = last.record();
      await last.start();
      return { frames: rows.filter(([kind]) => kind === "frame").length, reached };
    });
    assert.deepEqual(reached, Array(8).fill("positioning"), "left while frames were on their way");
    assert.ok(frames >= 10, `${frames}`);
  });

  test("a camera that the browser gives no more frames of, since others hold them, is seen through the preview", async () => {
    const { page } = await integrator(world).embed('<video id="preview" playsinline muted></video>', { camera: drawnCamera() });
    const { held, frames } = await page.evaluate(async () => {
      const { LivenessCheck } = await import(new URL("/liveness-capture/index.js", location.href).href);
      const wait = (ms) => new Promise((done) => setTimeout(done, ms));
      const [track] = (await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } })).getVideoTracks();
      const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
      const theirs = [];
      for (;;) {
        const next = await Promise.race([reader.read(), wait(1_000)]);
        if (!next?.value) break;
        theirs.push(next.value);
      }
      const last = new LivenessCheck({ video: document.getElementById("preview"), model: "mixed-10-v2", fps: 15 });
      const { rows } = last.record();
      await last.start();
      const frames = rows.filter(([kind]) => kind === "frame").length;
      const held = theirs.length;
      for (const frame of theirs) frame.close();
      track.stop();
      return { held, frames };
    });
    assert.ok(held > 0, "Chromium hands out as many frames as one likes");
    assert.ok(frames >= 10, `${frames}`);
  });
});
