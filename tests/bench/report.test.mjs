import assert from "node:assert/strict";
import { test } from "node:test";
import { dropped, markdown, report, startupExcess, stepTable, table } from "./lib/report.mjs";
import { isVision, sums } from "./lib/sizes.mjs";

const STEPS = { camera: 100, preview: 60, engine: 0, positioning: 140, capture: -100, crops: 40, verdict: 250, paint: 30 };

/** A check's figures, as above except for the steps given. */
function checked(steps = {}) {
  const all = { ...STEPS, ...steps };
  const overhead = Object.values(all).reduce((sum, value) => sum + value, 0);
  const requests = { open: 4, crop: 5, last_crop: 6, complete: 240 };
  return { overhead, total: overhead + 3000, span: 3000, steps: all, requests, processing: 230, restarts: 0, verdict: "live" };
}

const face = { x: 100, y: 100, width: 50, height: 50 };
const times = (values, key) => values.map((value) => ({ [key]: value, face }));

function measured(change = {}) {
  const ours = [1, 2, 3].map((detect) => ({ detect, crop: detect / 2, frame: detect * 1.5, bytes: 40_000 + detect, face }));
  const results = { ours, mediapipe: times([10, 8, 12], "detect"), documented: times([15, 16, 14], "frame") };
  return {
    about: { browser: "Chromium 1" },
    rounds: { source: { kind: "canvas", medians: {} }, results },
    startup: { ours: [90, 100, 110], mediapipe: [1000, 900, 1100], empty: [50, 40, 60] },
    checks: [{ frames: 30, script: 45, cpu: 40, all: 90 }],
    verdicts: [checked(), checked({ camera: 300 }), checked({ camera: 90 })],
    camera: { all: [0, 33, 66, 100, 133], analysed: [33, 66.01, 133], crops: 3 },
    files: {
      ours: [{ file: "vision_bg.wasm", brotli: 300 }, { file: "weights.0a1b.bin", brotli: 100 }, { file: "vision.js", brotli: 50 }],
      mediapipe: [{ file: "wasm/vision_wasm_internal.wasm", brotli: 4500 }],
    },
    endurance: [
      { frames: 1000, memory: 4 * 1024 * 1024, times: [3, 2, 4] },
      { frames: 2000, memory: 5 * 1024 * 1024, times: [2, 2, 2] },
    ],
    ...change,
  };
}

test("every figure comes from its measurements", () => {
  const figures = report(measured());
  assert.equal(figures.detect_ratio, 0.2);
  assert.deepEqual(figures.detect_ms.ours, { min: 1, median: 2, n: 3 });
  assert.equal(figures.startup_ratio, 0.1);
  assert.equal(figures.startup_ms.empty.median, 50);
  assert.equal(figures.frame_ratio, 0.2);
  assert.equal(figures.main_thread_ms, 1.5);
  assert.equal(figures.startup_excess_ratio, 0.053);
  assert.deepEqual(figures.startup_excess_ms.ours, { min: 50, median: 50 });
  assert.deepEqual(figures.startup_excess_ms.mediapipe, { min: 860, median: 950 });
  assert.equal(figures.verdict_overhead_ms, 520);
  assert.deepEqual([figures.verdict_overhead.min, figures.verdict_overhead.n], [510, 3]);
  assert.equal(figures.vision_brotli_bytes, 400);
  assert.equal(figures.host_brotli_bytes, 50);
  assert.equal(figures.bytes_ratio, 0.1);
  assert.equal(figures.dropped_percent, 25);
  assert.equal(figures.png_crop_ms, 1);
  assert.equal(figures.png_crop_bytes, 40_002);
  assert.equal(figures.memory_mib, 5);
  assert.equal(figures.memory_growth_mib, 1);
  assert.equal(figures.stock_ratio, null, "not measured must not become zero");
  assert.deepEqual(figures.agreement.ours, { rounds: 3, faces: 3, mean_iou: 1 });
});

test("starts are compared less the empty page's, medians with medians and minima with minima", () => {
  const times = (min, median) => ({ min, median, n: 9 });
  const excess = startupExcess({ ours: times(110, 200), mediapipe: times(300, 600), empty: times(100, 150) });
  assert.deepEqual(excess, { ours: { min: 10, median: 50 }, mediapipe: { min: 200, median: 450 }, ratio: 0.111, ratio_of_minima: 0.05 });
});

test("a start no slower than the empty page's gives no ratio, whichever it is", () => {
  const times = (median) => ({ min: median, median, n: 9 });
  const of = (ours, mediapipe) => startupExcess({ ours: times(ours), mediapipe: times(mediapipe), empty: times(100) });
  for (const [ours, mediapipe] of [[150, 100], [150, 90], [100, 400], [90, 400], [90, 90]]) {
    const { ratio, ratio_of_minima } = of(ours, mediapipe);
    assert.deepEqual([ratio, ratio_of_minima], [null, null], `${ours} / ${mediapipe}`);
  }
  assert.equal(of(101, 102).ratio, 0.5);
});

test("a figure that could not be measured does not pass, in the table or the targets", () => {
  const input = measured();
  input.startup.mediapipe = input.startup.empty;
  const figures = report(input);
  assert.deepEqual(figures.targets.startup_excess_ratio, { most: 0.15, met: null });
  const line = table(figures).split("\n").find((text) => text.includes("startup_excess_ratio"));
  assert.match(line, /not measurable/);
  assert.doesNotMatch(line, /pass|MISS/);
});

test("the report tells of every target whether it is met, as the table does", () => {
  const figures = report(measured());
  assert.deepEqual(figures.targets.main_thread_ms, { most: 1, met: false });
  assert.deepEqual(figures.targets.verdict_overhead_ms, { most: 600, met: true });
  assert.deepEqual(figures.targets.dropped_percent, { below: 1, met: false });
  assert.equal(figures.targets.stock_ratio, undefined, "it has no target");
  const shown = table(figures).split("\n").filter((text) => /pass|MISS/.test(text));
  assert.equal(shown.length, Object.keys(figures.targets).length);
  for (const text of shown) {
    const [, key] = /`(\w+)`/.exec(text);
    assert.equal(/pass/.test(text), figures.targets[key].met, key);
  }
});

test("the steps of the overhead are shown with their medians and minima", () => {
  const lines = stepTable(report(measured()).verdict_overhead).split("\n");
  const line = (name) => lines.find((text) => text.includes(`\`${name}\``));
  assert.match(line("camera"), /\| 100 +\| 90 /);
  assert.match(line("capture"), /\| -100 +\| -100 /);
  assert.match(line("verdict_overhead_ms"), /\| 520 +\| 510 /);
  assert.match(lines.at(-1), /^3 checks: 3 live; runs that broke: 0$/);
});

test("the stock operators are compared if they were built", () => {
  const input = measured();
  input.rounds.results.stock = times([4, 5, 6], "detect");
  assert.equal(report(input).stock_ratio, 0.4);
});

test("rounds without a face still count as detections, and are reported", () => {
  const input = measured();
  input.rounds.results.ours.push({ detect: 2, face: null });
  input.rounds.results.mediapipe.push({ detect: 10, face });
  const figures = report(input);
  assert.equal(figures.detect_ms.ours.n, 4);
  assert.equal(figures.frame_ms.ours.n, 3);
  assert.deepEqual([figures.agreement.ours.rounds, figures.agreement.ours.faces], [4, 3]);
});

test("the table shows what is met and what is missed", () => {
  const lines = table(report(measured())).split("\n");
  const line = (key) => lines.find((text) => text.includes(`\`${key}\``));
  assert.match(line("detect_ratio"), /0\.2 .*<= 0\.33 .*pass.*2 \(1\) \/ 10 \(8\) ms/);
  assert.match(line("main_thread_ms"), /1\.5 .*<= 1 .*MISS/);
  assert.match(line("dropped_percent"), /25 .*< 1 .*MISS.*1 of 4/);
  assert.match(line("memory_growth_mib"), /MISS/);
  assert.doesNotMatch(line("stock_ratio"), /pass|MISS/);
  assert.equal(new Set(lines.map((text) => text.length)).size, 1, "columns must line up");
});

test("exactly at a limit, `most` is met and `below` is not", () => {
  const figures = report(measured());
  const judged = (key, value) => table({ ...figures, [key]: value }).split("\n").find((text) => text.includes(key));
  assert.match(judged("main_thread_ms", 1), /pass/);
  assert.match(judged("dropped_percent", 1), /MISS/);
});

test("camera frames are matched although two tracks' times differ by hundredths", () => {
  const all = [0, 33.33, 66.67, 100, 133.33, 166.67];
  const drops = dropped({ all, analysed: [33.34, 66.66, 133.33], crops: 3 });
  assert.equal(drops.camera_frames, 4);
  assert.equal(drops.missed, 1);
  assert.equal(drops.fps, 30);
  assert.throws(() => dropped({ all, analysed: [33.33, 50, 66.67], crops: 0 }), /1 of 3 analysed frames are not among the camera's/);
});

test("a frame that the counting track lost still counts as the camera's", () => {
  const times = Array.from({ length: 30 }, (_, i) => 33.33 * i);
  const drops = dropped({ all: times.filter((_, i) => i !== 7), analysed: times.filter((_, i) => i !== 9), crops: 0 });
  assert.deepEqual([drops.camera_frames, drops.missed, drops.uncounted], [30, 1, 1]);
});

test("weights and module are vision, scripts are not", () => {
  const vision = ["vision_bg.wasm", "blazeface_short_range.bin", "blazeface_short_range.0a1b2c.bin", "vision-0a1b_bg.wasm"];
  assert.deepEqual(vision.filter((file) => !isVision(file)), []);
  assert.deepEqual(["vision.js", "worker.js", "host_bg.wasm", "index.js"].filter(isVision), []);
  assert.equal(sums([{ file: "a.js", brotli: 10 }], [{ file: "b", brotli: 40 }]).ratio, 0.25);
});

test("tables are Markdown", () => {
  assert.equal(markdown([["a", "long head"], [1, "x"]]), "| a   | long head |\n|-----|-----------|\n| 1   | x         |");
});
