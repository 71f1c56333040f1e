// Reads a Chromium trace: how long the page's thread was busy with scripts between two marks.
import { covered } from "./stats.mjs";

/** Only the categories read here, since tracing itself takes time. */
export const CATEGORIES = ["-*", "blink.user_timing", "devtools.timeline", "disabled-by-default-devtools.timeline", "v8.execute"];

/** Running scripts and WebAssembly, what triggers them, and the garbage they leave. */
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
 * messages, garbage), `cpu` (the same without the time in which the machine ran something else) and `all` (also what
 * the browser itself does there, such as painting the preview).
 */
export function threadTime({ traceEvents }, from, to) {
  const mark = (name) => {
    const found = traceEvents.find((event) => event.name === name && event.cat?.includes("blink.user_timing"));
    if (!found) throw new Error(`the trace has no mark "${name}"`);
    return found;
  };
  const [begin, end] = [mark(from), mark(to)];
  const within = (names) =>
    traceEvents.filter(({ ph, pid, tid, name, ts, dur = 0 }) => ph === "X" && pid === begin.pid && tid === begin.tid && names.has(name) && ts + dur > begin.ts && ts < end.ts);
  const milliseconds = (names) => covered(within(names).map(({ ts, dur = 0 }) => [Math.max(ts, begin.ts), Math.min(ts + dur, end.ts)])) / 1000;
  return { script: milliseconds(SCRIPT), cpu: outermost(within(SCRIPT)) / 1000, all: milliseconds(new Set([...SCRIPT, ...TASKS])) };
}

/** The sum of the thread's CPU time over the outermost events. */
function outermost(events) {
  let [total, reach] = [0, -Infinity];
  for (const { ts, dur = 0, tdur = 0 } of [...events].sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
    if (ts < reach) continue;
    total += tdur;
    reach = ts + dur;
  }
  return total;
}
