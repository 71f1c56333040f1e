// Kept pictures, and the requests that carry them.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { load } from "./load.mjs";

const png = Uint8Array.of(137, 80, 78, 71);
const request = {
  method: "PUT",
  url: "https://gateway.example/crops/0",
  headers: [["x-liveness-token", "t"]],
  credentials: "omit",
  timeoutMs: 5_000,
  body: { type: "picture", index: 0 },
};
const message = (change = {}) => ({ type: "send", id: 7, run: 0, request, ...change });
const carrying = (body) => message({ request: { ...request, body } });

let courier;
let asked;
const { fetch: realFetch } = globalThis;

/** Answers every request with `respond(url, init)`. */
function answer(respond) {
  globalThis.fetch = (url, init) => {
    asked.push({ url, ...init });
    return respond(url, init);
  };
}
/** Never answers, but rejects when its signal aborts. */
const silence = (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

beforeEach(async () => {
  courier = await load("core/courier");
  asked = [];
});
afterEach(() => void (globalThis.fetch = realFetch));

test("a kept picture is sent as requested, and the answer includes what retries need", async () => {
  const date = "Wed, 21 Oct 2015 07:28:00 GMT";
  answer(async () => new Response('{"success":true}', { status: 429, headers: { "retry-after": "2", date } }));
  courier.keep(0, 0, png);
  const settled = await courier.send(message());
  assert.deepEqual(settled, { type: "answered", id: 7, status: 429, retryAfter: "2", date, body: { success: true } });
  const [{ url, method, headers, credentials, cache, body }] = asked;
  assert.deepEqual({ url, method, headers, credentials, cache }, { url: request.url, method: "PUT", headers: request.headers, credentials: "omit", cache: "no-store" });
  assert.equal(body, png);
});

test("a whole frame is kept until it has arrived, a crop until its run is over", async () => {
  const missing = async (body) => (await courier.send(carrying(body))).code === "internal";
  for (const [body, kept] of [[{ type: "frame", json: { frame: {} }, index: 0 }, false], [{ type: "picture", index: 0 }, true]]) {
    courier.keep(0, 0, png);
    courier.keep(0, 1, png);
    const redirect = async () => Response.error(); // Not followed: like an opaque one it has the status 0.
    for (const lost of [() => Promise.reject(new TypeError("lost")), async () => new Response("{}", { status: 503 }), redirect]) {
      answer(lost);
      assert.equal(await missing(body), false, "what was lost, or refused, can be sent again");
    }
    answer(async () => new Response("{}", { status: 201 }));
    assert.equal(await missing(body), false, "what was lost, or refused, can be sent again");
    assert.equal(await missing(body), !kept, body.type);
    assert.equal(await missing({ ...body, index: 1 }), false, "another one");
  }
});

test("an answer that is not JSON has no body", async () => {
  courier.keep(0, 0, png);
  for (const text of ["", "<html>413</html>", "{"]) {
    answer(async () => new Response(text, { status: 413 }));
    const { status, body } = await courier.send(message());
    assert.deepEqual([status, body], [413, null]);
  }
});

test("every kind of body", async () => {
  answer(async () => new Response("{}"));
  courier.keep(0, 1, png);
  courier.keep(0, 0, Uint8Array.of(1));
  const sent = async (body) => {
    await courier.send(carrying(body));
    return asked.at(-1).body;
  };
  assert.equal(await sent({ type: "empty" }), null);
  assert.deepEqual(JSON.parse(await sent({ type: "json", json: { times: [0, 100.5] } })), { times: [0, 100.5] });
  assert.deepEqual(JSON.parse(await sent({ type: "crops", json: { session_id: "s", crops: [] } })), {
    session_id: "s",
    crops: [{ index: 0, pixels: "AQ==" }, { index: 1, pixels: "iVBORw==" }],
  });
  const frame = { index: 1, timestamp_ms: 7.5, pixels: "" };
  assert.deepEqual(JSON.parse(await sent({ type: "frame", index: 1, json: { frame } })), { frame: { ...frame, pixels: "iVBORw==" } });
});

test("base64 is right for any length", async () => {
  answer(async () => new Response("{}"));
  for (const length of [0x7fff, 0x8000, 0x8001, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) % 256);
    courier.keep(0, 0, bytes);
    await courier.send(carrying({ type: "frame", index: 0, json: { frame: {} } }));
    assert.equal(JSON.parse(asked.at(-1).body).frame.pixels, Buffer.from(bytes).toString("base64"));
  }
});

test("a picture can be sent again until its run is over", async () => {
  answer(async () => new Response("", { status: 503 }));
  courier.keep(0, 0, png);
  await courier.send(message());
  assert.equal((await courier.send(message())).status, 503);
  courier.forget(1);
  assert.equal((await courier.send(message())).status, 503, "forgetting another run must not matter");
  courier.forget(0);
  const { code, detail } = await courier.send(message());
  assert.equal(code, "internal", "it is a bug, and must not be retried");
  assert.match(detail, /not kept/);
  assert.equal(asked.length, 3);
});

test("the end of a run aborts only its own requests", async () => {
  answer(silence);
  courier.keep(0, 0, png);
  const old = courier.send(message());
  const other = courier.send(message({ id: 8, run: 1, request: { ...request, body: { type: "empty" } } }));
  assert.equal(courier.inFlight(), 2);
  courier.forget(0);
  assert.equal((await old).code, "network_error");
  assert.equal(courier.inFlight(), 1);
  courier.keep(1, 0, png);
  courier.forget(1);
  assert.equal((await other).code, "network_error");
});

test("a silent server is a time-out, a lost connection is not", async () => {
  answer(silence);
  courier.keep(0, 0, png);
  assert.equal((await courier.send(message({ request: { ...request, timeoutMs: 20 } }))).code, "request_timeout");
  answer(async () => {
    throw new TypeError("Failed to fetch");
  });
  assert.deepEqual(await courier.send(message()), { type: "unanswered", id: 7, code: "network_error", detail: "TypeError: Failed to fetch" });
});
