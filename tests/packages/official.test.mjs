// The official client of the Moveris API (@moveris/shared), unchanged, against the real gateway: every method of it, and
// every failure that it can meet.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { startGateway } from "../e2e/lib/gateway.mjs";
import { FOOTAGE, footageMissing } from "../e2e/lib/paths.mjs";
import { startUpstream } from "../e2e/lib/upstream.mjs";
import { drawnCrops, drawnFrames } from "./lib/drawn_pictures.mjs";
import { fails, officialClient } from "./lib/official.mjs";

const KEY = "sk-official-client-0123456789-secret";
const SERVER_KEY = "server-key-official-client";
const CROPS = "/api/v1/fast-check-crops";
const FRAMES = "/api/v1/fast-check";
const STREAM = "/api/v1/fast-check-stream";

let official;
const clientOf = (...args) => official.clientOf(...args);

before(async () => {
  official = await officialClient();
});

after(() => {
  console.log(official?.table());
  official?.close();
});

/** The verdict's data for the same body in a plain request, under another id. */
async function plain(gateway, path, body) {
  const json = { ...JSON.parse(body), session_id: crypto.randomUUID() };
  const headers = { "content-type": "application/json" };
  const response = await fetch(gateway.origin + path, { method: "POST", headers, body: JSON.stringify(json) });
  assert.equal(response.status, 200);
  return (await response.json()).data;
}

/** Asserts that the client read the same verdict as a plain request gets. */
function agrees(result, data) {
  const { verdict, confidence, score, realScore, framesProcessed } = result;
  const wanted = [data.verdict, data.confidence, data.score, data.real_score, data.frames_processed];
  assert.deepEqual([verdict, confidence, score, realScore, framesProcessed], wanted);
}

/** The same random numbers in every run. */
function random(seed) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** Frames of a clip, ten a second, as JPEG. */
async function clip(name, count) {
  const folder = await mkdtemp(join(tmpdir(), "liveness-official-"));
  try {
    const args = ["-v", "error", "-i", join(FOOTAGE, "clips", name), "-vf", "fps=10,scale=640:480", "-frames:v", String(count)];
    await promisify(execFile)("ffmpeg", [...args, "-q:v", "2", join(folder, "%03d.jpg")]);
    const files = (await readdir(folder)).sort();
    const read = files.map((file) => readFile(join(folder, file), "base64"));
    return (await Promise.all(read)).map((pixels, index) => ({ index, timestampMs: 100 * index, pixels }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("the official client, local mode", () => {
  let gateway;
  let small;
  before(async () => {
    gateway = await startGateway();
    small = await startGateway({ args: ["--session-ttl", "2", "--max-body-megabytes", "1"] });
  });
  after(async () => {
    await gateway?.stop();
    await small?.stop();
  });
  const model = "mixed-10-v2";

  test("health, models and the queue", async () => {
    const client = clientOf(gateway);
    const health = await client.health();
    assert.deepEqual([health.status, health.environment], ["healthy", "development"]);
    assert.ok(health.models_loaded.length > 0 && Object.keys(health.dependencies).length > 0);
    const models = await client.getModels();
    for (const id of ["mixed-30-v3_1_1", "mixed-60-v3_1_1", "mixed-120-v3_1_1"]) {
      assert.ok(models.some((entry) => entry.id === id && entry.min_frames === Number(id.split("-")[1]) && !entry.deprecated), id);
    }
    const { queue_length: length, queue_key: key, running, at_once: atOnce } = await client.queueStats();
    assert.deepEqual([length, key, running], [0, "local", 0]);
    assert.ok(atOnce >= 1);
  });

  test("crops, with the client's own model, and what it says about the device", async () => {
    const client = clientOf(gateway, { consumer: "tests", extraMetadata: { order: { id: 7 } } });
    const before = official.asked.length;
    const result = await client.fastCheckCrops(drawnCrops(30), { warnings: ["Low light detected"], bgSegmentation: false });
    assert.ok(["live", "fake", "inconclusive"].includes(result.verdict));
    assert.equal(official.asked.length, before + 1);
    assert.deepEqual(result.warnings, ["Low light detected"]);
    assert.deepEqual(result.deprecation, { deprecated: false, resolvedModel: "local-1-30", deprecatedModel: undefined, sunsetDate: undefined, suggestedModel: undefined });
    const [{ body }] = client.exchanges;
    const sent = JSON.parse(body);
    assert.equal(sent.session_id, result.sessionId);
    assert.equal(sent.device_intelligence.ip_address, "203.0.113.9");
    assert.deepEqual(sent.metadata, { consumer: "tests", order: { id: 7 } });
    agrees(result, await plain(gateway, CROPS, body));
  });

  test("a version instead of a model, and a model that is deprecated", async () => {
    const versioned = clientOf(gateway, { modelVersion: "latest" });
    const result = await versioned.fastCheckCrops(drawnCrops(10), { frameCount: 10 });
    assert.equal(result.deprecation.resolvedModel, "local-1-10");
    const warn = console.warn;
    console.warn = () => {};
    try {
      const old = await clientOf(gateway).fastCheckCrops(drawnCrops(10), { model: "mixed-10" });
      const { deprecated, deprecatedModel, suggestedModel } = old.deprecation;
      assert.deepEqual([deprecated, deprecatedModel, suggestedModel], [true, "mixed-10", "mixed-10-v2"]);
    } finally {
      console.warn = warn;
    }
  });

  test("whole frames", async () => {
    const client = clientOf(gateway);
    const result = await client.fastCheck(drawnFrames(10), { model });
    const [{ body }] = client.exchanges;
    assert.equal(JSON.parse(body).fps_source, "measured");
    assert.equal(result.framesProcessed, 10);
    agrees(result, await plain(gateway, FRAMES, body));
  });

  test("frames streamed in parallel, in any order, agree with one request", async () => {
    const frames = drawnFrames(10);
    const list = frames.map(({ index, timestampMs, pixels }) => ({ index, timestamp_ms: timestampMs, pixels }));
    const wanted = await plain(gateway, FRAMES, JSON.stringify({ model, source: "live", frames: list }));
    for (const seed of [1, 2]) {
      const next = random(seed);
      const client = clientOf(gateway, { delay: () => 60 * next() });
      const [sent, buffered] = [[], []];
      const result = await client.fastCheckStream(frames, { model }, {
        onFrameSent: (index) => sent.push(index),
        onFrameBuffered: (received, required) => buffered.push([received, required]),
      });
      assert.equal(client.exchanges.length, 10);
      assert.ok(client.exchanges.every(({ status, path }) => status === 200 && path === STREAM));
      const order = client.exchanges.map(({ body }) => JSON.parse(body).frame.index);
      assert.notDeepEqual(order, [...order].sort((a, b) => a - b), "the order must not be the usual one");
      assert.equal(sent.length, 10);
      assert.ok(buffered.length <= 9 && buffered.every(([received, required]) => received < 10 && required === 10));
      agrees(result, wanted);
    }
  });

  test("frames streamed one after the other, and one by one, some twice", async () => {
    const frames = drawnFrames(10);
    const all = await clientOf(gateway).fastCheckStreamSequential([...frames].reverse(), { model });
    const client = clientOf(gateway);
    const options = { sessionId: crypto.randomUUID(), model };
    for (const index of [3, 3, 0, 1, 2, 4, 5, 6, 7, 8, 0]) {
      const answer = await client.streamFrame(frames[index], options);
      assert.equal(answer.status, "buffering");
      assert.ok(answer.ttl_seconds > 0);
    }
    const last = await client.streamFrame(frames[9], options);
    assert.deepEqual([last.status, last.verdict, last.score, last.available, last.error], ["complete", all.verdict, all.score, true, null]);
    // Its answer may have been lost: the same verdict again, and no other check.
    const again = await client.streamFrame(frames[9], options);
    assert.deepEqual([again.score, again.created_at], [last.score, last.created_at]);
  });

  const missing = footageMissing("clips/live_man_hoodie.mp4", "clips/attack_print_simulated.mp4");
  test("people are live and prints are not, in one request and streamed", { skip: missing }, async () => {
    for (const [name, verdict] of [["live_man_hoodie.mp4", "live"], ["attack_print_simulated.mp4", "fake"]]) {
      const frames = await clip(name, 30);
      const client = clientOf(gateway);
      const once = await client.fastCheck(frames);
      assert.deepEqual([once.verdict, once.framesProcessed], [verdict, 30], name);
      const streamed = await client.fastCheckStream(frames);
      const { sessionId, processingMs, deprecation, ...same } = once;
      assert.deepEqual({ ...streamed, sessionId, processingMs, deprecation }, { ...same, sessionId, processingMs, deprecation }, name);
    }
  });

  test("the time that a check took the client", async () => {
    const silent = clientOf(gateway);
    await silent.postClientTime(crypto.randomUUID(), 8450);
    assert.equal(silent.exchanges.length, 0, "off unless it is asked for");
    const client = clientOf(gateway, { trackClientTime: true });
    for (const time of [8450, 8450.25]) {
      await client.postClientTime(crypto.randomUUID(), time);
      const { status, envelope } = client.exchanges.at(-1);
      assert.deepEqual([status, envelope.data], [200, { client_time: time }]);
    }
    assert.match(gateway.log(), /client_time_ms\W*8450/);
    // The client swallows what follows: it must be told all the same.
    for (const [id, time, status] of [["not-an-id", 1, 404], [crypto.randomUUID(), -1, 400], [crypto.randomUUID(), NaN, 400]]) {
      await client.postClientTime(id, time);
      assert.equal(client.exchanges.at(-1).status, status);
    }
  });

  const session = { sessionId: "550e8400-e29b-41d4-a716-446655440000" };
  for (const [name, call] of [
    ["liveCheck", (client, frames) => client.liveCheck(frames)],
    ["verify", (client, frames) => client.verify(frames)],
    ["hybridCheck", (client, frames) => client.hybridCheck(frames)],
    ["hybrid50", (client, frames) => client.hybrid50(frames)],
    ["hybrid150", (client, frames) => client.hybrid150(frames)],
    ["getJobResult", (client) => client.getJobResult(session.sessionId)],
    ["waitForJobResult", (client) => client.waitForJobResult(session.sessionId)],
    ["v2Upload", (client, frames) => client.v2Upload(frames, session)],
    ["v2FastCheck", (client) => client.v2FastCheck(session)],
    ["v2LiveCheck", (client) => client.v2LiveCheck(session)],
  ]) {
    test(`${name}, whose path is not documented, is not found, and not asked for again`, async () => {
      const client = clientOf(gateway, { enableRetry: true });
      await fails(client, call(client, drawnFrames(10)), 404, "not_found");
      assert.equal(client.exchanges.length, 1);
    });
  }

  test("400: what the request lacks", async () => {
    const client = clientOf(gateway);
    const few = await fails(client, client.fastCheckCrops(drawnCrops(10)), 400, "insufficient_frames");
    assert.match(few.envelope.message, /requires 30 frames, received 10/);
    await fails(client, client.fastCheck(drawnFrames(10), { sessionId: "me", model }), 400, "validation_error");
    await fails(client, client.fastCheckCrops(drawnCrops(10), { model: "mixed-7" }), 400, "unknown_model");
    await fails(client, client.fastCheckCrops([{ index: 0, pixels: "R0lGODlh" }, ...drawnCrops(10).slice(1)], { model }), 400, "validation_error");
    await fails(client, client.fastCheckCrops(drawnCrops(10), { modelVersion: "latest" }), 400, "missing_field");
    const [frame] = drawnFrames(1);
    await fails(client, client.streamFrame({ ...frame, index: 10 }, { ...session, model }), 400, "validation_error");
    await fails(client, client.fastCheckStream(drawnFrames(4), { model }), 400, "stream_incomplete");
  });

  test("403: a page of an origin that is not allowed", async () => {
    const client = clientOf(gateway, { headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } });
    await fails(client, client.fastCheckCrops(drawnCrops(10), { model }), 403, "origin_not_allowed");
  });

  test("409: another picture at the same index", async () => {
    const client = clientOf(gateway);
    const [first, second] = drawnFrames(2);
    const options = { sessionId: crypto.randomUUID(), model };
    await client.streamFrame(first, options);
    await fails(client, client.streamFrame({ ...second, index: 0 }, options), 409, "crop_conflict");
  });

  test("410: a stream that stops", async () => {
    const client = clientOf(small);
    const [first, second] = drawnFrames(2);
    const options = { sessionId: crypto.randomUUID(), model };
    assert.equal((await client.streamFrame(first, options)).status, "buffering");
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await fails(client, client.streamFrame(second, options), 410, "session_expired");
  });

  test("413: more than a body may have", async () => {
    const client = clientOf(gateway);
    const crops = [{ index: 0, pixels: "A".repeat(33 * 1024 * 1024) }];
    await fails(client, client.fastCheckCrops(crops), 413, "payload_too_large");
    const [frame] = drawnFrames(1);
    const options = { sessionId: crypto.randomUUID(), model };
    await fails(client, client.streamFrame({ ...frame, pixels: "A".repeat(13 * 1024 * 1024) }, options), 413, "payload_too_large");
  });

  test("503: no room for another body, with the time to come back", async () => {
    const client = clientOf(small);
    const crops = [{ index: 0, pixels: "A".repeat(4096) }];
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ session_id: crypto.randomUUID(), crops });
    const status = async () => (await fetch(small.origin + CROPS, { method: "POST", headers, body })).status;
    /** Somebody else's, which has almost arrived; anew if it is the one that finds no room. */
    const almost = () => {
      const it = request(small.origin + CROPS, { method: "POST", headers: { ...headers, "content-length": 1024 * 1024 } });
      it.on("error", () => undefined).on("response", () => it.destroyed || (it.destroy(), (other = almost())));
      it.write(Buffer.alloc(1023 * 1024, " "));
      return it;
    };
    let other = almost();
    try {
      for (const end = Date.now() + 10_000; (await status()) !== 503; ) assert.ok(Date.now() < end, "there is room for ever");
      const refused = await fails(client, client.fastCheckCrops(crops), 503, "too_many_sessions");
      assert.match(refused.headers.get("retry-after"), /^[1-9]\d*$/);
    } finally {
      other.removeAllListeners("response").destroy();
    }
  });

  test("no gateway at all", async () => {
    const client = clientOf({ origin: "http://127.0.0.1:9" });
    await fails(client, client.health(), 0, "network_error");
  });
});

describe("the official client, upstream mode", () => {
  let upstream;
  let gateway;
  before(async () => {
    upstream = await startUpstream(KEY);
    const env = { MOVERIS_API_KEY: KEY, MOVERIS_BASE_URL: upstream.url, LIVENESS_SERVER_KEY: SERVER_KEY };
    gateway = await startGateway({ args: ["--upstream-timeout", "2"], env });
  });
  after(async () => {
    await gateway?.stop();
    await upstream?.stop();
  });
  // The client of a back end; pages have sessions.
  const ours = (options = {}) => clientOf(gateway, { apiKey: SERVER_KEY, ...options });
  const check = (client) => client.fastCheckCrops(drawnCrops(10), { model: "mixed-10-v2", warnings: ["w"] });
  const answer = (...parts) => upstream.script.push(upstream.failed(...parts));

  test("one request reaches the upstream, with the gateway's key and not the client's", async () => {
    const client = ours();
    const result = await check(client);
    assert.deepEqual([result.verdict, result.score, result.realScore, result.warnings], ["live", 92, 0.92, ["w"]]);
    assert.equal(result.deprecation.resolvedModel, "mixed-10-v2");
    const [{ headers, body }] = upstream.requests.splice(0);
    assert.equal(headers["x-api-key"], KEY);
    assert.equal(body.session_id, result.sessionId);
    assert.deepEqual(body.crops, drawnCrops(10));
    const { queue_length: length, queue_key: key, running } = await client.queueStats();
    assert.deepEqual([length, key, running], [0, "upstream", 0]);
    assert.equal(upstream.requests.length, 0, "the upstream is not asked for its queue");
  });

  test("the queue says what runs", async () => {
    upstream.script.push({ silentMs: 800 });
    const client = ours();
    let ended = false;
    const checked = check(client).finally(() => (ended = true));
    let running = 0;
    while (running === 0 && !ended) ({ running } = await client.queueStats());
    assert.equal(running, 1);
    assert.equal((await checked).verdict, "live");
    assert.equal((await client.queueStats()).running, 0);
  });

  test("401: a client without the server key costs nothing", async () => {
    upstream.requests.length = 0;
    for (const apiKey of ["", "sk-of-somebody-else-0123456789"]) {
      const client = clientOf(gateway, { apiKey, enableRetry: true });
      await fails(client, check(client), 401, "invalid_key");
      const frames = drawnFrames(10);
      await fails(client, client.fastCheck(frames, { model: "mixed-10-v2" }), 401, "invalid_key");
      await fails(client, client.streamFrame(frames[0], { sessionId: crypto.randomUUID(), model: "mixed-10-v2" }), 401, "invalid_key");
      assert.equal(client.exchanges.length, 3, "the client does not ask again");
    }
    assert.equal(upstream.requests.length, 0);
  });

  for (const [status, code] of [
    [400, "insufficient_frames"], [400, "missing_field"], [400, "validation_error"], [401, "invalid_key"], [402, "insufficient_credits"],
    [402, "account_suspended"], [403, "insufficient_scope"],
  ]) {
    test(`${status}: ${code}`, async () => {
      answer(status, code, "The upstream's words");
      const client = ours({ enableRetry: true });
      await fails(client, check(client), status, code);
      assert.equal(client.exchanges.length, 1, "the client does not ask again");
    });
  }

  test("429: the upstream's time to come back is passed on; a client that asks again gets its verdict", async () => {
    answer(429, "rate_limit_exceeded", "Slow down", { "retry-after": "120" });
    const client = ours();
    const { headers } = await fails(client, check(client), 429, "rate_limit_exceeded");
    assert.equal(headers.get("retry-after"), "120");
    answer(429, "rate_limit_exceeded", "Slow down", { "retry-after": "120" });
    const patient = ours({ enableRetry: true });
    assert.equal((await check(patient)).verdict, "live");
    assert.deepEqual(patient.exchanges.map(({ status }) => status), [429, 200]);
  });

  test("502: an upstream that cannot be reached, and one whose verdict is lost", async () => {
    answer(503, "internal_error", "Down", { "retry-after": "120" });
    const client = ours();
    await fails(client, check(client), 502, "upstream_unavailable");
    upstream.script.push({ drop: true });
    upstream.requests.length = 0;
    await fails(client, check(client), 502, "verdict_lost");
    assert.equal(upstream.requests.length, 1, "what may have been paid for is not made again");
  });

  test("504, and a client that does not wait so long", async () => {
    upstream.script.push({ silentMs: 2500 }, { silentMs: 600 });
    const client = ours();
    await fails(client, check(client), 504, "upstream_timeout");
    const hasty = ours({ timeout: 200 });
    await fails(hasty, check(hasty), 408, "timeout");
  });
});
