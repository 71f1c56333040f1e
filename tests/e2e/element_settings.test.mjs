// What a page sets on <liveness-check>, and when it counts.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coveredAndOther } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { QUICK, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

describe("the element's settings", () => {
  const world = suite();
  const { shop, events, told, inState } = shops(world);

  const look = (visit) =>
    visit.page.evaluate(() => {
      const { check } = globalThis;
      const part = (id) => check.shadowRoot.getElementById(id);
      const { source, mirrored } = check.shadowRoot.querySelector(".app").dataset;
      return { source, mirrored: mirrored !== undefined, badge: part("badge").textContent, title: part("result-title").textContent };
    });

  for (const [before, meanwhile] of [["server", "shown"], ["shown", "server"]]) {
    test(`with result="${before}" and a camera at its start, that is how a check ends, whatever the page sets meanwhile`, async () => {
      const withheld = before === "server";
      const visit = await shop(`<liveness-check id="check" result="${before}" ${QUICK}></liveness-check>`);
      await visit.page.click("#start");
      await inState(visit, "capturing");
      const camera = await look(visit);
      assert.deepEqual([camera.source, camera.mirrored], ["camera", true]);
      await visit.page.evaluate((result) => Object.assign(globalThis.check, { result, source: "/later.mp4" }), meanwhile);
      assert.deepEqual(await look(visit), camera, "the same check");
      const { verdict } = await told(visit, "liveness-result");
      if (withheld) assert.equal(verdict, null);
      else assert.match(verdict.verdict, VERDICT);
      const { title, source } = await look(visit);
      assert.deepEqual([title === "The check is complete", source], [withheld, "camera"]);
      assert.equal(await visit.page.evaluate(() => globalThis.check.snapshot.verdict === null), withheld);
      await visit.page.evaluate(() => globalThis.check.reset());
      const next = await look(visit);
      assert.deepEqual([next.source, next.mirrored], ["file", false], "the next one");
      await assertClean(visit);
    });
  }

  test("another camera is no start: what the page has set meanwhile does not count for the check that goes on with it", async () => {
    const visit = await shop(`<liveness-check id="check" result="server" ${QUICK}></liveness-check>`, { init: [[coveredAndOther]] });
    await visit.page.evaluate(() => (globalThis.check.options = { timeouts: { help: 400 } }));
    await visit.page.click("#start");
    await visit.page.waitForSelector("#camera", { timeout: 20_000 });
    await visit.page.waitForFunction(() => globalThis.check.snapshot.help === "another-camera", null, { timeout: 20_000, polling: 20 });
    await visit.page.evaluate(() => {
      Object.assign(globalThis.check, { result: "shown", model: "mixed-30-v2", fps: -1, session: { id: "another", token: "session" } });
      globalThis.check.options = { rememberCamera: "maybe" };
    });
    await visit.page.selectOption("#camera", "b");
    assert.equal((await told(visit, "liveness-result")).verdict, null);
    assert.deepEqual([await visit.page.evaluate(() => globalThis.__asked.join()), await events(visit, "liveness-error")], ["a,b", []]);
    // The next start takes all of it.
    await visit.page.evaluate(() => globalThis.check.retry());
    assert.equal((await told(visit, "liveness-error")).code, "invalid_options");
    await assertClean(visit);
  });

  test('auto-start="false", which a framework writes that is to bind `false`, opens no camera', async () => {
    const visit = await shop(`<liveness-check id="check" auto-start="false" ${QUICK}></liveness-check>`);
    const starts = () => visit.page.evaluate(() => [globalThis.check.autoStart, globalThis.check.getAttribute("auto-start")]);
    assert.deepEqual(await starts(), [false, "false"]);
    for (const [value, expected] of [["false", null], [false, null], [true, ""]]) {
      await visit.page.evaluate((value) => (globalThis.check.autoStart = value), value);
      assert.deepEqual(await starts(), [value === true, expected]);
    }
    await visit.page.waitForTimeout(500);
    assert.deepEqual(await visit.page.evaluate(() => [globalThis.check.snapshot.state, globalThis.__record.cameraCalls]), ["idle", 0]);
    // Any other text is what it always was.
    await visit.page.evaluate(() => {
      globalThis.check.setAttribute("auto-start", "true");
      document.body.append(globalThis.check);
    });
    await told(visit, "liveness-result");
    await assertClean(visit);
  });
});
