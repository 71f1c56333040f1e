// The browser benchmark: `cargo xtask bench vision` builds what is needed and runs this.
//
// node tests/bench/vision.mjs [--json FILE] [--rounds N] [--starts N] [--checks N] [--verdicts N] [--seconds N] [--frames N]
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HEIGHT, WIDTH, camera, decode } from "./lib/frames.mjs";
import { withNormalization } from "./lib/metadata.mjs";
import { DIST, MEDIAPIPE, MODEL, STOCK_DIST } from "./lib/paths.mjs";
import { report, stepTable, table } from "./lib/report.mjs";
import { brotliSize } from "./lib/sizes.mjs";
import { CATEGORIES, threadTime } from "./lib/trace.mjs";
import { measureVerdicts } from "./lib/verdict.mjs";
import { inWorld, number, say } from "./lib/world.mjs";

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    ...Object.fromEntries([number("rounds", 400), number("starts", 9), number("checks", 3), number("verdicts", 9), number("seconds", 30), number("frames", 10_000)]),
  },
});
const count = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));

/** The number of distinct frames, which the rounds repeat. */
const DECODED = 60;
const CAMERA_FPS = 30;
const TASKS_MODEL = "/mediapipe/blaze_face_short_range.tflite";

async function main() {
  const video = await camera();
  const frames = await decode(video.file, DECODED);
  const model = withNormalization(new Uint8Array(await readFile(MODEL)), { mean: 127.5, std: 127.5 });
  const folders = { stock: [STOCK_DIST, DIST].filter(Boolean), mediapipe: [MEDIAPIPE] };
  const files = { "/frames.i420": frames, "/frame.i420": frames.subarray(0, (WIDTH * HEIGHT * 3) / 2), [TASKS_MODEL]: Buffer.from(model) };
  return inWorld({ video, folders, files }, async (world) => {
    const startup = await measureStartup(world);
    const files = await listFiles(world.server);
    const rounds = await measureRounds(world);
    const endurance = await measureEndurance(world);
    const checks = await measureChecks(world);
    say(`${count.verdicts} checks from Start to the verdict`);
    const verdicts = await measureVerdicts(world, count.verdicts);
    const drops = await measureDrops(world);
    const about = {
      ...world.about,
      peer: `MediaPipe Tasks Vision ${JSON.parse(await readFile(join(MEDIAPIPE, "package.json"), "utf8")).version}, CPU, VIDEO mode`,
      frame: `${WIDTH}x${HEIGHT} I420`,
    };
    return report({ about, rounds, startup, checks, verdicts, camera: drops, files, endurance });
  });
}

/** Milliseconds from navigation to the first detection, for each contender in turn; for an empty page to its script. */
async function measureStartup(world) {
  say(`${count.starts} starts each`);
  const times = { ours: [], mediapipe: [], empty: [] };
  world.server.log.length = 0;
  // The first of each only fills the machine's caches.
  for (let i = 0; i <= count.starts; i += 1) {
    for (const name of Object.keys(times)) {
      const first = await world.run(`startup_${name}`);
      if (first.faces === 0) throw new Error(`${name} found no face in the first frame`);
      if (i > 0) times[name].push(first.at);
    }
  }
  return times;
}

/** The files that the pages of the starts have loaded, with sizes. */
async function listFiles(server) {
  say("sizes (brotli of MediaPipe's module takes half a minute the first time)");
  const weigh = async (first) => {
    const paths = [...new Set(server.log)].filter((path) => path.startsWith(`/${first}/`)).sort();
    const list = [];
    for (const path of paths) {
      const response = await fetch(`${server.origin}${path}`);
      if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      list.push({ file: path.slice(first.length + 2), raw: bytes.length, brotli: await brotliSize(bytes) });
    }
    return list;
  };
  return { ours: await weigh("pkg"), mediapipe: await weigh("mediapipe") };
}

/** All contenders over the same frames in one page. */
function measureRounds(world) {
  say(`${count.rounds} rounds${STOCK_DIST ? "" : " (without tract's stock operators: not built)"}`);
  return world.run("rounds", { rounds: count.rounds, stock: STOCK_DIST !== null });
}

/** Memory and speed over many frames. */
function measureEndurance(world) {
  say(`${count.frames} frames in a row`);
  return world.run("endurance", { count: count.frames, every: Math.min(1000, Math.ceil(count.frames / 2)) });
}

/** Whole checks under Chromium's trace, from the first picture to the verdict. */
async function measureChecks(world) {
  say(`${count.checks} checks`);
  const checks = [];
  for (let i = 0; i < count.checks; i += 1) {
    await world.browser.startTracing(undefined, { categories: CATEGORIES });
    const { frames } = await world.run("check");
    const trace = JSON.parse((await world.browser.stopTracing()).toString());
    checks.push({ frames, ...threadTime(trace, "bench-capturing", "bench-done") });
  }
  return checks;
}

/** The package's worker with a running camera. */
function measureDrops(world) {
  say(`${count.seconds} s of camera`);
  return world.run("camera", { seconds: count.seconds, fps: CAMERA_FPS });
}

const figures = await main();
console.log(table(figures));
console.log(`\n${stepTable(figures.verdict_overhead)}`);
console.log(`\n${figures.browser}, ${figures.cpu}; peer: ${figures.peer}; camera: ${figures.camera}`);
if (values.json) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
