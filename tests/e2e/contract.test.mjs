// What the component promises on any page, line, camera or proxy.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { answerWith } from "./lib/answers.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { NETWORK_NOISE, assertDecided, assertFails, integrator } from "./lib/integrator.mjs";
import { apiError, cropIndex, cropRun, isComplete, isCrop, isOpen, startProxy } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const html = (status) => ({ status, headers: { "content-type": "text/html" }, body: `<h1>${status}</h1>` });
const isFarewell = ({ method, path }) => method === "DELETE" && path.startsWith("/api/v1/sessions/");

describe("the contract", () => {
  const world = suite();
  const { check } = integrator(world);

  /** Makes all uploads share a line of this many bytes per second. */
  function thinLine(bytesPerSecond) {
    let free = performance.now();
    world.proxy.rules.push((exchange) => {
      if (!isCrop(exchange)) return undefined;
      free = Math.max(free, performance.now()) + (exchange.body.length / bytesPerSecond) * 1000;
      return { delayMs: free - performance.now() };
    });
  }
  /** The highest number of concurrent uploads, counting those from `since` on. */
  const mostAtOnce = (since = 0) => {
    const crops = world.proxy.crops().slice(since);
    return Math.max(...crops.map(({ at }) => crops.filter((other) => other.at <= at && (other.answeredAt ?? Infinity) > at).length));
  };

  test("a slow line: uploads go one by one, the person is told, and the verdict comes after more than any limit", async () => {
    thinLine(25_000);
    const done = await check({ timeouts: { upload: 5_000, request: 20_000 } });
    await assertDecided(done, NETWORK_NOISE);
    assert.ok(done.result.guidance.includes("uploading-slowly"), `${done.result.guidance}`);
    assert.equal(mostAtOnce(6), 1);
  });

  test("a line too slow for the session's lifetime: connection_too_slow, and the session is given back", async () => {
    thinLine(12_000);
    const shortLived = (answer) => ({ ...answer, body: String(answer.body).replace(/"ttl_seconds":\d+/, '"ttl_seconds":20') });
    world.proxy.rules.push((exchange) => (isOpen(exchange) ? { rewrite: shortLived } : undefined));
    await assertFails(await check({}), "connection_too_slow", NETWORK_NOISE);
    assert.equal(world.proxy.exchanges.filter(isFarewell).length, 1);
  });

  for (const status of [403, 405]) {
    test(`a firewall that answers every PUT with an HTML ${status}: crops go by POST`, async () => {
      world.proxy.rules.push(({ method }) => (method === "PUT" ? html(status) : undefined));
      await assertDecided(await check({}), NETWORK_NOISE);
      const puts = world.proxy.exchanges.filter(({ method }) => method === "PUT").length;
      assert.ok(puts <= 3, `${puts} were tried`);
    });
  }

  test("the gateway is restarted in the middle: a new check is advised, and works", async () => {
    const next = await startGateway();
    const ask = async ({ url, method, headers, body }) => {
      const { "x-liveness-token": token = "", "content-type": type = "" } = headers;
      const answer = await fetch(next.origin + url, { method, headers: { "x-liveness-token": token, "content-type": type }, body: body.length ? body : null });
      return { status: answer.status, headers: { "content-type": "application/json" }, body: await answer.text() };
    };
    try {
      let restarted = false;
      world.proxy.rules.push((exchange) => {
        restarted ||= isCrop(exchange) && cropIndex(exchange) === 4;
        return restarted && exchange.path.startsWith("/api/") ? { rewrite: () => ask(exchange) } : undefined;
      });
      const done = await check({});
      await assertFails(done, "invalid_token", NETWORK_NOISE);
      assert.equal(done.result.retriable, true);
      await assertDecided(await check({}));
    } finally {
      await next.stop();
    }
  });

  test("a firewall that cuts the connection of every PUT: crops go by POST", async () => {
    world.proxy.rules.push(({ method }) => (method === "PUT" ? { drop: true } : undefined));
    await assertDecided(await check({}), NETWORK_NOISE);
    const posted = world.proxy.crops().filter(({ method, status }) => method === "POST" && status === 201);
    assert.equal(posted.length, 10);
  });

  test("a redirect to a sign-in page on another origin is found out, in four attempts", async () => {
    const signIn = await startProxy(world.gateway.origin);
    try {
      const away = { status: 302, headers: { location: `${signIn.origin}/sign-in` } };
      world.proxy.rules.push((exchange) => (isOpen(exchange) ? away : undefined));
      const { result } = await check({});
      assert.equal(result.code, "proxy_refused", JSON.stringify(result));
      assert.match(result.detail, /redirected/);
      assert.equal(world.proxy.api().length, 4);
    } finally {
      await signIn.stop();
    }
  });

  test("a redirect that leads to the service is followed", async () => {
    const moved = (exchange) => ({ status: 307, headers: { location: `${exchange.path}/moved` } });
    world.proxy.rules.push((exchange) => {
      if (isOpen(exchange)) return moved(exchange);
      return exchange.path.endsWith("/moved") ? { rewrite: async () => opened } : undefined;
    });
    const answer = await fetch(`${world.gateway.origin}/api/v1/sessions`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"model":"mixed-10-v2"}' });
    const opened = { status: 201, headers: { "content-type": "application/json" }, body: await answer.text() };
    await assertDecided(await check({}));
  });

  const unknown = [
    ["a code that is in no table", apiError(409, "who_knows", "Not today"), "HTTP 409, who_knows: Not today"],
    ["a web page that says 200", html(200), "HTTP 200 without the API's envelope"],
  ];
  for (const [what, answer, detail] of unknown) {
    test(`${what} is unexpected_response, with what it says`, async () => {
      world.proxy.rules.push((exchange) => (isOpen(exchange) ? answer : undefined));
      const done = await check({});
      await assertFails(done, "unexpected_response", NETWORK_NOISE);
      assert.equal(done.result.detail, detail);
      assert.equal(world.proxy.api().length, 1);
    });
  }

  test("a verdict's field that nobody knows yet is in verdict.raw", async () => {
    world.proxy.rules.push((exchange) => (isComplete(exchange) ? { rewrite: async (answer) => {
      const { data, ...envelope } = JSON.parse(String(answer.body));
      return { ...answer, body: JSON.stringify({ ...envelope, data: { ...data, brand_new: { level: [1, null, "two"] } } }) };
    } } : undefined));
    const done = await check({});
    await assertDecided(done);
    assert.deepEqual(done.result.verdict.raw.brand_new, { level: [1, null, "two"] });
  });

  test("a score out of range is unexpected_response, not a verdict", async () => {
    world.proxy.rules.push((exchange) => (isComplete(exchange) ? { rewrite: (answer) => answerWith(answer, "live", 1e9) } : undefined));
    await assertFails(await check({}), "unexpected_response", NETWORK_NOISE);
  });

  const between = [
    [403, "proxy_refused", false],
    [401, "proxy_refused", false],
    [413, "proxy_too_large", false],
    [502, "proxy_unavailable", true],
  ];
  for (const [status, code, retriable] of between) {
    test(`a proxy's own HTML ${status} for every crop is ${code}`, async () => {
      world.proxy.rules.push((exchange) => (isCrop(exchange) ? html(status) : undefined));
      const done = await check({});
      await assertFails(done, code, NETWORK_NOISE);
      assert.deepEqual([done.result.retriable, done.result.detail], [retriable, `HTTP ${status}`]);
    });
  }

  test("a request that is too large for a proxy is not repeated", async () => {
    world.proxy.rules.push(({ path }) => (path.endsWith("/fast-check-crops") ? html(413) : undefined));
    const done = await check({ transport: "crops" });
    await assertFails(done, "proxy_too_large", NETWORK_NOISE);
    assert.equal(done.result.retriable, false);
    assert.equal(world.proxy.api().length, 1);
  });

  const nameless = (status) => ({ status, headers: { "content-type": "application/json" }, body: JSON.stringify({ success: false, message: "m", errors: [{ who_knows: ["m"] }] }) });
  const unclear = [
    ["is cut off", { drop: true }, "network_error"],
    ["ends in a proxy's 502", html(502), "proxy_unavailable"],
    ["ends in a proxy's 504", html(504), "proxy_unavailable"],
    ["is a failure without a known code", nameless(500), "internal_error"],
    ["is a gateway's failure without a known code", nameless(502), "upstream_unavailable"],
  ];
  for (const [what, answer, code] of unclear) {
    test(`a paid request whose answer ${what} is not repeated: the check may have been paid for`, async () => {
      world.proxy.rules.push(({ path }) => (path.endsWith("/fast-check-crops") ? answer : undefined));
      const done = await check({ transport: "crops" });
      assert.equal(done.result.code, code);
      // Counted in the page, since Chromium itself repeats requests lost on a reused connection.
      const asked = done.visit.requests.filter(({ url }) => url.endsWith("/fast-check-crops"));
      assert.equal(asked.length, 1);
    });
  }

  test("a request that certainly did not start a check is repeated", async () => {
    let refused = 0;
    world.proxy.rules.push(({ path }) => (path.endsWith("/fast-check-crops") && refused++ < 1 ? html(503) : undefined));
    await assertDecided(await check({ transport: "crops" }), NETWORK_NOISE);
    assert.equal(world.proxy.api().length, 2);
  });

  test("Authorization belongs to the page, in any spelling; the token has its own header", async () => {
    await assertDecided(await check({ headers: { AUTHORIZATION: "Basic c2hvcDpvbmU=", "X-Shop": "1" } }));
    for (const exchange of world.proxy.api()) {
      assert.equal(exchange.headers.authorization, "Basic c2hvcDpvbmU=", exchange.path);
      assert.equal(exchange.headers["x-shop"], "1");
      if (!isOpen(exchange)) assert.match(exchange.headers["x-liveness-token"], /^\d+\./);
    }
  });

  /** In the page: changes built-ins as old libraries and error trackers do. */
  const changedBuiltIns = () => {
    Array.prototype.toJSON = function () {
      return `[${this.join()}]`;
    };
    Object.prototype.toJSON = () => "nothing";
    Object.prototype.each = function () {};
    Array.prototype.each = function () {};
    const { fetch } = window;
    window.fetch = (url, init = {}) => fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), traceparent: "00-1-2-01", baggage: "x=y" } });
    JSON.parse = () => {
      throw new Error("not yours");
    };
  };
  for (const transport of ["sessions", "crops"]) {
    test(`a page's changed built-ins do not affect requests (${transport})`, async () => {
      await assertDecided(await check({ transport }, { init: [[changedBuiltIns]] }));
      for (const { headers, path } of world.proxy.api()) assert.ok(!headers.traceparent && !headers.baggage, path);
      const bodies = world.proxy.api().filter(({ headers }) => headers["content-type"] === "application/json").map(({ body }) => JSON.parse(body));
      assert.ok(bodies.length > 0);
      const complete = world.proxy.exchanges.find(isComplete);
      if (complete) assert.equal(JSON.parse(complete.body).timestamps_ms.length, 10);
    });
  }

  test("a page's changed built-ins do not keep a cancelled check from giving its session back", async () => {
    /** In the page: a tracker that takes headers for an object. */
    const tracker = () => {
      const { fetch } = window;
      window.fetch = (url, init = {}) => fetch(url, { ...init, headers: { ...init.headers, traceparent: "00-1-2-01" } });
    };
    await assertFails(await check({ fps: 5 }, { init: [[changedBuiltIns], [tracker]], actions: { abortAt: "capturing" } }), "cancelled", NETWORK_NOISE);
    const farewell = () => world.proxy.exchanges.find(isFarewell);
    for (let tries = 0; tries < 40 && !farewell()?.status; tries++) await sleep(25);
    assert.equal(farewell()?.status, 204, JSON.stringify(farewell()?.headers));
  });

  for (const framed of [false, true]) {
    test(`a <base> that points elsewhere does not redirect anything, in ${framed ? "an srcdoc frame" : "a page"}`, async () => {
      const elsewhere = await startProxy(world.gateway.origin);
      try {
        await assertDecided(await check({}, { head: `<base href="${elsewhere.origin}/x/">`, framed }));
        assert.deepEqual(elsewhere.exchanges, []);
        assert.equal(world.proxy.crops().length, 10);
      } finally {
        await elsewhere.stop();
      }
    });
  }

  test("Retry-After as a date counts from the answer's own Date, whatever the device's clock says", async () => {
    const slowClock = () => {
      const { now } = Date;
      Date.now = () => now() - 3_600_000;
    };
    let refused = null;
    world.proxy.rules.push((exchange) => {
      if (refused || !isCrop(exchange) || cropIndex(exchange) !== 2) return undefined;
      refused = exchange;
      // HTTP dates have whole seconds: 2 s after the answer's own Date.
      const told = Math.floor(Date.now() / 1000) * 1000;
      const headers = { date: new Date(told).toUTCString(), "retry-after": new Date(told + 2_000).toUTCString() };
      return apiError(429, "rate_limit_exceeded", "Slow down", headers);
    });
    await assertDecided(await check({}, { init: [[slowClock]] }), NETWORK_NOISE);
    const again = world.proxy.crops().filter((exchange) => cropIndex(exchange) === 2)[1];
    const waited = again.at - refused.answeredAt;
    assert.ok(waited >= 1_990 && waited < 6_000, `${waited} ms`);
  });

  test("a camera that pauses: one session, few crops, and the person is told", async () => {
    /** In the page: 30 frames per second, with a pause of 900 ms in every second. */
    const stutteringCamera = () => {
      const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await original(constraints);
        const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true });
        await video.play();
        const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
        const context = canvas.getContext("2d");
        setInterval(() => {
          if (performance.now() % 1_900 < 1_000) context.drawImage(video, 0, 0, 640, 480);
        }, 33);
        context.drawImage(video, 0, 0, 640, 480);
        const shown = canvas.captureStream(30);
        shown.getVideoTracks()[0].addEventListener("ended", () => stream.getTracks().forEach((track) => track.stop()));
        const { stop } = MediaStreamTrack.prototype;
        shown.getVideoTracks()[0].stop = function () {
          stream.getTracks().forEach((track) => track.stop());
          stop.call(this);
        };
        return shown;
      };
    };
    const done = await check({ model: "mixed-30-v2", fps: 10, timeouts: { positioning: 12_000 } }, { init: [[stutteringCamera]] });
    await assertFails(done, "frames_uneven", NETWORK_NOISE);
    assert.ok(done.result.guidance.includes("uneven-frames"), `${done.result.guidance}`);
    const { proxy } = world;
    assert.equal(proxy.exchanges.filter(isOpen).length, 1, "sessions opened");
    assert.ok(Math.max(0, ...proxy.crops().map(cropRun)) <= 12);
    assert.ok(proxy.crops().length <= 40, `${proxy.crops().length} crops sent`);
    assert.equal(proxy.exchanges.filter(isFarewell).length, 1, "the session must be given back");
  });

  // Before that its answer may still be on its way; but a session without a crop costs no place.
  test("cancelled while capturing: the session is given back", async () => {
    await assertFails(await check({ fps: 5 }, { actions: { abortAt: "capturing" } }), "cancelled", NETWORK_NOISE);
    for (let tries = 0; tries < 40 && !world.proxy.exchanges.some(isFarewell); tries++) await sleep(25);
    assert.equal(world.proxy.exchanges.filter(isFarewell).length, 1);
  });

  test("a policy that forbids the worker is named together with the file", async () => {
    const headers = { "content-security-policy": "worker-src 'none'" };
    const { visit, result } = await check({}, { headers });
    assert.equal(result.code, "engine_blocked_by_policy", JSON.stringify(result));
    assert.match(result.detail, /worker\.js.*worker-src/);
    assert.equal(await visit.liveTracks(), 0);
  });

  /** Serves the package from another origin, where `readable` files may be read by all pages. */
  async function fromElsewhere(readable, run, others = {}) {
    const elsewhere = await startProxy(world.gateway.origin);
    const open = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" };
    elsewhere.rules.push(({ path }) => ({ rewrite: (answer) => ({ ...answer, headers: { ...answer.headers, ...(readable(path) ? open : others) } }) }));
    try {
      await run(elsewhere.origin, await check({}, { from: `${elsewhere.origin}/liveness-capture/index.js` }));
    } finally {
      await elsewhere.stop();
    }
  }

  test("a package on another origin that lets this page read it works", () =>
    fromElsewhere(() => true, async (origin, { visit, result }) => {
      assert.match(result.verdict?.verdict ?? "", /^(live|fake|inconclusive)$/, JSON.stringify(result));
      assert.ok(visit.requests.some(({ url }) => url === `${origin}/liveness-capture/worker.js`));
      assert.equal(await visit.liveTracks(), 0);
      assert.equal(await visit.liveWorkers(), 0);
    }));

  test("a file on another origin that may not be read is named, without blaming the connection or a policy", () =>
    fromElsewhere((path) => path.endsWith(".js"), async (origin, { visit, result }) => {
      assert.equal(result.code, "engine_cross_origin", JSON.stringify(result));
      assert.ok(result.detail.startsWith(`${origin}/liveness-capture/`) && result.detail.includes(".wasm"), result.detail);
      assert.equal(await visit.liveTracks(), 0);
    }, { "cross-origin-resource-policy": "cross-origin" }));

  test("where a server tells other origins nothing at all, both causes are named", () =>
    fromElsewhere((path) => path.endsWith(".js"), async (origin, { visit, result }) => {
      assert.equal(result.code, "engine_load_failed", JSON.stringify(result));
      assert.match(result.detail, /\.wasm: .*or that server does not let http/);
      assert.equal(await visit.liveTracks(), 0);
    }));
});
