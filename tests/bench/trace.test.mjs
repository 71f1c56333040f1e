import assert from "node:assert/strict";
import { test } from "node:test";
import { threadTime } from "./lib/trace.mjs";

const thread = { pid: 1, tid: 2 };
const mark = (name, ts, on = thread) => ({ ...on, name, ts, ph: "R", cat: "blink.user_timing" });
const task = (name, ts, dur, on = thread) => ({ ...on, name, ts, dur, tdur: dur / 2, ph: "X", cat: "devtools.timeline" });

test("scripts count once, however nested, and only on the page's thread and between the marks", () => {
  const trace = {
    traceEvents: [
      task("FunctionCall", 0, 1500),
      mark("begin", 1000),
      task("RunTask", 2000, 4000),
      task("FunctionCall", 2500, 1000),
      task("RunMicrotasks", 3000, 400),
      task("FunctionCall", 5000, 500, { pid: 1, tid: 9 }),
      task("Paint", 8000, 1000),
      task("FunctionCall", 9500, 5000),
      mark("end", 10_000),
    ],
  };
  const times = threadTime(trace, "begin", "end");
  assert.equal(times.script, 0.5 + 1 + 0.5);
  assert.equal(times.all, 0.5 + 4 + 0.5);
  // Whole events count, even the parts of the first and the last that lie beyond the marks.
  assert.equal(times.cpu, (1.5 + 1 + 5) / 2);
});

test("a missing mark is an error, not a zero", () => {
  assert.throws(() => threadTime({ traceEvents: [mark("begin", 0)] }, "begin", "end"), /no mark "end"/);
});
