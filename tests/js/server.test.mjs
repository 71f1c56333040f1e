// The back end's helper, against a gateway that answers as told.
import assert from "node:assert/strict";
import { before, beforeEach, describe, mock, test } from "node:test";
import { load } from "./load.mjs";

const gateway = { endpoint: "https://gateway.example/under/", serverKey: "key" };
const created = { session_id: "s-1", token: "t-1", model: "mixed-10-v2", frames_required: 10, ttl_seconds: 300, expires_at: "then" };
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
    const { value } = await open(answering(ok(created, 201)), { reference: "order 4711", frameCount: 10, modelVersion: "latest" });
    assert.deepEqual(value, { id: "s-1", token: "t-1", model: "mixed-10-v2", framesRequired: 10, expiresAt: "then" });
    const [{ url, method, headers, body }] = asked;
    assert.equal(url, "https://gateway.example/under/api/v1/sessions");
    assert.equal(method, "POST");
    assert.equal(headers.authorization, "Bearer key");
    assert.equal(headers["x-model-version"], "latest");
    assert.deepEqual(JSON.parse(body), { reference: "order 4711", frame_count: 10 });
  });

  test("a session is read, with or without a reference, its id as part of the path", async () => {
    const view = { session_id: "a/b", state: "complete", verdict: { verdict: "live" }, error: null };
    const { value } = await fastForward(() => server.readSession(answering(ok({ ...view, reference: "r" })), "a/b"));
    assert.equal(asked[0].url, "https://gateway.example/under/api/v1/sessions/a%2Fb");
    assert.deepEqual(value, { id: "a/b", state: "complete", reference: "r", verdict: view.verdict, error: null, raw: { ...view, reference: "r" } });
    const without = await fastForward(() => server.readSession(answering(ok(view)), "a/b"));
    assert.equal(without.value.reference, null);
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
  });
});
