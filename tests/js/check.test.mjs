// A check's life cycle in the script: it always settles and leaves nothing behind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";
import { asked, page, SILENT, Stream, until, video } from "./lib_page.mjs";

const VIEW = { state: "loading", guidance: "wait", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 0, framesUploaded: 0, verdict: null, error: null };
const RAW = { verdict: "live", score: 98, real_score: 0.98, session_id: "s", device_risk: { level: 2 }, brand_new: [1] };

/** A page's module that does what the test says; `seen` holds what it was created with. */
function host(start, { cancel = () => undefined, seen = {} } = {}) {
  globalThis.fakeHost = (plain, element, page) => {
    Object.assign(seen, { plain, element, page, freed: 0 });
    return { start: () => start(page), cancel: () => cancel(page), free: () => seen.freed++ };
  };
  return seen;
}

/** A trap with our module in its stack. */
const ourTrap = (why = "unreachable") =>
  Object.assign(new WebAssembly.RuntimeError(String(why)), { stack: "RuntimeError\n  at wasm-function[7] (https://site.example/app/liveness/host_bg.wasm)" });

async function rejection(promise) {
  return promise.then(() => assert.fail("resolved"), (error) => error);
}

test("a verdict has every field the server sent", async () => {
  const { listeners } = page();
  const seen = host((page) => page.onChange({ ...VIEW, state: "done", verdict: RAW }));
  const { LivenessCheck } = await load("core/index");
  const result = await new LivenessCheck({ video: video() }).start();
  assert.deepEqual(result.raw, RAW);
  assert.deepEqual([result.verdict, result.realScore, result.sessionId, result.createdAt], ["live", 0.98, "s", null]);
  assert.deepEqual(listeners, { window: 0, document: 0 });
  await until(() => seen.freed === 1);
});

test("earlier verdicts of an escalation come with the last one, and not before", async () => {
  page();
  const earlier = [{ ...RAW, score: 50, session_id: "r" }];
  host((page) => {
    page.onChange({ ...VIEW, state: "capturing", earlier });
    page.onChange({ ...VIEW, state: "done", earlier, verdict: RAW });
  });
  const { LivenessCheck } = await load("core/index");
  const check = new LivenessCheck({ video: video() });
  check.addEventListener("change", ({ detail }) => assert.ok(!("earlier" in detail), "a snapshot may be shown to anybody"));
  const result = await check.start();
  assert.deepEqual(result.earlier.map(({ score, sessionId, earlier }) => [score, sessionId, earlier]), [[50, "r", []]]);
});

test("a check cancelled before the start, at the start, or twice settles", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  host(() => undefined);
  const before = new LivenessCheck({ video: video() });
  before.cancel();
  assert.equal((await rejection(before.start())).code, "cancelled");
  assert.equal(before.snapshot.state, "cancelled");

  const aborted = new LivenessCheck({ video: video(), signal: AbortSignal.abort() });
  assert.equal((await rejection(aborted.start())).code, "cancelled");

  const during = new LivenessCheck({ video: video() });
  const result = rejection(during.start());
  for (let time = 0; time < 2; time += 1) during.cancel();
  assert.equal((await result).code, "cancelled");
  assert.deepEqual(asked(during.snapshot), SILENT);
  assert.equal(during.start(), during.start(), "there must be one promise per attempt");
});

test("a page that is left has its check cancelled", async () => {
  const { window, listeners } = page();
  const { LivenessCheck } = await load("core/index");
  let cancelled = 0;
  host((page) => page.onChange({ ...VIEW, state: "capturing" }), { cancel: () => cancelled++ });
  const check = new LivenessCheck({ video: video() });
  const result = rejection(check.start());
  await until(() => check.snapshot.state === "capturing");
  window.dispatchEvent(new Event("pagehide"));
  assert.deepEqual([(await result).code, cancelled], ["cancelled", 1], "the module gives the server's session back");
  assert.deepEqual(listeners, { window: 0, document: 0 });
});

test("no listener stays on the signal, however the check ends", async () => {
  const { listeners } = page();
  const { LivenessCheck } = await load("core/index");
  for (const end of [
    (page) => page.onChange({ ...VIEW, state: "done", verdict: RAW }),
    (page) => page.onChange({ ...VIEW, state: "failed", error: { code: "camera_denied", detail: null } }),
    () => {
      throw new TypeError("no module");
    },
  ]) {
    const signal = new AbortController().signal;
    let count = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...all) => (count++, addEventListener.apply(signal, all));
    signal.removeEventListener = (...all) => (count--, removeEventListener.apply(signal, all));
    host(end);
    await new LivenessCheck({ video: video(), signal }).start().catch(() => undefined);
    assert.equal(count, 0);
    assert.deepEqual(listeners, { window: 0, document: 0 });
  }
});

test("no track and no worker stays alive, wherever it fails", async () => {
  const outcomes = {
    "the module throws": () => {
      throw new Error("broken");
    },
    "the module traps with the worker": (page) => {
      page.spawnWorker();
      throw new WebAssembly.RuntimeError("unreachable");
    },
    "the module traps later": () => void setTimeout(() => {
      dispatchEvent(Object.assign(new Event("error"), { error: ourTrap() }));
    }, 5),
    "the server fails": (page) => page.onChange({ ...VIEW, state: "failed", error: { code: "internal_error", detail: null } }),
    "all is well": (page) => page.onChange({ ...VIEW, state: "done", verdict: RAW }),
  };
  for (const [what, outcome] of Object.entries(outcomes)) {
    const { camera, started } = page();
    const { LivenessCheck } = await load("core/index");
    const stream = new Stream();
    camera.open = async () => stream;
    host((page) => void page.openCamera({}).then(() => outcome(page)).catch((error) => {
      dispatchEvent(Object.assign(new Event("error"), { error: ourTrap(error) }));
    }));
    await new LivenessCheck({ video: video() }).start().catch(() => undefined);
    assert.equal(stream.track.readyState, "ended", what);
    assert.equal(started.filter((it) => it === "worker ended").length, 1, what);
  }
});

test("a camera that opens after the end is stopped and not passed on", async () => {
  const { camera } = page();
  const { LivenessCheck } = await load("core/index");
  const stream = new Stream();
  let give;
  camera.open = () => new Promise((resolve) => (give = () => resolve(stream)));
  let opened;
  host((page) => void (opened = rejection(page.openCamera({}))));
  const check = new LivenessCheck({ video: video() });
  const result = rejection(check.start());
  await until(() => give);
  check.cancel();
  give();
  assert.equal((await opened).code, "cancelled");
  assert.equal((await result).code, "cancelled");
  assert.equal(stream.track.readyState, "ended");
});

test("a cancel that throws still ends the check", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  host((page) => page.onChange({ ...VIEW, state: "capturing", guidance: "move-closer", help: "light", far: true, timeLeftMs: 5_000 }), {
    cancel: () => {
      throw ourTrap();
    },
  });
  const check = new LivenessCheck({ video: video() });
  const result = rejection(check.start());
  await until(() => check.snapshot.state === "capturing");
  check.cancel();
  assert.equal((await result).code, "internal");
  assert.deepEqual(asked(check.snapshot), SILENT);
});

test("the same files are asked for wherever the page says they are", async () => {
  for (const [options, folder] of [[{}, "/app/liveness/"], [{ assetBase: "assets" }, "/app/assets/"], [{ assetBase: "/v1/files/" }, "/v1/files/"], [{ assetBase: "/v1.2/?a=b/c" }, "/v1.2/"], [{ assetBase: "https://site.example" }, "/"]]) {
    const { started } = page();
    const { LivenessCheck } = await load("core/index");
    const scripts = [];
    const { Worker } = globalThis;
    globalThis.Worker = class extends Worker {
      constructor(url) {
        super(url);
        scripts.push(new URL(url).pathname);
      }
    };
    host((page) => page.onChange({ ...VIEW, state: "done", verdict: RAW }));
    await new LivenessCheck({ video: video(), ...options }).start();
    assert.deepEqual(scripts, [`${folder}worker.js`]);
    const fetched = started.filter((what) => what.startsWith("fetch ")).map((what) => what.slice(6)).sort();
    assert.deepEqual(fetched.filter((path) => !path.includes("vision_")), [`${folder}face.bin`, `${folder}host_bg.wasm`]);
  }
});

test("iteration starts the check, gives each state once, and settles the result", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  host((page) => void setTimeout(() => {
    for (const progress of [0, 0.1, 0.2]) page.onChange({ ...VIEW, state: "capturing", progress });
    page.onChange({ ...VIEW, state: "done", progress: 1, verdict: RAW });
  }));
  const check = new LivenessCheck({ video: video() });
  const seen = [];
  for await (const { state, progress } of check) seen.push([state, progress]);
  assert.deepEqual(seen, [["requesting-camera", 0], ["capturing", 0.2], ["done", 1]]);
  assert.equal((await check.result).verdict, "live");
  // What has ended gives its end.
  for await (const { state } of check) seen.push(state);
  assert.deepEqual(seen.slice(3), ["done"]);
});

test("leaving the loop, or the scope, cancels the check", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  host(() => undefined);
  const left = new LivenessCheck({ video: video() });
  for await (const { state } of left) if (state === "requesting-camera") break;
  assert.equal((await rejection(left.result)).code, "cancelled");
  const disposed = new LivenessCheck({ video: video() });
  const result = rejection(disposed.start());
  disposed[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  assert.equal((await result).code, "cancelled");
});

test("a failure that only listeners hear of is no unhandled rejection", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  host((page) => page.onChange({ ...VIEW, state: "failed", error: { code: "camera_denied", detail: null } }));
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on("unhandledRejection", note);
  const check = new LivenessCheck({ video: video() });
  const states = [];
  for await (const { state, error } of check) states.push([state, error?.code]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  assert.deepEqual(states.at(-1), ["failed", "camera_denied"]);
  assert.deepEqual(unhandled, []);
});

test("every failure has words, and its code tells whether to try again", async () => {
  page();
  const { LivenessError } = await load("core/index");
  const { FAILURES } = await load("words/en");
  const { FINAL_FAILURES } = await load("generated/codes");
  for (const code of Object.keys(FAILURES)) {
    const error = new LivenessError(code, "detail");
    assert.equal(error.retriable, !FINAL_FAILURES.has(code), code);
    for (const text of [error.title, ...error.advice]) assert.ok(text.length > 5 && !text.includes("_"), `${code}: ${text}`);
    assert.ok(error.advice.length > 0 && !error.title.endsWith("."), code);
    assert.ok(error.hint.length > 10, code);
    // What stands between page and gateway is no person's, and nothing that docs/errors.md could name.
    if (code.startsWith("proxy_") && !error.retriable) assert.ok(!error.hint.startsWith("See docs/errors.md"), code);
    assert.ok(error.message.startsWith(`${error.title}. `) && error.message.endsWith("."), error.message);
  }
});

test("more time is the module's business, recorded, and nothing before it is there or after the end", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  let asked = 0;
  const seen = host((page) => page.onChange({ ...VIEW, state: "positioning", timeLeftMs: 19_000 }));
  const { fakeHost } = globalThis;
  globalThis.fakeHost = (...all) => ({ ...fakeHost(...all), extend: () => asked++ });
  const check = new LivenessCheck({ video: video() });
  const trace = check.record();
  check.extend();
  const result = rejection(check.start());
  check.extend();
  await until(() => check.snapshot.state === "positioning");
  assert.equal(check.snapshot.timeLeftMs, 19_000);
  check.extend();
  check.extend();
  assert.equal(asked, 2);
  assert.equal(trace.rows.filter(([kind]) => kind === "extended").length, 2);
  seen.page.onChange({ ...VIEW, state: "failed", error: { code: "positioning_timeout", detail: null } });
  assert.equal((await result).code, "positioning_timeout");
  check.extend();
  assert.deepEqual([asked, trace.rows.at(-1).at(-1)], [2, "positioning_timeout"], "the record says why the check has ended");
});

test("start() in a listener of the first one is the same check", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  let made = 0;
  host((page) => {
    made++;
    page.onChange(VIEW);
    page.onChange({ ...VIEW, state: "done", verdict: RAW });
  });
  const check = new LivenessCheck({ video: video() });
  const inner = [];
  check.addEventListener("change", () => inner.push(check.start()));
  const outer = check.start();
  assert.equal((await outer).verdict, "live");
  assert.ok(inner.length >= 2 && inner.every((promise) => promise === outer));
  assert.equal(made, 1);
});

test("a module that stalls is a time-out, and the next check asks for it anew", async () => {
  const { started } = page();
  const { LivenessCheck } = await load("core/index");
  const { fetch } = globalThis;
  globalThis.fetch = (url) => (String(url).endsWith("host_bg.wasm") ? new Promise(() => undefined) : fetch(url));
  host((page) => page.onChange({ ...VIEW, state: "done", verdict: RAW }));
  const error = await rejection(new LivenessCheck({ video: video(), timeouts: { loading: 30 } }).start());
  assert.equal(error.code, "engine_load_timeout");
  assert.ok(!started.includes("camera"));
  assert.equal(started.filter((what) => what === "worker").length, started.filter((what) => what === "worker ended").length);
  globalThis.fetch = fetch;
  assert.equal((await new LivenessCheck({ video: video() }).start()).verdict, "live");
});

test("it settles and lets go of everything, whatever the page's own objects do", async () => {
  const broken = () => {
    throw new Error("mine");
  };
  const sabotages = {
    removeEventListener: () => (globalThis.removeEventListener = broken),
    CustomEvent: () => (globalThis.CustomEvent = broken),
    queueMicrotask: () => (globalThis.queueMicrotask = undefined),
    "track.stop": ({ stream }) => (stream.track.stop = broken),
    postMessage: () => (globalThis.Worker.prototype.postMessage = broken),
  };
  const { CustomEvent, queueMicrotask } = globalThis;
  for (const [what, sabotage] of Object.entries(sabotages)) {
    const { started, camera } = page();
    const { LivenessCheck } = await load("core/index");
    const stream = new Stream();
    camera.open = async () => stream;
    const early = what === "postMessage";
    if (early) sabotage({ stream });
    const seen = host((page) => {
      if (!early) sabotage({ stream });
      void page.openCamera({}).then(() => page.onChange({ ...VIEW, state: "done", verdict: RAW }));
    });
    const outcome = await new LivenessCheck({ video: video() }).start().then(({ verdict }) => verdict, ({ code }) => code);
    Object.assign(globalThis, { CustomEvent, queueMicrotask });
    assert.equal(outcome, "live", what);
    await until(() => seen.freed === 1);
    assert.equal(started.filter((it) => it === "worker").length, started.filter((it) => it === "worker ended").length, what);
  }
});

test("what is not a stream is not taken for a camera", async () => {
  for (const nothing of [null, undefined, {}, 7]) {
    const { camera } = page();
    const { LivenessCheck } = await load("core/index");
    camera.open = async () => nothing;
    host((page) => void page.openCamera({}).catch(({ code, detail }) => page.onChange({ ...VIEW, state: "failed", error: { code, detail } })));
    assert.equal((await rejection(new LivenessCheck({ video: video() }).start())).code, "camera_failed");
  }
});

test("another module's trap is not taken for ours", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  host((page) => void setTimeout(() => {
    dispatchEvent(Object.assign(new Event("error"), { error: new WebAssembly.RuntimeError("unreachable") }));
    page.onChange({ ...VIEW, state: "done", verdict: RAW });
  }, 5));
  assert.equal((await new LivenessCheck({ video: video() }).start()).verdict, "live");
});

test("checks that are cancelled at once leave no listener behind", async () => {
  const { listeners, started } = page();
  const { LivenessCheck } = await load("core/index");
  host(() => undefined);
  for (let i = 0; i < 20; i++) {
    const check = new LivenessCheck({ video: video() });
    const result = rejection(check.start());
    if (i % 2) await new Promise((resolve) => setTimeout(resolve, i));
    check.cancel();
    assert.equal((await result).code, "cancelled");
  }
  assert.deepEqual(listeners, { window: 0, document: 0 });
  assert.equal(started.filter((it) => it === "worker").length, started.filter((it) => it === "worker ended").length);
});

test("invalid options are reported by the start, recorded or not", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  for (const options of [undefined, null, 1]) {
    const check = new LivenessCheck(options);
    const trace = check.record();
    assert.equal((await rejection(check.start())).code, "invalid_options");
    assert.equal(trace.rows.at(-1)[2], "failed");
  }
});
