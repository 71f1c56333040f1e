// What is fetched when: nothing by the import, everything at once by start, or early by preload; and no worker is left behind.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean, assertVerdict } from "./lib/expect.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

const WEIGHTS = /^blazeface_short_range-[0-9a-f]{8}\.bin$/;
/** In the page: getUserMedia answers only when `__letCamera()` is called. */
const holdCamera = () => void (globalThis.__record.cameraHold = new Promise((resolve) => (globalThis.__letCamera = resolve)));

describe("start-up", () => {
  const world = suite();
  const visit = (options = {}) => world.visit({ camera: drawnCamera(), query: QUICK, ...options });
  /** The names of the package's files that were requested. */
  const fetched = () =>
    world.proxy.exchanges.filter(({ path }) => path.startsWith("/liveness-capture/")).map(({ path }) => path.split("/").at(-1));
  const heavy = (name) => /\.(wasm|bin)$/.test(name);

  async function until(what, condition, timeout = 10_000) {
    for (const end = performance.now() + timeout; performance.now() < end; await sleep(20)) if (await condition()) return;
    assert.fail(`${what}; fetched so far: ${fetched()}`);
  }

  test("importing the package fetches and starts nothing", async () => {
    const page = await visit();
    await sleep(500);
    assert.deepEqual(fetched(), ["element.js", "index.js"]);
    assert.equal(await page.liveWorkers(), 0);
  });

  test("start fetches everything at once, without waiting for the page's module or the person", async () => {
    let letGo;
    const release = new Promise((resolve) => (letGo = resolve));
    world.proxy.rules.push(({ path }) => (path.endsWith("/host_bg.wasm") ? { release } : undefined));
    const page = await visit({ init: [[holdCamera]] });
    await page.start();
    await until("module and weights are fetched while the page's module is still loading", () => fetched().includes("vision_bg.wasm") && fetched().some((name) => WEIGHTS.test(name)));
    assert.equal(await page.page.evaluate(() => globalThis.__record.cameraCalls), 0);
    letGo();
    await page.page.waitForFunction(() => globalThis.__record.cameraCalls === 1);
    await page.page.evaluate(() => globalThis.__letCamera());
    assertVerdict(await page.ended(40_000));
    const names = fetched();
    assert.equal(new Set(names).size, names.length, `something was fetched twice: ${names}`);
    assert.equal(await page.page.evaluate(() => globalThis.__record.workers.length), 1);
    await assertClean(page);
  });

  test("cancelling before the page's module has loaded ends the worker", async () => {
    const release = new Promise(() => undefined);
    world.proxy.rules.push(({ path }) => (path.endsWith("/host_bg.wasm") ? { release } : undefined));
    const page = await visit();
    await page.start();
    await until("the worker's module", () => fetched().includes("vision_bg.wasm"));
    assert.equal(await page.liveWorkers(), 1);
    await page.cancel();
    await page.until("cancelled", 2_000);
    await assertClean(page, { consoleErrors: [/Failed to load resource/] });
  });

  test("a page's module that cannot be loaded ends the worker", async () => {
    world.proxy.rules.push(({ path }) => (path.endsWith("/host_bg.wasm") ? { status: 404, headers: {}, body: "" } : undefined));
    const page = await visit();
    await page.start();
    assert.equal((await page.until("failed")).error, "engine_file_missing");
    await assertClean(page, { consoleErrors: [/Failed to load resource/] });
  });

  const preload = (page, times = 1) =>
    page.page.evaluate(async (times) => {
      const { preload } = await import("/liveness-capture/index.js");
      await Promise.all(Array.from({ length: times }, () => preload()));
    }, times);

  test("preload fetches everything once, asks for nothing, and start uses it", async () => {
    const page = await visit();
    await preload(page, 2);
    await preload(page);
    const names = fetched();
    assert.deepEqual(names.filter(heavy).sort(), [names.find((name) => WEIGHTS.test(name)), "host_bg.wasm", "vision_bg.wasm"]);
    assert.equal(await page.page.evaluate(() => globalThis.__record.cameraCalls), 0);
    assert.equal(await page.liveWorkers(), 1);
    await page.start();
    assertVerdict(await page.ended(40_000));
    assert.equal(fetched().length, names.length, "start must not fetch anything more");
    assert.equal(await page.page.evaluate(() => globalThis.__record.workers.length), 1);
    await assertClean(page);
  });

  test("a preload that fails reports why and leaves no worker, and start still works", async () => {
    const page = await visit();
    const code = () =>
      page.page.evaluate(async () => {
        const { preload } = await import("/liveness-capture/index.js");
        return preload().then(() => "loaded", ({ name, code }) => `${name} ${code}`);
      });
    // The page's module first, since once loaded it is kept.
    for (const missing of ["host_bg.wasm", "worker.js", "vision_bg.wasm"]) {
      world.proxy.rules.push(({ path }) => (path.endsWith(`/${missing}`) ? { status: 404, headers: {}, body: "" } : undefined));
      assert.equal(await code(), "LivenessError engine_file_missing", missing);
      assert.equal(await page.liveWorkers(), 0, missing);
      world.proxy.reset();
    }
    await page.start();
    assertVerdict(await page.ended(40_000));
    await assertClean(page, { consoleErrors: [/Failed to load resource/] });
  });

  test("weights may be cached for good, everything else is revalidated", async () => {
    const page = await visit();
    await preload(page);
    const caching = ({ path }) => fetch(world.gateway.origin + path).then(({ headers }) => headers.get("cache-control"));
    for (const exchange of world.proxy.exchanges.filter(({ path }) => path.startsWith("/liveness-capture/"))) {
      const wanted = exchange.path.endsWith(".bin") ? "public, max-age=31536000, immutable" : "no-cache";
      assert.equal(await caching(exchange), wanted, exchange.path);
    }
  });
});
