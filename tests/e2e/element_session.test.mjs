// <liveness-check> with sessions that the page has opened: each start has one of its own.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { suite } from "./lib/suite.mjs";

describe("the element, with sessions of the page's", () => {
  const world = suite();
  const { embed } = integrator(world);

  test("a session that is opened at each start: a verdict each, whatever became of the one before", async () => {
    const visit = await embed(`<body><liveness-check id="check" model="mixed-10-v2" fps="15"></liveness-check><script type="module" src="/liveness-capture/element.js"></script>`, { camera: drawnCamera() });
    /** Waits for the next end of the check; returns what was told of it. */
    const ended = async (what) => {
      await visit.page.waitForFunction(() => globalThis.__ends?.length > 0, null, { timeout: 30_000, polling: 20 });
      const [[type, detail]] = await visit.page.evaluate(() => globalThis.__ends.splice(0));
      assert.equal(type, what, JSON.stringify(detail));
      return detail;
    };
    const set = await visit.page.evaluate(() => {
      const check = document.getElementById("check");
      globalThis.__ends = [];
      check.addEventListener("liveness-error", ({ type, detail: { code, detail, title } }) => globalThis.__ends.push([type, { code, detail, title }]));
      check.addEventListener("liveness-result", ({ type, detail }) => globalThis.__ends.push([type, detail]));
      const open = async ({ signal }) => {
        globalThis.__asked = (globalThis.__asked ?? 0) + 1;
        if (globalThis.__down) throw new Error("HTTP 503");
        const answer = await fetch("/api/v1/sessions", { method: "POST", signal, headers: { "content-type": "application/json" }, body: '{"model":"mixed-10-v2"}' });
        const { data } = await answer.json();
        return { id: data.session_id, token: data.token };
      };
      // What is set last counts.
      check.session = { id: "a", token: "b" };
      check.session = open;
      const found = [check.session === open, check.hasAttribute("session-id"), check.hasAttribute("session-token")];
      check.setAttribute("session-id", "c");
      found.push(check.session === null, typeof check.session);
      check.session = open;
      check.session = null;
      found.push(check.session);
      check.session = open;
      globalThis.__down = true;
      return found;
    });
    assert.deepEqual(set, [true, false, false, true, "object", null]);
    await visit.page.click("#start");
    const { code, detail, title } = await ended("liveness-error");
    assert.deepEqual([code, detail], ["network_error", "session: Error: HTTP 503"]);
    assert.equal(await visit.page.textContent("#problem-title"), title);
    assert.deepEqual(await visit.page.evaluate(() => [globalThis.__record.cameraCalls, globalThis.__asked]), [0, 1]);
    await visit.page.evaluate(() => (globalThis.__down = false));
    const ids = new Set();
    for (const round of [1, 2]) {
      // Try again, under a failure and under a result.
      await visit.page.click("#start");
      ids.add((await ended("liveness-result")).sessionId);
      assert.equal(await visit.page.evaluate(() => globalThis.__asked), round + 1);
    }
    assert.equal(ids.size, 2);
    await assertClean(visit);
  });
});
