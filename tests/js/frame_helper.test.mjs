// The helper for a page that shows the gateway's check in a frame or a window.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { load } from "./load.mjs";

const GATEWAY = "https://live.example";
const SHOP = "https://shop.example";

/** The page around the frame, as far as the helper uses it. `post` has a frame or window send a message. */
async function shop(t, { opens = true, origin = SHOP } = {}) {
  const target = new EventTarget();
  const posted = [];
  const peer = { closed: false, postMessage: (data, to) => posted.push([data, to]), close: () => (peer.closed = true) };
  const frame = { style: {}, contentWindow: peer, remove: () => (frame.removed = true) };
  const opened = [];
  const given = {
    location: { origin, href: `${origin}/shop/` },
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    open: (url) => (opened.push(url), opens ? peer : null),
  };
  Object.assign(globalThis, given);
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const heard = [];
  const note = (name) => (message) => heard.push([name, message]);
  const listeners = Object.fromEntries(["Ready", "Resize", "State", "Result", "Error", "Cancel"].map((name) => [`on${name}`, note(name)]));
  const container = { append: (child) => (container.child = child), ownerDocument: { createElement: () => frame } };
  const post = (data, { origin = GATEWAY, source = peer } = {}) => target.dispatchEvent(Object.assign(new Event("message"), { data, origin, source }));
  const say = (type, more) => post({ liveness: 1, type, ...more });
  return { ...(await load("adapters/frame/index")), t, frame, peer, opened, posted, heard, listeners, container, post, say };
}

/** Lets time pass in small steps: timers that are set on the way come in their order. */
function pass(t, ms) {
  for (let at = 0; at < ms; at += 100) t.mock.timers.tick(100);
}

const to = (message) => [{ liveness: 1, ...message }, GATEWAY];

describe("the helper", () => {
  test("shows a frame with the camera, and tells nothing secret in its address", async (t) => {
    const page = await shop(t);
    const { element } = page.mountLivenessFrame(page.container, { gateway: `${GATEWAY}/base/`, session: { id: "a", token: "b" }, ...page.listeners });
    assert.equal(element, page.container.child);
    assert.equal(element.src, `${GATEWAY}/base/embed?parent=${encodeURIComponent(SHOP)}&fit=content`);
    assert.deepEqual([element.allow, element.title], ["camera", "Liveness check"]);
    assert.deepEqual(page.posted, [], "nothing before it is ready");
    page.say("ready");
    assert.deepEqual(page.posted, [to({ type: "options", options: { session: { id: "a", token: "b" } } })]);
    page.say("resize", { height: 512 });
    assert.equal(element.style.height, "512px");
  });

  test("hears its own frame alone, of the gateway's origin, in its own version", async (t) => {
    const page = await shop(t);
    page.mountLivenessFrame(page.container, { gateway: GATEWAY, ...page.listeners });
    const result = { liveness: 1, type: "result", sessionId: "a", verdict: null };
    for (const origin of ["https://evil.example", "http://live.example", "https://live.example:8443", "null"]) page.post(result, { origin });
    page.post(result, { source: {} });
    page.post(result, { source: null });
    for (const data of [null, "result", { type: "result" }, { ...result, liveness: 2 }]) page.post(data);
    assert.deepEqual(page.heard, []);
    page.post({ ...result, type: "of a later time" });
    page.post(result);
    assert.deepEqual(page.heard, [["Result", result]]);
  });

  test("an address with a query is the gateway's all the same", async (t) => {
    const page = await shop(t);
    const { element } = page.mountLivenessFrame(page.container, { gateway: new URL(`${GATEWAY}/base/?v=1#top`) });
    assert.equal(element.src, `${GATEWAY}/base/embed?parent=${encodeURIComponent(SHOP)}&fit=content`);
  });

  test("commands go to the gateway's origin alone, a start before it is ready afterwards", async (t) => {
    const page = await shop(t);
    const frame = page.mountLivenessFrame(page.container, { gateway: GATEWAY });
    frame.extend();
    frame.start();
    page.say("ready");
    assert.deepEqual(page.posted.splice(0), [to({ type: "options", options: {} }), to({ type: "start" })]);
    frame.set({ locale: "de" });
    for (const name of ["extend", "cancel", "retry"]) frame[name]();
    assert.deepEqual(page.posted.splice(0), [to({ type: "options", options: { locale: "de" } }), to({ type: "extend" }), to({ type: "cancel" }), to({ type: "retry" })]);
    // Reloaded by the person: the options are told again, and nothing starts by itself.
    page.say("ready");
    assert.deepEqual(page.posted, [to({ type: "options", options: { locale: "de" } })]);
  });

  test("a frame that is moved in the page loads anew: what ran in it is cancelled, and commands wait for it", async (t) => {
    for (const [states, cancelled] of [[["requesting-camera", "capturing"], true], [["requesting-camera", "failed"], false], [[], false]]) {
      const page = await shop(t);
      const frame = page.mountLivenessFrame(page.container, { gateway: GATEWAY, autoStart: true, ...page.listeners });
      page.say("ready");
      for (const state of states) page.say("state", { state });
      const [posted, heard] = [[], page.heard.length];
      page.posted.length = 0;
      page.frame.contentWindow = { postMessage: (data, to) => posted.push([data, to]) };
      frame.set({ locale: "de" });
      frame.start();
      assert.deepEqual([posted, page.posted], [[], []], "nobody is there to hear it");
      page.say("state", { state: "cancelled" });
      page.post({ liveness: 1, type: "ready" }, { source: page.frame.contentWindow });
      assert.deepEqual(page.heard.slice(heard).map(([name, { state }]) => state ?? name), [...(cancelled ? ["cancelled", "Cancel"] : []), "Ready"]);
      assert.deepEqual(posted, [to({ type: "options", options: { locale: "de" } }), to({ type: "start" })]);
    }
  });

  test("a start that is taken back before it is ready never comes", async (t) => {
    const page = await shop(t);
    const frame = page.mountLivenessFrame(page.container, { gateway: GATEWAY, autoStart: true });
    frame.cancel();
    page.say("ready");
    assert.deepEqual(page.posted, [to({ type: "options", options: {} })]);
  });

  test("a page that does not answer is reported, once and in time", async (t) => {
    const page = await shop(t);
    page.mountLivenessFrame(page.container, { gateway: GATEWAY, timeout: 5_000, ...page.listeners });
    pass(t, 4_900);
    assert.deepEqual(page.heard, []);
    pass(t, 60_000);
    assert.deepEqual(page.heard.map(([name, { code }]) => [name, code]), [["Error", "frame_not_ready"]]);
  });

  test("a page that comes after that has been reported starts nothing by itself, unless it is asked to again", async (t) => {
    for (const [again, expected] of [[false, []], [true, [to({ type: "start" })]]]) {
      const page = await shop(t);
      const frame = page.mountLivenessFrame(page.container, { gateway: GATEWAY, timeout: 5_000, autoStart: true, ...page.listeners });
      pass(t, 6_000);
      if (again) frame.retry();
      page.say("ready");
      assert.deepEqual(page.posted, [to({ type: "options", options: {} }), ...expected]);
      assert.deepEqual(page.heard.map(([name]) => name), ["Error", "Ready"]);
    }
  });

  test("after destroy() nothing is heard and nothing reported", async (t) => {
    const page = await shop(t);
    const frame = page.mountLivenessFrame(page.container, { gateway: GATEWAY, ...page.listeners });
    frame.destroy();
    page.say("ready");
    pass(t, 60_000);
    assert.ok(page.frame.removed);
    assert.deepEqual(page.heard, []);
  });

  test("what cannot work is refused at once", async (t) => {
    const page = await shop(t);
    for (const gateway of ["https://[", undefined, null, "", "liveness.example", "/liveness", "//liveness.example", "javascript:alert(1)", "data:text/html,x", {}]) {
      assert.throws(() => page.mountLivenessFrame(page.container, { gateway }), TypeError, String(gateway));
      assert.throws(() => page.openLivenessWindow({ gateway }), TypeError, String(gateway));
    }
    assert.throws(() => page.mountLivenessFrame(null, { gateway: GATEWAY, ...page.listeners }), TypeError);
    page.say("ready");
    pass(t, 60_000);
    assert.deepEqual([page.heard, page.opened, page.container.child], [[], [], undefined], "nothing is left behind");
    assert.throws(() => page.mountLivenessFrame(page.container, { gateway: GATEWAY, words: { start: () => "" } }), /could not be cloned/);
    const sandboxed = await shop(t, { origin: "null" });
    assert.throws(() => sandboxed.mountLivenessFrame(sandboxed.container, { gateway: GATEWAY }), /no origin/);
  });

  test("a window is closed once there is a result", async (t) => {
    const page = await shop(t);
    page.openLivenessWindow({ gateway: GATEWAY, autoStart: true, ...page.listeners });
    assert.deepEqual(page.opened, [`${GATEWAY}/embed?parent=${encodeURIComponent(SHOP)}`]);
    page.say("ready");
    page.say("state", { state: "done" });
    page.say("result", { sessionId: "a", verdict: null });
    assert.ok(page.peer.closed);
    pass(t, 2_000);
    assert.deepEqual(page.heard.map(([name]) => name), ["Ready", "State", "Result"]);
  });

  test("keepOpen leaves it open; closing it then is no cancellation", async (t) => {
    const page = await shop(t);
    page.openLivenessWindow({ gateway: GATEWAY, keepOpen: true, ...page.listeners });
    page.say("ready");
    page.say("result", { sessionId: "a", verdict: null });
    page.say("resize", { height: 500 });
    assert.ok(!page.peer.closed);
    page.peer.closed = true;
    pass(t, 2_000);
    assert.deepEqual(page.heard.map(([name]) => name), ["Ready", "Result", "Resize"]);
  });

  test("whatever else is told after a result, closing the window cancels nothing, until another check begins", async (t) => {
    for (const [begins, expected] of [[[], false], [["requesting-camera", "positioning"], true]]) {
      const page = await shop(t);
      page.openLivenessWindow({ gateway: GATEWAY, keepOpen: true, ...page.listeners });
      page.say("ready");
      page.say("result", { sessionId: "a", verdict: null });
      page.say("guidance", { guidance: "none", message: "", help: null });
      page.say("progress", { progress: 1, framesTaken: 10, framesRequired: 10, framesUploaded: 10 });
      page.say("state", { state: "idle" });
      for (const state of begins) page.say("state", { state });
      page.peer.closed = true;
      pass(t, 2_000);
      assert.equal(page.heard.some(([name]) => name === "Cancel"), expected, `${begins}`);
    }
  });

  test("a window that is closed early is a cancellation, and an error if its page was never there", async (t) => {
    for (const [messages, expected] of [[["ready"], ["Ready", "Cancel"]], [[], ["Error"]]]) {
      const page = await shop(t);
      page.openLivenessWindow({ gateway: GATEWAY, ...page.listeners });
      for (const type of messages) page.say(type);
      page.peer.closed = true;
      pass(t, 60_000);
      assert.deepEqual(page.heard.map(([name]) => name), expected);
      if (expected[0] === "Error") assert.equal(page.heard[0][1].code, "window_closed");
    }
  });

  test("a result that arrives after the window is gone still counts", async (t) => {
    const page = await shop(t);
    page.openLivenessWindow({ gateway: GATEWAY, ...page.listeners });
    page.say("ready");
    page.peer.closed = true;
    pass(t, 300);
    page.say("result", { sessionId: "a", verdict: null });
    pass(t, 2_000);
    assert.deepEqual(page.heard.map(([name]) => name), ["Ready", "Result"]);
  });

  test("a window that the browser blocks is reported", async (t) => {
    const page = await shop(t, { opens: false });
    const { window } = page.openLivenessWindow({ gateway: GATEWAY, ...page.listeners });
    assert.equal(window, null);
    pass(t, 60_000);
    assert.deepEqual(page.heard.map(([, { code }]) => code), ["window_blocked"]);
  });
});
