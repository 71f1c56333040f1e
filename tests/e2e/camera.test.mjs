// Cameras that are refused, missing, busy or disconnected: each has its own code, and Try again works.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean, assertVerdict } from "./lib/expect.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

/** In the page: makes the next calls of getUserMedia reject like this, without asking the browser. */
function failCamera({ name, message, times }) {
  let left = times;
  const devices = navigator.mediaDevices;
  const original = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (constraints) => {
    if (left-- <= 0) return original(constraints);
    const error = name === "OverconstrainedError" ? new OverconstrainedError("width", message) : new DOMException(message, name);
    return Promise.reject(error);
  };
}

describe("camera failures", () => {
  const world = suite({ args: ["--allow-host", "insecure.test"] });

  /** Starts a check and expects this code, with words and advice on the page. */
  async function fails(visit, code) {
    await visit.start();
    const app = await visit.until("failed");
    assert.equal(app.error, code);
    assert.equal(await visit.page.textContent("#problem-code"), code);
    assert.ok((await visit.page.textContent("#problem-title")).length > 5);
    assert.ok((await visit.page.locator("#problem-advice li").count()) > 0, "there must be advice");
    assert.equal(await visit.focused(), "problem-title");
    assert.equal(await visit.liveTracks(), 0);
  }

  async function works(visit) {
    await visit.start();
    assertVerdict(await visit.ended());
    await assertClean(visit);
  }

  test("denied by the browser, then allowed", async () => {
    // Nobody answers a headless browser's prompt, which counts as a refusal.
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK, browser: { prompt: true } });
    await visit.start();
    const app = await visit.until("failed");
    assert.ok(["camera_denied", "camera_dismissed"].includes(app.error), app.error);
    await visit.context.grantPermissions(["camera"], { origin: world.proxy.origin });
    await works(visit);
  });

  test("no camera at all", async () => {
    const visit = await world.visit({ camera: null, query: QUICK });
    await fails(visit, "camera_not_found");
    assert.ok(await visit.page.isVisible("#use-file"), "a video file must be offered");
    await assertClean(visit);
  });

  const rejections = [
    ["NotAllowedError", "Permission denied", "camera_denied", 1],
    ["NotAllowedError", "Permission dismissed", "camera_dismissed", 1],
    ["NotFoundError", "Requested device not found", "camera_not_found", 1],
    ["NotAllowedError", "Permission denied by system", "camera_blocked_by_system", 1],
    // The first is followed by a softer try; the second is final.
    ["NotReadableError", "Could not start video source", "camera_in_use", 2],
    ["OverconstrainedError", "", "camera_overconstrained", 2],
    ["AbortError", "Something", "camera_failed", 2],
  ];
  for (const [name, message, code, times] of rejections) {
    test(`${name} (${message}) is ${code}, and Try again works`, async () => {
      const init = [[failCamera, { name, message, times }]];
      const visit = await world.visit({ camera: drawnCamera(), query: QUICK, init });
      await fails(visit, code);
      await works(visit);
    });
  }

  for (const name of ["OverconstrainedError", "NotReadableError", "AbortError"]) {
    test(`a camera that can be had only with less asked for (${name}) is used`, async () => {
      const init = [[failCamera, { name, message: "", times: 1 }]];
      const visit = await world.visit({ camera: drawnCamera(), query: QUICK, init });
      await works(visit);
    });
  }

  test("a page whose policy forbids the camera", async () => {
    const forbid = ({ headers, ...answer }) => ({ ...answer, headers: { ...headers, "permissions-policy": "camera=()" } });
    world.proxy.rules.push(({ path }) => (path === "/" ? { rewrite: forbid } : undefined));
    await fails(await world.visit({ camera: drawnCamera(), query: QUICK }), "camera_blocked_by_policy");
  });

  test("inside a frame that may not use the camera", async () => {
    const body = `<!doctype html><iframe src="/" allow="camera 'none'" width="600" height="700"></iframe>`;
    world.proxy.rules.push(({ path }) => (path === "/outer" ? { status: 200, headers: { "content-type": "text/html" }, body } : undefined));
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK });
    await visit.page.goto(`${world.proxy.origin}/outer`);
    const inner = visit.page.frameLocator("iframe");
    await inner.locator("#start:not([disabled])").click();
    await inner.locator('#app[data-state="failed"]').waitFor({ timeout: 10_000 });
    assert.equal(await inner.locator("#app").getAttribute("data-error"), "camera_blocked_by_policy");
  });

  test("a page without https", async () => {
    const flags = ["--host-resolver-rules=MAP insecure.test 127.0.0.1"];
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK, browser: { flags } });
    visit.origin = `http://insecure.test:${new URL(world.proxy.origin).port}`;
    await visit.open(QUICK);
    assert.equal(await visit.page.evaluate(() => isSecureContext), false);
    await visit.start();
    assert.equal((await visit.until("failed")).error, "camera_insecure_context");
  });

  test("a browser without getUserMedia", async () => {
    const without = () => Object.defineProperty(navigator, "mediaDevices", { value: undefined });
    await fails(await world.visit({ camera: drawnCamera(), query: QUICK, init: [[without]] }), "camera_unsupported");
  });

  /** In the page: a camera that opens, but never delivers a picture. */
  const darkCamera = () => {
    const record = globalThis.__record;
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = document.createElement("canvas");
      canvas.getContext("2d");
      const stream = canvas.captureStream(0);
      record.tracks.push(...stream.getTracks());
      return stream;
    };
  };

  test("a camera that never delivers a picture is turned off by Cancel", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK, init: [[darkCamera]] });
    await visit.start();
    await visit.page.waitForFunction(() => globalThis.__record.tracks.length === 1);
    await visit.page.waitForTimeout(300);
    assert.equal((await visit.app()).state, "requesting-camera");
    assert.equal(await visit.page.evaluate(() => globalThis.__record.tracks[0].readyState), "live");
    await visit.cancel();
    await visit.until("cancelled");
    await assertClean(visit);
  });

  test("a camera that never delivers a picture is waited for a minute, not as long as a person who is asked for it", async () => {
    const visit = await world.visit({ camera: drawnCamera(), query: QUICK, init: [[darkCamera]] });
    await visit.page.clock.install();
    await visit.start();
    await visit.page.waitForFunction(() => document.getElementById("check")?.shadowRoot.querySelector("video").srcObject);
    await visit.page.clock.fastForward(50_000);
    assert.equal((await visit.app()).state, "requesting-camera");
    await visit.page.clock.fastForward(11_000);
    assert.equal((await visit.until("failed")).error, "camera_timeout");
    await assertClean(visit);
  });

  for (const state of ["positioning", "capturing"]) {
    test(`unplugged while ${state}, and Try again works`, async () => {
      const faces = state === "positioning" ? { faces: [], frames: 20 } : {};
      const visit = await world.visit({ camera: drawnCamera(faces), query: { model: "mixed-10-v2", fps: "5" } });
      await visit.start();
      await visit.until(state);
      await visit.page.evaluate(() => {
        // A track stopped by the page fires no event; one that is taken away does.
        for (const track of globalThis.__record.tracks) {
          track.stop();
          track.dispatchEvent(new Event("ended"));
        }
      });
      assert.equal((await visit.until("failed", 5_000)).error, "camera_ended");
      await assertClean(visit);
      if (state === "capturing") await works(visit);
    });
  }
});
