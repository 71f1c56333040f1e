// What a page sets on <liveness-check>, and when it counts.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertClean } from "./lib/expect.mjs";
import { QUICK, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

describe("the element's settings", () => {
  const world = suite();
  const { shop, told, inState } = shops(world);

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
