// <liveness-check> that its page no longer shows: the camera is on only while somebody can see that it is.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertClean } from "./lib/expect.mjs";
import { HELD, QUICK, SLOW, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

describe("the element, unseen", () => {
  const world = suite();
  const { shop, events, told, inState } = shops(world);

  const live = (visit) => visit.page.evaluate(() => globalThis.__record.tracks.filter(({ readyState }) => readyState === "live").length);
  const check = (attributes) => `<liveness-check id="check" ${attributes}></liveness-check>`;

  for (const [how, body, hide] of [
    ["its dialog is closed by the page's own button", `<dialog open>${check(SLOW)}<form method="dialog"><button id="close">Close</button></form></dialog>`, () => document.getElementById("close").click()],
    ["it is hidden", check(SLOW), () => (globalThis.check.hidden = true)],
    ["the <details> around it are closed", `<details open><summary>Check</summary>${check(SLOW)}</details>`, () => (document.querySelector("details").open = false)],
    ["what is around it is not displayed, while it is scrolled out of sight", `<div>${check(SLOW)}</div><p class="far">Text</p>`, async () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(".far { margin-block: 3000px }");
      document.adoptedStyleSheets = [sheet];
      document.querySelector(".far").scrollIntoView();
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      document.querySelector("div").hidden = true;
    }],
  ]) {
    test(`${how}: the check is cancelled, and the camera is off`, async () => {
      const visit = await shop(body);
      await visit.page.click("#start");
      await inState(visit, "positioning");
      assert.equal(await live(visit) > 0, true);
      await visit.page.evaluate(hide);
      await told(visit, "liveness-cancel", "check", 5_000);
      assert.equal(await live(visit), 0);
      await assertClean(visit, { consoleErrors: [HELD] });
    });
  }

  for (const [how, body, change] of [
    ["moved within the page, hidden for a moment, and scrolled out of sight", `${check(QUICK)}<p class="far">Text</p><div id="place"></div>`, async () => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      document.getElementById("place").append(globalThis.check);
      await frame();
      globalThis.check.hidden = true;
      await frame();
      globalThis.check.hidden = false;
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("#place { margin-block-start: 3000px }");
      document.adoptedStyleSheets = [sheet];
    }],
    ["without a box of its own", check(QUICK), () => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync("liveness-check, liveness-check::part(root) { display: contents }");
      document.adoptedStyleSheets = [sheet];
    }],
    ["in the background, where the page has put its notice elsewhere", check(`mode="background" ${QUICK}`), () => (globalThis.check.hidden = true)],
  ]) {
    test(`${how}: the check goes on to its verdict`, async () => {
      const visit = await shop(body);
      await visit.page.evaluate(() => globalThis.check.start());
      await inState(visit, "positioning");
      await visit.page.evaluate(change);
      assert.match((await told(visit, "liveness-result")).verdict.verdict, VERDICT);
      assert.deepEqual(await events(visit, "liveness-cancel"), []);
      await assertClean(visit);
    });
  }
});
