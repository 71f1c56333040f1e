// Where the focus of <liveness-check> goes: to what is shown, and never nowhere.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coveredAndOther } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { HELD, QUICK, SLOW, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

describe("the element's focus", () => {
  const world = suite();
  const { shop, events, told, inState } = shops(world);

  const active = (visit) => visit.page.evaluate(() => {
    const focused = globalThis.check.shadowRoot.activeElement;
    return focused && (focused.id || focused.className);
  });
  /** As long as a browser takes to see that what has the focus is gone. */
  const seen = (visit) => visit.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

  for (const [result, where, expected, said] of [
    ["shown", "the next button", "start", /(A live person was|No live person was) detected|No clear answer/],
    ["server", "the whole, for there is no second try", "app", /The check is complete/],
  ]) {
    test(`a page that shows the result="${result}" itself: it is said all the same, and the focus goes to ${where}`, async () => {
      const visit = await shop(`<liveness-check id="check" result="${result}" ${QUICK}></liveness-check>`);
      await visit.page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`[data-for="success"] { display: none; }`);
        const { shadowRoot } = globalThis.check;
        shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet];
      });
      await visit.page.focus("#start");
      await visit.page.keyboard.press("Enter");
      await told(visit, "liveness-result");
      await seen(visit);
      assert.equal(await active(visit), expected);
      assert.match(await visit.page.textContent("#announcer"), said);
      await assertClean(visit);
    });
  }

  for (const [slot, expected] of [["", "intro-title"], [`<h2 slot="start">Our own start</h2>`, "notice"]]) {
    for (const [how, disable] of [["itself", () => (globalThis.check.disabled = true)], ["its fieldset", () => (document.querySelector("fieldset").disabled = true)]]) {
      test(`a check that ends because ${how} is disabled leaves the focus with ${expected}`, async () => {
        const visit = await shop(`<fieldset><liveness-check id="check" ${SLOW}>${slot}</liveness-check></fieldset>`);
        await visit.page.focus("#start");
        await visit.page.keyboard.press("Enter");
        await inState(visit, "positioning");
        assert.equal(await visit.focused(), "cancel");
        await visit.page.evaluate(disable);
        await told(visit, "liveness-cancel");
        await seen(visit);
        assert.equal(await visit.focused(), expected);
        await assertClean(visit, { consoleErrors: [HELD] });
      });
    }
  }

  for (const [how, disable] of [["itself", () => (globalThis.check.disabled = true)], ["its fieldset", () => (document.querySelector("fieldset").disabled = true)]]) {
    test(`${how} is disabled while no check runs: the focus goes from Start or the list to the heading, and none is taken from the page`, async () => {
      for (const [from, expected] of [["#start", "intro-title"], ["#camera", "intro-title"], ["#other", null]]) {
        const visit = await shop(`<input id="other"><fieldset><liveness-check id="check" ${QUICK}></liveness-check></fieldset>`, { init: [[coveredAndOther]] });
        await visit.page.waitForSelector("#camera");
        await visit.page.focus(from);
        await visit.page.evaluate(disable);
        await seen(visit);
        assert.equal(await active(visit), expected, from);
        await assertClean(visit);
      }
    });
  }

  for (const disable of ["check.disabled = true", `document.querySelector("fieldset").disabled = true`]) {
    test(`a check that nobody has pressed Start for, and whose Cancel has the focus, leaves it with the heading: ${disable}`, async () => {
      const visit = await shop(`<fieldset><liveness-check id="check" ${SLOW}></liveness-check></fieldset>`);
      await visit.page.evaluate(() => globalThis.check.start());
      await inState(visit, "positioning");
      await visit.page.focus("#cancel");
      await visit.page.evaluate(disable);
      await told(visit, "liveness-cancel");
      await seen(visit);
      assert.equal(await active(visit), "intro-title");
      await assertClean(visit, { consoleErrors: [HELD] });
    });
  }

  for (const [what, attributes, event, under] of [
    ["a result", QUICK, "liveness-result", ["result-text"]],
    ["a failure", `fps="99"`, "liveness-error", ["problem-advice"]],
  ]) {
    test(`who gets the focus on the heading of ${what} is told what is under it, too`, async () => {
      const visit = await shop(`<liveness-check id="check" ${attributes}></liveness-check>`);
      await visit.page.focus("#start");
      await visit.page.keyboard.press("Enter");
      await told(visit, event);
      const cdp = await visit.page.context().newCDPSession(visit.page);
      const { nodes } = await cdp.send("Accessibility.getFullAXTree");
      const focused = nodes.find(({ properties = [] }) => properties.some(({ name, value }) => name === "focused" && value.value) && properties.some(({ name }) => name === "level"));
      const shown = await visit.page.evaluate((ids) => ids.map((id) => globalThis.check.shadowRoot.getElementById(id).innerText).join(" "), under);
      assert.ok(shown.length > 20, shown);
      const plain = (text) => text.replace(/\s+/g, " ").trim();
      assert.equal(plain(focused?.description?.value ?? ""), plain(shown));
      await assertClean(visit);
    });
  }

  test("an element that is disabled after a result leaves the focus with the result", async () => {
    const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>`);
    await visit.page.click("#start");
    await told(visit, "liveness-result");
    await visit.page.focus("#start");
    await visit.page.evaluate(() => (globalThis.check.disabled = true));
    await seen(visit);
    assert.equal(await active(visit), "result-title");
    await assertClean(visit);
  });

  test("three cameras: arrows only look, Enter chooses, and the focus stays until pictures are taken", async () => {
    const visit = await shop(`<liveness-check id="check" ${SLOW}></liveness-check>`, { init: [[coveredAndOther, ["a", "b", "c"]]] });
    const { keyboard } = visit.page;
    const asked = () => visit.page.evaluate(() => globalThis.__asked.join());
    const chosen = () => visit.page.evaluate(() => globalThis.check.shadowRoot.getElementById("camera").value);
    await visit.page.evaluate(() => (globalThis.check.options = { timeouts: { help: 400 } }));
    await visit.page.focus("#start");
    await keyboard.press("Enter");
    await inState(visit, "positioning");
    await visit.page.waitForSelector("#camera", { timeout: 20_000 });
    await visit.page.focus("#camera");
    await keyboard.press("ArrowDown");
    // Whatever is reported meanwhile.
    await visit.page.waitForTimeout(600);
    assert.deepEqual([await asked(), await chosen(), await visit.focused()], ["a", "b", "camera"], "on the way");
    await keyboard.press("ArrowUp");
    await keyboard.press("Enter");
    await visit.page.waitForTimeout(200);
    assert.deepEqual([await asked(), (await events(visit, "liveness-state")).filter(({ state }) => state === "requesting-camera").length], ["a", 1], "there and back");
    await keyboard.press("End");
    await visit.page.evaluate(() => void (globalThis.__record.cameraHold = new Promise((done) => (globalThis.__record.answer = done))));
    await keyboard.press("Enter");
    await visit.page.waitForFunction(() => globalThis.__asked.length === 2);
    await inState(visit, "requesting-camera");
    assert.deepEqual([await asked(), await visit.focused(), await visit.page.isVisible("#camera")], ["a,c", "camera", true], "while it is opened");
    await visit.page.evaluate(() => globalThis.__record.answer());
    await inState(visit, "capturing");
    assert.deepEqual([await visit.focused(), await visit.page.isVisible("#camera")], ["cancel", false], "pictures are taken");
    assert.match((await told(visit, "liveness-result")).verdict.verdict, VERDICT);
    assert.equal(await visit.focused(), "result-title");
    assert.deepEqual(await events(visit, "liveness-cancel"), []);
    assert.equal(await visit.page.evaluate(() => globalThis.check.deviceId), "c");
  });

  for (const mode of ["open", "closed"]) {
    test(`in a page's ${mode} shadow tree the focus of what is in a slot is the element's`, async () => {
      const visit = await shop(`<div id="check"></div>`);
      const focused = (state) => visit.page.waitForFunction((state) => globalThis.inner.snapshot.state === state, state, { timeout: 20_000, polling: 20 })
        .then(() => visit.page.evaluate(() => globalThis.inner.shadowRoot.activeElement?.id));
      await visit.page.evaluate(([mode, attributes]) => {
        const root = document.getElementById("check").attachShadow({ mode });
        root.innerHTML = `<liveness-check ${attributes}><label slot="consent"><input type="checkbox"></label></liveness-check>`;
        globalThis.inner = root.querySelector("liveness-check");
        root.querySelector("input").focus();
        globalThis.inner.start();
      }, [mode, SLOW]);
      assert.equal(await focused("positioning"), "cancel");
      await visit.page.evaluate(() => globalThis.inner.cancel());
      assert.equal(await focused("cancelled"), "start");
      await assertClean(visit, { consoleErrors: [HELD] });
    });
  }

  test("who leaves the list of cameras has chosen what it stands at; Escape has not", async () => {
    const visit = await shop(`<liveness-check id="check" ${SLOW}></liveness-check>`, { init: [[coveredAndOther, ["a", "b", "c"]]] });
    const { keyboard } = visit.page;
    const deviceId = () => visit.page.evaluate(() => globalThis.check.deviceId);
    await visit.page.waitForSelector("#camera");
    await visit.page.focus("#camera");
    await keyboard.press("ArrowDown");
    assert.equal(await deviceId(), null);
    await keyboard.press("Tab");
    assert.equal(await deviceId(), "b");
    await visit.page.focus("#camera");
    await keyboard.press("ArrowDown");
    const stands = () => visit.page.evaluate(() => globalThis.check.shadowRoot.getElementById("camera").value);
    assert.equal(await stands(), "c");
    await keyboard.press("Escape");
    assert.equal(await stands(), "b", "it shows the camera that Start opens");
    await keyboard.press("Tab");
    assert.equal(await deviceId(), "b");
    await visit.page.selectOption("#camera", "c");
    assert.equal(await deviceId(), "c", "an open list is answered at once");
  });
});
