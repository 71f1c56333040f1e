// What surveys and experiments make of a check: who may go on, and what their data hold.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "./load.mjs";

const { isLetThrough, troubleOf, NOTHING_YET } = await load("adapters/survey/outcome");
const { FIELDS, keptRow, packed, rowOf, unpacked } = await load("adapters/qualtrics/data");
const { withDefaults } = await load("adapters/qualtrics/settings");
const { containerOf, hideNext, isPreview, piped, read, showNext, write } = await load("adapters/qualtrics/platform");
const { hold, isHeld, release } = await load("adapters/qualtrics/lock");

const { defineInTime } = await load("adapters/survey/in_time");
const { makeElement } = await load("adapters/survey/make");

const OUTCOME = {
  status: "complete",
  verdict: "live",
  score: 0,
  sessionId: "0b5c",
  warnings: ["low_light", "blurred"],
  durationMs: 6_543,
  error: null,
  attempts: 2,
};

test("only what keeps a person from having a camera is a refusal", () => {
  for (const code of ["camera_denied", "camera_dismissed", "camera_not_found", "camera_in_use", "camera_blocked_by_policy"]) assert.equal(troubleOf(code), "refused", code);
  for (const code of ["camera_ended", "positioning_timeout", "network_error", "engine_load_failed"]) assert.equal(troubleOf(code), "failed", code);
});

test("another attempt comes first where it may help", () => {
  const failure = (code, retriable) => ({ code, retriable });
  assert.equal(isLetThrough(failure("positioning_timeout", true), 1, 2), false);
  assert.equal(isLetThrough(failure("positioning_timeout", true), 2, 2), true);
  assert.equal(isLetThrough(failure("engine_unsupported", false), 1, 2), true, "in vain");
  assert.equal(isLetThrough(failure("camera_denied", true), 1, 2), true, "nobody is asked twice for a camera");
});

test("fields are texts, and what is not known is empty, which zero is not", () => {
  assert.deepEqual(rowOf(OUTCOME, "QID7", false), {
    status: "complete", verdict: "live", score: "0", session: "0b5c", warnings: "low_light,blurred", duration_ms: "6543", error: "", attempts: "2", question: "QID7", preview: "",
  });
  const nothing = rowOf({ ...NOTHING_YET, status: "passed", error: "camera_denied" }, "QID7", true);
  assert.deepEqual([nothing.verdict, nothing.score, nothing.session, nothing.duration_ms, nothing.error, nothing.preview], ["", "", "", "", "camera_denied", "1"]);
});

test("a check is recognised by its own question, and only if it was complete", () => {
  const row = rowOf(OUTCOME, "QID7", false);
  const from = (changes) => (field) => ({ ...row, ...changes })[field];
  assert.deepEqual(keptRow(from({}), "QID7"), row);
  assert.equal(keptRow(from({}), "QID8"), null);
  assert.equal(keptRow(from({ status: "passed" }), "QID7"), null);
  assert.equal(keptRow(from({ session: "" }), "QID7"), null);
  assert.equal(keptRow(() => "", "QID7"), null);
});

test("what is kept survives what Prototype.js makes of JSON", () => {
  const row = rowOf(OUTCOME, "QID7", false);
  String.prototype.toJSON = () => "broken";
  Array.prototype.toJSON = () => "broken";
  try {
    assert.deepEqual(keptRow(unpacked(packed(row)), "QID7"), row);
  } finally {
    delete String.prototype.toJSON;
    delete Array.prototype.toJSON;
  }
  assert.equal(FIELDS.length, Object.keys(row).length);
});

test("settings have defaults, and mistakes are named", () => {
  const { refused, failed, attempts, prefix, preview, advance, again } = withDefaults({});
  assert.deepEqual([refused, failed, attempts, prefix, preview, advance, again], ["pass", "pass", 2, "liveness_", "unlocked", false, false]);
  for (const [wrong, names] of [
    [{ refused: "maybe" }, /refused/],
    [{ failed: null }, /failed/],
    [{ attempts: 0 }, /attempts/],
    [{ prefix: "my check" }, /prefix/],
    [{ preview: "off" }, /preview/],
    [{ gateway: "liveness.example" }, /gateway/],
    [{ gateway: null }, /gateway/],
    [{ prefix: null }, /prefix/],
    // Misspelt: it would let people pass who must not.
    [{ refuse: "stop" }, /refuse is no setting/],
    [{ toString: "stop" }, /toString is no setting/],
    [{ advance: "true" }, /advance must be a boolean/],
    [{ response: 5 }, /response must be a string/],
    [{ attributes: "theme" }, /attributes must be an object/],
  ]) assert.throws(() => withDefaults(wrong), names, JSON.stringify(wrong));
  withDefaults({ decline: null, words: null, attributes: null, sentences: null, gateway: undefined });
});

test("piped text counts once the platform has put it in", () => {
  assert.deepEqual(["${e://Field/ResponseID}", "", undefined, " R_1 "].map(piped), ["", "", "", "R_1"]);
});

test("previews are known by their address", () => {
  assert.equal(isPreview("https://u.example/jfe/preview/previewId/1/SV_1?Q_CHL=preview&Q_SurveyVersionID=current"), true);
  assert.equal(isPreview("https://u.example/jfe/form/SV_1?Q_CHL=qr&x=preview"), false);
});

test("embedded data go the way that the layout has, and what throws is no obstacle", () => {
  const written = [];
  const set = (kind) => (name, value) => written.push([kind, name, value]);
  const engine = (SurveyEngine) => void (globalThis.Qualtrics = { SurveyEngine });
  const refuses = () => { throw new Error("not supported"); };
  engine({ setEmbeddedData: set("classic"), getEmbeddedData: () => null });
  write("a", "1");
  assert.equal(read("a"), "");
  engine({ setEmbeddedData: refuses, setJSEmbeddedData: set("new"), getEmbeddedData: refuses, getJSEmbeddedData: () => "x" });
  write("a", "2");
  assert.equal(read("a"), "x");
  delete globalThis.Qualtrics;
  write("a", "3");
  assert.deepEqual(written, [["classic", "a", "1"], ["new", "a", "2"]]);
});

test("a question without a part of the page has none, and its buttons may be missing", () => {
  globalThis.document = { getElementById: (id) => (id === "question-QID2" ? "found" : null) };
  assert.equal(containerOf({}), null);
  assert.equal(containerOf({ questionId: "QID1", getQuestionContainer: () => null }), null);
  assert.equal(containerOf({ questionId: "QID2", getQuestionContainer: () => { throw new Error("gone"); } }), "found");
  delete globalThis.document;
  hideNext({});
  showNext({});
});

test("attributes go by either name, as what they are, and one that is misspelt is named", () => {
  class Element {
    static observedAttributes = ["model", "frame-count", "mirrored", "required", "locale"];
    style = { setProperty: () => undefined };
    attributes = {};
    setAttribute(name, value) { this.attributes[name] = value; }
  }
  globalThis.document = { createElement: () => new Element() };
  const { style, attributes, ...own } = makeElement({ model: "m", frameCount: 10, mirrored: false, required: true, locale: "", class: "c", "data-x": 1 });
  assert.deepEqual(own, { model: "m", frameCount: 10, mirrored: false, required: true });
  assert.deepEqual(attributes, { class: "c", "data-x": "1" });
  assert.equal(makeElement({ "frame-count": 10 }).frameCount, 10);
  for (const name of ["modle", "start", "onclick", "session"]) assert.throws(() => makeElement({ [name]: null }), new RegExp(`attributes.${name} is no attribute`));
  delete globalThis.document;
});

test("an element whose file never comes is given up, and taken if it comes all the same", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const late = [];
  let come;
  const defined = defineInTime((error) => late.push(error.message), () => new Promise((done) => (come = done)));
  mock.timers.tick(19_000);
  assert.deepEqual(late, []);
  mock.timers.tick(2_000);
  assert.deepEqual(late, ["not there after 20 seconds"]);
  come();
  await defined;
  await assert.rejects(defineInTime((error) => late.push(error.message), () => Promise.reject(new Error("not found"))), /not found/);
  mock.timers.tick(60_000);
  assert.equal(late.length, 1, "nobody waits for what has come, or has failed");
  mock.timers.reset();
});

test("who chooses another camera goes on with the same attempt, who begins anew does not", async () => {
  const { follow } = await load("adapters/survey/follow");
  mock.timers.enable({ apis: ["Date"] });
  const clock = mock.method(performance, "now", () => clock.now);
  clock.now = 0;
  const element = Object.assign(new EventTarget(), { snapshot: { sessionId: null, verdict: null, warnings: [] } });
  const followed = follow(element, () => undefined);
  const say = (type, detail = null) => element.dispatchEvent(new CustomEvent(`liveness-${type}`, { detail }));
  const go = (...states) => states.forEach((state) => ((clock.now += 1_000), say("state", { state })));
  const outcome = () => [followed.outcome.attempts, followed.outcome.durationMs];
  go("requesting-camera", "positioning", "requesting-camera", "positioning", "cancelled");
  say("cancel");
  assert.deepEqual(outcome(), [1, 4_000]);
  go("requesting-camera", "positioning", "idle", "requesting-camera", "positioning", "done");
  say("result");
  assert.deepEqual(outcome(), [3, 2_000], "retry() in the middle of one");
  for (const [at, end] of ["failed", "done", "cancelled", "idle"].entries()) {
    go("requesting-camera", end);
    say("result");
    assert.deepEqual(outcome(), [at + 4, 1_000], end);
  }
  mock.restoreAll();
  mock.timers.reset();
});

test("the Next button comes back once no question of the page holds it", () => {
  let shown = 0;
  const question = () => ({ hideNextButton: () => undefined, showNextButton: () => (shown += 1) });
  const [one, two] = [question(), question()];
  hold(one);
  hold(two);
  hold(one);
  release(one);
  assert.deepEqual([shown, isHeld()], [0, true]);
  release(two);
  assert.deepEqual([shown, isHeld()], [1, false]);
});
