// The gallery has a state for everything that the element shows of a check; tests/e2e/gallery.test.mjs compares their looks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadFile } from "./load.mjs";

const { STATES } = await loadFile("www/src/states.ts");
const { IDLE } = await load("core/idle");
const { ENGLISH } = await load("element/language");
const { present } = await load("element/present");
const { FAILURES, HINTS, WORDS } = await load("words/en");

const all = Object.values(STATES);
/** What the element makes of a state, with its attributes. */
const presented = ({ shown, attributes = {} }) => present({ ...IDLE, ...shown }, {
  language: ENGLISH, fromFile: "source" in attributes, mirrored: attributes.mirrored !== "false", withheld: attributes.result === "server", whole: false, releases: true,
});

test("every instruction with a second line, every arrow, mark and running state is in it", () => {
  const missing = (wanted, found) => wanted.filter((one) => !found.includes(one));
  const ofTheCamera = all.filter(({ attributes = {} }) => !("source" in attributes));
  assert.deepEqual(missing(Object.keys(HINTS), ofTheCamera.map(({ shown }) => shown.guidance)), []);
  assert.deepEqual(missing(Object.keys(WORDS.element.states), all.map(({ shown }) => shown.state)), []);
  const made = all.map(presented);
  assert.deepEqual(missing(["left", "right", "up", "down", "closer", "back"], made.map(({ arrow }) => arrow)), []);
  assert.deepEqual(missing(["live", "fake", "inconclusive", "complete", "problem"], made.map(({ mark }) => mark)), []);
});

test("so are a video file, a preview that is no mirror, and a session that is being opened", () => {
  const { fileStates, states } = WORDS.element;
  const titles = all.filter(({ attributes = {} }) => attributes.source).map((state) => presented(state).title);
  for (const state of ["requesting-camera", "positioning", "capturing"]) assert.ok(titles.includes(fileStates[state][0]), state);
  const sides = all.filter(({ shown }) => shown.guidance === "move-left").map((state) => presented(state).arrow);
  assert.deepEqual(sides.sort(), ["left", "right"]);
  const early = all.filter(({ shown, attributes = {} }) => shown.state === "requesting-camera" && !attributes.source).map((state) => presented(state).title);
  assert.ok(early.some((title) => title !== states["requesting-camera"][0] && title === WORDS.spoken.wait), `${early}`);
});

test("its sentences are the package's", () => {
  for (const { shown: { guidance = "none", message, error } } of all) {
    if (message !== undefined) assert.equal(message, WORDS.guidance[guidance]);
    if (error) assert.deepEqual([error.title, ...error.advice], FAILURES[error.code]);
  }
});
