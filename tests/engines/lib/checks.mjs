// What is tried in every engine. A check throws, or returns what the table says of it.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { assertCrops } from "../../e2e/lib/expect.mjs";
import { decodePng } from "../../e2e/lib/png.mjs";
import { newestRun } from "../../e2e/lib/proxy.mjs";

/** Pictures of the model that the page asks for. */
const FRAMES = 10;
/**
 * How far two engines' crops of the same picture may be apart on average, in levels of 0 to 255. Decoders differ in how
 * they spread colours over pixels: single pixels are off by 5 even between two paths in one browser.
 */
const LEVELS = 4;
const NOT_TRIED = "not tried";

const VERDICT = /^(live|fake|inconclusive)$/;

/** Runs a check in a fresh page; asserts that nothing is left on and that the policy refused nothing. */
async function run(world, order) {
  await world.open("/engine/");
  const result = await world.page.evaluate((given) => globalThis.__engine.run(given), order);
  assert.deepEqual(await settled(world), [], "left on, or refused by the policy");
  return result;
}

/** What is left on after a check, given a moment: tracks, workers, violations. */
async function settled(world) {
  for (let tries = 0; ; tries += 1) {
    const { live, workers, violations } = await world.page.evaluate(() => globalThis.__engine.left());
    const bad = [...violations];
    if (live > 0) bad.push(`${live} live tracks`);
    if (workers > 0) bad.push(`${workers} workers`);
    if (bad.length === 0 || tries === 50) return bad;
    await sleep(50);
  }
}

/** Asserts a verdict and its crops; returns these, and as what the frames have reached the worker. */
async function decided(world, order) {
  const result = await run(world, order);
  assert.match(result.verdict ?? "", VERDICT, JSON.stringify(result));
  return { pngs: assertCrops(newestRun(world.proxy.crops()), FRAMES), carrier: result.carriers.join(", ") };
}

export const CHECKS = [
  {
    id: "loads",
    title: "The package and its detector load",
    async run(world) {
      const result = await run(world, { clip: "/engine/drawn.mp4", cancelAt: "positioning" });
      assert.equal(result.code, "cancelled", JSON.stringify(result));
      assert.ok(result.typed, "a LivenessError");
      return "yes";
    },
  },
  {
    id: "file",
    title: "A video file ends in a verdict",
    async run(world) {
      const { carrier } = await decided(world, { clip: "/engine/drawn.mp4" });
      return `yes, by ${carrier}`;
    },
  },
  {
    id: "long",
    title: "Thirty pictures of a five-second file, a tenth of a second apart",
    async run(world) {
      const result = await run(world, { clip: "/engine/drawn.mp4", options: { model: "mixed-30-v2", fps: 10 } });
      assert.match(result.verdict ?? "", VERDICT, JSON.stringify(result));
      assertCrops(newestRun(world.proxy.crops()), 30);
      const { timestamps_ms: stamps } = JSON.parse(world.proxy.exchanges.findLast(({ path }) => path.endsWith("/complete")).body);
      const gaps = stamps.slice(1).map((at, i) => at - stamps[i]);
      assert.ok(gaps.every((gap) => gap > 50 && gap < 180), `gaps ${gaps}`);
      return "yes";
    },
  },
  {
    id: "canvas",
    title: "A camera (a canvas stands in for it) ends in a verdict",
    async run(world) {
      const { carrier } = await decided(world, { canvas: "/engine/drawn.mp4" });
      return `yes, by ${carrier}`;
    },
  },
  {
    id: "cancel",
    title: "Cancel releases that camera",
    async run(world) {
      const result = await run(world, { canvas: "/engine/drawn.mp4", cancelAt: "capturing", options: { model: "mixed-30-v2" } });
      assert.equal(result.code, "cancelled", JSON.stringify(result));
      const { tracks, live } = await world.page.evaluate(() => globalThis.__engine.left());
      assert.ok(tracks > 0, "there was a track");
      assert.equal(live, 0, "live tracks");
      return "yes";
    },
  },
  {
    id: "camera",
    title: "The browser's own fake camera opens, and is released",
    async run(world) {
      await world.open("/engine/");
      if (!(await world.page.evaluate(() => globalThis.__engine.hasCamera()))) return `${NOT_TRIED}: it has none`;
      const result = await run(world, { cancelAt: "positioning", afterMs: 1_500, options: { model: "mixed-30-v2", fps: 10 } });
      assert.equal(result.code, "cancelled", JSON.stringify(result));
      const { tracks } = await world.page.evaluate(() => globalThis.__engine.left());
      assert.ok(tracks > 0, "there was a track");
      // Frames have been looked at.
      assert.ok(result.guidance.some((word) => !["none", "wait", "allow-camera"].includes(word)), `guidance ${result.guidance}`);
      return "yes";
    },
  },
  {
    id: "crops",
    title: `Crops of the same picture are within ${LEVELS} levels of Chromium's, on average`,
    async run(world) {
      const { pngs } = await decided(world, { clip: "/engine/still.mp4" });
      const own = decodePng(pngs[0]);
      if (world.engine === "Chromium") world.reference = own;
      if (!world.reference) return `${NOT_TRIED}: without Chromium's`;
      const apart = difference(own, world.reference);
      world.note(`crops: ${apart.mean.toFixed(2)} levels apart on average, ${apart.most} at most`);
      assert.ok(apart.mean <= LEVELS, `crops differ by ${apart.mean.toFixed(2)} levels on average, ${apart.most} at most`);
      return "yes";
    },
  },
  {
    id: "element",
    title: "`<liveness-check>` from one script tag, in German, ends in a verdict",
    async run(world) {
      await world.open("/engine/");
      const result = await world.page.evaluate((given) => globalThis.__engine.runElement(given), { canvas: "/engine/drawn.mp4", lang: "de" });
      assert.match(result.verdict ?? "", VERDICT, JSON.stringify(result));
      assert.match(result.said, /^(Eine echte Person|Es wurde keine echte|Kein eindeutiges)/);
      assert.deepEqual(await settled(world), [], "left on, or refused by the policy");
      return "yes";
    },
  },
  {
    id: "frame",
    title: "The gateway's page in a frame, with the helper, ends in a verdict",
    async run(world) {
      await world.open("/engine/");
      const result = await world.page.evaluate((given) => globalThis.__engine.runFrame(given), { canvas: "/engine/drawn.mp4" });
      assert.match(result.verdict ?? "", VERDICT, JSON.stringify(result));
      assert.ok(result.height > 300, `the frame is ${result.height} pixels high`);
      assert.deepEqual(await settled(world), [], "left on, or refused by the policy");
      return "yes";
    },
  },
  {
    id: "policy",
    title: "The gateway's own page, under its strict policy",
    async run(world) {
      await world.open("/");
      const app = await world.page.evaluate(async (path) => {
        const violations = [];
        document.addEventListener("securitypolicyviolation", (event) => violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
        const state = () => document.getElementById("app").dataset;
        const until = async (done) => {
          while (!done()) await new Promise((resolve) => setTimeout(resolve, 50));
        };
        await until(() => !document.getElementById("use-file").disabled);
        const files = new DataTransfer();
        files.items.add(new File([await (await fetch(path)).blob()], "clip.mp4", { type: "video/mp4" }));
        const input = document.getElementById("file");
        input.files = files.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
        await until(() => ["done", "failed", "cancelled"].includes(state().state));
        return { ...state(), violations };
      }, "/engine/drawn.mp4");
      assert.equal(app.state, "done", JSON.stringify(app));
      assert.match(app.verdict, VERDICT);
      assert.deepEqual(app.violations, []);
      return "yes";
    },
  },
];

/** How far two pictures are apart, in levels. */
function difference(one, other) {
  assert.deepEqual([one.width, one.height], [other.width, other.height]);
  let [sum, most] = [0, 0];
  for (let i = 0; i < one.pixels.length; i += 1) {
    const apart = Math.abs(one.pixels[i] - other.pixels[i]);
    sum += apart;
    most = Math.max(most, apart);
  }
  return { mean: sum / one.pixels.length, most };
}
