// Crops that are kept, and the requests that carry them.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { load } from "./load.mjs";

const png = Uint8Array.of(137, 80, 78, 71);
const request = { method: "PUT", url: "https://gateway.example/crops/0", headers: { authorization: "Bearer t" }, credentials: "omit", timeoutMs: 5_000 };
const message = (change = {}) => ({ type: "send", id: 7, run: 0, index: 0, request, ...change });

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
/** Never answers, but ends with its signal. */
const silence = (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

beforeEach(async () => {
  courier = await load("courier");
  asked = [];
});
afterEach(() => void (globalThis.fetch = realFetch));

test("a kept crop is sent as it was asked for, and the answer told", async () => {
  answer(async () => new Response('{"success":true}', { status: 429, headers: { "retry-after": "2" } }));
  courier.keep(0, 0, png);
  const sent = await courier.send(message());
  assert.deepEqual(sent, { type: "sent", id: 7, status: 429, retryAfter: "2", body: '{"success":true}' });
  const [{ url, method, headers, credentials, cache, body }] = asked;
  assert.deepEqual({ url, method, headers, credentials, cache }, { url: request.url, method: "PUT", headers: request.headers, credentials: "omit", cache: "no-store" });
  assert.equal(body, png);
});

test("it can be sent again until the run is over", async () => {
  answer(async () => new Response("", { status: 503 }));
  courier.keep(0, 0, png);
  await courier.send(message());
  assert.equal((await courier.send(message())).status, 503);
  courier.forget(1);
  assert.equal((await courier.send(message())).status, 503, "another run is none of its business");
  courier.forget(0);
  assert.match((await courier.send(message())).error, /not kept/);
  assert.equal(asked.length, 3);
});

test("a new run drops the one before, with its requests", async () => {
  answer(silence);
  courier.keep(0, 0, png);
  const old = courier.send(message());
  assert.equal(courier.inFlight(), 1);
  courier.keep(1, 0, png);
  assert.equal((await old).name, "AbortError");
  assert.equal(courier.inFlight(), 0);
  assert.match((await courier.send(message())).error, /not kept/);
});

test("a server that says nothing is a time-out, a lost connection is none", async () => {
  answer(silence);
  courier.keep(0, 0, png);
  assert.equal((await courier.send(message({ request: { ...request, timeoutMs: 20 } }))).name, "TimeoutError");
  answer(async () => {
    throw new TypeError("Failed to fetch");
  });
  assert.deepEqual(await courier.send(message()), { type: "sent", id: 7, name: "TypeError", error: "TypeError: Failed to fetch" });
});
