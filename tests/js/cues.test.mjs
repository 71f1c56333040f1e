// The element's sounds and vibrations: which there are, and that a device makes no longer ready for them than a check lasts.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { load } from "./load.mjs";

const { Cues, cueFor } = await load("element/cues");
const { TERMINAL_STATES } = await load("generated/codes");

/** What has been heard and felt, by a device whose clock goes on with `mock.timers`. */
let device;

class FakeAudio {
  state = "suspended";
  destination = "speaker";
  constructor() {
    if (device.silent) throw new Error("no sound here");
    device.made.push(this);
  }
  get currentTime() {
    return Date.now() / 1000;
  }
  async resume() {
    this.state = "running";
  }
  async suspend() {
    this.state = "suspended";
  }
  async close() {
    this.state = "closed";
  }
}

class FakeNode {
  constructor(sound, { frequency, gain }) {
    Object.assign(this, { sound, frequency, gain });
  }
  connect(to) {
    this.to = to;
  }
  start(at) {
    assert.equal(this.to.to, "speaker");
    assert.ok(this.to.gain > 0 && this.to.gain < 1);
    device.heard.push({ frequency: this.frequency, from: at });
  }
  stop(at) {
    device.heard.at(-1).to = at;
  }
}

beforeEach(() => {
  device = { made: [], heard: [], felt: [], silent: false };
  Object.assign(globalThis, { AudioContext: FakeAudio, GainNode: FakeNode, OscillatorNode: FakeNode });
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { vibrate: (pattern) => device.felt.push(pattern) } });
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});
afterEach(() => {
  mock.timers.reset();
  for (const name of ["AudioContext", "GainNode", "OscillatorNode"]) delete globalThis[name];
});

const heard = () => device.heard.splice(0).map(({ frequency }) => frequency);
const felt = () => device.felt.splice(0);

test("there is a cue for what a person cannot see, and none for the rest", () => {
  assert.deepEqual([cueFor("positioning", "capturing"), cueFor("capturing", "positioning"), cueFor("verifying", "failed")], ["found", "lost", "failed"]);
  for (const now of ["uploading", "verifying", "done"]) assert.equal(cueFor("capturing", now), "taken", now);
  for (const [before, now] of [["idle", "requesting-camera"], ["uploading", "verifying"], ["capturing", "capturing"], ["capturing", "cancelled"]]) assert.equal(cueFor(before, now), null);
  assert.ok([...TERMINAL_STATES].length === 3);
});

test("what is wanted is heard and felt, each cue in its own way, and nothing else is", () => {
  for (const [wanted, sounds, vibrates] of [["sound", true, false], ["vibration", false, true], ["vibration  sound", true, true], ["", false, false], [null, false, false], ["sounds", false, false]]) {
    const cues = new Cues();
    cues.prepare(wanted);
    const seen = [];
    for (const [before, now] of [["positioning", "capturing"], ["capturing", "positioning"], ["capturing", "uploading"], ["verifying", "failed"]]) {
      cues.follow(before, now, wanted);
      const [tones, pattern] = [heard(), felt()];
      assert.deepEqual([tones.length > 0, pattern.length > 0], [sounds, vibrates], `${wanted}: ${now}`);
      seen.push(JSON.stringify([tones, pattern]));
    }
    if (sounds || vibrates) assert.equal(new Set(seen).size, 4, `${wanted}: no two alike`);
    assert.equal(device.made.splice(0).length, sounds ? 1 : 0);
  }
});

test("tones follow each other, from now on", () => {
  const cues = new Cues();
  cues.prepare("sound");
  mock.timers.tick(5_000);
  cues.follow("capturing", "done", "sound");
  const [first, second] = device.heard;
  assert.equal(first.from, Date.now() / 1000);
  assert.ok(first.to > first.from && second.from === first.to);
});

test("the device sleeps between checks, but not before the last tone has been heard", () => {
  const cues = new Cues();
  for (const [before, end] of [["capturing", "done"], ["verifying", "failed"], ["positioning", "cancelled"]]) {
    cues.prepare("sound");
    const [sound] = device.made;
    assert.deepEqual([device.made.length, sound.state], [1, "running"], end);
    cues.follow("positioning", "capturing", "sound");
    mock.timers.tick(60_000);
    assert.equal(sound.state, "running", "while the check runs");
    device.heard.length = 0;
    cues.follow(before, end, "sound");
    const last = Math.max(0, ...device.heard.map(({ to }) => to)) * 1000 - Date.now();
    mock.timers.tick(Math.max(0, Math.ceil(last)));
    assert.equal(sound.state, "running", `${end}: it may still be on its way to the ear`);
    mock.timers.tick(1_000);
    assert.equal(sound.state, "suspended", end);
  }
});

test("a check that begins at once keeps it awake, and one that is taken away gives it back", () => {
  const cues = new Cues();
  cues.prepare("sound");
  cues.follow("capturing", "done", "sound");
  cues.prepare("sound");
  mock.timers.tick(10_000);
  assert.equal(device.made[0].state, "running");
  cues.follow("capturing", "failed", "sound");
  cues.close();
  mock.timers.tick(10_000);
  assert.equal(device.made[0].state, "closed");
});

test("a device without sound or vibration has none", () => {
  device.silent = true;
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: {} });
  const cues = new Cues();
  cues.prepare("sound vibration");
  cues.follow("positioning", "capturing", "sound vibration");
  cues.follow("capturing", "done", "sound vibration");
  cues.close();
  assert.deepEqual([heard(), felt()], [[], []]);
});
