// Checks on lines of a given width. They take as long as such lines do: minutes, so only with LIVENESS_TRIALS.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { launch } from "./lib/browser.mjs";
import { cameraFromClip } from "./lib/camera.mjs";
import { footageMissing } from "./lib/paths.mjs";
import { isCrop } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const LIVE = "fakecam/live_man_hoodie.mjpeg";
const skip = process.env.LIVENESS_TRIALS ? footageMissing(LIVE) : "takes minutes: set LIVENESS_TRIALS";
/** Between the checks' starts: each has its camera to itself. */
const APART_MS = 25_000;

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
      for (let at = 0; at < bytes.length; at += PACKET) {
        const packet = bytes.subarray(at, at + PACKET);
        free = Math.max(free, performance.now()) + (packet.length / bytesPerSecond) * 1000;
        await sleep(free - performance.now());
        if (!upstream.destroyed) upstream.write(packet);
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

/** In the page: a check; how it ended, and what the person was told. */
async function checkInPage(model) {
  const { LivenessCheck } = await import("/liveness-capture/index.js");
  const check = new LivenessCheck({ video: document.getElementById("preview"), model });
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
    [50, "mixed-30-v2", /^(live|fake|inconclusive)$/],
    [17, "mixed-30-v2", /^(live|fake|inconclusive)$/],
    [12, "mixed-30-v2", /^(live|fake|inconclusive)$/],
    [3, "mixed-30-v2", /^connection_too_slow$/],
    [50, "mixed-120-v2", /^(live|fake|inconclusive)$/],
  ];
  const ends = [];
  const lines = [];
  let exchanges = [];
  let browser;

  before(async () => {
    browser = await launch({ camera: await cameraFromClip(LIVE) });
    const body = '<!doctype html><html lang="en"><title>A shop</title><video id="preview" playsinline muted></video>';
    world.proxy.rules.push(({ path }) => (path === "/shop" ? { status: 200, headers: { "content-type": "text/html" }, body } : undefined));
    for (const [kilobytes, model] of CASES) {
      const line = await startLine(world.proxy.origin, kilobytes * 1000);
      lines.push(line);
      const page = await browser.newPage();
      await page.goto(`${line.origin}/shop`);
      ends.push(page.evaluate(checkInPage, model).then((told) => ({ ...told, origin: line.origin })));
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
