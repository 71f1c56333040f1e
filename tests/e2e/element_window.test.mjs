// <liveness-check> in another window than the script's, such as a pop-up, and in pages that nobody has looked at yet.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertClean } from "./lib/expect.mjs";
import { countWhatStays, relayCamera } from "./lib/relay.mjs";
import { QUICK, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

/** Slow enough for something to happen while pictures are taken. */
const CALM = `model="mixed-10-v2" fps="5"`;

/** In the page: `__open` gives a new window, `__move` moves the check there, `__hide` says whether a window is seen. */
function windows() {
  globalThis.__open = {
    window: () => globalThis.open("", "", "popup,width=480,height=760"),
    frame: () => document.body.appendChild(document.createElement("iframe")).contentWindow,
  };
  globalThis.__move = (other) => {
    globalThis.__other = other;
    other.document.body.append(globalThis.check);
  };
  globalThis.__hide = (view, hidden) => {
    for (const [name, value] of [["hidden", hidden], ["visibilityState", hidden ? "hidden" : "visible"]]) Object.defineProperty(view.document, name, { configurable: true, value });
    view.document.dispatchEvent(new Event("visibilitychange"));
  };
}

/** In the page: nothing plays until `__tapped`. */
function refuseUntilTapped() {
  const { play } = HTMLMediaElement.prototype;
  globalThis.__relay.play = play;
  HTMLMediaElement.prototype.play = function () {
    return globalThis.__tapped ? play.call(this) : Promise.reject(new DOMException("not yet", "NotAllowedError"));
  };
}

describe("the element in another window", () => {
  const world = suite();
  const { shop: open, told, inState } = shops(world);

  const shop = (body, { init = [], ...options } = {}) => open(body, { init: [[windows], ...init], ...options });
  const guided = (visit, guidance) =>
    visit.page.waitForFunction((guidance) => globalThis.check.snapshot.guidance === guidance, guidance, { timeout: 20_000, polling: 20 });

  /** The verdict; the page that the test is in hears no event of another window's. */
  const ended = async (visit) => (await visit.page.waitForFunction(() => globalThis.__ended, null, { timeout: 20_000, polling: 20 })).jsonValue();

  test("the opener is hidden: a check in a window that is seen goes on", async () => {
    const visit = await shop(`<liveness-check id="check" ${CALM}></liveness-check>`);
    await visit.page.evaluate(() => {
      const { check, __hide, __move, __open } = globalThis;
      __move(__open.window());
      check.addEventListener("liveness-state", ({ detail: { state } }) => state === "capturing" && __hide(globalThis, true));
      check.addEventListener("liveness-guidance", ({ detail: { guidance } }) => (globalThis.__hidden ||= guidance === "page-hidden"));
      check.addEventListener("liveness-result", ({ detail }) => (globalThis.__ended = detail.verdict.verdict));
      __hide(globalThis, true);
      check.start();
    });
    assert.match(await ended(visit), VERDICT);
    assert.ok(!(await visit.page.evaluate(() => globalThis.__hidden)));
    await assertClean(visit);
  });

  for (const [when, early] of [["started there", true], ["moved there in the middle of it", false]]) {
    test(`a window that is not seen pauses a check that was ${when}`, async () => {
      const visit = await shop(`<liveness-check id="check" ${CALM}></liveness-check>`);
      await visit.page.evaluate((early) => {
        const { check, __hide, __move, __open } = globalThis;
        const other = __open.window();
        check.recording = true;
        if (early) __move(other);
        check.addEventListener("liveness-state", function once({ detail: { state } }) {
          if (state !== "capturing") return;
          check.removeEventListener("liveness-state", once);
          __hide(other, true);
          if (!early) __move(other);
        });
        check.addEventListener("liveness-result", ({ detail }) => (globalThis.__ended = detail.verdict.verdict));
        check.start();
      }, early);
      await guided(visit, "page-hidden");
      await visit.page.evaluate(() => globalThis.__hide(globalThis.__other, false));
      assert.match(await ended(visit), VERDICT);
      const rows = await visit.page.evaluate(() => globalThis.check.trace.rows);
      const told = rows.map(([kind, , , guidance]) => (kind === "state" && guidance === "page-hidden" ? guidance : kind)).filter((kind) => /hidden/.test(kind));
      assert.deepEqual(told.slice(0, 2), ["hidden", "page-hidden"], "the record has the cause, and before what it leads to");
      await assertClean(visit);
    });
  }

  test("a tap that a browser asks for counts in the window that the element is in", async () => {
    const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>`, { init: [[relayCamera], [refuseUntilTapped]] });
    await visit.page.evaluate(() => {
      const { check, __move, __open } = globalThis;
      check.options = { framePath: "canvas" };
      __move(__open.window());
      check.addEventListener("liveness-result", ({ detail }) => (globalThis.__ended = detail.verdict.verdict));
      check.start();
    });
    await guided(visit, "tap-to-start");
    await visit.page.evaluate(() => {
      globalThis.__tapped = true;
      globalThis.__other.document.body.click();
    });
    assert.match(await ended(visit), VERDICT);
    await assertClean(visit);
  });

  for (const where of ["window", "frame"]) {
    test(`it speaks the language of the document of a ${where}, and follows it`, async () => {
      const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>`);
      const spoken = (tag) => visit.page.waitForFunction((tag) => globalThis.check.shadowRoot.querySelector(".app").lang === tag, tag, { timeout: 5_000 });
      await visit.page.evaluate((where) => {
        const other = globalThis.__open[where]();
        other.document.documentElement.lang = "de";
        globalThis.__move(other);
      }, where);
      await spoken("de");
      await visit.page.evaluate(() => (globalThis.__other.document.documentElement.lang = "fr"));
      await spoken("fr");
      await visit.page.evaluate(() => {
        const { body } = globalThis.__other.document;
        const root = body.appendChild(globalThis.__other.document.createElement("div")).attachShadow({ mode: "open" });
        root.append(globalThis.check);
        root.host.lang = "es";
      });
      await spoken("es");
      await assertClean(visit);
    });

    test(`what a page hides of it stays hidden in a ${where}`, async () => {
      const visit = await shop(`<liveness-check id="check" data-without="controls overlay result" ${QUICK}></liveness-check>`);
      const hidden = () => visit.page.evaluate(() => ["#start", "#cancel", ".guide", `[data-for="success"]`].map((part) => getComputedStyle(globalThis.check.shadowRoot.querySelector(part)).display));
      const all = ["none", "none", "none", "none"];
      assert.deepEqual(await hidden(), all);
      await visit.page.evaluate((where) => globalThis.__move(globalThis.__open[where]()), where);
      assert.deepEqual(await hidden(), all);
      assert.notEqual(await visit.page.evaluate(() => getComputedStyle(globalThis.check.shadowRoot.querySelector(".actions")).display), "none");
      await assertClean(visit);
    });

    test(`left in a ${where} that is closed it listens to nothing, and does again once it is back`, async () => {
      const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>`, { init: [[countWhatStays]] });
      const listens = (expected) => visit.page.waitForFunction((expected) => globalThis.__stays.count().listeners.filter((listener) => /pagehide|devicechange/.test(listener)).sort().join() === expected, expected, { timeout: 5_000, polling: 20 });
      const both = "[object MediaDevices] devicechange,[object Window] pagehide";
      await listens(both);
      await visit.page.evaluate((where) => globalThis.__move(globalThis.__open[where]()), where);
      await listens(both);
      await visit.page.evaluate(() => {
        const { frameElement } = globalThis.__other;
        if (frameElement) frameElement.remove();
        else globalThis.__other.close();
      });
      await listens("");
      await visit.page.evaluate(() => document.body.append(globalThis.check));
      await listens(both);
      await visit.page.evaluate(() => globalThis.check.start());
      assert.match((await told(visit, "liveness-result")).verdict.verdict, VERDICT);
      await assertClean(visit);
    });
  }

  test("auto-start waits until the page is seen: no session and no camera before that", async () => {
    const unseen = () => Object.defineProperty(document, "hidden", { configurable: true, value: true });
    const visit = await shop(`<liveness-check id="check" auto-start ${QUICK}></liveness-check>`, { init: [[unseen]] });
    // Longer than it takes to begin.
    await visit.page.waitForTimeout(300);
    assert.deepEqual(await visit.page.evaluate(() => [globalThis.check.snapshot.state, globalThis.__record.cameraCalls, globalThis.__events.length]), ["idle", 0, 0]);
    assert.ok(!world.proxy.exchanges.some(({ path }) => path === "/api/v1/sessions"));
    await visit.page.evaluate(() => globalThis.__hide(globalThis, false));
    await inState(visit, "done");
    await assertClean(visit);
  });
});
