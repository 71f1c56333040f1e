// <liveness-check> where things come late, or at another moment than expected: words, options, files, the focus, documents.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawnCamera } from "./lib/camera.mjs";
import { assertClean } from "./lib/expect.mjs";
import { integrator } from "./lib/integrator.mjs";
import { suite } from "./lib/suite.mjs";

const QUICK = `model="mixed-10-v2" fps="15"`;
const IMPORT = `import "/liveness-capture/element.js";`;
const SCRIPT = `<script type="module">${IMPORT}</script>`;

describe("the element, late", () => {
  const world = suite();
  const { embed } = integrator(world);

  const shop = (body, options = {}) => embed(`<body>${body}`, { camera: drawnCamera(), ...options });
  const check = (visit, what, ...given) => visit.page.evaluate(([body, given]) => new Function("check", "given", `return ${body}`)(document.getElementById("check"), given), [what, given]);
  const inState = (visit, state) => visit.page.waitForFunction((state) => document.getElementById("check").snapshot?.state === state, state, { timeout: 30_000, polling: 20 });
  const app = (visit) => visit.page.$eval("#check >> .app", ({ lang, dir, dataset }) => ({ lang, dir, ready: "ready" in dataset }));
  /** Holds what is fetched from this path until it is let go. */
  function held(path) {
    let release;
    const action = { release: new Promise((resolve) => (release = resolve)) };
    world.proxy.rules.push((exchange) => (exchange.path.endsWith(path) ? action : undefined));
    return release;
  }

  test("the page's language changes while the words of the one before are fetched", async () => {
    const german = held("/words/de.js");
    const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check><script>document.documentElement.lang = "de"</script>${SCRIPT}`);
    await visit.page.waitForFunction(() => performance.getEntriesByType("resource").length > 0 && customElements.get("liveness-check"));
    await visit.page.evaluate(() => (document.documentElement.lang = "fr"));
    german();
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot.querySelector(".app").lang === "fr");
    assert.deepEqual(await app(visit), { lang: "fr", dir: "ltr", ready: true });
    const arabic = held("/words/ar.js");
    await visit.page.evaluate(() => {
      const check = document.getElementById("check");
      check.locale = "ar";
      check.locale = "en";
    });
    arabic();
    await visit.page.waitForTimeout(300);
    await check(visit, `(check.theme = "dark", null)`);
    assert.equal((await app(visit)).lang, "en");
    assert.equal(await visit.page.$eval("#check >> #start", ({ textContent }) => textContent), "Start");
    await assertClean(visit);
  });

  test("it follows the page's language, wherever that is said, and nobody's once it has gone", async () => {
    const visit = await shop(`<div id="around"><section id="host"></section><p id="elsewhere">Text</p></div>${SCRIPT}`);
    const found = await visit.page.evaluate(async () => {
      await customElements.whenDefined("liveness-check");
      const watched = new Set();
      const { observe, disconnect } = MutationObserver.prototype;
      MutationObserver.prototype.observe = function (...all) { watched.add(this); return observe.apply(this, all); };
      MutationObserver.prototype.disconnect = function () { watched.delete(this); return disconnect.apply(this); };
      const host = document.getElementById("host");
      host.attachShadow({ mode: "open" }).innerHTML = "<div><span></span></div>";
      const check = document.createElement("liveness-check");
      host.shadowRoot.querySelector("span").append(check);
      const now = () => check.shadowRoot.querySelector(".app").lang;
      // A language that comes is waited for, one that must not is given its time.
      const spoken = async (wanted, set) => {
        const before = now();
        set();
        const until = performance.now() + (wanted === before ? 300 : 10_000);
        while (performance.now() < until && (wanted === before || now() !== wanted)) await new Promise((resolve) => setTimeout(resolve, 10));
        return now();
      };
      const steps = [
        ["de", () => (document.documentElement.lang = "de")],
        ["fr", () => (document.getElementById("around").lang = "fr")],
        ["es", () => (host.shadowRoot.querySelector("div").lang = "es")],
        ["es", () => (document.documentElement.lang = "pt")],
        ["fr", () => host.shadowRoot.querySelector("div").removeAttribute("lang")],
        ["fr", () => (document.getElementById("elsewhere").lang = "ja")],
        ["ar", () => (check.lang = "ar")],
        ["de", () => (check.locale = "de")],
        ["de", () => (check.lang = "fr")],
        ["fr", () => check.removeAttribute("locale")],
      ];
      const said = [];
      for (const [wanted, set] of steps) said.push(await spoken(wanted, set));
      check.remove();
      const left = watched.size;
      document.documentElement.lang = "en";
      document.body.append(check);
      said.push(await spoken("en", () => check.removeAttribute("lang")));
      return { said, wanted: [...steps.map(([wanted]) => wanted), "en"], left, again: watched.size };
    });
    assert.deepEqual(found.said, found.wanted);
    assert.deepEqual([found.left, found.again], [0, 1]);
    await assertClean(visit);
  });

  test("words that never come leave nobody in front of nothing, and no camera unseen", async () => {
    const german = held("/words/de.js");
    const visit = await shop(`<liveness-check id="check" locale="de" mode="background" auto-start ${QUICK}></liveness-check>${SCRIPT}`);
    await visit.page.waitForFunction(() => document.getElementById("check").snapshot?.cameraLive, null, { polling: 20 });
    assert.deepEqual(await app(visit), { lang: "en", dir: "ltr", ready: true });
    assert.equal(await visit.page.$eval("#check >> #stop", (stop) => getComputedStyle(stop).visibility), "visible");
    german();
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot.querySelector(".app").lang === "de");
    await check(visit, `check.cancel()`);
    await assertClean(visit);
  });

  test("auto-start waits for what the page says right after the import", async () => {
    const visit = await shop(`<liveness-check id="check" auto-start ${QUICK}></liveness-check>
      <script type="module">${IMPORT} document.getElementById("check").options = { headers: { "x-shop": "seven" } };</script>`);
    await inState(visit, "done");
    const sessions = world.proxy.exchanges.filter(({ path }) => path === "/api/v1/sessions");
    assert.ok(sessions.length > 0 && sessions.every(({ headers }) => headers["x-shop"] === "seven"), JSON.stringify(sessions.map(({ headers }) => headers["x-shop"])));
    await assertClean(visit);
  });

  test("events speak the language of the element", async () => {
    const visit = await shop(`<liveness-check id="check" locale="de" ${QUICK}></liveness-check>${SCRIPT}`, { camera: null });
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
    const problem = await visit.page.evaluate(() => new Promise((resolve) => {
      const check = document.getElementById("check");
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
      check.addEventListener("liveness-error", ({ detail }) => resolve({ code: detail.code, title: detail.title, advice: detail.advice, same: check.snapshot.error === detail, shown: check.shadowRoot.getElementById("problem-title").textContent }));
      check.start();
    }));
    assert.equal(problem.code, "camera_not_found");
    assert.match(problem.title, /Kamera/);
    assert.equal(problem.title, problem.shown);
    assert.ok(problem.same && problem.advice.every((line) => !/ the /.test(line)), JSON.stringify(problem));
  });

  test("a form that is sent too early says so at what is there to be seen", async () => {
    const visit = await shop(`<form><liveness-check id="check" name="liveness" required ${QUICK}></liveness-check><button id="send">Send</button></form>${SCRIPT}`);
    await visit.page.click("#start");
    await visit.page.click("#send");
    // Where the browser reports, it puts the focus.
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot.activeElement?.id === "cancel", null, { timeout: 5_000 });
    await check(visit, `check.cancel()`);
    await assertClean(visit);
  });

  test("in the background as well, where all that is there is the notice", async () => {
    const visit = await shop(`<form><liveness-check id="check" name="liveness" required mode="background" model="mixed-30-v2" fps="8"></liveness-check><button id="send">Send</button></form>${SCRIPT}`);
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
    await check(visit, `check.start()`);
    await visit.page.waitForSelector("#stop");
    await visit.page.click("#send");
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot.activeElement?.id === "stop", null, { timeout: 5_000 });
    await check(visit, `check.cancel()`);
    await assertClean(visit, { consoleErrors: [/Failed to load resource|aborted/] });
  });

  test("a form's element that is disabled starts nothing and holds no form up; one that becomes so ends its check", async () => {
    const visit = await shop(`<form><fieldset disabled><liveness-check id="check" required auto-start ${QUICK}></liveness-check></fieldset></form>${SCRIPT}`);
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
    const state = () => visit.page.evaluate(() => {
      const check = document.getElementById("check");
      const disabled = ["start", "camera"].map((id) => check.shadowRoot.getElementById(id).disabled);
      return [...disabled, document.forms[0].checkValidity(), check.snapshot.state];
    });
    await visit.page.waitForTimeout(100);
    await check(visit, `check.start(), check.shadowRoot.getElementById("start").click()`);
    assert.deepEqual(await state(), [true, true, true, "idle"]);
    for (const [disable, enable] of [
      [`check.parentNode.disabled = true`, `check.parentNode.disabled = false`],
      [`check.disabled = true`, `check.disabled = false`],
      [`check.setAttribute("disabled", "")`, `check.removeAttribute("disabled")`],
    ]) {
      await check(visit, enable);
      assert.deepEqual((await state()).slice(0, 3), [false, false, false]);
      await visit.page.click("#start");
      await inState(visit, "positioning");
      await check(visit, disable);
      assert.deepEqual(await state(), [true, true, true, "cancelled"]);
      await check(visit, `check.retry()`);
      assert.deepEqual((await state()).at(-1), "cancelled");
      await check(visit, `check.reset()`);
      assert.deepEqual((await state()).at(-1), "idle");
      await check(visit, enable);
    }
    await assertClean(visit, { consoleErrors: [/Failed to load resource|aborted/] });
  });

  test("whoever has gone on to another field is not called back by a failure", async () => {
    const visit = await shop(`<input id="other"><liveness-check id="check" ${QUICK}></liveness-check>${SCRIPT}`);
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
    await visit.page.click("#start");
    await visit.page.click("#other");
    await visit.page.evaluate(() => document.activeElement.blur());
    await check(visit, `check.cancel()`);
    await inState(visit, "cancelled");
    assert.equal(await visit.page.evaluate(() => document.activeElement === document.body), true);
    await assertClean(visit);
  });

  test("how it ended is said once: by the focus, or by the live region, and not again for what the page sets afterwards", async () => {
    for (const focused of [true, false]) {
      const visit = await shop(`<input id="other"><liveness-check id="check" fps="99"></liveness-check>${SCRIPT}`);
      await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
      const heard = await visit.page.evaluate(async (focused) => {
        const check = document.getElementById("check");
        const [region, start, title] = ["announcer", "start", "problem-title"].map((id) => check.shadowRoot.getElementById(id));
        const heard = [];
        new MutationObserver(() => heard.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
        const failed = () => new Promise((resolve) => check.addEventListener("liveness-error", () => setTimeout(resolve, 50), { once: true }));
        const at = focused ? start : document.getElementById("other");
        const rounds = [];
        for (let round = 0; round < 2; round += 1) {
          at.focus();
          if (focused) start.click();
          else check.start();
          await failed();
          // As a framework does at every rendering.
          for (let time = 0; time < 3; time += 1) Object.assign(check, { options: {}, deviceId: `${time}`, session: null });
          await new Promise((resolve) => setTimeout(resolve, 50));
          rounds.push([heard.splice(0).filter((text) => text.includes(title.textContent)).length, check.shadowRoot.activeElement === title]);
        }
        return rounds;
      }, focused);
      assert.deepEqual(heard, focused ? [[0, true], [0, true]] : [[1, false], [1, false]]);
      await assertClean(visit);
    }
  });

  test("in another document it keeps its looks", async () => {
    const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check><iframe id="frame"></iframe>${SCRIPT}`);
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
    const display = await visit.page.evaluate(() => {
      const check = document.getElementById("check");
      const looks = (view) => view.getComputedStyle(check.shadowRoot.querySelector(".app")).borderRadius;
      const before = looks(window);
      const { contentDocument, contentWindow } = document.getElementById("frame");
      contentDocument.body.append(contentDocument.adoptNode(check));
      return [before, looks(contentWindow)];
    });
    assert.ok(display[0] !== "0px" && display[0] === display[1], `${display}`);
    await assertClean(visit);
  });

  test("the page's own stream: nobody is told that it is off, and it is stopped if that is asked, whenever the check ends", async () => {
    const visit = await shop(`<liveness-check id="check" ${QUICK}></liveness-check>${SCRIPT}`);
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
    const cancelled = (options) => visit.page.evaluate(async (options) => {
      const check = document.getElementById("check");
      const stream = await navigator.mediaDevices.getUserMedia({ video: true });
      Object.assign(check, { source: stream, options });
      check.start();
      const texts = [check.shadowRoot.querySelector(".consent").textContent];
      check.cancel();
      texts.push(check.shadowRoot.getElementById("notice").textContent);
      // The core may not have been there.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const [track] = stream.getTracks();
      const { readyState } = track;
      track.stop();
      return { readyState, texts: texts.join(" ") };
    }, options);
    const kept = await cancelled({});
    assert.equal(kept.readyState, "live");
    assert.doesNotMatch(kept.texts, /camera is o(n|ff)/i);
    assert.match(kept.texts, /Cancelled/);
    const stopped = await cancelled({ stopSource: true });
    assert.equal(stopped.readyState, "ended");
    // As it is where the core has not come yet.
    const core = held("/liveness-capture/index.js");
    await visit.page.reload({ waitUntil: "domcontentloaded" });
    await visit.page.waitForFunction(() => document.getElementById("check").shadowRoot?.querySelector("[data-ready]"));
    assert.equal((await cancelled({ stopSource: true })).readyState, "ended");
    core();
    assert.match(stopped.texts, /camera is on only.*camera is off again/i);
    await assertClean(visit);
  });
});
