// What <liveness-check> tells the page of a change, also where a listener brings about the next one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { Announcer } = await load("element/announcer");
const { IDLE } = await load("core/idle");

/** An element, and what was told of it to whoever listens after `before`. `step` makes a snapshot its own and tells of it. */
function element(before) {
  const target = Object.assign(new EventTarget(), { snapshot: IDLE });
  const announcer = new Announcer(target);
  const told = [];
  const step = (changes) => announcer.tell((target.snapshot = { ...IDLE, ...changes }));
  before?.(target, step);
  for (const name of ["state", "guidance", "progress", "result", "error", "cancel"]) {
    target.addEventListener(`liveness-${name}`, ({ detail }) => told.push(detail?.state ?? detail?.guidance ?? (name === "progress" ? detail.progress : name)));
  }
  return { target, step, told: () => told.splice(0), back: () => announcer.tell((target.snapshot = IDLE)) };
}

test("what is the same is not told again, and an end always is", () => {
  const { step, told, back } = element();
  step({ state: "requesting-camera", guidance: "wait" });
  step({ state: "requesting-camera", guidance: "wait", sessionId: "a" });
  assert.deepEqual(told(), ["requesting-camera", "wait"]);
  step({ state: "capturing", guidance: "wait", progress: 0.5 });
  step({ state: "done", progress: 1 });
  assert.deepEqual(told(), ["capturing", 0.5, "done", "none", 1, "result"]);
  for (let time = 0; time < 2; time += 1) back();
  assert.deepEqual(told(), ["idle", 0]);
  for (let time = 0; time < 2; time += 1) step({ state: "failed", error: { code: "network_error" } });
  assert.deepEqual(told(), ["failed", "error", "error"]);
});

test("a listener that brings about another state has that told, and nothing more of what was before", () => {
  for (const [next, expected] of [
    [{ state: "cancelled" }, ["done", "cancelled", "cancel"]],
    [{}, ["done", "idle"]],
    [{ state: "requesting-camera", guidance: "wait" }, ["done", "requesting-camera", "wait"]],
    // In the same state: what the listener has kept from being told is told of the next one.
    [{ state: "done", progress: 1, sessionId: "b" }, ["done", 1, "result"]],
  ]) {
    const { target, step, told } = element();
    target.addEventListener("liveness-state", () => step(next), { once: true });
    step({ state: "done", guidance: "hold-still", progress: 1 });
    assert.deepEqual(told(), expected, JSON.stringify(next));
    step(next);
    assert.deepEqual(told().filter((one) => !/result|cancel/.test(one)), [], "all of it is told");
  }
});

test("whoever listens later hears no more of what was before either, but all that is still so", () => {
  for (const [type, first, next, expected] of [
    ["state", { state: "positioning" }, { state: "cancelled" }, ["cancelled", "cancel"]],
    ["guidance", { state: "positioning", guidance: "wait" }, { state: "cancelled", guidance: "wait" }, ["positioning", "cancelled", "cancel"]],
    ["progress", { state: "capturing", progress: 0.5 }, { state: "capturing", progress: 0.6 }, ["capturing", 0.6]],
    ["result", { state: "done" }, { state: "requesting-camera" }, ["done", "requesting-camera"]],
    ["state", { state: "positioning", guidance: "wait" }, { state: "positioning", guidance: "none" }, ["positioning"]],
    ["state", { state: "positioning", guidance: "wait" }, { state: "positioning", guidance: "move-closer" }, ["move-closer", "positioning"]],
  ]) {
    const { target, step, told } = element((target, step) => target.addEventListener(`liveness-${type}`, () => step(next), { once: true }));
    step(first);
    assert.deepEqual(told(), expected, JSON.stringify([type, first, next]));
  }
  // Interrupted while it interrupts.
  const { target, step, told } = element((target, step) => {
    target.addEventListener("liveness-state", () => step({ state: "positioning", guidance: "wait" }), { once: true });
    target.addEventListener("liveness-guidance", () => step({ state: "cancelled" }), { once: true });
  });
  step({ state: "positioning" });
  assert.deepEqual(told(), ["cancelled", "none", "cancel"]);
  // What has been told is the page's: it may send it on.
  let last;
  target.addEventListener("liveness-state", (event) => (last = event), { once: true });
  step({ state: "capturing" });
  step({ state: "done" });
  told();
  target.dispatchEvent(last);
  assert.deepEqual(told(), ["capturing"]);
});
