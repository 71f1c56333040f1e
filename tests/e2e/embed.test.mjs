// The package in pages other than the demo: the documented examples as written, and its options.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { drawnCamera, drawnFile } from "./lib/camera.mjs";
import { assertClean, assertCrops } from "./lib/expect.mjs";
import { REPO } from "./lib/paths.mjs";
import { NETWORK_NOISE, assertDecided, assertFails, integrator } from "./lib/integrator.mjs";
import { cropIndex, isComplete, isCrop, isOpen, newestRun } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const IMPORTS = `<script type="importmap">{"imports": {"liveness-capture": "/liveness-capture/index.js"}}</script>`;

/** The first code block of this language in a document. */
async function example(document, language) {
  const text = await readFile(join(REPO, document), "utf8");
  const found = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(text);
  assert.ok(found, `${document} must have a block of ${language}`);
  return found[1];
}

describe("embedding", () => {
  const world = suite();
  const { embed, check } = integrator(world);

  /** Waits for the gateway's verdict; asserts whole crops and a released camera. */
  async function verdictOf(visit, frames) {
    const decided = () => world.proxy.exchanges.find((exchange) => isComplete(exchange) && exchange.status === 200);
    for (const end = Date.now() + 30_000; !decided(); await visit.page.waitForTimeout(50)) {
      assert.ok(Date.now() < end, `no verdict; the page said: ${await visit.page.textContent("body")}; ${visit.pageErrors}`);
    }
    const { data } = JSON.parse(decided().answer);
    assert.match(data.verdict, /^(live|fake|inconclusive)$/);
    assertCrops(newestRun(world.proxy.crops().filter(({ path }) => path.includes(data.session_id))), frames);
    await assertClean(visit);
    assert.equal(await visit.allTracks(), 1);
  }

  test("the README's example works as written", async () => {
    const visit = await embed(await example("README.md", "html"));
    await visit.page.waitForFunction(() => document.getElementById("hint").textContent.length > 3);
    await verdictOf(visit, 30);
  });

  test("the package's own example works as written", async () => {
    const script = await example("pkg/README.md", "js");
    const visit = await embed(`${IMPORTS}<body><video playsinline muted></video><p id="hint"></p><script type="module">${script}</script>`);
    await verdictOf(visit, 30);
  });

  test("a video by its URL", async () => {
    const body = await readFile(await drawnFile());
    world.proxy.rules.push(({ path }) => (path === "/clip.mp4" ? { status: 200, headers: { "content-type": "video/mp4" }, body } : undefined));
    const done = await check({ source: "/clip.mp4" }, { camera: null });
    await assertDecided(done);
    assert.equal(JSON.parse(world.proxy.exchanges.find(isOpen).body).source, "media");
    assert.equal(await done.visit.allTracks(), 0);
  });

  test("a video URL that leads nowhere", async () => {
    await assertFails(await check({ source: "/no-such.mp4" }, { camera: null }), "media_unsupported", NETWORK_NOISE);
  });

  test("the page's own headers go with every request, and the frame-margin crop rule works", async () => {
    const done = await check({ headers: { "x-shop": "42" }, cropRule: "frame-margin" });
    await assertDecided(done);
    const api = world.proxy.api();
    assert.ok(api.length >= 12 && api.every(({ headers }) => headers["x-shop"] === "42"));
  });

  test("X-Model-Version with a frame count", async () => {
    await assertDecided(await check({ model: undefined, modelVersion: "latest", frameCount: 10 }));
    const opened = world.proxy.exchanges.find(isOpen);
    assert.equal(opened.headers["x-model-version"], "latest");
    assert.deepEqual(JSON.parse(opened.body), { frame_count: 10, source: "live" });
  });

  test("an unknown deviceId does not fail the check: any camera will do", async () => {
    await assertDecided(await check({ deviceId: "a camera that was here yesterday" }));
  });

  test("a request that is never answered is cut off and sent again", async () => {
    let held = false;
    world.proxy.rules.push((exchange) => {
      if (held || !isCrop(exchange) || cropIndex(exchange) !== 2) return undefined;
      held = true;
      return { release: new Promise(() => undefined) };
    });
    await assertDecided(await check({ timeouts: { request: 1_000 } }), NETWORK_NOISE);
    assert.ok(world.proxy.crops().filter((crop) => cropIndex(crop) === 2).length >= 2);
  });

  test("requests that are never answered end in request_timeout", async () => {
    world.proxy.rules.push((exchange) => (isOpen(exchange) ? { release: new Promise(() => undefined) } : undefined));
    await assertFails(await check({ timeouts: { request: 300 } }), "request_timeout", NETWORK_NOISE);
    const tries = world.proxy.exchanges.filter(isOpen).length;
    assert.equal(tries, 8, "as many tries as the policy allows");
  });

  const never = { release: new Promise(() => undefined) };
  const hold = (matches) => (exchange) => (matches(exchange) ? never : undefined);
  const holdModule = hold(({ path }) => path.endsWith("/vision_bg.wasm"));
  const nobody = () => drawnCamera({ faces: [], frames: 20 });
  /** In the page: a permission prompt that nobody answers. */
  const silentPrompt = () => (globalThis.__record.cameraHold = new Promise(() => undefined));
  /** In the page: a camera that freezes after a second. */
  const freezingCamera = () => {
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
      const context = canvas.getContext("2d");
      const timer = setInterval(() => context.fillRect(Math.random() * 640, 0, 9, 9), 33);
      setTimeout(() => clearInterval(timer), 1_000);
      context.fillRect(0, 0, 9, 9);
      const stream = canvas.captureStream(30);
      globalThis.__record.tracks.push(...stream.getTracks());
      return stream;
    };
  };
  const limits = [
    ["camera", 500, "camera_timeout", { init: [[silentPrompt]] }],
    ["loading", 1_000, "engine_load_timeout", { rule: holdModule }],
    ["positioning", 1_500, "positioning_timeout", { camera: nobody }],
    ["stall", 1_500, "frames_stalled", { init: [[freezingCamera]] }],
    ["upload", 800, "request_timeout", { rule: hold(isCrop) }],
    ["verify", 800, "request_timeout", { rule: hold(isComplete) }],
  ];
  for (const [name, ms, code, { init, rule, camera }] of limits) {
    test(`timeouts.${name} ends in ${code}`, async () => {
      if (rule) world.proxy.rules.push(rule);
      const began = performance.now();
      await assertFails(await check({ timeouts: { [name]: ms } }, { init, camera: camera?.() }), code, NETWORK_NOISE);
      assert.ok(performance.now() - began < 15_000, "it must end well before the default");
    });
  }

  for (const abortAt of ["before", "loading", "positioning", "capturing", "verifying"]) {
    test(`aborting by the signal, ${abortAt}, cancels the check`, async () => {
      // On a fast machine the detector is ready before the camera, so this state would be skipped.
      if (abortAt === "loading") world.proxy.rules.push(holdModule);
      const done = await check({}, { actions: { abortAt } });
      await assertFails(done, "cancelled");
      const cameras = await done.visit.page.evaluate(() => globalThis.__record.cameraCalls);
      assert.equal(cameras, abortAt === "before" ? 0 : 1);
      const sent = world.proxy.api().length;
      await done.visit.page.waitForTimeout(400);
      assert.equal(world.proxy.api().length, sent, "requests after the end");
    });
  }

  const invalid = [
    [{ fps: 31 }, "fps"],
    [{ framePath: "post" }, "framePath"],
    [{ transport: "pigeon" }, "transport"],
    [{ timeouts: { verify: -1 } }, "timeouts.verify"],
    [{ timeouts: { request: 2 ** 31 } }, "timeouts.request"],
    [{ video: null }, "video"],
    [{ video: "#preview" }, "video"],
    [{ headers: { "x-name": "日本" } }, 'headers["x-name"]'],
    [{ headers: { "X-Liveness-Token": "mine" } }, 'headers["X-Liveness-Token"]'],
    [{ colour: "red" }, "colour"],
  ];
  for (const [options, word] of invalid) {
    test(`${JSON.stringify(options)} is refused by name before the camera is requested`, async () => {
      const done = await check(options);
      await assertFails(done, "invalid_options");
      assert.ok(done.result.detail.includes(word), done.result.detail);
      assert.equal(done.result.retriable, false);
      assert.equal(await done.visit.page.evaluate(() => globalThis.__record.cameraCalls), 0);
    });
  }
});
