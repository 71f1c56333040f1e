// A video file gives its pictures whatever the machine: it waits while they are looked at.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { once } from "node:events";
import { describe, test } from "node:test";
import { drawnFile } from "./lib/camera.mjs";
import { assertClean, assertCrops, assertVerdict } from "./lib/expect.mjs";
import { recordFrames } from "./lib/frame_record.mjs";
import { integrator } from "./lib/integrator.mjs";
import { isComplete, isOpen, newestRun } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

/** The page's own model and rate: 30 pictures, a tenth of a second apart. */
const FRAMES = 30;
/** Looking at as many frames takes longer than the file does. */
const SLOW_MS = 200;
const TIMEOUT_MS = 60_000;

/** A rule for the proxy that makes every look at a frame take `ms`: a machine that is slow in the same way everywhere. */
const slowWorker = (ms) => {
  const delay = `{
    const post = self.postMessage.bind(self);
    self.postMessage = (message, ...rest) =>
      message.type === "analysed" ? void setTimeout(() => post(message, ...rest), ${ms}) : post(message, ...rest);
  }\n`;
  return ({ path }) =>
    path.endsWith("/worker.js") ? { rewrite: (answer) => ({ ...answer, body: Buffer.concat([Buffer.from(delay), answer.body]) }) } : undefined;
};

describe("video files", () => {
  const world = suite();
  const { check } = integrator(world);

  /** Asserts a verdict from consecutive pictures, a tenth of a second apart by the file's time. */
  function assertEven(t) {
    assertCrops(newestRun(world.proxy.crops()), FRAMES);
    const complete = world.proxy.exchanges.filter((exchange) => isComplete(exchange) && exchange.status === 200);
    assert.equal(complete.length, 1);
    const { timestamps_ms: stamps } = JSON.parse(complete[0].body);
    const gaps = stamps.slice(1).map((at, i) => at - stamps[i]);
    t.diagnostic(`${stamps.length} pictures, ${Math.min(...gaps).toFixed(0)} to ${Math.max(...gaps).toFixed(0)} ms apart`);
    assert.ok(gaps.every((gap) => gap > 50 && gap < 170), `gaps ${gaps}`);
  }

  const BROWSERS = [
    ["by VideoFrame", "video-frame", {}],
    ["by ImageBitmap", "image-bitmap", {}],
    ["by canvas, without requestVideoFrameCallback", "canvas", { frameCallback: false }],
    ["by canvas, with one that never calls", "canvas", { frameCallback: "silent" }],
  ];
  for (const [what, framePath, browser] of BROWSERS) {
    test(`five seconds are enough for a slow machine, ${what}`, async (t) => {
      world.proxy.rules.push(slowWorker(SLOW_MS));
      const visit = await world.visit({ query: { framePath }, init: [[recordFrames, browser]] });
      await visit.page.setInputFiles("#file", await drawnFile());
      assertVerdict(await visit.ended(TIMEOUT_MS));
      assertEven(t);
      await assertClean(visit);
    });
  }

  test("a file waits for the server", async (t) => {
    world.proxy.rules.push((exchange) => (isOpen(exchange) ? { delayMs: 4_000 } : undefined));
    const visit = await world.visit();
    await visit.page.setInputFiles("#file", await drawnFile());
    assertVerdict(await visit.ended(TIMEOUT_MS));
    assertEven(t);
    await assertClean(visit);
  });

  test("a file whose length is not known until its end", async (t) => {
    world.proxy.rules.push(slowWorker(SLOW_MS));
    const visit = await world.visit();
    const recorded = await drawnFile({}, "webm");
    await visit.page.setInputFiles("#file", recorded);
    assertVerdict(await visit.ended(TIMEOUT_MS));
    assertEven(t);
    await assertClean(visit);
  });

  test("a file that somebody else pauses goes on, at the page's own rate in the end", async () => {
    const visit = await world.visit();
    await visit.page.setInputFiles("#file", await drawnFile());
    await visit.until("capturing", TIMEOUT_MS);
    await visit.page.$eval("#preview", (video) => video.pause());
    assertVerdict(await visit.ended(TIMEOUT_MS));
    assert.equal(await visit.page.$eval("#preview", (video) => video.playbackRate), 1);
    await assertClean(visit);
  });

  describe("by address", () => {
    /** Another origin, which serves the file with these headers and, if it can, in parts. */
    async function elsewhere({ headers = {}, parts = true } = {}) {
      const body = await readFile(await drawnFile());
      const server = http.createServer((request, response) => {
        const range = parts && /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
        const [from, to] = range ? [Number(range[1]), range[2] ? Number(range[2]) : body.length - 1] : [0, body.length - 1];
        const partial = range ? { "accept-ranges": "bytes", "content-range": `bytes ${from}-${to}/${body.length}` } : {};
        response.writeHead(range ? 206 : 200, { "content-type": "video/mp4", "content-length": to - from + 1, ...partial, ...headers });
        response.end(body.subarray(from, to + 1));
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return { url: `http://127.0.0.1:${server.address().port}/clip.mp4`, stop: () => server.close(() => undefined).closeAllConnections() };
    }

    const options = (source) => ({ source, model: undefined, fps: 10 });
    const attribute = (visit) => visit.page.evaluate(() => document.getElementById("preview").getAttribute("crossorigin"));

    for (const parts of [true, false]) {
      test(`of another origin that allows it${parts ? "" : ", and serves no parts"}`, async (t) => {
        world.proxy.rules.push(slowWorker(SLOW_MS));
        const server = await elsewhere({ headers: { "access-control-allow-origin": "*" }, parts });
        try {
          const { visit, result } = await check(options(server.url), { camera: null });
          assert.match(result.verdict?.verdict ?? "", /^(live|fake|inconclusive)$/, JSON.stringify(result));
          assertEven(t);
          assert.equal(await attribute(visit), null, "the element as it was");
        } finally {
          server.stop();
        }
      });
    }

    test("of another origin that does not", async () => {
      const server = await elsewhere();
      try {
        const ran = await check(options(server.url), { camera: null });
        assert.equal(ran.result.code, "media_unsupported", JSON.stringify(ran.result));
        assert.equal(await attribute(ran.visit), null);
      } finally {
        server.stop();
      }
    });
  });
});
