// When the connection or the server misbehaves, the check recovers or reports what is wrong.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean, assertCrops, assertVerdict } from "./lib/expect.mjs";
import { apiError, cropIndex, isComplete, isCrop, isOpen, newestRun } from "./lib/proxy.mjs";
import { QUICK, suite } from "./lib/suite.mjs";

const FRAMES = 10;
/** The browser's own messages about failed requests. */
const NETWORK_NOISE = [/Failed to load resource/];
const isApi = ({ path }) => path.startsWith("/api/");
const accepted = (exchange) => exchange.status === 200 || exchange.status === 201;

describe("network failures", () => {
  const world = suite();
  const visit = () => world.visit({ camera: drawnCamera(), query: QUICK });

  /** A rule that applies to the first `times` exchanges that match. */
  function first(times, matches, action) {
    let left = times;
    world.proxy.rules.push((exchange) => (matches(exchange) && left-- > 0 ? action : undefined));
  }

  async function recovers(page, timeout = 40_000) {
    await page.start();
    const app = await page.ended(timeout);
    assertVerdict(app);
    // On a busy machine a run may break and start over; the last one must be complete.
    const own = ({ path }) => path.includes(app.session);
    assertCrops(newestRun(world.proxy.crops().filter((crop) => accepted(crop) && own(crop))), FRAMES);
    await assertClean(page, { consoleErrors: NETWORK_NOISE });
  }

  async function failsThenWorks(page, code, timeout = 40_000) {
    await page.start();
    assert.equal((await page.until("failed", timeout)).error, code);
    await assertClean(page, { consoleErrors: NETWORK_NOISE });
    world.proxy.reset();
    await recovers(page);
  }

  test("the connection drops for some seconds during the upload, and the check recovers", async (t) => {
    let cutAt = null;
    world.proxy.rules.push((exchange) => {
      if (!isApi(exchange)) return undefined;
      if (cutAt === null && isCrop(exchange) && cropIndex(exchange) === 4) cutAt = exchange.at;
      return cutAt !== null && exchange.at - cutAt < 1_500 ? { drop: true } : undefined;
    });
    await recovers(await visit());
    const dropped = world.proxy.api().filter(({ status }) => status === null).length;
    t.diagnostic(`${dropped} requests were cut`);
    assert.ok(dropped > 0);
  });

  test("the browser goes offline and comes back", async () => {
    const page = await visit();
    await page.start();
    await page.until("capturing");
    await page.context.setOffline(true);
    await sleep(1_500);
    await page.context.setOffline(false);
    assertVerdict(await page.ended(40_000));
    await assertClean(page, { consoleErrors: NETWORK_NOISE });
  });

  test("the connection is gone for good: network_error, and Try again works", async () => {
    world.proxy.rules.push((exchange) => (isCrop(exchange) && cropIndex(exchange) >= 3 ? { drop: true } : undefined));
    await failsThenWorks(await visit(), "network_error");
  });

  test("the server cannot be reached at all: network_error, and Try again works", async () => {
    world.proxy.rules.push((exchange) => (isApi(exchange) ? { drop: true } : undefined));
    await failsThenWorks(await visit(), "network_error");
  });

  test("Retry-After of a 429 is honoured", async (t) => {
    first(1, (exchange) => isCrop(exchange) && cropIndex(exchange) === 2, apiError(429, "rate_limit_exceeded", "Slow down", { "retry-after": "2" }));
    await recovers(await visit());
    const [refused, sentAgain] = world.proxy.crops().filter((exchange) => cropIndex(exchange) === 2);
    const waited = sentAgain.at - refused.answeredAt;
    t.diagnostic(`waited ${waited.toFixed(0)} ms`);
    assert.ok(waited >= 1_990 && waited < 5_000, `${waited} ms`);
  });

  test("an excessive Retry-After is not waited for: rate_limit_exceeded", async () => {
    world.proxy.rules.push((exchange) => (isCrop(exchange) ? apiError(429, "rate_limit_exceeded", "Later", { "retry-after": "3600" }) : undefined));
    await failsThenWorks(await visit(), "rate_limit_exceeded");
  });

  for (const [what, matches] of [["opening", isOpen], ["a crop", isCrop], ["the verdict", isComplete]]) {
    test(`${what} is tried again after 500 and 503`, async () => {
      first(1, matches, apiError(500, "internal_error", "Oops"));
      first(1, matches, apiError(503, "upstream_unavailable", "Oops"));
      await recovers(await visit());
    });
  }

  // Not 408: on a reused connection, Chromium itself repeats a request that gets it.
  const finals = [
    ["opening", isOpen, apiError(402, "insufficient_credits", "No credits"), "insufficient_credits"],
    ["opening", isOpen, apiError(400, "unknown_model", "No such model"), "unknown_model"],
    ["a crop", isCrop, apiError(409, "crop_conflict", "Other bytes"), "crop_conflict"],
    ["a crop", isCrop, apiError(410, "session_expired", "Too late"), "session_expired"],
    ["a crop", isCrop, apiError(413, "payload_too_large", "Too large"), "payload_too_large"],
    ["a crop", isCrop, apiError(415, "not_png", "No PNG"), "not_png"],
    ["a crop", isCrop, apiError(422, "wrong_dimensions", "Too small"), "wrong_dimensions"],
    ["a crop", isCrop, apiError(401, "invalid_token", "No"), "invalid_token"],
    ["the verdict", isComplete, apiError(403, "insufficient_scope", "No"), "insufficient_scope"],
  ];
  for (const [what, matches, answer, code] of finals) {
    test(`${answer.status} for ${what} is ${code} at once, without a second attempt`, async () => {
      world.proxy.rules.push((exchange) => (matches(exchange) ? answer : undefined));
      const page = await visit();
      await page.start();
      assert.equal((await page.until("failed")).error, code);
      const paths = world.proxy.api().filter(matches).map(({ path }) => path);
      assert.equal(new Set(paths).size, paths.length, `sent again: ${paths}`);
      await assertClean(page, { consoleErrors: NETWORK_NOISE });
      world.proxy.reset();
      await recovers(page);
    });
  }

  test("a nonsensical answer: unexpected_response", async () => {
    const nonsense = { status: 200, headers: { "content-type": "text/html" }, body: "<h1>Log in to the hotel's network</h1>" };
    world.proxy.rules.push((exchange) => (isOpen(exchange) ? nonsense : undefined));
    await failsThenWorks(await visit(), "unexpected_response");
  });

  test("crops the server has lost are sent again", async () => {
    let asked = 0;
    world.proxy.rules.push((exchange) => {
      // The first upload of crop 6 is swallowed: acknowledged, but never passed on.
      if (isCrop(exchange) && cropIndex(exchange) === 6 && asked++ === 0) {
        const data = { index: 6, frames_received: 7, frames_required: FRAMES };
        return { status: 201, headers: { "content-type": "application/json" }, body: JSON.stringify({ data, success: true, message: "OK" }) };
      }
      return undefined;
    });
    const page = await visit();
    await page.start();
    assertVerdict(await page.ended());
    assert.equal(world.proxy.crops().filter((exchange) => cropIndex(exchange) === 6).length, 2);
    assert.equal(world.proxy.exchanges.filter(isComplete)[0].status, 409);
    await assertClean(page, { consoleErrors: NETWORK_NOISE });
  });

  test("never more than three uploads at once", async () => {
    world.proxy.rules.push((exchange) => (isCrop(exchange) ? { delayMs: 400 } : undefined));
    await recovers(await visit());
    const crops = world.proxy.crops();
    const most = Math.max(...crops.map(({ at }) => crops.filter((other) => other.at <= at && other.answeredAt > at).length));
    assert.ok(most >= 2 && most <= 3, `${most} at once`);
  });
});
