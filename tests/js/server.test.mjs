// The back end's helper, against a gateway that answers as told.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { before, beforeEach, describe, mock, test } from "node:test";
import { inspect } from "node:util";
import { load } from "./load.mjs";

const gateway = { endpoint: "https://gateway.example/under/", serverKey: "key" };
const created = { session_id: "s-1", token: "t-1", model: "mixed-10-v2", frames_required: 10, ttl_seconds: 300, expires_at: "then" };
const view = { session_id: "a/b", state: "complete", source: "live", verdict: { verdict: "live" }, error: null };
const ok = (data, status = 200) => () => Response.json({ data, success: true, message: "OK" }, { status });
const failed = (status, code, headers = {}) => () =>
  Response.json({ data: null, success: false, message: "no", errors: [{ [code]: ["no"] }] }, { status, headers });
const lost = () => {
  throw new TypeError("fetch failed");
};

describe("liveness-capture/server", () => {
  let server;
  let policy;
  let asked;

  before(async () => {
    server = await load("server");
    policy = (await load("generated/retry")).RETRY_POLICY;
  });
  beforeEach(() => void (asked = []));

  /** A gateway that gives these answers in turn, the last for good. */
  function answering(...answers) {
    const fetch = async (url, init) => {
      asked.push({ url, at: Date.now(), ...init });
      return answers[Math.min(asked.length, answers.length) - 1](init);
    };
    return { ...gateway, fetch };
  }

  /** Settles a promise while its pauses pass at once; returns how it settled and the pauses. */
  async function fastForward(start) {
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("Wed, 21 Oct 2015 07:28:00 GMT") });
    try {
      let settled;
      start().then(
        (value) => (settled = { value }),
        (error) => (settled = { error }),
      );
      for (let steps = 0; !settled && steps < 20_000; steps++) {
        for (let turns = 0; turns < 10; turns++) await null;
        await new Promise(setImmediate);
        if (!settled) mock.timers.tick(100);
      }
      const pauses = asked.slice(1).map(({ at }, index) => at - asked[index].at);
      return { ...settled, pauses };
    } finally {
      mock.timers.reset();
    }
  }

  const open = (given, options) => fastForward(() => server.openSession(given, options));

  test("a session is opened with what was asked for, below the endpoint's path", async () => {
    const said = { reference: "order 4711", metadata: { shop: 7 }, allowedOrigin: "https://shop.example", frameCount: 10 };
    const { value } = await open(answering(ok(created, 201)), { ...said, modelVersion: "latest", idempotencyKey: "order-4711" });
    assert.deepEqual(value, { id: "s-1", token: "t-1", model: "mixed-10-v2", framesRequired: 10, expiresAt: "then" });
    const [{ url, method, headers, body }] = asked;
    assert.equal(url, "https://gateway.example/under/api/v1/sessions");
    assert.equal(method, "POST");
    assert.equal(headers.get("authorization"), "Bearer key");
    assert.equal(headers.get("x-model-version"), "latest");
    assert.equal(headers.get("idempotency-key"), "order-4711");
    const { allowedOrigin: allowed_origin, frameCount: frame_count, ...rest } = said;
    assert.deepEqual(JSON.parse(body), { ...rest, allowed_origin, frame_count });
  });

  test("every field that a session can be opened with has its option", async () => {
    const { schemas } = JSON.parse(await readFile(new URL("../../docs/openapi.json", import.meta.url), "utf8")).components;
    await open(answering(ok(created)), { reference: "r", metadata: {}, allowedOrigin: "https://shop.example", source: "media", model: "m", frameCount: 10 });
    assert.deepEqual(Object.keys(JSON.parse(asked[0].body)).sort(), Object.keys(schemas.OpenSessionRequest.properties).sort());
    for (const { const: source } of schemas.Source.oneOf) assert.equal((await open(answering(ok(created)), { source })).value?.id, "s-1", source);
  });

  test("a request that is repeated opens no second session, another call does", async () => {
    const given = answering(lost, failed(500, "internal_error"), ok(created, 201));
    await open(given);
    await open(given);
    const keys = asked.map(({ headers }) => headers.get("idempotency-key"));
    assert.deepEqual(keys, [keys[0], keys[0], keys[0], keys[3]]);
    assert.ok(keys[0].length > 20 && keys[0] !== keys[3], `${keys}`);
  });

  test("a session is read, with or without a reference, its id as part of the path", async () => {
    const raw = { ...view, reference: "r", tenant_metadata: { shop: 7 } };
    const { value } = await fastForward(() => server.readSession(answering(ok(raw)), "a/b"));
    assert.equal(asked[0].url, "https://gateway.example/under/api/v1/sessions/a%2Fb");
    const { state, source, verdict, error } = view;
    assert.deepEqual(value, { id: "a/b", state, source, reference: "r", metadata: { shop: 7 }, verdict, error, usedAt: null, raw });
    const without = await fastForward(() => server.readSession(answering(ok(view)), "a/b"));
    assert.deepEqual([without.value.reference, without.value.metadata], [null, null]);
  });

  test("a verdict is used, and an event recorded, by one request", async () => {
    const used = await fastForward(() => server.useSession(answering(ok({ ...view, used_at: "then" })), "a/b"));
    const event = { type: "consent_given" };
    const noted = await fastForward(() => server.auditSession(answering(ok({ session_id: "a/b", recorded_at: "now" })), "a/b", event));
    assert.deepEqual([used.value.usedAt, used.value.verdict, noted.value], ["then", view.verdict, "now"]);
    const [use, note] = asked.map(({ method, url, body = "null" }) => [method, url.split("sessions/")[1], JSON.parse(body)]);
    assert.deepEqual([use, note], [["POST", "a%2Fb/use", null], ["PATCH", "a%2Fb/audit", event]]);
  });

  test("what would be done twice is only sent again if the gateway says that it was not done", async () => {
    const html = (status) => () => new Response("<h1>Busy</h1>", { status });
    const cases = [
      [lost, 1],
      [html(502), 1],
      [html(503), 1],
      [failed(500, "internal_error"), 1],
      [failed(409, "session_closed"), 1],
      [failed(503, "too_many_sessions"), policy.maxAttempts],
      [failed(429, "rate_limit_exceeded"), policy.maxAttempts],
      [failed(408, "request_timeout"), policy.maxAttempts],
    ];
    for (const [answer, times] of cases) {
      for (const ask of [(given) => server.useSession(given, "a"), (given) => server.auditSession(given, "a", {})]) {
        asked = [];
        const { error } = await fastForward(() => ask(answering(answer)));
        assert.ok(error instanceof server.GatewayError);
        assert.equal(asked.length, times, error.message);
      }
    }
  });

  test("what may be asked again is, as often as the policy says, with growing pauses", async () => {
    for (const answer of [lost, failed(429, "rate_limit_exceeded"), failed(503, "too_many_sessions"), () => new Response("<h1>Bad gateway</h1>", { status: 502 })]) {
      asked = [];
      const { error, pauses } = await open(answering(answer));
      assert.ok(error instanceof server.GatewayError);
      assert.equal(asked.length, policy.maxAttempts, error.code);
      pauses.forEach((pause, index) => {
        const backoff = Math.min(policy.baseMs * 2 ** index, policy.capMs);
        assert.ok(pause >= backoff / 2 && pause <= backoff + 100, `${pause} ms before attempt ${index + 2}`);
      });
    }
    asked = [];
    assert.equal((await open(answering(lost, failed(500, "internal_error"), ok(created)))).value.id, "s-1");
  });

  test("what would fail again is not asked again, known or not", async () => {
    const cases = [
      [failed(401, "invalid_key"), "invalid_key", 401],
      // The status alone would allow it, the code does not.
      [failed(504, "upstream_timeout"), "upstream_timeout", 504],
      [failed(503, "who_knows"), "who_knows", 503],
      [() => new Response("<h1>Not here</h1>", { status: 404 }), "unexpected_response", 404],
      [() => new Response("<h1>Log in</h1>"), "unexpected_response", 200],
      [() => new Response("null"), "unexpected_response", 200],
    ];
    for (const [answer, code, status] of cases) {
      asked = [];
      const { error } = await open(answering(answer));
      assert.deepEqual([error.code, error.status, asked.length], [code, status, 1]);
    }
  });

  test("Retry-After is waited for, in seconds or as a date by the answer's clock, unless it is too long", async () => {
    // The page's module and the gateway are held against the same table.
    const table = JSON.parse(await readFile(new URL("../../crates/protocol/tests/retry_after.json", import.meta.url), "utf8"));
    for (const { retryAfter, date, seconds } of table) {
      asked = [];
      const headers = { "retry-after": retryAfter, ...(date && { date }) };
      const { error, pauses } = await open(answering(failed(429, "rate_limit_exceeded", headers), ok(created)));
      if (seconds * 1000 > policy.maxRetryAfterMs) assert.deepEqual([error?.code, asked.length], ["rate_limit_exceeded", 1], retryAfter);
      else if (seconds) assert.ok(pauses[0] >= seconds * 1000 && pauses[0] <= seconds * 1000 + 300, `${retryAfter}: ${pauses}`);
      else assert.ok(pauses[0] <= policy.baseMs + 100, `${retryAfter}: ${error?.code} ${pauses}`);
    }
  });

  test("a gateway that never answers: request_timeout, after the time given", async () => {
    // As the browser's and Node's, and as one of a library's own.
    for (const thrown of [(signal) => signal.reason, () => Object.assign(new Error("aborted"), { name: "AbortError" }), () => "cut"]) {
      asked = [];
      const silent = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(thrown(signal))));
      const { error, pauses } = await open({ ...answering(silent), timeoutMs: 2_000 });
      assert.equal(error.code, "request_timeout");
      assert.equal(pauses.length, policy.maxAttempts - 1);
      assert.ok(pauses.every((pause) => pause >= 2_000), `${pauses}`);
    }
  });

  test("an abort ends a request and a pause, with its own reason, and leaves no listener", async () => {
    for (const answer of [({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))), lost]) {
      asked = [];
      const why = new AbortController();
      setTimeout(() => why.abort(new Error("enough")), 20);
      await assert.rejects(server.openSession(answering(answer), { signal: why.signal }), /enough/);
    }
    const { signal } = new AbortController();
    let listeners = 0;
    mock.method(signal, "addEventListener", () => listeners++);
    mock.method(signal, "removeEventListener", () => listeners--);
    await open(answering(lost, lost, ok(created)), { signal });
    assert.equal(listeners, 0);
  });

  test("a key or an address that is not there is said before anything is sent", async () => {
    for (const wrong of [{ serverKey: undefined }, { serverKey: "" }, { endpoint: undefined }, { endpoint: "gateway.example" }]) {
      const { error } = await open({ ...answering(ok(created)), ...wrong });
      assert.ok(error instanceof TypeError && asked.length === 0, String(error));
    }
    for (const wrong of [{ idempotencyKey: "Bestellung 7, Zürich \u{1f642}" }, { modelVersion: "a\nb" }]) {
      const { error } = await open(answering(ok(created)), wrong);
      assert.ok(error instanceof TypeError && asked.length === 0, String(error));
    }
  });

  test("a wrong argument is a TypeError that names it, and nothing is sent", async () => {
    const { signal } = new AbortController();
    const circular = {};
    circular.self = circular;
    const wrongGateways = [
      [{ endpoint: "localhost:8199" }, "endpoint"],
      [{ endpoint: "https://user:word@gateway.example" }, "endpoint"],
      [{ endpoint: "https://gateway.example/?" }, "endpoint"],
      [{ endpoint: "https://gateway.example/#a" }, "endpoint"],
      [{ endpoint: null }, "endpoint"],
      [{ serverKey: "  " }, "serverKey"],
      [{ serverKey: 7 }, "serverKey"],
      ...[0, -1, NaN, Infinity, 2 ** 31, "5"].map((timeoutMs) => [{ timeoutMs }, "timeoutMs"]),
      [{ fetch: "fetch" }, "fetch"],
      [{ timeout: 5 }, '"timeout"'],
    ];
    const wrongOptions = [
      [{ referenc: "r", allowed_origin: "o" }, '"referenc", "allowed_origin"'],
      [{ idempotency_key: "k" }, '"idempotency_key"'],
      ["order 4711", "options"],
      [["order"], "options"],
      [Promise.resolve({}), "options"],
      ...["reference", "model", "modelVersion", "allowedOrigin", "idempotencyKey"].map((name) => [{ [name]: 7 }, name]),
      [{ idempotencyKey: "" }, "idempotencyKey"],
      ...["file", "", true].map((source) => [{ source }, "source"]),
      ...["10", 1.5, -1].map((frameCount) => [{ frameCount }, "frameCount"]),
      [{ signal: {} }, "signal"],
      [{ signal: new AbortController() }, "signal"],
    ];
    class Empty {}
    const wrongObjects = [() => 0, [], "text", new Map(), new Set(), new Error("no"), new Date(), new Empty(), Promise.resolve(), { a: 1n }, circular, { inner: new Map([[1, 2]]) }, { call() {} }, { toJSON: () => [] }];
    const wrongIds = [undefined, null, 7, "", ".", "..", "a\ud800"];
    const cases = [
      ...wrongGateways.map(([wrong, name]) => [(given) => server.openSession({ ...given, ...wrong }), name]),
      ...wrongGateways.map(([wrong, name]) => [(given) => server.readSession({ ...given, ...wrong }, "a"), name]),
      [() => server.readSession(undefined, "a"), "gateway"],
      ...wrongOptions.map(([options, name]) => [(given) => server.openSession(given, options), name]),
      ...wrongObjects.map((metadata) => [(given) => server.openSession(given, { metadata }), "metadata"]),
      ...[undefined, null, ...wrongObjects].map((event) => [(given) => server.auditSession(given, "a", event), "event"]),
      ...wrongIds.flatMap((id) => ["readSession", "useSession", "auditSession"].map((name) => [(given) => server[name](given, id, {}), "id"])),
      ...[{ signal }, new AbortController(), true].flatMap((wrong) => ["readSession", "useSession"].map((name) => [(given) => server[name](given, "a", wrong), "signal"])),
      [(given) => server.auditSession(given, "a", {}, { signal }), "signal"],
    ];
    for (const [call, name] of cases) {
      const { error } = await fastForward(() => call(answering(lost)));
      assert.ok(error instanceof TypeError && error.message.includes(name), `${name}: ${error}`);
      assert.equal(asked.length, 0, `${name}: ${error}`);
    }
  });

  test("a key that no header can hold is not in what is said of it", async () => {
    for (const serverKey of ["se\ncret", "se\u0001cret", "se\u{1f642}cret"]) {
      const { error } = await open({ ...answering(lost), serverKey });
      assert.match(String(error), /^TypeError: .*serverKey/);
      assert.doesNotMatch(String(error.stack) + String(error.cause), /se.?.?cret/su);
    }
  });

  test("null is absent, blanks around the address and the key do not count", async () => {
    const all = ["reference", "metadata", "allowedOrigin", "idempotencyKey", "source", "model", "frameCount", "modelVersion", "signal"];
    const given = { ...answering(ok(created)), endpoint: new URL(gateway.endpoint), serverKey: "key\n", timeoutMs: null };
    assert.equal((await open(given, Object.fromEntries(all.map((name) => [name, null])))).value.id, "s-1");
    assert.equal((await open({ ...given, endpoint: ` ${gateway.endpoint}\n` })).value.id, "s-1");
    assert.equal((await fastForward(() => server.readSession(answering(ok(view)), "a", null))).value.state, "complete");
    for (const { url, headers } of asked) {
      assert.ok(url.startsWith("https://gateway.example/under/api/v1/sessions"), url);
      assert.equal(headers.get("authorization"), "Bearer key");
    }
    assert.ok(asked[0].headers.get("idempotency-key").length > 20);
    assert.deepEqual(JSON.parse(asked[0].body), {});
  });

  test("metadata and events are recorded as JSON has them", async () => {
    const bare = Object.assign(Object.create(null), { a: [1, { at: new Date(0) }], left: undefined });
    for (const event of [bare, { toJSON: () => bare }, new (class { toJSON = () => bare })()]) {
      asked = [];
      await fastForward(() => server.auditSession(answering(ok({ recorded_at: "now" })), "a", event));
      await open(answering(ok(created)), { metadata: event });
      const as = { a: [1, { at: "1970-01-01T00:00:00.000Z" }] };
      assert.deepEqual(asked.map(({ body }) => JSON.parse(body)), [as, { metadata: as }]);
    }
  });

  test("a redirect that tells no status, or was followed all the same, does not count as a yes", async () => {
    for (const [name, value] of [["type", "opaqueredirect"], ["redirected", true]]) {
      const { error } = await open(answering(() => Object.defineProperty(ok(created)(), name, { value })));
      assert.match(`${error.code} ${error.message}`, /^unexpected_response .*redirect/);
    }
  });

  test("an answer that is not the API's does not count as a yes", async () => {
    const ways = {
      openSession: [() => open, ["session_id", "token"]],
      readSession: [() => (given) => fastForward(() => server.readSession(given, "a")), ["state"]],
      useSession: [() => (given) => fastForward(() => server.useSession(given, "a")), ["state"]],
      auditSession: [() => (given) => fastForward(() => server.auditSession(given, "a", {})), ["recorded_at"]],
    };
    const whole = { ...created, ...view, recorded_at: "now" };
    for (const [name, [call, needs]] of Object.entries(ways)) {
      const answers = needs.flatMap((need) => [ok({ ...whole, [need]: undefined }), ok({ ...whole, [need]: 7 })]);
      answers.push(ok("text"), ok([whole]), () => Response.json({ data: whole, success: false }), () => Response.json({ data: whole }));
      for (const answer of answers) {
        asked = [];
        const { error } = await call()(answering(answer));
        assert.deepEqual([error?.code, error?.status, asked.length], ["unexpected_response", 200, 1], name);
      }
    }
    for (const errors of ["boom", ["boom"], [["boom"]], [null], {}, 7]) {
      const { error } = await open(answering(() => Response.json({ data: null, success: false, errors }, { status: 400 })));
      assert.deepEqual([error.code, error.status], ["unexpected_response", 400], JSON.stringify(errors));
    }
  });

  test("an error tells its name and its cause", async () => {
    const why = new TypeError("fetch failed");
    const { error } = await open(answering(() => Promise.reject(why)));
    assert.equal(error.cause, why);
    assert.match(error.stack, /^GatewayError: fetch failed/);
    assert.match(inspect(error), /^GatewayError: fetch failed/);
    assert.deepEqual(Object.keys(error).sort(), ["code", "status"]);
  });

  test("after an abort nothing is sent", async () => {
    const { error } = await open(answering(ok(created)), { signal: AbortSignal.abort(new Error("enough")) });
    assert.deepEqual([error.message, asked.length], ["enough", 0]);
  });

  // Connections have timers of their own, which do not go with mocked ones: these tests are the last.
  test("an answer that is cut off is a connection that failed", async () => {
    let requests = 0;
    const half = (_, answer) => {
      requests++;
      answer.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
      answer.write("{".padEnd(500), () => answer.destroy());
    };
    await listening(half, async (endpoint) => {
      const given = { ...gateway, endpoint };
      const read = await server.readSession(given, "a").catch((error) => error);
      assert.deepEqual([read.code, read.status, requests], ["network_error", 0, policy.maxAttempts]);
      requests = 0;
      const used = await server.useSession(given, "a").catch((error) => error);
      assert.deepEqual([used.code, requests], ["network_error", 1]);
    });
  });

  test("a redirect is not followed, and said", async () => {
    const paths = [];
    const yes = JSON.stringify({ success: true, data: { ...created, ...view } });
    for (const status of [301, 302, 303, 307, 308]) {
      const answer = ({ url }, response) => {
        paths.push(url);
        response.writeHead(url === "/other" ? 200 : status, { location: "/other" }).end(yes);
      };
      await listening(answer, async (endpoint) => {
        const error = await server.openSession({ ...gateway, endpoint }).catch((error) => error);
        assert.deepEqual([error.code, error.status], ["unexpected_response", status]);
        assert.match(error.message, new RegExp(`${status}.*redirect`));
      });
    }
    assert.deepEqual([paths.length, paths.includes("/other")], [5, false]);
  });
});

/** A server of its own while `use` runs. */
async function listening(answer, use) {
  const real = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => real.once("listening", resolve));
  try {
    await use(`http://127.0.0.1:${real.address().port}`);
  } finally {
    real.closeAllConnections();
    real.close();
  }
}
