// What preload() has started, and who it belongs to.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "./load.mjs";
import { page, until, video } from "./lib_page.mjs";

const VIEW = { state: "loading", guidance: "wait", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 0, framesUploaded: 0, verdict: null, error: null };
const RAW = { verdict: "live", score: 98, real_score: 0.98, session_id: "s" };

/** A page on whose line the page's module stalls until `flow` is called. */
async function stalled() {
  const { started } = page();
  const { fetch } = globalThis;
  let flow;
  const flows = new Promise((resolve) => (flow = resolve));
  globalThis.fetch = async (url) => {
    if (String(url).endsWith("host_bg.wasm")) await flows;
    return fetch(url);
  };
  const { LivenessCheck, preload } = await load("core/index");
  const ended = () => started.filter((what) => what === "worker ended").length;
  return { LivenessCheck, preload, flow, ended };
}

const codeOf = (promise) => promise.then(() => null, ({ code }) => code);

test("a preload that takes too long does not end the worker that a check has got from it", async () => {
  const { LivenessCheck, preload, flow, ended } = await stalled();
  globalThis.fakeHost = (_plain, _element, page) => ({
    start: () => {
      page.spawnWorker();
      page.onChange({ ...VIEW, state: "done", verdict: RAW });
    },
    free: () => undefined,
  });
  mock.timers.enable({ apis: ["setTimeout"] });
  let result;
  try {
    const loading = codeOf(preload());
    mock.timers.tick(20_000);
    result = new LivenessCheck({ video: video(), timeouts: { loading: 60_000 } }).start();
    mock.timers.tick(10_000);
    assert.equal(await loading, "engine_load_timeout");
    assert.equal(ended(), 0);
  } finally {
    mock.timers.reset();
  }
  flow();
  assert.equal((await result).verdict, "live");
  assert.equal(ended(), 1);
});

test("a check that is cancelled does not fail the preload that it has the worker from", async () => {
  const { LivenessCheck, preload, flow, ended } = await stalled();
  const loading = codeOf(preload());
  const check = new LivenessCheck({ video: video() });
  const result = codeOf(check.start());
  check.cancel();
  assert.equal(await result, "cancelled");
  assert.equal(ended(), 1);
  flow();
  assert.equal(await loading, null);
});

test("a preload that takes too long ends the worker that nobody has", async () => {
  const { preload, ended } = await stalled();
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const loading = codeOf(preload());
    mock.timers.tick(30_000);
    assert.equal(await loading, "engine_load_timeout");
  } finally {
    mock.timers.reset();
  }
  await until(() => ended() === 1);
});

test("a preload that takes too long does not end the one that was asked for later, and the last one ends the worker", async () => {
  for (const flows of [true, false]) {
    const { preload, flow, ended } = await stalled();
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const first = codeOf(preload());
      mock.timers.tick(20_000);
      const second = codeOf(preload());
      mock.timers.tick(10_000);
      assert.equal(await first, "engine_load_timeout");
      assert.equal(ended(), 0);
      if (flows) flow();
      else mock.timers.tick(20_000);
      assert.equal(await second, flows ? null : "engine_load_timeout");
    } finally {
      mock.timers.reset();
    }
    if (!flows) await until(() => ended() === 1);
  }
});
