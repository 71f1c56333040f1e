// Checks on lines of a given width. They take as long as such lines do: minutes, so with LIVENESS_TRIALS only, but for one.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launch } from "./lib/browser.mjs";
import { cameraFromClip, drawnCamera } from "./lib/camera.mjs";
import { footageMissing } from "./lib/paths.mjs";
import { isCrop } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const LIVE = "fakecam/live_man_hoodie.mjpeg";
const skip = process.env.LIVENESS_TRIALS ? footageMissing(LIVE) : "takes minutes: set LIVENESS_TRIALS";
/** Between the checks' starts: each has its camera to itself. */
const APART_MS = 25_000;

const VERDICT = /^(live|fake|inconclusive)$/;
const PACKET = 1_400;

/** A line to `target` that passes up to so many bytes per second in all, whatever the number of connections. */
async function startLine(target, bytesPerSecond) {
  const { hostname, port } = new URL(target);
  let free = performance.now();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    for (const socket of [client, upstream]) socket.on("error", () => (client.destroy(), upstream.destroy()));
    client.on("data", async (bytes) => {
      client.pause();
      // What is given up takes no more of the line.
      for (let at = 0; at < bytes.length && !upstream.destroyed; at += PACKET) {
        const packet = bytes.subarray(at, at + PACKET);
        free = Math.max(free, performance.now()) + (packet.length / bytesPerSecond) * 1000;
        await sleep(free - performance.now());
        upstream.write(packet);
      }
      client.resume();
    });
    client.on("end", () => upstream.end());
    upstream.pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

const SHOP = '<!doctype html><html lang="en"><title>A shop</title><link rel="icon" href="data:,"><video id="preview" playsinline muted></video>';
const shop = ({ path }) => (path === "/shop" ? { status: 200, headers: { "content-type": "text/html" }, body: SHOP } : undefined);

/** In the page: a check; how it ended, and what the person was told. */
async function checkInPage([model, options]) {
  const { LivenessCheck } = await import("/liveness-capture/index.js");
  const check = new LivenessCheck({ video: document.getElementById("preview"), model, ...options });
  const guidance = new Set();
  check.addEventListener("change", ({ detail }) => guidance.add(detail.guidance));
  const began = performance.now();
  const end = await check.start().then(
    ({ verdict }) => verdict,
    ({ code }) => code,
  );
  return { end, tookMs: performance.now() - began, guidance: [...guidance] };
}

describe("thin lines", { skip }, () => {
  const world = suite();
  /** Kilobytes per second, model, how it must end. */
  const CASES = [
    [50, "mixed-30-v2", VERDICT],
    [17, "mixed-30-v2", VERDICT],
    [12, "mixed-30-v2", VERDICT],
    [3, "mixed-30-v2", /^connection_too_slow$/],
    [50, "mixed-120-v2", VERDICT],
  ];
  const ends = [];
  const lines = [];
  let exchanges = [];
  let browser;

  before(async () => {
    browser = await launch({ camera: await cameraFromClip(LIVE) });
    world.proxy.rules.push(shop);
    for (const [kilobytes, model] of CASES) {
      const line = await startLine(world.proxy.origin, kilobytes * 1000);
      lines.push(line);
      const page = await browser.newPage();
      await page.goto(`${line.origin}/shop`);
      ends.push(page.evaluate(checkInPage, [model]).then((told) => ({ ...told, origin: line.origin })));
      await sleep(APART_MS);
    }
    await Promise.allSettled(ends);
    exchanges = world.proxy.exchanges.filter(isCrop);
  });
  after(async () => {
    await browser?.close();
    for (const line of lines) line.stop();
  });

  CASES.forEach(([kilobytes, model, wanted], index) => {
    test(`${kilobytes} KB/s, ${model}`, async (t) => {
      const { end, tookMs, guidance, origin } = await ends[index];
      const mine = exchanges.filter(({ headers }) => origin.endsWith(headers.host));
      const through = mine.filter(({ status }) => status === 201).length;
      const bytes = Math.round(mine.reduce((sum, exchange) => sum + exchange.body.length, 0) / 1000);
      t.diagnostic(`${end} after ${(tookMs / 1000).toFixed(0)} s; ${through} crops, ${bytes} KB in ${mine.length} requests; ${guidance}`);
      assert.match(end, wanted);
    });
  });
});

describe("a thin line", () => {
  const world = suite();

  test("uploads that take too long together go one by one, and the check comes to a verdict", async (t) => {
    // A drawn face's crop has 53 kilobytes: alone it takes 1.2 seconds, two of them are over the limit.
    const line = await startLine(world.proxy.origin, 45_000);
    t.after(line.stop);
    world.proxy.rules.push(shop);
    const { page, context } = await world.visit({ camera: drawnCamera() });
    let [underWay, most, lost, later] = [0, 0, 0, 0];
    const uploads = (event, heard) => context.on(event, (request) => /\/crops\//.test(request.url()) && heard());
    uploads("request", () => {
      underWay += 1;
      most = Math.max(most, underWay);
      if (lost > 0) later = Math.max(later, underWay);
    });
    uploads("requestfailed", () => ((lost += 1), (underWay -= 1)));
    uploads("requestfinished", () => (underWay -= 1));
    await page.goto(`${line.origin}/shop`);
    const { end, tookMs } = await page.evaluate(checkInPage, ["mixed-10-v2", { timeouts: { request: 2_200 } }]);
    t.diagnostic(`${end} after ${(tookMs / 1000).toFixed(0)} s; ${most} uploads at once, ${lost} lost, then ${later}`);
    assert.match(end, VERDICT);
    assert.deepEqual([most, later], [3, 1]);
    assert.ok(lost > 0 && lost <= 3, `${lost} lost`);
  });
});
