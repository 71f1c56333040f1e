// Many checks of every kind in one page: whether memory stays flat and nothing is left behind. Takes minutes.
//
// node tests/bench/soak.mjs [--checks N] [--kind KIND]... [--json FILE]
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { drawnCamera, drawnFile } from "../e2e/lib/camera.mjs";
import { instrument } from "../e2e/lib/instrument.mjs";
import { countWhatStays } from "../e2e/lib/relay.mjs";
import { openBarePage } from "./lib/bare_page.mjs";
import { grown, misled, table } from "./lib/soak.mjs";
import { inWorld, number, say } from "./lib/world.mjs";

const { values } = parseArgs({ options: { json: { type: "string" }, kind: { type: "string", multiple: true }, ...Object.fromEntries([number("checks", 100)]) } });

/** How many checks are a round. */
const ROUND = 10;
/** What happens in turn, unless one or more are named. */
const KINDS = ["track-processor", "video-frame", "image-bitmap", "canvas", "file", "element", "element taken away", "cancelled early", "cancelled late", "failed"];
const kinds = values.kind ?? KINDS;

/** In the page, before its own scripts: keeps the modules' memories in sight without keeping them alive. */
function watchMemories() {
  const memories = [];
  globalThis.__wasmBytes = () => memories.reduce((sum, held) => sum + (held.deref()?.buffer.byteLength ?? 0), 0);
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...args) => {
      const made = await original.apply(WebAssembly, args);
      const memory = (made.instance ?? made).exports.memory;
      if (memory) memories.push(new WeakRef(memory));
      return made;
    };
  }
}

/** In the page: one check of this kind. Returns how it ended. */
async function once(kind) {
  const { LivenessCheck } = await import("/pkg/index.js");
  await import("/pkg/element.js");
  const until = async (done) => {
    for (let tries = 0; tries < 3_000 && !done(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
    if (!done()) throw new Error(`${kind}: waited too long`);
  };
  if (kind.startsWith("element")) {
    document.body.innerHTML = `<liveness-check auto-start model="mixed-10-v2" fps="15"></liveness-check>`;
    const check = document.querySelector("liveness-check");
    const outcome = new Promise((resolve) => {
      check.addEventListener("liveness-result", ({ detail }) => resolve(detail.verdict.verdict));
      check.addEventListener("liveness-error", ({ detail }) => resolve(detail.code));
      check.addEventListener("liveness-cancel", () => resolve("cancelled"));
    });
    if (kind !== "element") {
      await until(() => check.snapshot.state === "capturing");
      check.remove();
      return "taken away";
    }
    const ended = await outcome;
    check.remove();
    return ended;
  }
  const video = document.body.appendChild(document.createElement("video"));
  try {
    const path = ["file", "failed"].includes(kind) || kind.startsWith("cancelled") ? {} : { framePath: kind };
    globalThis.__clip ??= await (await fetch("/clip.mp4")).blob();
    const source = kind === "file" ? { source: globalThis.__clip.slice(0, undefined, "video/mp4") } : {};
    const endpoint = kind === "failed" ? { endpoint: "/nowhere" } : {};
    const check = new LivenessCheck({ video, model: "mixed-10-v2", fps: 15, ...path, ...source, ...endpoint });
    const outcome = check.start().then(({ verdict }) => verdict, ({ code }) => code);
    if (kind.startsWith("cancelled")) {
      await until(() => check.snapshot.state === (kind === "cancelled early" ? "requesting-camera" : "capturing"));
      check.cancel();
    }
    return await outcome;
  } finally {
    video.remove();
  }
}

/** In the page: what is left of the checks so far; the records of them are dropped, as they would count as memory. */
function left() {
  const { tracks, workers, endedWorkers } = globalThis.__record;
  const { listeners, urls } = globalThis.__stays.count();
  const counts = {
    tracks: tracks.filter(({ readyState }) => readyState === "live").length,
    workers: workers.length - endedWorkers.size,
    // The element's own are on a preview that goes with it; like all others they are counted as handlers.
    listeners: listeners.filter((text) => !text.includes("Video")).length,
    urls,
    wasm: globalThis.__wasmBytes() / 1024,
  };
  tracks.length = workers.length = 0;
  endedWorkers.clear();
  return counts;
}

/**
 * The own memory of the page's process in MB, where the system tells. What it shares with others is left out: Chromium
 * keeps the frames of every camera there that has ever been drawn in software, in a page without any of our scripts, too.
 */
async function ownMemory(browser) {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const sizes = await Promise.all(processInfo.filter(({ type }) => type === "renderer").map(async ({ id }) => {
      const status = await readFile(`/proc/${id}/status`, "utf8");
      return Number(/RssAnon:\s+(\d+)/.exec(status)[1]) / 1024;
    }));
    return Math.round(Math.max(...sizes));
  } catch {
    return null;
  } finally {
    await session.detach();
  }
}

async function measure(browser, page) {
  await sleep(1_000);
  const counts = await page.evaluate(left);
  for (let i = 0; i < 3; i += 1) await page.send("HeapProfiler.collectGarbage");
  const { metrics } = await page.send("Performance.getMetrics");
  const metric = (wanted) => metrics.find(({ name }) => name === wanted).value;
  const heap = Math.round(metric("JSHeapUsedSize") / 1024);
  return { ...counts, heap, nodes: metric("Nodes"), handlers: metric("JSEventListeners"), process: await ownMemory(browser) };
}

/** The page: nothing but what watches it. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>soak</title><link rel="icon" href="data:,"><body>
<script>${[instrument, countWhatStays, watchMemories].map((script) => `(${script})();`).join("\n")}</script>`;

const files = { "/soak.html": Buffer.from(PAGE), "/clip.mp4": await readFile(await drawnFile()) };
await inWorld({ video: { file: await drawnCamera(), source: "drawn face" }, files }, async ({ browser, server, about }) => {
  const page = await openBarePage(browser, `${server.origin}/soak.html`);
  for (const domain of ["Performance", "HeapProfiler"]) await page.send(`${domain}.enable`);
  const rounds = [];
  const ended = [];
  const ends = new Map();
  for (let i = 1; i <= Number(values.checks); i += 1) {
    const kind = kinds[i % kinds.length];
    const end = await page.evaluate(once, kind);
    ended.push([kind, end]);
    ends.set(`${kind}: ${end}`, (ends.get(`${kind}: ${end}`) ?? 0) + 1);
    if (i % ROUND > 0) continue;
    server.exchanges.length = server.log.length = 0;
    rounds.push(await measure(browser, page));
    say(`${i} checks: ${JSON.stringify(rounds.at(-1))}`);
  }
  console.log(`${table(rounds, ROUND)}\n`);
  for (const [end, times] of ends) console.log(`${String(times).padStart(4)} ${end}`);
  console.log(`\n${about.browser}, ${about.cpu}`);
  if (values.json) await writeFile(values.json, `${JSON.stringify({ ...about, rounds, ends: Object.fromEntries(ends) }, null, 2)}\n`);
  await page.close();
  const problems = [...grown(rounds).map((problem) => `not flat: ${problem}`), ...misled(ended)];
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
});
