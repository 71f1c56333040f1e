// What is left of a check that was recorded for longer than there is room for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";
import { page, until, video } from "./lib_page.mjs";

const VIEW = { state: "positioning", guidance: "no-face", progress: 0, sessionId: null, framesTaken: 0, framesRequired: 0, framesUploaded: 0, verdict: null, error: null };

test("a record that is full says that the end is missing", async () => {
  page();
  const { LivenessCheck } = await load("core/index");
  let tell;
  globalThis.fakeHost = (_plain, _element, { onChange }) => {
    tell = () => onChange(VIEW);
    return { start: tell, cancel: () => undefined, free: () => undefined };
  };
  const check = new LivenessCheck({ video: video() });
  const trace = check.record();
  const result = check.start().then(() => "done", ({ code }) => code);
  await until(() => check.snapshot.state === "positioning");
  while (trace.rows.length < 6_000) tell();
  assert.equal(trace.truncated, false, "full, and nothing is missing yet");
  tell();
  assert.deepEqual([trace.truncated, trace.rows.length], [true, 6_000]);
  check.cancel();
  assert.equal(await result, "cancelled");
});
