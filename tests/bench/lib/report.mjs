// Turns measurements into the report: the figures by their keys, and the table.
import { above, median, overlap, ratio, round, summary } from "./stats.mjs";
import { sums } from "./sizes.mjs";
import { STEPS, verdictFigures } from "./verdict.mjs";

const MIB = 1024 * 1024;
/** Memory counts as flat if it does not grow after this many frames. */
const SETTLED = 1000;

/** The target of a figure: at most `most`, or below `below`. */
const TARGETS = [
  { key: "detect_ratio", label: "detection of a 640x480 frame / MediaPipe", most: 0.33 },
  { key: "startup_ratio", label: "navigation to first detection / MediaPipe", most: 0.15 },
  { key: "startup_excess_ratio", label: "the same, each less an empty page", most: 0.15 },
  { key: "frame_ratio", label: "whole frame / documented JavaScript", most: 0.25 },
  { key: "main_thread_ms", label: "page's thread, ms per captured frame", most: 1 },
  { key: "verdict_overhead_ms", label: "Start to verdict less the capture, ms", most: 600 },
  { key: "vision_brotli_bytes", label: "vision module + weights, brotli bytes", most: 415_000 },
  { key: "host_brotli_bytes", label: "everything else that loads, brotli bytes", most: 100_000 },
  { key: "bytes_ratio", label: "all of ours / all of MediaPipe's, brotli", most: 0.2 },
  { key: "dropped_percent", label: "camera frames not analysed at 30 FPS, %", below: 1 },
  { key: "png_crop_ms", label: "crop and PNG, ms", most: 1 },
  { key: "png_crop_bytes", label: "crop as PNG, bytes", most: 80_000 },
  { key: "memory_mib", label: "memory of the module, MiB", most: 32 },
  { key: "memory_growth_mib", label: "its growth after the first 1,000 frames, MiB", most: 0 },
  { key: "stock_ratio", label: "detection / tract's stock operators" },
];

/** The report of one run; see `docs/performance.md` for its keys. */
export function report({ about, rounds, startup, checks, verdicts, camera, files, endurance }) {
  const times = (name, figure) => summary(rounds.results[name].map((result) => result[figure]).filter((value) => value !== undefined));
  const detect = { ours: times("ours", "detect"), mediapipe: times("mediapipe", "detect") };
  if (rounds.results.stock) detect.stock = times("stock", "detect");
  const frame = { ours: times("ours", "frame"), documented: times("documented", "frame") };
  const start = { ours: summary(startup.ours), mediapipe: summary(startup.mediapipe), empty: summary(startup.empty) };
  const excess = startupExcess(start);
  const verdict = verdictFigures(verdicts);
  const crop = times("ours", "crop");
  const bytes = rounds.results.ours.map((result) => result.bytes).filter(Boolean);
  const thread = threadFigures(checks);
  const size = sums(files.ours, files.mediapipe);
  const drops = dropped(camera);
  const memory = memoryFigures(endurance);
  const figures = {
    ...about,
    detect_ratio: ratio(detect.ours, detect.mediapipe),
    detect_ms: detect,
    startup_ratio: ratio(start.ours, start.mediapipe),
    startup_ms: start,
    startup_excess_ratio: excess.ratio,
    startup_excess_ms: excess,
    frame_ratio: ratio(frame.ours, frame.documented),
    frame_ms: frame,
    main_thread_ms: thread.script.median,
    main_thread: thread,
    verdict_overhead_ms: verdict.median,
    verdict_overhead: verdict,
    vision_brotli_bytes: size.vision,
    host_brotli_bytes: size.host,
    bytes_ratio: round(size.ratio, 3),
    files,
    dropped_percent: drops.percent,
    dropped: drops,
    png_crop_ms: crop.median,
    png_crop: { ...crop, bytes: { median: Math.round(median(bytes)), max: Math.max(...bytes) } },
    png_crop_bytes: Math.round(median(bytes)),
    memory_mib: memory.at(-1).mib,
    memory_growth_mib: growth(memory),
    memory,
    stock_ratio: detect.stock ? ratio(detect.ours, detect.stock) : null,
    mediapipe_source: rounds.source,
    agreement: agreement(rounds.results),
  };
  const judged = TARGETS.filter(hasTarget).map(({ key, label: _label, ...target }) => [key, { ...target, met: met(target, figures[key]) }]);
  return { ...figures, targets: Object.fromEntries(judged) };
}

/**
 * The time of a start beyond an empty page's: {ours, mediapipe, ratio, ratio_of_minima}; `ratio` is of the medians.
 * A ratio is null if one of the two was no slower than the empty page: noise then exceeds what is measured.
 */
export function startupExcess({ ours, mediapipe, empty }) {
  const beyond = { ours: above(ours, empty), mediapipe: above(mediapipe, empty) };
  const of = (what) => (beyond.ours[what] > 0 && beyond.mediapipe[what] > 0 ? round(beyond.ours[what] / beyond.mediapipe[what], 3) : null);
  return { ...beyond, ratio: of("median"), ratio_of_minima: of("min") };
}

/** Milliseconds of the page's thread per captured frame, over several checks. */
function threadFigures(checks) {
  const per = (part) => summary(checks.map(({ frames, [part]: total }) => total / frames));
  return { script: per("script"), cpu: per("cpu"), all: per("all"), frames: checks.map(({ frames }) => frames) };
}

/** A frame's timestamps on two tracks of one camera differ by less than this, in milliseconds. */
const SAME_FRAME = 2;

/** How many of the camera's frames between the first and the last analysed one were not analysed. */
export function dropped({ all, analysed, crops }) {
  const [first, last] = [analysed[0], analysed.at(-1)];
  const within = all.filter((at) => at > first - SAME_FRAME && at < last + SAME_FRAME);
  const pairs = new Pairs(analysed);
  const missed = within.filter((at) => !pairs.take(at)).length;
  // Frames that only the worker saw: on an overloaded machine, counting drops frames, too.
  const uncounted = analysed.length - (within.length - missed);
  if (uncounted > analysed.length / 10) throw new Error(`${uncounted} of ${analysed.length} analysed frames are not among the camera's`);
  const [frames, seconds] = [analysed.length + missed, (last - first) / 1000];
  return {
    percent: round((100 * missed) / frames, 2),
    missed,
    camera_frames: frames,
    analysed: analysed.length,
    uncounted,
    crops,
    seconds: round(seconds, 2),
    fps: round((frames - 1) / seconds, 2),
  };
}

/** Walks along ascending times: `take(at)`, with ascending `at`, returns whether one of them is that frame's. */
class Pairs {
  #times;
  #next = 0;

  constructor(times) {
    this.#times = times;
  }

  take(at) {
    while (this.#times[this.#next] <= at - SAME_FRAME) this.#next += 1;
    const found = Math.abs(this.#times[this.#next] - at) < SAME_FRAME;
    if (found) this.#next += 1;
    return found;
  }
}

function memoryFigures(points) {
  return points.map(({ frames, memory, times }) => ({ frames, mib: round(memory / MIB, 2), detect_ms: round(median(times), 3) }));
}

function growth(memory) {
  const settled = memory.find(({ frames }) => frames >= SETTLED) ?? memory[0];
  return round(memory.at(-1).mib - settled.mib, 2);
}

/** Shows that the contenders did the same work: faces found, and the mean overlap of their boxes with MediaPipe's. */
function agreement(results) {
  const theirs = results.mediapipe.map(({ face }) => face);
  const of = (list) => {
    const found = list.map(({ face }, i) => [face, theirs[i]]);
    const overlaps = found.filter(([face, other]) => face && other).map(([face, other]) => overlap(face, other));
    const mean = overlaps.reduce((sum, value) => sum + value, 0) / overlaps.length;
    return { rounds: list.length, faces: found.filter(([face]) => face).length, mean_iou: overlaps.length > 0 ? round(mean, 3) : null };
  };
  return Object.fromEntries(Object.entries(results).map(([name, list]) => [name, of(list)]));
}

/** One line per figure, with its target and whether it is met; times as "median (minimum)". A Markdown table. */
export function table(report) {
  const pair = (times) => (times ? `${times.median} (${times.min})` : "");
  const details = {
    detect_ratio: `${pair(report.detect_ms.ours)} / ${pair(report.detect_ms.mediapipe)} ms`,
    startup_ratio: `${pair(report.startup_ms.ours)} / ${pair(report.startup_ms.mediapipe)} ms; an empty page ${pair(report.startup_ms.empty)}`,
    startup_excess_ratio: `${pair(report.startup_excess_ms.ours)} / ${pair(report.startup_excess_ms.mediapipe)} ms; of the minima ${report.startup_excess_ms.ratio_of_minima ?? NOT_MEASURABLE}`,
    frame_ratio: `${pair(report.frame_ms.ours)} / ${pair(report.frame_ms.documented)} ms`,
    main_thread_ms: `${pair(report.main_thread.script)} ms; ${report.main_thread.cpu.median} of it running`,
    verdict_overhead_ms: `${pair(report.verdict_overhead)} ms in ${report.verdict_overhead.n} checks; all ${pair(report.verdict_overhead.total)}`,
    dropped_percent: `${report.dropped.missed} of ${report.dropped.camera_frames} in ${report.dropped.seconds} s`,
    png_crop_ms: `${pair(report.png_crop)} ms`,
    png_crop_bytes: `at most ${report.png_crop.bytes.max}`,
    memory_mib: `after ${report.memory.at(-1).frames} frames`,
    memory_growth_mib: `median ms: ${report.memory[0].detect_ms} at first, ${report.memory.at(-1).detect_ms} at last`,
    stock_ratio: report.detect_ms.stock ? `${pair(report.detect_ms.ours)} / ${pair(report.detect_ms.stock)} ms` : "not measured",
  };
  const rows = TARGETS.map((target) => {
    const value = report[target.key];
    return [`\`${target.key}\``, target.label, value ?? "-", limit(target), judged(target, value), details[target.key] ?? ""];
  });
  return markdown([["key", "what", "figure", "target", "", "median (minimum)"], ...rows]);
}

/** Where the time between Start and the verdict goes, from `verdictFigures`. A Markdown table and a line. */
export function stepTable({ steps, requests, verifier, subtracted, total, ...overhead }) {
  const line = (name, what, { median, min }) => [name, what, median, min];
  const rows = [
    ...Object.entries(STEPS).map(([name, what]) => line(`\`${name}\``, what, steps[name])),
    line("`verdict_overhead_ms`", "their sum, check by check", overhead),
    line("subtracted", "the capture's span", subtracted),
    line("total", "Start to the verdict, painted", total),
    line("`requests.open`", "in `positioning`: opening a session", requests.open),
    line("`requests.crop`", "one crop", requests.crop),
    line("`requests.last_crop`", "in `crops`: the last one", requests.last_crop),
    line("`requests.complete`", "in `verdict`: asking for it", requests.complete),
    line("`verifier`", "in that: the verifier's own time", verifier),
  ];
  const verdicts = Object.entries(overhead.verdicts).map(([verdict, n]) => `${n} ${verdict}`).join(", ");
  return `${markdown([["step", "what", "median, ms", "minimum"], ...rows])}\n\n${overhead.n} checks: ${verdicts}; runs that broke: ${overhead.restarts}`;
}

const hasTarget = ({ most, below }) => most !== undefined || below !== undefined;
const limit = ({ most, below }) => (most !== undefined ? `<= ${most}` : below !== undefined ? `< ${below}` : "");

/** Whether a target is met; null if there is nothing to judge. */
const met = ({ most, below }, value) => (value === null || value === undefined ? null : most !== undefined ? value <= most : value < below);

const NOT_MEASURABLE = "not measurable";

function judged(target, value) {
  if (!hasTarget(target)) return "";
  return { true: "pass", false: "MISS", null: NOT_MEASURABLE }[met(target, value)];
}

/** Rows as a table whose columns line up even in plain text. */
export function markdown(rows) {
  const widths = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => String(row[i]).length)));
  const line = (row) => `| ${row.map((cell, i) => String(cell).padEnd(widths[i])).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body.map(line)].join("\n");
}
