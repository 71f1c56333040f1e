// The parts of liveness-capture/react that need no React: names, states, and the one check of a ref.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { mock, test } from "node:test";
import { load } from "./load.mjs";
import { Stream, page, until, video } from "./lib_page.mjs";

const { fpsOf, optionsOf, refuse, warnOf } = await load("adapters/react/options");
const { EyeWatch, Frames, gazeFeedback, ovalStateOf, passes, resultOf, stateOf } = await load("adapters/react/states");
const VIEW = { state: "positioning", guidance: "none", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 10, framesUploaded: 0, warnings: [], verdict: null, error: null };
const RAW = { verdict: "live", score: 98, real_score: 0.98, session_id: "s", confidence: 0.98, processing_ms: 12, frames_processed: 10 };

test("an API key is refused, with the way out", () => {
  assert.throws(() => refuse({ apiKey: "sk-1" }), /apiKey.*gateway.*baseUrl/);
  assert.throws(() => refuse({ apiKey: "" }), /gateway/, "an empty one, too: it was meant to be one");
  refuse({});
  refuse({ apiKey: undefined });
});

test("endpoints are the documented ones, and the gateway's address is no endpoint", () => {
  const transport = (endpoint) => optionsOf({}, { endpoint }).transport;
  assert.deepEqual(["fast-check-crops", "fast-check-stream", undefined].map(transport), ["crops", "stream", undefined]);
  for (const endpoint of ["fast-check", "hybrid-50", "https://liveness.example", "toString"]) {
    assert.throws(() => refuse({ endpoint }), /`endpoint` must be .*baseUrl/, endpoint);
  }
  assert.throws(() => refuse({ source: "media" }), /which video/);
});

test("what a hook says goes before what its provider does, and what is not set hides nothing", () => {
  const settings = { baseUrl: "https://liveness.example", model: "mixed-30-v2", credentials: "include" };
  assert.deepEqual(optionsOf(settings, { model: "mixed-10-v2", baseUrl: undefined, source: "live" }), {
    ...{ endpoint: "https://liveness.example", model: "mixed-10-v2", credentials: "include" },
  });
  assert.deepEqual(optionsOf({}, { sessionId: "a", sessionToken: "b" }).session, { id: "a", token: "b" });
  assert.deepEqual(optionsOf({}, { sessionId: "a" }).session, { id: "a" }, "the check says what is missing");
  assert.deepEqual(optionsOf({}, {}), {});
});

test("models are the gateway's, as a check finds it: whatever a <base> says, and with the provider's credentials", async () => {
  const { list } = await load("adapters/react/models");
  page({ href: "https://site.example/app/", baseURI: "https://cdn.example/files/" });
  const asked = [];
  globalThis.fetch = async (url, { credentials }) => (asked.push([`${url}`, credentials]), Response.json({ data: [{ id: "mixed-10-v2" }] }));
  const { signal } = new AbortController();
  for (const settings of [{}, { baseUrl: "" }, { baseUrl: "/gateway/" }, { baseUrl: "https://live.example", credentials: "include" }]) {
    assert.deepEqual((await list(settings, signal)).map(({ id }) => id), ["mixed-10-v2"]);
  }
  assert.deepEqual(asked, [
    ["https://site.example/api/v1/models", "same-origin"],
    ["https://site.example/api/v1/models", "same-origin"],
    ["https://site.example/gateway/api/v1/models", "same-origin"],
    ["https://live.example/api/v1/models", "include"],
  ]);
  await assert.rejects(list({ baseUrl: "https://" }, signal), { code: "network_error" });
});

test("an interval between pictures is a pace", () => {
  assert.deepEqual([100, 50, 1_000, 0, 10].map(fpsOf), [10, 20, 1, 30, 30]);
  for (const interval of [-1, 1_001, Number.NaN, "fast"]) assert.throws(() => fpsOf(interval), /captureIntervalMs/);
});

test("a prop without effect is named once", () => {
  const warned = mock.method(console, "warn", () => undefined);
  for (let time = 0; time < 2; time += 1) warnOf({ showCapturedFrames: true, pipeline: undefined, model: "mixed-10-v2" });
  warned.mock.restore();
  assert.deepEqual(warned.mock.calls.length, 1);
  assert.match(warned.mock.calls[0].arguments[0], /showCapturedFrames.*never reach the page.*migration/);
});

test("every prop of <LivenessView> that the component does not read is named as one without effect", async () => {
  const text = await readFile(new URL("../../js/src/adapters/react/liveness_view.ts", import.meta.url), "utf8");
  const [, declared] = /export interface LivenessViewProps [^{]*\{([^]*?)\n\}/.exec(text);
  const code = text.slice(text.indexOf("function View("));
  const unread = [...declared.matchAll(/^  (\w+)\?:/gm)].map(([, name]) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
  const warned = mock.method(console, "warn", () => undefined);
  warnOf(Object.fromEntries(unread.map((name) => [name, true])));
  warned.mock.restore();
  assert.deepEqual(warned.mock.calls.map(({ arguments: [said] }) => /`(\w+)`/.exec(said)[1]), unread);
  assert.deepEqual(unread, ["enableDetection"]);
});

test("states, results and the oval", () => {
  const states = ["idle", "requesting-camera", "loading", "positioning", "capturing", "uploading", "verifying", "done", "failed", "cancelled"];
  assert.deepEqual(states.map(stateOf), ["idle", "capturing", "capturing", "capturing", "capturing", "uploading", "processing", "complete", "error", "idle"]);
  const { confidence, processingMs, framesProcessed } = resultOf({ raw: RAW });
  assert.deepEqual([confidence, processingMs, framesProcessed], [0.98, 12, 10]);
  assert.equal(resultOf({ raw: {} }).confidence, null, "nothing is made up");
  const oval = (guidance, state = "positioning") => ovalStateOf({ state, guidance });
  assert.deepEqual([oval("no-face"), oval("move-closer"), oval("hold-still"), oval("none", "capturing"), oval("none", "idle")], ["no_face", "poor", "good", "perfect", "no_face"]);
  assert.deepEqual(["show-eyes", "turn-to-camera", "move-closer", "none"].map((guidance) => passes({ guidance })), [false, false, true, true]);
  assert.deepEqual(["turn-to-camera", "show-eyes"].map((guidance) => gazeFeedback({ guidance, message: "Look." })), ["Look.", ""]);
});

test("eyes: warned of once, and pictures that are lost because of them are told of once", () => {
  const eyes = new EyeWatch();
  const [clear, hidden] = [{ guidance: "none" }, { guidance: "show-eyes" }];
  assert.deepEqual(eyes.follow(clear, hidden, false, 0), { warns: true, restarts: false });
  assert.deepEqual(eyes.follow(hidden, hidden, false, 100), { warns: false, restarts: false });
  // A run ends at once; why is shown when it has lasted.
  assert.deepEqual(eyes.follow(hidden, clear, true, 5_000), { warns: false, restarts: false });
  assert.deepEqual(eyes.follow(clear, hidden, false, 5_200), { warns: true, restarts: true });
  assert.deepEqual(eyes.follow(hidden, hidden, false, 5_300), { warns: false, restarts: false });
  assert.deepEqual(eyes.follow(clear, { guidance: "move-closer" }, true, 9_000), { warns: false, restarts: false }, "for another reason");
  assert.deepEqual(eyes.follow(clear, hidden, false, 12_000), { warns: true, restarts: false }, "too long ago");
});

test("pictures have the times of their frames, and none after their run has broken", () => {
  const frames = new Frames();
  const rows = [];
  const take = (time, taken) => {
    rows.push(["frame", 0, 1, time, 640, 480, [], []], ["cut", 0, 0, taken - 1], ["frame", 0, 2, time + 30, 640, 480, [], []]);
    return frames.follow(taken, { rows }, 0);
  };
  assert.deepEqual(take(1_000, 1).added, [{ index: 0, timestampMs: 0 }]);
  assert.deepEqual(take(1_100.4, 2).added, [{ index: 1, timestampMs: 100 }]);
  assert.deepEqual(frames.follow(2, { rows }, 0), { added: [], lost: false });
  assert.deepEqual(frames.follow(0, { rows }, 0), { added: [], lost: true });
  assert.deepEqual(take(3_000, 1).added, [{ index: 0, timestampMs: 0 }], "from the first picture of the run");
  // A record that is full has no row of the later pictures. Its frames have a clock of their own.
  const full = new Frames();
  const time = (taken, truncated, now) => full.follow(taken, { rows, truncated }, now).added.at(-1).timestampMs;
  assert.deepEqual([time(1, false, 50), time(2, true, 150), time(3, true, 250)], [0, 100, 200], "full within a run");
  full.follow(0, { rows, truncated: true }, 300);
  assert.deepEqual([time(1, true, 400), time(2, true, 500)], [0, 100], "and in the next");
  assert.deepEqual(new Frames().follow(2, null, 70).added.map(({ timestampMs }) => timestampMs), [0, 0], "without a record");
});

/** A module whose checks the test drives; `made` has their options. */
async function capture({ gate, ...part } = {}) {
  const { started, listeners } = page();
  const made = [];
  globalThis.fakeHost = (plain, element, fake) => {
    const check = { plain, element, tell: (view) => fake.onChange({ ...VIEW, ...view }), start: () => void fake.openCamera().catch(() => undefined), cancel: () => undefined, free: () => undefined };
    made.push(check);
    return check;
  };
  const { captureOf } = await load("adapters/react/capture");
  const ref = { current: video() };
  const changes = [];
  const joined = captureOf(ref);
  const leave = joined.join({ options: () => ({}), ...part, ...(gate ? { gate } : {}), onChange: (change) => (part.onChange?.(change), changes.push(change)) });
  return { capture: joined, captureOf, ref, made, started, listeners, changes, leave, cameras: () => started.filter((what) => what === "camera").length };
}
const soon = () => new Promise((done) => setTimeout(done, 5));

test("start, stop and start in one task is one check, and one camera", async () => {
  const { capture: it, made, cameras, leave } = await capture();
  it.start();
  it.stop();
  it.start();
  it.start();
  await until(() => cameras() === 1);
  await soon();
  assert.equal(made.length, 1);
  assert.equal(cameras(), 1);
  leave();
  assert.equal(it.view().snapshot.state, "idle");
});

test("hooks of one ref share a check, and the last one ends it", async () => {
  const { capture: it, captureOf, ref, leave, made, cameras } = await capture();
  assert.equal(captureOf(ref), it);
  assert.notEqual(captureOf({ current: null }), it);
  const leaveToo = it.join({ options: () => ({ model: "mixed-10-v2" }), defaults: () => ({ model: "mixed-60-v2", fps: 10 }) });
  it.start();
  await until(() => cameras() === 1);
  assert.deepEqual([made[0].plain.model, made[0].plain.fps], ["mixed-10-v2", 10], "what is a default goes after all that is wanted");
  leave();
  made[0].tell({ state: "capturing" });
  assert.equal(it.view().snapshot.state, "capturing");
  leaveToo();
  made[0].tell({ state: "verifying" });
  assert.equal(it.view().snapshot.state, "idle", "nobody is told any more");
});

test("a video that is not there is waited for, and named if it stays away", async () => {
  const { capture: it, ref, cameras, made } = await capture();
  const [element] = [ref.current];
  ref.current = null;
  it.start();
  await soon();
  assert.equal(it.view().waiting, true);
  // As a child draws it, whose parent has the hook.
  ref.current = element;
  await until(() => cameras() === 1);
  ref.current = null;
  made[0].tell({ state: "positioning" });
  assert.equal(it.view().snapshot.state, "cancelled", "its video has gone");
  mock.timers.enable({ apis: ["setTimeout"] });
  it.start();
  for (let time = 0; time < 1_000; time += 100) {
    await null;
    assert.equal(it.view().error, null, `${time} ms`);
    mock.timers.tick(100);
  }
  mock.timers.reset();
  const { error, waiting } = it.view();
  assert.deepEqual([error.code, waiting], ["invalid_options", false]);
  assert.match(error.detail, /videoRef\.current is null/);
});

test("whoever starts when the last hook has gone starts nothing", async () => {
  const { capture: it, made, cameras, leave } = await capture();
  leave();
  it.start();
  await soon();
  assert.deepEqual([made.length, cameras(), it.view().waiting, it.view().snapshot.state], [0, 0, false, "idle"]);
});

test("a live stream in the video is used, and no camera asked for", async () => {
  const { capture: it, ref, made, cameras } = await capture();
  ref.current.srcObject = new Stream();
  it.start();
  await until(() => made.length === 1);
  await soon();
  assert.equal(cameras(), 0);
  it.reset();
  assert.equal(ref.current.srcObject.track.readyState, "live", "it is the page's");
});

test("a gate that closes drops the run; one that opens begins another", async () => {
  let open = true;
  const { capture: it, made, changes } = await capture({ gate: () => open });
  it.start();
  await until(() => made.length === 1);
  made[0].tell({ state: "capturing", framesTaken: 3 });
  assert.equal(it.view().frames.length, 3);
  open = false;
  made[0].tell({ state: "capturing", framesTaken: 4 });
  assert.deepEqual([it.view().waiting, it.view().frames.length, changes.at(-1).lost], [true, 0, true]);
  await new Promise((done) => setTimeout(done, 150));
  assert.equal(made.length, 1, "closed");
  open = true;
  await until(() => made.length === 2);
  open = false;
  made[1].tell({ state: "verifying", framesTaken: 10 });
  made[1].tell({ state: "done", framesTaken: 10, verdict: RAW });
  assert.equal(it.view().result.verdict, "live", "with all pictures taken the gate has no say");
});

test("whoever stops a run that the gate has just ended has stopped it", async () => {
  let open = true;
  for (const end of ["stop", "reset"]) {
    const parts = {};
    const { capture: it, made } = await capture({ gate: () => open, onChange: ({ lost }) => lost && parts.it[end]() });
    parts.it = it;
    it.start();
    await until(() => made.length === 1);
    made[0].tell({ state: "capturing", framesTaken: 3 });
    open = false;
    made[0].tell({ state: "capturing", framesTaken: 4 });
    assert.equal(it.view().waiting, false, end);
    open = true;
    await new Promise((done) => setTimeout(done, 150));
    assert.equal(made.length, 1, end);
  }
});

test("a callback that ends the check is heard by all hooks in the order in which it came", async () => {
  const parts = {};
  const { capture: it, made, changes, leave } = await capture({ onChange: ({ now }) => now.snapshot.framesTaken === 1 && parts.it.stop() });
  parts.it = it;
  const states = [];
  const leaveToo = it.join({ options: () => ({}), onChange: ({ before, now }) => states.push([before.snapshot.state, now.snapshot.state]) });
  it.start();
  await until(() => made.length === 1);
  changes.length = states.length = 0;
  made[0].tell({ state: "capturing", framesTaken: 1 });
  assert.equal(it.view().snapshot.state, "cancelled");
  const newest = ([[, one], [two, three]]) => [one, two, three];
  assert.deepEqual(newest(states.slice(-2)), ["capturing", "capturing", "cancelled"]);
  assert.deepEqual(changes.map(({ now }) => now.snapshot.state).slice(-2), ["capturing", "cancelled"]);
  leave();
  leaveToo();
});

test("a callback that throws ends nothing, and restart() while pictures are being lost does nothing", async () => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  const parts = {};
  const { capture: it, made, leave } = await capture({
    onChange: ({ lost }) => {
      if (lost) parts.it.lose(() => parts.it.restart());
      throw new Error("of the page's own");
    },
  });
  parts.it = it;
  it.start();
  await until(() => made.length === 1);
  made[0].tell({ state: "capturing", framesTaken: 3 });
  made[0].tell({ state: "positioning", framesTaken: 0 });
  await soon();
  assert.equal(made.length, 1);
  made[0].tell({ state: "done", verdict: RAW });
  assert.equal(it.view().result.score, 98);
  assert.ok(reported.length > 2);
  it.restart();
  await until(() => made.length === 2);
  leave();
  delete globalThis.reportError;
});

test("a page that is left also ends what waits for its gate, or for a session of its back end's", async () => {
  const asked = [];
  const session = ({ signal }) => new Promise(() => asked.push(signal));
  for (const part of [{ gate: () => false }, { options: () => ({ session }) }]) {
    const { capture: it, listeners, leave } = await capture(part);
    it.start();
    await soon();
    const waited = it.view().waiting;
    dispatchEvent(new Event("pagehide"));
    const { waiting, snapshot } = it.view();
    leave();
    assert.deepEqual([waited, waiting, snapshot.state, listeners.window], [true, false, "cancelled", 0]);
  }
  assert.deepEqual(asked.map(({ aborted }) => aborted), [true]);
});

/** `<LivenessCheck>` with just as much of React as it needs. `render` shows it with these props. */
async function component(element) {
  const refs = [];
  let next = 0;
  let effects = [];
  const useEffect = (effect, deps) => {
    const ref = useRef(null);
    if (!ref.current || !deps) effects.push(effect);
    ref.current = true;
  };
  const useRef = (current) => (refs[next++] ??= { current });
  globalThis.fakeReact = { createElement: (_, props) => props, forwardRef: (render) => ({ render }), useEffect, useImperativeHandle: () => undefined, useLayoutEffect: useEffect, useRef };
  const { LivenessCheck } = await load("adapters/react/liveness_check");
  return (props) => {
    [next, effects] = [0, []];
    const rendered = LivenessCheck.render(props, null);
    rendered.ref.current = element;
    for (const effect of effects) effect();
    return rendered;
  };
}

test("the component takes back the session function that its prop has set, and no other", async () => {
  const element = Object.assign(new EventTarget(), { session: null, source: null });
  const render = await component(element);
  const [props, pages] = [() => "the prop's", () => "the page's"];
  render({});
  element.session = pages;
  render({ className: "another" });
  assert.equal(element.session, pages, "set through the ref");
  for (const none of [null, undefined]) {
    render({ session: props });
    assert.equal(element.session, props);
    render({ session: none });
    assert.equal(element.session, null);
  }
  render({ session: props });
  element.session = pages;
  render({});
  assert.equal(element.session, pages, "what is set last counts");
  render({ session: props });
  const pair = { id: "a", token: "b" };
  render({ session: pair });
  assert.equal(element.session, pair);
});

test("a component that is drawn anew sets only what is another: the element is drawn anew by it", async () => {
  const set = [];
  const element = Object.assign(new EventTarget(), { session: null, source: null });
  for (const name of ["options", "words"]) Object.defineProperty(element, name, { set: (value) => set.push([name, value]) });
  const render = await component(element);
  const [options, words] = [{ fps: 5 }, { element: { start: "Begin" } }];
  render({});
  assert.deepEqual(set.splice(0), [], "what the page has set through the ref stays");
  for (let time = 0; time < 3; time += 1) render({ options, words: structuredClone(words) });
  assert.deepEqual(set.splice(0), [["options", options], ["words", words]]);
  render({ options: { fps: 5 } });
  assert.deepEqual(set.splice(0).map(([name, value]) => `${name} ${JSON.stringify(value)}`), [`options {"fps":5}`, "words null"]);
  render({});
  assert.deepEqual(set.splice(0), [["options", null]]);
});

test("what is not to be hidden or inert has no such attribute: React 18 writes a `false`, by which it would be", async () => {
  const render = await component(Object.assign(new EventTarget(), { session: null, source: null }));
  const written = (props) => ["hidden", "inert", "class", "className", "aria-hidden", "draggable"].filter((name) => render(props)[name] !== undefined);
  assert.deepEqual(written({ hidden: false, inert: false }), []);
  assert.deepEqual(written({ hidden: true, inert: true, className: "check" }), ["hidden", "inert", "class"]);
  assert.deepEqual(written({ "aria-hidden": false, draggable: false }), ["aria-hidden", "draggable"], "a `false` that says something");
});
