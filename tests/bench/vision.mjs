// The browser benchmark: `cargo xtask bench vision` builds what is needed and runs this.
//
// node tests/bench/vision.mjs [--json FILE] [--rounds N] [--starts N] [--checks N] [--seconds N] [--frames N]
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { launch } from "../e2e/lib/browser.mjs";
import { startGateway } from "../e2e/lib/gateway.mjs";
import { HEIGHT, WIDTH, camera, decode } from "./lib/frames.mjs";
import { withNormalization } from "./lib/metadata.mjs";
import { DIST, MEDIAPIPE, MODEL, PAGES, STOCK_DIST } from "./lib/paths.mjs";
import { report, table } from "./lib/report.mjs";
import { startServer } from "./lib/server.mjs";
import { brotliSize } from "./lib/sizes.mjs";
import { CATEGORIES, threadTime } from "./lib/trace.mjs";

const number = (name, fallback) => [name, { type: "string", default: process.env[`LIVENESS_BENCH_${name.toUpperCase()}`] ?? String(fallback) }];
const { values } = parseArgs({
  options: {
    json: { type: "string" },
    ...Object.fromEntries([number("rounds", 400), number("starts", 9), number("checks", 3), number("seconds", 30), number("frames", 10_000)]),
  },
});
const count = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));

/** Different frames that the rounds go through again and again. */
const DECODED = 60;
const CAMERA_FPS = 30;
/** MediaPipe reads frames through WebGL, which a machine without a graphics card has in software only. */
const FLAGS = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
const TASKS_MODEL = "/mediapipe/blaze_face_short_range.tflite";
const say = (text) => console.error(`bench: ${text}`);

async function main() {
  if (!existsSync(join(DIST, "index.js"))) throw new Error(`${DIST}: no package; cargo xtask build makes it`);
  const video = await camera();
  const frames = await decode(video.file, DECODED);
  const model = withNormalization(new Uint8Array(await readFile(MODEL)), { mean: 127.5, std: 127.5 });
  const gateway = await startGateway();
  const server = await startServer({
    folders: { bench: [PAGES], pkg: [DIST], stock: [STOCK_DIST, DIST].filter(Boolean), mediapipe: [MEDIAPIPE] },
    files: { "/frames.i420": frames, "/frame.i420": frames.subarray(0, (WIDTH * HEIGHT * 3) / 2), [TASKS_MODEL]: Buffer.from(model) },
    gateway: gateway.origin,
  });
  const browser = await launch({ camera: video.file, flags: FLAGS });
  try {
    const world = { browser, server };
    const startup = await measureStartup(world);
    const files = await listFiles(server);
    const rounds = await measureRounds(world);
    const endurance = await measureEndurance(world);
    const checks = await measureChecks(world);
    const drops = await measureDrops(world);
    const about = {
      browser: `Chromium ${browser.version()}`,
      cpu: `${cpus().length} x ${cpus()[0].model}`,
      peer: `MediaPipe Tasks Vision ${JSON.parse(await readFile(join(MEDIAPIPE, "package.json"), "utf8")).version}, CPU, VIDEO mode`,
      camera: video.source,
      frame: `${WIDTH}x${HEIGHT} I420`,
    };
    return report({ about, rounds, startup, checks, camera: drops, files, endurance });
  } finally {
    await browser.close();
    await server.stop();
    await gateway.stop();
  }
}

/** A page in a context of its own: nothing in its cache, no storage. */
async function withPage({ browser, server }, path, work) {
  const context = await browser.newContext({ permissions: ["camera"] });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  try {
    await page.goto(`${server.origin}/bench/${path}`);
    return await work(page);
  } catch (error) {
    throw new Error([`${path}: ${error.message}`, ...problems].join("\n"));
  } finally {
    await context.close();
  }
}

/** Milliseconds from navigation to the first detection, of each contender in turn. */
async function measureStartup(world) {
  say(`${count.starts} starts each`);
  const times = { ours: [], mediapipe: [] };
  world.server.log.length = 0;
  // The first of each only fills the machine's own caches.
  for (let i = 0; i <= count.starts; i += 1) {
    for (const name of Object.keys(times)) {
      const first = await withPage(world, `startup_${name}.html`, (page) => page.evaluate(() => globalThis.firstDetection));
      if (first.faces === 0) throw new Error(`${name} found no face in the first frame`);
      if (i > 0) times[name].push(first.at);
    }
  }
  return times;
}

/** What the pages of the starts have loaded, with sizes. */
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
  const options = { rounds: count.rounds, stock: STOCK_DIST !== null };
  return withPage(world, "blank.html", (page) => page.evaluate(async (given) => (await import("/bench/rounds.js")).run(given), options));
}

/** Memory and speed over many frames. */
function measureEndurance(world) {
  say(`${count.frames} frames in a row`);
  const every = Math.min(1000, Math.ceil(count.frames / 2));
  return withPage(world, "blank.html", (page) =>
    page.evaluate(async ([frames, step]) => (await import("/bench/rounds.js")).endurance(frames, step), [count.frames, every]),
  );
}

/** Whole checks under Chromium's trace, from the first picture to the verdict. */
async function measureChecks(world) {
  say(`${count.checks} checks`);
  const checks = [];
  for (let i = 0; i < count.checks; i += 1) {
    const check = await withPage(world, "check.html", async (page) => {
      await page.evaluate(() => import("/bench/check.js"));
      await world.browser.startTracing(page, { categories: CATEGORIES });
      const { frames } = await page.evaluate(async () => (await import("/bench/check.js")).run({}));
      const trace = JSON.parse((await world.browser.stopTracing()).toString());
      return { frames, ...threadTime(trace, "bench-capturing", "bench-done") };
    });
    checks.push(check);
  }
  return checks;
}

/** The package's worker at a running camera. */
function measureDrops(world) {
  say(`${count.seconds} s of camera`);
  const options = { seconds: count.seconds, fps: CAMERA_FPS };
  return withPage(world, "check.html", (page) => page.evaluate(async (given) => (await import("/bench/camera.js")).run(given), options));
}

const figures = await main();
console.log(table(figures));
console.log(`\n${figures.browser}, ${figures.cpu}; peer: ${figures.peer}; camera: ${figures.camera}`);
if (values.json) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
