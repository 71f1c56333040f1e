// A check's record: what was measured and decided. A native test replays what is left in results/traces, and what
// LIVENESS_RECORD_TRACES puts into crates/capture/tests/traces.
import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { cameraFromClip, drawnCamera, drawnFile } from "./lib/camera.mjs";
import { integrator } from "./lib/integrator.mjs";
import { RESULTS } from "./lib/paths.mjs";
import { countWhatStays } from "./lib/relay.mjs";
import { suite } from "./lib/suite.mjs";

/** Those that are committed, and those of this run. */
const TRACES = new URL("../../crates/capture/tests/traces/", import.meta.url);
const NEW = join(RESULTS, "traces");

/** Cameras with a drawn face, each of which another test draws as well, and an instruction that is given. */
const DRAWN = [
  ["straight", {}, "hold-still", "done"],
  ["a_second_face_passes", { faces: [{ cx: 275 }, { radius: 75, cx: 540, from: 45, to: 75 }], frames: 150 }, "multiple-faces", "done"],
  ["to_one_side", { faces: [{ cx: 180, sway: 0 }], frames: 20 }, "move-left", "cancelled"],
  ["in_the_background", {}, "none", "done", { mode: "background", timeouts: { positioning: 30_000 } }],
];
/** A file with a drawn face. */
const FILE = ["of_a_file", () => null, "hold-still", "done", {}, drawnFile];
/** Clips, of which one is much like the drawn ones here: only to be recorded. */
const CLIPS = [
  ["live_man_hoodie", "hold-still", "done"],
  ["dark", "more-light", "cancelled"],
  ["head_turn_woman_12fps", "turn-to-camera", "done"],
  ["far_small_face", "move-closer", "cancelled"],
];
/** Why a frame is not good enough, with the instruction for that; `null` where nothing is wrong with it. */
const CAUSES = {
  "hold-still": null, none: null, "multiple-faces": "several-faces", "move-left": "off-centre-left", "move-closer": "too-far",
  "more-light": "too-dark", "turn-to-camera": "turned-left",
};
const SCENES = [
  ...DRAWN.map(([name, scene, ...rest]) => [name, () => drawnCamera(scene), ...rest]),
  ...(process.env.LIVENESS_RECORD_TRACES ? CLIPS : []).map(([clip, ...rest]) => [`clip_${clip}`, () => cameraFromClip(`clips/${clip}.mp4`), ...rest]),
  FILE,
];

describe("a check's record", () => {
  const world = suite();
  const { embed } = integrator(world);

  before(async () => {
    await rm(NEW, { recursive: true, force: true });
    await mkdir(NEW, { recursive: true });
  });

  async function keep(name, trace) {
    const lines = trace.rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n");
    const head = JSON.stringify({ ...trace, rows: undefined }).slice(0, -1);
    const text = `${head},"rows":[\n${lines}\n]}\n`;
    await writeFile(join(NEW, `${name}.json`), text);
    if (process.env.LIVENESS_RECORD_TRACES) await writeFile(new URL(`${name}.json`, TRACES), text);
  }

  test("a hidden page: each row comes after its cause, from the start on, and nothing listens afterwards", async () => {
    const { page } = await embed('<video id="preview" playsinline muted></video>', { camera: drawnCamera(), init: [[countWhatStays]] });
    const [trace, stays] = await page.evaluate(async () => {
      const { LivenessCheck } = await import(new URL("/liveness-capture/index.js", location.href).href);
      const setHidden = (hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      setHidden(true);
      const check = new LivenessCheck({ video: document.getElementById("preview"), model: "mixed-10-v2", fps: 5 });
      const trace = check.record();
      const until = async (condition) => {
        while (!condition(check.snapshot)) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      const ended = check.start();
      // Of what comes before the module is there, nobody takes notice.
      for (const hidden of [false, true]) setHidden(hidden);
      await until(({ guidance }) => guidance === "page-hidden");
      await new Promise((resolve) => setTimeout(resolve, 400));
      setHidden(false);
      await until(({ framesTaken }) => framesTaken > 2);
      setHidden(true);
      await new Promise((resolve) => setTimeout(resolve, 400));
      setHidden(false);
      await ended;
      return [trace, __stays.count().listeners];
    });
    const told = trace.rows.filter(([kind]) => /^(state|hidden|visible)$/.test(kind)).map(([kind, , , guidance]) => (kind === "state" ? guidance : kind.toUpperCase()));
    const events = told.map((word) => (word === "page-hidden" || /[A-Z]/.test(word) ? word : "other")).filter((word, at, all) => word !== all[at - 1]);
    assert.deepEqual(events, ["other", "HIDDEN", "page-hidden", "VISIBLE", "other", "HIDDEN", "page-hidden", "VISIBLE", "other"], told.join());
    assert.equal(trace.rows.at(-1)[2], "done");
    assert.deepEqual(stays.filter((what) => /visibility/.test(what)), []);
    await keep("hidden_page", trace);
  });

  for (const [name, camera, instruction, end, options, file] of SCENES) {
    test(`${name}: measures, decisions and times, no pictures and no tokens`, async () => {
      const { page } = await embed('<video id="preview" playsinline muted></video>', { camera: camera() });
      const bytes = file && (await readFile(await file())).toString("base64");
      const trace = await page.evaluate(async ([patienceMs, options, bytes]) => {
        const { LivenessCheck } = await import(new URL("/liveness-capture/index.js", location.href).href);
        const source = new Blob([Uint8Array.from(atob(bytes ?? ""), (letter) => letter.charCodeAt(0))], { type: "video/mp4" });
        const check = new LivenessCheck({ video: document.getElementById("preview"), model: "mixed-10-v2", fps: 5, ...options, ...(bytes && { source }) });
        const trace = check.record();
        if (patienceMs) setTimeout(() => check.cancel(), patienceMs);
        await check.start().catch(() => undefined);
        return trace;
      }, [end === "cancelled" ? 3_500 : 0, options, bytes]);
      const rows = (kind) => trace.rows.filter(([of]) => of === kind);
      assert.equal(trace.version, 1);
      assert.equal(trace.file, !!file);
      assert.ok(rows("frame").length >= 10, `${rows("frame").length} frames`);
      const lastRun = rows("cut").filter(([, , run]) => run === rows("cut").at(-1)[2]);
      assert.equal(lastRun.length, end === "done" ? 10 : 0);
      assert.equal(rows("state").at(-1)[2], end);
      assert.ok(rows("state").some(([, , , told]) => told === instruction), instruction);
      const causes = rows("state").map((row) => row[7]);
      assert.ok(causes.every((cause) => cause === null || typeof cause === "string"), causes.join());
      // Each record begins without a cause: what counts is why this instruction was given.
      const of = rows("state").filter(([, , , told]) => told === instruction).map((row) => row[7]);
      assert.ok(of.includes(CAUSES[instruction]), `${instruction}: ${of}`);
      for (const [, , , , , , , measures] of rows("frame")) assert.equal(measures.length, trace.measures.length);
      const text = JSON.stringify(trace);
      // No string but words of ours, no long number: nothing that could be a token or a picture.
      for (const [, word] of text.matchAll(/"([^"]*)"/g)) assert.match(word, /^[a-z_-]{2,20}$/i);
      await keep(name, trace);
    });
  }
});
