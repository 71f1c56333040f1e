// What surveys and experiments make of a check: who may go on, and what their data hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { isLetThrough, troubleOf, NOTHING_YET } = await load("adapters/survey/outcome");
const { FIELDS, keptRow, packed, rowOf, unpacked } = await load("adapters/qualtrics/data");
const { complete } = await load("adapters/qualtrics/settings");
const { containerOf, hideNext, isPreview, piped, read, showNext, write } = await load("adapters/qualtrics/platform");
const { hold, release } = await load("adapters/qualtrics/lock");

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
  const { refused, failed, attempts, prefix, preview, advance, again } = complete({});
  assert.deepEqual([refused, failed, attempts, prefix, preview, advance, again], ["pass", "pass", 2, "liveness_", "unlocked", false, false]);
  for (const [wrong, names] of [
    [{ refused: "maybe" }, /refused/],
    [{ failed: null }, /failed/],
    [{ attempts: 0 }, /attempts/],
    [{ prefix: "my check" }, /prefix/],
    [{ preview: "off" }, /preview/],
    [{ gateway: "liveness.example" }, /gateway/],
  ]) assert.throws(() => complete(wrong), names);
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

test("the Next button comes back once no question of the page holds it", () => {
  let shown = 0;
  const question = () => ({ hideNextButton: () => undefined, showNextButton: () => (shown += 1) });
  const [one, two] = [question(), question()];
  hold(one);
  hold(two);
  hold(one);
  release(one);
  assert.equal(shown, 0);
  release(two);
  assert.equal(shown, 1);
});
