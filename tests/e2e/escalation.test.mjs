// A borderline verdict leads to a closer look within the same check.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerWith } from "./lib/answers.mjs";
import { assertClean, assertCrops } from "./lib/expect.mjs";
import { NETWORK_NOISE, assertDecided, assertFails, integrator } from "./lib/integrator.mjs";
import { apiError, isComplete, isOpen, newestRun } from "./lib/proxy.mjs";
import { suite } from "./lib/suite.mjs";

const MODELS = ["mixed-10-v2", "mixed-30-v2", "mixed-60-v2"];
/** A pause before each answer makes it plain that the camera stays on. */
const PAUSE_MS = 400;

describe("escalation", () => {
  const world = suite();
  const { check } = integrator(world);

  /** The verdicts and scores of the completed sessions, in their order; the last one stands for all that follow. */
  function answer(...scores) {
    world.proxy.rules.push((exchange) => {
      if (!isComplete(exchange)) return undefined;
      const [verdict, score] = scores.length > 1 ? scores.shift() : scores[0];
      return { delayMs: PAUSE_MS, rewrite: (given) => (given.status === 200 ? answerWith(given, verdict, score) : given) };
    });
  }
  const opened = () => world.proxy.exchanges.filter(isOpen).map(({ body }) => JSON.parse(body).model);
  const cropsOf = (id) => newestRun(world.proxy.crops().filter(({ path }) => path.includes(id)));

  test("two borderline verdicts, then the one that counts, look like one capture with one camera", async () => {
    answer(["fake", 50], ["inconclusive", 90], ["live", 66]);
    const done = await check({ model: undefined, escalation: {} });
    await assertDecided(done);
    const { verdict, states } = done.result;
    assert.deepEqual(opened(), MODELS);
    assert.deepEqual([verdict.verdict, verdict.score], ["live", 66], "borderline, but the last");
    assert.deepEqual(verdict.earlier.map(({ verdict, score }) => [verdict, score]), [["fake", 50], ["inconclusive", 90]]);
    const sessions = [...verdict.earlier, verdict].map(({ sessionId }) => sessionId);
    assert.equal(new Set(sessions).size, 3);
    for (const [step, count] of [10, 30, 60].entries()) assertCrops(cropsOf(sessions[step]), count);
    assert.deepEqual(states.slice(states.indexOf("capturing")), ["capturing", "uploading", "verifying", "done"]);
    assert.equal(await done.visit.allTracks(), 1);
    assert.ok(!world.proxy.exchanges.some(({ method }) => method === "DELETE"), "nothing to give back");
  });

  test("a clear verdict ends the check, and the band is the page's", async () => {
    answer(["fake", 39.9]);
    const done = await check({ escalation: { steps: ["mixed-30-v2"], band: [40, 60] } });
    await assertDecided(done);
    assert.deepEqual(opened(), ["mixed-10-v2"]);
    assert.deepEqual([done.result.verdict.verdict, done.result.verdict.earlier], ["fake", []]);
    assert.equal(done.result.states.at(-2), "capturing", "nothing was told of the camera that was still on");
  });

  test("by the documented endpoint each step is a request with pictures of its own", async () => {
    const bodies = [];
    world.proxy.rules.push(({ path, body }) => {
      if (path !== "/api/v1/fast-check-crops") return undefined;
      bodies.push(JSON.parse(body));
      return { rewrite: (given) => answerWith(given, "fake", bodies.length > 1 ? 10 : 50) };
    });
    const done = await check({ transport: "crops", escalation: { steps: ["mixed-30-v2"] } });
    await assertDecided(done);
    assert.deepEqual(bodies.map(({ model, crops }) => [model, crops.length]), [["mixed-10-v2", 10], ["mixed-30-v2", 30]]);
    assert.notEqual(bodies[0].session_id, bodies[1].session_id);
    assert.deepEqual(done.result.verdict.earlier.map(({ score }) => score), [50]);
  });

  test("what fails in a further step fails the check, and gives its session back", async () => {
    answer(["live", 79]);
    world.proxy.rules.unshift((exchange) => (isComplete(exchange) && opened().length > 1 ? apiError(500, "verdict_lost", "Lost.") : undefined));
    await assertFails(await check({ escalation: { steps: ["mixed-30-v2"] } }), "verdict_lost", NETWORK_NOISE);
  });

  test("a cancel while a verdict is awaited releases the camera", async () => {
    let visit = null;
    const live = new Promise((resolve) => {
      world.proxy.rules.push((exchange) => {
        if (!isComplete(exchange)) return undefined;
        // Read from the page while the answer is held.
        const release = visit.liveTracks().then(async (tracks) => {
          resolve(tracks);
          await visit.page.evaluate(() => dispatchEvent(new Event("stop-it")));
        });
        return { release };
      });
    });
    const { embed } = integrator(world);
    visit = await embed(`<body><video playsinline muted></video><script type="module">
      import { LivenessCheck } from "/liveness-capture/index.js";
      const check = new LivenessCheck({ video: document.querySelector("video"), fps: 15, escalation: { steps: ["mixed-30-v2"] } });
      addEventListener("stop-it", () => check.cancel());
      check.result.catch(({ code }) => (document.title = code));
      check.start();
    </script>`);
    assert.equal(await live, 1, "the camera stays on for a further step");
    await visit.page.waitForFunction(() => document.title === "cancelled");
    await assertClean(visit, { consoleErrors: NETWORK_NOISE });
  });

  test("steps that make no sense are refused by name, before anything starts", async () => {
    for (const [options, word] of [
      [{ escalation: { steps: ["mixed-31-v2"] } }, 'escalation.steps: unknown model "mixed-31-v2"'],
      [{ escalation: { steps: ["mixed-60-v2", "mixed-30-v2"] } }, "escalation.steps: mixed-30-v2"],
      [{ model: "mixed-60-v2", escalation: {} }, "escalation.steps: there must be"],
      [{ model: "no-such-model", escalation: {} }, 'model: unknown model "no-such-model"'],
      [{ session: { id: "s", token: "t" }, escalation: {} }, "escalation: a session"],
    ]) {
      const failed = await check(options);
      await assertFails(failed, "invalid_options");
      assert.ok(failed.result.detail.startsWith(word), failed.result.detail);
      assert.equal(await failed.visit.allTracks(), 0, "no camera was asked for");
    }
  });
});
