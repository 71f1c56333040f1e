// The hooks, mounted in as much of React as they need.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { elements, fakeReact, mount } from "./lib_react.mjs";
import { load, loadFile } from "./load.mjs";
import { SILENT, Stream, asked, page, until, video } from "./lib_page.mjs";

const VIEW = { state: "positioning", guidance: "none", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 10, framesUploaded: 0, warnings: [], verdict: null, error: null };

/** A page whose checks the test drives: `made` has them. */
function start() {
  const made = [];
  globalThis.fakeReact = fakeReact;
  globalThis.fakeHost = (_plain, _element, { onChange }) => {
    made.push({ tell: (view) => onChange({ ...VIEW, ...view }) });
    return { start: () => undefined, cancel: () => undefined, free: () => undefined };
  };
  return { ...page(), made };
}

test("the detection's gate does not end a check that has only to wait, however a page's own gate asks it", async () => {
  const { made } = start();
  const { useDetectionPipeline, useSmartFrameCapture } = await load("adapters/react/index");
  for (const wrapped of [false, true]) {
    made.length = 0;
    let agreed = true;
    const asked = [];
    const videoRef = { current: video() };
    const hooks = mount(() => {
      const { detectionGate } = useDetectionPipeline({ videoRef });
      const own = () => agreed && asked.push(detectionGate()) > 0 && asked.at(-1);
      return { detectionGate, ...useSmartFrameCapture({ videoRef, detectionGate: wrapped ? own : detectionGate }) };
    });
    hooks.shown.start();
    await until(() => made.length === 1);
    for (const guidance of ["turn-to-camera", "hold-still", "show-eyes", "none"]) made[0].tell({ state: "capturing", guidance });
    assert.deepEqual([hooks.shown.state, hooks.shown.isDetectorReady, asked.includes(false)], ["capturing", true, false]);
    made[0].tell({ guidance: "turn-to-camera" });
    assert.equal(hooks.shown.detectionGate(), false, "whoever else asks is told");
    await new Promise((done) => setTimeout(done, 150));
    assert.equal(made.length, 1, "the same check");
    agreed = false;
    made[0].tell({ state: "capturing" });
    assert.equal(hooks.shown.isDetectorReady, !wrapped, "the page's own part of it counts");
    hooks.hide();
  }
});

test("an element that React has made in another window's document is named once, and ends nobody's application", async (t) => {
  start();
  const { LivenessCheck } = await load("adapters/react/index");
  const said = t.mock.method(console, "error", () => undefined);
  // As the browser makes it where nobody has defined it.
  const plain = Object.assign(new EventTarget(), { style: {} });
  const it = mount(() => {
    const drawn = LivenessCheck.render({ autoStart: true, words: { lang: "de" }, onState: () => undefined }, null);
    drawn.props.ref.current ??= plain;
    return drawn;
  });
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(said.mock.calls.map(({ arguments: [text] }) => /another window.*docs\/react\.md/.test(text)), [true]);
  assert.ok(!("words" in plain), "nothing is set on it");
  it.hide();
});

test("what is to start by itself waits until somebody sees the page, and for nothing once it is gone", async () => {
  const { started } = start();
  const { useCamera } = await load("adapters/react/index");
  const cameras = () => started.filter((what) => what === "camera").length;
  const soon = () => new Promise((done) => setTimeout(done, 20));
  const see = (hidden) => (Object.assign(document, { hidden }), document.dispatchEvent(new Event("visibilitychange")));
  for (const stays of [false, true]) {
    see(true);
    const hook = mount(() => useCamera({ autoStart: true }));
    await soon();
    see(true);
    assert.equal(cameras(), 0);
    if (!stays) hook.hide();
    see(false);
    if (stays) await until(() => cameras() === 1);
    await soon();
    assert.equal(cameras(), stays ? 1 : 0);
    if (stays) hook.hide();
  }
});

test("once it has been stopped a hook asks for nothing, and sends nothing", async () => {
  const { made } = start();
  const { useLiveness } = await load("adapters/react/index");
  const videoRef = { current: video() };
  const hook = mount(() => useLiveness({ videoRef }));
  hook.shown.start();
  await until(() => made.length === 1);
  made[0].tell({ state: "capturing", guidance: "move-closer", help: "light", far: true, timeLeftMs: 5_000, framesTaken: 3, framesUploaded: 1 });
  assert.deepEqual([hook.shown.message === "", hook.shown.isStreamSending], [false, true]);
  hook.shown.stop();
  assert.deepEqual([hook.shown.message, hook.shown.isStreamSending], ["", false]);
  assert.deepEqual(asked(hook.shown.snapshot), SILENT);
  hook.hide();
});

test("the state that is told is the one that is shown, also while the page is waited for", async () => {
  const { made } = start();
  const { useLiveness } = await load("adapters/react/index");
  let open;
  const session = () => new Promise((done) => (open = () => done({ id: "a", token: "b" })));
  const videoRef = { current: video() };
  const [told, shown] = [[], []];
  const hook = mount(() => {
    const all = useLiveness({ videoRef, session, onStateChange: (state) => told.push(state) });
    if (all.state !== shown.at(-1)) shown.push(all.state);
    return all;
  });
  hook.shown.start();
  await until(() => open);
  hook.shown.stop();
  hook.shown.start();
  await until(() => (open(), made.length === 1));
  made[0].tell({});
  made[0].tell({ state: "verifying" });
  hook.shown.stop();
  assert.deepEqual(shown, ["idle", "capturing", "idle", "capturing", "processing", "idle"]);
  assert.deepEqual(told, shown.slice(1));
  hook.hide();
});

test("a component that has gone opens no camera; one that is shown again does", async () => {
  const { camera, started } = start();
  const { useCamera } = await load("adapters/react/index");
  const opened = [];
  camera.open = async () => {
    const stream = new Stream();
    opened.push(stream.track);
    return stream;
  };
  const hook = mount(() => useCamera());
  hook.hide();
  await hook.shown.start();
  assert.deepEqual([hook.shown.isActive, opened.length, started.includes("camera")], [false, 0, false]);
  hook.show();
  await hook.shown.start();
  assert.deepEqual([hook.shown.error, hook.shown.isActive, opened.length], [null, true, 1]);
  hook.hide();
  assert.equal(opened[0].readyState, "ended");
  // A child's effects run before those of the component that has the hook.
  const early = { start: null };
  const child = mount(() => {
    fakeReact.useLayoutEffect(() => void early.start(), []);
    const { start: begin, isActive } = useCamera();
    early.start = begin;
    return { isActive };
  });
  await until(() => child.shown.isActive);
  child.hide();
});

test("a camera of the page's own is off once the page is left, also one that the person allows after that", async () => {
  const { camera, listeners } = start();
  const { useCamera } = await load("adapters/react/index");
  const hook = mount(() => useCamera());
  const opened = [];
  let allow;
  camera.open = () => new Promise((done) => {
    const stream = new Stream();
    opened.push(stream.track);
    allow = () => done(stream);
  });
  for (const first of ["allow", "leave"]) {
    allow = null;
    const open = hook.shown.start();
    await until(() => allow);
    if (first === "allow") {
      allow();
      await open;
    }
    dispatchEvent(new Event("pagehide"));
    allow();
    await open;
    assert.equal(opened.at(-1).readyState, "ended", first);
  }
  assert.equal(opened.length, 2);
  hook.hide();
  assert.equal(listeners.window, 0);
});

test("the page of the documentation shows the eyes' warning for as long as they cannot be seen", async () => {
  const { made } = start();
  const { Capture } = await loadFile("tests/packages/templates/react/src/Capture.tsx");
  const it = mount(() => Capture());
  const press = (label) => elements(it.shown).find(({ type, children }) => type === "button" && children.includes(label)).props.onClick();
  const said = () => elements(it.shown).find(({ props }) => props.role === "status").children.join("");
  await press("Camera");
  press("Start");
  await until(() => made.length === 1);
  const saying = ["show-eyes", "hold-still", "none"].map((guidance) => (made[0].tell({ state: "capturing", guidance }), said()));
  assert.deepEqual(saying, ["Show your eyes.", "Hold still.", ""]);
  it.hide();
});

test("a page's own controls give more time, and are told how much is left, also while nothing else is told", async () => {
  start();
  const { LivenessView } = await load("adapters/react/index");
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    const given = [];
    const view = mount(() => LivenessView.render({ renderControls: (controls) => (given.push(controls), null) }, null));
    const { current: element } = elements(view.shown).find(({ props }) => props.ref).props.ref;
    let extended = 0;
    Object.assign(element, { snapshot: { ...VIEW, ...SILENT }, extend: () => (extended += 1) });
    mock.timers.tick(1_000);
    assert.equal(given.at(-1).timeLeftMs, null);
    element.snapshot = { ...element.snapshot, timeLeftMs: 20_000 };
    mock.timers.tick(1_000);
    assert.equal(given.at(-1).timeLeftMs, 20_000);
    given.at(-1).extend();
    assert.equal(extended, 1);
    view.hide();
    const drawn = given.length;
    element.snapshot = { ...element.snapshot, timeLeftMs: 10_000 };
    mock.timers.tick(1_000);
    assert.equal(given.length, drawn, "nobody is told once it has gone");
  } finally {
    mock.timers.reset();
  }
});
