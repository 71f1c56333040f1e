// Reads a Chromium trace: how long the page's thread was busy with scripts between two marks.
import { covered } from "./stats.mjs";

/** Categories that hold what is read here. */
export const CATEGORIES = ["blink.user_timing", "devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "v8", "v8.execute"];

/** Running scripts and WebAssembly, what leads to it, and what it leaves to be cleaned up. */
const SCRIPT = new Set([
  "EvaluateScript",
  "EventDispatch",
  "FireAnimationFrame",
  "FunctionCall",
  "HandlePostMessage",
  "MajorGC",
  "MinorGC",
  "RunMicrotasks",
  "SchedulePostMessage",
  "TimerFire",
  "V8.DeserializeContext",
  "v8.callFunction",
  "v8.callModuleMethod",
  "v8.compile",
  "v8.evaluateModule",
  "v8.produceCache",
]);
const TASKS = new Set(["RunTask", "ThreadControllerImpl::RunTask"]);

/**
 * Milliseconds between the marks `from` and `to` on the thread that set them: `script` (scripts, WebAssembly,
 * messages, garbage) and `all` (also what the browser itself does there, such as painting the preview).
 */
export function threadTime({ traceEvents }, from, to) {
  const mark = (name) => {
    const found = traceEvents.find((event) => event.name === name && event.cat?.includes("blink.user_timing"));
    if (!found) throw new Error(`the trace has no mark "${name}"`);
    return found;
  };
  const [begin, end] = [mark(from), mark(to)];
  const window = (names) =>
    traceEvents
      .filter(({ ph, pid, tid, name }) => ph === "X" && pid === begin.pid && tid === begin.tid && names.has(name))
      .map(({ ts, dur = 0 }) => [Math.max(ts, begin.ts), Math.min(ts + dur, end.ts)])
      .filter(([start, stop]) => stop > start);
  const milliseconds = (names) => covered(window(names)) / 1000;
  return { script: milliseconds(SCRIPT), all: milliseconds(new Set([...SCRIPT, ...TASKS])) };
}
