// A session that the page has opened at each start: in the element, and for the hooks.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "./load.mjs";
import { Stream, page, until, video } from "./lib_page.mjs";

const SESSION = { id: "a", token: "b" };
const VIEW = { state: "positioning", guidance: "none", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 10, framesUploaded: 0, warnings: [], verdict: null, error: null };
const soon = () => new Promise((done) => setTimeout(done, 5));

/** A promise, and what settles it. */
function later() {
  const given = {};
  given.promise = new Promise((resolve, reject) => Object.assign(given, { resolve, reject }));
  return given;
}

/** A page whose modules start nothing but are asked; `made` has the options of each check, `videos` the `<video>`, `tell` is the newest one's. */
function modules() {
  const installed = page();
  const [made, videos] = [[], []];
  let host = null;
  globalThis.fakeHost = (plain, element, fake) => {
    made.push(plain);
    videos.push(element);
    host = fake;
    return { start: () => void fake.openCamera().catch(() => undefined), cancel: () => undefined, extend: () => undefined, free: () => undefined };
  };
  return { made, videos, started: installed.started, tell: (view) => host.onChange(view) };
}

/** One start of the element's, without the element. */
async function attempt(options) {
  const { made, started } = modules();
  const { Attempt } = await load("element/attempt");
  const told = [];
  const it = new Attempt({ video: video(), ...options }, false, (snapshot) => told.push(snapshot));
  void it.run();
  const last = () => told.at(-1);
  return { it, made, started, told, last };
}

test("the page is asked once a start, before the camera, and the check waits for the answer", async () => {
  const answer = later();
  const asked = [];
  const { it, made, started, last } = await attempt({ session: (start) => (asked.push(start), answer.promise) });
  await soon();
  assert.deepEqual([asked.length, made.length, started.includes("camera"), last().state, last().guidance], [1, 0, false, "requesting-camera", "wait"]);
  assert.equal(asked[0].signal.aborted, false);
  answer.resolve({ ...SESSION, expires_at: "whatever else there is" });
  await until(() => made.length === 1);
  assert.deepEqual({ ...made[0].session }, SESSION);
  assert.equal(asked.length, 1);
  it.cancel();
  assert.equal(asked[0].signal.aborted, true);
});

test("a session that is there at once is as good as one that comes", async () => {
  const { it, made } = await attempt({ session: () => SESSION });
  await until(() => made.length === 1);
  assert.deepEqual({ ...made[0].session }, SESSION);
  it.cancel();
});

test("without one nothing starts, and why is told: by a code of the check's, after which another start is asked again", async () => {
  const refusals = {
    rejects: [() => Promise.reject(new TypeError("Failed to fetch")), "network_error", /^session: TypeError: Failed to fetch/, true],
    throws: [() => { throw new Error("not signed in"); }, "network_error", /not signed in/, true],
    nothing: [() => undefined, "invalid_options", /^session\.id/, false],
    null: [async () => null, "invalid_options", /^session\.id/, false],
    "an error": [async () => ({ error: "not signed in" }), "invalid_options", /^session\.id/, false],
    "half of it": [async () => ({ id: "a" }), "invalid_options", /^session\.token/, false],
    "an answer": [async () => new Response(), "invalid_options", /^session\.id/, false],
  };
  for (const [name, [session, code, detail, retriable]] of Object.entries(refusals)) {
    const { it, made, started, last } = await attempt({ session });
    await until(() => it.over);
    const { error, state } = last();
    assert.deepEqual([state, error.code, error.retriable, made.length, started.includes("camera")], ["failed", code, retriable, 0, false], name);
    assert.match(error.detail, detail, name);
    assert.ok(error.title.length > 0, name);
  }
});

test("another attempt can go on in the session that was opened", async () => {
  const answer = later();
  const { it, made } = await attempt({ session: () => answer.promise });
  await soon();
  assert.equal(it.opened, undefined, "not yet");
  answer.resolve(SESSION);
  await until(() => made.length === 1);
  it.cancel();
  assert.deepEqual(it.opened, SESSION);
});

test("a page that does not answer is not waited for without end", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let signal = null;
    const { it, last } = await attempt({ session: (start) => ((signal = start.signal), new Promise(() => undefined)) });
    for (let turn = 0; turn < 50 && !it.over; turn += 1) {
      mock.timers.tick(1_000);
      await new Promise((done) => setImmediate(done));
    }
    assert.deepEqual([last().error?.code, last().error?.retriable, signal.aborted], ["request_timeout", true, true]);
  } finally {
    mock.timers.reset();
  }
});

test("whoever cancels meanwhile has cancelled: the request ends, and what comes late is nobody's", async () => {
  for (const settle of ["resolve", "reject"]) {
    const answer = later();
    let signal = null;
    const { it, made, told, last } = await attempt({ session: (start) => ((signal = start.signal), answer.promise) });
    await soon();
    it.cancel();
    assert.deepEqual([last().state, signal.aborted], ["cancelled", true]);
    answer[settle](SESSION);
    await soon();
    assert.deepEqual([made.length, told.length, last().state], [0, 2, "cancelled"], settle);
  }
});

test("the page's own signal cancels it as well, and does not look like a failure of the network", async () => {
  for (const before of [true, false]) {
    const { promise } = later();
    const own = new AbortController();
    let asked = 0;
    if (before) own.abort();
    const { it, made, last } = await attempt({ signal: own.signal, session: () => ((asked += 1), promise) });
    await soon();
    own.abort();
    await until(() => it.over);
    assert.deepEqual([last().state, made.length, asked], ["cancelled", 0, before ? 0 : 1]);
  }
});

test("a page that aborts the check and throws has cancelled it, and no rejection is left unhandled", async () => {
  const unhandled = [];
  const note = (why) => unhandled.push(why);
  process.on("unhandledRejection", note);
  try {
    const own = new AbortController();
    const session = () => {
      own.abort();
      throw new Error("not signed in");
    };
    const { it, made, last } = await attempt({ signal: own.signal, session });
    await until(() => it.over);
    // Node tells of them before it goes on with timers.
    await soon();
    assert.deepEqual([last().state, made.length, unhandled], ["cancelled", 0, []]);
  } finally {
    process.off("unhandledRejection", note);
  }
});

test("who cancels at the first word asks nobody", async () => {
  modules();
  const { Attempt } = await load("element/attempt");
  let asked = 0;
  const it = new Attempt({ video: video(), session: () => ((asked += 1), SESSION) }, false, () => it.cancel());
  await it.run();
  assert.deepEqual([it.over, asked], [true, 0]);
});

/** A ref's check, as the hooks have it. */
async function capture(part) {
  const { made, videos, started, tell } = modules();
  const { captureOf } = await load("adapters/react/capture");
  const ref = { current: video() };
  const it = captureOf(ref);
  const leave = it.join({ options: () => ({}), ...part });
  return { it, made, videos, started, tell, ref, leave };
}

test("hooks have a session opened for every start, and for nothing in between", async () => {
  let asked = 0;
  const { it, made, leave } = await capture({ options: () => ({ session: async () => ({ id: `${(asked += 1)}`, token: "b" }) }) });
  for (const round of [1, 2]) {
    it.start();
    it.committed();
    it.start();
    await until(() => made.length === round);
    it.committed();
    assert.equal(made.at(-1).session.id, `${round}`);
    it.stop();
  }
  await soon();
  assert.deepEqual([asked, made.length], [2, 2]);
  leave();
});

test("while it is being opened a hook's check waits, can be stopped, and ends with the last hook", async () => {
  for (const end of ["stop", "leave", "reset", "abort"]) {
    const answer = later();
    const own = new AbortController();
    let signal = null;
    const { it, made, leave } = await capture({ options: () => ({ signal: own.signal, session: (start) => ((signal = start.signal), answer.promise) }) });
    it.start();
    await until(() => signal !== null);
    it.committed();
    assert.deepEqual([it.view().waiting, made.length], [true, 0]);
    if (end === "leave") leave();
    else if (end === "abort") own.abort();
    else it[end]();
    await soon();
    answer.resolve(SESSION);
    await soon();
    const { waiting, snapshot, error } = it.view();
    assert.deepEqual([made.length, waiting, error, signal.aborted], [0, false, null, true], end);
    assert.equal(snapshot.state, end === "stop" || end === "abort" ? "cancelled" : "idle", end);
  }
});

test("a video that is replaced while the session is being opened is the check's; one that goes later, ends it", async () => {
  const answer = later();
  const { it, made, videos, tell, ref, leave } = await capture({ options: () => ({ session: () => answer.promise }) });
  it.start();
  await soon();
  for (const between of [null, video()]) {
    ref.current = between;
    it.committed();
  }
  answer.resolve(SESSION);
  await until(() => made.length === 1);
  it.committed();
  tell(VIEW);
  assert.deepEqual([videos[0] === ref.current, it.view().snapshot.state], [true, "positioning"]);
  ref.current = video();
  it.committed();
  assert.equal(it.view().snapshot.state, "cancelled");
  leave();
});

test("no listener stays on the page's own signal, however often a hook's check is started", async () => {
  const { signal } = new AbortController();
  const listeners = new Set();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...all) => (listeners.add(all[1]), addEventListener.apply(signal, all));
  signal.removeEventListener = (...all) => (listeners.delete(all[1]), removeEventListener.apply(signal, all));
  let fails = false;
  const session = async () => {
    if (fails) throw new Error("HTTP 503");
    return SESSION;
  };
  const { it, made, leave } = await capture({ options: () => ({ signal, session }) });
  for (let round = 1; round <= 5; round += 1) {
    it.start();
    await until(() => made.length === round);
    it.stop();
  }
  fails = true;
  it.start();
  await until(() => it.view().error);
  assert.equal(listeners.size, 0);
  leave();
});

test("what is not a signal is the page's mistake, not the network's", async () => {
  let asked = 0;
  for (const signal of [{}, "stop"]) {
    const { it, leave } = await capture({ options: () => ({ signal, session: async () => ((asked += 1), SESSION) }) });
    it.start();
    await until(() => it.view().error);
    assert.deepEqual([it.view().error.code, /^signal: /.test(it.view().error.detail), asked], ["invalid_options", true, 0]);
    leave();
  }
});

test("a hook is told why there is none, and may start again", async () => {
  const answers = [() => Promise.reject(new Error("HTTP 503")), () => SESSION];
  const { it, made, leave } = await capture({ options: () => ({ session: () => answers.shift()() }) });
  it.start();
  await until(() => it.view().error);
  const { error, snapshot, waiting } = it.view();
  assert.deepEqual([error.code, error.detail, error.retriable, snapshot.state, waiting, made.length], ["network_error", "session: Error: HTTP 503", true, "failed", false, 0]);
  it.start();
  await until(() => made.length === 1);
  leave();
});

test("a stream of the page's that is none, or cannot be stopped, keeps no check from its end", async () => {
  const thrown = () => {
    throw new Error("the page's own");
  };
  const stopped = new Stream();
  const tracks = [{}, { stop: thrown }, stopped.track];
  for (const source of ["camera", {}, { getTracks: [] }, { getTracks: thrown }, { getTracks: () => tracks }]) {
    const failing = await attempt({ source, stopSource: true, session: thrown });
    await until(() => failing.it.over);
    assert.deepEqual([failing.last().state, failing.last().error.code], ["failed", "network_error"]);
    const cancelled = await attempt({ source, stopSource: true, session: () => new Promise(() => undefined) });
    cancelled.it.cancel();
    assert.equal(cancelled.last().state, "cancelled");
  }
  assert.equal(stopped.track.readyState, "ended", "one that can be stopped is, whatever the others are");
});

test("the hook's option, and that of its provider's names", async () => {
  const { optionsOf } = await load("adapters/react/options");
  const open = () => SESSION;
  assert.equal(optionsOf({}, { session: open }).session, open);
  assert.deepEqual(optionsOf({}, { session: SESSION }).session, SESSION);
  assert.equal("session" in optionsOf({}, { session: null }), false);
});
