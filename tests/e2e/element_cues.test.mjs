// The signals of <liveness-check>, as a person hears and feels them; what they are is in tests/js/cues.test.mjs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertClean } from "./lib/expect.mjs";
import { QUICK, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

/** Notes the tones and vibrations in `__felt`. */
function feeling() {
  const felt = (globalThis.__felt = []);
  Object.defineProperty(navigator, "vibrate", { value: (pattern) => (felt.push(`vibration ${pattern}`), true) });
  globalThis.OscillatorNode = class extends OscillatorNode {
    constructor(sound, options) {
      super(sound, options);
      felt.push(`tone ${options.frequency}`);
    }
  };
}

const FOUND = ["vibration 60", "tone 660", "tone 880"];
const TAKEN = ["vibration 120", "tone 660", "tone 880", "tone 1320"];
const FAILED = ["vibration 200,80,200", "tone 440", "tone 330"];

describe("the element's cues", () => {
  const world = suite();
  const { shop, told } = shops(world);

  for (const [cues, kind] of [["sound vibration", /./], ["vibration", /vibration/], ["sound", /tone/], ["", /^$/]]) {
    test(`cues="${cues}": the face is in place, all pictures are taken, it has failed`, async () => {
      const visit = await shop(`<liveness-check id="check" cues="${cues}" ${QUICK}></liveness-check>`, { init: [[feeling]] });
      const felt = () => visit.page.evaluate(() => globalThis.__felt.splice(0));
      const wanted = (all) => all.filter((one) => kind.test(one));
      await visit.page.click("#start");
      await told(visit, "liveness-result");
      const all = await felt();
      // A busy machine may lose the face in between.
      const [first, last] = [wanted(FOUND), wanted(TAKEN)];
      assert.deepEqual([all.slice(0, first.length), all.slice(all.length - last.length)], [first, last], `${all}`);
      if (!cues) assert.deepEqual(all, []);
      await visit.page.evaluate(() => (globalThis.check.fps = 99));
      await visit.page.click("#start");
      await told(visit, "liveness-error");
      assert.deepEqual(await felt(), wanted(FAILED));
      await assertClean(visit);
    });
  }
});
