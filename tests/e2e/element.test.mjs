// <liveness-check> in pages of other people: its attributes, events, form value, focus, words, and what it leaves behind.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { coveredAndOther, drawnCamera } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { countWhatStays } from "./lib/relay.mjs";
import { HELD, QUICK, SCRIPT, SLOW, STRICT, VERDICT, shops } from "./lib/shop.mjs";
import { suite } from "./lib/suite.mjs";

const TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types liveness-capture";

describe("the element", () => {
  const world = suite();
  const { shop, events, told, inState } = shops(world);

  test("a strict page: events in order, one height, and a form that sends the session's id", async () => {
    const visit = await shop(`<form id="form"><liveness-check id="check" name="liveness" required ${QUICK}></liveness-check></form>`, { policy: `${STRICT}; ${TRUSTED_TYPES}` });
    const form = () => visit.page.evaluate(() => [document.getElementById("form").checkValidity(), new FormData(document.getElementById("form")).get("liveness")]);
    assert.deepEqual(await form(), [false, null]);
    await visit.page.evaluate(() => {
      globalThis.__heights = new Set();
      new ResizeObserver(([{ contentRect }]) => globalThis.__heights.add(Math.round(contentRect.height))).observe(document.getElementById("check"));
    });
    await visit.page.click("#start");
    const { sessionId, verdict } = await told(visit, "liveness-result");
    assert.match(verdict.verdict, VERDICT);
    assert.match(sessionId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(await form(), [true, sessionId]);
    const states = (await events(visit, "liveness-state")).map(({ state }) => state);
    assert.equal(states[0], "requesting-camera");
    assert.equal(states.at(-1), "done");
    assert.ok(states.every((state, i) => state !== states[i - 1]), `${states}`);
    const progress = await events(visit, "liveness-progress");
    assert.equal(progress.at(-1).progress, 1);
    assert.equal(progress.at(-1).framesUploaded, 10);
    assert.ok((await events(visit, "liveness-guidance")).every(({ guidance, message }) => typeof guidance === "string" && typeof message === "string"));
    assert.equal(await visit.page.evaluate(() => globalThis.__heights.size), 1, "a layout shift");
    assert.match(await visit.page.evaluate(() => getComputedStyle(document.querySelector("liveness-check").shadowRoot.querySelector(".app")).backgroundColor), /^rgb\(/, "no style");
    await visit.page.evaluate(() => document.getElementById("form").reset());
    assert.deepEqual(await form(), [false, null]);
    assert.equal(await visit.page.isVisible("#start"), true);
    await assertClean(visit);
  });

  test("attributes and properties are the same thing, and what is wrong is said before anything starts", async () => {
    const visit = await shop(`<liveness-check id="check" frame-count="ten"></liveness-check>`);
    const found = await visit.page.evaluate(async () => {
      const check = document.getElementById("check");
      const before = [Number.isNaN(check.frameCount), check.theme, check.autoStart, check.model, check.result];
      Object.assign(check, { theme: "dark", model: "mixed-10-v2", result: "server", required: true, session: { id: "a", token: "b" }, fps: 12, deviceId: null });
      const after = ["theme", "model", "result", "required", "session-id", "session-token", "fps", "device-id"].map((name) => check.getAttribute(name));
      // Either of them takes it back.
      for (const none of [undefined, null]) {
        check.session = { id: "a", token: "b" };
        check.session = none;
        if (check.hasAttribute("session-id")) after.push(`session ${none}`);
      }
      check.options = { fps: 99, headers: { "x-shop": "1" } };
      check.start();
      return { before, after, session: [check.session, check.getAttribute("session-token")], again: await import("/liveness-capture/element.js?again").then(() => "fine") };
    });
    assert.deepEqual(found.before, [true, "auto", false, null, "shown"]);
    assert.deepEqual(found.after, ["dark", "mixed-10-v2", "server", "", "a", "b", "12", null]);
    assert.deepEqual(found.session, [null, null]);
    assert.equal(found.again, "fine", "loaded twice");
    const error = await told(visit, "liveness-error");
    assert.deepEqual([error.code, error.detail.split(" ")[0]], ["invalid_options", "frameCount"]);
    assert.equal(await visit.page.textContent("#problem-code"), "invalid_options");
    // What a back end answers that has failed, and a promise that nobody has waited for: no reason to open another session.
    for (const given of ["error", "promise"]) {
      await visit.page.evaluate((given) => {
        const check = document.getElementById("check");
        globalThis.__events.length = 0;
        check.removeAttribute("frame-count");
        check.options = null;
        check.session = given === "error" ? { error: "not signed in" } : Promise.resolve({ id: "a", token: "b" });
        check.start();
      }, given);
      const { code, detail } = await told(visit, "liveness-error");
      assert.deepEqual([code, detail.split(" ")[0]], ["invalid_options", "session.id"], given);
    }
    assert.equal(await visit.page.evaluate(() => globalThis.__record.cameraCalls), 0);
    await assertClean(visit);
  });

  test("two on one page, in a page that changes built-ins", async () => {
    const changed = () => {
      // As Prototype.js does.
      Array.prototype.toJSON = function () { return "nothing"; };
      Object.defineProperty(Array.prototype, "entries", { value() { return [...this]; } });
      Array.from = (list) => (list ? [...list] : []);
      Element.prototype.select = Element.prototype.update = Element.prototype.hide = () => { throw new Error("the page's own"); };
    };
    const visit = await shop(`<liveness-check id="one" ${QUICK}></liveness-check><liveness-check id="two" locale="de" ${QUICK}></liveness-check>`, { init: [[changed]] });
    await visit.page.evaluate(() => ["one", "two"].forEach((id) => document.getElementById(id).start()));
    const results = [await told(visit, "liveness-result", "one", 60_000), await told(visit, "liveness-result", "two", 60_000)];
    assert.notEqual(results[0].sessionId, results[1].sessionId);
    assert.notEqual(await visit.page.textContent("#one #result-title"), await visit.page.textContent("#two #result-title"), "the second speaks German");
    await assertClean(visit);
  });

  test("moved in the page it goes on; taken away it ends, and the camera is off", async () => {
    const visit = await shop(`<div id="here"><liveness-check id="check" ${SLOW}></liveness-check></div><div id="there"></div>`);
    await visit.page.evaluate(() => document.getElementById("check").start());
    await inState(visit, "capturing");
    await visit.page.evaluate(async () => {
      const check = document.getElementById("check");
      const there = document.getElementById("there");
      there.append(check);
      check.remove();
      // Still the same task.
      await null;
      document.getElementById("here").append(check);
      there.moveBefore?.(check, null);
    });
    assert.match((await told(visit, "liveness-result")).verdict.verdict, VERDICT);
    assert.equal(await visit.allTracks(), 1);

    await visit.page.evaluate(() => document.getElementById("check").retry());
    await inState(visit, "capturing");
    const kept = await visit.page.evaluate(async () => {
      const check = document.getElementById("check");
      check.remove();
      await new Promise((resolve) => setTimeout(resolve, 50));
      return check.snapshot.state;
    });
    assert.equal(kept, "cancelled");
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test("put into the page and taken away fifty times, it leaves nothing behind", async (t) => {
    const visit = await shop(`<div id="here"></div>`, { init: [[countWhatStays]] });
    // Whatever there is of it once, there is from now on.
    const once = await visit.page.evaluate(() => __stays.count().listeners);
    const reached = await visit.page.evaluate(async (attributes) => {
      const here = document.getElementById("here");
      const devices = navigator.mediaDevices;
      const ask = devices.getUserMedia;
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const reached = {};
      for (let round = 0; round < 50; round += 1) {
        // Every third camera is opened only after the element has gone.
        devices.getUserMedia = round % 3 === 1 ? (constraints) => pause(250).then(() => ask(constraints)) : ask;
        here.innerHTML = `<liveness-check auto-start cues="sound" ${attributes}></liveness-check>`;
        const { firstChild } = here;
        // From before the camera is asked for to after it has opened.
        await pause([0, 40, 120, 400][round % 4]);
        reached[firstChild.snapshot.state] = (reached[firstChild.snapshot.state] ?? 0) + 1;
        here.textContent = "";
      }
      devices.getUserMedia = ask;
      await pause(1_500);
      return reached;
    }, QUICK);
    t.diagnostic(`taken away while ${JSON.stringify(reached)}`);
    assert.ok(reached["requesting-camera"] > 5 && Object.keys(reached).length >= 2, JSON.stringify(reached));
    const { listeners, urls, made } = await visit.page.evaluate(() => __stays.count());
    t.diagnostic(`${await visit.allTracks()} tracks, ${made.listeners} listeners, ${made.urls} object URLs`);
    // Those on its own video go with it.
    const own = Array(50).fill(["loadeddata", "playing", "resize", "emptied"]).flat().map((type) => `[object HTMLVideoElement] ${type}`);
    assert.deepEqual(listeners.sort(), [...once, ...own].sort(), "listeners");
    assert.equal(urls, 0, "object URLs");
    assert.ok((await visit.allTracks()) > 10 && made.listeners > 100);
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test('with result="server" nobody in the browser learns the verdict from it', async () => {
    const visit = await shop(`<liveness-check id="check" name="liveness" result="server" ${QUICK}></liveness-check>`);
    await visit.page.click("#start");
    const result = await told(visit, "liveness-result");
    assert.deepEqual(Object.keys(result).sort(), ["sessionId", "verdict"]);
    assert.equal(result.verdict, null);
    const { data } = JSON.parse(world.proxy.exchanges.findLast(({ answer }) => answer?.includes('"verdict"')).answer);
    assert.equal(result.sessionId, data.session_id);
    const known = await visit.page.evaluate(() => {
      const check = document.getElementById("check");
      return JSON.stringify([globalThis.__events, check.snapshot, check.shadowRoot.innerHTML.replace(/data-mark="\w+" d=/g, "")]);
    });
    for (const word of ["score", `"verdict":"${data.verdict}"`, `data-mark="${data.verdict}"`, "was detected", "No clear answer"]) assert.ok(!known.includes(word), word);
    assert.equal(await visit.page.textContent("#result-title"), "The check is complete");
    await assertClean(visit);
  });

  test("with the keyboard alone, to a verdict and out by Escape", async () => {
    const visit = await shop(`<button id="before">Before</button><liveness-check id="check" ${SLOW}></liveness-check><button id="after">After</button>`);
    const { keyboard } = visit.page;
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    assert.equal(await visit.focused(), "start");
    await keyboard.press("Enter");
    await inState(visit, "capturing");
    assert.equal(await visit.focused(), "cancel");
    await keyboard.press("Escape");
    await told(visit, "liveness-cancel");
    assert.equal(await visit.focused(), "start", "the focus returns");
    await keyboard.press("Enter");
    await told(visit, "liveness-result");
    assert.equal(await visit.focused(), "result-title");
    await keyboard.press("Tab");
    assert.equal(await visit.focused(), "start", "Try again is next");
    await keyboard.press("Tab");
    assert.equal(await visit.focused(), "after", "no trap");
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test("by the live region alone, to a verdict; the page's own focus is left alone", async () => {
    const visit = await shop(`<input id="other" autofocus>`);
    await visit.page.focus("#other");
    const heard = await visit.page.evaluate(async (attributes) => {
      const heard = [];
      const place = document.createElement("div");
      document.body.append(place);
      place.innerHTML = `<liveness-check id="check" auto-start ${attributes}></liveness-check>`;
      const region = document.getElementById("check").shadowRoot.querySelector('[aria-live="polite"]');
      const listen = () => region.textContent && heard.push([performance.now(), region.textContent]);
      listen();
      new MutationObserver(listen).observe(region, { childList: true, characterData: true, subtree: true });
      const end = performance.now() + 30_000;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (performance.now() > end) throw new Error(`no verdict is said: ${JSON.stringify(heard)}`);
        if (/(A live person was|No live person was) detected|No clear answer/.test(heard.at(-1)?.[1] ?? "")) return heard;
      }
    }, QUICK);
    assert.ok(heard.length >= 2 && heard.length <= 8, JSON.stringify(heard));
    // The end is said at once; until then nothing is said faster than it can be heard.
    for (const [i, [at]] of heard.slice(0, -1).entries()) assert.ok(i === 0 || at - heard[i - 1][0] >= 2_400, JSON.stringify(heard));
    assert.ok(heard.every(([, text]) => !/oval|ring/.test(text)), "worded for somebody who cannot see it");
    assert.equal(await visit.focused(), "other");
    await assertClean(visit);
  });

  test("nobody in view: what helps further, a warning that is said once, and more time by the keyboard, without a layout shift", async () => {
    const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>`, { camera: drawnCamera({ faces: [], frames: 20 }) });
    await visit.page.evaluate(() => {
      const check = document.getElementById("check");
      const parts = (id) => check.shadowRoot.getElementById(id);
      check.options = { timeouts: { help: 400, positioning: 21_500 } };
      Object.assign(globalThis, { __alarms: [], __stages: new Set() });
      new MutationObserver(() => globalThis.__alarms.push(parts("alarm").textContent)).observe(parts("alarm"), { childList: true, characterData: true, subtree: true });
      globalThis.__watch = new ResizeObserver(([{ contentRect }]) => check.snapshot.state === "positioning" && globalThis.__stages.add(`${Math.round(contentRect.width)} x ${Math.round(contentRect.height)}`));
      globalThis.__watch.observe(check.shadowRoot.querySelector(".stage"));
    });
    await visit.page.focus("#start");
    await visit.page.keyboard.press("Enter");
    await visit.page.waitForFunction(() => /eye level/.test(document.getElementById("check").shadowRoot.getElementById("hint").textContent), null, { timeout: 20_000 });
    const guided = await events(visit, "liveness-guidance");
    assert.deepEqual([guided.at(-1).guidance, guided.at(-1).help], ["no-face", "camera-at-eye-level"]);
    for (const time of ["once", "again"]) {
      await visit.page.waitForSelector("#extend", { timeout: 20_000 });
      assert.match(await visit.page.textContent("#count"), /^(20|19|18) seconds left$/, time);
      const { timeLeftMs } = await visit.page.evaluate(() => document.getElementById("check").snapshot);
      assert.ok(timeLeftMs > 15_000 && timeLeftMs <= 20_000, `${timeLeftMs}`);
      assert.equal(await visit.focused(), "cancel", "the focus stays where it is");
      await visit.page.keyboard.press("Tab");
      assert.equal(await visit.focused(), "extend");
      await visit.page.keyboard.press("Enter");
      await visit.page.waitForSelector("#extend", { state: "hidden" });
      assert.equal(await visit.focused(), "cancel", "the focus is not lost with the button");
      assert.equal(await visit.page.textContent("#count"), "");
    }
    const { alarms, stages } = await visit.page.evaluate(() => ({ alarms: globalThis.__alarms.filter(Boolean), stages: [...globalThis.__stages] }));
    assert.deepEqual(alarms, Array(2).fill("The time is almost up. If you need more, press “More time”."));
    assert.ok(stages.length <= 1, `a layout shift: ${stages}`);
    await visit.page.evaluate(() => document.getElementById("check").cancel());
    await assertClean(visit, { consoleErrors: [HELD] });
  });

  test("a covered camera leads to a choice of cameras, and by the keyboard to a verdict with the other one", async () => {
    const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>`, { init: [[coveredAndOther]] });
    const chosen = () => visit.page.evaluate(() => document.getElementById("check").shadowRoot.getElementById("camera").value);
    await visit.page.waitForSelector("#camera");
    assert.equal(await chosen(), "a");
    await visit.page.evaluate(() => (document.getElementById("check").cameraPicker = "off"));
    await visit.page.waitForSelector("#camera", { state: "hidden" });
    await visit.page.evaluate(() => Object.assign(document.getElementById("check"), { cameraPicker: "auto", options: { timeouts: { help: 400 }, rememberCamera: true } }));
    await visit.page.waitForSelector("#camera");
    assert.equal(await visit.page.getByLabel("Camera", { exact: true }).count(), 1, "it has a label");
    await visit.page.focus("#start");
    await visit.page.keyboard.press("Enter");
    await inState(visit, "positioning");
    await visit.page.waitForSelector("#camera", { timeout: 20_000 });
    assert.equal((await events(visit, "liveness-guidance")).at(-1).help, "another-camera");
    await visit.page.keyboard.press("Shift+Tab");
    assert.equal(await visit.focused(), "camera");
    await visit.page.keyboard.press("ArrowDown");
    await visit.page.keyboard.press("Enter");
    assert.match((await told(visit, "liveness-result")).verdict.verdict, VERDICT);
    assert.deepEqual(await visit.page.evaluate(() => [document.getElementById("check").deviceId, globalThis.__asked, localStorage.getItem("liveness-capture.camera")]), ["b", ["a", "b"], "b"]);
    assert.deepEqual(await events(visit, "liveness-cancel"), [], "nobody has cancelled");
    assert.equal(await visit.focused(), "result-title");
    await visit.page.reload();
    await visit.page.waitForSelector("#camera");
    await visit.page.evaluate(() => (document.getElementById("check").options = { rememberCamera: true }));
    await visit.page.evaluate(() => (document.getElementById("check").theme = "dark"));
    assert.equal(await chosen(), "b", "remembered");
  });

  test("slots, theme, direction and words are the page's", async () => {
    const visit = await shop(`<div lang="ar"><liveness-check id="check" theme="dark" ${QUICK}>
      <h2 slot="start" id="own-start">Our own start</h2><p slot="consent" id="own-consent">Our own terms</p>
      <p slot="success" id="own-success">Our own thanks</p><p slot="failure" id="own-failure">Our own help</p></liveness-check></div>`);
    const look = () => visit.page.evaluate(() => {
      const app = document.getElementById("check").shadowRoot.querySelector(".app");
      return { dir: app.dir, lang: app.lang, direction: getComputedStyle(app).direction, dark: getComputedStyle(app).colorScheme, start: app.querySelector("#start").textContent };
    });
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot.querySelector(".app").dir === "rtl");
    const arabic = await look();
    assert.deepEqual([arabic.dir, arabic.direction, arabic.dark], ["rtl", "rtl", "dark"]);
    assert.match(arabic.start, /[\u0600-\u06ff]/);
    await visit.page.evaluate(() => Object.assign(document.getElementById("check"), { locale: "en-GB", theme: "light", words: { element: { start: "Let us begin" } } }));
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot.querySelector(".app").dir === "ltr");
    assert.deepEqual(await look(), { dir: "ltr", lang: "en-GB", direction: "ltr", dark: "light", start: "Let us begin" });
    const visible = async (...ids) => Promise.all(ids.map((id) => visit.page.isVisible(`#own-${id}`)));
    assert.deepEqual(await visible("start", "consent", "success", "failure"), [true, true, false, false]);
    assert.equal(await visit.page.isVisible("#intro-title"), false, "the element's own words give way");
    await visit.page.click("#start");
    await told(visit, "liveness-result");
    assert.deepEqual(await visible("start", "consent", "success", "failure"), [false, false, true, false]);
    assert.equal(await visit.page.evaluate(() => document.querySelectorAll("liveness-check [style]").length + document.getElementById("check").shadowRoot.querySelectorAll("[style]").length), 0, "inline style");
    await assertClean(visit);
  });

  test("words that cannot be fetched are English", async () => {
    world.proxy.rules.push(({ path }) => (path.endsWith("/words/fr.js") ? { status: 404, headers: {}, body: "" } : undefined));
    const visit = await shop(`<liveness-check id="check" locale="fr-CA" ${QUICK}></liveness-check>`);
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot.querySelector("[data-ready]"));
    assert.deepEqual(await visit.page.$eval("#start", ({ textContent }) => textContent), "Start");
    assert.equal(await visit.page.$eval(".app", ({ lang }) => lang), "en");
  });
});
