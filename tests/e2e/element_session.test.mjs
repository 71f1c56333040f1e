// <liveness-check> with sessions that the page has opened: each start has one of its own.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coveredAndOther, drawnCamera } from "./lib/camera.mjs";
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

  test("another camera is chosen in the same check: its session stays", async () => {
    const visit = await embed(`<body><liveness-check id="check" model="mixed-10-v2" fps="15"></liveness-check><script type="module" src="/liveness-capture/element.js"></script>`, { camera: drawnCamera(), init: [[coveredAndOther]] });
    await visit.page.evaluate(() => {
      const check = document.getElementById("check");
      globalThis.__opened = [];
      globalThis.__states = [];
      check.addEventListener("liveness-state", ({ detail }) => globalThis.__states.push(detail.state));
      check.addEventListener("liveness-result", ({ detail }) => (globalThis.__result = detail));
      check.options = { timeouts: { help: 400 } };
      check.session = async ({ signal }) => {
        const answer = await fetch("/api/v1/sessions", { method: "POST", signal, headers: { "content-type": "application/json" }, body: '{"model":"mixed-10-v2"}' });
        const { data } = await answer.json();
        globalThis.__opened.push(data.session_id);
        return { id: data.session_id, token: data.token };
      };
    });
    await visit.page.click("#start");
    await visit.page.waitForFunction(() => document.getElementById("check").snapshot.help === "another-camera", null, { timeout: 20_000, polling: 20 });
    await visit.page.selectOption("#camera", "b");
    await visit.page.waitForFunction(() => globalThis.__result, null, { timeout: 30_000, polling: 20 });
    const { opened, of } = await visit.page.evaluate(() => ({ opened: globalThis.__opened, of: globalThis.__result.sessionId }));
    assert.deepEqual(opened, [of]);
    const states = await visit.page.evaluate(() => globalThis.__states);
    assert.equal(states.filter((state) => state === "requesting-camera").length, 2);
    assert.ok(!states.some((state) => /idle|cancelled/.test(state)), `only retry() is another attempt: ${states}`);
    await assertClean(visit);
  });

  test("in a frame each start asks the page around it, and is answered by a session of its own, or by none", async () => {
    const { origin } = world.proxy;
    // As the gateway answers a page that it allows.
    const html = (await (await fetch(`${origin}/embed.html`)).text()).replace(`name="liveness-parent" content=""`, `name="liveness-parent" content="${origin}"`);
    const frame = { status: 200, headers: { "content-type": "text/html" }, body: html };
    world.proxy.rules.push(({ path }) => (path.startsWith("/embed?") ? frame : undefined));
    const visit = await embed(`<body><div id="check"></div>`, { camera: drawnCamera() });
    await visit.page.evaluate(async () => {
      const { mountLivenessFrame } = await import("/liveness-capture/frame.js");
      globalThis.__told = [];
      globalThis.__answers = [null];
      const open = async () => {
        const answer = await fetch("/api/v1/sessions", { method: "POST", headers: { "content-type": "application/json" }, body: '{"model":"mixed-10-v2"}' });
        const { data } = await answer.json();
        return { id: data.session_id, token: data.token };
      };
      const frame = mountLivenessFrame(document.getElementById("check"), {
        gateway: location.origin,
        model: "mixed-10-v2",
        fps: 15,
        askSession: true,
        onSession: async ({ request }) => {
          const session = __answers.length > 0 ? __answers.shift() : await open();
          __told.push(["session", session?.id ?? null]);
          frame.set({ session, request });
        },
        onError: ({ code }) => __told.push(["error", code]),
        onResult: ({ sessionId }) => __told.push(["result", sessionId]),
      });
    });
    const start = visit.page.frameLocator("iframe").locator("#start");
    for (const [round, last] of ["error", "result", "result"].entries()) {
      await start.click();
      await visit.page.waitForFunction((many) => globalThis.__told.length === many, 2 * (round + 1), { timeout: 30_000, polling: 20 });
      const [[asked, id], [end, of]] = await visit.page.evaluate(() => globalThis.__told.slice(-2));
      assert.deepEqual([asked, end, of], ["session", last, id ?? "network_error"]);
    }
    await assertClean(visit);
  });
});
