// What the element shows and says of recorded checks: nothing goes before it can be read or heard.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { load } from "./load.mjs";

const { present } = await load("element/present");
const { IDLE } = await load("core/idle");
const { ENGLISH } = await load("element/language");
const { Steady } = await load("element/steady");
const { INSTRUCTION_HOLD_MS, SPOKEN_HOLD_MS } = await load("element/render");

const TRACES = new URL("../../crates/capture/tests/traces/", import.meta.url);
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

test("on every recorded check each text stays for as long as it takes to read, or to hear", async () => {
  const files = (await readdir(TRACES)).filter((name) => name.endsWith(".json"));
  assert.ok(files.length >= 3);
  let faster = 0;
  for (const file of files) {
    const trace = JSON.parse(await readFile(new URL(file, TRACES), "utf8"));
    for (const [part, holdMs] of [[({ title, text }) => `${title}\n${text}`, INSTRUCTION_HOLD_MS], [({ spoken }) => spoken, SPOKEN_HOLD_MS]]) {
      const { texts, shortest } = shown(trace, part, holdMs);
      assert.ok(texts.length >= 2, `${file}: ${JSON.stringify(texts)}`);
      assert.ok(shortest >= holdMs - ROUNDING_MS, `${file}: ${JSON.stringify(texts)}`);
      faster += shown(trace, part, 0).shortest < holdMs ? 1 : 0;
    }
  }
  assert.ok(faster > 0, "no text ever came too soon, so this shows nothing");
});
