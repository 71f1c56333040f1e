// The back end's helper, against a gateway that answers as told.
import assert from "node:assert/strict";
import { before, beforeEach, describe, mock, test } from "node:test";
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
    const busy = (headers) => failed(429, "rate_limit_exceeded", headers);
    const date = "Wed, 21 Oct 2015 09:00:00 GMT";
    for (const headers of [{ "retry-after": "7" }, { "retry-after": "Wed, 21 Oct 2015 09:00:07 GMT", date }]) {
      asked = [];
      const { pauses } = await open(answering(busy(headers), ok(created)));
      assert.ok(pauses[0] >= 7_000 && pauses[0] <= 7_300, `${pauses}`);
    }
    asked = [];
    const { error } = await open(answering(busy({ "retry-after": "3600" })));
    assert.deepEqual([error.code, asked.length], ["rate_limit_exceeded", 1]);
    asked = [];
    assert.ok((await open(answering(busy({ "retry-after": "soon" }), ok(created)))).pauses[0] < 500);
  });

  test("a gateway that never answers: request_timeout, after the time given", async () => {
    const silent = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const { error, pauses } = await open({ ...answering(silent), timeoutMs: 2_000 });
    assert.equal(error.code, "request_timeout");
    assert.ok(pauses.every((pause) => pause >= 2_000), `${pauses}`);
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
});
