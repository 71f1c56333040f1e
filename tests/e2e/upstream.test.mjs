// The gateway in upstream mode, from the camera to a stand-in for the Moveris API and back.
import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean, assertCropPng, assertVerdict } from "./lib/expect.mjs";
import { isComplete } from "./lib/proxy.mjs";
import { QUICK, suite } from "./lib/suite.mjs";
import { startUpstream } from "./lib/upstream.mjs";

const KEY = "sk-end-to-end-0123456789-very-secret";
const SERVER_KEY = "server-key-end-to-end";
const SECRET = "signing-secret-end-to-end-0123456789";
const UPSTREAM_TIMEOUT_S = 2;
const NETWORK_NOISE = [/Failed to load resource/];

describe("upstream mode", () => {
  let upstream;
  const world = suite(async () => {
    upstream = await startUpstream(KEY);
    const env = { MOVERIS_API_KEY: KEY, MOVERIS_BASE_URL: upstream.url, LIVENESS_SERVER_KEY: SERVER_KEY, LIVENESS_SECRET: SECRET };
    return { args: ["--upstream-timeout", String(UPSTREAM_TIMEOUT_S)], env: { ...env, RUST_LOG: "trace" } };
  });
  after(() => upstream?.stop());
  afterEach(() => {
    upstream.requests.length = 0;
    upstream.script.length = 0;
  });

  const visit = () => world.visit({ camera: drawnCamera(), query: QUICK });

  /** Asserts that nothing that left the gateway or is on the page contains a secret. */
  async function assertNoSecret(page) {
    const log = world.gateway.log();
    assert.match(log, /TRACE/, "the log must be complete");
    const passed = world.proxy.exchanges.flatMap(({ url, headers, body, answer = "", answerHeaders = {} }) => [
      url, JSON.stringify(headers), body.toString("latin1"), answer.toString("latin1"), JSON.stringify(answerHeaders),
    ]);
    const storage = await page.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    const seen = { log, passed: passed.join("\n"), page: await page.page.content(), storage };
    for (const [place, text] of Object.entries(seen)) {
      for (const secret of [KEY, SERVER_KEY, SECRET]) assert.ok(!text.includes(secret), `${secret} is in the ${place}`);
    }
    for (const { token } of sessions()) assert.ok(!log.includes(token), "a token is in the log");
  }

  /** The gateway's answer for each session that was opened. */
  const sessions = () =>
    world.proxy.exchanges
      .filter(({ method, path, status }) => method === "POST" && path === "/api/v1/sessions" && status === 201)
      .map(({ answer }) => JSON.parse(answer).data);

  async function recovers(attempts) {
    const page = await visit();
    await page.start();
    assertVerdict(await page.ended(40_000));
    assert.equal(upstream.requests.length, attempts, "requests to the upstream");
    assert.equal(new Set(upstream.requests.map(({ body }) => JSON.stringify(body))).size, 1, "all must be the same");
    await assertClean(page, { consoleErrors: NETWORK_NOISE });
    await assertNoSecret(page);
    return page;
  }

  test("one documented request decides, and no secret appears anywhere", async () => {
    const page = await recovers(1);
    const app = await page.app();
    assert.deepEqual([app.verdict, app.score], ["live", "92"]);
    assert.equal(await page.page.textContent("#detail-model"), "mixed-10-v2");
    assert.equal(await page.page.textContent("#model-note"), "", "no demonstration verifier may be mentioned");

    const [{ method, path, headers, body }] = upstream.requests;
    assert.equal(`${method} ${path}`, "POST /api/v1/fast-check-crops");
    assert.equal(headers["x-api-key"], KEY);
    assert.equal(headers["content-type"], "application/json");
    const { crops, warnings, ...rest } = body;
    assert.deepEqual(rest, { session_id: app.session, model: "mixed-10-v2", source: "live" });
    assert.ok(warnings === undefined || Array.isArray(warnings));
    assert.deepEqual(crops.map(({ index }) => index), Array.from({ length: 10 }, (_, i) => i));
    const uploaded = world.proxy.crops().filter(({ path: at }) => at.includes(app.session));
    for (const { index, pixels, ...more } of crops) {
      assert.deepEqual(more, {}, "a crop must have an index and pixels only");
      const png = Buffer.from(pixels, "base64");
      assertCropPng(png);
      assert.ok(uploaded.some((crop) => crop.path.endsWith(`/${index}`) && crop.body.equals(png)), `crop ${index} must be what the page sent`);
    }
  });

  test("the integrator's back end reads the verdict with the server key, and nobody can without it", async () => {
    const page = await recovers(1);
    const { session } = await page.app();
    const read = (key) => fetch(`${world.gateway.origin}/api/v1/sessions/${session}`, { headers: key ? { authorization: `Bearer ${key}` } : {} });
    const answer = await read(SERVER_KEY);
    assert.equal(answer.status, 200);
    const { data } = await answer.json();
    assert.deepEqual([data.state, data.verdict.verdict, data.verdict.score, data.verdict.session_id], ["complete", "live", 92, session]);
    for (const key of [null, "wrong", KEY, SECRET]) assert.equal((await read(key)).status, 401);
  });

  test("Retry-After of a 429 is honoured", async () => {
    upstream.script.push(upstream.failed(429, "rate_limit_exceeded", "Rate limit exceeded", { "retry-after": "1" }));
    await recovers(2);
  });

  test("500 and 503 are tried again", async () => {
    upstream.script.push(upstream.failed(500, "internal_error", "oops"), upstream.failed(503, "upstream_unavailable", "later"));
    await recovers(3);
  });

  test("500 for longer than the gateway keeps trying: the page asks once more", async () => {
    upstream.script.push(...Array.from({ length: 3 }, () => upstream.failed(500, "internal_error", "oops")));
    await recovers(4);
    assert.deepEqual(world.proxy.exchanges.filter(isComplete).map(({ status }) => status), [502, 200]);
  });

  const lost = [
    ["a cut connection", { drop: true }, "verdict_lost"],
    ["a slow answer", { silentMs: (UPSTREAM_TIMEOUT_S + 1) * 1000 }, "upstream_timeout"],
    ["an answer that nobody can read", { status: 200, body: "<html>" }, "verdict_lost"],
  ];
  for (const [what, step, code] of lost) {
    test(`${what} may have cost a credit: nobody asks again, but Try again works`, async () => {
      upstream.script.push(step);
      const page = await visit();
      await page.start();
      assert.equal((await page.until("failed", 40_000)).error, code);
      assert.equal(upstream.requests.length, 1, "requests to the upstream");
      assert.equal(world.proxy.exchanges.filter(isComplete).length, 1, "requests for the verdict");
      await assertNoSecret(page);
      await page.start();
      assertVerdict(await page.ended());
      assert.equal(upstream.requests.length, 2, "one for each check");
      await assertClean(page, { consoleErrors: NETWORK_NOISE });
    });
  }

  for (const encoding of ["gzip", "deflate", "br"]) {
    test(`an answer in ${encoding} is read`, async () => {
      upstream.script.push({ encoding });
      await recovers(1);
    });
  }

  const account = [
    [401, "invalid_key", `key ${KEY} is unknown`],
    [402, "insufficient_credits", "Required: 1, available: 0"],
    [402, "account_suspended", "Pay your invoice"],
    [403, "insufficient_scope", "lacks detection:write"],
  ];
  for (const [status, code, message] of account) {
    test(`${status} ${code} is asked for once, reported in our own words, and Try again works`, async () => {
      upstream.script.push(upstream.failed(status, code, message, { "x-echo": KEY }));
      const page = await visit();
      await page.start();
      assert.equal((await page.until("failed")).error, code);
      assert.equal(upstream.requests.length, 1, "it must not be tried again");
      assert.equal(await page.page.textContent("#problem-code"), code);
      assert.ok(!(await page.page.content()).includes(message), "the upstream's words must stay on the server");
      await assertNoSecret(page);
      await page.start();
      assertVerdict(await page.ended());
      await assertClean(page, { consoleErrors: NETWORK_NOISE });
    });
  }
});
