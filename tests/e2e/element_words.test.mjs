// The words of <liveness-check> that are a page's own, in whatever language, and what of them is said how often.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertClean } from "./lib/expect.mjs";
import { HELD, QUICK, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

describe("the element's words", () => {
  const world = suite();
  const { shop, events, told, inState } = shops(world);

  const CHECK = `<liveness-check id="check" ${QUICK}></liveness-check>`;
  const app = (visit) => visit.page.$eval("#check >> .app", ({ lang, dir }) => ({ lang, dir }));
  const inLanguage = (visit, tag) => visit.page.waitForFunction((tag) => document.getElementById("check").shadowRoot.querySelector(".app[data-ready]")?.lang === tag, tag, { timeout: 5_000 });

  test("a page that has its own words for some states, verdicts and numbers gets its result, in the package's words where it has none", async () => {
    const visit = await shop(CHECK);
    await visit.page.evaluate(() => (globalThis.check.words = { element: { states: { positioning: ["Into place", ""] }, fileStates: {}, verdicts: {}, taken: { one: "{n}" }, sent: {}, timeLeft: {} }, spoken: null }));
    await visit.page.click("#start");
    const { verdict } = await told(visit, "liveness-result");
    assert.match(verdict.verdict, VERDICT);
    assert.match(await visit.page.textContent("#result-title"), /\w/);
    await assertClean(visit);
  });

  test("words that cannot be used are reported, and keep no page from its result and no camera on", async () => {
    const visit = await shop(CHECK);
    await visit.page.evaluate(() => (globalThis.check.words = { element: { verdicts: 5, states: 5 } }));
    await visit.page.click("#start");
    const { sessionId, verdict } = await told(visit, "liveness-result");
    assert.match(verdict.verdict, VERDICT);
    assert.equal(await visit.page.evaluate(() => globalThis.check.value), sessionId);
    assert.ok((await events(visit, "liveness-state")).some(({ state }) => state === "capturing"));
    assert.ok(visit.pageErrors.splice(0).length > 0, "the fault is reported");
    await assertClean(visit);
  });

  for (const [how, attributes, words, event, shown, text] of [
    ["a result", QUICK, { verdicts: 5 }, "liveness-result", "result-title", /A live person|No live person|No clear answer/],
    ["a result in the background", `${QUICK} mode="background"`, { states: { capturing: 5, uploading: 5, verifying: 5 }, verdicts: 5 }, "liveness-result", "result-title", /A live person|No live person|No clear answer/],
    ["a failure", `fps="-1"`, { failures: { invalid_options: 5 } }, "liveness-error", "problem-title", /\w/],
  ]) {
    test(`words that cannot be used: ${how} takes the place of the running check all the same, in the package's words`, async () => {
      const visit = await shop(`<liveness-check id="check" ${attributes}></liveness-check>`);
      const parts = () => visit.page.evaluate((shown) => {
        const part = (id) => globalThis.check.shadowRoot.getElementById(id);
        const view = part(shown).closest(".view");
        return { cancel: part("cancel").hidden, start: part("start").hidden, pill: part("pill").hidden, view: view.hidden, text: part(shown).textContent };
      }, shown);
      await visit.page.evaluate(({ failures, ...element }) => (globalThis.check.words = { element, failures }), words);
      await visit.page.evaluate(() => globalThis.check.start());
      await told(visit, event);
      const { text: said, ...hidden } = await parts();
      assert.deepEqual(hidden, { cancel: true, start: false, pill: true, view: false });
      assert.match(said, text);
      assert.ok(visit.pageErrors.splice(0).length > 0, "the fault is reported");
      await assertClean(visit);
    });
  }

  test("words that are none: a page that ends the check when that is reported sees no more of it", async () => {
    const visit = await shop(CHECK);
    await visit.page.evaluate(() => {
      const { check } = globalThis;
      check.words = { element: { states: 5 } };
      addEventListener("error", () => check.cancel(), { once: true });
      check.start();
    });
    await told(visit, "liveness-cancel");
    const view = () => visit.page.evaluate(() => [globalThis.check.snapshot.state, globalThis.check.shadowRoot.querySelector(".app").dataset.view]);
    assert.deepEqual(await view(), ["cancelled", "start"]);
    assert.deepEqual((await events(visit, "liveness-state")).map(({ state }) => state), ["requesting-camera", "cancelled"]);
    assert.ok(visit.pageErrors.splice(0).length > 0, "the fault is reported");
    await assertClean(visit);
  });

  test("a failure is shown in the words of now: another language's, the page's own, and English again", async () => {
    const visit = await shop(`<liveness-check id="check" locale="de" ${QUICK}></liveness-check>`, { camera: null });
    await inLanguage(visit, "de");
    await visit.page.click("#start");
    const { code, title } = await told(visit, "liveness-error");
    assert.deepEqual([code, /Kamera/.test(title)], ["camera_not_found", true]);
    const shown = () => visit.page.evaluate(() => ["#problem-title", "ul"].map((part) => globalThis.check.shadowRoot.querySelector(`[data-for="failure"]`).querySelector(part).textContent).join(" "));
    assert.match(await shown(), new RegExp(title));
    await visit.page.evaluate(() => (globalThis.check.locale = "en"));
    await inLanguage(visit, "en");
    const english = await shown();
    assert.ok(/camera/.test(english) && !/Kamera/.test(english), english);
    await visit.page.evaluate(() => (globalThis.check.words = { failures: { camera_not_found: ["None here", "Bring one."] } }));
    assert.match(await shown(), /None here.*Bring one\./);
    await visit.page.evaluate(() => (globalThis.check.words = null));
    assert.equal(await shown(), english);
    await assertClean(visit);
  });

  test("words in a language that the package has none of are marked as that language, and run its way", async () => {
    const visit = await shop(`<liveness-check id="check" locale="he" ${QUICK}></liveness-check>`);
    await inLanguage(visit, "en");
    assert.deepEqual(await app(visit), { lang: "en", dir: "ltr" }, "English, as long as there are no others");
    await visit.page.evaluate(() => (globalThis.check.words = { lang: "he", element: { start: "התחלה" } }));
    assert.deepEqual(await app(visit), { lang: "he", dir: "rtl" });
    assert.equal(await visit.page.textContent("#start"), "התחלה");
    await visit.page.evaluate(() => (globalThis.check.words = { lang: "no tag at all" }));
    assert.deepEqual(await app(visit), { lang: "en", dir: "ltr" });
    // Set before the element is in a page.
    await visit.page.evaluate(() => {
      const late = Object.assign(document.createElement("liveness-check"), { id: "check", words: { lang: "fa" } });
      globalThis.check.replaceWith(late);
    });
    await inLanguage(visit, "fa");
    assert.deepEqual(await app(visit), { lang: "fa", dir: "rtl" });
    await assertClean(visit);
  });

  test("a locale that says nothing counts as absent", async () => {
    const visit = await shop(`<div lang="de"><liveness-check id="check" locale="" ${QUICK}></liveness-check></div>`);
    await inLanguage(visit, "de");
    assert.equal(await visit.page.textContent("#start"), "Starten");
    await assertClean(visit);
  });

  test("what has been said is not said again because a page sets something", async () => {
    const visit = await shop(CHECK);
    const quiet = (when) => visit.page.evaluate(async (when) => {
      const { check } = globalThis;
      const regions = [...check.shadowRoot.querySelectorAll("[role=status], [aria-live]")];
      const written = [];
      const observer = new MutationObserver((records) => written.push(...records.map(({ target }) => target.id || target.parentElement?.id || target.className)));
      for (const region of regions) observer.observe(region, { childList: true, characterData: true, subtree: true });
      check.options = { headers: {} };
      check.words = {};
      check.theme = "dark";
      check.fps = 14;
      check.source = "camera";
      await null;
      return { when, regions: regions.length, said: regions.some(({ textContent }) => textContent.trim()), written };
    }, when);
    await visit.page.click("#start");
    await inState(visit, "capturing");
    await visit.page.click("#cancel");
    await told(visit, "liveness-cancel");
    assert.deepEqual(await quiet("cancelled"), { when: "cancelled", regions: 4, said: true, written: [] });
    await visit.page.evaluate(() => {
      globalThis.check.mode = "background";
      globalThis.check.start();
    });
    await inState(visit, "capturing");
    assert.deepEqual(await quiet("in the background"), { when: "in the background", regions: 4, said: true, written: [] });
    await told(visit, "liveness-result");
    await assertClean(visit, { consoleErrors: [HELD] });
  });
});
