// What the element shows and says of recorded checks, and of every clip of the test footage: nothing goes before it can be
// read or heard.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "node:test";
import { load } from "./load.mjs";

const { present } = await load("element/present");
const { IDLE } = await load("core/idle");
const { ENGLISH } = await load("element/language");
const { Steady } = await load("element/steady");
const { GUIDANCE } = await load("words/en");
const { INSTRUCTION_HOLD_MS, Renderer, SPOKEN_HOLD_MS } = await load("element/render");

const TRACES = new URL("../../crates/capture/tests/traces/", import.meta.url);
/** Left by the native test of the footage (`crates/capture/tests/capture/footage.rs`). */
const TOLD = pathToFileURL(`${resolve(process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../target", import.meta.url)), "tmp/told")}/`);
const WITHOUT_FOOTAGE = !existsSync(TOLD) && process.env.CI !== "true" && "cargo test -p liveness-capture-core leaves what was told about the footage";
const ROUNDING_MS = 1e-6;

/** A clock that is told what the time is, and then does what is due. */
function simulatedClock() {
  let now = 0;
  let waiting = [];
  return {
    now: () => now,
    later(ms, then) {
      const entry = { at: now + ms, then };
      waiting.push(entry);
      return () => (waiting = waiting.filter((other) => other !== entry));
    },
    pass(to) {
      for (;;) {
        const [due] = waiting.filter(({ at }) => at <= to).sort((a, b) => a.at - b.at);
        if (!due) break;
        waiting = waiting.filter((other) => other !== due);
        now = due.at;
        due.then();
      }
      now = to;
    },
  };
}

/** The texts shown in a recorded check and when, and the shortest time between two of them. */
function shown(trace, part, holdMs) {
  const clock = simulatedClock();
  const texts = [];
  const steady = new Steady((text) => texts.push([clock.now(), text]), holdMs, clock);
  const situation = { language: ENGLISH, fromFile: trace.file, mirrored: !trace.file, withheld: false, whole: false };
  for (const [, at, state, guidance, framesTaken, framesRequired, framesUploaded] of trace.rows.filter(([kind]) => kind === "state")) {
    clock.pass(at);
    const snapshot = present({ ...IDLE, state, guidance, framesTaken, framesRequired, framesUploaded }, situation);
    if (snapshot.view === "run") steady.set(part(snapshot));
  }
  clock.pass(clock.now() + 10_000);
  return { texts, shortest: Math.min(...texts.slice(1).map(([at], i) => at - texts[i][0])) };
}

/** Fails where a text comes too soon; returns how many would if nothing held them back. */
async function tooSoon(folder, fewestFiles, fewestTexts) {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  assert.ok(files.length >= fewestFiles, files.join());
  let held = 0;
  for (const file of files) {
    const trace = JSON.parse(await readFile(new URL(file, folder), "utf8"));
    for (const [part, holdMs] of [[({ title, text }) => `${title}\n${text}`, INSTRUCTION_HOLD_MS], [({ spoken }) => spoken, SPOKEN_HOLD_MS]]) {
      const { texts, shortest } = shown(trace, part, holdMs);
      assert.ok(texts.length >= fewestTexts, `${file}: ${JSON.stringify(texts)}`);
      assert.ok(shortest >= holdMs - ROUNDING_MS, `${file}: ${JSON.stringify(texts)}`);
      held += shown(trace, part, 0).shortest < holdMs ? 1 : 0;
    }
  }
  return held;
}

test("on every recorded check each text stays for as long as it takes to read, or to hear", async () => {
  assert.ok((await tooSoon(TRACES, 3, 2)) > 0, "no text ever came too soon, so this shows nothing");
});

test("so it does on every clip of the footage", { skip: WITHOUT_FOOTAGE }, async () => {
  assert.ok((await tooSoon(TOLD, 12, 1)) > 0, "no text ever came too soon, so this shows nothing");
});

/** As much of the tree as rendering needs: a part is made when it is asked for. */
function drawnParts() {
  const part = () => ({
    textContent: "", hidden: false, dataset: {}, attributes: {}, children: [],
    setAttribute(name, value) { this.attributes[name] = value; },
    removeAttribute(name) { delete this.attributes[name]; },
    replaceChildren() {}, matches: () => false, querySelectorAll: () => [], getClientRects: () => [],
  });
  return new Proxy({ views: [] }, { get: (own, name) => (own[name] ??= part()) });
}

test("the arrow points where the sentence beside it says, and goes with it", () => {
  const clock = simulatedClock();
  const parts = drawnParts();
  const renderer = new Renderer(parts, clock);
  const situation = { language: ENGLISH, fromFile: false, mirrored: true, withheld: false, whole: false, releases: true };
  const render = (state, guidance = "none") => {
    const snapshot = { ...IDLE, state, guidance, message: GUIDANCE[guidance] };
    renderer.render(present(snapshot, situation), snapshot, ENGLISH, { focusMoves: false, frozen: false });
  };
  const seen = () => [parts.instruction.textContent, parts.app.attributes["data-arrow"]];
  const [left, right, up] = [["move-left", "left"], ["move-right", "right"], ["move-up", "up"]].map(([guidance, arrow]) => [GUIDANCE[guidance], arrow]);
  render("positioning", "move-left");
  assert.deepEqual(seen(), left);
  clock.pass(INSTRUCTION_HOLD_MS - 100);
  render("positioning", "move-right");
  assert.deepEqual(seen(), left);
  clock.pass(INSTRUCTION_HOLD_MS);
  assert.deepEqual(seen(), right);
  render("positioning", "move-up");
  clock.pass(2 * INSTRUCTION_HOLD_MS);
  assert.deepEqual(seen(), up);
  render("positioning", "move-left");
  // How it has ended has no arrow, not even the one that was still to come.
  render("cancelled");
  clock.pass(10 * INSTRUCTION_HOLD_MS);
  assert.equal(parts.app.attributes["data-arrow"], undefined);
});
