// A press of a button of <liveness-check> that takes another one's place: it counts for the button that was meant.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coveredAndOther } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { refuseToPlay, relayCamera } from "./lib/relay.mjs";
import { HELD, QUICK, SLOW, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

describe("the element's presses", () => {
  const world = suite();
  const { shop, events, told, inState } = shops(world);

  const centre = async (visit, selector) => {
    const { x, y, width, height } = await visit.page.locator(selector).boundingBox();
    return [x + width / 2, y + height / 2];
  };
  /** How often a check was begun, and cancelled. */
  const counts = async (visit) => [(await events(visit, "liveness-state")).filter(({ state }) => state === "requesting-camera").length, (await events(visit, "liveness-cancel")).length];
  const runs = (visit) => visit.page.evaluate(() => ["loading", "positioning", "capturing"].includes(globalThis.check.snapshot.state));
  const phone = { viewport: { width: 360, height: 740 } };

  for (const [how, twice, context] of [
    ["a double click", (page, at) => page.mouse.dblclick(...at), phone],
    ["a double tap", async ({ touchscreen }, at) => (await touchscreen.tap(...at), touchscreen.tap(...at)), { ...phone, hasTouch: true, isMobile: true }],
  ]) {
    test(`${how} on Start starts, and on Cancel cancels`, async () => {
      const visit = await shop(`<meta name="viewport" content="width=device-width"><liveness-check id="check" ${SLOW}></liveness-check>`, { context });
      const start = await centre(visit, "#start");
      await twice(visit.page, start);
      await inState(visit, "capturing");
      assert.deepEqual(await counts(visit), [1, 0]);
      await visit.page.waitForTimeout(800);
      const cancel = await centre(visit, "#cancel");
      assert.ok(Math.hypot(cancel[0] - start[0], cancel[1] - start[1]) < 60, `Cancel is where Start was: ${start}, ${cancel}`);
      await twice(visit.page, cancel);
      await told(visit, "liveness-cancel");
      assert.deepEqual([await counts(visit), await visit.page.evaluate(() => globalThis.check.snapshot.state)], [[1, 1], "cancelled"]);
      await assertClean(visit, { consoleErrors: [HELD] });
    });
  }

  test("Enter that is held on Start starts once", async () => {
    const visit = await shop(`<liveness-check id="check" ${SLOW}></liveness-check>`);
    await visit.page.focus("#start");
    for (let time = 0; time < 4; time += 1) await visit.page.keyboard.down("Enter");
    await inState(visit, "capturing");
    await visit.page.keyboard.down("Enter");
    assert.deepEqual([await counts(visit), await visit.focused(), await runs(visit)], [[1, 0], "cancel", true]);
    await visit.page.keyboard.up("Enter");
    await visit.page.keyboard.press("Enter");
    await told(visit, "liveness-cancel");
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  /**
   * A check whose More time goes, and with it the focus, because somebody comes into view; what has it then is pressed
   * at once, and again after each of the pauses. Returns the states after each press, too.
   */
  async function moreTimeGoes(...pauses) {
    const visit = await shop(`<liveness-check id="check" ${SLOW}></liveness-check>`, { init: [[relayCamera]] });
    await visit.page.evaluate(() => {
      globalThis.__relay.empty = true;
      globalThis.check.options = { timeouts: { positioning: 21_500 } };
    });
    await visit.page.click("#start");
    await visit.page.waitForSelector("#extend", { timeout: 20_000 });
    await visit.page.focus("#extend");
    const states = await visit.page.evaluate((pauses) => new Promise((done) => {
      const { shadowRoot } = globalThis.check;
      const observer = new MutationObserver(async () => {
        observer.disconnect();
        const { activeElement } = shadowRoot;
        const states = [];
        for (const pause of [0, ...pauses]) {
          if (pause) await new Promise((passed) => setTimeout(passed, pause));
          activeElement.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: states.length + 1 }));
          states.push(globalThis.check.snapshot.state);
        }
        done(states);
      });
      observer.observe(shadowRoot.getElementById("extend"), { attributeFilter: ["hidden"] });
      globalThis.__relay.empty = false;
    }), pauses);
    return { visit, states };
  }

  test("a press that is meant for More time, which has just gone, does not cancel; a later one does", async () => {
    const { visit } = await moreTimeGoes();
    assert.equal(await visit.focused(), "cancel");
    await inState(visit, "capturing");
    assert.deepEqual(await counts(visit), [1, 0]);
    await visit.page.waitForTimeout(800);
    await visit.page.keyboard.press("Enter");
    await told(visit, "liveness-cancel");
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test("who presses Cancel again, however soon and often after More time has gone, cancels", async () => {
    const { visit, states } = await moreTimeGoes(200);
    assert.notEqual(states[0], "cancelled");
    assert.equal(states[1], "cancelled");
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test("Cancel works while More time is there, at once when it has come", async () => {
    const visit = await shop(`<liveness-check id="check" ${SLOW}></liveness-check>`, { init: [[relayCamera]] });
    await visit.page.evaluate(() => {
      globalThis.__relay.empty = true;
      globalThis.check.options = { timeouts: { positioning: 21_500 } };
      const { shadowRoot } = globalThis.check;
      const observer = new MutationObserver(() => {
        if (shadowRoot.getElementById("extend").hidden) return;
        observer.disconnect();
        shadowRoot.getElementById("cancel").click();
      });
      observer.observe(shadowRoot.getElementById("extend"), { attributeFilter: ["hidden"] });
    });
    await visit.page.click("#start");
    await told(visit, "liveness-cancel");
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test("Try again works at once after a failure", async () => {
    const visit = await shop(`<liveness-check id="check" ${SLOW}></liveness-check>`, { init: [[relayCamera]] });
    await visit.page.evaluate(() => {
      globalThis.__relay.empty = true;
      globalThis.check.options = { timeouts: { positioning: 21_500 } };
      document.addEventListener("liveness-error", () => queueMicrotask(() => globalThis.check.shadowRoot.getElementById("start").click()), { once: true });
    });
    await visit.page.click("#start");
    await visit.page.waitForFunction(() => globalThis.__events.filter(({ type, detail }) => type === "liveness-state" && detail.state === "positioning").length === 2, null, { timeout: 50_000 });
    await visit.page.evaluate(() => globalThis.check.cancel());
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test("the second tap of a double tap starts nothing anew where a click says neither that it is a finger's nor that it is the second", async () => {
    const init = () => addEventListener("click", (event) => Object.defineProperties(event, { pointerType: { value: undefined }, detail: { value: 1 } }), true);
    const visit = await shop(`<meta name="viewport" content="width=device-width"><liveness-check id="check" ${SLOW}></liveness-check>`, { context: { ...phone, hasTouch: true, isMobile: true }, init: [[init]] });
    const { touchscreen } = visit.page;
    const start = await centre(visit, "#start");
    await touchscreen.tap(...start);
    await touchscreen.tap(...start);
    await inState(visit, "capturing");
    assert.deepEqual(await counts(visit), [1, 0]);
    await visit.page.evaluate(() => globalThis.check.cancel());
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  for (const key of ["Enter", "Space"]) {
    test(`"press any key", while Cancel has the focus: ${key} plays the camera, and cancels nothing`, async () => {
      const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>`, { init: [[relayCamera], [refuseToPlay]] });
      await visit.page.evaluate(() => {
        globalThis.check.options = { framePath: "canvas" };
        globalThis.check.start();
      });
      await visit.page.waitForFunction(() => globalThis.check.snapshot.guidance === "tap-to-start", null, { polling: 20 });
      await visit.page.focus("#cancel");
      // Longer than a press can be meant for what has been there before the request.
      await visit.page.waitForTimeout(800);
      await visit.page.keyboard.press(key);
      assert.match((await told(visit, "liveness-result")).verdict.verdict, VERDICT);
      assert.deepEqual(await counts(visit), [1, 0]);
      await assertClean(visit);
    });
  }

  test("Escape in the list of cameras takes the choice back, and the check goes on; a second one ends it", async () => {
    const visit = await shop(`<liveness-check id="check" ${SLOW}></liveness-check>`, { init: [[coveredAndOther]] });
    await visit.page.evaluate(() => (globalThis.check.options = { timeouts: { help: 400 } }));
    await visit.page.click("#start");
    await inState(visit, "positioning");
    await visit.page.waitForSelector("#camera", { timeout: 20_000 });
    await visit.page.focus("#camera");
    await visit.page.keyboard.press("ArrowDown");
    const stands = () => visit.page.evaluate(() => globalThis.check.shadowRoot.getElementById("camera").value);
    assert.equal(await stands(), "b");
    await visit.page.keyboard.press("Escape");
    assert.deepEqual([await stands(), await counts(visit), await visit.focused(), await runs(visit)], ["a", [1, 0], "camera", true]);
    await visit.page.keyboard.press("Escape");
    await told(visit, "liveness-cancel");
    await assertClean(visit, { consoleErrors: [HELD] });
  });
});
